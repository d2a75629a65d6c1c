"""What each module is asked for, what AWS answers, and how many calls that may cost at most.

Looks at whether AWS is through are not counted, because how many there are is up to AWS.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from ansible_collections.landfall.aws.plugins.modules import (
    stepfunctions_alias,
    stepfunctions_execution,
    stepfunctions_execution_info,
    stepfunctions_state_machine,
    stepfunctions_state_machine_info,
)
from tests.unit.stepfunctions.account import ARN, NOW, PREFIX, ROLE, Scripted

TREE = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
MACHINE = {"definition": TREE, "role_arn": ROLE, "wait": False}
ORDERS = {"name": "orders", **MACHINE}
DESCRIBED = {
    "stateMachineArn": ARN,
    "name": "orders",
    "definition": json.dumps(TREE),
    "roleArn": ROLE,
    "type": "STANDARD",
    "creationDate": NOW,
    "revisionId": "r1",
}
OTHER = {**ORDERS, "definition": {**TREE, "Comment": "another one"}}
ALIAS = {"name": "live", "state_machine": ARN, "version": "8"}
NIGHTLY = f"{PREFIX}:execution:orders:nightly"
ORDER = {"state_machine": ARN, "name": "nightly", "input": {"day": 1}}
EXECUTION = {"executionArn": NIGHTLY, "stateMachineArn": ARN, "name": "nightly", "startDate": NOW, "input": '{"day":1}'}
MISSING = ("describe_state_machine", "StateMachineDoesNotExist")
CREATED = ("create_state_machine", {"stateMachineArn": ARN, "creationDate": NOW})
PUBLISHED = ("create_state_machine", {**CREATED[1], "stateMachineVersionArn": f"{ARN}:1"})
MOVED = ("update_state_machine_alias", {"updateDate": NOW})
STATE_MACHINE = ("describe_state_machine", DESCRIBED)
NO_VERSIONS = ("list_state_machine_versions", {"stateMachineVersions": []})
NEWEST = (
    "list_state_machine_versions",
    {"stateMachineVersions": [{"stateMachineVersionArn": f"{ARN}:8", "creationDate": NOW}]},
)
UPDATED = ("update_state_machine", {"updateDate": NOW, "stateMachineVersionArn": f"{ARN}:1"})


def tagged(**tags):
    return "list_tags_for_resource", {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


def execution(status, **more):
    return "describe_execution", {**EXECUTION, "status": status, **more}


def alias(**routing):
    routes = [{"stateMachineVersionArn": f"{ARN}:{key[1:]}", "weight": weight} for key, weight in routing.items()]
    return "describe_state_machine_alias", {"routingConfiguration": routes}


@dataclass(frozen=True)
class Case:
    """One run of a module."""

    module: Any
    what: str
    budget: int
    answers: tuple  # (call, what AWS answers, or the error that it refuses it with)
    options: dict

    @property
    def name(self):
        return self.module.__name__.rpartition(".")[2]

    def calls(self):
        """The calls that it makes, in their order."""
        script = Scripted()
        for operation, answer in self.answers:
            if operation == "get_caller_identity":
                script.identity()
            elif isinstance(answer, str):
                script.refuses(operation, answer)
            else:
                script.on(operation, answer, "sync" if operation == "start_sync_execution" else "stepfunctions")
        result = script.run(self.module, **self.options)
        if result.failed:
            raise AssertionError(f"{self.name}, {self.what}: {result['msg']}")
        return result.calls


WHO = ("get_caller_identity", {})
NO_ALIAS = ("describe_state_machine_alias", "ResourceNotFound")
PUBLISH = {"publish": True}
BY_MODULE = {
    stepfunctions_state_machine: [
        ("create", 2, [MISSING, CREATED], ORDERS),
        ("no change", 1, [STATE_MACHINE], ORDERS),
        ("update", 2, [STATE_MACHINE, UPDATED], OTHER),
        ("no change, by name alone", 2, [WHO, STATE_MACHINE], {"name": "orders"}),
        ("create with tags", 2, [MISSING, CREATED], {**ORDERS, "tags": {"a": "b"}}),
        ("no change, with tags", 2, [STATE_MACHINE, tagged(a="b")], {**ORDERS, "tags": {"a": "b"}}),
        ("update, tag and untag", 5, [STATE_MACHINE, tagged(c="d"), UPDATED, ("untag_resource", {}), ("tag_resource", {})],
         {**OTHER, "tags": {"a": "b"}}),
        ("create with a version", 2, [MISSING, PUBLISHED], {**ORDERS, **PUBLISH}),
        ("no change, with a version", 3, [STATE_MACHINE, NEWEST, STATE_MACHINE], {**ORDERS, **PUBLISH}),
        ("update with a version", 2, [STATE_MACHINE, UPDATED], {**OTHER, **PUBLISH}),
        ("remove", 2, [STATE_MACHINE, ("delete_state_machine", {})], {"arn": ARN, "state": "absent", "wait": False}),
        ("no change, removed", 1, [MISSING], {"arn": ARN, "state": "absent"}),
    ],
    stepfunctions_alias: [
        ("create", 2, [NO_ALIAS, ("create_state_machine_alias", {"stateMachineAliasArn": f"{ARN}:live", "creationDate": NOW})], ALIAS),
        ("no change", 1, [alias(v8=100)], ALIAS),
        ("update", 2, [alias(v7=100), MOVED], ALIAS),
        ("no change, by name", 2, [WHO, alias(v8=100)], {**ALIAS, "state_machine": "orders"}),
        ("no change, latest version", 2, [alias(v8=100), NEWEST], {**ALIAS, "version": "latest"}),
        ("canary, two steps", 4, [alias(v7=100), MOVED, alias(v7=90, v8=10), MOVED],
         {**ALIAS, "strategy": "canary", "percent": 10, "interval_minutes": 1}),
        ("remove", 2, [alias(v8=100), ("delete_state_machine_alias", {})], {**ALIAS, "state": "absent"}),
    ],
    stepfunctions_execution: [
        ("create", 1, [("start_execution", {"executionArn": NIGHTLY, "startDate": NOW})], ORDER),
        ("no change", 2, [("start_execution", "ExecutionAlreadyExists"), execution("SUCCEEDED")], ORDER),
        ("no change, in check mode", 1, [execution("SUCCEEDED")], {**ORDER, "check_mode": True}),
        ("create, synchronous", 1, [("start_sync_execution", {"executionArn": NIGHTLY, "startDate": NOW, "stopDate": NOW,
                                                              "status": "SUCCEEDED"})], {**ORDER, "sync": True}),
        ("stop", 2, [execution("RUNNING"), ("stop_execution", {"stopDate": NOW})], {"execution_arn": NIGHTLY, "state": "stopped"}),
        ("no change, stopped", 1, [execution("ABORTED")], {"execution_arn": NIGHTLY, "state": "stopped"}),
        ("redrive", 2, [execution("FAILED", redriveStatus="REDRIVABLE"), ("redrive_execution", {"redriveDate": NOW})],
         {"execution_arn": NIGHTLY, "state": "redriven"}),
    ],
    stepfunctions_state_machine_info: [
        ("list", 1, [("list_state_machines", {"stateMachines": []})], {}),
        ("one", 1, [STATE_MACHINE], {"names": [ARN]}),
        ("one with tags and versions", 3, [STATE_MACHINE, tagged(a="b"), NO_VERSIONS],
         {"names": [ARN], "include": ["tags", "versions"]}),
    ],
    stepfunctions_execution_info: [
        ("one", 1, [execution("SUCCEEDED")], {"execution_arns": [NIGHTLY]}),
        ("one that failed", 2, [execution("FAILED"), ("get_execution_history", {"events": []})], {"execution_arns": [NIGHTLY]}),
    ],
}  # fmt: skip
CASES = [Case(module, what, budget, tuple(answers), options)
         for module, cases in BY_MODULE.items() for what, budget, answers, options in cases]  # fmt: skip


def table(measured):
    """The documentation's table of (case, calls)."""
    lines = ["| module | run | calls | budget | which |", "|---|---|---|---|---|"]
    for case, calls in measured:
        which = ", ".join(f"{count}x `{name}`" if count > 1 else f"`{name}`" for name, count in Counter(calls).items())
        lines.append(f"| `{case.name}` | {case.what} | {len(calls)} | {case.budget} | {which} |")
    return "\n".join(lines)


def over_budget(measured):
    return [case for case, calls in measured if len(calls) > case.budget]
