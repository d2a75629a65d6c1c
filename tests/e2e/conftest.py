"""One lab for all end-to-end tests, started before the first and removed after the last."""

from __future__ import annotations

import os

import boto3
import pytest

from lab import lab as labs
from lab.project import Project


@pytest.fixture(scope="session")
def lab():
    project = Project("e2e")
    if project.exists:  # left over by a run that was killed
        labs.down(project, purge=False)
    labs.up(project)
    yield project
    labs.down(project, purge=False)


@pytest.fixture(scope="session")
def aws(lab):
    """A client of the lab's account, for each service."""
    settings = lab.load()

    def client(service: str):
        return boto3.client(
            service,
            endpoint_url=lab.endpoint(),
            region_name=settings.region,
            aws_access_key_id=lab.environment()["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=lab.environment()["AWS_SECRET_ACCESS_KEY"],
        )

    os.environ.pop("AWS_PROFILE", None)
    return client
