"""Run parts of the tests one after the other and say in the last lines what passed.

``python tests/run.py [--verbose] lint unit integration molecule e2e``
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOGS = ROOT / ".cache" / "logs"
COLLECTION = ROOT / ".collections" / "ansible_collections" / "landfall" / "aws"
# What answers for the tests must not be an account that the shell happens to be signed in to.
FOREIGN = ("AWS_", "LANDFALL_", "ANSIBLE_INVENTORY")
NEEDS_ENGINE = {"molecule", "e2e"}
# How many commands of a part run at the same time, where it is not one after the other.
SIDE_BY_SIDE = {"molecule": 2}


def scenarios() -> list[str]:
    return sorted(path.parent.name for path in ROOT.glob("molecule/*/molecule.yml"))


def commands(part: str) -> list[tuple[str, list[str]]]:
    python, pytest = sys.executable, [sys.executable, "-m", "pytest"]
    return {
        "lint": [
            ("ruff", ["ruff", "check", "."]),
            ("ruff format", ["ruff", "format", "--check", "."]),
            ("yamllint", ["yamllint", "--strict", "."]),
            ("changelog", ["antsibull-changelog", "lint"]),
            ("ansible-lint", ["ansible-lint", "--offline", "--profile", "production"]),
            ("specs", [python, "tests/lint/specs.py"]),
            ("sanity", [python, "tests/lint/sanity.py"]),
        ],
        "unit": [("unit", [*pytest, "tests/unit", "playbooks/files/pipeline/tests", "-n", "2"])],
        # More workers than cores: most of the time is spent waiting.
        "integration": [("integration", [*pytest, "tests/integration", "-n", "4", "--dist", "worksteal"])],
        "molecule": [(f"molecule {name}", ["molecule", "test", "-s", name]) for name in scenarios()],
        "e2e": [("e2e", [*pytest, "tests/e2e"])],
    }[part]


def environment() -> dict[str, str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
    clean["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**clean, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "PYTHONUNBUFFERED": "1", "ANSIBLE_FORCE_COLOR": "0"}


def prepare(parts: list[str], env: dict[str, str]) -> None:
    """A Docker engine and the hosts' images, for the parts that need them."""
    if NEEDS_ENGINE & set(parts):
        subprocess.run(
            [sys.executable, "-m", "lab", "images", "--system", "debian-12", "--system", "debian-13"],
            cwd=ROOT,
            env=env,
            check=True,
        )
        engine = subprocess.run(
            [sys.executable, "-m", "lab", "engine"], cwd=ROOT, env=env, check=True, capture_output=True, text=True
        )
        if engine.stdout.strip():
            env["DOCKER_HOST"] = engine.stdout.strip()


def run(name: str, command: list[str], env: dict[str, str], verbose: bool) -> tuple[str, bool]:
    """Run one command and say how it went, with the last line that it printed where that is a count."""
    started = time.monotonic()
    log = LOGS / f"{name.replace(' ', '-')}.log"
    with log.open("w") as output:
        process = subprocess.run(
            command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        )
    passed = process.returncode == 0
    lines = log.read_text(errors="replace").splitlines()
    last = next((line.strip("= ") for line in reversed(lines) if line.strip()), "")
    said = last if " passed" in last else "" if passed else "see the lines above"
    shown = lines if verbose else [] if passed else lines[-60:]
    summary = f"{name:25} {'passed' if passed else 'FAILED':8} {time.monotonic() - started:6.0f} s  {said}"
    print("\n".join([*shown, summary]), flush=True)
    return name, passed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="+", choices=["lint", "unit", "integration", "molecule", "e2e"])
    parser.add_argument("--verbose", action="store_true", help="print what the commands print")
    arguments = parser.parse_args()
    LOGS.mkdir(parents=True, exist_ok=True)
    env = environment()
    shutil.rmtree(ROOT / "tests" / "output", ignore_errors=True)
    results = []
    try:
        prepare(arguments.parts, env)
        for part in arguments.parts:
            # A scenario waits for its hosts most of the time, so another one can use the machine meanwhile.
            with ThreadPoolExecutor(SIDE_BY_SIDE.get(part, 1)) as pool:
                results += pool.map(lambda each: run(*each, env, arguments.verbose), commands(part))
    finally:
        if NEEDS_ENGINE & set(arguments.parts):
            subprocess.run([sys.executable, "-m", "lab", "engine-down"], cwd=ROOT, env=env, check=False)
    failed = [name for name, passed in results if not passed]
    if failed:
        print(f"Failed: {', '.join(failed)}. Logs: {LOGS.relative_to(ROOT)}/")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
