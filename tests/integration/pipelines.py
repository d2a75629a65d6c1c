# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks in an account where functions, state machines and events really run."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from lab.ministack import RUNTIME, Ministack

ROOT = Path(__file__).parents[2]
FOREIGN = ("AWS_", "LANDFALL_", "ANSIBLE_")


class Account:
    """What the fixture `playbook` of other tests has in moto, in ministack."""

    def __init__(self, ministack: Ministack):
        self.ministack, self.url = ministack, ministack.url

    @property
    def environment(self):
        clean = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
        own = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_FORCE_COLOR": "0"}
        path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        return {**clean, **self.ministack.environment, **own, **path}

    def client(self, service):
        return self.ministack.client(service)


def of_inventory(playbook, inventory):
    """Make a Playbook run playbooks/pipeline.yml with one of the example inventories."""

    def command(_roles, options, arguments):
        variables = playbook.directory / "variables.json"
        variables.write_text(json.dumps({"pipeline_runtime": RUNTIME, **options}))
        source = ["-i", str(ROOT / "inventory" / inventory), str(ROOT / "playbooks" / "pipeline.yml")]
        return ["ansible-playbook", *source, "-e", f"@{variables}", *arguments]

    playbook.command = command
    return playbook


def until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {seconds} s in vain: {what}"
        time.sleep(0.2)


class Mailbox:
    """A queue that a topic writes to, read as somebody reads mail."""

    def __init__(self, account, topic_arn, name="mailbox"):
        self.sqs, sns = account.client("sqs"), account.client("sns")
        self.url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})
        sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)
        self.messages = []

    def read(self):
        """All messages so far."""
        while True:
            found = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
            for each in found:
                self.messages.append(json.loads(json.loads(each["Body"])["Message"]))
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=each["ReceiptHandle"])
            if not found:
                return self.messages

    def about(self, key):
        return [each for each in self.read() if each.get("file", "").endswith(f"/{key}")]


def sales(rows, offset=0):
    """A CSV file as the example takes it."""
    lines = ["date,region,product,quantity,unit_price"]
    for number in range(offset, offset + rows):
        region, product = ("north", "south", "west")[number % 3], f"product-{number % 7}"
        lines.append(f"2027-01-{number % 28 + 1:02},{region},{product},{number % 9 + 1},{number % 50 + 0.99:.2f}")
    return "\n".join(lines) + "\n"
