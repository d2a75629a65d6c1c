# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook power against the emulator: who runs, who is stopped, what it costs, and the schedule."""

from __future__ import annotations

import json
import os

import boto3
import pytest

MINE = {"Project": "landfall", "Environment": "dev", "ManagedBy": "landfall.aws"}
APP, WORKER = "landfall-dev-app", "landfall-dev-worker"
POWER = "landfall-dev-power-eu-west-3"
SCHEDULE = {"stop": "cron(0 20 ? * MON-FRI *)", "start": "cron(0 7 ? * MON-FRI *)", "timezone": "Europe/Paris"}


def tag_list(name, **more):
    return [{"Key": key, "Value": value} for key, value in {"Name": name, **MINE, **more}.items()]


class Account:
    """What is in the account, asked for without the collection's own code."""

    def __init__(self, account):
        self.ec2 = account.ec2
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-west-3"}
        self.scheduler = boto3.client("scheduler", endpoint_url=account.url, **keys)
        self.iam = boto3.client("iam", endpoint_url=account.url, **keys)
        self.autoscaling = boto3.client("autoscaling", endpoint_url=account.url, **keys)

    def run(self, name=APP, elastic_ip=False, tags=None, **more):
        made = self.ec2.run_instances(
            ImageId="ami-00000000",
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 20, "VolumeType": "gp3"}}],
            TagSpecifications=[{"ResourceType": "instance", "Tags": tag_list(name) if tags is None else tags}],
            **more,
        )
        instance_id = made["Instances"][0]["InstanceId"]
        if elastic_ip:
            allocated = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
            self.ec2.associate_address(InstanceId=instance_id, AllocationId=allocated)
        return instance_id

    def state(self, instance_id):
        found = self.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
        return found[0]["Instances"][0]["State"]["Name"]

    def scale(self, name):
        """An Auto Scaling group whose one instance carries our tags; the instance's id."""
        data = {"ImageId": "ami-00000000", "InstanceType": "t3.micro"}
        self.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
        self.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateName": name},
            MinSize=1,
            MaxSize=1,
            AvailabilityZones=["eu-west-3a"],
            Tags=[{**tag, "PropagateAtLaunch": True} for tag in tag_list(name)],
        )
        (group,) = self.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        return group["Instances"][0]["InstanceId"]

    @property
    def schedules(self):
        found = self.scheduler.list_schedules(GroupName=POWER)["Schedules"]
        described = [self.scheduler.get_schedule(GroupName=POWER, Name=each["Name"]) for each in found]
        return {each["Name"]: each for each in described}

    @property
    def groups(self):
        return [each["Name"] for each in self.scheduler.list_schedule_groups()["ScheduleGroups"]]

    @property
    def roles(self):
        return [each["RoleName"] for each in self.iam.list_roles()["Roles"]]

    @property
    def policy(self):
        (name,) = self.iam.list_role_policies(RoleName=POWER)["PolicyNames"]
        return self.iam.get_role_policy(RoleName=POWER, PolicyName=name)["PolicyDocument"]["Statement"]

    def assert_scheduled(self, *instance_ids, schedule=None):
        schedule = schedule or SCHEDULE
        assert set(self.schedules) == {each for each in ("stop", "start") if schedule.get(each)}
        for action, found in self.schedules.items():
            assert found["ScheduleExpression"] == schedule[action]
            assert found["ScheduleExpressionTimezone"] == schedule["timezone"]
            assert found["State"] == "ENABLED"
            assert found["Target"]["Arn"] == f"arn:aws:scheduler:::aws-sdk:ec2:{action}Instances"
            assert sorted(json.loads(found["Target"]["Input"])["InstanceIds"]) == sorted(instance_ids)
        role = self.iam.get_role(RoleName=POWER)["Role"]
        assert {found["Target"]["RoleArn"] for found in self.schedules.values()} == {role["Arn"]}
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        group = self.scheduler.get_schedule_group(Name=POWER)["Arn"]
        assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012", "aws:SourceArn": group}
        (statement,) = self.policy
        assert {each.rpartition("/")[2] for each in statement["Resource"]} == set(instance_ids)
        assert {each.partition(":")[2].lower() for each in statement["Action"]} == {
            f"{action}instances" for action in self.schedules
        }
        assert self.iam.list_attached_role_policies(RoleName=POWER)["AttachedPolicies"] == []
        group_tags = self.scheduler.list_tags_for_resource(ResourceArn=group)["Tags"]
        for tags in (role["Tags"], group_tags):
            assert {each["Key"]: each["Value"] for each in tags}.items() >= {"Name": POWER, **MINE}.items()

    def assert_no_schedule(self):
        assert self.groups == ["default"]
        assert POWER not in self.roles


@pytest.fixture
def aws(account):
    return Account(account)


@pytest.fixture
def playbook(playbook):
    """Runs the playbook power instead of roles."""

    def command(roles, options, arguments):
        assert not roles
        variables = playbook.directory / "variables.json"
        variables.write_text(json.dumps(options))
        return ["ansible-playbook", "-i", os.devnull, "landfall.aws.power", "-e", f"@{variables}", *arguments]

    playbook.command = command
    return playbook


def test_an_empty_account_costs_nothing_and_nothing_is_done(playbook, aws):
    run = playbook.succeed()
    assert "landfall dev in eu-west-3: no instance of ours" in run.output
    assert run.changed == 0
    run = playbook.succeed(power_state="stopped", power_schedule=SCHEDULE)
    assert "there is no instance of landfall dev" in run.output
    assert run.changed == 0
    assert playbook.succeed(landfall_state="absent").changed == 0
    aws.assert_no_schedule()


def test_instances_are_stopped_and_started_and_others_are_left_alone(playbook, aws):
    app, worker = aws.run(APP, elastic_ip=True), aws.run(WORKER)
    theirs = aws.run(tags=[each for each in tag_list(APP) if each["Key"] != "ManagedBy"])
    elsewhere = aws.run(tags=tag_list(APP, Environment="prod"))
    (address,) = aws.ec2.describe_addresses()["Addresses"]

    report = playbook.succeed()
    assert report.changed == 0
    assert "landfall dev in eu-west-3: 2 running" in report.output
    assert theirs not in report.output
    assert elsewhere not in report.output
    # A t3.micro for 0.0118 and an address for 0.005 an hour, 20 GiB for 0.0928 a month.
    lines = [line.split() for line in report.output.splitlines()]
    assert [APP, app, "running", "t3.micro", "8.61", "-"] in lines
    assert ["20", "GiB", "gp3", "1.86", "1.86"] in lines
    assert ["Elastic", "IP", address["PublicIp"], "3.65", "3.65"] in lines
    assert ["USD", "a", "month", "28.24", "7.36"] in lines
    assert f"{WORKER} has the address" in report.output

    planned = playbook.succeed(power_state="stopped", check=True, diff=True)
    assert "Plan: 0 to add, 2 to change, 0 to remove" in planned.output
    assert "state = running -> stopped" in planned.output
    assert f"{WORKER} ({worker}) gives" in planned.output
    assert planned.changed == 1
    assert aws.state(app) == "running"

    stopped = playbook.succeed(power_state="stopped")
    assert aws.state(app) == aws.state(worker) == "stopped"
    assert aws.state(theirs) == aws.state(elsewhere) == "running"
    assert "As things stand: 7.36 USD a month" in stopped.output
    assert playbook.succeed(power_state="stopped").changed == 0
    assert playbook.succeed(power_state="stopped", check=True).changed == 0

    started = playbook.succeed(power_state="started", power_names=[APP], power_prices={"t3.micro": 1})
    assert (aws.state(app), aws.state(worker)) == ("running", "stopped")
    assert "730.00" in started.output
    assert aws.ec2.describe_addresses()["Addresses"][0]["InstanceId"] == app
    assert playbook.succeed(power_state="started").changed == 1
    assert aws.state(worker) == "running"
    assert playbook.succeed(power_state="started").changed == 0
    assert "no instance of ours named ap" in playbook.fail(power_state="stopped", power_names=["ap"]).output
    assert aws.state(app) == "running"


def test_none_is_stopped_while_one_cannot_be(playbook, aws):
    app, protected, scaled = aws.run(APP), aws.run(WORKER, DisableApiStop=True), aws.scale("landfall-dev-web")
    for options in ({"power_state": "stopped"}, {"power_schedule": SCHEDULE}):
        refused = playbook.fail(**options).output
        assert f"landfall-dev-web ({scaled}) belongs to the Auto Scaling group landfall-dev-web" in refused
        assert f"{WORKER} ({protected}) is protected from being stopped" in refused
        assert f"{APP} ({app})" not in refused
    assert aws.state(app) == aws.state(scaled) == aws.state(protected) == "running"
    aws.assert_no_schedule()
    assert playbook.succeed(power_state="started").changed == 0
    playbook.succeed(power_state="stopped", power_names=[APP])
    assert (aws.state(app), aws.state(scaled)) == ("stopped", "running")


def test_a_schedule_comes_changes_and_goes(playbook, aws):
    app = aws.run(APP, elastic_ip=True)
    planned = playbook.succeed(power_schedule=SCHEDULE, check=True, diff=True)
    assert "Plan: 4 to add, 0 to change, 0 to remove" in planned.output
    aws.assert_no_schedule()

    playbook.succeed(power_schedule=SCHEDULE)
    aws.assert_scheduled(app)
    assert aws.state(app) == "running"
    assert playbook.succeed(power_schedule=SCHEDULE).changed == 0
    assert playbook.succeed().changed == 0  # left out is left alone
    aws.assert_scheduled(app)

    worker = aws.run(WORKER)
    later = {**SCHEDULE, "stop": "cron(30 21 ? * MON-SAT *)", "timezone": "Asia/Kolkata"}
    playbook.succeed(power_schedule=later)
    aws.assert_scheduled(app, worker, schedule=later)
    only_stop = {"stop": later["stop"], "timezone": later["timezone"]}
    assert "- schedule start" in playbook.succeed(power_schedule=only_stop).output
    aws.assert_scheduled(app, worker, schedule=only_stop)

    role = aws.iam.get_role(RoleName=POWER)["Role"]
    aws.iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=json.dumps(role["AssumeRolePolicyDocument"]))
    target = aws.schedules["stop"]["Target"]
    window = {"Mode": "OFF"}
    aws.scheduler.create_schedule(
        Name="stop", ScheduleExpression="rate(1 day)", Target=target, FlexibleTimeWindow=window
    )
    assert "3 to remove" in playbook.succeed(landfall_state="absent", check=True, diff=True).output
    aws.assert_scheduled(app, worker, schedule=only_stop)
    playbook.succeed(landfall_state="absent")
    aws.assert_no_schedule()
    assert "theirs" in aws.roles
    assert aws.scheduler.get_schedule(Name="stop")["ScheduleExpression"] == "rate(1 day)"
    assert aws.state(app) == aws.state(worker) == "running"
    assert playbook.succeed(power_state="absent").changed == 0


def test_drift_of_the_schedule_is_named_and_repaired(playbook, aws):
    app = aws.run(APP)
    playbook.succeed(power_schedule=SCHEDULE)
    stop = aws.schedules["stop"]
    aws.scheduler.update_schedule(
        GroupName=POWER,
        Name="stop",
        ScheduleExpression=stop["ScheduleExpression"],
        ScheduleExpressionTimezone="UTC",
        State="DISABLED",
        Target=stop["Target"],
        FlexibleTimeWindow={"Mode": "OFF"},
    )
    wide = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}
    aws.iam.put_role_policy(RoleName=POWER, PolicyName=POWER, PolicyDocument=json.dumps(wide))
    theirs = aws.iam.create_policy(PolicyName="theirs", PolicyDocument=json.dumps(wide))["Policy"]["Arn"]
    aws.iam.attach_role_policy(RoleName=POWER, PolicyArn=theirs)
    trust = aws.iam.get_role(RoleName=POWER)["Role"]["AssumeRolePolicyDocument"]
    del trust["Statement"][0]["Condition"]
    aws.iam.update_assume_role_policy(RoleName=POWER, PolicyDocument=json.dumps(trust))

    plan = playbook.succeed(power_schedule=SCHEDULE, check=True, diff=True).output
    for line in ("state = DISABLED -> ENABLED", "schedule_expression_timezone = UTC -> Europe/Paris", theirs):
        assert line in plan
    assert "differs in trust, policy, managed_policies" in plan
    playbook.succeed(power_schedule=SCHEDULE)
    aws.assert_scheduled(app)
    assert playbook.succeed(power_schedule=SCHEDULE).changed == 0


def test_what_others_made_under_the_same_name_is_in_the_way(playbook, aws):
    aws.run(APP)
    nobody = {"Version": "2012-10-17", "Statement": []}
    aws.iam.create_role(RoleName=POWER, AssumeRolePolicyDocument=json.dumps(nobody))
    aws.scheduler.create_schedule_group(Name=POWER)
    refused = playbook.fail(power_schedule=SCHEDULE).output
    assert f"the IAM role {POWER} and the schedule group {POWER} without our tags" in refused
    assert playbook.succeed(power_state="absent").changed == 0
    assert POWER in aws.groups
    assert POWER in aws.roles
    assert aws.schedules == {}


@pytest.mark.parametrize("task", ["Role of the schedule may stop", "Group of the schedules exists"])
def test_a_schedule_that_was_killed_halfway_is_finished_by_the_next_run(playbook, aws, task):
    app = aws.run(APP)
    playbook.kill_at(task, power_schedule=SCHEDULE)
    assert POWER in aws.roles
    playbook.succeed(power_schedule=SCHEDULE)
    aws.assert_scheduled(app)


def test_a_removal_that_was_killed_halfway_is_finished_by_the_next_run(playbook, aws):
    aws.run(APP)
    playbook.succeed(power_schedule=SCHEDULE)
    playbook.kill_at("Role of the schedule is gone", power_state="absent")
    assert POWER in aws.roles
    playbook.succeed(power_state="absent")
    aws.assert_no_schedule()


def test_a_stop_that_was_killed_halfway_is_finished_by_the_next_run(playbook, aws):
    app, worker = aws.run(APP), aws.run(WORKER)
    playbook.kill_at("Instances have become stopped", power_state="stopped")
    aws.ec2.start_instances(InstanceIds=[worker])
    playbook.succeed(power_state="stopped")
    assert aws.state(app) == aws.state(worker) == "stopped"


def test_every_mistake_is_named_at_once_and_aws_is_not_asked(playbook, aws):
    app = aws.run(APP)
    wrong = {
        "power_state": "stopped",
        "power_names": ["a b"],
        "power_schedule": {"stop": "cron(0 20 * * * *)", "start": "rate(2 day)", "timezone": "Europe/Pariss"},
        "power_schedule_name": "x" * 64,
        "power_prices": {"compute": -1},
        "power_wait_timeout": 0,
        "power_tags": {"Name": "mine"},
    }
    output = playbook.fail(**wrong).output
    assert "mistakes in the options; nothing has been changed" in output
    message = output.partition("mistakes in the options")[2].partition("Origin:")[0]
    for said in (
        "power_names[0]: 'a b'",
        "power_schedule.stop: cron(0 20 * * * *) must have a '?'",
        "power_schedule.start: 'rate(2 day)' is not a rate",
        "power_schedule.timezone: 'Europe/Pariss' is not a time zone; did you mean Europe/Paris?",
        "power_schedule_name",
        "power_prices: 'compute' has no price",
        "power_prices: the price of compute",
        "power_wait_timeout: 0",
        "power_tags: the tag 'Name'",
    ):
        assert said in message
    assert "power_schedule: says neither" in playbook.fail(power_schedule={}).output
    assert "power_state" in playbook.fail(power_state="off").output
    assert aws.state(app) == "running"
    aws.assert_no_schedule()
