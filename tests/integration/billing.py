# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS Budgets, Cost Explorer and an account's own block of public buckets, as far as the tests need them.

The emulator has the first two only in part, and the third at an address that nobody finds: the account's number stands before
the host's name, so it is reached as a proxy.

What is asked and what is answered is held to botocore's model of the services, so neither can have a member that AWS does not
know. How a budget behaves is what AWS documents: an update resets what it does not name, a notification without subscribers is
gone, one topic and ten addresses hear of a notification, ten notifications are in a budget. What costs are answered is canned.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
from botocore.validate import ParamValidator

TARGETS = {"AWSBudgetServiceGateway": "budgets", "AWSInsightsIndexService": "ce"}


class Refusal(Exception):
    def __init__(self, code, message="no"):
        super().__init__(message)
        self.code = code


class Billing:
    """A server on loopback; ``environment`` leads a run to it."""

    def __init__(self):
        self.budgets, self.costs, self.refused, self.calls = {}, {}, {}, []
        self.account_block = {}
        keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        self.models = {name: boto3.client(name, **keys).meta.service_model for name in TARGETS.values()}
        billing = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = billing.answer(self.headers["X-Amz-Target"], body)
                self.reply(status, json.dumps(answer).encode(), "application/x-amz-json-1.1")

            def do_GET(self):
                self.reply(*billing.block_of(self.path), "application/xml")

            def reply(self, status, text, kind):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def environment(self):
        url = f"http://127.0.0.1:{self.server.server_port}"
        proxied = {"AWS_ENDPOINT_URL_S3_CONTROL": "http://s3-control.test", "http_proxy": url, "no_proxy": "127.0.0.1"}
        return {"AWS_ENDPOINT_URL_BUDGETS": url, "AWS_ENDPOINT_URL_COST_EXPLORER": url, **proxied}

    def block_of(self, url):
        self.calls.append("GetPublicAccessBlock")
        assert url == "http://123456789012.s3-control.test/v20180820/configuration/publicAccessBlock"
        refused = self.refused.get("GetPublicAccessBlock")
        if refused or not self.account_block:
            code = refused or "NoSuchPublicAccessBlockConfiguration"
            text = f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
            return 403 if refused else 404, text.encode()
        members = "".join(f"<{key}>{str(value).lower()}</{key}>" for key, value in self.account_block.items())
        return 200, f"<PublicAccessBlockConfiguration>{members}</PublicAccessBlockConfiguration>".encode()

    def end(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, target, body):
        service, _dot, operation = target.partition(".")
        model = self.models[TARGETS[service]].operation_model(operation)
        self.calls.append(operation)
        try:
            if operation in self.refused:
                raise Refusal(self.refused[operation])
            _check(body, model.input_shape)
            result = getattr(self, f"_{operation}")(**body) or {}
        except Refusal as refusal:
            return 400, {"__type": refusal.code, "message": str(refusal)}
        _check(result, model.output_shape)
        return 200, result

    def _budget(self, name):
        if name not in self.budgets:
            raise Refusal("NotFoundException")
        return self.budgets[name]

    def _notification(self, budget, notification):
        key = _key(notification)
        if key not in budget["notifications"]:
            raise Refusal("NotFoundException")
        return budget["notifications"][key]

    def _CreateBudget(self, AccountId, Budget, NotificationsWithSubscribers=(), ResourceTags=()):
        if Budget["BudgetName"] in self.budgets:
            raise Refusal("DuplicateRecordException")
        _one_of_each(Budget)
        self.budgets[Budget["BudgetName"]] = made = {"notifications": {}, "tags": {}}
        made["budget"] = Budget
        made["tags"] = {each["Key"]: each["Value"] for each in ResourceTags}
        for each in NotificationsWithSubscribers:
            self._CreateNotification(AccountId, Budget["BudgetName"], each["Notification"], each["Subscribers"])

    def _DescribeBudget(self, AccountId, BudgetName, ShowFilterExpression=False):
        budget = dict(self._budget(BudgetName)["budget"])
        if not ShowFilterExpression:
            budget = {key: value for key, value in budget.items() if key not in ("FilterExpression", "Metrics")}
        # AWS writes amounts with a fraction.
        limit = budget.get("BudgetLimit")
        if limit:
            budget["BudgetLimit"] = {**limit, "Amount": str(float(limit["Amount"]))}
        budget["CalculatedSpend"] = {"ActualSpend": {"Amount": "3.21", "Unit": "USD"}}
        budget.setdefault("TimePeriod", {"Start": 1793491200, "End": 3706473600})
        return {"Budget": budget}

    def _UpdateBudget(self, AccountId, NewBudget):
        _one_of_each(NewBudget)
        self._budget(NewBudget["BudgetName"])["budget"] = NewBudget

    def _DeleteBudget(self, AccountId, BudgetName):
        self._budget(BudgetName)
        del self.budgets[BudgetName]

    def _tagged(self, arn):
        return self._budget(arn.partition(":budget/")[2])["tags"]

    def _ListTagsForResource(self, ResourceARN):
        return {"ResourceTags": [{"Key": key, "Value": value} for key, value in self._tagged(ResourceARN).items()]}

    def _TagResource(self, ResourceARN, ResourceTags):
        self._tagged(ResourceARN).update({each["Key"]: each["Value"] for each in ResourceTags})

    def _DescribeNotificationsForBudget(self, AccountId, BudgetName):
        found = self._budget(BudgetName)["notifications"].values()
        return {"Notifications": [{**each["notification"], "NotificationState": "OK"} for each in found]}

    def _CreateNotification(self, AccountId, BudgetName, Notification, Subscribers):
        notifications = self._budget(BudgetName)["notifications"]
        if _key(Notification) in notifications:
            raise Refusal("DuplicateRecordException")
        if len(notifications) == 10:
            raise Refusal("CreationLimitExceededException")
        _heard(Subscribers)
        notifications[_key(Notification)] = {"notification": Notification, "subscribers": list(Subscribers)}

    def _DeleteNotification(self, AccountId, BudgetName, Notification):
        self._notification(self._budget(BudgetName), Notification)
        del self.budgets[BudgetName]["notifications"][_key(Notification)]

    def _DescribeSubscribersForNotification(self, AccountId, BudgetName, Notification):
        return {"Subscribers": self._notification(self._budget(BudgetName), Notification)["subscribers"]}

    def _CreateSubscriber(self, AccountId, BudgetName, Notification, Subscriber):
        found = self._notification(self._budget(BudgetName), Notification)
        found["subscribers"] = _heard([*found["subscribers"], Subscriber])

    def _UpdateSubscriber(self, AccountId, BudgetName, Notification, OldSubscriber, NewSubscriber):
        found = self._notification(self._budget(BudgetName), Notification)
        if OldSubscriber not in found["subscribers"]:
            raise Refusal("NotFoundException")
        rest = [each for each in found["subscribers"] if each != OldSubscriber]
        found["subscribers"] = _heard([*rest, NewSubscriber])

    def _DeleteSubscriber(self, AccountId, BudgetName, Notification, Subscriber):
        found = self._notification(self._budget(BudgetName), Notification)
        if Subscriber not in found["subscribers"]:
            raise Refusal("NotFoundException")
        found["subscribers"].remove(Subscriber)
        if not found["subscribers"]:
            self._DeleteNotification(AccountId, BudgetName, Notification)

    def _GetCostAndUsage(self, TimePeriod, Metrics, Granularity, Filter, GroupBy):
        assert (Granularity, Metrics) == ("MONTHLY", ["UnblendedCost"])
        assert GroupBy == [{"Type": "DIMENSION", "Key": "SERVICE"}]
        (project,) = Filter["Tags"]["Values"]
        assert Filter["Tags"]["Key"] == "Project"
        groups = [
            {"Keys": [service], "Metrics": {"UnblendedCost": {"Amount": amount, "Unit": "USD"}}}
            for service, amount in self.costs.get(project, {}).items()
        ]
        return {"ResultsByTime": [{"TimePeriod": TimePeriod, "Groups": groups, "Estimated": True}]}


def _check(values, shape):
    report = ParamValidator().validate(values, shape)
    if report.has_errors():
        raise Refusal("InvalidParameterException", report.generate_report())


def _key(notification):
    return json.dumps({**notification, "Threshold": float(notification["Threshold"])}, sort_keys=True)


def _one_of_each(budget):
    if len({"BudgetLimit", "PlannedBudgetLimits"} & set(budget)) != 1:
        raise Refusal("InvalidParameterException", "BudgetLimit or PlannedBudgetLimits")
    if {"FilterExpression", "Metrics"} & set(budget) and {"CostFilters", "CostTypes"} & set(budget):
        raise Refusal("InvalidParameterException", "FilterExpression and Metrics or CostFilters and CostTypes")


def _heard(subscribers):
    kinds = [each["SubscriptionType"] for each in subscribers]
    if not kinds or kinds.count("SNS") > 1 or kinds.count("EMAIL") > 10:
        raise Refusal("CreationLimitExceededException")
    if any(subscribers.count(each) > 1 for each in subscribers):
        raise Refusal("DuplicateRecordException")
    return subscribers
