# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused before AWS is asked anything: each with what it says."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.aws.plugins.modules import ecs_task_definition as module
from tests.unit.ecs.account import ROLE

APP = {"name": "app", "image": "web:1"}
SECRET = {"name": "KEY", "valueFrom": "arn:aws:ssm:eu-west-3:123456789012:parameter/key"}
EFS = {"fileSystemId": "fs-1"}
TASK = {"family": "web", "memory": "4096", "container_definitions": [APP]}
FARGATE = {**TASK, "launch_type": "FARGATE", "network_mode": "awsvpc", "cpu": "1024"}
AWSLOGS = {"awslogs-group": "g", "awslogs-region": "eu-west-3"}


def app(**more):
    return {"container_definitions": [{**APP, **more}]}


def with_other(more=None, **other):
    return {"container_definitions": [{**APP, **(more or {})}, {"name": "other", "image": "x", **other}]}


def ports(*mappings):
    return {"port_mappings": list(mappings)}


C = "container_definitions[app]"
BAD = [
    (TASK, {"family": "my web"}, "family: 'my web' is not valid; a family has 1 to 255 letters, digits, '-' and '_'"),
    (TASK, {"family": None}, "family: must be given"),
    (TASK, {"container_definitions": None}, "container_definitions: must be given, with at least one container"),
    (TASK, {"arn": "arn:x"}, "arn: names a revision to remove, and state is present; give family"),
    (TASK, {"keep_revisions": 0}, "keep_revisions: 0 is not valid; 1 or more revisions can be kept"),
    (
        TASK,
        {"delete_inactive": True},
        "delete_inactive: deletes what keep_revisions deregisters, and that is not given",
    ),
    (TASK, {"cpu": "half"}, "cpu: 'half' is not a size; write units like 512, or vCPUs like 0.5 vCPU"),
    (
        TASK,
        {"requires_compatibilities": ["FARGTE"]},
        "requires_compatibilities[0]: 'FARGTE' is not one of EC2, FARGATE, EXTERNAL, MANAGED_INSTANCES",
    ),
    (TASK, {"ephemeral_storage": {"size_in_gib": 20}}, "ephemeral_storage.size_in_gi_b: 20; allowed are 21 to 200"),
    (TASK, {"tags": {"aws:x": "y"}}, "tags: 'aws:x' is not yours to set; keys that begin with aws: are AWS's own"),
    (TASK, {"definition": [1]}, "definition: [1] is not valid; give a dict, or a text in JSON or YAML"),
    (
        TASK,
        {"definition": "- a"},
        "definition: this is not a task definition, which is a mapping with family and container_definitions",
    ),
    (TASK, {"definition": "{family: a, family: b}"}, 'the key "family" is there already, in line 1'),
    (
        TASK,
        {"definition_file": "/nowhere.yaml"},
        "definition_file: '/nowhere.yaml' can't be read: No such file or directory",
    ),
    (TASK, {"definition": {"memroy": 1}}, 'unknown field "memroy" in definition; did you mean "memory"?'),
    (
        TASK,
        app(memoryReservations=1),
        'unknown field "memoryReservations" in container_definitions[0]; did you mean "memory_reservation"?',
    ),
    (TASK, app(essential="perhaps"), "container_definitions[0].essential: 'perhaps' is neither true nor false"),
    (
        TASK,
        app(dependsOn=[{"container_name": "app", "condition": "start"}]),
        "container_definitions[0].depends_on[0].condition: 'start' is not one of START, COMPLETE, SUCCESS, HEALTHY",
    ),
    (TASK, app(command=None), f"{C}.command: null takes something off, and only with from is there"),
    (TASK, app(image=""), f"{C}.image: must be given"),
    (
        TASK,
        app(name="my app"),
        "container_definitions[my app].name: 'my app' is not valid; a container's name has 1 to 255",
    ),
    (TASK, {"container_definitions": [APP, APP]}, 'container_definitions: the name "app" is there more than once'),
    (
        TASK,
        {"container_definitions": [{**APP, "name": f"a{n}"} for n in range(11)]},
        "container_definitions: 11 are given; AWS allows 10",
    ),
    (TASK, app(essential=False), "container_definitions: none is essential; at least one must be"),
    (TASK, {"memory": None}, f"{C}: memory or memory_reservation must be given, because the task has no memory"),
    (
        TASK,
        app(memory=64, memory_reservation=64),
        f"{C}.memory_reservation: 64 MiB is not below memory, which is 64 MiB",
    ),
    (TASK, with_other({"memory": 3000}, memory=3000), "memory: the containers reserve 6000, and the task has 4096"),
    (
        TASK,
        app(environment=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]),
        f'{C}.environment: "A" is there more than once',
    ),
    (
        TASK,
        {**app(environment={"KEY": "x"}, secrets=[SECRET]), "execution_role_arn": ROLE},
        f'{C}: "KEY" is in environment and in secrets; one name has one value',
    ),
    (TASK, app(secrets=[SECRET]), f"{C}.secrets: needs execution_role_arn, the role as which ECS reads it"),
    (
        TASK,
        app(repository_credentials={"credentials_parameter": "x"}),
        f"{C}.repository_credentials: needs execution_role_arn",
    ),
    (
        TASK,
        app(mount_points=[{"source_volume": "dta", "container_path": "/x"}]),
        f'{C}.mount_points: there is no volume "dta"; there are none',
    ),
    (
        TASK,
        {**app(mount_points=[{"source_volume": "dta", "container_path": "/x"}]), "volumes": [{"name": "data"}]},
        f'{C}.mount_points: there is no volume "dta"; did you mean "data"?',
    ),
    (TASK, {"volumes": [{"name": "a"}, {"name": "a"}]}, 'volumes: the name "a" is there more than once'),
    (
        TASK,
        {"volumes": [{"name": "a", "host": {"source_path": "/x"}, "efs_volume_configuration": EFS}]},
        "volumes[a]: efs_volume_configuration and host.source_path can't be given together; a volume is of one kind",
    ),
    (
        TASK,
        {"volumes": [{"name": "a", "efs_volume_configuration": {**EFS, "authorization_config": {"iam": "ENABLED"}}}]},
        "volumes[a].efs_volume_configuration.transit_encryption: must be ENABLED with an access point or with iam",
    ),
    (
        TASK,
        app(volumes_from=[{"source_container": "app"}]),
        f'{C}.volumes_from: there is no other container "app"; there are none',
    ),
    (
        {**TASK, "network_mode": "awsvpc"},
        app(**ports({"container_port": 80, "host_port": 81})),
        f"{C}.port_mappings: host_port 81 differs from container_port 80; with network_mode awsvpc they are the same",
    ),
    (
        {**TASK, "network_mode": "awsvpc"},
        with_other(ports({"container_port": 80}), **ports({"container_port": 80})),
        'port_mappings: 80/tcp is taken by the container "app" and by "other"',
    ),
    (
        TASK,
        with_other(
            ports({"container_port": 80, "host_port": 8080}), **ports({"container_port": 81, "host_port": 8080})
        ),
        'port_mappings: 8080/tcp is taken by the container "app" and by "other"',
    ),
    (
        TASK,
        with_other(ports({"container_port": 80, "name": "http"}), **ports({"container_port": 81, "name": "http"})),
        'port_mappings: the name "http" is there more than once',
    ),
    (TASK, app(**ports({"container_port": 70000})), f"{C}.port_mappings: container_port 70000; allowed are 1 to 65535"),
    (
        TASK,
        app(**ports({"container_port": "http"})),
        "container_definitions[0].port_mappings[0].container_port: 'http' is not a whole number",
    ),
    (
        TASK,
        app(**ports({"container_port_range": "80"})),
        f"{C}.port_mappings: '80' is not a range of ports; write it like 8000-8010",
    ),
    (
        {**TASK, "network_mode": "none"},
        app(**ports({"container_port": 80})),
        f"{C}.port_mappings: with network_mode none there can't be any",
    ),
    (
        {**TASK, "network_mode": "awsvpc"},
        app(links=["app"]),
        f"{C}.links: are there with network_mode bridge only, and it is awsvpc",
    ),
    ({**TASK, "network_mode": "awsvpc"}, app(hostname="x"), f"{C}.hostname: is not there with network_mode awsvpc"),
    (
        TASK,
        app(health_check={"command": ["curl", "localhost"]}),
        f"{C}.health_check.command: begins with 'curl'; it begins with one of CMD, CMD-SHELL, NONE",
    ),
    (
        TASK,
        app(health_check={"command": ["CMD", "x"], "timeout": 90}),
        f"{C}.health_check.timeout: 90; allowed are 2 to 60",
    ),
    (
        TASK,
        app(depends_on=[{"container_name": "othr", "condition": "START"}]),
        f'{C}.depends_on: there is no container "othr"; there are app',
    ),
    (
        TASK,
        app(depends_on=[{"container_name": "app", "condition": "START"}]),
        f"{C}.depends_on: the container depends on itself",
    ),
    (
        TASK,
        with_other({"depends_on": [{"container_name": "other", "condition": "HEALTHY"}]}),
        f'{C}.depends_on: "other" can\'t become HEALTHY, because it has no health_check',
    ),
    (
        TASK,
        with_other({"depends_on": [{"container_name": "other", "condition": "SUCCESS"}]}),
        f'{C}.depends_on: "other" is essential, so the task ends with it; SUCCESS needs essential: false',
    ),
    (
        TASK,
        with_other(
            {"depends_on": [{"container_name": "other", "condition": "START"}]},
            depends_on=[{"container_name": "app", "condition": "START"}],
        ),
        "depends_on: app -> other -> app wait for one another",
    ),
    (
        TASK,
        app(log_configuration={"log_driver": "awslogs", "options": {"awslogs-region": "eu-west-3"}}),
        f"{C}.log_configuration.options: awslogs-group must be given for the driver awslogs",
    ),
    (
        TASK,
        app(log_configuration={"log_driver": "awsfirelens"}),
        f"{C}.log_configuration.log_driver: awsfirelens needs a container with firelens_configuration",
    ),
    (
        TASK,
        app(ulimits=[{"name": "nofile", "soft_limit": 2, "hard_limit": 1}]),
        f"{C}.ulimits[nofile]: the soft limit 2 is above the hard limit 1",
    ),
    (
        {**TASK, "network_mode": "awsvpc"},
        {"proxy_configuration": {"container_name": "envoy"}},
        'proxy_configuration.container_name: there is no container "envoy"; there are app',
    ),
    (FARGATE, {"cpu": None}, "cpu: must be given for the whole task, because it is to run on Fargate"),
    (
        FARGATE,
        {"cpu": "300"},
        "cpu: '300' is not a size of Fargate; its sizes are 256, 512, 1024, 2048, 4096, 8192, 16384",
    ),
    (
        FARGATE,
        {"cpu": ".25 vCPU"},
        "memory: '4096' does not go with cpu 256 on Fargate; with it go 512, 1024, 2048 MiB",
    ),
    (
        FARGATE,
        {"cpu": "2 vCPU", "memory": "1 GB"},
        "memory: '1024' does not go with cpu 2048 on Fargate; with it go 4096 to 16384 in steps of 1024 MiB",
    ),
    (
        FARGATE,
        {"cpu": "512", "runtime_platform": {"operating_system_family": "WINDOWS_SERVER_2022_CORE"}},
        "cpu: '512' is not a size of Fargate with Windows; its sizes are 1024, 2048, 4096",
    ),
    (FARGATE, {"network_mode": None}, "network_mode: 'bridge' is not there on Fargate; give awsvpc"),
    (
        FARGATE,
        {"volumes": [{"name": "a", "host": {"source_path": "/x"}}]},
        "volumes[a].host.source_path: Fargate has no host of yours; leave it out",
    ),
    (FARGATE, app(privileged=True), f"{C}.privileged: not there on Fargate; leave it out"),
    (
        FARGATE,
        app(linux_parameters={"capabilities": {"add": ["NET_ADMIN"]}}),
        f"{C}.linux_parameters.capabilities.add: NET_ADMIN can't be added on Fargate; only SYS_PTRACE can",
    ),
    (FARGATE, app(stop_timeout=300), f"{C}.stop_timeout: 300 seconds; Fargate allows 120"),
    (
        FARGATE,
        app(log_configuration={"log_driver": "gelf"}),
        f"{C}.log_configuration.log_driver: 'gelf' is not there on Fargate; its drivers are awslogs, splunk, awsfirelens",
    ),
    (
        FARGATE,
        {**app(log_configuration={"log_driver": "awslogs", "options": AWSLOGS}), "execution_role_arn": ROLE},
        f"{C}.log_configuration.options: awslogs-stream-prefix must be given on Fargate",
    ),
    (
        FARGATE,
        app(image="123456789012.dkr.ecr.eu-west-3.amazonaws.com/web:1"),
        f"{C}.image: an image of ECR needs execution_role_arn, as which Fargate fetches it",
    ),
    (
        FARGATE,
        {"placement_constraints": [{"type": "memberOf", "expression": "x"}]},
        "placement_constraints: Fargate has none; leave it out",
    ),
]


@pytest.mark.parametrize(("task", "more", "said"), BAD, ids=[said[:60] for _task, _more, said in BAD])
def test_it_is_refused_before_any_call_and_says_what_is_allowed(script, task, more, said):
    options = {key: value for key, value in {**task, **more}.items() if value is not None}
    result = script.fail(module, **options)
    assert said in result.message
    assert result.calls == []
    # One mistake is one sentence.
    assert "1 mistake in the options" in result.message


@pytest.mark.parametrize("task", [TASK, FARGATE])
def test_what_these_begin_with_is_right(script, task):
    script.has_none().registers({}, 1)
    script.succeed(module, **task)


def test_every_mistake_is_told_at_once(script):
    options = {**FARGATE, "cpu": "300", **app(privileged=True, secrets=[SECRET])}
    assert script.fail(module, **options).message.startswith("3 mistakes in the options; nothing has been changed.")
    options["container_definitions"][0]["memoryReservations"] = 3
    assert script.fail(module, **options, arn="arn:x").message.startswith("5 mistakes in the options")


def test_mistakes_are_warnings_or_nobodys_business_when_that_is_asked_for(script):
    for validate, notes in (("warn", 1), ("off", 0)):
        script.has_none().registers({}, 1)
        result = script.succeed(module, **{**FARGATE, "cpu": "300"}, validate=validate)
        assert len(result["notes"]) == notes


def test_absent_needs_to_know_what(script):
    result = script.fail(module, state="absent")
    assert "arn, family: one of them must be given" in result.message
    assert result.calls == []
