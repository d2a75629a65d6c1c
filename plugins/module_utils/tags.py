# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which resources are ours: those that carry all four of our tags."""

from __future__ import annotations

MANAGED_BY = "landfall.aws"


def own_tags(project, environment, name=None):
    """The tags by which a resource, or with no name all resources of an environment, are found."""
    tags = {"Project": project, "Environment": environment, "ManagedBy": MANAGED_BY}
    return {"Name": name, **tags} if name else tags


def wanted_tags(extra, project, environment, name):
    """All tags of a resource; ours win, because resources are found by them."""
    return {**{str(key): str(value) for key, value in (extra or {}).items()}, **own_tags(project, environment, name)}


def tags_of(resource):
    """The tags of something that AWS described, as a dict."""
    return {tag["Key"]: tag["Value"] for tag in resource.get("Tags", [])}


def carries(resource, tags):
    """Whether something that AWS described carries all these tags."""
    found = tags_of(resource)
    return all(found.get(key) == value for key, value in tags.items())


def filters(**values):
    """The ``Filters`` of a describe call: ``filters(vpc_id="vpc-1")``; underscores become hyphens."""
    return [
        {"Name": name.replace("_", "-"), "Values": value if isinstance(value, list) else [value]}
        for name, value in values.items()
    ]


def tag_filters(tags):
    return [
        {"Name": f"tag:{key}", "Values": value if isinstance(value, list) else [value]} for key, value in tags.items()
    ]
