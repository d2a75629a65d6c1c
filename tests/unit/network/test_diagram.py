# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The picture of a network, measured: nothing overlaps, nothing overflows, and each line leads from and to what it should."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import HealthCheck, given, settings

from ansible_collections.landfall.aws.plugins.module_utils.network import diagram, rounds
from ansible_collections.landfall.aws.plugins.module_utils.network.spec import Spec
from ansible_collections.landfall.aws.plugins.module_utils.svg import width
from tests.unit.network.account import tag_list
from tests.unit.network.described import described, specs
from tests.unit.network.example_picture import FILE, example
from tests.unit.picture import SVG, Picture, Rect, along, contrast

OWN = {"name": "shop-prod", "project": "shop", "environment": "prod"}
GROUPS = (
    {"name": "bastion", "ingress": [{"from_port": 22, "cidrs": ["203.0.113.7/32"]}]},
    {
        "name": "alb",
        "ingress": [{"from_port": 443, "cidrs": ["0.0.0.0/0", "::/0"]}],
        "egress": [{"from_port": 8000, "groups": ["app"]}],
    },
    {
        "name": "app",
        "ingress": [
            {"from_port": 8000, "groups": ["alb"]},
            {"from_port": 22, "groups": ["bastion"]},
            {"protocol": "all", "groups": ["app"]},
        ],
    },
    {"name": "data", "ingress": [{"from_port": 5432, "groups": ["app", "bastion"]}], "egress": []},
    {"name": "cache", "ingress": [{"from_port": 6379, "groups": ["app"]}]},
)
ACL = {
    "ingress": [{"rule_number": 100, "protocol": "all", "cidr": "10.0.0.0/16"}],
    "egress": [{"rule_number": 100, "from_port": 1024, "to_port": 65535, "cidr": "10.0.0.0/16"}],
}
TWELVE = Spec(
    **OWN,
    tiers=({"name": "public"}, {"name": "private"}, {"name": "data", "network_acl": ACL}),
    az_count=4,
    nat="per_az",
    security_groups=GROUPS,
    gateway_endpoints=("s3", "dynamodb"),
    interface_endpoints=("ecr.api", "ecr.dkr", "logs"),
    peerings=(
        {"name": "hub", "peer_vpc_id": "vpc-0123456789abcdef0", "peer_cidr": "10.9.0.0/16", "tiers": ["private"]},
    ),
    flow_logs=True,
)
SIX = Spec(**OWN, tiers=(*TWELVE.tiers[:2], {"name": "web", "internet": "gateway"}), az_count=2, nat="shared")
LONG = "somebody's <b>test</b> & \u202e\x07 very " + "long " * 40 + "名前" * 20


def read(account, spec):
    return rounds.read(account, spec, "absent")


def with_strangers(spec):
    """An account where others have put something of theirs into the VPC."""
    account = described(spec)
    account.subnets.append(
        {
            "SubnetId": "subnet-0fedcba9876543210",
            "CidrBlock": "10.0.250.0/24",
            "AvailabilityZone": "eu-west-3f",
            "MapPublicIpOnLaunch": False,
            "Tags": tag_list({"Name": LONG}),
        }
    )
    ids = {each["GroupName"]: each["GroupId"] for each in account.security_groups}
    ranges = [{"CidrIp": f"10.{number}.0.0/16"} for number in range(9)]
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": ranges}
    pairs = [{"GroupId": ids["shop-prod-data"]}, {"GroupId": "sg-0ffffffffffffffff", "VpcId": "vpc-0f"}]
    account.security_groups.append(
        {
            "GroupId": "sg-0aaaaaaaaaaaaaaaa",
            "GroupName": LONG,
            "Description": LONG,
            "IpPermissions": [{**permission, "UserIdGroupPairs": pairs}],
            "IpPermissionsEgress": [],
        }
    )
    # And a circle: data may talk to alb.
    alb = next(each for each in account.security_groups if each["GroupName"] == "shop-prod-alb")
    back = {"IpProtocol": "tcp", "FromPort": 9000, "ToPort": 9010, "UserIdGroupPairs": pairs[:1]}
    alb["IpPermissions"].append(back)
    return account


ACCOUNTS = {
    "one subnet": lambda: (described(Spec(**OWN)), Spec(**OWN)),
    "a shared NAT gateway": lambda: (described(SIX), SIX),
    "twelve subnets": lambda: (described(TWELVE), TWELVE),
    "strangers": lambda: (with_strangers(TWELVE), TWELVE),
}


def assert_clear(picture):
    """Nothing overlaps, nothing overflows."""
    paper = Rect(0, 0, picture.wide, picture.high)
    for one, other in itertools.combinations(picture.rects, 2):
        assert one.apart(other) or one.inside(other) or other.inside(one), (one, other)
    for rect in picture.rects:
        assert rect.inside(paper), rect
    for place, text in picture.texts:
        assert place.inside(paper), text
        holder = picture.holder(place)
        assert holder is None or place.inside(holder), (text, place, holder)
    for (one, text), (other, more) in itertools.combinations(picture.texts, 2):
        assert one.apart(other), (text, more)
    for line in (each for part in ("ways", "beside", "gateway", "talk") for each in picture.points(part)):
        for x, y in along(line):
            assert paper.has(x, y), line
            crossed = [text for place, text in picture.texts if place.has(x, y)]
            assert not crossed, (crossed, line)
    cards = [each for each in picture.rects if each.kind.startswith(("card", "source"))]
    for line in picture.points("talk"):
        for x, y in along(line):
            assert not [each for each in cards if each.has(x, y)], line
    for line in picture.points("ways"):
        # Into the subnet whose NAT gateway it leads to.
        to_x, to_y = line[-1]
        around = [each for each in cards if each.has(to_x - 1, to_y)]
        for x, y in along(line):
            assert not [each for each in cards if each.has(x, y) and each not in around], line


@pytest.fixture(scope="module", params=ACCOUNTS)
def picture(request):
    return Picture(diagram.draw(read(*ACCOUNTS[request.param]())))


def drawn(account, spec=TWELVE):
    return Picture(diagram.draw(read(account, spec)))


def test_nothing_overlaps_and_nothing_overflows(picture):
    assert_clear(picture)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(specs())
def test_whatever_the_network_is_like(spec):
    account = described(spec)
    picture = drawn(account, spec)
    assert_clear(picture)
    for subnet in account.subnets:
        assert picture.boxes(subnet["CidrBlock"])


# As DejaVu Sans and DejaVu Sans Bold are, in parts of the size.
@pytest.mark.parametrize(
    ("text", "regular", "bold"),
    [
        ("shop-prod-public-eu-west-3a", 14.351, 16.255),
        ("10.0.100.0/24", 7.017, 7.767),
        ("MMWWww@%", 7.289, 8.046),
        ("vpc-0123456789abcdef0", 12.535, 13.842),
        ("2001:db8:1234:1a00::/56", 12.811, 14.212),
        ("Network ACL → …", 8.906, 9.79),
        ("Größe, Œuvre, Ω", 8.4, 9.407),
        ("".join(map(chr, range(33, 127))), 56.41, 62.268),
    ],
)
def test_a_text_is_not_wider_than_was_reckoned(text, regular, bold):
    assert regular * 12 <= width(text, 12) <= regular * 12 * 1.3
    assert bold * 12 <= width(text, 12, bold=True) <= bold * 12 * 1.3


def test_the_same_network_gives_the_same_bytes():
    """In whatever order AWS lists it."""
    account = with_strangers(TWELVE)
    first = diagram.draw(read(account, TWELVE))
    assert first == diagram.draw(read(account, TWELVE))
    for kind in account.KINDS:
        getattr(account, kind).reverse()
    for table in account.route_tables:
        table["Routes"].reverse()
    for group in account.security_groups:
        group["IpPermissions"].reverse()
    assert first == diagram.draw(read(account, TWELVE))


def test_it_takes_fourteen_calls():
    spec = Spec(**OWN, peerings=({},))
    account = described(Spec(**OWN))
    rounds.read(account, spec)
    assert len(account.calls) == 14


def test_it_needs_nothing_else_and_does_nothing():
    text = diagram.draw(read(*ACCOUNTS["strangers"]()))
    assert text.count("://") == text.count('xmlns="http://www.w3.org/2000/svg"') == 1
    for word in ("<script", "href", "url(", "@import", "@font-face", "<image", "<foreignObject", "onload", "<b>"):
        assert word not in text


def test_zones_are_columns_and_tiers_are_rows():
    picture = drawn(described(TWELVE))
    rows = [[f"10.0.{8 * tier + zone}.0/24" for zone in range(4)] for tier in range(3)]
    boxes = [[picture.box(cidr) for cidr in row] for row in rows]
    for row in boxes:
        assert len({box.y for box in row}) == 1
        assert [box.x for box in row] == sorted(box.x for box in row)
    for column in zip(*boxes, strict=True):
        assert len({box.x for box in column}) == 1
        assert [box.y for box in column] == sorted(box.y for box in column)
    for place, zone in enumerate("abcd"):
        zone_box = picture.box(f"eu-west-3{zone}")
        assert all(row[place].inside(zone_box) for row in boxes)
    for tier, row in zip(("public", "private", "data"), boxes, strict=True):
        label = next(place for place, text in picture.texts if text == tier and place.x < row[0].x)
        assert row[0].y <= label.bottom <= row[0].bottom


def ways(picture):
    """{the subnet's range: the texts of the box that its line leads to}"""
    found = {}
    for line in picture.points("ways"):
        (x, y), (to_x, to_y) = line[0], line[-1]
        subnet = min((each for each in picture.rects if each.has(x + 1, y)), key=lambda each: each.right - each.x)
        touched = [each for each in picture.rects if each.has(to_x + 1, to_y) or each.has(to_x, to_y - 1)]
        end = min(touched, key=lambda each: (each.right - each.x) * (each.bottom - each.y))
        found.setdefault(picture.words(subnet)[0], []).append(end)
    return found


def test_each_zone_goes_out_through_its_own_nat_gateway():
    picture = drawn(described(TWELVE))
    found = ways(picture)
    assert sorted(found) == sorted(f"10.0.{8 * tier + zone}.0/24" for tier in (0, 1) for zone in range(4))
    for zone in range(4):
        (gateway,) = found[f"10.0.{zone}.0/24"]
        assert picture.words(gateway)[0] == "Internet gateway"
        (nat,) = found[f"10.0.{8 + zone}.0/24"]
        assert picture.words(nat)[0] == "NAT gateway"
        assert nat.inside(picture.box(f"10.0.{zone}.0/24"))
        assert "no way to the internet" in picture.words(picture.box(f"10.0.{16 + zone}.0/24"))


def test_a_shared_nat_gateway_is_where_all_zones_go_out():
    picture = drawn(described(SIX), SIX)
    found = ways(picture)
    for cidr in ("10.0.8.0/24", "10.0.9.0/24"):
        (nat,) = found[cidr]
        assert nat.inside(picture.box("10.0.0.0/24"))
    assert "→ NAT gateway" in picture.words(picture.box("10.0.8.0/24"))
    assert "→ NAT gateway in eu-west-3a" in picture.words(picture.box("10.0.9.0/24"))


def test_a_gateway_that_is_gone_is_said_to_be():
    account = described(TWELVE)
    for table in account.route_tables:
        for route in table["Routes"]:
            route["State"] = "blackhole" if "NatGatewayId" in route else "active"
    account.nat_gateways.clear()
    picture = drawn(account)
    assert "→ NAT gateway, which is gone" in picture.words(picture.box("10.0.8.0/24"))
    assert "10.0.8.0/24" not in ways(picture)
    assert_clear(picture)


def test_a_subnet_without_a_route_table_has_the_main_one():
    account = described(TWELVE)
    main = next(each for each in account.route_tables if each["Associations"][0].get("Main"))
    for table in account.route_tables:
        table["Associations"] = [each for each in table["Associations"] if each.get("Main")]
    gateway = account.internet_gateways[0]["InternetGatewayId"]
    main["Routes"].append({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway, "State": "active"})
    picture = drawn(account)
    assert "↔ Internet gateway" in picture.words(picture.box("10.0.16.0/24"))


def test_what_a_subnet_has_is_in_its_box():
    picture = drawn(described(TWELVE))
    assert "Endpoints: ecr.api, ecr.dkr, logs" in picture.words(picture.box("10.0.8.0/24"))
    assert "Network ACL: data" in picture.words(picture.box("10.0.16.0/24"))
    assert not any(text.startswith("Network ACL") for text in picture.words(picture.box("10.0.8.0/24")))
    assert "public-eu-west-3a" in picture.words(picture.box("10.0.0.0/24"))


def test_what_the_vpc_is_joined_to_is_beside_it():
    picture = drawn(described(TWELVE))
    vpc = next(each for each in picture.rects if each.kind == "vpc")
    peering = picture.box("Peering")
    assert peering.x > vpc.right
    assert picture.words(peering) == ["Peering", "hub", "vpc-0123456789abcdef0", "10.9.0.0/16", "from private"]
    assert "from every subnet" in picture.words(picture.box("Gateway endpoint", "s3"))
    assert "10.0.0.0/16 · flow logs of all traffic · DNS names on" in [text for _place, text in picture.texts]


def test_a_peering_without_a_route_is_there_all_the_same():
    account = described(TWELVE)
    for table in account.route_tables:
        table["Routes"] = [each for each in table["Routes"] if "VpcPeeringConnectionId" not in each]
    account.peerings[0]["Status"]["Code"] = "pending-acceptance"
    picture = drawn(account)
    words = picture.words(picture.box("Peering"))
    assert words[-2:] == ["state pending-acceptance", "no route leads there"]


def talk(picture):
    """{(the talker's name, the line of the listener's card, the listener's name)}"""
    cards = [each for each in picture.rects if each.kind.startswith(("card", "source"))]
    found = set()
    for line in picture.points("talk"):
        (x, y), (to_x, to_y) = line[0], line[-1]
        talker = next(each for each in cards if abs(each.right - x) < 0.2 and each.y < y < each.bottom)
        listener = next(each for each in cards if abs(each.x - to_x - 6) < 0.2 and each.y < to_y < each.bottom)
        rule = next(text for place, text in picture.texts if place.inside(listener) and place.y < to_y < place.bottom)
        found.add((picture.words(talker)[0], rule, picture.words(listener)[0]))
    return found


def test_a_line_leads_from_who_may_talk_to_who_listens():
    picture = drawn(described(TWELVE))
    assert talk(picture) == {
        ("203.0.113.7/32", "tcp 22 from 203.0.113.7/32", "bastion"),
        ("anywhere", "tcp 443 from anywhere", "alb"),
        ("this VPC", "tcp 443 from this VPC", "endpoints"),
        ("alb", "tcp 8000 from alb", "app"),
        ("bastion", "tcp 22 from bastion", "app"),
        ("app", "tcp 5432 from app", "data"),
        ("bastion", "tcp 5432 from bastion", "data"),
        ("app", "tcp 6379 from app", "cache"),
    }
    assert "all traffic from itself" in picture.words(picture.box("app", "tcp 22 from bastion"))
    assert "out: tcp 8000 to app" in picture.words(picture.box("alb", "tcp 443 from anywhere"))
    assert "out: nothing" in picture.words(picture.box("data", "tcp 5432 from app"))
    assert not picture.boxes("default")


def test_a_line_goes_around_what_stands_between():
    """Each group of a chain hears the one before it and the first one, and the last one answers all."""
    names = ["first", "second", "third", "fourth", "fifth", "sixth with a longer name"]
    groups = [{"name": name, "ingress": []} for name in names]
    for number, group in enumerate(groups[1:], 1):
        group["ingress"] += [{"from_port": 80, "groups": [names[number - 1]]}, {"from_port": 90, "groups": [names[0]]}]
        group["ingress"] += [{"from_port": 99, "cidrs": ["192.0.2.0/24", "198.51.100.0/24"]}]
    for group in groups[:-1]:
        group["ingress"].append({"from_port": 100, "groups": [names[-1]]})
    picture = drawn(described(Spec(**OWN, security_groups=tuple(groups))), Spec(**OWN))
    assert_clear(picture)
    found = talk(picture)
    for before, name in itertools.pairwise(names):
        assert {(before, f"tcp 80 from {before}", name), ("first", "tcp 90 from first", name)} <= found
        assert (names[-1], f"tcp 100 from {names[-1]}", before) in found


def test_what_is_not_ours_is_drawn_too_and_told_apart():
    picture = drawn(with_strangers(TWELVE))
    subnet = picture.box("10.0.250.0/24")
    assert subnet.kind == "card unmanaged"
    assert "unmanaged, without our tags" in picture.words(subnet)
    assert subnet.inside(picture.box("eu-west-3f"))
    assert picture.box("10.0.0.0/24").kind == "card"
    group = picture.box("tcp 22 from 9 ranges")
    assert group.kind == "card unmanaged"
    found = talk(picture)
    name = picture.words(group)[0]
    assert ("data", "tcp 22 from data", name) in found
    assert ("9 ranges", "tcp 22 from 9 ranges", name) in found
    assert ("sg-0ffffffffffffffff", "tcp 22 from sg-0ffffffffffffffff", name) in found
    assert ("data", "tcp 9000-9010 from data", "alb") in found  # in a circle
    assert "and 6 more" in picture.words(picture.box("9 ranges"))
    assert "without our tags, so landfall.aws never changes it" in [text for _place, text in picture.texts]


def test_what_has_no_box_of_its_own_is_told_apart_by_a_word():
    account = described(TWELVE)
    for each in (*account.network_acls, *account.vpc_endpoints):
        each["Tags"] = []
    picture = drawn(account)
    words = " ".join(picture.words(picture.box("10.0.8.0/24")))
    assert "ecr.api (unmanaged), ecr.dkr (unmanaged), logs (unmanaged)" in words
    acl = account.network_acls[1]["NetworkAclId"]
    words = picture.words(picture.box("10.0.16.0/24"))
    assert any(each.startswith(f"Network ACL, unmanaged: {acl[:8]}") for each in words)
    assert "unmanaged, without our tags" in picture.words(picture.box("Gateway endpoint", "s3"))
    assert_clear(picture)


def test_another_way_out_is_beside_the_vpc():
    account = described(TWELVE)
    target = {"TransitGatewayId": "tgw-0123456789abcdef0", "State": "active", "Origin": "CreateRoute"}
    for table in account.route_tables:
        if {"Key": "Tier", "Value": "data"} in table.get("Tags", []):
            for destination in ({"PrefixListId": "pl-0a"}, {"CidrBlock": "0.0.0.0/0"}, {"CidrBlock": "172.16.0.0/12"}):
                ((key, value),) = destination.items()
                table["Routes"].append({f"Destination{key}": value, **target})
    picture = drawn(account)
    words = ["Transit gateway", target["TransitGatewayId"], "everything", "172.16.0.0/12", "pl-0a", "from data"]
    assert picture.words(picture.box("Transit gateway")) == words
    assert picture.box("10.0.16.0/24", "→ Transit gateway")
    assert_clear(picture)


def test_an_opened_default_group_is_shown():
    account = described(TWELVE)
    default = next(each for each in account.security_groups if each["GroupName"] == "default")
    open_ = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    default["IpPermissions"] = [open_]
    assert ("anywhere", "all traffic from anywhere", "default") in talk(drawn(account))


def test_names_are_cut_off_but_said_in_full():
    text = diagram.draw(read(with_strangers(TWELVE), TWELVE))
    picture = Picture(text)
    assert any(
        each.startswith("somebody's <b>test") and each.endswith("…")
        for each in picture.words(picture.box("10.0.250.0/24"))
    )
    titles = [each.text for each in picture.root.iter(f"{SVG}title")]
    assert any("long long long" in each and each.count("名前") == 20 for each in titles)
    assert "\u202e" not in text
    assert "\x07" not in text


def test_a_vpc_without_anything_can_be_drawn():
    account = described(Spec(**OWN))
    account.subnets, account.internet_gateways = [], []
    account.route_tables = account.route_tables[:1]
    picture = drawn(account, Spec(**OWN))
    assert picture.boxes("No internet gateway")
    assert_clear(picture)


def test_it_says_in_words_what_it_shows():
    root = Picture(diagram.draw(read(described(TWELVE), TWELVE))).root
    assert root.get("role") == "img"
    said = {each.get("id"): each.text for each in root if each.get("id")}
    assert set(root.get("aria-labelledby").split()) == set(said) == {"title", "desc"}
    assert said["title"] == "Network shop-prod"
    assert "Subnet 10.0.8.0/24 private-eu-west-3a in eu-west-3a, private: NAT gateway." in said["desc"]
    assert "Security group app: all traffic from itself; tcp 22 from bastion; tcp 8000 from alb" in said["desc"]


def test_the_picture_in_the_documentation_is_that_of_the_example():
    """Otherwise: python -m tests.unit.network.example_picture"""
    text = FILE.read_text(encoding="utf-8")
    assert text == example()
    picture = Picture(text)
    assert_clear(picture)
    assert ("bastion", "tcp 22 from bastion", "web") in talk(picture)


@pytest.mark.parametrize("paper", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_on_what_is_behind_it(paper):
    def fill(selector):
        return re.search("fill:(#[0-9a-f]{6})", diagram.PAPER[selector][paper]).group(1)

    behind = [fill(f"rect.{each}") for each in ("paper", "vpc", "zone", "card", "source")]
    for text in (fill("text"), fill("text.muted")):
        assert all(contrast(text, each) >= 4.5 for each in behind)
    for kind in ("gateway", "nat", "other", "broken", "none"):
        assert contrast(diagram.COLORS[kind][paper], fill("rect.card")) >= 4.5, kind
