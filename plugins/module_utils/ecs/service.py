# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service is read, changed by one call, and its deployment waited for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from ansible_collections.landfall.aws.plugins.module_utils.changes import (
    KNOWN_AFTER_APPLY,
    Refused,
    differences,
    refuse_mistakes,
)
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, ClientError
from ansible_collections.landfall.aws.plugins.module_utils.ecs import service_api as api
from ansible_collections.landfall.aws.plugins.module_utils.ecs import service_options as canonical
from ansible_collections.landfall.aws.plugins.module_utils.ecs.wait import LONGEST, SPREAD, primary
from ansible_collections.landfall.aws.plugins.module_utils.shapes import input_shape, option_names, output_shape
from ansible_collections.landfall.aws.plugins.module_utils.waiting import code_of, poll


def with_group_ids(configuration, ec2):
    """A network configuration whose security groups are IDs, of which names may be given."""
    vpc = (configuration or {}).get("awsvpcConfiguration", {})
    names = [each for each in vpc.get("securityGroups", []) if not each.startswith("sg-")]
    if not names:
        return configuration
    ids = api.security_group_ids(ec2(), vpc["subnets"][0], names)
    missing = [each for each in names if each not in ids]
    refuse_mistakes(
        [f"network_configuration: there is no security group {each} in the subnet's VPC" for each in missing]
    )
    return {"awsvpcConfiguration": {**vpc, "securityGroups": [ids.get(each, each) for each in vpc["securityGroups"]]}}


def resolved_definition(client, given):
    """A task definition with its revision; of a family AWS is asked for the latest one."""
    if not given or given == KNOWN_AFTER_APPLY or ":" in given.rsplit("/", 1)[-1]:
        return given
    found = api.task_definition(client, given)
    if not found:
        raise Refused(f"task_definition: there is no task definition {given}, or it has no ACTIVE revision")
    return found["taskDefinitionArn"]


@dataclass
class Service:
    """One run for one service."""

    client: Any
    ec2: Any  # makes the client, which is needed only where security groups are given by name
    options: dict
    watch: Any = None  # waits for a deployment
    described: dict | None = None
    draining: bool = False
    waits: bool = True  # whether there is something to wait for
    done: list = field(default_factory=list)  # what was changed, in words
    replaces_tasks: bool = False

    @property
    def names(self):
        """{option: member of the API} of all that is compared."""
        known = option_names(input_shape(self.client, "CreateService"))
        return {name: member for name, member in known.items() if name not in canonical.NOT_COMPARED}

    @property
    def label(self):
        return f"{self.options['cluster'].rsplit('/', 1)[-1]}/{self.options['name']}"

    def converge(self, check_mode):
        """The change of the service, made unless in check mode."""
        options = self.options
        self.described = self._read()
        if options["state"] == "present":
            self.options = options = {
                **options,
                "task_definition": resolved_definition(self.client, options["task_definition"]),
                "network_configuration": with_group_ids(options["network_configuration"], self.ec2),
            }
        change = self._plan()
        if change.pending:
            self.replaces_tasks = self._replaces(change)
            if not check_mode:
                self._apply(change)
        elif options["state"] != "present":
            self._wait_until_gone(check_mode)
        if options["state"] == "present" and options["wait"] and not check_mode:
            self._wait(change)
        return change

    def _read(self):
        try:
            found = api.service(self.client, self.options["cluster"], self.options["name"])
        except ClientError as error:
            if code_of(error) != "ClusterNotFoundException":
                raise
            if self.options["state"] != "present":
                return None
            raise Refused(
                f"cluster: there is no cluster {self.options['cluster']} in this account and region"
            ) from error
        self.draining = bool(found) and found["status"] == "DRAINING"
        return found if found and found["status"] == "ACTIVE" else None

    def _revision(self):
        """What only a service revision tells, where it is asked for."""
        given = [name for name in canonical.IN_REVISION if self.options.get(name) is not None]
        current = (self.described or {}).get("currentServiceRevisions", [])
        if not given or not current:
            return None
        arn = current[0]["arn"]
        return api.service_revisions(self.client, [arn]).get(arn)

    def _plan(self):
        options = self.options
        controller = (options["deployment_controller"] or {}).get("type", "ECS")
        if not self.described and controller == "ECS" and options["state"] == "present":
            self._break_circuits()
        change = canonical.plan(options, self.described, self._revision(), self.names)
        if change.action == "remove":
            self._refuse_removal()
        if change.action == "replace":
            self._break_circuits()
        return change

    def _break_circuits(self):
        """A new service has the circuit breaker unless told otherwise."""
        given = self.options["deployment_configuration"] or {}
        configuration = {"deploymentCircuitBreaker": canonical.BREAKER, **given}
        self.options = {**self.options, "deployment_configuration": configuration}

    def _replaces(self, change):
        """Whether tasks are replaced: where something differs that belongs to a service revision."""
        if change.action != "change":
            return change.action == "replace"
        revision = output_shape(self.client, "DescribeServiceRevisions").members["serviceRevisions"].member
        belongs = option_names(revision)
        return self.options["force_new_deployment"] or any(name in belongs for name in canonical.update_of(change))

    def _apply(self, change):
        try:
            if change.action in ("remove", "replace"):
                self._delete(change)
            if change.action in ("add", "replace"):
                self._create()
            if change.action == "change":
                self._update(change)
                self._tag(change)
        except AWS_ERRORS as error:
            if not self.done:
                raise
            raise Refused(
                f"Not all that was planned for the service {self.label} could be done: {error}.{self.so_far()}"
            ) from error

    def so_far(self):
        return f" Done before: {'; '.join(self.done)}." if self.done else ""

    def _must_force(self):
        """A service that has tasks is deleted with them or not at all."""
        return bool(self.described.get("desiredCount")) or self.described.get("schedulingStrategy") == "DAEMON"

    def _refuse_removal(self):
        """What is known before anything is done, in check mode, too."""
        if self.options["state"] == "deleting":
            raise Refused(f"The service {self.label} is ACTIVE, so nobody is deleting it. Give state: absent to do so.")
        if self._must_force() and not self.options["force"]:
            raise Refused(
                f"The service {self.label} is to have {self.described.get('desiredCount', 0)} tasks, and AWS deletes only one of "
                "none. Set desired_count to 0 first, or give force: true, which stops the tasks."
            )

    def _delete(self, change):
        options = self.options
        api.delete_service(self.client, options["cluster"], options["name"], self._must_force())
        self.done.append("service deleted")
        if options["wait"] or change.action == "replace":
            self._poll_until_gone()

    def _poll_until_gone(self):
        timeout = self.options["wait_timeout"]

        def gone():
            found = api.service(self.client, self.options["cluster"], self.options["name"])
            return not found or found["status"] == "INACTIVE"

        if not poll(gone, timeout, self.options["wait_delay"], LONGEST, SPREAD):
            raise Refused(
                f"The service {self.label} is still DRAINING after {timeout} seconds: AWS waits until its tasks have stopped. Give a "
                f"longer wait_timeout, or look at what keeps them.{self.so_far()}"
            )

    def _wait_until_gone(self, check_mode):
        if self.draining and not check_mode and (self.options["wait"] or self.options["state"] == "deleting"):
            self._poll_until_gone()

    def _arguments(self, names):
        given = {self.names[name]: self.options[name] for name in names if self.options.get(name) is not None}
        return {"cluster": self.options["cluster"], **given}

    def _create(self):
        if self.draining:
            self._poll_until_gone()
        options = self.options
        arguments = {**self._arguments(self.names), "serviceName": options["name"]}
        # A call whose answer is lost is repeated by botocore, and by this token creates nothing twice.
        arguments["clientToken"] = options["client_token"] or str(uuid4())
        if options["tags"]:
            arguments["tags"] = api.listed(options["tags"])
        try:
            self.described = api.create_service(self.client, arguments)
        except ClientError as error:
            if "Creation of service was not idempotent" not in error.response["Error"].get("Message", ""):
                raise
            raise Refused(
                f"Somebody else has created the service {self.label} at the same time. Run again to compare it.{self.so_far()}"
            ) from error
        self.done.append("service created")

    def _update(self, change):
        differing = canonical.update_of(change)
        force = self.options["force_new_deployment"]
        if not differing and not force:
            self.waits = False
            return
        arguments = {**self._arguments(differing), "service": self.options["name"]}
        if "deployment_configuration" in differing:
            # What the options leave out stays as it is.
            live = self.described.get("deploymentConfiguration", {})
            arguments["deploymentConfiguration"] = {**live, **self.options["deployment_configuration"]}
        if force or "capacity_provider_strategy" in differing:
            # AWS changes the providers only together with a new deployment.
            arguments["forceNewDeployment"] = True
        before = (primary(self.described) or {}).get("id")
        self.described = {**api.update_service(self.client, arguments), "tags": self.described.get("tags", [])}
        self.done.append(f"service updated in {', '.join(differing) or 'nothing but a new deployment'}")
        after = primary(self.described)
        # A number of tasks or a setting is changed without a deployment.
        self.waits = not after or after["id"] != before or after.get("rolloutState") != "COMPLETED"

    def _tag(self, change):
        if not {"tags", "other_tags"} & set(differences(change.after, change.before)):
            return
        put, off = canonical.tag_changes(change)
        arn, live = self.described["serviceArn"], api.tags_of(self.described)
        if off:
            api.untag(self.client, arn, off)
            self.done.append(f"tags taken off: {', '.join(off)}")
        if put:
            api.tag(self.client, arn, put)
            self.done.append(f"tags put on: {', '.join(put)}")
        kept = {key: each for key, each in live.items() if key not in off}
        self.described["tags"] = api.listed({**kept, **put})

    def _wait(self, change):
        wait_for, current = self.options["wait_for"], primary(self.described)
        through = not change.pending and current and current.get("rolloutState") in ("COMPLETED", None)
        if wait_for == "none" or (wait_for != "stable" and (through or not self.waits)):
            return
        self.watch.done = self.done
        try:
            self.watch.wait(self.described)
        finally:
            self.described = self.watch.seen.service
