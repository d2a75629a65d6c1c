# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A family's revision is read and compared, and a new one registered where something differs."""

from __future__ import annotations

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
from ansible_collections.landfall.aws.plugins.module_utils.client import AWS_ERRORS, ClientError
from ansible_collections.landfall.aws.plugins.module_utils.ecs import api, canonical, checks, definition, tags
from ansible_collections.landfall.aws.plugins.module_utils.ecs.steps import Steps
from ansible_collections.landfall.aws.plugins.module_utils.shapes import as_option, input_shape, output_shape
from ansible_collections.landfall.aws.plugins.module_utils.waiting import code_of, poll

try:
    from botocore.exceptions import HTTPClientError
except ImportError:  # AnsibleAWSModule says so

    class HTTPClientError(Exception):
        """A call that has no answer."""


TYPE = "task_definition"
PATIENCE, DELAY = 60, 1  # seconds for which a revision is tried to be registered, and between two tries
THROTTLED = ("ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException")
NEW, IN_PLACE = "new revision", "in place"
UNKNOWN = "unknown field"
AT_ONCE = "Too many concurrent attempts"


def is_throttled(error):
    return isinstance(error, ClientError) and code_of(error) in THROTTLED


def is_unsure(error):
    """Whether a revision may have been registered all the same, by this call or by somebody else's at the same time."""
    if not isinstance(error, ClientError):
        return isinstance(error, HTTPClientError)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or code_of(error) == "ServerException" or AT_ONCE in error.response["Error"].get("Message", "")


def shapes_of(client):
    """(what RegisterTaskDefinition takes, what DescribeTaskDefinition answers of a revision)"""
    described = output_shape(client, "DescribeTaskDefinition").members["taskDefinition"]
    return input_shape(client, "RegisterTaskDefinition"), described


def checked(options, client):
    """(Given, mistakes, what else is to be said) before any call."""
    found, mistakes = definition.given(options, *shapes_of(client))
    said = []
    if options["state"] == "present" and found:
        wrong = list(_required(options, found))
        # A value of the wrong type could not be looked into; a field that does not exist is not there.
        readable = all(each.startswith(UNKNOWN) for each in mistakes)
        if readable and not options["from"] and options["validate"] != "off":
            said = list(checks.mistakes(found.definition))
        mistakes += wrong
    if options["keep_revisions"] is not None and options["keep_revisions"] < 1:
        mistakes.append(f"keep_revisions: {options['keep_revisions']} is not valid; 1 or more revisions can be kept")
    if options["delete_inactive"] and options["state"] == "present" and options["keep_revisions"] is None:
        mistakes.append("delete_inactive: deletes what keep_revisions deregisters, and that is not given")
    return found, mistakes + (said if options["validate"] == "strict" else []), said


def _required(options, found):
    if options["arn"]:
        yield "arn: names a revision to remove, and state is present; give family"
    if found.family:
        yield from checks.family_mistakes(found.family)
    elif options["from"] in (None, "latest"):
        yield "family: must be given"


def refuse_no_target(options, family):
    if not options["arn"] and not family:
        refuse_mistakes(["arn, family: one of them must be given, to say what is to be absent"])


@dataclass
class TaskDefinition(Steps):
    """One run for one family."""

    client: Any
    registering: Any  # makes the client that repeats nothing by itself
    options: dict
    given: definition.Given
    notes: list = field(default_factory=list)
    done: list = field(default_factory=list)  # what was changed, in words
    differences: list = field(default_factory=list)
    report: list = field(default_factory=list)  # the same as a user is told, with tags
    previous: str = ""  # ARN
    pruned: list = field(default_factory=list)  # ARNs
    described: dict = field(default_factory=dict)  # in AWS's own spelling

    def __post_init__(self):
        self.shape, self.output = shapes_of(self.client)
        self.wanted = self.given.definition
        other = self.options["arn"] or self.options["from"] or ""
        self.family = self.given.family or api.family_of(other)

    def converge(self, check_mode):
        """(changes, the revision as it is now, or would be)"""
        if self.options["state"] == "absent":
            return self._converge_absent(check_mode), {}
        latest = api.task_definition(self.client, self.family)
        live = self._find(latest)
        want_tags = tags.wanted(live[1] if live else {}, self.given.tags, self.options["purge_tags"])
        changes = self._plan(live, want_tags)
        self.previous = latest[0]["taskDefinitionArn"] if latest else ""
        self.report = self._told(live[1], want_tags) if live else []
        if pending(changes) and not check_mode:
            live = self.guarded(self.family, lambda: self._apply(changes, live, want_tags))
        return changes, self._shown(changes, live, want_tags, check_mode)

    def _find(self, latest):
        """The revision that is compared: the latest one, or with ``match`` one that is the same."""
        if self.options["from"]:
            self.wanted = self._laid_over(latest)
        self.differences = self._differing(latest)
        if not latest or not self.differences or self.options["match"] == "latest":
            return latest
        for arn in api.revisions(self.client, self.family)[1:]:
            other = api.task_definition(self.client, arn)
            if other and not self._differing(other):
                self.differences = []
                return other
        return latest

    def _laid_over(self, latest):
        source = self.options["from"]
        base = latest if source == "latest" else api.task_definition(self.client, source)
        if not base:
            raise Refused(
                f"from: there is no {'active revision of the family ' if source == 'latest' else 'task definition '}"
                f"{self.family if source == 'latest' else source} to begin with. Register one without from first."
            )
        name = f"{base[0]['family']}:{base[0]['revision']}"
        return definition.patched(definition.registered(base[0], self.shape), name, self.given, self.shape)

    def _canonical(self, found):
        return (
            canonical.canonical(self.shape, definition.registered(found[0], self.shape), self.wanted) if found else {}
        )

    def _differing(self, found):
        return canonical.differences(canonical.canonical(self.shape, self.wanted), self._canonical(found))

    def _plan(self, live, want_tags):
        wanted, before = canonical.canonical(self.shape, self.wanted), self._canonical(live)
        have = {**canonical.masked(before), "tags": live[1]} if live else None
        want = {**canonical.masked(wanted, before=before), "tags": want_tags}
        fresh = not live or bool(self.differences) or self.options["force"]
        if fresh:
            self._check(live)
        action = "add" if not live else "change" if fresh or want_tags != live[1] else "unchanged"
        arn = live[0]["taskDefinitionArn"] if live else None
        change = Change(action, TYPE, self.family, arn, have, want, self._why(live, want_tags, fresh))
        self._refuse_revision(live, fresh)
        return [change, *(self._prunes(live) if fresh else [])]

    def _check(self, live):
        """What a patch comes to is known only now."""
        if not self.options["from"] or self.options["validate"] == "off":
            return
        found = list(checks.mistakes(self.wanted))
        if self.options["validate"] == "strict":
            refuse_mistakes(found)
        self.notes += found

    def _why(self, live, want_tags, fresh):
        if not live:
            return "has no active revision"
        if self.differences:
            return f"differs in {', '.join(each.path for each in self.differences)}; a new revision"
        if fresh:
            return "force: a new revision, though nothing differs"
        return "" if want_tags == live[1] else "differs in tags"

    def _refuse_revision(self, live, fresh):
        number = self.options["revision"]
        if number is None or (live and not fresh and live[0]["revision"] == number):
            return
        latest = live[0]["revision"] if live else 0
        if fresh and latest < number:
            return
        raise Refused(
            f"revision: {self.family} can't become revision {number}. Its latest active one is {latest or 'none'}, and "
            f"{self._why(live, live[1] if live else {}, fresh) or 'it is what is wanted'}. Leave revision out, or look at what differs."
        )

    def _prunes(self, live):
        keep = self.options["keep_revisions"]
        if keep is None or not live:
            return []
        old = api.revisions(self.client, self.family)[keep - 1 :]
        why = f"more than keep_revisions={keep}"
        return [Change("remove", TYPE, f"{self.family}:{api.revision_of(arn)}", arn, {}, None, why) for arn in old]

    def _apply(self, changes, live, want_tags):
        change, *old = changes
        if not live or self.differences or self.options["force"]:
            live = self._register(live, want_tags)
        elif change.pending:
            self.tag(live[0]["taskDefinitionArn"], live[1], want_tags)
        self._remove([each.id for each in old])
        return live

    def _register(self, live, want_tags):
        arguments = {**self.wanted, "family": self.family}
        copied = tags.own(want_tags)
        if copied:
            arguments["tags"] = tags.as_list(copied)
        refused, unsure = [], []

        def attempt():
            found = self._made_meanwhile(live) if unsure else None
            if found:
                return found
            try:
                return api.register(self.registering(), arguments)
            except AWS_ERRORS as error:
                if not is_throttled(error) and not is_unsure(error):
                    raise
                refused.append(error)
                unsure[len(unsure) :] = [error] if is_unsure(error) else []
                return None

        found = poll(attempt, PATIENCE, DELAY, spread=0.5)
        if not found:
            raise refused[-1]
        self.done.append(f"revision {found[0]['revision']} registered")
        self._refuse_other_revision(found)
        return found

    def _refuse_other_revision(self, found):
        number, made = self.options["revision"], found[0]["revision"]
        if number not in (None, made):
            raise Refused(
                f"revision: {self.family} was to become revision {number}, and AWS made it {made}.{self.so_far()}"
            )

    def _made_meanwhile(self, live):
        """A revision that is newer than what was read, and is what is wanted: AWS has no token to tell whose it is."""
        found = api.task_definition(self.client, self.family)
        newer = found and found[0]["revision"] > (live[0]["revision"] if live else 0)
        if not newer or self._differing(found):
            return None
        name = f"{self.family}:{found[0]['revision']}"
        self.notes.append(f"{name} is there though AWS did not confirm it, and is what is wanted.")
        return found

    def _remove(self, arns, inactive=()):
        """Deregister revisions, and delete them and ``inactive`` ones where that is asked for."""
        for arn in arns:
            api.deregister(self.client, arn)
            self.pruned.append(arn)
            self.done.append(f"revision {api.revision_of(arn)} deregistered")
        gone = [*arns, *inactive]
        refused = api.delete_task_definitions(self.client, gone) if self.options["delete_inactive"] and gone else {}
        if refused:
            reasons = "; ".join(f"{arn}: {reason}" for arn, reason in refused.items())
            raise Refused(f"Not all revisions of {self.family} could be deleted: {reasons}.{self.so_far()}")

    def _told(self, live_tags, want_tags):
        """Every difference, and whether a new revision comes of it."""
        tagged = canonical.differences(canonical.Keyed(want_tags), canonical.Keyed(live_tags), "tags")
        fresh = [{**each.as_dict(), "effect": NEW} for each in self.differences]
        return fresh + [{**each.as_dict(), "effect": NEW if fresh else IN_PLACE} for each in tagged]

    def _shown(self, changes, live, want_tags, check_mode):
        """The revision as it is returned; in check mode one that would be new has no number yet."""
        fresh = not live or (check_mode and changes[0].pending and (self.differences or self.options["force"]))
        self.described = {**self.wanted, "family": self.family} if fresh else live[0]
        return {**as_option(self.output, self.described), "tags": want_tags}

    def _converge_absent(self, check_mode):
        active, inactive = self._targets()
        found = [
            Resource(TYPE, arn.rpartition("/")[2], {"task_definition_arn": arn}, arn) for arn in [*inactive, *active]
        ]
        changes = removals(found, "no longer wanted")
        if changes and not check_mode:
            self.guarded(self.family, lambda: self._remove(active, inactive))
        return changes

    def _targets(self):
        """(active revisions to deregister, inactive ones to delete), the newest first"""
        options, delete = self.options, self.options["delete_inactive"]
        if not options["arn"] and options["revision"] is None:
            inactive = api.revisions(self.client, self.family, "INACTIVE") if delete else []
            return api.revisions(self.client, self.family), inactive
        found = api.task_definition(self.client, options["arn"] or f"{self.family}:{options['revision']}")
        if not found:
            return [], []
        arn, status = found[0]["taskDefinitionArn"], found[0]["status"]
        return ([arn] if status == "ACTIVE" else []), ([arn] if status == "INACTIVE" and delete else [])
