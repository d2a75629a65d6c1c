# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role app asks AWS for on the controller: secrets, and the token for a pull."""

from __future__ import annotations

import json
import os
import subprocess

import boto3
import pytest

REGISTRY = "123456789012.dkr.ecr.eu-west-3.amazonaws.com"


REGION = "eu-west-3"


def client(account, service):
    key = account.environment["AWS_ACCESS_KEY_ID"]
    return boto3.client(
        service, endpoint_url=account.url, region_name=REGION, aws_access_key_id=key, aws_secret_access_key=key
    )


@pytest.fixture
def run(account, tmp_path):
    """Runs tasks on the controller. Returns its exit code, its output, and what the tasks wrote down."""

    def run(tasks, **variables):
        found = tmp_path / "found"
        found.unlink(missing_ok=True)
        play = {
            "name": "Test",
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"found": str(found)},
            "tasks": tasks,
        }
        playbook = tmp_path / "play.yml"
        playbook.write_text(json.dumps([play]))
        command = ["ansible-playbook", "-vvv", "-i", os.devnull, str(playbook), "-e", json.dumps(variables)]
        done = subprocess.run(
            command,
            env=account.environment,
            capture_output=True,
            text=True,
            timeout=180,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr, found.read_text() if found.exists() else None

    return run


SECRETS = [
    {"ansible.builtin.include_role": {"name": "landfall.aws.app", "tasks_from": "secrets"}},
    {"ansible.builtin.copy": {"content": "{{ __app_secrets | to_json }}", "dest": "{{ found }}"}, "no_log": True},
]


def test_secrets_come_from_variables_parameter_store_and_secrets_manager(account, run):
    client(account, "ssm").put_parameter(Name="/shop/password", Value="s3cret-parameter", Type="SecureString")
    manager = client(account, "secretsmanager")
    manager.create_secret(Name="shop/key", SecretString="s3cret-plain")
    manager.create_secret(Name="shop/database", SecretString=json.dumps({"user": "shop", "password": "s3cret-nested"}))
    code, output, found = run(
        SECRETS,
        landfall_region=REGION,
        app_secrets={"OWN": "s3cret-own", "NUMBER": 5},
        app_ssm_parameters={"PASSWORD": "/shop/password"},
        app_secretsmanager_secrets={"KEY": "shop/key", "DATABASE_PASSWORD": "shop/database#password"},
    )
    assert code == 0, output
    assert json.loads(found) == {
        "OWN": "s3cret-own",
        "NUMBER": "5",
        "PASSWORD": "s3cret-parameter",
        "KEY": "s3cret-plain",
        "DATABASE_PASSWORD": "s3cret-nested",
    }
    hidden = output.replace(json.dumps({"OWN": "s3cret-own", "NUMBER": 5}), "")
    for secret in ("s3cret-parameter", "s3cret-plain", "s3cret-nested"):
        assert secret not in hidden


def test_a_secret_that_is_missing_or_has_several_lines_is_named(account, run):
    code, output, _found = run(SECRETS, landfall_region=REGION, app_ssm_parameters={"PASSWORD": "/shop/nowhere"})
    assert code, output + str(_found)
    assert "/shop/nowhere" in output
    manager = client(account, "secretsmanager")
    manager.create_secret(Name="shop/pem", SecretString="s3cret-first\ns3cret-second")
    code, output, found = run(SECRETS, landfall_region=REGION, app_secretsmanager_secrets={"PEM": "shop/pem"})
    assert code, output + str(_found)
    assert found is None
    assert "these secrets have several: PEM" in output
    assert "s3cret" not in output


TOKEN = [
    {
        "ansible.builtin.copy": {"content": "{{ lookup('landfall.aws.ecr_token', host) }}", "dest": "{{ found }}"},
        "no_log": True,
    }
]


def test_a_token_for_amazon_ecr_is_its_password_only(account, run):
    code, output, found = run(TOKEN, host=REGISTRY)
    assert code == 0, output
    assert found
    assert not found.startswith("AWS:")
    assert found not in output


def test_another_registry_is_no_amazon_ecr(run):
    code, output, _found = run(TOKEN, host="registry.example.com")
    assert code, output + str(_found)
    assert "registry.example.com is no private registry of Amazon ECR" in output
