# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deployment is rolled back, stopped or told to go on, or a service led to another revision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.changes import Change, Refused
from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError
from ansible_collections.landfall.aws.plugins.module_utils.ecs import service_api as api
from ansible_collections.landfall.aws.plugins.module_utils.ecs.diagnose import tail
from ansible_collections.landfall.aws.plugins.module_utils.ecs.wait import (
    STOP_TYPES,
    pause_text,
    paused,
    primary,
    settled,
)
from ansible_collections.landfall.aws.plugins.module_utils.waiting import code_of

PREVIOUS = "previous"
LOOKED_AT = 20  # how many successful deployments are looked at for another revision
GOOD_END = {"rollback": "ROLLBACK_SUCCESSFUL", "stop": "STOPPED"}


def mistakes(options):
    if options["hook_id"] and options["action"] != "continue":
        yield "hook_id: only with action continue"
    for name in ("wait_timeout", "fail_fast_after"):
        if options[name] < 0:
            yield f"{name}: {options[name]} is not valid; give 0 or more"
    if options["wait_delay"] <= 0:
        yield f"wait_delay: {options['wait_delay']} is not valid; give more than 0 seconds"


@dataclass
class Deployment:
    """One run for one service."""

    client: Any
    options: dict
    watch: Any  # waits for a deployment
    described: dict | None = None
    record: dict | None = None  # what AWS keeps of the deployment that was acted on
    changed: bool = False  # whether AWS was told to do something

    @property
    def label(self):
        return self.watch.label

    def converge(self, check_mode):
        """What happens, done unless in check mode."""
        self.described = self._read()
        action = self.options["action"]
        if self.options["to_revision"] is not None:
            return self._to_revision(check_mode)
        return self._continue(check_mode) if action == "continue" else self._stop(action, check_mode)

    def _read(self):
        try:
            found = api.service(self.client, self.options["cluster"], self.options["name"])
        except ClientError as error:
            if code_of(error) != "ClusterNotFoundException":
                raise
            found = None
        if not found or found["status"] != "ACTIVE":
            raise Refused(f"There is no service {self.label} in this account and region.")
        return found

    def _change(self, before, after=None, why=""):
        action = "change" if after else "unchanged"
        return Change(action, "deployment", self.label, self.described["serviceArn"], before, after or before, why)

    # To another revision

    def _to_revision(self, check_mode):
        before = {"task_definition": tail(self.described["taskDefinition"])}
        wanted = self._wanted()
        if tail(wanted) == before["task_definition"]:
            return self._change(before)
        if not check_mode:
            cluster, name = self.options["cluster"], self.options["name"]
            self.described = api.update_service(
                self.client, {"cluster": cluster, "service": name, "taskDefinition": wanted}
            )
            self.changed = True
            self.watch.done.append(f"service updated to {tail(wanted)}")
            self._wait()
        return self._change(before, {"task_definition": tail(wanted)}, "to_revision")

    def _wanted(self):
        """The task definition that to_revision means."""
        given, running = str(self.options["to_revision"]), self.described["taskDefinition"]
        if given == PREVIOUS:
            return self._previous(running)
        if given.isdigit():
            return f"{tail(running).partition(':')[0]}:{given}"
        if ":service-revision/" not in given:
            return given
        found = api.service_revisions(self.client, [given]).get(given)
        if not found:
            raise Refused(f"to_revision: there is no service revision {given}")
        return found["taskDefinition"]

    def _previous(self, running):
        """What the last deployment that went well, of another task definition, has brought."""
        cluster, name = self.options["cluster"], self.options["name"]
        found = api.service_deployments(self.client, cluster, name, LOOKED_AT, ["SUCCESSFUL"])
        found = sorted(found, key=lambda each: each["createdAt"], reverse=True)
        arns = list(dict.fromkeys(each["targetServiceRevisionArn"] for each in found))
        revisions = api.service_revisions(self.client, arns) if arns else {}
        for arn in arns:
            brought = revisions.get(arn, {}).get("taskDefinition")
            if brought and tail(brought) != tail(running):
                return brought
        raise Refused(
            f"to_revision: AWS knows of no deployment of {self.label} that went well with another task definition than "
            f"{tail(running)}; it forgets them after 90 days. Give a revision."
        )

    def _wait(self):
        if self.options["wait"]:
            try:
                self.watch.wait(self.described)
            finally:
                self.described = self.watch.seen.service

    # Back, or no further

    def _stop(self, action, check_mode):
        own, arn = primary(self.described), self.described.get("currentServiceDeployment")
        state = (own or {}).get("rolloutState")
        before = {"status": state}
        if not arn or state != "IN_PROGRESS":
            return self._change(before)
        if check_mode:
            return self._change(before, {"status": GOOD_END[action]}, action)
        try:
            api.stop_service_deployment(self.client, arn, STOP_TYPES[action])
        except ClientError as error:
            if code_of(error) != "ConflictException":
                raise
            raise Refused(
                f"The deployment {own['id']} of {self.label} can't be stopped: {error.response['Error'].get('Message')}"
            ) from error
        self.changed = True
        self.record = {"status": "STOP_REQUESTED" if action == "stop" else "ROLLBACK_REQUESTED"}
        if self.options["wait"]:
            self._settle(own, arn, action)
        return self._change(before, {"status": self.record["status"]}, action)

    def _settle(self, own, arn, action):
        self.record = settled(self.client, arn, self.options)
        status = self.record.get("status")
        self.described = self._read()
        if status != GOOD_END[action]:
            why = self.record.get("statusReason")
            raise Refused(
                f"The deployment {own['id']} of {self.label} is {status}, and not {GOOD_END[action]}, after the {action} was asked "
                f"for{f': {why}' if why else ''}. The service is on {tail(self.described['taskDefinition'])} now."
            )

    # On

    def _continue(self, check_mode):
        arn = self.described.get("currentServiceDeployment")
        self.record = api.service_deployment(self.client, arn) if arn else None
        hooks, wanted = paused(self.record), self.options["hook_id"]
        known = [each["hookId"] for each in (self.record or {}).get("lifecycleHookDetails", []) if each.get("hookId")]
        if wanted and wanted not in known:
            raise Refused(
                f"hook_id: the deployment of {self.label} has no hook {wanted}; it has {', '.join(known) or 'none'}"
            )
        if len(hooks) > 1 and not wanted:
            raise Refused(
                f"hook_id: must be given, because {len(hooks)} hooks of {self.label} wait: {'; '.join(map(pause_text, hooks))}"
            )
        before = {"hooks": {each["hookId"]: each["status"] for each in hooks}}
        hook = next((each for each in hooks if wanted in (None, each["hookId"])), None)
        if not hook:
            return self._change(before)
        if not check_mode:
            api.continue_service_deployment(self.client, arn, hook["hookId"])
            self.changed = True
            self.watch.done.append(f"hook {hook['hookId']} continued")
            self.watch.continued = (hook["hookId"],)
            self._wait()
        return self._change(before, {"hooks": {**before["hooks"], hook["hookId"]: "CONTINUE"}}, "continue")
