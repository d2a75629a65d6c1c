# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading what guards an account: one function a call."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.account.api import asking
from ansible_collections.landfall.aws.plugins.module_utils.budgets import api as budgets_api
from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError, in_parallel, pages
from ansible_collections.landfall.aws.plugins.module_utils.cloudwatch.api import alarm_tags, metric_alarm
from ansible_collections.landfall.aws.plugins.module_utils.guardrails import alarm
from ansible_collections.landfall.aws.plugins.module_utils.tags import tags_of

# Each service has its own word for it.
MISSING = ("NoSuchEntity", "NotFound", "ResourceNotFound", "ResourceNotFoundException")


def _unless_missing(call, otherwise=None):
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return otherwise
        raise


def password_policy(iam):
    return _unless_missing(lambda: iam.get_account_password_policy()["PasswordPolicy"])


def has_billing_metrics(cloudwatch):
    """Whether the account lets CloudWatch know of its costs, which only its owner can switch on."""
    return bool(cloudwatch.list_metrics(Namespace=alarm.NAMESPACE, MetricName=alarm.METRIC)["Metrics"])


def topic_tags(sns, arn):
    """The topic's tags, or None where there is no topic."""
    return _unless_missing(lambda: tags_of(sns.list_tags_for_resource(ResourceArn=arn)))


def subscriptions(sns, arn):
    return _unless_missing(
        lambda: pages(sns, "list_subscriptions_by_topic", "Subscriptions", TopicArn=arn), otherwise=[]
    )


def read(clients, name):
    """What there is under a name, as far as it can be asked for without the account's number; refusals are answers, too."""
    return in_parallel(
        identity=asking(clients["sts"].get_caller_identity),
        alarm=asking(metric_alarm, clients["cloudwatch"], name),
        billing_metrics=asking(has_billing_metrics, clients["cloudwatch"]),
        password_policy=asking(password_policy, clients["iam"]),
    )


def read_details(clients, name, account_id, topic_arn, described_alarm):
    """The rest of what there is under a name."""
    reads = budgets_api.reads(clients["budgets"], account_id, name)
    reads["topic_tags"] = lambda: topic_tags(clients["sns"], topic_arn)
    reads["subscriptions"] = lambda: subscriptions(clients["sns"], topic_arn)
    if described_alarm:
        reads["alarm_tags"] = lambda: alarm_tags(clients["cloudwatch"], described_alarm["AlarmArn"])
    results = in_parallel(reads)
    return {**results, "found_budget": budgets_api.found(clients["budgets"], account_id, name, results)}
