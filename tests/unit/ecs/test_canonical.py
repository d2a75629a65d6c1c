# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any definition, described as AWS does it, is the same; any edit of it is one difference at its place."""

from __future__ import annotations

from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.ecs import checks
from ansible_collections.landfall.aws.plugins.module_utils.ecs.canonical import canonical, differences, size
from ansible_collections.landfall.aws.plugins.module_utils.ecs.definition import registered
from ansible_collections.landfall.aws.plugins.module_utils.ecs.task_definition import shapes_of
from tests.unit.ecs.account import CLIENT, ROLE, described

SHAPE = shapes_of(CLIENT)[0]
EMPTY_IN_ANSWERS = ("environment", "mountPoints", "portMappings", "volumesFrom", "systemControls")
EMPTY_SOMETIMES = ("command", "entryPoint", "links", "secrets", "dependsOn", "dnsServers", "ulimits", "extraHosts")

names = st.text("abcdefgh", min_size=1, max_size=4)
texts = st.text(min_size=1, max_size=6)
maps = st.dictionaries(names, texts, max_size=3)


def named(keys, key, value, values):
    return st.dictionaries(keys, values, max_size=3).map(
        lambda found: [{key: name, value: each} for name, each in found.items()]
    )


@st.composite
def containers(draw, name, volumes, mode):
    """A container with whatever goes with anything."""
    variables = draw(named(names, "name", "value", texts))
    ports = draw(st.lists(st.integers(1, 9), unique=True, max_size=3))
    base = 1000 * (ord(name) - ord("a") + 1)
    result = {"name": name, "image": draw(texts), "memory": draw(st.integers(64, 128)), "environment": variables}
    result["portMappings"] = [{"containerPort": base + port, **_port(draw, base + port, mode)} for port in ports]
    result["command"] = draw(st.lists(texts, max_size=3))
    result["dockerLabels"] = draw(maps)
    result["ulimits"] = [
        {"name": each, "softLimit": 10, "hardLimit": 20}
        for each in draw(st.lists(st.sampled_from(["core", "nofile", "nproc"]), unique=True))
    ]
    result["mountPoints"] = [{"sourceVolume": each, "containerPath": f"/{each}", "readOnly": True} for each in volumes]
    optional = {
        "cpu": st.integers(0, 50),
        "essential": st.just(True),
        "user": texts,
        "stopTimeout": st.integers(0, 100),
        "privileged": st.booleans(),
        "logConfiguration": st.just({"logDriver": "json-file", "options": {"max-size": "1m"}}),
        "healthCheck": st.fixed_dictionaries(
            {"command": st.just(["CMD", "true"])}, optional={"retries": st.integers(1, 10)}
        ),
        "restartPolicy": st.just({"enabled": True, "ignoredExitCodes": [2, 1]}),
    }
    return {**result, **draw(st.fixed_dictionaries({}, optional=optional))}


def _port(draw, port, mode):
    host = {"hostPort": port} if draw(st.booleans()) else {}
    protocol = {"protocol": draw(st.sampled_from(["tcp", "udp"]))} if draw(st.booleans()) else {}
    return {**host, **protocol}


@st.composite
def definitions(draw):
    mode = draw(st.sampled_from(["awsvpc", "bridge", "host", None]))
    volumes = draw(st.lists(names, unique=True, max_size=2))
    found = [draw(containers(name, volumes, mode)) for name in draw(st.sampled_from(["a", "ab", "abc"]))]
    result = {"containerDefinitions": found, "volumes": [{"name": each} for each in volumes]}
    optional = {
        "cpu": st.sampled_from(["1 vCPU", "1024", ".5 vcpu"]),
        "memory": st.sampled_from(["2 GB", "2048", "0.5GB"]),
        "executionRoleArn": st.just(ROLE),
        "taskRoleArn": st.sampled_from(["", "web-execution", ROLE]),
        "requiresCompatibilities": st.just(["EC2"]),
        "ephemeralStorage": st.just({"sizeInGiB": 30}),
        "runtimePlatform": st.sampled_from([{"cpuArchitecture": "ARM64"}, {"operatingSystemFamily": "LINUX"}]),
        "placementConstraints": st.just([{"type": "memberOf", "expression": "a == b"}]),
    }
    more = draw(st.fixed_dictionaries({}, optional=optional))
    return {**result, **more, **({"networkMode": mode} if mode else {})}


@st.composite
def answers(draw, definition):
    """The same as DescribeTaskDefinition tells of it: with what AWS fills in, and lists in an order of its own."""
    result = deepcopy(definition)
    for name in ("cpu", "memory"):
        if name in result:
            result[name] = size(name, result[name])
    if draw(st.booleans()):
        result.setdefault("networkMode", "bridge")
        result.setdefault("enableFaultInjection", False)
    for name in ("volumes", "placementConstraints", "inferenceAccelerators"):
        result.setdefault(name, [])
    if "cpuArchitecture" not in result.get("runtimePlatform", {}):
        result["runtimePlatform"] = {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}
    if ":" not in result.get("taskRoleArn", ":"):
        result["taskRoleArn"] = ROLE if result["taskRoleArn"] else ""
    for volume in result["volumes"]:
        volume.setdefault("host", {})
    result["containerDefinitions"] = [
        draw(_container(each, result.get("networkMode")))
        for each in draw(st.permutations(result["containerDefinitions"]))
    ]
    result["volumes"] = draw(st.permutations(result["volumes"]))
    return described(result)


@st.composite
def _container(draw, container, mode):
    result = {"cpu": 0, "essential": True, **container}
    for name in EMPTY_IN_ANSWERS:
        result.setdefault(name, [])
    if draw(st.booleans()):
        result = {**{name: [] for name in EMPTY_SOMETIMES}, "versionConsistency": "enabled", **result}
    for mapping in result["portMappings"]:
        mapping.setdefault("protocol", "tcp")
        mapping.setdefault("hostPort", mapping["containerPort"] if mode in ("awsvpc", "host") else 0)
    if "healthCheck" in result:
        result["healthCheck"] = {"interval": 30, "timeout": 5, "retries": 3, **result["healthCheck"]}
    if "restartPolicy" in result:
        result["restartPolicy"] = {"restartAttemptPeriod": 300, **result["restartPolicy"], "ignoredExitCodes": [1, 2]}
    for name in ("environment", "portMappings", "mountPoints", "ulimits"):
        result[name] = draw(st.permutations(result[name]))
    return result


def _image(draw, definition):
    definition["containerDefinitions"][0]["image"] += "x"
    return "container_definitions[a].image"


def _variable(draw, definition):
    variables = definition["containerDefinitions"][0]["environment"]
    if not variables:
        return None
    variables[0]["value"] += "x"
    return f"container_definitions[a].environment[{variables[0]['name']}]"


def _new_variable(draw, definition):
    definition["containerDefinitions"][0]["environment"].append({"name": "NEW", "value": ""})
    return "container_definitions[a].environment[NEW]"


def _command(draw, definition):
    definition["containerDefinitions"][0]["command"].append("more")
    return "container_definitions[a].command"


def _turned_command(draw, definition):
    container = definition["containerDefinitions"][0]
    if container["command"] == container["command"][::-1]:
        return None
    container["command"].reverse()
    return "container_definitions[a].command"


def _port_gone(draw, definition):
    mappings = definition["containerDefinitions"][0]["portMappings"]
    if not mappings:
        return None
    gone = mappings.pop()
    return f"container_definitions[a].port_mappings[{gone['containerPort']}/{gone.get('protocol', 'tcp')}]"


def _label(draw, definition):
    definition["containerDefinitions"][0]["dockerLabels"]["com.Foo.barBaz"] = "1"
    return "container_definitions[a].docker_labels[com.Foo.barBaz]"


def _limit(draw, definition):
    limits = definition["containerDefinitions"][0]["ulimits"]
    if not limits:
        return None
    limits[0]["softLimit"] = 11
    return f"container_definitions[a].ulimits[{limits[0]['name']}].soft_limit"


def _container_gone(draw, definition):
    if len(definition["containerDefinitions"]) < 2:
        return None
    return f"container_definitions[{definition['containerDefinitions'].pop()['name']}]"


def _essential(draw, definition):
    definition["containerDefinitions"][0]["essential"] = False
    return "container_definitions[a].essential"


def _stop_timeout(draw, definition):
    container = definition["containerDefinitions"][0]
    container["stopTimeout"] = container.get("stopTimeout", 0) + 7
    return "container_definitions[a].stop_timeout"


def _task(name, value, path):
    def edit(draw, definition):
        definition[name] = value
        return path

    return edit


EDITS = [
    _image,
    _variable,
    _new_variable,
    _command,
    _turned_command,
    _port_gone,
    _label,
    _limit,
    _container_gone,
    _essential,
    _stop_timeout,
    _task("cpu", "4096", "cpu"),
    _task("memory", "8 GB", "memory"),
    _task("executionRoleArn", f"{ROLE}-2", "execution_role_arn"),
    _task("networkMode", "none", "network_mode"),
    _task("pidMode", "task", "pid_mode"),
    _task("ephemeralStorage", {"sizeInGiB": 31}, None),
]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_what_aws_fills_in_is_no_change(data):
    definition = data.draw(definitions())
    live = registered(data.draw(answers(definition)), SHAPE)
    assert differences(canonical(SHAPE, definition), canonical(SHAPE, live, definition)) == []


@pytest.mark.parametrize("edit", EDITS, ids=lambda each: each.__qualname__.partition(".")[0].strip("_"))
@given(st.data())
@settings(max_examples=12, deadline=None)
def test_any_edit_is_exactly_that_difference(edit, data):
    definition = data.draw(definitions())
    live = registered(data.draw(answers(definition)), SHAPE)
    wanted = deepcopy(definition)
    mode = wanted.get("networkMode")
    path = edit(data.draw, wanted)
    if wanted.get("networkMode") != mode:
        # Where the host's port is the container's depends on the mode.
        for each in (*wanted["containerDefinitions"], *live["containerDefinitions"]):
            each["portMappings"] = []
    found = [each.path for each in differences(canonical(SHAPE, wanted), canonical(SHAPE, live, wanted))]
    if wanted == definition:
        assert found == []
    elif path is None:
        assert all(each.startswith("ephemeral_storage") for each in found)
        assert len(found) == 1
    else:
        assert found == [path]


@given(definitions())
@settings(max_examples=40, deadline=None)
def test_a_definition_that_is_right_has_no_mistakes(definition):
    sized = {key: value for key, value in definition.items() if key not in ("cpu", "memory")}
    if "healthCheck" not in str(definition):
        assert list(checks.mistakes(sized)) == []


@pytest.mark.parametrize(
    ("name", "given_", "told"),
    [
        ("cpu", "1 vCPU", "1024"),
        ("cpu", ".25 vcpu", "256"),
        ("cpu", 512, "512"),
        ("memory", "2 GB", "2048"),
        ("memory", "0.5GB", "512"),
        ("memory", "much", "much"),
    ],
)
def test_sizes_are_told_as_aws_writes_them(name, given_, told):
    assert size(name, given_) == told


def test_two_mappings_of_one_port_are_told_apart():
    def mapped(*hosts):
        mappings = [{"containerPort": 80, "hostPort": each} for each in hosts]
        return canonical(SHAPE, {"containerDefinitions": [{"name": "a", "portMappings": mappings}]})

    assert mapped(8080, 8081) == mapped(8081, 8080)
    (found,) = differences(mapped(8080, 8081), mapped(8080, 8082))
    assert (found.path, found.before, found.after) == (
        "container_definitions[a].port_mappings[80/tcp#2].host_port",
        8082,
        8081,
    )


def test_what_sounds_like_a_secret_is_not_shown():
    def of(value):
        variables = [{"name": "DB_PASSWORD", "value": value}, {"name": "HOST", "value": value}]
        return canonical(SHAPE, {"containerDefinitions": [{"name": "a", "environment": variables}]})

    secret, plain = (each.as_dict() for each in differences(of("new"), of("old")))
    assert (secret["before"], secret["after"]) == ("********", "******** (another one)")
    assert (plain["before"], plain["after"]) == ("old", "new")
