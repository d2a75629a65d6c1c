# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster: its options are checked, it is read and compared, and what differs is changed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.changes import (
    Change,
    Refused,
    Resource,
    pending,
    refuse_mistakes,
    removals,
)
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS
from ansible_collections.landfall.aws.plugins.module_utils.ecs import api, tags
from ansible_collections.landfall.aws.plugins.module_utils.ecs.canonical import Keyed, differences
from ansible_collections.landfall.aws.plugins.module_utils.ecs.checks import unknown
from ansible_collections.landfall.aws.plugins.module_utils.ecs.steps import Steps, over
from ansible_collections.landfall.aws.plugins.module_utils.shapes import (
    as_argument,
    as_option,
    input_shape,
    letters,
    option_names,
    output_shape,
)
from ansible_collections.landfall.aws.plugins.module_utils.waiting import code_of, poll, repeat

TYPE = "cluster"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}")
FARGATE = ("FARGATE", "FARGATE_SPOT")
INSIGHTS = ("enabled", "enhanced", "disabled")
MOST_IN_STRATEGY = 20
# What UpdateCluster changes; providers, their strategy and tags have calls of their own.
UPDATED = ("settings", "configuration", "service_connect_defaults")
PROVIDERS = ("capacity_providers", "default_capacity_provider_strategy")
ROLE_PATIENCE, ROLE_DELAY = 30, 2  # AWS makes the role that the first cluster of an account needs, and it takes a while


def role_is_new(error):
    return "service linked role" in error.response["Error"].get("Message", "").lower()


def checked(options, shape):
    """(options in the API's terms as snake_case, mistakes), before anything is known of what is live."""
    mistakes, result = [], {**options, "tags": tags.as_texts(options["tags"])}
    if not NAME.fullmatch(options["name"]):
        mistakes.append(
            f"name: {options['name']!r} is not valid; a cluster's name has 1 to 255 letters, digits, '-' and '_'"
        )
    names = option_names(shape)
    for name in ("configuration", "service_connect_defaults", "default_capacity_provider_strategy"):
        if options[name] is not None:
            wrong = []
            argument = as_argument(shape.members[names[name]], options[name], name, wrong)
            result[name] = options[name] if wrong else as_option(shape.members[names[name]], argument)
            mistakes += wrong
            if not wrong and name == "default_capacity_provider_strategy":
                result[name] = [{"weight": 0, "base": 0, **each} for each in result[name]]
                mistakes += _strategy(result[name], options)
    if options["settings"] is not None:
        result["settings"] = _settings(options["settings"], shape, mistakes)
    providers = options["capacity_providers"] or []
    mistakes += [
        f"capacity_providers: {each} is there more than once" for each in {*providers} if providers.count(each) > 1
    ]
    mistakes += tags.mistakes(result["tags"])
    for name in ("wait_timeout", "repeat"):
        if options[name] is not None and options[name] < 0:
            mistakes.append(f"{name}: {options[name]} is not valid; give 0 or more")
    if options["wait_delay"] <= 0:
        mistakes.append(f"wait_delay: {options['wait_delay']} is not valid; give more than 0 seconds")
    return result, mistakes


def _settings(given, shape, mistakes):
    known = {letters(each): each for each in shape.members["settings"].member.members["name"].enum}
    result = Keyed()
    for name, value in given.items():
        if letters(name) not in known:
            mistakes.append(f'settings: there is no setting "{name}"; {unknown(name, known.values())}')
        elif isinstance(value, bool) or value not in INSIGHTS:
            mistakes.append(f"settings.{name}: {value!r} is not one of {', '.join(INSIGHTS)}")
        else:
            result[known[letters(name)]] = value
    return result


def _strategy(strategy, options):
    where, providers = "default_capacity_provider_strategy", [each["capacity_provider"] for each in strategy]
    for each in sorted({each for each in providers if providers.count(each) > 1}):
        yield f"{where}: {each} is there more than once"
    if len(strategy) > MOST_IN_STRATEGY:
        yield f"{where}: {len(strategy)} are given; AWS allows {MOST_IN_STRATEGY}"
    if sum(each["base"] > 0 for each in strategy) > 1:
        yield f"{where}: more than one has a base; one may"
    if strategy and not any(each["weight"] for each in strategy):
        yield f"{where}: none has a weight above 0, so no task could be placed; give one"
    if len({each in FARGATE for each in providers}) > 1:
        yield f"{where}: Fargate and instances can't be in one strategy; {', '.join(providers)} are given"
    if options["purge_capacity_providers"] and options["capacity_providers"] is not None:
        for each in providers:
            if each not in options["capacity_providers"]:
                yield f"{where}: {each} is not in capacity_providers; {unknown(each, options['capacity_providers'])}"


def properties(described):
    """A described cluster, in snake_case, as it is compared."""
    return {
        "settings": Keyed({each["name"]: each["value"] for each in described.get("settings", [])}),
        "configuration": described.get("configuration") or {},
        "service_connect_defaults": described.get("service_connect_defaults") or {},
        "capacity_providers": sorted(described.get("capacity_providers", [])),
        "default_capacity_provider_strategy": _keyed(described.get("default_capacity_provider_strategy", [])),
        "tags": Keyed(tags.as_dict(described.get("tags"))),
    }


def _keyed(strategy):
    return Keyed({each["capacity_provider"]: {"base": 0, "weight": 0, **each} for each in strategy})


def wanted(options, live):
    """What the options make of it. What they leave out stays, and within a configuration, too."""
    result = dict(live)
    for name in UPDATED:
        if options[name] is not None:
            result[name] = type(live[name])(over(live[name], options[name]))
    if not any(result["service_connect_defaults"].values()):
        result["service_connect_defaults"] = {}
    providers = options["capacity_providers"]
    if providers is not None:
        kept = [] if options["purge_capacity_providers"] else live["capacity_providers"]
        result["capacity_providers"] = sorted({*providers, *kept})
    strategy = options["default_capacity_provider_strategy"]
    if strategy is not None:
        result["default_capacity_provider_strategy"] = _keyed(strategy)
    missing = [
        each for each in result["default_capacity_provider_strategy"] if each not in result["capacity_providers"]
    ]
    refuse_mistakes(
        [
            f"default_capacity_provider_strategy: {each} is not among the cluster's capacity providers, which would be "
            f"{', '.join(result['capacity_providers']) or 'none'}"
            for each in missing
        ]
    )
    result["tags"] = Keyed(tags.wanted(live["tags"], options["tags"], options["purge_tags"]))
    return result


@dataclass
class Cluster(Steps):
    """One run for one cluster."""

    client: Any
    options: dict
    done: list = field(default_factory=list)  # what was changed, in words
    differences: list = field(default_factory=list)

    @property
    def name(self):
        return self.options["name"]

    def _shape(self):
        return output_shape(self.client, "DescribeClusters").members["clusters"].member

    def describe(self):
        """The cluster, or None where it does not exist or was deleted."""
        found = [as_option(self._shape(), each) for each in api.clusters(self.client, [self.name])]
        return next((each for each in found if each["status"] != "INACTIVE"), None)

    def converge(self, check_mode):
        """(changes, the cluster as it is now, or would be)"""
        live = self.describe()
        if self.options["state"] == "has_instances":
            return [], live if check_mode else self._with_instances(live)
        if live and live["status"] == "DEPROVISIONING" and not check_mode:
            live = self._wait_until_gone()
        if self.options["state"] == "absent":
            return self._absent(live, check_mode), {}
        return self._present(live, check_mode)

    def _present(self, live, check_mode):
        before = properties(live or {})
        want = wanted(self.options, before)
        found = differences(want, before)
        why = f"differs in {', '.join(each.path for each in found)}" if live else "does not exist"
        action = "change" if live and found else "unchanged" if live else "add"
        arn = (live or {}).get("cluster_arn")
        shown = _document(want)
        change = Change(
            action,
            TYPE,
            self.name,
            arn,
            _document(before) if live else None,
            shown,
            why if action != "unchanged" else "",
        )
        self.differences = [{**each.as_dict(), "effect": "in place"} for each in found] if live else []
        if change.pending and not check_mode:
            live = self.guarded(self.name, lambda: self._change(live, want, before) if live else self._create(want))
        return [change], _shown({**(live or {"cluster_name": self.name}), **_listed(want)})

    def _argument(self, operation, values):
        return as_argument(input_shape(self.client, operation), values, operation, [])

    def _create(self, want):
        given = {key: value for key, value in _listed(want).items() if value}
        arguments = self._argument("CreateCluster", {"cluster_name": self.name, **given})
        made = repeat(lambda: api.create_cluster(self.client, arguments), role_is_new, ROLE_PATIENCE, ROLE_DELAY)
        self.done.append("cluster created")
        return self._settled(made)

    def _change(self, live, want, before):
        arn, listed = live["cluster_arn"], _listed(want)
        updates = {name: listed[name] for name in UPDATED if want[name] != before[name]}
        if updates:
            if updates.get("service_connect_defaults") == {}:
                updates["service_connect_defaults"] = {"namespace": ""}
            api.update_cluster(self.client, self._argument("UpdateCluster", {"cluster": self.name, **updates}))
            self.done.append(f"{', '.join(updates)} changed")
        if any(want[name] != before[name] for name in PROVIDERS):
            given = {"cluster": self.name, **{name: listed[name] for name in PROVIDERS}}
            arguments = self._argument("PutClusterCapacityProviders", given)
            answered = self.when_free(lambda: api.put_capacity_providers(self.client, arguments))
            self.done.append("capacity providers changed")
            live = self._settled(answered)
        self.tag(arn, before["tags"], want["tags"])
        return live

    def _settled(self, answered):
        """The cluster when AWS is through with its capacity providers, which it mostly is at once."""
        known = [as_option(self._shape(), answered)]
        if not self.options["wait"]:
            return known[0]

        def settled():
            live = known.pop() if known else self.describe() or {}
            busy = live.get("attachments_status") == "UPDATE_IN_PROGRESS" or live.get("status") == "PROVISIONING"
            return None if busy else live

        live = poll(settled, self.options["wait_timeout"], self.options["wait_delay"])
        if not live:
            raise Refused(
                f"The cluster {self.name} is not through after {self.options['wait_timeout']} seconds.{self.so_far()}"
            )
        if (
            "FAILED" in (live.get("attachments_status"), live.get("status"))
            or live.get("attachments_status") == "UPDATE_FAILED"
        ):
            failed = ", ".join(each["id"] for each in live.get("attachments", []) if each.get("status") == "FAILED")
            raise Refused(
                f"The capacity providers of {self.name} could not be attached{f': {failed}' if failed else ''}. Look at their "
                f"Auto Scaling groups, which may not have a scaling plan already.{self.so_far()}"
            )
        return live

    def _absent(self, live, check_mode):
        if not live:
            return []
        self._refuse_used(live)
        changes = removals(
            [Resource(TYPE, self.name, _document(properties(live)), live["cluster_arn"])], "no longer wanted"
        )
        if pending(changes) and not check_mode:
            self._delete()
        return changes

    def _refuse_used(self, live):
        """What a cluster has goes first. Tasks that only end are waited for."""
        used = [
            f"{live.get(key) or 0} {label}"
            for key, label in (
                ("active_services_count", "services"),
                ("registered_container_instances_count", "container instances"),
            )
            if live.get(key)
        ]
        if used:
            raise Refused(
                f"The cluster {self.name} still has {' and '.join(used)}, and is left alone. Remove them first."
            )

    def _delete(self):
        try:
            self.when_free(lambda: api.delete_cluster(self.client, self.name))
        except AWS_ERRORS as error:
            if getattr(error, "response", None) and code_of(error) == "ClusterContainsTasksException":
                tasks = (self.describe() or {}).get("running_tasks_count", 0)
                raise Refused(
                    f"The cluster {self.name} still has {tasks} running tasks after {self.options['wait_timeout']} seconds. "
                    "Stop them, or give a longer wait_timeout."
                ) from error
            raise
        self.done.append("cluster deleted")
        if self.options["wait"]:
            self._wait_until_gone()

    def _wait_until_gone(self):
        timeout = self.options["wait_timeout"]
        if not poll(lambda: not self.describe(), timeout, self.options["wait_delay"]):
            raise Refused(f"The cluster {self.name} is still being deleted after {timeout} seconds.{self.so_far()}")

    def _with_instances(self, live):
        """The cluster as soon as an instance has registered."""
        if not live:
            raise Refused(f"The cluster {self.name} does not exist, so no instance can register with it.")
        delay, looks = self.options["wait_delay"], self.options["repeat"]
        timeout = self.options["wait_timeout"] if looks is None else delay * looks
        known = [live]

        def there():
            found = known.pop() if known else self.describe() or {}
            return found if found.get("registered_container_instances_count") else None

        found = poll(there, timeout, delay)
        if not found:
            raise Refused(
                f"No instance has registered with the cluster {self.name} after {timeout:g} seconds. Look at whether instances "
                "are started, have the agent with this cluster's name, and a role that may call ECS."
            )
        return _shown(found)


def _listed(want):
    """Properties as the API lists them."""
    return {
        **want,
        "settings": [{"name": name, "value": value} for name, value in want["settings"].items()],
        "default_capacity_provider_strategy": list(want["default_capacity_provider_strategy"].values()),
        "tags": tags.as_list(want["tags"]),
    }


def _document(found):
    return {key: value for key, value in found.items() if value or key == "tags"}


def _shown(described):
    """A cluster as it is returned, with settings and tags by name."""
    if not described:
        return {}
    found = {"settings": {each["name"]: each["value"] for each in described.get("settings", [])}}
    return {**described, **found, "tags": tags.as_dict(described.get("tags"))}


def clusters(client, names):
    """The clusters of these names that exist, or all of them."""
    shape = output_shape(client, "DescribeClusters").members["clusters"].member
    given = api.cluster_arns(client) if names is None else names
    found = [as_option(shape, each) for each in api.clusters(client, given)]
    return [_shown(each) for each in found if each["status"] != "INACTIVE"]
