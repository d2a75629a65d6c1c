"""ministack's server with what it has otherwise than AWS put right. Runs in ministack's own virtual environment.

A Python function's exception reaches a state machine by the name of its class, so that Retry and Catch can tell one from
another; a state machine keeps its tracing; no more functions run at a time than the machine has room for, where AWS would have
a thousand; and nothing is listened on but the one port that was asked for. Ends when who started it has ended.
"""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time

from ministack import app
from ministack.services import lambda_svc, stepfunctions

UNNAMED = "Runtime.HandlerError"
AT_A_TIME = threading.BoundedSemaphore(2 * (os.cpu_count() or 1))


def with_error_type(execute):
    def executed(*arguments):
        with AT_A_TIME:
            result = execute(*arguments)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict) and body.get("errorType") == UNNAMED:
            lines = result.get("log", "").rstrip().splitlines()
            named = re.match(r"(?:[\w.]*\.)?(\w+)(?::|$)", lines[-1]) if lines else None
            body["errorType"] = named.group(1) if named else UNNAMED
        return result

    return executed


def with_tracing(change):
    def changed(given):
        answer = change(given)
        arn = given.get("stateMachineArn") or json.loads(answer[2]).get("stateMachineArn")
        machine = stepfunctions._state_machines.get(arn)
        if machine and answer[0] == 200 and "tracingConfiguration" in given:
            machine["tracingConfiguration"] = given["tracingConfiguration"]
        return answer

    return changed


def end_with(parent: int) -> None:
    """However the parent ended, nothing of this stays behind."""
    while os.getppid() == parent:
        time.sleep(1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    lambda_svc._execute_function_warm = with_error_type(lambda_svc._execute_function_warm)
    for name in ("_create_state_machine", "_update_state_machine"):
        setattr(stepfunctions, name, with_tracing(getattr(stepfunctions, name)))
    app._port_is_bindable = lambda host, port: False  # 443, which it takes where it may
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    app.main()
