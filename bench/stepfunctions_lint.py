"""How long the lint of a state machine takes, by its size, language and format: ``python -m bench.stepfunctions_lint``.

Reading and linting, in this process, once everything is imported. Each is the median of several rounds.
"""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path

import yaml
from ansible.plugins.loader import init_plugin_loader
from ansible.utils.collection_loader import AnsibleCollectionConfig

if AnsibleCollectionConfig.collection_finder is None:  # in the tests it is there already
    init_plugin_loader([str(Path(__file__).parents[1] / ".collections")])

from ansible_collections.landfall.aws.plugins.module_utils.asl.lint import lint
from ansible_collections.landfall.aws.plugins.module_utils.asl.source import read

RETRY = [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 1, "MaxAttempts": 5, "BackoffRate": 2}]


def task(language, index):
    """A Task as they are: arguments, retries, a catch, a variable."""
    common = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Retry": RETRY, "TimeoutSeconds": 30}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}]
    if language == "JSONata":
        payload = {
            "id": "{% $states.input.order.id %}",
            "sum": f"{{% $sum($states.input.lines[price > {index}].price) %}}",
        }
        return {
            **common,
            "Arguments": {"FunctionName": "ship", "Payload": payload},
            "Output": f"{{% $merge([$states.input, {{'step{index}': $states.result.Payload}}]) %}}",
            "Catch": catch,
        }
    payload = {"id.$": "$.order.id", "name.$": f"States.Format('step {{}} of {{}}', {index}, $$.Execution.Name)"}
    return {
        **common,
        "Parameters": {"FunctionName": "ship", "Payload": payload},
        "ResultPath": f"$.step{index}",
        "Catch": catch,
    }


def definition(language, states):
    """So many states, every fifth of them a Choice, in a row; the last two are the ends."""
    steps = {}
    for index in range(states - 2):
        onward = f"Step {index + 1}" if index + 1 < states - 2 else "Done"
        if index % 5 == 4:
            rule = (
                {"Condition": "{% $states.input.a > 1 %}"}
                if language == "JSONata"
                else {"Variable": "$.a", "NumericGreaterThan": 1}
            )
            steps[f"Step {index}"] = {"Type": "Choice", "Choices": [{**rule, "Next": "Done"}], "Default": onward}
        else:
            steps[f"Step {index}"] = {**task(language, index), "Next": onward}
    ends = {"Done": {"Type": "Succeed"}, "Failed": {"Type": "Fail", "Error": "NotDone"}}
    return {"QueryLanguage": language, "StartAt": "Step 0", "States": {**steps, **ends}}


def as_text(tree, form):
    return json.dumps(tree, indent=2) if form == "JSON" else yaml.safe_dump(tree, sort_keys=False)


def seconds(text, rounds, clock=time.perf_counter):
    """The median of several rounds."""
    taken = []
    for _round in range(rounds):
        begun = clock()
        found = lint(read(text))
        taken.append(clock() - begun)
    assert not found, found[0]
    return statistics.median(taken)


def largest(language):
    """As many states as fit into AWS's 1 MB."""
    each = len(as_text(definition(language, 102), "JSON")) / 100
    return int(1_040_000 / each)


def main():
    print("| language | format | states | KiB | ms |")
    print("|---|---|---|---|---|")
    for language in ("JSONPath", "JSONata"):
        for form in ("JSON", "YAML"):
            for states in (25, 250, largest(language)):
                text = as_text(definition(language, states), form)
                taken = seconds(text, 20 if states < 100 else 3) * 1000
                print(f"| {language} | {form} | {states} | {len(text) / 1024:.0f} | {taken:.0f} |")


if __name__ == "__main__":
    main()
