"""Deploys of the app host while requests come in: good, refused, taken back, killed; and a reboot.

Short versions of ``make bench-deploy`` and ``make chaos-deploy``. The tests build on each other, in their order.
"""

from __future__ import annotations

import pytest

from bench.deploy import chaos, releases
from bench.deploy.host import Host
from bench.deploy.scenarios import deploy, left_over, rollback, under_load
from lab import playbook
from lab.project import LabError, until

RATE = 60


def site(lab, arguments: str) -> None:
    run = playbook.run(lab, "site.yml", arguments)
    assert run.succeeded, [play.failure for play in run.plays if play.failure]


@pytest.fixture(scope="module")
def host(lab):
    releases.push(lab, ("v1", "v2", "never-well", "r1", "r2"))
    site(lab, f"-e app_image={releases.reference(lab, 'v1')}")
    yield Host(lab, RATE)
    site(lab, "-e landfall_state=absent")


def test_a_good_release_gets_the_requests_and_none_is_dropped(host):
    outcome = under_load(host, "good", lambda host: deploy(host, "v2"), ["v1", "v2"], afterwards=left_over)
    assert not outcome.problems, outcome.said


def test_rebooted_the_release_swap_and_certificate_are_the_same(host):
    def boot() -> str:
        try:
            return host.run("systemctl show -p UserspaceTimestampMonotonic; stat -c %Y /proc/1")
        except LabError:
            return ""

    before, serial, containers = boot(), host.ask().certificate["serialNumber"], host.containers()
    assert containers == {"app-blue": "exited", "app-green": "running"}
    host.project.client("ec2").reboot_instances(InstanceIds=[host.instance["InstanceId"]])
    until(lambda: boot() not in ("", before), 60, "the host has rebooted")
    until(lambda: host.release, 120, "a release answers")
    assert host.release == "v2"
    assert host.containers() == containers
    assert host.ask().certificate["serialNumber"] == serial
    (swap_file,) = host.run("grep -o '^/swap/[^ ]*' /etc/fstab").split()
    assert swap_file in host.run("cat /proc/swaps").split()


def test_a_release_that_never_becomes_well_is_refused_and_nobody_notices(host):
    outcome = under_load(
        host, "never well", lambda host: deploy(host, "never-well"), ["v2"], fails=True, afterwards=left_over
    )
    assert not outcome.problems, outcome.said


def test_rolled_back_the_release_before_answers_and_no_request_is_dropped(host):
    outcome = under_load(host, "rollback", rollback, ["v2", "v1"], afterwards=left_over)
    assert not outcome.problems, outcome.said


@pytest.mark.parametrize(
    ("task", "release"),
    [("Image is pulled", "r1"), ("Old container has answered the requests that it had begun", "r2")],
)
def test_a_deploy_that_is_killed_is_finished_by_the_next(host, task, release):
    killed = chaos.kill(host, chaos.AtTask(task), release)
    assert killed.killed, f"the deploy was through, or never came to the task {task}"
    assert (killed.answered, killed.resumed) == (True, True), killed.problems
    assert killed.load["failed"] == 0, killed.load["causes"]
