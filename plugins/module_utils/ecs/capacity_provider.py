# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A capacity provider: its options are checked, it is read and compared, and what differs is changed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.changes import Change, Refused, Resource, pending, removals
from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError
from ansible_collections.landfall.aws.plugins.module_utils.ecs import api, tags
from ansible_collections.landfall.aws.plugins.module_utils.ecs.canonical import Keyed, differences
from ansible_collections.landfall.aws.plugins.module_utils.ecs.steps import Steps, over
from ansible_collections.landfall.aws.plugins.module_utils.shapes import (
    as_argument,
    as_option,
    input_shape,
    option_names,
    output_shape,
)
from ansible_collections.landfall.aws.plugins.module_utils.waiting import poll

TYPE = "capacity_provider"
NAME = re.compile(r"(?!aws|ecs|fargate)[A-Za-z0-9_-]{1,255}", re.IGNORECASE)
PROVIDERS = ("auto_scaling_group_provider", "managed_instances_provider")
GROUP_TAIL = ":autoScalingGroupName/"
# What AWS does where nothing is said.
SCALING = {
    "status": "DISABLED",
    "target_capacity": 100,
    "minimum_scaling_step_size": 1,
    "maximum_scaling_step_size": 10000,
    "instance_warmup_period": 300,
}
GROUP = {"managed_termination_protection": "DISABLED", "managed_draining": "ENABLED"}
IN_PROGRESS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")


def checked(options, shape):
    """(options with their provider in snake_case, mistakes), before anything is known of what is live."""
    mistakes, result = [], {**options, "tags": tags.as_texts(options["tags"])}
    if not NAME.fullmatch(options["name"]):
        mistakes.append(
            f"name: {options['name']!r} is not valid; it has 1 to 255 letters, digits, '-' and '_', and does not begin with "
            "aws, ecs or fargate"
        )
    for name in PROVIDERS:
        if options[name] is not None:
            wrong, member = [], shape.members[option_names(shape)[name]]
            argument = as_argument(member, options[name], name, wrong)
            # What only a new one needs may be left out of one that is there.
            wrong = [each for each in wrong if not each.endswith(": must be given")]
            result[name] = options[name] if wrong else as_option(member, argument)
            mistakes += wrong or _between(result[name], name)
    if options["managed_instances_provider"] is not None and not options["cluster"]:
        mistakes.append("cluster: must be given with managed_instances_provider, which belongs to one cluster")
    if options["auto_scaling_group_provider"] is not None and options["cluster"]:
        mistakes.append("cluster: can't be given with auto_scaling_group_provider, which any cluster may have")
    mistakes += tags.mistakes(result["tags"])
    if options["wait_delay"] <= 0:
        mistakes.append(f"wait_delay: {options['wait_delay']} is not valid; give more than 0 seconds")
    if options["wait_timeout"] < 0:
        mistakes.append(f"wait_timeout: {options['wait_timeout']} is not valid; give 0 or more seconds")
    return result, mistakes


def _between(given, where):
    """What does not go together within a provider."""
    scaling = given.get("managed_scaling") or {}
    if given.get("managed_termination_protection") == "ENABLED" and scaling.get("status") == "DISABLED":
        yield f"{where}.managed_termination_protection: does not work with managed_scaling that is DISABLED"
    low, high = scaling.get("minimum_scaling_step_size"), scaling.get("maximum_scaling_step_size")
    if low is not None and high is not None and low > high:
        yield f"{where}.managed_scaling: minimum_scaling_step_size {low} is above maximum_scaling_step_size {high}"
    requirements = (given.get("instance_launch_template") or {}).get("instance_requirements") or {}
    for name, value in requirements.items():
        if isinstance(value, dict) and value.get("max") is not None and value.get("min", 0) > value["max"]:
            yield f"{where}.instance_launch_template.instance_requirements.{name}: min {value['min']} is above max {value['max']}"
    if requirements.get("allowed_instance_types") and requirements.get("excluded_instance_types"):
        yield f"{where}.instance_launch_template.instance_requirements: give allowed_instance_types or excluded_instance_types, not both"


def properties(described):
    """A described capacity provider as it is compared: with AWS's own defaults, and lists in one order."""
    result = {name: _sorted(described.get(name) or {}) for name in PROVIDERS}
    if result["auto_scaling_group_provider"]:
        group = {**GROUP, **result["auto_scaling_group_provider"]}
        result["auto_scaling_group_provider"] = {
            **group,
            "managed_scaling": {**SCALING, **(group.get("managed_scaling") or {})},
        }
    return {**result, "tags": Keyed(tags.as_dict(described.get("tags")))}


def _sorted(value):
    """Of subnets, groups and types of instances no list has an order."""
    if isinstance(value, dict):
        return {key: _sorted(each) for key, each in value.items()}
    return sorted(value) if isinstance(value, list) else value


def wanted(options, live):
    """What the options make of it; what they leave out stays, within a provider, too."""
    result = dict(live)
    for name in PROVIDERS:
        if options[name] is not None:
            result[name] = over(live[name], _sorted(options[name]))
    group = result["auto_scaling_group_provider"]
    have = live["auto_scaling_group_provider"].get("auto_scaling_group_arn", "")
    if have and have.endswith(f"{GROUP_TAIL}{group['auto_scaling_group_arn']}"):
        group["auto_scaling_group_arn"] = have
    result["tags"] = Keyed(tags.wanted(live["tags"], options["tags"], options["purge_tags"]))
    return result


def _within(shape, value):
    """As much of a value as a shape has, which for an update is less than for a new one."""
    if shape.type_name != "structure":
        return value
    names = option_names(shape)
    return {key: _within(shape.members[names[key]], each) for key, each in value.items() if key in names}


@dataclass
class CapacityProvider(Steps):
    """One run for one capacity provider."""

    client: Any
    options: dict
    done: list = field(default_factory=list)  # what was changed, in words
    differences: list = field(default_factory=list)

    @property
    def name(self):
        return self.options["name"]

    def describe(self):
        """The capacity provider, or None where it does not exist or was deleted."""
        shape = output_shape(self.client, "DescribeCapacityProviders").members["capacityProviders"].member
        found = as_option(shape, api.capacity_provider(self.client, self.name))
        return found if found and found["status"] != "INACTIVE" else None

    def converge(self, check_mode):
        """(changes, the capacity provider as it is now, or would be)"""
        live = self.describe()
        if live and self._leaving(live) and not check_mode:
            live = self._wait_until_gone()
        if self.options["state"] == "absent":
            return self._absent(live, check_mode), {}
        return self._present(live, check_mode)

    def _leaving(self, live):
        return live["status"] == "DEPROVISIONING" or live.get("update_status") == "DELETE_IN_PROGRESS"

    def _present(self, live, check_mode):
        before = properties(live or {})
        want = wanted(self.options, before)
        found = differences(want, before)
        self._refuse(live, want, before)
        action = "add" if not live else "change" if found else "unchanged"
        why = "does not exist" if not live else f"differs in {', '.join(each.path for each in found)}" if found else ""
        arn = (live or {}).get("capacity_provider_arn")
        change = Change(action, TYPE, self.name, arn, _document(before) if live else None, _document(want), why)
        self.differences = [{**each.as_dict(), "effect": "in place"} for each in found] if live else []
        answered = None
        if change.pending and not check_mode:
            answered = self.guarded(self.name, lambda: self._change(live, want, before) if live else self._create(want))
        described = {**(answered or live or {"name": self.name}), **_document(want)}
        return [change], {**described, "tags": dict(want["tags"])}

    def _refuse(self, live, want, before):
        """What only a new one can have, and what a new one must have."""
        if not live:
            given = [name for name in PROVIDERS if self.options[name] is not None]
            if len(given) != 1:
                raise Refused(
                    f"{' or '.join(PROVIDERS)}: one of them must be given, because {self.name} does not exist"
                )
            wrong = []
            as_argument(input_shape(self.client, "CreateCapacityProvider"), self._arguments(want), "", wrong)
            if wrong:
                lines = "; ".join(each.removeprefix(".") for each in wrong)
                raise Refused(f"The capacity provider {self.name} does not exist, and to make it: {lines}")
            return
        shape = input_shape(self.client, "UpdateCapacityProvider")
        names = option_names(shape)
        fixed = [
            each.path
            for name in PROVIDERS
            for each in differences(
                *(_without(shape.members[names[name]], side[name]) for side in (want, before)), name
            )
        ]
        if fixed:
            raise Refused(
                f"{', '.join(fixed)} of the capacity provider {self.name} can't be changed. Make another one, go over to it, and "
                "remove this one."
            )

    def _arguments(self, want):
        given = {name: want[name] for name in PROVIDERS if want[name]}
        more = {"cluster": self.options["cluster"]} if self.options["cluster"] else {}
        listed = {"tags": tags.as_list(want["tags"])} if want["tags"] else {}
        return {"name": self.name, **more, **given, **listed}

    def _create(self, want):
        arguments = as_argument(input_shape(self.client, "CreateCapacityProvider"), self._arguments(want), "", [])
        answered = self.when_free(lambda: api.create_capacity_provider(self.client, arguments))
        self.done.append("capacity provider created")
        return self._settled(answered)

    def _change(self, live, want, before):
        shape = input_shape(self.client, "UpdateCapacityProvider")
        differing = [name for name in PROVIDERS if want[name] != before[name]]
        if differing:
            names = option_names(shape)
            given = {name: _within(shape.members[names[name]], want[name]) for name in differing}
            more = {"cluster": self.options["cluster"]} if self.options["cluster"] else {}
            arguments = as_argument(shape, {"name": self.name, **more, **given}, "", [])
            answered = self.when_free(lambda: api.update_capacity_provider(self.client, arguments))
            self.done.append("capacity provider updated")
            live = self._settled(answered)
        self.tag(live["capacity_provider_arn"], before["tags"], want["tags"])
        return live

    def _settled(self, answered):
        """The capacity provider when AWS is through with it, which it mostly is at once."""
        shape = output_shape(self.client, "DescribeCapacityProviders").members["capacityProviders"].member
        known = [as_option(shape, answered)]
        if not self.options["wait"]:
            return known[0]

        def settled():
            live = known.pop() if known else self.describe() or {}
            busy = live.get("update_status") in IN_PROGRESS or live.get("status") == "PROVISIONING"
            return None if busy else live

        live = poll(settled, self.options["wait_timeout"], self.options["wait_delay"])
        if not live:
            raise Refused(
                f"AWS is not through with the capacity provider {self.name} after {self.options['wait_timeout']} "
                f"seconds.{self.so_far()}"
            )
        if (live.get("update_status") or "").endswith("_FAILED"):
            raise Refused(
                f"The capacity provider {self.name} is {live['update_status']}: "
                f"{live.get('update_status_reason') or 'AWS does not say why'}.{self.so_far()}"
            )
        return live

    def _absent(self, live, check_mode):
        if not live:
            return []
        changes = removals(
            [Resource(TYPE, self.name, _document(properties(live)), live["capacity_provider_arn"])], "no longer wanted"
        )
        if pending(changes) and not check_mode:
            more = {"cluster": self.options["cluster"]} if self.options["cluster"] else {}
            try:
                self.when_free(lambda: api.delete_capacity_provider(self.client, self.name, more))
            except ClientError as error:
                if "in use" not in error.response["Error"].get("Message", ""):
                    raise
                raise Refused(
                    f"The capacity provider {self.name} is in use, and is left alone. Take it out of the strategies of services and "
                    "off its clusters first: the module ecs_cluster does it with purge_capacity_providers: true."
                ) from error
            self.done.append("capacity provider deleted")
            if self.options["wait"]:
                self._wait_until_gone()
        return changes

    def _wait_until_gone(self):
        timeout, failed = self.options["wait_timeout"], []

        def gone():
            live = self.describe()
            if live and live.get("update_status") == "DELETE_FAILED":
                failed.append(live.get("update_status_reason") or "AWS does not say why")
            return not live or failed

        if not poll(gone, timeout, self.options["wait_delay"]):
            raise Refused(
                f"The capacity provider {self.name} is still being deleted after {timeout} seconds.{self.so_far()}"
            )
        if failed:
            raise Refused(f"The capacity provider {self.name} could not be deleted: {failed[0]}.{self.so_far()}")


def _without(shape, value):
    """As much of a value as a shape has not."""
    if shape.type_name != "structure" or not isinstance(value, dict):
        return None
    names = option_names(shape)
    inner = {key: _without(shape.members[names[key]], each) if key in names else each for key, each in value.items()}
    return {key: each for key, each in inner.items() if each is not None}


def _document(found):
    return {key: value for key, value in found.items() if value or key == "tags"}
