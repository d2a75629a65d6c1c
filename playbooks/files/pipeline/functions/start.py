"""S3 says that a file has come: start the state machine for it, once.

S3 may say so twice. An execution's name can't be used again for 90 days, and it is made of what tells this arrival of the file
from any other, so the second start is refused.
"""

import hashlib
import json
import os
import re
from urllib.parse import unquote_plus

import boto3
from events import log

stepfunctions = boto3.client("stepfunctions")


def handler(event, _context):
    records = [record for record in event.get("Records", []) if "s3" in record]
    return {"executions": [start(record["s3"]) for record in records]}


def start(found):
    bucket, told = found["bucket"]["name"], found["object"]
    # A key is written as in an URL.
    source = {"bucket": bucket, "key": unquote_plus(told["key"]), "etag": told["eTag"], "size": told["size"]}
    # Without versions, the sequencer tells one arrival from the next.
    source["version_id"] = told.get("versionId")
    name = execution_name(source, told.get("sequencer", ""))
    machine = os.environ["STATE_MACHINE_ARN"]
    try:
        stepfunctions.start_execution(stateMachineArn=machine, name=name, input=json.dumps({"source": source}))
        log("execution started", execution=name, **source)
    except stepfunctions.exceptions.ExecutionAlreadyExists:
        log("execution exists already", execution=name, **source)
    return name


def execution_name(source, sequencer):
    """The same for the same arrival of a file, and up to 80 characters."""
    arrival = "\0".join((source["bucket"], source["key"], source["version_id"] or sequencer))
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", source["key"].rpartition("/")[2])[:39]
    return f"{readable}-{hashlib.sha256(arrival.encode()).hexdigest()[:40]}"
