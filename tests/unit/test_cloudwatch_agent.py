# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role cloudwatch_agent downloads, configures and may do; and the pure half of its module."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.landfall.aws.plugins.module_utils.cloudwatch_agent import config
from ansible_collections.landfall.aws.plugins.module_utils.cloudwatch_agent.config import Live, Step

ROLE = Path(__file__).parents[2] / "roles/cloudwatch_agent"
WANTED = {"metrics": {"metrics_collected": {"mem": {"measurement": ["mem_used_percent"]}}}}
TEXT = config.render(WANTED)
SOUND = Live(source=TEXT, own=json.dumps(WANTED), others=(), behind=False)


def steps(live, wanted=None, exclusive=False):
    return [step.name for step in config.plan_present(live, wanted or WANTED, exclusive)]


def test_what_is_as_wanted_is_left_alone():
    assert steps(SOUND) == []
    assert steps(SOUND._replace(others=("ssm_web",))) == []


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        (Live(None, None, (), False), ["write", "load"]),
        (SOUND._replace(source=None), ["write"]),
        (SOUND._replace(own=None), ["load"]),
        (SOUND._replace(own="{"), ["load"]),
        (SOUND._replace(own="{}"), ["load"]),
        (SOUND._replace(behind=True), ["follow"]),
        (SOUND._replace(own=None, behind=True), ["load"]),
    ],
)
def test_each_step_follows_from_the_state_alone(live, expected):
    assert steps(live) == expected


def test_others_go_only_where_ours_is_to_be_the_only_one():
    plan = config.plan_present(SOUND._replace(others=("default", config.LEGACY)), WANTED, True)
    assert plan == [Step("load", "the agent has others, too: default, amazon-cloudwatch-agent.json")]


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        (Live(None, None, (), False), []),
        (Live(None, None, ("default",), True), ["follow"]),
        (SOUND, ["delete"]),
        (SOUND._replace(others=("default",)), ["unload", "delete"]),
    ],
)
def test_a_configuration_is_taken_from_an_agent_that_has_others_to_run(live, expected):
    assert [step.name for step in config.plan_absent(live)] == expected


def test_the_agent_is_restarted_for_what_it_must_read_and_for_nothing_else():
    assert config.effect([Step("write", "")]) == "none"
    assert config.effect([]) == "none"
    for name in ("load", "unload", "follow"):
        assert config.effect([Step(name, "")]) == "restart"


def test_the_agent_s_copies_are_known_by_their_names():
    assert config.loaded_name("/etc/landfall/cloudwatch-agent.json") == "file_cloudwatch-agent.json"
    assert config.loaded_name("/etc/a b:c.json") == "file_a_b_c.json"
    assert config.others(["b", "file_x", "a.tmp"], "file_x", False) == ("b",)
    assert config.others([], "file_x", True) == ("amazon-cloudwatch-agent.json",)


@pytest.mark.parametrize(
    ("state", "changed_at", "behind"),
    [("active", 1050, False), ("active", 1150, True), ("inactive", 1150, False), ("activating", 1050, True)],
)
def test_an_agent_is_behind_when_it_was_started_before_its_configuration_or_keeps_failing(state, changed_at, behind):
    properties = f"ActiveState={state}\nActiveEnterTimestampMonotonic=100000000\n"
    assert config.is_behind(properties, changed_at, now=2000, monotonic=1000) is behind


def template(name, **given):
    loader = DataLoader()
    variables = {"landfall_region": "", "landfall_state": "present"}
    for path in ("defaults/main.yml", "vars/main.yml"):
        variables.update(loader.load_from_file(str(ROLE / path), trusted_as_template=True))
    facts = {"distribution": given.pop("distribution", "Debian"), "architecture": given.pop("architecture", "x86_64")}
    return Templar(loader, variables={**variables, "ansible_facts": facts, **given}).template(variables[name])


BUCKET = "https://amazoncloudwatch-agent.s3.amazonaws.com"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, f"{BUCKET}/debian/amd64/latest/amazon-cloudwatch-agent.deb"),
        ({"distribution": "Ubuntu"}, f"{BUCKET}/ubuntu/amd64/latest/amazon-cloudwatch-agent.deb"),
        (
            {"distribution": "Ubuntu", "architecture": "aarch64"},
            f"{BUCKET}/ubuntu/arm64/latest/amazon-cloudwatch-agent.deb",
        ),
        ({"architecture": "aarch64"}, f"{BUCKET}/ubuntu/arm64/latest/amazon-cloudwatch-agent.deb"),
        (
            {"landfall_region": "eu-west-3", "cloudwatch_agent_version": "1.300064.0b1337"},
            "https://amazoncloudwatch-agent-eu-west-3.s3.eu-west-3.amazonaws.com"
            "/debian/amd64/1.300064.0b1337/amazon-cloudwatch-agent.deb",
        ),
        (
            {"landfall_region": "cn-north-1"},
            "https://amazoncloudwatch-agent-cn-north-1.s3.cn-north-1.amazonaws.com.cn"
            "/debian/amd64/latest/amazon-cloudwatch-agent.deb",
        ),
        (
            {"cloudwatch_agent_url": "https://mirror.example.com/cwa/"},
            "https://mirror.example.com/cwa/debian/amd64/latest/amazon-cloudwatch-agent.deb",
        ),
    ],
)
def test_the_package_is_the_distribution_s_and_the_architecture_s(given, expected):
    assert template("__cloudwatch_agent_package", **given) == expected


@pytest.mark.parametrize(
    ("dpkg", "version", "wanted"),
    [
        ("", "", False),
        ("installed 1.300064.0b1-1", "", True),
        ("installed 1.300064.0b1-1", "1.300064.0b1", True),
        ("installed 1.300064.0b1-1", "1.300064.0b", False),
        ("half-configured 1.300064.0b1-1", "", False),
        ("config-files 1.300064.0b1-1", "", False),
    ],
)
def test_an_installed_agent_stays_unless_another_version_is_asked_for(dpkg, version, wanted):
    asked = {"cloudwatch_agent_version": version, "__cloudwatch_agent_dpkg": {"stdout": dpkg}}
    assert template("__cloudwatch_agent_is_wanted", **asked) is wanted


def test_the_configuration_names_what_is_to_be_measured_and_followed():
    log = {"file_path": "/a.log", "log_group_name": "/landfall/a", "retention_in_days": 30}
    mounts = {"__cloudwatch_agent_mounts": {"stdout_lines": ["/", "/var/lib/docker"]}}
    made = template("__cloudwatch_agent_config", cloudwatch_agent_logs=[log], **mounts)
    assert made["metrics"]["metrics_collected"]["disk"]["resources"] == ["/", "/var/lib/docker"]
    assert made["metrics"]["append_dimensions"] == {"InstanceId": "${aws:InstanceId}"}
    assert made["logs"]["logs_collected"]["files"]["collect_list"] == [log]
    assert made["agent"]["metrics_collection_interval"] == 60
    # An empty section is not valid.
    assert "logs" not in template("__cloudwatch_agent_config", **mounts)


def test_what_is_given_besides_is_added():
    extra = {"agent": {"debug": True}, "metrics": {"metrics_collected": {"mem": {"measurement": ["mem_available"]}}}}
    mounts = {"__cloudwatch_agent_mounts": {"stdout_lines": ["/"]}}
    made = template("__cloudwatch_agent_config", cloudwatch_agent_extra_config=extra, **mounts)
    assert made["metrics"]["metrics_collected"]["mem"]["measurement"] == ["mem_used_percent", "mem_available"]
    assert made["agent"] == {"metrics_collection_interval": 60, "run_as_user": "root", "debug": True}


def test_the_agent_may_write_to_its_own_namespace_and_log_groups_only():
    statements = json.loads((ROLE / "files/iam-policy.json").read_text())["Statement"]
    allowed = {}
    for statement in statements:
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            allowed[action] = (statement["Resource"], statement.get("Condition"))
    assert sorted(allowed) == [
        "cloudwatch:PutMetricData",
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogGroups",
        "logs:PutLogEvents",
        "logs:PutRetentionPolicy",
    ]
    # Neither can be narrowed by resource: metrics have none, and a list of groups is of all groups.
    assert allowed.pop("cloudwatch:PutMetricData") == ("*", {"StringEquals": {"cloudwatch:namespace": "CWAgent"}})
    assert allowed.pop("logs:DescribeLogGroups") == ("*", None)
    assert all(
        resource.startswith("arn:aws:logs:*:*:log-group:/landfall/*") for resource, _condition in allowed.values()
    )
