# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as a valid option, beyond its type and choices.

A rule is a pure function: it gets a value and yields one sentence for each mistake, or nothing. A role's
``meta/rules.yml`` says which of its options must satisfy which rule.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from itertools import combinations
from urllib.parse import urlsplit
from zoneinfo import available_timezones

RULES: dict[str, Callable[..., Iterator[str]]] = {}
VOLUME_TYPES = ("gp3", "gp2", "io1", "io2", "st1", "sc1", "standard")
OWN_TAGS = ("Name", "Project", "Environment", "ManagedBy")


def rule(function):
    RULES[function.__name__] = function
    return function


def _matches(pattern, allowed):
    """A rule for values that a regular expression describes."""

    def check(value):
        if not re.fullmatch(pattern, str(value)):
            yield f"{value!r} is not valid; {allowed}"

    return check


def _between(low, high, what):
    """A rule for whole numbers within bounds."""

    def check(value):
        if isinstance(value, bool) or not re.fullmatch(r"-?\d+", str(value)) or not low <= int(value) <= high:
            yield f"{value!r} is not {what}; a whole number from {low} to {high} is"

    return check


RULES["name"] = _matches(
    r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
    "a name has 1 to 63 letters, digits, '.', '_' and '-', and starts and ends with a letter or digit",
)
RULES["email"] = _matches(r"[^@\s]+@[^@\s]+\.[^@\s.]+", "write it like ops@example.com")
RULES["size"] = _matches(r"[1-9]\d*[KMGT]", "a size is a whole number and a unit, like 512M or 2G")
# A file of kilobytes may end within a page of memory, which no swap file does.
RULES["swap_size"] = _matches(r"[1-9]\d*[MGT]", "a size is a whole number and a unit, M, G or T, like 512M or 2G")
RULES["path"] = _matches(r"/[^\0\s]+", "a path is absolute and has no spaces, like /swapfile")
RULES["path_on_disk"] = _matches(r"/[^\0\s]*", "a path is absolute and has no spaces, like / or /var/lib/docker")
RULES["http_path"] = _matches(r"/[^\s]*", "a path starts with '/', like /health")
RULES["env_name"] = _matches(
    r"[A-Za-z_][A-Za-z0-9_]*", "an environment variable's name has letters, digits and '_', like LOG_LEVEL"
)
RULES["ami_id"] = _matches(r"ami-([0-9a-f]{8}|[0-9a-f]{17})", "an image's id is written like ami-0123456789abcdef0")
RULES["instance_type"] = _matches(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", "an instance type is written like t3.micro")
RULES["availability_zone"] = _matches(
    r"[a-z]{2}(-[a-z]+)+-\d[a-z]", "an Availability Zone is its region and a letter, like eu-west-3a"
)
RULES["user"] = _matches(r"[a-z_][a-z0-9_-]{0,31}", "a user's name has lower-case letters, digits, '_' and '-'")
RULES["fingerprint"] = _matches(
    r"([0-9A-Fa-f] *){40}",
    "a key's fingerprint has 40 hexadecimal digits, like 937616F3450B7D806CBD9725D58167303B789C72",
)
RULES["agent_version"] = _matches(
    r"\d+(\.[0-9A-Za-z]+)+", "a version of the agent has numbers and dots, like 1.300064.0b1337 or 3.3.3050.0"
)
RULES["metric_namespace"] = _matches(
    r"(?!AWS/)[A-Za-z0-9][A-Za-z0-9._/#:-]{0,254}",
    "a namespace has 1 to 255 letters, digits, '.', '-', '_', '/', '#' and ':', and does not start with AWS/",
)
RULES["checksum"] = _matches(r"sha256:[0-9a-f]{64}", "a checksum is written like sha256: and 64 hexadecimal digits")
RULES["time_of_day"] = _matches(r"([01]\d|2[0-3]):[0-5]\d", "a time of day is written like 04:30")
RULES["server"] = _matches(
    r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?", "a server is an address or a name, like 169.254.169.123"
)
RULES["apt_origin"] = _matches(
    r"(origin|label|archive|codename|component|site)=[^,=\"\n]+"
    r"(,(origin|label|archive|codename|component|site)=[^,=\"\n]+)*",
    "packages' origin is written like site=download.docker.com or origin=Docker,label=Docker CE",
)
RULES["port"] = _between(1, 65535, "a port")
RULES["swappiness"] = _between(0, 200, "a swappiness")
RULES["volume_size"] = _between(1, 65536, "a gp3 volume's size in GiB")
RULES["hop_limit"] = _between(1, 64, "a number of network hops")
RULES["group_name"] = _matches(
    r"[A-Za-z_][A-Za-z0-9_]*", "an inventory group's name has letters, digits and '_', and does not start with a digit"
)
RULES["duration"] = _between(1, 86400, "a number of seconds")
RULES["pause"] = _between(0, 60, "a number of seconds")
RULES["count"] = _between(1, 100, "a number of answers")
RULES["count_of_releases"] = _between(2, 1000, "a number of releases")
RULES["release"] = _matches(
    r"previous|[0-9a-f]{12}-[0-9a-f]{8}|[0-9a-f]{4,12}",
    "a release is 'previous', or a name like 3f2a9c01b7de-5c1b77aa, or the beginning of one",
)
RULES["budget_name"] = _matches(
    r"(?!.*/action/)[^:\\\n]{1,100}", "a budget's name has 1 to 100 characters, without ':', '\\' and '/action/'"
)
RULES["topic_arn"] = _matches(
    r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}",
    "a topic is named by its ARN, like arn:aws:sns:us-east-1:123456789012:alerts",
)
RULES["password_length"] = _between(6, 128, "a password's length that IAM can ask for")
RULES["password_age"] = _between(0, 1095, "a password's age in days, 0 for any")
RULES["password_reuse"] = _between(0, 24, "a number of passwords that IAM remembers")
RULES["key_age"] = _between(1, 3650, "an access key's age in days")
RULES["log_count"] = _between(1, 3650, "a number of logs or days")
RULES["dns_ttl"] = _between(1, 604800, "a record's time to live in seconds")


@rule
def env_values(value):
    """An environment file has one line for each variable, whose end is trimmed; YAML's true and null are not text."""
    for key, text in value.items():
        if isinstance(text, bool) or not isinstance(text, (str, int, float)):
            yield f"the value of {key} is not text; write it in quotes"
        elif "\n" in str(text) or "\r" in str(text):
            yield f"the value of {key} has several lines; an environment file allows one, so encode it, for instance as base64"
        elif str(text) != str(text).rstrip():
            yield f"the value of {key} ends with white space, which an environment file loses; take it away, or encode the value"


@rule
def tags(value):
    """https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html#tag-conventions"""
    for key, text in value.items():
        if key in OWN_TAGS:
            yield f"the tag {key!r} is the collection's own; it finds its resources by it"
        elif not 1 <= len(str(key)) <= 128 or str(key).startswith("aws:"):
            yield f"{key!r} is not a tag's key; it has 1 to 128 characters and does not start with 'aws:'"
        if len(str(text)) > 256:
            yield f"the tag {key!r} has {len(str(text))} characters; AWS allows 256"


def network_of(value, version=None):
    """The network that a CIDR names, or None with a host's bits set, written otherwise than AWS does, or another version."""
    try:
        network = ipaddress.ip_network(str(value))
    except ValueError:
        return None
    return network if str(network) == str(value) and version in (None, network.version) else None


@rule
def cidr(value):
    if network_of(value):
        return
    try:
        loose = ipaddress.ip_network(str(value), strict=False)
        hint = f"did you mean {loose}?"
    except ValueError:
        hint = "write it like 203.0.113.7/32"
    yield f"{value!r} is not a CIDR block; {hint}"


@rule
def vpc_cidr(value):
    """https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""
    network = network_of(value, 4)
    if network is None:
        yield from cidr(value)
    elif not 16 <= network.prefixlen <= 28:
        yield f"{value} is a /{network.prefixlen}; AWS allows /16 to /28"


RULES["subnet_cidr"] = vpc_cidr


@rule
def subnets_within(vpc, subnets):
    """https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""
    outer = network_of(vpc, 4)
    inner = [network for network in (network_of(subnet, 4) for subnet in subnets) if network]
    for network in inner:
        if outer and not network.subnet_of(outer):
            yield f"the subnet {network} does not lie within the VPC's {outer}"
    for one, other in combinations(inner, 2):
        if one.overlaps(other):
            yield f"the subnets {one} and {other} overlap"


@rule
def network(region, *options):
    """The network of the role vpc, as a whole; the sentences begin with the option's name, without the role's."""
    from ansible_collections.landfall.aws.plugins.module_utils.network import spec, validate

    names = [option for option in spec.OPTIONS if option not in ("project", "environment", "tags")]
    given = dict(zip(names, options, strict=True), project="", environment="")
    yield from validate.mistakes(spec.from_options(given), region)


@rule
def ssh_cidrs(value):
    for each in value:
        network = network_of(each)
        if network is None:
            yield from cidr(each)
        elif network.prefixlen < (8 if network.version == 4 else 32):
            yield (
                f"{each} opens SSH to {'the whole internet' if network.prefixlen == 0 else 'far too much of the internet'}; "
                "name the addresses that you connect from, like 203.0.113.7/32"
            )


@rule
def ingress_rules(value):
    """Rules of a security group: a protocol, a range of ports, and from where."""
    for index, each in enumerate(value):
        first, last = each["from_port"], each.get("to_port") or each["from_port"]
        if not 0 <= first <= last <= 65535:
            yield f"rule {index + 1}: {first} to {last} is not a range of ports; ports are 0 to 65535, the lower one first"
        if not each["cidrs"]:
            yield f"rule {index + 1}: name at least one CIDR block that it is for"
        for source in each["cidrs"]:
            yield from (f"rule {index + 1}: {sentence}" for sentence in cidr(source))


@rule
def ssh_stays_closed(access, ssh_port, extra_rules, bastion=""):
    """SSH can't be opened to the world by another rule either, and to nobody where the way in is another."""
    for each in extra_rules:
        ports = range(each["from_port"], (each.get("to_port") or each["from_port"]) + 1)
        if (each.get("protocol") or "tcp") == "tcp" and (22 in ports or int(ssh_port) in ports):
            yield from ssh_cidrs(each["cidrs"])
            cidrs = ", ".join(each["cidrs"])
            if access == "ssm":
                yield f"{cidrs} could connect to SSH, which the access ssm opens to nobody; leave its port out"
            elif _is_own_bastion(bastion):
                yield f"{cidrs} could connect to SSH, which is for the bastion {bastion} alone; leave its port out"


def _is_own_bastion(bastion):
    """A bastion of ours is named; another is an address."""
    return bool(bastion) and any(ip_address(bastion))


@rule
def ssh_from_somewhere(state, access, bastion, cidrs):
    """Somebody can log in by SSH, unless the way in is another."""
    if state == "absent":
        return
    if access == "ssm" and cidrs:
        yield "must be left out, because the access ssm opens SSH to nobody"
    elif _is_own_bastion(bastion) and cidrs:
        yield f"must be left out, because SSH is open to the security group of the bastion {bastion} alone"
    elif access == "ssh" and not cidrs and not _is_own_bastion(bastion):
        yield "must be given, or nobody could log in; name the addresses that you connect from, like 203.0.113.7/32"


@rule
def profile_for_sessions(state, access, statements, profile):
    if state != "absent" and access == "ssm" and not profile and not statements:
        yield (
            "must be given with the access ssm; without an instance profile the agent on the host may not open sessions. "
            "Name one whose role has the policy of the role ssm_agent"
        )


@rule
def one_profile(profile, statements):
    if profile and statements:
        yield f"an instance has one profile, the given one ({profile}) or one of the statements; leave one of them out"


# What AWS can't limit to a resource: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
_OF_NO_RESOURCE = re.compile(
    r"(ssmmessages|ec2messages):\w+|ssm:(UpdateInstanceInformation|DescribeInstanceInformation|ListCommands)"
    r"|cloudwatch:(PutMetricData|GetMetricData|GetMetricStatistics|ListMetrics)|ec2:Describe\w+|ecr:GetAuthorizationToken"
    r"|logs:DescribeLogGroups|s3:ListAllMyBuckets|sts:(GetCallerIdentity|DecodeAuthorizationMessage)"
    r"|xray:(Put\w+|GetSampling\w+)|kms:ListAliases|cloudformation:ListStacks|autoscaling:Describe\w+"
)
_STATEMENT = ("Sid", "Effect", "Action", "Resource", "Condition")


def _as_list(value):
    return value if isinstance(value, (list, tuple)) else [value]


@rule
def policy_statements(value):
    """Statements that allow named actions on named resources."""
    for index, each in enumerate(value):
        label = f"statement {each.get('Sid') or index + 1}"
        for key in each:
            if key not in _STATEMENT:
                yield f"{label}: {key!r} is not known; a statement has {', '.join(_STATEMENT)}"
        if each.get("Effect", "Allow") not in ("Allow", "Deny"):
            yield f"{label}: the Effect {each['Effect']!r} is not known; write Allow or Deny"
        yield from (f"{label}: {key} must be given" for key in ("Action", "Resource") if not each.get(key))
        if each.get("Effect", "Allow") == "Allow":
            yield from (f"{label}: {sentence}" for sentence in _too_wide(each))


def _too_wide(statement):
    actions = [str(action) for action in _as_list(statement.get("Action") or [])]
    for action in actions:
        if not re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9*?]+", action) or re.fullmatch(r"[a-z0-9-]+:[*?]+", action):
            yield f"the action {action!r} is not one that can be allowed; name a service and what of it, like s3:GetObject"
    if "*" in _as_list(statement.get("Resource") or []):
        for action in (each for each in actions if not _OF_NO_RESOURCE.fullmatch(each)):
            yield f"{action} is allowed on every resource; name the ARNs that it is for, like arn:aws:s3:::shop-uploads/*"


RULES["iam_name"] = _matches(r"[A-Za-z0-9+=,.@_-]{1,64}", "a role's name has 1 to 64 letters, digits and + = , . @ _ -")
RULES["security_group"] = _matches(
    r"sg-[0-9a-f]{8,17}|(?!sg-)[A-Za-z0-9._:/()#,@\[\]+=&;{}!$* -]{1,255}",
    "a security group is its name or an id, like sg-0123456789abcdef0",
)
RULES["count_of_hosts"] = _between(1, 100, "a number of hosts")


@rule
def hosts_of_a_kind(value):
    names = [each.get("name") for each in value]
    yield from unique(names)
    for each in value:
        yield from RULES["name"](each.get("name"))
        if each.get("availability_zone"):
            yield from (f"{each.get('name')}: {why}" for why in RULES["availability_zone"](each["availability_zone"]))
        if each.get("availability_zone") and each.get("subnet_id"):
            yield f"{each.get('name')}: a subnet lies in one Availability Zone; give the subnet_id or the availability_zone"


@rule
def count_or_hosts(count, hosts):
    if hosts and int(count) != 1 and int(count) != len(hosts):
        yield f"{count} hosts are asked for, and {len(hosts)} are named; leave the count out where hosts are named"


@rule
def names_of_hosts(value, names):
    for each in value:
        if each not in names:
            yield f"{each!r} is none of these hosts, which are {_listed(names)}"


@rule
def replace_of_hosts(replace, name, count, hosts):
    numbered = [name, *(f"{name}-{number}" for number in range(2, int(count) + 1))]
    yield from names_of_hosts(replace, [each.get("name") for each in hosts] or numbered)


@rule
def ip_address(value):
    try:
        ipaddress.ip_address(str(value))
    except ValueError:
        yield f"{value!r} is not an IP address; write it like 198.51.100.7"


@rule
def bastion(value):
    if _is_own_bastion(value):
        for _sentence in RULES["name"](value):
            yield f"{value!r} is not a bastion; write the name of one of our hosts, or an IP address"


@rule
def way_by_bastion(value, access, names):
    if value and access == "ssm":
        yield "the access ssm needs no bastion; leave one of them out"
    if value in _as_list(names):
        yield f"{value} can't be reached through itself; a bastion is a host of another ec2_host_name"


@rule
def one_user_data(user_data, path):
    if user_data and path:
        yield "user data is given as text or as a template's path; leave one of them out"


@rule
def user_data(value):
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html"""
    size = len(str(value).encode())
    if size > 16384:
        yield f"it has {size} bytes; AWS takes 16384, so let it fetch the rest"


@rule
def connect_to(value):
    if value not in ("public", "private") and not re.fullmatch(r"tag:.{1,128}", str(value)):
        yield f"{value!r} is not known; write public, private, or tag:NAME for a tag of the instance that holds its address"


@rule
def domain(value):
    labels = str(value).split(".")
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    if len(str(value)) > 253 or len(labels) < 2 or not all(re.fullmatch(label, part) for part in labels):
        yield (
            f"{value!r} is not a domain name; write it in lower case, without scheme, port, path or final dot, "
            "like app.example.com"
        )
    elif labels[-1].isdigit():
        yield f"{value!r} is an address; a certificate is issued for a name, like app.example.com"


@rule
def url(value):
    parts = urlsplit(str(value))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield f"{value!r} is not a URL; write it like https://acme.example.com/directory"


def _host_port(text):
    """(host, port) of '1.2.3.4', '1.2.3.4:53', '[::1]:53' or 'name:53'; the port is None where none is given."""
    match = re.fullmatch(r"(?:\[([^\]]+)\]|([^:\s]+))(?::(\d+))?", str(text))
    return (match.group(1) or match.group(2), match.group(3)) if match else (None, None)


@rule
def host_port(value):
    host, port = _host_port(value)
    if not host or not port or not 1 <= int(port) <= 65535:
        yield f"{value!r} is not host:port; write it like 127.0.0.1:8000"


@rule
def upstream(value):
    """host:port, or the name of an app; an address without a port would pass for a name."""
    if re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", str(value)) and not re.fullmatch(
        r"[\d.]+", str(value)
    ):
        return
    if list(host_port(value)):
        yield f"{value!r} is neither the name of an app, like app, nor host:port, like 127.0.0.1:8000"


@rule
def headers(value):
    for name, text in value.items():
        if not re.fullmatch(r"[A-Za-z0-9-]+", str(name)):
            yield f"{name!r} is not a header's name; write it like X-Frame-Options"
        if text is not None and (
            not isinstance(text, (str, int)) or isinstance(text, bool) or re.search(r"[\r\n]", str(text))
        ):
            yield f"the header {name} has the value {text!r}; text of one line is wanted, in quotes"


@rule
def sites(value):
    """What a site does with requests: one thing."""
    for index, each in enumerate(value):
        whose = (each.get("domains") or [f"site {index + 1}"])[0]
        if not each.get("domains"):
            yield f"site {index + 1} has no domain"
        if each.get("upstream") and each.get("redirect_to"):
            yield f"{whose} has both an upstream and a redirect_to; leave one of them out"
        elif not each.get("upstream") and not each.get("redirect_to"):
            yield f"{whose} has neither an upstream nor a redirect_to; give it one of them"


@rule
def site_names(state, further, domains):
    """A name belongs to one site, and there is one at least."""
    names = [*domains, *(name for site in further for name in site.get("domains") or [])]
    yield from unique(names)
    if not names and state != "absent":
        yield "must be given, one of them at least, so that there is a site"


@rule
def resolver(value):
    host, port = _host_port(value)
    try:
        ipaddress.ip_address(host or str(value))
    except ValueError:
        host = None
    if not host or not 1 <= int(port or 53) <= 65535:
        yield f"{value!r} is not a resolver; write its address, with a port if it is not 53, like 9.9.9.9 or 127.0.0.1:5353"


@rule
def ipv4(value):
    try:
        ipaddress.IPv4Address(str(value))
    except ValueError:
        yield f"{value!r} is not an IPv4 address; write it like 198.51.100.7"


@rule
def zone_of_names(provider, zone, names):
    if provider != "none" and not zone:
        what = "hosted zone" if provider == "route53" else "zone"
        yield f"the {what} is needed for the provider {provider}; write it like example.com"
    for name in names:
        if zone and name != zone and not name.endswith(f".{zone}"):
            yield f"{name} does not lie in the zone {zone}"


@rule
def cloudflare_token(provider, token):
    if provider == "cloudflare" and not token:
        yield "a token is needed for the provider cloudflare; make one that may read the zone and edit its DNS, and no other"
    elif provider == "cloudflare" and not re.fullmatch(r"[A-Za-z0-9_-]{40,}", str(token)):
        yield "it does not look like an API token of Cloudflare, which has 40 letters, digits, '-' and '_' or more"


@rule
def cloudflare_ttl(provider, ttl):
    """https://developers.cloudflare.com/dns/manage-dns-records/reference/ttl/"""
    if provider == "cloudflare" and int(ttl) != 1 and not 60 <= int(ttl) <= 86400:
        yield f"Cloudflare takes 60 to 86400 seconds, or 1 for what it chooses itself, not {ttl}"


@rule
def image(value):
    """https://docs.docker.com/reference/cli/docker/image/tag/#description"""
    part = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
    host = r"([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:\d+)?/)?"
    pattern = rf"{host}{part}(/{part})*(:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(@sha256:[0-9a-f]{{64}})?"
    if not re.fullmatch(pattern, str(value)):
        yield f"{value!r} is not an image; write it like registry.example.com/team/web:1.4.2"


DOCKER_HUB = "docker.io"


def registry_host(text):
    """The host of a registry as an image or a URL names it; all names of Docker Hub are one."""
    host = re.sub(r"https?://", "", text).split("/")[0]
    return DOCKER_HUB if host in ("index.docker.io", "registry-1.docker.io") else host


def registry_of_image(image):
    """What stands before an image's first slash is a host when it looks like one. Without a host it is Docker Hub's."""
    first, slash, _rest = image.partition("/")
    is_host = slash and (first == "localhost" or "." in first or ":" in first)
    return registry_host(first) if is_host else DOCKER_HUB


@rule
def login_fits_image(image, login):
    """A password goes to no other registry than the one that it is for."""
    url, wanted = login.get("url"), registry_of_image(image)
    if image and url and registry_host(url) != wanted:
        yield f"the login is for {registry_host(url)}, and the image comes from {wanted}; leave the url out, or correct one of them"


@rule
def image_or_release(state, source, image, release):
    if state == "present" and source == "image" and not image and not release:
        yield "an image must be given, like registry.example.com/team/web:1.4.2, or a release that is kept on the host"


@rule
def compose_source(state, source, name, release, path, repository):
    """A project of Docker Compose comes from one place, and is called as Compose allows."""
    if state != "present" or source != "compose":
        return
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", str(name)):
        yield f"Docker Compose takes no project called {name!r}; its name has lower-case letters, digits, '-' and '_'"
    if path and repository:
        yield "the project comes from a folder or from a repository; give one of them"
    if not path and not repository and not release:
        yield "a folder on the controller or a repository must be given, or a release that is kept on the host"


@rule
def key_fits_repository(repository, key, token):
    """A key is for SSH and a token for HTTPS; where neither is right, it would be shown in plain text or not be used."""
    over_https = str(repository).startswith("https://")
    if repository and token and not over_https:
        yield "a token opens repositories over https:// only; for one over SSH give a key"
    if repository and key and re.match(r"(https?|file)://", str(repository)):
        yield "a key opens repositories over SSH only, like git@github.com:team/shop.git; for one over https:// give a token"
    if re.match(r"[a-z+]+://[^/@]+:[^/@]*@", str(repository)):
        yield "the repository's URL holds a password, which others see while git runs; give it as the token"


@rule
def strategy_fits_proxy(proxy, strategy, state):
    if proxy == "none" and strategy == "blue_green":
        yield "without Caddy nothing can switch between two containers; choose the strategy recreate"
    if proxy == "none" and state == "maintenance":
        yield "without Caddy nothing can answer in place of the app"


@rule
def container_subnet(value):
    network = network_of(value, 4)
    if network is None or not network.is_private or not 8 <= network.prefixlen <= 29:
        yield f"{value!r} is not a private range with room for two containers; write it like 192.168.255.0/24"


@rule
def two_ports(first, second):
    if first == second:
        yield f"the two containers need a port each, and both have {first}"


@rule
def unique(value):
    for each in dict.fromkeys(each for each in value if value.count(each) > 1):
        yield f"{each} is named {value.count(each)} times; once is enough"


@cache
def _regions():
    """The names of all regions that botocore knows, or none without botocore."""
    try:
        from botocore.loaders import Loader
    except ImportError:
        return ()
    # What botocore itself tells a region's partition by. Its lists by service are read from files a hundred times as long.
    partitions = Loader().load_data("partitions")["partitions"]
    return sorted(name for part in partitions for name in part["regions"] if not name.endswith("-global"))


@rule
def registry_login(value):
    if any(each is not None for each in value.values()):
        yield from (f"{key} must be given, too" for key in ("username", "password") if not value.get(key))


@rule
def aws_region(value):
    if not value:
        yield "no region is given; write one like eu-west-3, or set AWS_REGION"
    elif _regions() and value not in _regions():
        close = get_close_matches(str(value), _regions(), n=1)
        hint = f"did you mean {close[0]}?" if close else "write one like eu-west-3"
        yield f"{value!r} is not an AWS region; {hint}"


@rule
def docker_daemon_options(value):
    """What would stop the engine, and what it does not find itself when it checks a daemon.json."""
    if "hosts" in value:
        yield "the key 'hosts' is in conflict with the service's own --host, and the engine would not start; leave it out"
    yield from log_options(value.get("log-opts") or {})


@rule
def log_options(value):
    for key, text in value.items():
        if not isinstance(text, str):
            yield f"the log option {key!r} has the value {text!r}, and the engine wants text; put it in quotes"


MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
CRON_FIELDS = {
    "minutes": (0, 59, ()),
    "hours": (0, 23, ()),
    "day of month": (1, 31, ()),
    "month": (1, 12, MONTHS),
    "day of week": (1, 7, WEEKDAYS),
    "year": (1970, 2199, ()),
}
CRON_SPECIAL = {
    "day of month": r"\?|LW?|([1-9]|[12]\d|3[01])W",
    "day of week": rf"\?|L|([1-7]|{'|'.join(WEEKDAYS)})(L|#[1-5])",
}
SCHEDULES = "write it like cron(0 20 ? * MON-FRI *), rate(12 hours) or at(2027-01-31T20:00:00)"


def _cron_part(text, low, high, names):
    """Whether one part of a list in a field of a cron expression is right."""
    value, slash, step = text.partition("/")
    if slash and (not step.isascii() or not step.isdigit() or int(step) < 1):
        return False
    if value == "*":
        return True
    first, dash, last = value.partition("-")
    numbers = []
    for each in (first, last) if dash else (first,):
        if each.upper() in names:
            numbers.append(names.index(each.upper()) + 1)
        elif each.isascii() and each.isdigit() and low <= int(each) <= high:
            numbers.append(int(each))
        else:
            return False
    return numbers == sorted(numbers)


def _cron_field(label, text):
    if re.fullmatch(CRON_SPECIAL.get(label, "$^"), text.upper()):
        return True
    return all(_cron_part(part, *CRON_FIELDS[label]) for part in text.split(","))


def _cron(text):
    fields = text.split()
    if len(fields) != len(CRON_FIELDS):
        yield f"cron({text}) has {len(fields)} fields; AWS has six: {', '.join(CRON_FIELDS)}; {SCHEDULES}"
        return
    for label, field in zip(CRON_FIELDS, fields):
        if not _cron_field(label, field):
            low, high, names = CRON_FIELDS[label]
            also = f" or {names[0]} to {names[-1]}" if names else ""
            yield f"{field!r} is not right for the {label} of cron({text}); values are {low} to {high}{also}, ranges upwards"
    if (fields[2] == "?") == (fields[4] == "?"):
        yield f"cron({text}) must have a '?' either for the day of month or for the day of week, and in one of them only"


def _is_moment(text):
    try:
        return bool(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return False


@rule
def schedule_expression(value):
    kind, _bracket, rest = str(value).partition("(")
    inner = rest[:-1]
    if kind == "cron" and rest.endswith(")"):
        yield from _cron(inner)
    elif kind == "rate" and rest.endswith(")"):
        if not re.fullmatch(r"(1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))", inner):
            yield f"{value!r} is not a rate; write it like rate(1 day) or rate(12 hours)"
    elif kind != "at" or not rest.endswith(")") or not _is_moment(inner):
        yield f"{value!r} is not a schedule; {SCHEDULES}"


@cache
def _time_zones():
    """The names of all time zones that this machine knows, or none where it has no database of them."""
    return available_timezones()


@rule
def time_zone(value):
    if _time_zones() and value not in _time_zones():
        close = get_close_matches(str(value), sorted(_time_zones()), n=1)
        hint = f"did you mean {close[0]}?" if close else "write one like Europe/Paris or UTC"
        yield f"{value!r} is not a time zone; {hint}"


@rule
def power_schedule(value):
    stop, start = value.get("stop"), value.get("start")
    if not stop and not start:
        yield "says neither when to stop nor when to start; give stop, start or both, or remove the schedule with power_state: absent"
    elif stop == start:
        yield f"stops and starts at the same time, {stop}; give two times"


@rule
def prices(value):
    """Prices in USD, by type of instance (an hour), type of volume (a GiB and month), and ``public_ipv4`` (an hour)."""
    for name, price in value.items():
        known = name in ("public_ipv4", *VOLUME_TYPES) or not list(RULES["instance_type"](name))
        if not known:
            yield f"{name!r} has no price of its own; name an instance type, {', '.join(VOLUME_TYPES)} or public_ipv4"
        if isinstance(price, bool) or not isinstance(price, (int, float)) or not 0 <= price < 1e6:
            yield f"the price of {name} is {price!r}; write a number of USD, like 0.0104"


@rule
def usd(value):
    """An amount of money. AWS takes it as text; a comma or a currency would be refused late."""
    if not re.fullmatch(r"\d{1,12}(\.\d{1,10})?", str(value)) or float(value) <= 0:
        yield f"{value!r} is not an amount; write a number above 0, like 10 or 12.50"


@rule
def usd_or_none(value):
    if not re.fullmatch(r"0+(\.0*)?", str(value)):
        yield from usd(value)


@rule
def email_list(value):
    if len(value) > 10:
        yield f"{len(value)} addresses are given; AWS writes to 10 at most"
    yield from unique(value)


@rule
def budget_notifications(value):
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Notification.html"""
    if len(value) > 10:
        yield f"{len(value)} notifications are given; AWS allows 10"
    seen = set()
    for index, each in enumerate(value):
        label = f"notification {index + 1}"
        if not 0 < each["threshold"] <= 1_000_000:
            yield f"{label}: {each['threshold']:g} is not a threshold; a number above 0, up to 1000000, is"
        same = tuple(
            each.get(key) for key in ("notification_type", "threshold", "threshold_type", "comparison_operator")
        )
        if same in seen:
            yield f"{label} is there already; once is enough"
        seen.add(same)


@rule
def somebody_is_told(state, emails, topic, notifications):
    """AWS takes no notification that nobody gets."""
    if state == "absent" or emails or topic:
        return
    for index, each in enumerate(notifications):
        if not each.get("emails") and not each.get("sns_topic_arn"):
            yield f"nobody would get notification {index + 1}; give emails or a topic"


# Where sshd listens is nothing that a file of options should change unasked, and the rest is no plain option.
_NOT_FOR_SSHD = ("port", "listenaddress", "addressfamily", "hostkey", "include", "match", "subsystem")


@rule
def sshd_options(value):
    for key, text in value.items():
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", str(key)):
            yield f"{key!r} is not a keyword of sshd_config; one is written like MaxAuthTries"
        elif key.lower() in _NOT_FOR_SSHD:
            yield f"the keyword {key!r} is not the role's to set; write it in a file of your own in /etc/ssh/sshd_config.d"
        elif isinstance(text, dict) or any("\n" in str(each) for each in (text if isinstance(text, list) else [text])):
            yield f"the value of {key} is not one line of text; write it like in sshd_config, or as a list of words"


@rule
def sysctl_options(value):
    """Containers need forwarding, bridges that the firewall sees, user namespaces, and more than one path for a packet."""
    needed = r"net\.ipv4\.ip_forward|net\.bridge\..*|net\.ipv[46]\.conf\..*\.(forwarding|mc_forwarding)|user\.max_.*_namespaces"
    for key, number in value.items():
        if not re.fullmatch(r"[a-z0-9_]+([.][A-Za-z0-9_/-]+)+", str(key)):
            yield f"{key!r} is not a kernel parameter; one is written like kernel.kptr_restrict"
        elif re.fullmatch(needed, key):
            yield f"the parameter {key} is what containers reach the network by; leave it to the engine"
        elif key.endswith(".rp_filter") and str(number) == "1":
            yield f"the parameter {key} may not be 1, which drops what containers send over a second path; 2 is safe"
        elif isinstance(number, (bool, dict, list)) or (
            number is not None and not re.fullmatch(r"[^\n]+", str(number))
        ):
            yield f"the value of {key} is not a number or a word"


# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


@rule
def agent_logs(value):
    """Log files that the CloudWatch agent follows: where they are, where they go to, and for how long."""
    kept = {}
    for index, each in enumerate(value):
        group, days, label = str(each["log_group_name"]), each["retention_in_days"], f"log {index + 1}"
        if not str(each["file_path"]).startswith("/"):
            yield f"{label}: {each['file_path']!r} is not a path; write an absolute one, like /var/log/caddy/access.log"
        if not re.fullmatch(r"[.\-_/#A-Za-z0-9]{1,512}", group) or group.startswith("aws/"):
            yield f"{label}: {group!r} is not a log group; write it like /landfall/shop-prod/app"
        if re.search(r"[:*]", str(each.get("log_stream_name") or "")):
            yield f"{label}: {each['log_stream_name']!r} is not a log stream; its name has neither ':' nor '*'"
        if days == -1:
            yield f"{label}: the lines would be kept, and paid for, for ever; choose one of {_listed(RETENTIONS)} days"
        elif days not in RETENTIONS:
            yield f"{label}: CloudWatch can't keep lines for {days} days; choose one of {_listed(RETENTIONS)}"
        elif kept.setdefault(group, days) != days:
            yield f"{label}: the group {group} can't keep lines for {days} and for {kept[group]} days; choose one of them"


def _listed(values):
    return ", ".join(str(value) for value in values)


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
RULES["bucket_name"] = _matches(
    r"(?!xn--|sthree-|amzn-s3-demo-)(?!.*(-s3alias|--ol-s3|--x-s3|--table-s3)$)(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)"
    r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "a bucket's name has 3 to 63 lower-case letters, digits, '.' and '-', starts and ends with a letter or digit, and is no address",
)
RULES["days"] = _between(1, 36500, "a number of days")
RULES["lambda_name"] = _matches(
    r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}",
    "a function's name has 1 to 63 letters, digits, '_' and '-', and starts with a letter or digit",
)
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
RULES["python_runtime"] = _matches(r"python3\.(9|[1-9]\d)", "a runtime of Python is written like python3.13")
RULES["lambda_memory"] = _between(128, 10240, "a function's memory in MB")
RULES["lambda_timeout"] = _between(1, 900, "a function's time in seconds")
RULES["alarm_threshold"] = _between(-1, 1_000_000, "a number of errors, -1 for no alarm")


@rule
def log_retention(value):
    if str(value) not in map(str, RETENTIONS):
        yield f"CloudWatch can't keep lines for {value} days; choose one of {_listed(RETENTIONS)}"
