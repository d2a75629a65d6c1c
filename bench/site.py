"""How long site.yml takes in the lab: a first run, runs that change nothing, and the way back.

``make bench`` prints the table that bench/README.md holds. Medians of --runs rounds, each in an account that is empty again.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from lab import lab, playbook
from lab.project import Project

SIDES = {
    "What was asked for is valid": "preflight",
    "Cloud side of the app host": "cloud side",
    "Inside the app host": "host side",
    "Nothing is in the way back": "cloud side",
    "The way back": "cloud side",
}


def measure(project: Project, arguments: str = "") -> dict[str, float]:
    run = playbook.run(project, "site.yml", arguments)
    if not run.succeeded:
        raise SystemExit(f"site.yml failed; see {run.log}")
    times = {"preflight": 0.0, "cloud side": 0.0, "host side": 0.0}
    for play in run.plays:
        if play.hosts:
            times[SIDES[play.name]] += play.seconds
    return {**times, "changed": run.changed, "calls": sum(play.calls for play in run.plays)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    project = Project("bench")
    rounds: dict[str, list[dict]] = {"first run": [], "no-change run": [], "way back": []}
    try:
        lab.up(project)
        for _round in range(runs):
            rounds["first run"].append(measure(project))
            rounds["no-change run"].append(measure(project))
            rounds["way back"].append(measure(project, "-e landfall_state=absent"))
    finally:
        lab.down(project, purge=False)
    print("| site.yml | preflight | cloud side | host side | tasks changed | calls to AWS to read and plan |")
    print("|---|---|---|---|---|---|")
    for kind, measured in rounds.items():
        cells = [
            f"{statistics.median(each[side] for each in measured):.1f} s"
            for side in ("preflight", "cloud side", "host side")
        ]
        print(f"| {kind} | {' | '.join(cells)} | {measured[0]['changed']} | {measured[0]['calls']} |")


if __name__ == "__main__":
    main()
