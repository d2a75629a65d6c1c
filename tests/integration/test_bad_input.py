"""What a user may get wrong in site.yml. Each is refused with a sentence that names the option, before AWS is asked anything.

The endpoint is a port that nothing listens on: a run that asked AWS would fail in another way.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

ROOT = Path(__file__).parents[2]
RIGHT = {
    "landfall_region": "eu-west-3",
    "ec2_host_ssh_cidrs": ["203.0.113.7/32"],
    "dns_record_zone": "example.com",
    "dns_record_names": ["app.example.com"],
    "caddy_domains": ["app.example.com"],
    "app_image": "registry.example.com/team/web:1.4.2",
}
NOTHING_LISTENS = "http://127.0.0.1:9"

WRONG = {
    "ssh from everywhere": (
        {"ec2_host_ssh_cidrs": ["0.0.0.0/0"]},
        "ec2_host_ssh_cidrs: 0.0.0.0/0 opens SSH to the whole internet",
    ),
    "ssh from everywhere, IPv6": (
        {"ec2_host_ssh_cidrs": ["::/0"]},
        "ec2_host_ssh_cidrs: ::/0 opens SSH to the whole internet",
    ),
    "ssh from half of everywhere": (
        {"ec2_host_ssh_cidrs": ["0.0.0.0/1", "128.0.0.0/1"]},
        "128.0.0.0/1 opens SSH to far too much",
    ),
    "ssh from everywhere by an extra rule": (
        {"ec2_host_extra_rules": [{"from_port": 22, "cidrs": ["0.0.0.0/0"]}]},
        "ec2_host_extra_rules, ec2_host_bastion: 0.0.0.0/0 opens SSH",
    ),
    "ssh from nowhere": ({"ec2_host_ssh_cidrs": []}, "ec2_host_ssh_cidrs: must be given"),
    "ssh from somewhere, and access by ssm": (
        {"ec2_host_access": "ssm", "ec2_host_instance_profile": "app"},
        "ec2_host_ssh_cidrs: must be left out",
    ),
    "access by ssm without a profile": (
        {"ec2_host_access": "ssm", "ec2_host_ssh_cidrs": []},
        "ec2_host_instance_profile: must be given with the access ssm",
    ),
    "ssh from a bare address": ({"ec2_host_ssh_cidrs": ["203.0.113.7"]}, "did you mean 203.0.113.7/32?"),
    "no image": ({"app_image": ""}, "app_image, app_release: an image must be given"),
    "malformed image": ({"app_image": "Team/Web:1"}, "app_image: 'Team/Web:1' is not an image"),
    "no domain": ({"caddy_domains": []}, "caddy_domains: must be given"),
    "domain with a scheme": (
        {"caddy_domains": ["https://app.example.com"]},
        "caddy_domains[0]: 'https://app.example.com' is not a domain",
    ),
    "an address for a domain": ({"caddy_domains": ["203.0.113.9"]}, "caddy_domains[0]: '203.0.113.9' is an address"),
    "domain outside the zone": ({"dns_record_names": ["app.example.org"]}, "app.example.org"),
    "no zone": ({"dns_record_zone": ""}, "dns_record_zone"),
    "unknown DNS provider": (
        {"dns_record_provider": "cloudflair"},
        "dns_record_provider: value of dns_record_provider must be one of",
    ),
    "malformed resolver": (
        {"dns_record_resolvers": ["dns.example.com"]},
        "dns_record_resolvers[0]: 'dns.example.com' is not a resolver",
    ),
    "unknown region": (
        {"landfall_region": "eu-wst-3"},
        "landfall_region: 'eu-wst-3' is not an AWS region; did you mean eu-west-3?",
    ),
    "no region": ({"landfall_region": ""}, "landfall_region: must be given"),
    "malformed VPC range": ({"vpc_cidr": "10.0.0.0/33"}, "vpc_cidr: '10.0.0.0/33' is not a CIDR block"),
    "VPC range with a host in it": ({"vpc_cidr": "10.0.0.1/16"}, "did you mean 10.0.0.0/16?"),
    "VPC range that AWS refuses": ({"vpc_cidr": "10.0.0.0/8"}, "vpc_cidr: 10.0.0.0/8 is a /8; AWS allows /16 to /28"),
    "subnet outside the VPC": (
        {"vpc_tiers": [{"name": "public", "subnets": ["10.1.0.0/24"]}]},
        "10.1.0.0/24 does not lie within the VPC's 10.0.0.0/16",
    ),
    "subnets that overlap": (
        {"vpc_tiers": [{"name": "public", "subnets": ["10.0.1.0/24", "10.0.1.128/25"]}]},
        "10.0.1.0/24 and 10.0.1.128/25 overlap",
    ),
    "zone for a region": ({"vpc_azs": ["eu-west-3"]}, "vpc_azs[0]: 'eu-west-3' is not valid"),
    "disk without size": ({"ec2_host_volume_size": 0}, "ec2_host_volume_size: 0 is not a gp3 volume's size"),
    "malformed instance type": ({"ec2_host_instance_type": "micro"}, "ec2_host_instance_type: 'micro' is not valid"),
    "malformed image id": ({"ec2_host_ami": "ubuntu"}, "ec2_host_ami: 'ubuntu' is not valid"),
    "unknown operating system": ({"ec2_host_os": "ubuntu-25.04"}, "ec2_host_os: value of ec2_host_os must be one of"),
    "malformed swap size": (
        {"swap_size": "2 gigs"},
        "swap_size: '2 gigs' is not valid; a size is a whole number and a unit",
    ),
    "relative swap path": ({"swap_path": "swapfile"}, "swap_path: 'swapfile' is not valid"),
    "unknown source of Docker": ({"docker_source": "snap"}, "docker_source: value of docker_source must be one of"),
    "log option that is no text": (
        {"docker_daemon_options": {"log-opts": {"max-file": 3}}},
        "docker_daemon_options: the log option 'max-file' has the value 3",
    ),
    "port out of range": ({"app_port": 70000}, "app_port: 70000 is not a port"),
    "port that is no number": ({"app_port": "http"}, "app_port: "),
    "variable's name with a dash": ({"app_env": {"LOG-LEVEL": "info"}}, "app_env.LOG-LEVEL: 'LOG-LEVEL' is not valid"),
    "relative health path": ({"app_health_path": "health"}, "app_health_path: 'health' is not valid"),
    "malformed e-mail address": ({"caddy_email": "ops"}, "caddy_email: 'ops' is not valid"),
    "malformed ACME directory": (
        {"caddy_acme_ca": "acme.example.com"},
        "caddy_acme_ca: 'acme.example.com' is not a URL",
    ),
    "tag that is ours": (
        {"landfall_tags": {"Project": "other"}},
        "landfall_tags: the tag 'Project' is the collection's own",
    ),
    "name with a blank": ({"landfall_project": "my shop"}, "landfall_project: 'my shop' is not valid"),
    "unknown state": ({"landfall_state": "gone"}, "landfall_state"),
}


def site(options: dict, without: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess:
    options = {key: value for key, value in {**RIGHT, **options}.items() if key not in without}
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "LANDFALL_", "ANSIBLE_"))}
    return subprocess.run(
        ["ansible-playbook", "-i", os.devnull, "landfall.aws.site", "-e", json.dumps(options)],
        cwd=ROOT,
        env={
            **clean,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_FORCE_COLOR": "0",
            "AWS_ENDPOINT_URL": NOTHING_LISTENS,
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "not-a-secret-of-any-account",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            **environment,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("options", "said"), WRONG.values(), ids=WRONG.keys())
def test_is_refused_before_aws_is_asked(options, said):
    run = site(options)
    assert run.returncode != 0
    assert said in run.stdout + run.stderr
    assert NOTHING_LISTENS not in run.stdout + run.stderr


def test_every_mistake_is_in_one_message():
    chosen = [
        "ssh from everywhere",
        "no image",
        "an address for a domain",
        "VPC range that AWS refuses",
        "malformed swap size",
    ]
    options = {key: value for name in chosen for key, value in WRONG[name][0].items()}
    output = site(options).stdout
    message = output[output.index("mistakes in the options") :].partition("Origin:")[0]
    for name in chosen:
        assert WRONG[name][1] in message


# The names of the records follow caddy_domains.
@pytest.mark.parametrize("option", sorted(set(RIGHT) - {"dns_record_names"}))
def test_what_is_left_out_is_named(option):
    output = site({}, without=(option,)).stdout
    assert "in the options; nothing has been changed" in output
    assert option in output.partition("Origin:")[0]


def test_the_way_back_needs_none_of_what_was_only_needed_there(account):
    route53 = boto3.client(
        "route53",
        endpoint_url=account.url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="eu-west-3",
    )
    route53.create_hosted_zone(Name="example.com", CallerReference="x")
    options = {"landfall_state": "absent", "app_registry": {"username": "deploy", "password": ""}}
    run = site(options, without=("app_image", "ec2_host_ssh_cidrs"), AWS_ENDPOINT_URL=account.url)
    assert run.returncode == 0, run.stdout


def test_right_options_come_as_far_as_the_account():
    output = site({}).stdout
    assert "mistake" not in output
    assert NOTHING_LISTENS in output


def test_missing_credentials_are_named_with_the_remedy():
    run = site({}, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", HOME="/nonexistent")
    assert run.returncode != 0
    assert "There are no AWS credentials" in run.stdout
    assert "aws configure" in run.stdout


def test_an_instance_type_that_the_region_lacks_is_refused_before_anything_is_made(account):
    run = site({"ec2_host_instance_type": "t3.mikro"}, AWS_ENDPOINT_URL=account.url)
    assert run.returncode != 0
    assert "eu-west-3 has no instance type 't3.mikro'. Did you mean t3.micro?" in run.stdout
    assert [vpc for vpc in account.ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]] == []
