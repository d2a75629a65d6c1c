"""Tell people what went wrong with a file, and where to look."""

import json
import os

import boto3
from events import log

sns = boto3.client("sns")


def handler(event, _context):
    message = message_of(event)
    log("people are told", "ERROR", **message)
    sns.publish(
        TopicArn=os.environ["TOPIC_ARN"],
        Subject=f"{message['outcome']}: {message['file']}".encode("ascii", "replace").decode()[:100],
        Message=json.dumps(message, indent=2),
        MessageAttributes={"outcome": {"DataType": "String", "StringValue": message["outcome"]}},
    )
    return {"told": message["outcome"]}


def message_of(event):
    source = event["source"]
    message = {"file": f"s3://{source['bucket']}/{source['key']}", "execution": event["execution"]}
    if "failure" in event:
        return {"outcome": "failed", **message, "error": event["failure"]["Error"], "cause": cause_of(event["failure"])}
    return {"outcome": "invalid", **message, "problems": event["validation"]["problems"]}


def cause_of(failure):
    """A function's cause is JSON with its message and trace; others' are text."""
    try:
        return json.loads(failure["Cause"])
    except ValueError:
        return failure["Cause"]
