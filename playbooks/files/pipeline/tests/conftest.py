"""The functions import each other by name, as they do on Lambda, and find a bucket that is a dict."""

import io
import os
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-3")  # to make clients; none of them asks anybody
sys.path.insert(0, str(Path(__file__).parents[1] / "functions"))


class Bucket:
    """S3 as far as the functions use it, with versions."""

    def __init__(self):
        self.objects = {}  # key -> [(version id, body, metadata)]

    def put_object(self, Bucket, Key, Body, ContentType="", Metadata=None):
        self.objects.setdefault(Key, []).append((f"v{len(self.objects.get(Key, [])) + 1}", Body, Metadata or {}))

    def get_object(self, Bucket, Key, VersionId=None):
        for version, body, _metadata in reversed(self.objects.get(Key, [])):
            if VersionId in (None, version):
                return {"Body": io.BytesIO(body)}
        raise ClientError({"Error": {"Code": "NoSuchVersion" if VersionId else "NoSuchKey"}}, "GetObject")

    def head_object(self, Bucket, Key):
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "404"}}, "HeadObject")
        version, _body, metadata = self.objects[Key][-1]
        return {"VersionId": version, "Metadata": metadata}

    def upload(self, key, text):
        """A file comes, and this is what the state machine is told of it."""
        self.put_object("b", key, text.encode())
        version = self.objects[key][-1][0]
        return {"bucket": "b", "key": key, "version_id": version, "etag": f'"{hash(text)}"', "size": len(text)}


@pytest.fixture
def bucket(monkeypatch):
    import files

    it = Bucket()
    monkeypatch.setattr(files, "s3", it)
    return it
