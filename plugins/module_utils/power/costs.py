# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What instances cost while they run and while they are stopped, as numbers and as a table. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.landfall.aws.plugins.module_utils.power.canonical import name_of, passing_address
from ansible_collections.landfall.aws.plugins.module_utils.power.prices import AS_OF, HOURS, price_list

HEAD = ("NAME", "INSTANCE", "STATE", "WHAT", "RUNNING", "STOPPED")
RUNNING_STATES = ("pending", "running")
# What a gp3 volume has without paying for more.
FREE_IOPS, FREE_THROUGHPUT = 3000, 125


@dataclass(frozen=True)
class Item:
    """One thing that AWS charges for."""

    what: str
    price: float | None  # USD a month; None where it is not known
    key: str  # its name in the price list
    while_stopped: bool
    resource: str = ""


def items_of(instance, live, prices):
    """What an instance is charged for: first itself, then what stays when it stops."""
    kind = instance["InstanceType"]
    found = [Item(kind, _an_hour(kind, prices), kind, False, instance["InstanceId"])]
    for volume in live.volumes_of(instance):
        found.append(_volume(volume, prices))
    found += [_elastic_ip(address["PublicIp"], prices) for address in live.elastic_ips_of(instance)]
    public = passing_address(instance, live)
    if public:
        found.append(Item(f"address {public}", _an_hour("public_ipv4", prices), "public_ipv4", False, public))
    return found


def _an_hour(key, prices):
    return prices[key] * HOURS if key in prices else None


def _elastic_ip(address, prices):
    return Item(f"Elastic IP {address}", _an_hour("public_ipv4", prices), "public_ipv4", True, address)


def _volume(volume, prices):
    kind, size = volume["VolumeType"], volume["Size"]
    iops, throughput = volume.get("Iops") or 0, volume.get("Throughput") or 0
    # What is paid by operations is not in the list.
    extra = kind in ("io1", "io2") or (kind == "gp3" and (iops > FREE_IOPS or throughput > FREE_THROUGHPUT))
    what = f"{size} GiB {kind}" + (f", {iops} IOPS" if extra else "")
    price = None if extra or kind not in prices else prices[kind] * size
    return Item(what, price, f"{kind} with {iops} IOPS" if extra else kind, True, volume["VolumeId"])


def costs(live, region, own_prices=None):
    """What a report is made of."""
    prices = price_list(region, own_prices)
    instances = []
    for instance in live.instances:
        items = items_of(instance, live, prices)
        instances.append(
            {
                "name": name_of(instance),
                "instance_id": instance["InstanceId"],
                "state": instance["State"]["Name"],
                "instance_type": instance["InstanceType"],
                "public_ip": instance.get("PublicIpAddress", ""),
                "elastic_ip": bool(live.elastic_ips_of(instance)),
                "items": items,
                "usd_running": _sum(items),
                "usd_stopped": _sum(item for item in items if item.while_stopped),
            }
        )
    loose = [_elastic_ip(address["PublicIp"], prices) for address in live.loose_addresses]
    items = [item for each in instances for item in each["items"]] + loose
    extra = _sum(loose)
    return {
        "instances": instances,
        "loose": loose,
        "usd_running": sum(each["usd_running"] for each in instances) + extra,
        "usd_stopped": sum(each["usd_stopped"] for each in instances) + extra,
        "usd_now": extra
        + sum(each["usd_running" if each["state"] in RUNNING_STATES else "usd_stopped"] for each in instances),
        "unknown": sorted({item.key for item in items if item.price is None}),
    }


def _sum(items):
    return sum(item.price or 0 for item in items)


def _usd(amount):
    return "?" if amount is None else f"{amount:.2f}"


def report(found, spec, region):
    """The table and what is to be known of it, in lines."""
    where = f"{spec.project} {spec.environment} in {region}"
    if not found["instances"] and not found["loose"]:
        return [f"{where}: no instance of ours"]
    rows = []
    for each in found["instances"]:
        for index, item in enumerate(each["items"]):
            first = (each["name"], each["instance_id"], each["state"]) if index == 0 else ("", "", "")
            rows.append((*first, item.what, _usd(item.price), _usd(item.price) if item.while_stopped else "-"))
    rows += [("", "", "not attached", item.what, _usd(item.price), _usd(item.price)) for item in found["loose"]]
    rows.append(("", "", "", "USD a month", _usd(found["usd_running"]), _usd(found["usd_stopped"])))
    return [f"{where}: {_states(found['instances'])}", *_table([HEAD, *rows]), *_about(found, region)]


def _states(instances):
    states = [each["state"] for each in instances]
    counted = [f"{states.count(state)} {state}" for state in dict.fromkeys(sorted(states))]
    return ", ".join(counted) or "no instance"


def _table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column > 3 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _about(found, region):
    for each in found["instances"]:
        if each["public_ip"] and not each["elastic_ip"]:
            yield (
                f"{each['name']} has the address {each['public_ip']} until it stops, and another when it starts. DNS records have to "
                "follow it then; an Elastic IP would stay."
            )
    least = "at least " if found["unknown"] else ""
    yield f"As things stand: {least}{found['usd_now']:.2f} USD a month."
    yield (
        f"Estimated from AWS's list prices of {AS_OF} (Linux, on demand, {HOURS} hours a month, without tax, discounts and free "
        "tier) and power_prices. Traffic, snapshots and everything else of the project come on top."
    )
    if found["unknown"]:
        yield f"No price is known in {region} for {', '.join(found['unknown'])}: power_prices takes it."


def numbers(found):
    """The same for programs: without the items, rounded to cents."""
    instances = [{key: value for key, value in each.items() if key != "items"} for each in found["instances"]]
    return {
        "instances": [_rounded(each) for each in instances],
        "unknown": found["unknown"],
        **_rounded({key: value for key, value in found.items() if key.startswith("usd_")}),
    }


def _rounded(values):
    return {key: round(value, 2) if key.startswith("usd_") else value for key, value in values.items()}
