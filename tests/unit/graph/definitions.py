# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Definitions to draw, and a strategy that makes any."""

from __future__ import annotations

from hypothesis import strategies as st

LONGEST = "Reconcile the incoming shipment manifest with the warehouse inventory before noon"[:80]
CAMEL = "CustomsDeclarationForInternationalShipmentsWithDangerousGoodsAndBatteries12345678"[:80]
RETRY = [
    {"ErrorEquals": ["Lambda.ServiceException", "Lambda.TooManyRequestsException"], "MaxAttempts": 4},
    {"ErrorEquals": ["States.TaskFailed"]},
]


def task(function, **more):
    arn = f"arn:aws:lambda:eu-west-3:123456789012:function:{function}"
    resource = "arn:aws:states:::lambda:invoke"
    return {"Type": "Task", "Resource": resource, "Parameters": {"FunctionName": arn}, **more}


def caught(target, *errors):
    return [{"ErrorEquals": list(errors) or ["States.ALL"], "Next": target}]


def when(variable, value, target):
    return {"Variable": variable, "StringEquals": value, "Next": target}


def machine(start, **states):
    return {"StartAt": start, "States": states}


LINEAR = machine("A", A=task("a", Next="B"), B={"Type": "Pass", "Next": "C"}, C={"Type": "Succeed"})

POLL = machine(
    "Submit",
    Submit=task("submit", Next="Wait"),
    Wait={"Type": "Wait", "Seconds": 30, "Next": "Look"},
    Look=task("look", Next="Done?", Retry=RETRY),
    **{
        "Done?": {
            "Type": "Choice",
            "Choices": [when("$.status", "FAILED", "Failed"), when("$.status", "SUCCEEDED", "Result")],
            "Default": "Wait",
        }
    },
    Failed={"Type": "Fail", "Error": "JobFailed"},
    Result=task("result", End=True),
)

ITEM = machine(
    "Load",
    Load=task("load", Next="Check", Retry=RETRY),
    Check={
        "Type": "Choice",
        "Choices": [
            {
                "And": [{"Variable": "$.quantity", "NumericGreaterThan": 0}, {"Variable": "$.sku", "IsPresent": True}],
                "Next": "Both",
            }
        ],
        "Default": "Skip",
    },
    Both={
        "Type": "Parallel",
        "Branches": [
            machine("Price", Price=task("price", End=True)),
            machine("Stock", Stock=task("stock", Next="Reserve"), Reserve=task("reserve", End=True)),
        ],
        "Catch": caught("Skip", "Stock.Empty"),
        "End": True,
    },
    Skip={"Type": "Pass", "End": True},
)

# 25 states: Parallel in Map in Parallel, five ways out of a Choice, long names, what is caught, and what leads back.
LARGE = machine(
    "Receive",
    **{
        "Receive": {"Type": "Pass", "Next": LONGEST},
        LONGEST: task("reconcile", Next="Route", Retry=RETRY, Catch=caught("Notify", "Manifest.Invalid", "Too.Large")),
        "Route": {
            "Type": "Choice",
            "Choices": [
                when("$.kind", "express", "Express"),
                when("$.kind", "bulk", "Everything"),
                {
                    "And": [
                        {"Variable": "$.weight", "NumericGreaterThanEquals": 1000},
                        {"Not": {"Variable": "$.country", "StringEquals": "FR"}},
                    ],
                    "Next": CAMEL,
                },
                {"Variable": "$.hold", "BooleanEquals": True, "Next": "Hold"},
            ],
            "Default": "Reject",
        },
        "Express": task("express", Next="Archive", Catch=caught("Notify")),
        "Everything": {
            "Type": "Parallel",
            "Next": "Archive",
            "Catch": caught("Notify"),
            "Retry": RETRY,
            "Branches": [
                machine(
                    "PerItem",
                    PerItem={
                        "Type": "Map",
                        "ItemsPath": "$.items",
                        "MaxConcurrency": 10,
                        "ItemProcessor": ITEM,
                        "Next": "SumUp",
                    },
                    SumUp=task("sum", End=True),
                ),
                machine("Invoice", Invoice=task("invoice", Next="Mail"), Mail=task("mail", End=True)),
            ],
        },
        CAMEL: task("customs", Next="AwaitCustoms", Retry=RETRY),
        "AwaitCustoms": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "TimeoutSeconds": 3600,
            "Catch": caught("Notify", "States.Timeout"),
            "Next": "Archive",
        },
        "Hold": {"Type": "Wait", "Seconds": 3600, "Next": "Route"},
        "Reject": {"Type": "Fail", "Error": "Rejected"},
        "Archive": task("archive", Next="Done"),
        "Done": {"Type": "Succeed"},
        "Notify": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Next": "Again?"},
        "Again?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.again", "BooleanEquals": True, "Next": "Route"}],
            "Default": "GiveUp",
        },
        "GiveUp": {"Type": "Fail", "Error": "GaveUp"},
    },
)


def long_one(count=60):
    """Many states in a row, with ways ahead, back and out of errors."""
    names, states = [f"Step{number:02d}" for number in range(count)], {}
    for number, name in enumerate(names[:-1]):
        following = names[number + 1]
        if number % 7 == 3:
            ahead, back = names[min(count - 1, number + 4)], names[max(0, number - number % 5)]
            rules = [when("$.n", "ahead", ahead), when("$.n", "back", back)]
            states[name] = {"Type": "Choice", "Choices": rules, "Default": following}
        elif number % 5 == 1:
            states[name] = task(name, Next=following, Catch=caught(names[min(count - 1, number + 11)]))
        else:
            states[name] = {"Type": "Pass", "Next": following}
    return machine(names[0], **states, **{names[-1]: {"Type": "Succeed"}})


EXAMPLES = {"linear": LINEAR, "poll": POLL, "large": LARGE, "sixty": long_one()}

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)
LABELS = st.sampled_from(["x", "$.valid", LONGEST, "Some.Error", "<b>&amp;"])


@st.composite
def machines(draw, depth=2):
    """Any states, each leading to any of them."""
    plain = st.sampled_from(["A", "B", "Cc", "Load", CAMEL, LONGEST, "<script>alert(1)</script>"])
    names = draw(st.lists(plain | NAMES, min_size=1, max_size=7 if depth == 2 else 3, unique=True))
    to = st.sampled_from(names)
    states = {}
    for name in names:
        kinds = ["Task", "Task", "Choice", "Pass", "Wait", "Succeed", "Fail"] + ["Parallel", "Map"] * bool(depth)
        type_ = draw(st.sampled_from(kinds))
        state = states[name] = {"Type": type_}
        if type_ == "Choice":
            rules = draw(st.lists(st.tuples(LABELS, to), min_size=1, max_size=5))
            state["Choices"] = [when("$.x", label, target) for label, target in rules]
            if draw(st.booleans()):
                state["Default"] = draw(to)
            continue
        if type_ in ("Succeed", "Fail"):
            continue
        state.update(draw(st.just({"End": True}) | st.builds(lambda target: {"Next": target}, to)))
        if type_ in ("Task", "Parallel", "Map"):
            rules = draw(st.lists(st.tuples(LABELS, to), max_size=3))
            state["Catch"] = [{"ErrorEquals": [label], "Next": target} for label, target in rules]
            state["Retry"] = draw(st.sampled_from([[], RETRY]))
        if type_ == "Parallel":
            state["Branches"] = draw(st.lists(machines(depth - 1), min_size=1, max_size=3))
        elif type_ == "Map":
            state["ItemProcessor"] = draw(machines(depth - 1))
    return {"StartAt": draw(to), "States": states}
