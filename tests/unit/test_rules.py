"""What each rule refuses, and that its sentence says what was given and what is allowed."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.aws.plugins.module_utils.rules import RULES, registry_host

ROLES = Path(__file__).parents[2] / "roles"


def sentences(rule, *values):
    return list(RULES[rule](*values))


LOG = {"file_path": "/a.log", "log_group_name": "/landfall/shop/a", "log_stream_name": None, "retention_in_days": 30}
WARN = {"notification_type": "ACTUAL", "threshold": 80.0, "threshold_type": "PERCENTAGE"}
READ = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop/*"}
REFUSED = [
    ("policy_statements", [{"Resource": "arn:aws:s3:::shop/*"}], "statement 1: Action must be given"),
    ("policy_statements", [{"Sid": "Read", "Action": "s3:GetObject"}], "statement Read: Resource must be given"),
    ("policy_statements", [READ | {"Action": "*"}], "name a service and what of it"),
    ("policy_statements", [READ | {"Action": ["s3:GetObject", "s3:*"]}], "'s3:*' is not one"),
    ("policy_statements", [READ | {"Action": "s3:?*"}], "'s3:?*' is not one"),
    ("policy_statements", [READ | {"Resource": "*"}], "s3:GetObject is allowed on every resource"),
    ("policy_statements", [READ | {"Resource": [READ["Resource"], "*"]}], "name the ARNs"),
    ("policy_statements", [READ | {"Effect": "Maybe"}], "Allow or Deny"),
    ("policy_statements", [READ | {"NotAction": "iam:*"}], "'NotAction' is not known"),
    ("iam_name", "a b", "1 to 64"),
    ("iam_name", "x" * 65, "1 to 64"),
    ("security_group", "sg-web", "sg-0123456789abcdef0"),
    ("count_of_hosts", 0, "1 to 100"),
    ("hosts_of_a_kind", [{"name": "web-1"}, {"name": "web-1"}], "web-1 is named 2 times"),
    ("hosts_of_a_kind", [{"name": "web 1"}], "'web 1' is not valid"),
    ("hosts_of_a_kind", [{"name": "web-1", "availability_zone": "3a"}], "web-1: '3a' is not valid"),
    (
        "hosts_of_a_kind",
        [{"name": "web-1", "availability_zone": "eu-west-3a", "subnet_id": "subnet-1"}],
        "give the subnet_id or the availability_zone",
    ),
    ("ip_address", "198.51.100", "198.51.100.7"),
    ("bastion", "the bastion", "the name of one of our hosts, or an IP address"),
    ("user_data", "é" * 8193, "it has 16386 bytes; AWS takes 16384"),
    ("email_list", [f"{index}@example.com" for index in range(11)], "to 10 at most"),
    ("email_list", ["a@example.com"] * 2, "named 2 times"),
    ("budget_name", "a:b", "without ':'"),
    ("budget_name", "a/action/b", "/action/"),
    ("budget_name", "x" * 101, "1 to 100"),
    ("topic_arn", "alerts", "arn:aws:sns:us-east-1"),
    ("password_length", 5, "6 to 128"),
    ("password_age", 1096, "0 to 1095"),
    ("password_reuse", 25, "0 to 24"),
    ("key_age", 0, "1 to 3650"),
    ("usd", 0, "above 0"),
    ("usd", "10 USD", "like 10 or 12.50"),
    ("usd", "1,50", "like 10 or 12.50"),
    ("usd", -3, "above 0"),
    ("usd_or_none", "-1", "above 0"),
    ("bucket_name", "Shop", "3 to 63 lower-case"),
    ("bucket_name", "shop..uploads", "3 to 63 lower-case"),
    ("bucket_name", "192.168.5.4", "is no address"),
    ("bucket_name", "xn--shop", "3 to 63 lower-case"),
    ("bucket_name", "shop-s3alias", "3 to 63 lower-case"),
    ("days", 0, "a number of days"),
    ("log_retention", 31, "choose one of 1, 3, 5, 7"),
    ("lambda_name", "-thumbnail", "starts with a letter or digit"),
    ("lambda_name", "x" * 64, "1 to 63"),
    ("python_runtime", "nodejs22.x", "python3.13"),
    ("python_runtime", "python3.8", "python3.13"),
    ("lambda_memory", 64, "128 to 10240"),
    ("lambda_timeout", 901, "1 to 900"),
    ("alarm_threshold", -2, "-1 for no alarm"),
    ("budget_notifications", [WARN] * 2, "notification 2 is there already"),
    ("budget_notifications", [WARN | {"threshold": 0.0}], "0 is not a threshold"),
    ("budget_notifications", [WARN | {"threshold": each} for each in range(1, 12)], "AWS allows 10"),
    ("name", "a b", "1 to 63"),
    ("name", "-x", "starts and ends"),
    ("name", "x" * 64, "1 to 63"),
    ("email", "nobody", "ops@example.com"),
    ("email", "a@b", "ops@example.com"),
    ("size", "2 gigs", "2G"),
    ("size", "0G", "2G"),
    ("size", "2GB", "2G"),
    ("swap_size", "4097K", "M, G or T"),
    ("swap_size", "0G", "M, G or T"),
    ("path", "swapfile", "absolute"),
    ("path", "/swap file", "absolute"),
    ("http_path", "health", "/health"),
    ("env_name", "1ST", "LOG_LEVEL"),
    ("env_name", "A-B", "LOG_LEVEL"),
    ("env_values", {"A": "two\nlines"}, "line"),
    ("env_values", {"A": "two\rlines"}, "line"),
    ("env_values", {"A": "text "}, "A ends with white space"),
    ("env_values", {"A": "text\u00a0"}, "A ends with white space"),
    ("unique", ["a.example.com", "b.example.com", "a.example.com"], "a.example.com is named 2 times"),
    ("log_options", {"max-file": 3}, "put it in quotes"),
    ("ami_id", "ami-xyz", "ami-0123456789abcdef0"),
    ("time_of_day", "4:30", "04:30"),
    ("time_of_day", "24:00", "04:30"),
    ("server", "http://time", "169.254.169.123"),
    ("apt_origin", "download.docker.com", "site="),
    ("apt_origin", 'site="x"', "site="),
    ("sshd_options", {"Max Tries": 4}, "MaxAuthTries"),
    ("sshd_options", {"port": 2222}, "a file of your own"),
    ("sshd_options", {"Banner": "one\ntwo"}, "not one line"),
    ("sysctl_options", {"net.ipv4.ip_forward": 0}, "leave it to the engine"),
    ("sysctl_options", {"net.ipv6.conf.all.forwarding": 0}, "leave it to the engine"),
    ("sysctl_options", {"net.bridge.bridge-nf-call-iptables": 0}, "leave it to the engine"),
    ("sysctl_options", {"net.ipv4.conf.all.rp_filter": 1}, "2 is safe"),
    ("sysctl_options", {"kptr": 1}, "kernel.kptr_restrict"),
    ("sysctl_options", {"kernel.kptr_restrict": True}, "not a number"),
    ("path_on_disk", "var", "like / or"),
    ("fingerprint", "3B789C72", "40 hexadecimal"),
    ("agent_version", "latest", "numbers and dots"),
    ("metric_namespace", "AWS/EC2", "does not start with AWS/"),
    ("agent_logs", [LOG | {"file_path": "access.log"}], "not a path"),
    ("agent_logs", [LOG | {"log_group_name": "web logs"}], "not a log group"),
    ("agent_logs", [LOG | {"log_stream_name": "a:b"}], "not a log stream"),
    ("agent_logs", [LOG, LOG | {"retention_in_days": -1}], "log 2: the lines would be kept, and paid for, for ever"),
    ("agent_logs", [LOG | {"retention_in_days": 31}], "for 31 days; choose one of 1, 3"),
    ("agent_logs", [LOG, LOG | {"file_path": "/b", "retention_in_days": 7}], "for 7 and for 30 days"),
    ("instance_type", "t3 micro", "t3.micro"),
    ("instance_type", "t3", "t3.micro"),
    ("availability_zone", "eu-west-3", "eu-west-3a"),
    ("ipv4", "app.example.com", "198.51.100.7"),
    ("ipv4", "2001:db8::1", "198.51.100.7"),
    ("dns_ttl", 0, "1 to 604800"),
    ("env_values", {"DEBUG": True}, "in quotes"),
    ("env_values", {"LIST": ["a"]}, "in quotes"),
    ("port", 0, "1 to 65535"),
    ("port", 65536, "1 to 65535"),
    ("port", "http", "1 to 65535"),
    ("port", True, "1 to 65535"),
    ("swappiness", 201, "0 to 200"),
    ("count", 0, "1 to 100"),
    ("pause", -1, "0 to 60"),
    ("container_subnet", "192.168.255.0/30", "room for two containers"),
    ("container_subnet", "8.8.8.0/24", "not a private range"),
    ("container_subnet", "192.168.255.1/24", "not a private range"),
    ("count_of_releases", 1, "2 to 1000"),
    ("release", "v1.4.2", "a release is 'previous'"),
    ("volume_size", 0, "1 to 65536"),
    ("checksum", "sha256:abc", "64"),
    ("user", "Deploy User", "lower"),
    ("hop_limit", 65, "1 to 64"),
    ("group_name", "app-host", "letters, digits"),
    ("duration", -5, "1 to 86400"),
    ("tags", {"Name": "x"}, "the collection's own"),
    ("tags", {"aws:x": "y"}, "aws:"),
    ("tags", {"k" * 129: "y"}, "128"),
    ("tags", {"k": "v" * 257}, "256"),
    ("cidr", "10.0.0.1", "did you mean 10.0.0.1/32"),
    ("cidr", "ten", "203.0.113.7/32"),
    ("cidr", "2001:DB8:0::/32", "did you mean 2001:db8::/32"),
    ("cidr", "10.0.0.0/255.0.0.0", "did you mean 10.0.0.0/8"),
    ("cidr", "10.0.0.1/24", "did you mean 10.0.0.0/24"),
    ("cidr", "300.0.0.0/8", "203.0.113.7/32"),
    ("vpc_cidr", "10.0.0.0/8", "/16 to /28"),
    ("vpc_cidr", "10.0.0.0/29", "/16 to /28"),
    ("vpc_cidr", "10.0.0.0/33", "203.0.113.7/32"),
    ("subnet_cidr", "10.0.1.0/30", "/16 to /28"),
    ("ssh_cidrs", ["0.0.0.0/0"], "the whole internet"),
    ("ssh_cidrs", ["::/0"], "the whole internet"),
    ("ssh_cidrs", ["0.0.0.0/1"], "far too much"),
    ("ssh_cidrs", ["129.0.0.0/7"], "not a CIDR"),
    ("ssh_cidrs", ["126.0.0.0/7"], "far too much"),
    ("ssh_cidrs", ["2000::/16"], "far too much"),
    ("ssh_cidrs", ["my-ip"], "not a CIDR"),
    ("ingress_rules", [{"from_port": 9, "to_port": 8, "cidrs": ["10.0.0.0/8"]}], "not a range of ports"),
    ("ingress_rules", [{"from_port": 8080, "cidrs": []}], "at least one CIDR"),
    ("ingress_rules", [{"from_port": 8080, "cidrs": ["all"]}], "rule 1: 'all' is not a CIDR"),
    ("registry_login", {"url": None, "username": "deploy", "password": None}, "password must be given"),
    ("connect_to", "tag:", "tag:NAME"),
    ("connect_to", "elastic", "public, private"),
    ("docker_daemon_options", {"hosts": ["fd://"]}, "leave it out"),
    ("docker_daemon_options", {"log-opts": {"max-file": 3}}, "put it in quotes"),
    ("domain", "localhost", "app.example.com"),
    ("domain", "https://app.example.com", "without scheme"),
    ("domain", "app.example.com.", "final dot"),
    ("domain", "App.example.com", "lower case"),
    ("domain", "app_1.example.com", "not a domain"),
    ("domain", "203.0.113.7", "an address"),
    ("domain", "a" * 64 + ".example.com", "not a domain"),
    ("url", "acme.example.com/directory", "https://"),
    ("url", "ftp://example.com", "https://"),
    ("host_port", "127.0.0.1", "127.0.0.1:8000"),
    ("host_port", "127.0.0.1:0", "127.0.0.1:8000"),
    ("host_port", "127.0.0.1:99999", "127.0.0.1:8000"),
    ("upstream", "127.0.0.1", "neither the name of an app"),
    ("upstream", "app:", "host:port"),
    ("upstream", "http://127.0.0.1:8000", "host:port"),
    ("headers", {"X Y": "1"}, "not a header's name"),
    ("headers", {"X-Y": "1\n2"}, "one line"),
    ("headers", {"X-Y": True}, "in quotes"),
    ("sites", [{"domains": [], "upstream": "app"}], "site 1 has no domain"),
    ("sites", [{"domains": ["a.example.com"]}], "a.example.com has neither"),
    (
        "sites",
        [{"domains": ["a.example.com"], "upstream": "app", "redirect_to": "https://b.example.com"}],
        "leave one of",
    ),
    ("log_count", 0, "a number of logs"),
    ("resolver", "dns.example.com", "9.9.9.9"),
    ("resolver", "9.9.9.9:0x35", "9.9.9.9"),
    ("image", "Web:1", "registry.example.com"),
    ("image", "web:", "registry.example.com"),
    ("image", "https://example.com/web", "registry.example.com"),
    ("image", "web@sha256:abc", "registry.example.com"),
    ("aws_region", "eu-wst-3", "did you mean eu-west-3?"),
    ("aws_region", "", "AWS_REGION"),
    ("aws_region", "mars", "not an AWS region"),
    ("schedule_expression", "every evening", "cron(0 20 ? * MON-FRI *)"),
    ("schedule_expression", "0 20 ? * MON-FRI *", "cron(0 20 ? * MON-FRI *)"),
    ("schedule_expression", "cron(0 20 ? * MON-FRI)", "has 5 fields"),
    ("schedule_expression", "cron(0 20 * * * *)", "must have a '?'"),
    ("schedule_expression", "cron(0 20 ? * ? *)", "must have a '?'"),
    ("schedule_expression", "cron(60 20 ? * MON-FRI *)", "'60' is not right for the minutes"),
    ("schedule_expression", "cron(0 24 ? * MON *)", "values are 0 to 23"),
    ("schedule_expression", "cron(0 20 ? * FRI-MON *)", "day of week"),
    ("schedule_expression", "cron(0 20 ? * MO *)", "1 to 7 or SUN to SAT"),
    ("schedule_expression", "cron(0/0 20 ? * MON *)", "minutes"),
    ("schedule_expression", "cron(0 20 ? 13 MON *)", "JAN to DEC"),
    ("schedule_expression", "cron(? 20 * * ? *)", "minutes"),
    ("schedule_expression", "rate(1 hours)", "rate(12 hours)"),
    ("schedule_expression", "rate(0 minutes)", "rate(12 hours)"),
    ("schedule_expression", "at(2027-02-30T20:00:00)", "at(2027-01-31T20:00:00)"),
    ("schedule_expression", "cron(0 20 ? * MON-FRI *", "is not a schedule"),
    ("time_zone", "Europe/Pariss", "did you mean Europe/Paris?"),
    ("time_zone", "", "Europe/Paris or UTC"),
    ("power_schedule", {}, "neither when to stop nor when to start"),
    ("power_schedule", {"stop": "rate(1 day)", "start": "rate(1 day)"}, "the same time"),
    ("prices", {"compute": 1}, "no price of its own"),
    ("prices", {"gp3": "0.08"}, "a number of USD"),
    ("prices", {"t3.micro": -1}, "a number of USD"),
    ("prices", {"t3.micro": True}, "a number of USD"),
]

ACCEPTED = [
    ("policy_statements", [READ, {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]),
    ("policy_statements", [{"Action": ["ssmmessages:OpenDataChannel", "ec2:DescribeTags"], "Resource": "*"}]),
    ("iam_name", "shop-prod-app-eu-west-3"),
    ("security_group", "shop-prod-web"),
    ("security_group", "sg-0123456789abcdef0"),
    ("count_of_hosts", 3),
    ("hosts_of_a_kind", [{"name": "web-1", "availability_zone": "eu-west-3a", "subnet_id": None}, {"name": "web-2"}]),
    ("ip_address", "2001:db8::1"),
    ("bastion", "shop-prod-bastion"),
    ("bastion", "198.51.100.7"),
    ("user_data", "#cloud-config"),
    ("email_list", ["a@example.com", "b@example.com"]),
    ("budget_name", "shop dev/total"),
    ("topic_arn", "arn:aws-cn:sns:cn-north-1:123456789012:alerts"),
    ("password_length", 14),
    ("password_age", 0),
    ("password_reuse", 24),
    ("key_age", 90),
    ("usd", 12.5),
    ("usd_or_none", "0"),
    ("bucket_name", "shop-dev-uploads"),
    ("bucket_name", "shop.example.com"),
    ("days", 1),
    ("log_retention", 30),
    ("lambda_name", "validate_2"),
    ("python_runtime", "python3.9"),
    ("python_runtime", "python3.13"),
    ("lambda_memory", 128),
    ("lambda_timeout", 900),
    ("alarm_threshold", -1),
    ("usd_or_none", 0.0),
    ("usd_or_none", "10"),
    ("usd", "10"),
    ("budget_notifications", [WARN, WARN | {"notification_type": "FORECASTED"}]),
    ("ipv4", "198.51.100.7"),
    ("dns_ttl", 300),
    ("name", "shop-prod.v2_x"),
    ("name", "a"),
    ("email", "ops+aws@example.co.uk"),
    ("size", "512M"),
    ("size", "2G"),
    ("size", "4097K"),
    ("swap_size", "512M"),
    ("path", "/var/swap/file"),
    ("http_path", "/health?deep=1"),
    ("env_name", "_X1"),
    ("env_values", {"A": "1", "B": "true", "C": "", "D": " two words", "E": 5}),
    ("unique", ["a.example.com", "b.example.com"]),
    ("log_options", {"max-file": "3"}),
    ("ami_id", "ami-0123456789abcdef0"),
    ("time_of_day", "04:30"),
    ("server", "169.254.169.123"),
    ("server", "fd00:ec2::123"),
    ("apt_origin", "origin=Docker,label=Docker CE"),
    ("sshd_options", {"AllowUsers": ["admin", "deploy@10.0.0.0/8"], "X11Forwarding": False, "MaxAuthTries": None}),
    ("sysctl_options", {"kernel.kptr_restrict": 2, "net.ipv4.conf.all.rp_filter": 2, "kernel.dmesg_restrict": None}),
    ("path_on_disk", "/"),
    ("fingerprint", "9376 16F3 450B 7D80 6CBD  9725 D581 6730 3B78 9C72"),
    ("agent_version", "1.300064.0b1337"),
    ("metric_namespace", "CWAgent"),
    ("agent_logs", [LOG, LOG | {"file_path": "/b/*.log", "log_stream_name": "{instance_id}-b"}]),
    ("agent_logs", []),
    ("instance_type", "u-6tb1.112xlarge"),
    ("instance_type", "t3.micro"),
    ("availability_zone", "us-gov-west-1b"),
    ("port", 443),
    ("port", "8000"),
    ("swappiness", 0),
    ("count", 3),
    ("pause", 0),
    ("container_subnet", "192.168.255.0/24"),
    ("count_of_releases", 2),
    ("release", "previous"),
    ("release", "3f2a9c01b7de-5c1b77aa"),
    ("release", "3f2a"),
    ("volume_size", 30),
    ("checksum", "sha256:" + "0" * 64),
    ("user", "deploy"),
    ("hop_limit", 2),
    ("group_name", "app_host"),
    ("duration", 60),
    ("tags", {"Team": "web"}),
    ("cidr", "203.0.113.7/32"),
    ("cidr", "2001:db8::/32"),
    ("vpc_cidr", "10.0.0.0/16"),
    ("subnet_cidr", "10.0.1.0/28"),
    ("ssh_cidrs", ["203.0.113.7/32", "2001:db8::1/128", "10.0.0.0/8"]),
    ("ssh_cidrs", []),
    ("ingress_rules", [{"from_port": 8080, "to_port": None, "cidrs": ["0.0.0.0/0"]}]),
    ("registry_login", {"url": None, "username": None, "password": None}),
    ("registry_login", {"username": "deploy", "password": "x"}),
    ("connect_to", "private"),
    ("connect_to", "tag:vpn_address"),
    ("docker_daemon_options", {"log-opts": {"max-file": "3"}}),
    ("domain", "app.example.com"),
    ("domain", "xn--bcher-kva.example"),
    ("url", "https://acme.example.test/acme/local/directory"),
    ("host_port", "127.0.0.1:8000"),
    ("host_port", "[::1]:8000"),
    ("upstream", "app"),
    ("upstream", "shop-prod.v2_x"),
    ("upstream", "[::1]:8000"),
    ("headers", {"X-Frame-Options": "DENY", "Server": "", "Referrer-Policy": None, "X-Count": 1}),
    ("sites", [{"domains": ["a.example.com"], "upstream": "app", "redirect_to": None}]),
    ("log_count", 30),
    ("resolver", "9.9.9.9"),
    ("resolver", "127.0.0.1:5353"),
    ("resolver", "[2620:fe::fe]:53"),
    ("image", "web"),
    ("image", "registry.example.com:5000/team/web:1.4.2"),
    ("image", "team/web@sha256:" + "0" * 64),
    ("aws_region", "eu-west-3"),
    ("aws_region", "cn-north-1"),
    ("schedule_expression", "cron(0 20 ? * MON-FRI *)"),
    ("schedule_expression", "cron(0,30 8-18/2 L * ? 2027-2030)"),
    ("schedule_expression", "cron(15 10 ? * 6#3 *)"),
    ("schedule_expression", "cron(0/15 * 15W jan,jul ? *)"),
    ("schedule_expression", "rate(1 day)"),
    ("schedule_expression", "rate(12 hours)"),
    ("schedule_expression", "at(2027-01-31T20:00:00)"),
    ("time_zone", "Europe/Paris"),
    ("time_zone", "UTC"),
    ("power_schedule", {"stop": "cron(0 20 ? * MON-FRI *)", "start": None, "timezone": "UTC"}),
    ("prices", {"m7g.2xlarge": 0.4, "gp3": 0.08, "public_ipv4": 0}),
]


@pytest.mark.parametrize(("rule", "value", "said"), REFUSED, ids=str)
def test_refuses(rule, value, said):
    found = sentences(rule, value)
    assert found
    assert said in " ".join(found)


@pytest.mark.parametrize(("rule", "value"), ACCEPTED, ids=str)
def test_accepts(rule, value):
    assert sentences(rule, value) == []


SEVERAL_OPTIONS = {"network", "subnets_within", "zone_of_names", "ssh_stays_closed", "login_fits_image"}
SEVERAL_OPTIONS |= {"image_or_release", "compose_source", "key_fits_repository", "strategy_fits_proxy", "two_ports"}
SEVERAL_OPTIONS |= {"site_names", "ssh_from_somewhere", "profile_for_sessions", "somebody_is_told"}
SEVERAL_OPTIONS |= {"one_profile", "count_or_hosts", "names_of_hosts", "replace_of_hosts", "way_by_bastion"}
SEVERAL_OPTIONS |= {"one_user_data", "cloudflare_token", "cloudflare_ttl"}
STRUCTURED = {
    "policy_statements",
    "hosts_of_a_kind",
    "email_list",
    "budget_notifications",
    "headers",
    "sites",
    "registry_login",
    "tags",
    "env_values",
    "ssh_cidrs",
    "ingress_rules",
    "agent_logs",
    "docker_daemon_options",
    "log_options",
    "sshd_options",
    "sysctl_options",
    "power_schedule",
    "prices",
}


IMAGES = [
    ("web:1.0", "docker.io"),
    ("team/web", "docker.io"),
    ("team/sub/web@sha256:" + "0" * 64, "docker.io"),
    ("docker.io/team/web", "docker.io"),
    ("index.docker.io/team/web", "docker.io"),
    ("localhost/web", "localhost"),
    ("registry:5000/web", "registry:5000"),
    ("registry.example.com/team/web:1.4.2", "registry.example.com"),
    ("registry.example.com:5000/web@sha256:" + "0" * 64, "registry.example.com:5000"),
]


@pytest.mark.parametrize(("image", "registry"), IMAGES)
def test_a_login_without_a_url_is_for_the_registry_that_the_image_comes_from(image, registry):
    loader = DataLoader()
    role = loader.load_from_file(str(ROLES / "app/vars/main.yml"), trusted_as_template=True)
    for url in (None, registry, f"https://{registry}/v1/"):
        options = {"app_image": image, "app_registry": {"url": url, "username": "deploy", "password": "x"}}
        asked = Templar(loader, variables={**role, **options}).template(role["__app_registry_url"])
        assert registry_host(asked) == registry
        assert sentences("login_fits_image", image, options["app_registry"]) == []


def test_a_login_for_another_registry_than_the_image_s_is_refused():
    for image, url in [("registry.example.com/web", "docker.io"), ("web", "registry.example.com"), ("a.b:1/c", "a.b")]:
        assert "the login is for" in sentences("login_fits_image", image, {"url": url})[0]
    assert sentences("login_fits_image", "", {"url": "registry.example.com"}) == []
    assert sentences("login_fits_image", "registry.example.com/web", {}) == []


def test_an_app_needs_an_image_or_a_release():
    assert "an image must be given" in sentences("image_or_release", "present", "image", "", "")[0]
    for state, image, release in [("present", "web:1", ""), ("present", "", "previous"), ("absent", "", "")]:
        assert sentences("image_or_release", state, "image", image, release) == []
    assert sentences("image_or_release", "present", "compose", "", "") == []


def test_a_project_of_compose_has_one_source_and_a_name_that_compose_takes():
    found = sentences("compose_source", "present", "compose", "My.Shop", "", "/shop", "https://example.com/shop.git")
    assert "no project called 'My.Shop'" in found[0]
    assert "give one of them" in found[1]
    assert "must be given" in sentences("compose_source", "present", "compose", "shop", "", "", "")[0]
    for state, source, release, path in [
        ("present", "compose", "", "/shop"),
        ("present", "compose", "previous", ""),
        ("absent", "compose", "", ""),
        ("present", "image", "", ""),
    ]:
        assert sentences("compose_source", state, source, "shop", release, path, "") == []


@pytest.mark.parametrize(
    ("repository", "key", "token", "said"),
    [
        ("git@example.com:shop.git", "", "t", "give a key"),
        ("https://example.com/shop.git", "k", "", "give a token"),
        ("https://me:secret@example.com/shop.git", "", "", "give it as the token"),
    ],
)
def test_what_opens_a_repository_fits_it(repository, key, token, said):
    (found,) = sentences("key_fits_repository", repository, key, token)
    assert said in found
    assert "secret" not in found
    for good in [("git@example.com:shop.git", "k", ""), ("https://example.com/shop.git", "", "t"), ("", "", "")]:
        assert sentences("key_fits_repository", *good) == []


def test_what_only_caddy_can_do_is_refused_without_it():
    assert "choose the strategy recreate" in sentences("strategy_fits_proxy", "none", "blue_green", "present")[0]
    assert "in place of the app" in sentences("strategy_fits_proxy", "none", "recreate", "maintenance")[0]
    for proxy, strategy, state in [("caddy", "blue_green", "maintenance"), ("none", "recreate", "present")]:
        assert sentences("strategy_fits_proxy", proxy, strategy, state) == []


def test_two_containers_have_two_ports():
    assert "both have 8000" in sentences("two_ports", 8000, 8000)[0]
    assert sentences("two_ports", 8000, 8001) == []


def test_a_notification_is_for_somebody():
    own = {**WARN, "emails": ["ops@example.com"]}
    assert "nobody would get notification 2" in sentences("somebody_is_told", "present", [], "", [own, WARN])[0]
    for state, emails, topic in [("present", ["a@example.com"], ""), ("present", [], "arn"), ("absent", [], "")]:
        assert sentences("somebody_is_told", state, emails, topic, [own, WARN]) == []


@pytest.mark.parametrize(
    ("rule", "wrong", "said", "right"),
    [
        ("one_profile", ("app", [READ]), "leave one of them out", [("app", []), ("", [READ]), ("", [])]),
        (
            "count_or_hosts",
            (3, [{"name": "a"}, {"name": "b"}]),
            "3 hosts are asked for, and 2 are named",
            [(1, [READ] * 2)],
        ),
        ("names_of_hosts", (["web-9"], ["web-1", "web-2"]), "'web-9' is none of these hosts", [(["web-2"], ["web-2"])]),
        ("replace_of_hosts", (["app-3"], "app", 2, []), "which are app, app-2", [(["app-2"], "app", 2, [])]),
        ("replace_of_hosts", (["app"], "app", 1, [{"name": "a"}]), "which are a", [(["a"], "app", 1, [{"name": "a"}])]),
        (
            "way_by_bastion",
            ("door", "ssm", ["app"]),
            "needs no bastion",
            [("door", "ssh", ["app"]), ("", "ssm", ["app"])],
        ),
        ("way_by_bastion", ("app", "ssh", ["app"]), "through itself", [("door", "ssh", ["app"])]),
        ("way_by_bastion", ("app", "ssh", "app"), "through itself", [("app", "ssh", "shop-app")]),
        ("one_user_data", ("#!/bin/sh", "a.j2"), "leave one of them out", [("", "a.j2"), ("#!/bin/sh", "")]),
        ("cloudflare_token", ("cloudflare", ""), "a token is needed", [("route53", ""), ("cloudflare", "t" * 40)]),
        (
            "cloudflare_token",
            ("cloudflare", "t" * 39),
            "does not look like",
            [("cloudflare", "t_-9" * 10), ("route53", "x")],
        ),
        ("cloudflare_ttl", ("cloudflare", 30), "60 to 86400 seconds", [("cloudflare", 1), ("route53", 30)]),
        (
            "ssh_from_somewhere",
            ("present", "ssh", "198.51.100.7", []),
            "must be given",
            [("present", "ssh", "door", [])],
        ),
        (
            "ssh_from_somewhere",
            ("present", "ssh", "door", ["10.0.0.0/8"]),
            "of the bastion door",
            [("absent", "ssh", "", [])],
        ),
        ("profile_for_sessions", ("present", "ssm", [], ""), "must be given", [("present", "ssm", [READ], "")]),
    ],
    ids=str,
)
def test_options_that_go_together(rule, wrong, said, right):
    assert said in " ".join(sentences(rule, *wrong))
    for each in right:
        assert sentences(rule, *each) == []


def test_every_rule_is_tried_both_ways():
    assert set(RULES) - SEVERAL_OPTIONS == {each[0] for each in REFUSED} == {each[0] for each in ACCEPTED}


def test_every_mistake_of_a_list_is_named():
    assert len(sentences("ssh_cidrs", ["0.0.0.0/0", "::/0", "x"])) == 3


def test_subnets_must_lie_within_the_vpc_and_not_overlap():
    assert sentences("subnets_within", "10.0.0.0/16", ["10.0.1.0/24", "10.0.2.0/24"]) == []
    found = sentences("subnets_within", "10.0.0.0/16", ["10.1.1.0/24", "10.0.2.0/24", "10.0.2.128/25"])
    assert len(found) == 2
    assert "10.1.1.0/24 does not lie within" in found[0]
    assert "10.0.2.0/24 and 10.0.2.128/25 overlap" in found[1]


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_ssh_is_never_open_to_more_than_a_slash_8(address, length):
    network = ipaddress.ip_network((address, length), strict=False)
    assert bool(sentences("ssh_cidrs", [str(network)])) == (length < 8)


@given(st.text(max_size=30))
def test_no_rule_fails_on_odd_text(text):
    for rule in set(RULES) - SEVERAL_OPTIONS - STRUCTURED:
        assert all(isinstance(sentence, str) for sentence in sentences(rule, text))


def test_the_options_of_a_network_are_looked_at_as_a_whole():
    rules, defaults = (
        DataLoader().load_from_file(str(ROLES / "vpc" / part)) for part in ("meta/rules.yml", "defaults/main.yml")
    )
    (together,) = rules["together"]
    region, *names = together["options"]
    assert (together["rule"], together["prefix"], region) == ("network", "vpc_", "landfall_region")
    given = {**defaults, "vpc_name": "shop-dev"}
    assert sentences("network", "eu-west-3", *(given[name] for name in names)) == []
    wrong = {**given, "vpc_nat": "shared", "vpc_azs": ["eu-west-1a"]}
    found = sentences("network", "eu-west-3", *(wrong[name] for name in names))
    assert found == [
        "azs[0]: eu-west-1a does not lie in the region eu-west-3",
        "nat: shared costs money, but no tier's internet is nat",
    ]


def test_ssh_stays_closed_whatever_the_other_rules_say():
    world = {"protocol": "tcp", "to_port": None, "cidrs": ["0.0.0.0/0"]}
    around = {**world, "from_port": 20, "to_port": 25}
    assert sentences("ssh_stays_closed", "ssh", 22, [{**world, "from_port": 8080}]) == []
    assert "the whole internet" in sentences("ssh_stays_closed", "ssh", 22, [around])[0]
    assert "the whole internet" in sentences("ssh_stays_closed", "ssh", 2222, [{**world, "from_port": 2222}])[0]
    narrow = {**around, "cidrs": ["10.0.0.0/8"]}
    assert sentences("ssh_stays_closed", "ssh", 22, [narrow]) == []
    assert sentences("ssh_stays_closed", "ssm", 22, [{**narrow, "protocol": "udp"}]) == []
    assert "10.0.0.0/8 could connect to SSH" in sentences("ssh_stays_closed", "ssm", 22, [narrow])[0]
    assert "for the bastion door alone" in sentences("ssh_stays_closed", "ssh", 22, [narrow], "door")[0]
    assert sentences("ssh_stays_closed", "ssh", 22, [narrow], "198.51.100.7") == []


@pytest.mark.parametrize(
    ("state", "access", "cidrs", "profile", "said"),
    [
        ("present", "ssh", ["203.0.113.7/32"], "", []),
        ("present", "ssh", [], "", ["must be given, or nobody could log in"]),
        ("present", "ssm", [], "app", []),
        ("present", "ssm", ["203.0.113.7/32"], "", ["must be left out", "must be given with the access ssm"]),
        ("absent", "ssh", [], "", []),
        ("absent", "ssm", ["203.0.113.7/32"], "", []),
    ],
)
def test_a_host_has_one_way_in(state, access, cidrs, profile, said):
    found = sentences("ssh_from_somewhere", state, access, "", cidrs)
    found += sentences("profile_for_sessions", state, access, [], profile)
    assert len(found) == len(said)
    assert all(sentence.startswith(part) for sentence, part in zip(found, said))


@pytest.mark.parametrize(
    ("provider", "zone", "names", "expected"),
    [
        ("route53", "example.com", ["example.com", "app.example.com"], []),
        ("none", "", ["app.example.com"], []),
        ("route53", "", ["app.example.com"], ["the hosted zone is needed"]),
        ("route53", "example.com", ["app.example.org", "notexample.com"], ["app.example.org", "notexample.com"]),
    ],
)
def test_names_lie_in_their_zone(provider, zone, names, expected):
    found = sentences("zone_of_names", provider, zone, names)
    assert len(found) == len(expected)
    assert all(part in sentence for part, sentence in zip(expected, found))


def test_a_host_has_one_site_at_least_and_a_name_belongs_to_one():
    further = [{"domains": ["a.example.com"]}, {"domains": ["b.example.com"]}]
    assert sentences("site_names", "present", further, []) == []
    assert sentences("site_names", "absent", [], []) == []
    assert "one of them at least" in sentences("site_names", "present", [], [])[0]
    assert "a.example.com is named 2 times" in sentences("site_names", "present", further, ["a.example.com"])[0]
