# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit as one report: as data, as a table, and as a page. Pure."""

from __future__ import annotations

import textwrap
from decimal import Decimal

from ansible_collections.landfall.aws.plugins.module_utils.audit.judge import SEVERITIES, judge
from ansible_collections.landfall.aws.plugins.module_utils.power import canonical as power
from ansible_collections.landfall.aws.plugins.module_utils.power import costs as power_costs
from ansible_collections.landfall.aws.plugins.module_utils.power.plan import Spec
from ansible_collections.landfall.aws.plugins.module_utils.power.prices import AS_OF
from ansible_collections.landfall.aws.plugins.module_utils.tags import carries

WIDTH = 112  # callbacks indent what they show; with that it stays within 120 columns
HEAD = ("SEVERITY", "WHERE", "FOUND")
EVERYWHERE = "account"


def report(found, wanted):
    """The audit as data."""
    checks, findings = judge(found, wanted)
    credentials = found.get(("credential_report", ""))
    return {
        "account_id": found["identity", ""]["Account"],
        "project": wanted.project,
        "environment": wanted.environment,
        "regions": list(wanted.regions),
        "at": wanted.at.isoformat(timespec="minutes"),
        "credentials_at": credentials["at"] if isinstance(credentials, dict) else "",
        "max_key_age": wanted.max_key_age,
        "checks": checks,
        "findings": [each.as_dict() for each in findings],
        "summary": {
            **{severity: sum(each.severity == severity and each.read for each in findings) for severity in SEVERITIES},
            "unread": sum(not each.read for each in findings),
        },
        "costs": booked(found.get(("costs", "")), wanted) if wanted.costs else None,
        "running": running(found, wanted),
    }


def booked(groups, wanted):
    """What AWS has booked under the project this month, the dearest service first. None where it can't be read."""
    if not isinstance(groups, list):
        return None
    services, unit = {}, "USD"
    for group in groups:
        (service,), amount = group["Keys"], group["Metrics"]["UnblendedCost"]
        services[service] = services.get(service, Decimal(0)) + Decimal(amount["Amount"])
        unit = amount["Unit"]
    listed = [{"service": name, "amount": _money(amount)} for name, amount in services.items()]
    return {
        "since": wanted.period["Start"],
        "currency": unit,
        "total": _money(sum(services.values(), Decimal(0))),
        "services": sorted(listed, key=lambda each: (-each["amount"], each["service"])),
    }


def _money(amount):
    return float(round(amount, 2))


def running(found, wanted):
    """What our instances, disks and addresses cost in a month, and what of it would remain if all were stopped."""
    whole = [_of_region(found, wanted, region) for region in wanted.regions]
    known = [each for each in whole if each is not None]
    sums = {key: round(sum(each[key] for each in known), 2) for key in ("usd_now", "usd_running", "usd_stopped")}
    return {
        **sums,
        "as_of": AS_OF,
        "unknown": sorted({what for each in known for what in each["unknown"]}),
        "unread": [region for region, each in zip(wanted.regions, whole) if each is None],
        "instances": [each for one in known for each in one["instances"]],
    }


def _of_region(found, wanted, region):
    answers = [found.get((source, region), []) for source in ("instances", "addresses", "volumes")]
    if any(isinstance(each, Exception) for each in answers):
        return None
    instances, addresses, volumes = answers
    ours = {"Instances": [each for each in instances if carries(each, wanted.ours)], "OwnerId": ""}
    spec = Spec("unchanged", "audit", wanted.project, wanted.environment)
    live = power.power({"reservations": [ours], "addresses": addresses}, spec)
    live.volumes = volumes
    return power_costs.numbers(power_costs.costs(live, region, wanted.prices))


def table(data, width=WIDTH):
    """The report as a person reads it in a terminal. A line of a remedy that starts in lower case is a command."""
    lines = [f"{data['project']} {data['environment']}: account {data['account_id']}, {', '.join(data['regions'])}"]
    rows = [
        (each["severity"] if each["read"] else "unread", each["region"] or EVERYWHERE, each)
        for each in data["findings"]
    ]
    if rows:
        first, second = (max(len(HEAD[column]), *(len(row[column]) for row in rows)) for column in (0, 1))
        room = width - first - second - 4
        lines += ["", _line(HEAD, first, second), _line(("-" * first, "-" * second, "-" * room), first, second)]
        for severity, where, each in rows:
            cell = list(_cell(each, room))
            shown = severity.upper() if severity == "high" else severity
            lines.append(_line((shown, where, cell[0]), first, second))
            lines += [_line(("", "", line), first, second) for line in cell[1:]]
    return "\n".join([*lines, "", sentence(data), *money(data)])


def sentence(data):
    """How it stands, in words."""
    checks, summary = data["checks"], data["summary"]
    well = sum(each["result"] == "ok" for each in checks)
    parts = [f"{summary[severity]} {severity}" for severity in SEVERITIES if summary[severity]]
    parts += [f"{summary['unread']} could not be read"] if summary["unread"] else []
    count = f"{len(checks)} checks, {well} of them well"
    return f"{count}; {', '.join(parts)}." if parts else f"{len(checks)} checks: all is well."


def money(data):
    """What it costs, in lines."""
    costs, now = data["costs"], data["running"]
    if costs:
        yield ""
        width = max((len(each["service"]) for each in costs["services"]), default=0)
        for each in costs["services"]:
            yield f"{each['service']:<{width}}  {each['amount']:>9.2f} {costs['currency']}"
        yield f"Booked under Project={data['project']} since {costs['since']}: {costs['total']:.2f} {costs['currency']}."
    yield running_sentence(now)
    if now["unread"]:
        yield f"Without {', '.join(now['unread'])}, which could not be read."


def running_sentence(now):
    least = "at least " if now["unknown"] else ""
    text = (
        f"Instances, disks and addresses as things stand: {least}{now['usd_now']:.2f} USD a month; all running "
        f"{now['usd_running']:.2f}, all stopped {now['usd_stopped']:.2f} (list prices of {now['as_of']})."
    )
    return text + (f" No price is known for {', '.join(now['unknown'])}." if now["unknown"] else "")


def _cell(finding, room):
    yield from _wrap(f"{finding['resource']} {finding['found']}", room)
    for line in finding["remedy"].splitlines():
        # A command is left whole, however long it is, so that it can be copied.
        yield from [f"=> {line}"] if line[:1].islower() else _wrap(line, room, "=> ", "   ")


def _wrap(text, room, first="", other=""):
    """Long words, which are ids and names, are left whole, so that they can be copied."""
    return textwrap.wrap(
        text, room, initial_indent=first, subsequent_indent=other, break_long_words=False, break_on_hyphens=False
    ) or [first]


def _line(cells, first, second):
    return f"{cells[0]:<{first}}  {cells[1]:<{second}}  {cells[2]}".rstrip()
