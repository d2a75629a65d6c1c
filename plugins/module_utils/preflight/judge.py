# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the findings on a host mean for what is planned: one check each. Pure."""

from __future__ import annotations

import ipaddress
import json
import re

from ansible_collections.landfall.aws.plugins.module_utils.preflight.report import failed, ok, skipped, warning

SUPPORTED = {"debian": ("12", "13"), "ubuntu": ("22.04", "24.04", "26.04")}
# TLS and AWS's signatures give up at five minutes; one is kept for the way there.
CLOCK_FAILS, CLOCK_WARNS = 240, 30
# How much larger layers become when they are unpacked. Between two and three is usual for programs and their libraries.
# containerd's store keeps them compressed as well; the older stores have them so while they pull.
UNPACKED = 2.5
RESERVE = 256 * 1024**2  # what the rest of the host should have left
BYTES_PER_INODE = 16 * 1024  # ext4's own assumption of how large files are
PROXY = "caddy"
# https://letsencrypt.org/docs/rate-limits/
LETS_ENCRYPT = "acme-v02.api.letsencrypt.org"
FAILURES_AN_HOUR, ISSUED_A_WEEK = 5, 5
HOUR, WEEK = 3600, 7 * 86400
VALID_DAYS = 90


def human(count):
    """Bytes as people write them."""
    for unit, size in (("GiB", 1024**3), ("MiB", 1024**2)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1024:.0f} KiB"


def operating_system(name, version, shown):
    if version in SUPPORTED.get(name, ()):
        return ok("system", shown)
    return failed(
        "system",
        f"{shown} is not supported",
        "Use Debian 12 or 13, or Ubuntu 22.04, 24.04 or 26.04; ec2_host_os chooses one for a new host.",
    )


def clock(host, controller, kept):
    """Of two clocks that differ, nobody knows which is right. ``kept``: whether a service keeps the host's, None unknown."""
    if controller is None:
        return skipped("clock", "the controller's time is not known")
    seconds = round(host - controller)
    found = f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} the controller's"
    remedy = "Set the wrong one of the two right: apt install chrony, then chronyc makestep. HTTPS and AWS refuse at 5 minutes."
    if abs(seconds) >= CLOCK_FAILS:
        return failed("clock", found, remedy)
    if abs(seconds) >= CLOCK_WARNS:
        return warning("clock", found, remedy)
    found = f"as the controller's, within {abs(seconds) + 1} s"  # the question takes its time, too
    if kept is False:
        return warning("clock", f"{found}; no service keeps it right", "apt install chrony")
    return ok("clock", found)


def architecture(name, image, wanted):
    built = ", ".join(image.architectures) or "no Linux at all"
    if image.layers is not None and wanted in image.architectures:
        return ok("architecture", f"{name} is built for {built}; this host is {wanted}")
    return failed(
        "architecture",
        f"{name} is built for {built}, and this host is {wanted}",
        f"docker buildx build --platform linux/{wanted} --tag {name.partition('@')[0]} --push .",
    )


def disk(image, there, space, store, engine_is_there):
    """Whether the layers that are missing fit, packed and unpacked."""
    missing = [layer for layer in image.layers if not layer.diff_id or layer.diff_id not in there]
    packed = sum(layer.size for layer in missing)
    where = store if engine_is_there else f"{store} (where an engine will keep its images)"
    if not missing:
        return ok("disk", f"all layers are there already; {human(space.free)} free in {where}")
    unpacked = packed * UNPACKED
    needed, inodes = int(packed + unpacked), int(unpacked / BYTES_PER_INODE)
    size = f"{human(needed)} needed ({human(packed)} to pull, about {UNPACKED} times that unpacked)"
    remedy = (
        f"Remove images that nothing runs from: docker image prune --all; or enlarge the disk (ec2_host_volume_size) that {store} "
        "lies on; or make the image smaller."
    )
    if needed + RESERVE > space.free:
        kept = f", of which {human(RESERVE)} stay for the rest of the host"
        return failed("disk", f"{size}, {human(space.free)} free in {where}{kept}", remedy)
    if space.inodes is not None and inodes > space.inodes:
        return failed("disk", f"about {inodes} inodes needed, {space.inodes} free in {where}", remedy)
    return ok("disk", f"{size}, {human(space.free)} free in {where}")


def memory(strategy, limit, in_use, facts, planned_swap):
    """Whether a second copy has room beside the first. Swap that will be made counts as if it were there."""
    if strategy == "recreate":
        return skipped("memory", "with app_strategy recreate there is never a second copy")
    needed = limit or in_use
    if not needed:
        return skipped("memory", "app_memory is not given, and no copy runs that could be measured")
    free, swap = facts["MemAvailable"], facts.get("SwapFree", 0) + max(0, planned_swap - facts.get("SwapTotal", 0))
    why = "app_memory" if limit else "as the running copy uses"
    found = f"{human(needed)} for a second copy ({why}), {human(free)} memory available and {human(swap) if swap else 'no'} swap free"
    if needed <= free + swap:
        return ok("memory", found)
    return failed(
        "memory",
        found,
        "Set app_strategy: recreate, which stops the old copy first; or add swap (swap_size); or take a larger instance type.",
    )


def takes(address, wanted_loopback):
    """Whether a listener on the address keeps another one from loopback, or from all addresses."""
    if not wanted_loopback:
        return True
    listening = ipaddress.ip_address(address.partition("%")[0])
    return listening.is_loopback or listening.is_unspecified


def ports(wanted, listeners, containers, app_name, loopback):
    """One check for ports that are Caddy's, or the app's own on loopback."""
    name, owner = ("app ports", app_name) if loopback else ("web ports", "Caddy")
    taken, ours = {}, set()
    for each in containers:
        for address, port in each.ports:
            if port in wanted and takes(address, loopback):
                if loopback and is_of_app(each, app_name):
                    ours.add(port)
                else:
                    taken.setdefault(port, (f"the container {each.name}", f"docker stop {each.name}"))
    for each in listeners:
        if each.port not in wanted or each.port in taken or each.port in ours or not takes(each.address, loopback):
            continue
        if not loopback and each.program == PROXY:
            ours.add(each.port)
        else:
            taken[each.port] = (_program(each), _end(each))
    shown = ", ".join(map(str, wanted))
    if not taken:
        rest = [port for port in wanted if port not in ours]
        state = "free" if not ours else f"{owner} has them" if not rest else f"free, or {owner}'s already"
        return ok(name, f"{shown}: {state}")
    return failed(
        name,
        "\n".join(f"{port} is taken by {who}, and {owner} needs it" for port, (who, _end) in sorted(taken.items())),
        "\n".join(dict.fromkeys(end for _port, (_who, end) in sorted(taken.items())))
        + ("\nOr give app_port another number." if loopback else ""),
    )


def is_of_app(container, app_name):
    ours = {app_name, f"{app_name}-blue", f"{app_name}-green"}
    return container.name in ours or container.project in ours


def _program(listener):
    if not listener.program:
        return "a program that can't be seen (in another container, perhaps)"
    unit = f", {listener.unit}" if listener.unit else ""
    return f"{listener.program} (process {listener.pid}{unit})"


def _end(listener):
    if listener.unit and listener.unit not in ("docker.service", "containerd.service"):
        return f"systemctl disable --now {listener.unit}"
    return f"kill {listener.pid}" if listener.pid else f"ss -ltnp 'sport = :{listener.port}'"


# What Caddy logs, and what it means here.
EVENTS = (
    ("ratelimited", re.compile(r"ratelimited", re.IGNORECASE)),
    ("failed", re.compile(r'"msg":"challenge failed"')),
    ("issued", re.compile(r'"msg":"certificate obtained successfully"')),
)
GREP = "rate[Ll]imited|challenge failed|certificate obtained successfully"


def events(journal):
    """[(time, kind, name)] of what Caddy's journal says of certificates."""
    found = []
    for line in journal.splitlines():
        kind = next((kind for kind, pattern in EVENTS if pattern.search(line)), None)
        try:
            entry = json.loads(line)
            if kind and entry.get("identifier"):
                found.append((float(entry["ts"]), kind, str(entry["identifier"])))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return found


def certificate(names, found, stored, authority, now):
    """Whether asking for certificates may run, or has run, into the authority's limits."""
    if not names:
        return skipped("certificate", "no names are given")
    missing = [name for name in names if stored.get(name, VALID_DAYS) >= VALID_DAYS]
    if not missing:
        shown = ", ".join(f"{name} ({stored[name]} days old)" for name in names)
        return ok("certificate", f"Caddy has one in store for {shown}")
    counts = {name: _counts(found, name, now) for name in missing}
    refused = [name for name in missing if counts[name]["ratelimited"]]
    if refused:
        return failed(
            "certificate",
            f"the authority has refused {', '.join(refused)} in the last hour, because of its rate limit",
            "Wait until it lifts: an hour after failed attempts, up to a week after issued certificates. Until then, set "
            "caddy_acme_ca to https://acme-staging-v02.api.letsencrypt.org/directory, with its root certificate.",
        )
    if authority and LETS_ENCRYPT not in authority:
        return skipped("certificate", f"the limits of {authority} are not known")
    worst = [_danger(name, counts[name]) for name in missing]
    for result in (failed, warning):
        told = [(finding, remedy) for kind, finding, remedy in worst if kind is result]
        if told:
            return result(
                "certificate",
                "\n".join(finding for finding, _remedy in told),
                "\n".join(dict.fromkeys(remedy for _finding, remedy in told)),
            )
    return ok(
        "certificate", f"none yet for {', '.join(missing)}; nothing in the journal keeps the authority from issuing one"
    )


def _counts(found, name, now):
    ages = [(now - time, kind) for time, kind, of in found if of == name]
    return {
        "ratelimited": sum(kind == "ratelimited" and age <= HOUR for age, kind in ages),
        "failed": sum(kind == "failed" and age <= HOUR for age, kind in ages),
        "issued": sum(kind == "issued" and age <= WEEK for age, kind in ages),
    }


def _danger(name, counts):
    if counts["issued"]:
        finding = f"{name} was issued {counts['issued']} times in the last 7 days, and Caddy's store has no certificate any more"
        remedy = (
            f"Put /var/lib/caddy back from a backup, and don't purge it again: {ISSUED_A_WEEK} certificates a week are the limit "
            "for the same names."
        )
        return (failed if counts["issued"] >= ISSUED_A_WEEK else warning), finding, remedy
    if counts["failed"] >= FAILURES_AN_HOUR - 2:
        finding = f"{counts['failed']} attempts to get a certificate for {name} failed in the last hour"
        remedy = (
            f"First mend the cause, which journalctl --unit caddy names, then wait an hour: {FAILURES_AN_HOUR} failures an hour are "
            "the limit."
        )
        return (failed if counts["failed"] >= FAILURES_AN_HOUR else warning), finding, remedy
    return ok, "", ""
