# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cost budgets in AWS Budgets: one function a call. A budget has no id; its account and its name tell it apart."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.budgets.canonical import Notification, subscriber
from ansible_collections.landfall.aws.plugins.module_utils.client import ClientError, in_parallel, pages


def account(sts):
    return sts.get_caller_identity()


def arn(client, account_id, name):
    return f"arn:{client.meta.partition}:budgets::{account_id}:budget/{name}"


def _unless_missing(call, otherwise):
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFoundException":
            return otherwise
        raise


def budget(client, account_id, name, **more):
    """The described budget, or None."""
    return _unless_missing(
        lambda: client.describe_budget(AccountId=account_id, BudgetName=name, **more)["Budget"], otherwise=None
    )


def budget_with_expression(client, account_id, name):
    """The same with an expression in place of filters, which AWS only shows on demand and an update would take away."""
    return budget(client, account_id, name, ShowFilterExpression=True)


def tags(client, budget_arn):
    return _unless_missing(
        lambda: {
            each["Key"]: each["Value"]
            for each in client.list_tags_for_resource(ResourceARN=budget_arn).get("ResourceTags", [])
        },
        otherwise={},
    )


def notifications(client, account_id, name):
    place = {"AccountId": account_id, "BudgetName": name}
    found = _unless_missing(
        lambda: pages(client, "describe_notifications_for_budget", "Notifications", **place), otherwise=[]
    )
    return [Notification.of_aws(each) for each in found]


def addresses(client, account_id, name, notification):
    """Who is told: mail addresses first, then the topic."""
    found = pages(
        client,
        "describe_subscribers_for_notification",
        "Subscribers",
        AccountId=account_id,
        BudgetName=name,
        Notification=notification.members,
    )
    return [each["Address"] for each in sorted(found, key=lambda each: (each["SubscriptionType"], each["Address"]))]


def reads(client, account_id, name):
    """The calls that tell what there is under a name; ``found`` makes of their results what there is."""
    return {
        "budget": lambda: budget(client, account_id, name),
        "budget_tags": lambda: tags(client, arn(client, account_id, name)),
        "notifications": lambda: notifications(client, account_id, name),
    }


def found(client, account_id, name, results):
    if not results["budget"]:
        return None
    told = in_parallel(
        {each: lambda each=each: addresses(client, account_id, name, each) for each in results["notifications"]}
    )
    return {
        "budget": results["budget"],
        "tags": results["budget_tags"],
        "notifications": told,
        "arn": arn(client, account_id, name),
    }


def create(client, account_id, document, wanted, wanted_tags):
    """With its notifications and tags in one call, so that nothing is half there."""
    more = {}
    if wanted:
        more["NotificationsWithSubscribers"] = [
            {"Notification": each.members, "Subscribers": [subscriber(address) for address in to]}
            for each, to in wanted.items()
        ]
    client.create_budget(AccountId=account_id, Budget=document, ResourceTags=_listed(wanted_tags), **more)


def update(client, account_id, document):
    client.update_budget(AccountId=account_id, NewBudget=document)


def delete(client, account_id, name):
    client.delete_budget(AccountId=account_id, BudgetName=name)


def tag(client, budget_arn, wanted):
    client.tag_resource(ResourceARN=budget_arn, ResourceTags=_listed(wanted))


def _listed(tags_):
    return [{"Key": key, "Value": value} for key, value in tags_.items()]


def change_notifications(client, account_id, name, wanted, live):
    """First what goes, because AWS takes ten in all, then what is new, then who is told."""
    place = {"AccountId": account_id, "BudgetName": name}
    for each in live:
        if each not in wanted:
            client.delete_notification(Notification=each.members, **place)
    for each, to in wanted.items():
        if each not in live:
            told = [subscriber(address) for address in to]
            client.create_notification(Notification=each.members, Subscribers=told, **place)
        else:
            _change_addresses(client, {"Notification": each.members, **place}, to, live[each])


def _change_addresses(client, place, wanted, live):
    """One goes over into another where it can: AWS takes one topic at a time, and drops what nobody is told any more."""
    new = [subscriber(each) for each in wanted if each not in live]
    old = [subscriber(each) for each in live if each not in wanted]
    for each in list(new):
        same = next((other for other in old if other["SubscriptionType"] == each["SubscriptionType"]), None)
        if same:
            client.update_subscriber(OldSubscriber=same, NewSubscriber=each, **place)
            new.remove(each)
            old.remove(same)
    for each in new:
        client.create_subscriber(Subscriber=each, **place)
    for each in old:
        client.delete_subscriber(Subscriber=each, **place)
