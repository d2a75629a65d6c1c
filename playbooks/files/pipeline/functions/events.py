"""What functions share: one line of JSON for each thing that is worth knowing, and an error that trying again does not help."""

import json
import os
from datetime import datetime, timezone


class Permanent(Exception):
    """It would be so the next time, too. The state machine does not try this again, and tells people at once."""


def log(message, level="INFO", **details):
    """CloudWatch finds the fields of such a line by their names, and X-Ray the trace that it belongs to."""
    line = {"time": datetime.now(timezone.utc).isoformat(), "level": level, "message": message}
    line["function"] = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
    line["trace"] = os.environ.get("_X_AMZN_TRACE_ID")
    print(json.dumps({**line, **details}, default=str))
