"""How many calls to AWS each Step Functions module makes, against its budget.

``python -m bench.stepfunctions [--write]`` prints the table; with ``--write`` it goes into the documentation, too.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ansible.plugins.loader import init_plugin_loader

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "stepfunctions.md"
BEGIN, END = "<!-- calls: make bench-stepfunctions -->\n", "<!-- end of calls -->\n"


def with_table(text: str, table: str) -> str:
    """The documentation with this table in its place."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}{table}\n{END}{rest.partition(END)[2]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="bring the documentation up to date")
    arguments = parser.parse_args()
    init_plugin_loader([str(ROOT / ".collections")])
    from bench.stepfunctions.cases import CASES, over_budget, table

    measured = [(case, case.calls()) for case in CASES]
    print(table(measured))
    if arguments.write:
        DOCUMENT.write_text(with_table(DOCUMENT.read_text(), table(measured)))
    over = over_budget(measured)
    print(f"over budget: {len(over)}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
