"""The app host, from an empty account to HTTPS and back. The tests build on each other, in their order."""

from __future__ import annotations

import asyncio
import http.client
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time

import pytest

from lab import lab as labs
from lab import playbook
from lab.lab import host_container
from lab.project import ROOT, Project

NAME = "app.example.test"


class Host:
    """The app host as the world sees it."""

    def __init__(self, lab, aws):
        self.lab, self.ec2 = lab, aws("ec2")

    @property
    def instance(self) -> dict:
        filters = [
            {"Name": "tag:ManagedBy", "Values": ["landfall.aws"]},
            {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]},
        ]
        reservations = self.ec2.describe_instances(Filters=filters)["Reservations"]
        (instance,) = [instance for reservation in reservations for instance in reservation["Instances"]]
        return instance

    @property
    def address(self) -> str:
        return self.instance["PublicIpAddress"]

    @property
    def inside(self) -> str:
        """The host's own network address."""
        return host_container(self.lab, self.instance["InstanceId"]).labels["landfall.address"]

    def get(self, path: str = "/") -> tuple[int, str, dict]:
        """Status, body and certificate of a request over HTTPS at the public address."""
        context = ssl.create_default_context(cafile=str(self.lab.directory / "root.pem"))
        with (
            socket.create_connection((self.address, 443), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=NAME) as secured,
        ):
            connection = http.client.HTTPConnection(NAME)
            connection.sock = secured
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), secured.getpeercert()

    def answers(self) -> bool:
        try:
            return self.get()[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def run(self, command: str) -> str:
        key = self.lab.directory / "id_ed25519"
        return subprocess.run(
            ["ssh", "-i", key, "-o", f"UserKnownHostsFile={key}.known_hosts", "-o", "StrictHostKeyChecking=yes",
             "-o", "BatchMode=yes", f"admin@{self.address}", command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=60,
        ).stdout  # fmt: skip


@pytest.fixture(scope="module")
def host(lab, aws):
    return Host(lab, aws)


@pytest.fixture(scope="module")
def foreign_vpc(aws):
    """A VPC that somebody else made in the same account, with the range that ours has."""
    vpc = aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]
    aws("ec2").create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.0.1.0/24")
    return vpc["VpcId"]


def site(lab, arguments: str = "") -> playbook.Run:
    run = playbook.run(lab, "site.yml", arguments)
    assert run.succeeded, "\n".join([play.failure for play in run.plays if play.failure] + [f"See {run.log}"])
    return run


def until(condition, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


async def _open_ports(address: str, ports) -> set[int]:
    gate = asyncio.Semaphore(500)

    async def tried(port: int) -> int | None:
        async with gate:
            try:
                _reader, writer = await asyncio.wait_for(asyncio.open_connection(address, port), 5)
            except (OSError, asyncio.TimeoutError):
                return None
            writer.close()
            return port

    return {port for port in await asyncio.gather(*map(tried, ports)) if port}


def open_ports(address: str, ports=range(1, 65536)) -> set[int]:
    return asyncio.run(_open_ports(address, ports))


def vpcs(aws) -> set[str]:
    return {vpc["VpcId"] for vpc in aws("ec2").describe_vpcs()["Vpcs"]}


def test_check_mode_on_an_empty_account_shows_the_plan_and_makes_nothing(lab, aws, foreign_vpc):
    before = vpcs(aws)
    run = site(lab, "--check --diff")
    assert "Plan: 4 to add, 0 to change, 0 to remove" in run.log.read_text()
    assert vpcs(aws) == before
    assert aws("ec2").describe_instances()["Reservations"] == []
    assert aws("ec2").describe_addresses()["Addresses"] == []
    assert not (lab.directory / "id_ed25519").exists()


def test_from_an_empty_account_to_https(lab, host, foreign_vpc):
    site(lab)
    status, body, certificate = host.get()
    assert status == 200
    assert "It has landed" in body
    assert ("DNS", NAME) in certificate["subjectAltName"]
    assert "landfall lab" in str(certificate["issuer"])


def test_http_is_redirected_to_https(host):
    connection = http.client.HTTPConnection(host.address, 80, timeout=10)
    connection.request("GET", "/page", headers={"Host": NAME})
    answer = connection.getresponse()
    assert answer.status == 308
    assert answer.headers["Location"] == f"https://{NAME}/page"


def test_nothing_but_ssh_http_and_https_answers_at_the_elastic_ip(lab, host):
    # What listens on all addresses of this machine answers at an address that nobody has, too; it is not the host's.
    nobody = f"127.{lab.load().public_network}.255.254"
    assert open_ports(host.address) - open_ports(nobody) == {22, 80, 443}


def test_the_container_and_the_admin_port_are_not_on_the_hosts_own_address(host):
    assert open_ports(host.inside, [22, 80, 443, 2019, 2375, 8000, 8001]) == {22, 80, 443}
    assert host.run("curl -s http://127.0.0.1:8000/health").strip() == "ok"


def test_the_instance_is_as_the_document_wants_it(host, aws):
    instance = host.instance
    assert instance["InstanceType"] == "t3.micro"
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    (disk,) = instance["BlockDeviceMappings"]
    volume = aws("ec2").describe_volumes(VolumeIds=[disk["Ebs"]["VolumeId"]])["Volumes"][0]
    assert (volume["Size"], volume["VolumeType"], volume["Encrypted"]) == (30, "gp3", True)
    assert oct((host.lab.directory / "id_ed25519").stat().st_mode & 0o777) == "0o400"


def test_no_password_lies_about(lab, host):
    password = lab.load().registry_password
    assert password not in (lab.folder("logs") / "site.log").read_text()
    assert password not in host.run("ps axww -o args; sudo journalctl --no-pager -q")


def test_again_nothing_changes(lab):
    run = site(lab)
    assert run.changed == 0
    assert len(run.stats["ok"]) == 2, "both the controller and the host took part"


def test_check_mode_on_what_is_converged_finds_nothing(lab):
    run = site(lab, "--check --diff")
    assert run.changed == 0
    assert len(run.stats["ok"]) == 2, "both the controller and the host took part"


def test_the_built_artifact_runs_elsewhere(lab, tmp_path):
    tools = os.path.dirname(sys.executable)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")},
        **lab.environment(),
        "PATH": f"{tools}:{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "collections"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "HOME": str(tmp_path),
    }

    def run(*command: str) -> str:
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("ansible-galaxy", "collection", "build", str(ROOT), "--output-path", str(tmp_path))
    (artifact,) = tmp_path.glob("landfall-aws-*.tar.gz")
    run(
        "ansible-galaxy",
        "collection",
        "install",
        str(artifact),
        "--offline",
        "--no-deps",
        "-p",
        str(tmp_path / "collections"),
    )
    installed = tmp_path / "collections" / "ansible_collections" / "landfall" / "aws"
    left_out = {"lab", "tests", "bench", "molecule", ".git", ".venv", ".ci", ".cache", "Makefile", "ansible.cfg"}
    assert not left_out & {path.name for path in installed.iterdir()}
    shutil.copytree(ROOT / "inventory" / "local", tmp_path / "inventory")
    output = run("ansible-playbook", "-i", "inventory", "landfall.aws.site")
    recap = [line for line in output.splitlines() if "changed=" in line]
    assert len(recap) == 2
    assert all("changed=0" in line for line in recap), output


def test_what_runs_on_the_host_gets_the_credentials_of_its_role_and_its_user_data(host, aws):
    iam = aws("iam")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument="{}")
    iam.create_instance_profile(InstanceProfileName="app")
    iam.add_role_to_instance_profile(InstanceProfileName="app", RoleName="app")
    host.ec2.associate_iam_instance_profile(IamInstanceProfile={"Name": "app"}, InstanceId=host.instance["InstanceId"])
    ask = (
        "token=$(curl -sX PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token); "
        'curl -s -H "X-aws-ec2-metadata-token: $token" http://169.254.169.254/latest/'
    )
    assert until(lambda: "AccessKeyId" in host.run(ask + "meta-data/iam/security-credentials/app"), 10)
    assert host.run(ask + "meta-data/instance-id") == host.instance["InstanceId"]
    assert host.run(ask + "user-data").startswith("#cloud-config")
    assert host.run("curl -s -o /dev/null -w '%{http_code}' http://169.254.169.254/latest/user-data") == "401"


def test_a_second_lab_comes_and_goes_beside_the_first(lab, host):
    second = Project("e2e-second")
    try:
        labs.up(second)
        ours, theirs = lab.load(), second.load()
        for setting in ("subnet", "public_network", "aws_port", "dns_port", "registry_port", "registry_password"):
            assert getattr(ours, setting) != getattr(theirs, setting)
        assert second.client("ec2").describe_instances()["Reservations"] == []
        assert host.answers()
    finally:
        labs.down(second, purge=False)
    assert host.answers()


def test_stopped_and_started_the_address_stays_and_the_app_comes_back_by_itself(host):
    before = host.address
    host.ec2.stop_instances(InstanceIds=[host.instance["InstanceId"]])
    assert until(lambda: not open_ports(before, [22, 443]), 60)
    host.ec2.start_instances(InstanceIds=[host.instance["InstanceId"]])
    assert until(host.answers, 120)
    assert host.address == before
    (swap_file,) = host.run("grep -o '^/swap/[^ ]*' /etc/fstab").split()
    assert swap_file in host.run("cat /proc/swaps").split()


def test_rebooted_the_app_comes_back_by_itself(host):
    boot = host.run("systemctl show -p UserspaceTimestampMonotonic; stat -c %Y /proc/1")
    host.ec2.reboot_instances(InstanceIds=[host.instance["InstanceId"]])

    def rebooted() -> bool:
        try:
            return host.run("systemctl show -p UserspaceTimestampMonotonic; stat -c %Y /proc/1") != boot
        except subprocess.SubprocessError:
            return False

    assert until(rebooted, 60)
    assert until(host.answers, 120)
    assert site(host.lab).changed == 0


def test_the_way_back_removes_all_of_it_and_nothing_else(lab, aws, foreign_vpc):
    default = {vpc["VpcId"] for vpc in aws("ec2").describe_vpcs()["Vpcs"] if vpc["IsDefault"]}
    site(lab, "-e landfall_state=absent")
    ec2 = aws("ec2")
    states = {i["State"]["Name"] for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]}
    assert states <= {"terminated"}
    assert ec2.describe_addresses()["Addresses"] == []
    assert ec2.describe_key_pairs()["KeyPairs"] == []
    assert {group["GroupName"] for group in ec2.describe_security_groups()["SecurityGroups"]} == {"default"}
    assert vpcs(aws) == default | {foreign_vpc}
    assert len(ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [foreign_vpc]}])["Subnets"]) == 1
    zone = aws("route53").list_hosted_zones()["HostedZones"][0]["Id"]
    records = aws("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert {record["Type"] for record in records} == {"NS", "SOA"}
    assert site(lab, "-e landfall_state=absent").changed == 0
