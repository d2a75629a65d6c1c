"""Write docs/stepfunctions-lint.md, whose codes and examples come from the lint itself and its tests.

``python tests/lint/stepfunctions_lint.py``
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from ansible.plugins.loader import init_plugin_loader
from ansible.utils.collection_loader import AnsibleCollectionConfig

if AnsibleCollectionConfig.collection_finder is None:  # in the tests it is there already
    init_plugin_loader([str(ROOT / ".collections")])

from ansible_collections.landfall.aws.plugins.module_utils.asl.codes import CODES
from ansible_collections.landfall.aws.plugins.module_utils.asl.lint import lint
from ansible_collections.landfall.aws.plugins.module_utils.asl.source import read
from tests.unit.asl.test_asl_codes import CASES

PAGE = ROOT / "docs" / "stepfunctions-lint.md"
HEAD = """<!-- Made by `python tests/lint/stepfunctions_lint.py`; what stands here comes from plugins/module_utils/asl/codes.py. -->

# What is found in a state machine's definition

`landfall.aws.stepfunctions_definition` checks a definition in the Amazon States Language without an account, and
`landfall.aws.stepfunctions_state_machine` does the same before it calls AWS. Each finding has a place in the author's own
JSON or YAML, a code, a sentence and mostly a hint:

```
orders.asl.yaml:41:7 [MISSING_TRANSITION_TARGET] Next "Shipp" does not exist; did you mean "Ship"?
```

An **error** is what AWS refuses, or what fails in every execution that comes by. A **warning** is what can be meant that way.
A finding that is meant can be ignored by its code (`ignore`, and `lint_ignore` of `stepfunctions_state_machine`).

## Codes

"""
TAIL = """
## How it reads

- A text that begins with `{` or `[` is JSON. What is not, is tried as YAML, unless the file's name ends in `.json`.
- YAML is read with JSON's values alone: `true`, `false`, `null`, `~`, nothing at all, and numbers as JSON writes them. All else is
  text: `NO`, `on`, `True`, `2026-01-01`, `0x10`. Keys are always text. Aliases stand for whole values; there is no `<<`.
- AWS gets the author's own text where that is JSON without substitutions, and else JSON with two spaces, in the author's order.
- `${Name}` is filled in where `substitutions` are given, in keys and values, and without quotes in JSON, too. As a whole value it can
  become a number, an object or a list. `${!Name}` is that text itself. Inside of `{% %}`, names that are not given stay.
  Without `substitutions` a placeholder is taken for whatever belongs there.

## What it does not find

- What only AWS knows: whether a function, a queue or a role exists, what a role may do, and the arguments of integrations other than
  the few whose required ones are checked. `validate_server` and `test_state` ask AWS.
- What depends on the input: a path that leads nowhere, a value of the wrong type.
- What a filter of a path says inside of `[?( )]`.
- AWS documents no limit of a comment's length, so none is checked but the definition's.
- Variables are followed over the ways that the definition has, whatever their conditions say.

## What it stands on

- **JSONata** is parsed by [jsonata-python](https://pypi.org/project/jsonata-python/), a port of the reference implementation
  (Apache License 2.0). Importing it takes 40 ms, and an expression 0.1 ms, with one parser for all. Without the package all but
  JSONata is checked, and that is said.
- **YAML** is read by PyYAML's C parser, which has marks for places.
- **JSON** is read by a parser of our own: Python's tells no places.
- **JSONPath** as well: the libraries follow RFC 9535, and refuse what Step Functions takes (`$.detail:type`, `$.1st`,
  `$.store\\.book`), and know neither `$$` nor variables nor reference paths nor the intrinsic functions.
- **The fields** stand in `plugins/module_utils/asl/fields.py`. cfn-lint carries a JSON schema of definitions, but it knows neither
  `MaxDelaySeconds` nor what a `ReaderConfig` holds, takes a `BackoffRate` of 0, and a schema's message says which of its rules was
  broken, not what to write. A test holds our table against it: what its schema knows, ours knows.
"""


def example(code):
    """What is said of the first definition among the tests that has this code."""
    if code == "JSONATA_UNCHECKED":
        return "The JSONata expressions are not checked; pip install jsonata-python"
    case = next(each for each in CASES if each.code == code)
    substitutions = {"Name": "x"} if code == "SUBSTITUTION" else None
    found = lint(read(case.texts()[0], "x.yaml", substitutions), case.type)
    return str(next(each for each in found if each.code == code)).partition("] ")[2]


def render():
    """The whole page."""
    rows = ["| code | | what is wrong, and why it matters | for example |", "|---|---|---|---|"]
    for code, (severity, what, why) in sorted(CODES.items()):
        told = example(code).replace("|", "\\|")
        rows.append(f"| `{code}` | {severity} | {what} {why} | `{told}` |")
    return HEAD + "\n".join(rows) + "\n" + TAIL


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
