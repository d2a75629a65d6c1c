"""One lab for all end-to-end tests, started before the first and removed after the last."""

from __future__ import annotations

import pytest

from lab import lab as labs
from lab.project import Project, Settings


def pytest_collection_modifyitems(items):
    """What begins with an empty account comes first: terminated instances stay in sight."""
    items.sort(key=lambda item: item.path.name != "test_site.py")


@pytest.fixture(scope="session")
def lab():
    project = Project("e2e")
    if project.exists:  # left over by a run that was killed
        labs.down(project, purge=False)
    # As if something had port 80 on all addresses of this machine, so that the detour is tested as well.
    project.save(Settings(taken_ports=[80]))
    labs.up(project)
    yield project
    labs.down(project, purge=False)


@pytest.fixture(scope="session")
def aws(lab):
    """A client of the lab's account, for each service."""
    return lab.client
