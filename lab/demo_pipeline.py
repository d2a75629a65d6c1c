"""The demo of the pipeline: an account that runs things, playbooks/pipeline.yml in it, and a file that goes through."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .ministack import RUNTIME, Ministack
from .project import ROOT, LabError, until

BUCKET, NAME = "shop-prod-pipeline-example", "shop-prod-pipeline"
INVENTORY = ROOT / "inventory" / "example_pipeline"


def say(what: str, started: float) -> None:
    print(f"  ✔ {what:<60}{time.monotonic() - started:7.1f} s", flush=True)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="landfall-pipeline-") as folder:
        log = ROOT / ".cache" / "logs" / "demo-pipeline.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        try:
            started = time.monotonic()
            with Ministack(Path(folder)) as account:
                say("An empty account that runs functions and state machines", started)
                apply(account, log)
                execution = send(account)
                show(account, execution)
        except LabError as error:
            print(f"  ✘ {error}", file=sys.stderr)
            return 1
    return 0


def apply(account: Ministack, log: Path) -> None:
    """playbooks/pipeline.yml as anybody runs it, twice."""
    foreign = ("AWS_", "ANSIBLE_", "LANDFALL_")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**clean, **account.environment, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "PATH": path}
    command = ["ansible-playbook", "-i", str(INVENTORY), "playbooks/pipeline.yml", "-e", f"pipeline_runtime={RUNTIME}"]
    for what in ("playbooks/pipeline.yml, from nothing", "playbooks/pipeline.yml again, and nothing changes"):
        started = time.monotonic()
        with log.open("w") as output:
            done = subprocess.run(command, cwd=ROOT, env=environment, stdout=output, stderr=output, check=False)
        if done.returncode:
            raise LabError(f"playbooks/pipeline.yml has failed. Log: {log}")
        say(what, started)
    if "changed=0 " not in log.read_text():
        raise LabError(f"The second run has changed something. Log: {log}")


def send(account: Ministack) -> dict:
    """Upload a file of 1,247 rows, and wait until its execution is through."""
    started = time.monotonic()
    rows = [
        f"2027-01-{n % 28 + 1:02},{['north', 'south', 'west'][n % 3]},p{n % 7},{n % 9 + 1},{n % 50}.99"
        for n in range(1247)
    ]
    text = "\n".join(["date,region,product,quantity,unit_price", *rows])
    account.client("s3").put_object(Bucket=BUCKET, Key="input/sales_data.csv", Body=text.encode())
    stepfunctions = account.client("stepfunctions")
    machine = f"arn:aws:states:{account.environment['AWS_REGION']}:123456789012:stateMachine:{NAME}"

    def ended():
        found = stepfunctions.list_executions(stateMachineArn=machine)["executions"]
        return bool(found) and found[0]["status"] != "RUNNING"

    until(ended, 120, "the execution is through", lambda: account.log.read_text()[-1000:])
    execution = stepfunctions.list_executions(stateMachineArn=machine)["executions"][0]
    if execution["status"] != "SUCCEEDED":
        raise LabError(f"The execution has {execution['status'].lower()}: {execution['name']}")
    say(f"input/sales_data.csv went through: {execution['status']}", started)
    return execution


def show(account: Ministack, execution: dict) -> None:
    s3 = account.client("s3")
    print(f"\n  Execution {execution['name']}\n\n  What is in s3://{BUCKET}/output/ now:\n")
    for each in s3.list_objects_v2(Bucket=BUCKET, Prefix="output/")["Contents"]:
        text = s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read().decode()
        json.loads(text)
        print(f"  {each['LastModified']:%Y-%m-%d %H:%M:%S} {each['Size']:>8} {each['Key']}")
        print("".join(f"      {line}\n" for line in text.splitlines()[:12]) + "      ...")


if __name__ == "__main__":
    sys.exit(main())
