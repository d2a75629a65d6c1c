"""Objects in S3 by reference. What is passed from state to state is where something is, never what is in it."""

import json

import boto3
from botocore.exceptions import ClientError
from events import Permanent

s3 = boto3.client("s3")  # once for all calls that this environment serves


def read(source):
    """The object that a reference names, in the version that it names."""
    version = {"VersionId": source["version_id"]} if source.get("version_id") else {}
    try:
        return s3.get_object(Bucket=source["bucket"], Key=source["key"], **version)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"].startswith("NoSuch"):
            raise Permanent(f"{source['key']} is gone: {error}") from error
        raise


def read_json(source):
    return json.loads(read(source))


def write_json(bucket, key, value, **metadata):
    """Write a value, the same text for the same value, and return a reference to it."""
    text = json.dumps(value, indent=2, sort_keys=True)
    s3.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType="application/json", Metadata=metadata)
    return {"bucket": bucket, "key": key}


def head(bucket, key):
    """What S3 knows of an object, or None where there is none."""
    try:
        return s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return None
        raise


def is_latest(source):
    """Whether nobody has replaced or removed the object since."""
    latest = head(source["bucket"], source["key"])
    return bool(latest) and latest.get("VersionId") in (None, source.get("version_id"))


def result_key(source):
    """Where the result of a file belongs: input/2027/sales.csv becomes output/2027/processed_sales.json."""
    folder, _slash, name = source["key"].removeprefix("input/").rpartition("/")
    return "/".join(filter(None, ["output", folder, f"processed_{name.rpartition('.')[0]}.json"]))
