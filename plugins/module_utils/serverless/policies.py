# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may do what: documents of IAM, and of a bucket's policy. Pure."""

from __future__ import annotations

TLS_ONLY = "LandfallTlsOnly"


def document(statements):
    return {"Version": "2012-10-17", "Statement": statements}


def trust(service, conditions=None):
    """Who may act as a role."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return document([{**statement, **({"Condition": conditions} if conditions else {})}])


def allow(actions, resources):
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def traces():
    """AWS limits this to no resource."""
    return allow(["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*")


def function(statements, log_group_arn, dead_letter_arn):
    """What a function may do: what it was given, its own logs and traces, and to say what it could not do."""
    own = [allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_group_arn}:*"), traces()]
    if dead_letter_arn:
        own.append(allow("sns:Publish", dead_letter_arn))
    # IAM keeps the statements as they are, but for the Effect that may be left out here.
    return document([*({"Effect": "Allow", **each} for each in statements), *own])


# Delivery of logs belongs to no resource: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
LOG_DELIVERY = (
    *("logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies"),
    *("logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery"),
)


def state_machine(function_arns, topic_arn, statements):
    """What a state machine may do: call the functions, tell the topic, and keep logs and traces."""
    own = [allow("lambda:InvokeFunction", [name for arn in function_arns for name in (arn, f"{arn}:*")])] * bool(
        function_arns
    )
    if topic_arn:
        own.append(allow("sns:Publish", topic_arn))
    rules = allow(["xray:GetSamplingRules", "xray:GetSamplingTargets"], "*")
    given = ({"Effect": "Allow", **each} for each in statements)
    return document([*given, *own, allow(list(LOG_DELIVERY), "*"), traces(), rules])


def bucket(name, partition, live):
    """A bucket's policy with our statement in it, and all others as they are."""
    arn = f"arn:{partition}:s3:::{name}"
    ours = {
        "Sid": TLS_ONLY,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    given = (live or {}).get("Statement", [])
    others = [each for each in given if each.get("Sid") != TLS_ONLY]
    if ours in given:
        return live
    return {**document([]), **(live or {}), "Statement": [*others, ours]}
