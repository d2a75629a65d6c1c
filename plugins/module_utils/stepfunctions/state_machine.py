# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A state machine is read, changed as planned, and looked at until it is so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import ERROR
from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused, pending, refuse_mistakes
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, ClientError, in_parallel
from ansible_collections.landfall.aws.plugins.module_utils.shapes import (
    as_argument,
    as_option,
    input_shape,
    output_shape,
)
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions import api, canonical, names
from ansible_collections.landfall.aws.plugins.module_utils.stepfunctions.definition import findings_of_aws
from ansible_collections.landfall.aws.plugins.module_utils.waiting import code_of, poll, repeat

ROLE_DELAY = 3  # seconds between two tries with a role that was made just now
ROLE_UNKNOWN = ("authorized to assume the provided role", "not authorized to access the log destination")


def role_is_new(error):
    """Whether AWS refuses a role of which it may only not know yet; what the caller may not do is another error."""
    said = error.response["Error"].get("Message", "").lower()
    return code_of(error) == "AccessDeniedException" and any(each in said for each in ROLE_UNKNOWN)


def find(client, identity, given, role_arn=None):
    """The ARN of a state machine, or of its version or alias, from its name or ARN.

    A role is in the account of its state machine, so where it is given nobody needs to be asked.
    """
    if given.startswith("arn:"):
        region = names.ARN.fullmatch(given)["region"]
        if region != client.meta.region_name:
            raise Refused(
                f"{given} is in {region}, and the region is {client.meta.region_name}. Give the same one twice."
            )
        return given
    return names.machine_arn(client, names.account_of_role(role_arn) or identity(), given)


@dataclass
class StateMachine:
    """One run for one state machine."""

    client: Any
    identity: Any  # says which account one is signed in to
    kms: Any  # makes the client, which is needed only to tell an alias from a key
    arn: str
    options: dict
    source: Any = None
    findings: list = field(default_factory=list)  # in the definition
    done: list = field(default_factory=list)  # what was changed, in words
    notes: list = field(default_factory=list)
    version_arn: str | None = None
    revision_id: str | None = None

    @property
    def name(self):
        return names.machine_name(self.arn)

    def read(self):
        """What there is, in one call, and one more for each thing that the options ask for besides."""
        live = canonical.Live(self._describe_first())
        if not live.there:
            return live
        self._resolve_key(live)
        options, reads = self.options, {}
        if options["tags"] is not None or options["owner_tags"] or self._recreates(live.described):
            reads["tags"] = lambda: api.tags(self.client, self.arn)
        if options["state"] == "present" and (options["keep_versions"] is not None or self._must_have_version(live)):
            reads["versions"] = lambda: tuple(api.version_arns(self.client, self.arn))
        return self._read_versions(replace(live, **in_parallel(reads))) if reads else live

    def _resolve_key(self, live):
        alias = canonical.unknown_key(self.options, live)
        if alias:
            encryption = {**self.options["encryption_configuration"], "kms_key_id": api.key_arn(self.kms(), alias)}
            self.options = {**self.options, "encryption_configuration": encryption}

    def _must_have_version(self, live):
        """Whether what is there is to have a version as it is; one that is changed gets its version with the change."""
        return self.options["publish"] and not canonical.is_changed(self.options, self.source, live)

    def _describe_first(self):
        try:
            return self.describe()
        except ClientError as error:
            theirs = names.account_of_role(self.options["role_arn"])
            if code_of(error) != "AccessDeniedException" or not theirs or self.options["arn"]:
                raise
            ours = self.identity()
            if ours == theirs:
                raise
            raise Refused(
                f"role_arn: {self.options['role_arn']} belongs to the account {theirs}, and you are signed in to {ours}. A "
                "state machine's role must be in its own account."
            ) from error

    def _recreates(self, described):
        return self.options["recreate"] and self.options["type"] not in (None, described["type"])

    def _read_versions(self, live):
        options, published, aliased = self.options, None, frozenset()
        if live.versions and self._must_have_version(live):
            newest = api.machine(self.client, live.versions[0]) or {}
            if newest.get("revisionId") == live.described.get("revision_id"):
                published = live.versions[0]
        if options["keep_versions"] is not None and len(live.versions) + options["publish"] > options["keep_versions"]:
            found = [api.alias(self.client, arn) for arn in api.alias_arns(self.client, self.arn)]
            routes = [route for alias in found if alias for route in alias["routingConfiguration"]]
            aliased = frozenset(route["stateMachineVersionArn"] for route in routes)
        return replace(live, published=published, aliased=aliased)

    def describe(self):
        described = as_option(output_shape(self.client, "DescribeStateMachine"), api.machine(self.client, self.arn))
        self.revision_id = (described or {}).get("revision_id")
        return described

    def plan(self, live):
        if live.there and live.described["definition"] is None and self.source:
            self.notes.append(
                f"The definition of {self.name} is encrypted with a key that you may not use (kms:Decrypt), so it can't be "
                "compared: it counts as changed and is sent again."
            )
        changes = canonical.plan(self.name, self.arn, self.options, self.source, live)
        if (
            self.options["validate_server"]
            and self.source
            and changes[0].pending
            and canonical.sends_definition(changes[0])
        ):
            self._ask_aws(changes[0])
        self.notes += [str(each) for each in self.findings]
        return changes

    def _ask_aws(self, change):
        type_ = canonical.merged(change).get("type", "STANDARD")
        found = findings_of_aws(self.source, api.validate(self.client, self.source.text, type_))
        refuse_mistakes([str(each) for each in found if each.severity == ERROR])
        self.findings += found

    def apply(self, changes, live):
        try:
            self._apply(changes, live)
        except AWS_ERRORS as error:
            if not self.done:
                raise
            raise Refused(f"Not all that was planned for {self.name} could be done: {error}.{self.so_far()}") from error

    def _apply(self, changes, live):
        change, *versions = changes or [None]
        if change and change.action in ("remove", "replace"):
            self._delete(wait=self.options["wait"] or change.action == "replace")
        if change and change.action in ("add", "replace"):
            self._create(change, live)
        if change and change.action == "change":
            self._change(change)
        for each in versions:
            self._version(each)

    def _delete(self, wait):
        api.delete_machine(self.client, self.arn)
        self.done.append("state machine deleted")
        if wait:
            self.wait_until_gone()

    def wait_until_gone(self):
        timeout = self.options["wait_timeout"]
        if not poll(lambda: api.machine(self.client, self.arn) is None, timeout, self.options["wait_delay"]):
            raise Refused(
                f"The state machine {self.name} is still being deleted after {timeout} seconds: AWS waits until its "
                f"executions have ended. Stop them, or give a longer wait_timeout.{self.so_far()}"
            )

    def _create(self, change, live):
        if live.deleting:
            self.wait_until_gone()
        properties = canonical.merged(change)
        arguments = {key: properties[key] for key in (*canonical.UPDATED, "type") if key in properties}
        text = self.source.text if self.source else live.described["definition"]
        arguments.update(name=self.name, definition=text, **self._publishing())
        if properties.get("tags"):
            arguments["tags"] = api.listed(properties["tags"])
        try:
            answer = self._patiently(
                lambda: api.create_machine(self.client, self._argument("CreateStateMachine", arguments))
            )
        except ClientError as error:
            return self._met_another_run(error, ("StateMachineAlreadyExists", "ConflictException"), change)
        self.done.append("state machine created")
        self.version_arn = answer.get("stateMachineVersionArn")
        return self._prove(change)

    def _change(self, change):
        differing = canonical.update_of(change)
        if differing:
            arguments = {name: change.after[name] for name in differing}
            if "definition" in arguments:
                arguments["definition"] = self.source.text
            else:
                # AWS wants a definition or a role, whatever it is that changes.
                arguments["role_arn"] = change.after["role_arn"] or change.before["role_arn"]
            arguments.update(state_machine_arn=self.arn, **self._publishing())
            try:
                answer = self._patiently(
                    lambda: api.update_machine(self.client, self._argument("UpdateStateMachine", arguments))
                )
            except ClientError as error:
                return self._met_another_run(error, ("ConflictException",), change)
            self.done.append("state machine updated")
            self.version_arn, self.revision_id = answer.get("stateMachineVersionArn"), answer.get("revisionId")
        put, off = canonical.tag_changes(change)
        if off:
            api.untag(self.client, self.arn, off)
            self.done.append(f"tags taken off: {', '.join(off)}")
        if put:
            api.tag(self.client, self.arn, put)
            self.done.append(f"tags put on: {', '.join(put)}")
        return self._prove(change) if differing else None

    def _version(self, change):
        if change.action == "add":
            if not self.version_arn:
                self.version_arn = api.publish(
                    self.client, self.arn, self.revision_id, self.options["version_description"]
                )
            self.done.append(f"version {names.last(self.version_arn)} published")
            return
        try:
            api.delete_version(self.client, change.id)
            self.done.append(f"version {names.last(change.id)} deleted")
        except ClientError as error:
            if code_of(error) != "ConflictException":
                raise
            self.notes.append(f"{change.name} stays, because an alias leads to it since a moment ago")

    def _publishing(self):
        description = self.options["version_description"]
        more = {"version_description": description} if description else {}
        return {"publish": True, **more} if self.options["publish"] else {}

    def _argument(self, operation, options):
        return as_argument(input_shape(self.client, operation), options, operation, [])

    def _patiently(self, call):
        """A role that was made just now, and a name that was deleted just now, take a while."""
        options = self.options
        try:
            return repeat(
                lambda: repeat(call, role_is_new, options["role_propagation_timeout"], ROLE_DELAY),
                lambda error: code_of(error) == "StateMachineDeleting",
                options["wait_timeout"],
                options["wait_delay"],
            )
        except ClientError as error:
            if not role_is_new(error):
                raise
            raise Refused(
                f"Step Functions can't use the role of {self.name}, after {options['role_propagation_timeout']} seconds of "
                f"trying: {error.response['Error']['Message']} The role's trust policy must allow sts:AssumeRole to "
                "states.amazonaws.com, and its permissions the delivery of logs, if there is logging."
                f"{self.so_far()}"
            ) from error

    def _met_another_run(self, error, codes, change):
        """Somebody else has changed it since it was read. If they have made it what is wanted, that is fine."""
        if code_of(error) not in codes:
            raise error
        described = self.describe()
        differing = canonical.still_differs(change, described)
        if differing:
            raise Refused(
                f"Somebody else is changing the state machine {self.name} right now, and it differs in "
                f"{', '.join(differing)} from what is wanted. Nothing of theirs was overwritten. Run again when they are "
                f"through.{self.so_far()}"
            )
        self.notes.append(f"Somebody else made {self.name} what is wanted at the same time.")

    def _prove(self, change):
        """AWS is eventually consistent: what was sent is there when it describes it."""
        timeout = self.options["wait_timeout"]
        if not self.options["wait"]:
            return
        left = []

        def there():
            left[:] = canonical.still_differs(change, self.describe())
            return not left

        if not poll(there, timeout, self.options["wait_delay"]):
            raise Refused(
                f"The state machine {self.name} still differs in {', '.join(left)} after {timeout} seconds. Somebody else "
                f"may have changed it.{self.so_far()}"
            )

    def so_far(self):
        return f" Done before: {'; '.join(self.done)}." if self.done else ""

    def converge(self, check_mode):
        """(changes, the state machine as it is now, or would be)"""
        live = self.read()
        changes = self.plan(live)
        if self.options["state"] == "absent" and live.deleting and self.options["wait"] and not check_mode:
            self.wait_until_gone()
        if pending(changes) and not check_mode:
            self.apply(changes, live)
        self.version_arn = self.version_arn or live.published
        if self.options["state"] == "absent":
            return changes, {}
        return changes, canonical.shown(self.arn, changes[0], live, self.revision_id)
