# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A project of Docker Compose, divided so that a release can start beside the old one. Pure.

A project runs as three: ``<app>`` has what there must be only one of, like a database, and ``<app>-blue`` and ``<app>-green``
have the services that are switched. All three are written from what ``docker compose config`` says of the user's project.
"""

from __future__ import annotations

import copy
import re

PART = "landfall.aws.part"
PART_COLOUR = "landfall.aws.part_colour"
PROXY, PEERS = "landfall.aws.proxy", "landfall.aws.peers"
DONE = "service_completed_successfully"
# Said once and for all, or for one host only.
DROPPED = ("build", "ports", "container_name", "develop", "profiles", "pull_policy", "env_file", "scale", "mac_address")
TIED = ("network_mode", "pid", "ipc", "uts")  # what one service may have in common with another


def listed(names):
    return ", ".join(sorted(names)) or "none"


def depends(service):
    return service.get("depends_on") or {}


def entry_of(services, asked):
    """The service that requests go to: the one that is named, or the only one with a port."""
    if asked:
        return asked
    published = [name for name, each in services.items() if each.get("ports") or each.get("expose")]
    candidates = list(services) if len(services) == 1 else published
    return candidates[0] if len(candidates) == 1 else None


def one_shots(services):
    """Services that end when their work is done, like a migration of the database."""
    return {name for each in services.values() for name, how in depends(each).items() if how.get("condition") == DONE}


def switched_of(services, entry, asked):
    """What there is one of for each colour. Work that only the switched services wait for is done anew by each release."""
    switched = {entry, *asked}
    while True:
        needed = {
            name
            for name in one_shots({each: services[each] for each in switched})
            if not any(name in depends(each) for other, each in services.items() if other not in switched)
        }
        if needed <= switched:
            return sorted(switched)
        switched |= needed


def problems(services, entry, asked_entry, asked_switched):
    """Everything that keeps the project from being divided, a sentence each."""
    unknown = [name for name in [asked_entry, *asked_switched] if name and name not in services]
    for name in dict.fromkeys(unknown):
        yield f"{name} is no service of the project, which has {listed(services)} (app_compose_service, app_compose_switched)"
    if entry is None:
        yield f"which service do requests go to? Name it in app_compose_service; the project has {listed(services)}"
    for name, service in services.items():
        if service.get("network_mode") == "host":
            yield f"{name} uses the host's own network, where the world may reach its ports; take its network_mode away"
    if unknown or entry is None:
        return
    if services[entry].get("network_mode") not in (None, "host"):
        yield f"{entry} gets the requests, and needs a network; take its network_mode away"
    switched = switched_of(services, entry, asked_switched)
    for name, service in services.items():
        tied = {str(service.get(kind)).partition("service:")[2] for kind in TIED}
        tied |= {
            str(each).partition(":")[0]
            for each in service.get("volumes_from") or []
            if not str(each).startswith("container:")
        }
        for other in sorted(tied & set(services)):
            if (name in switched) != (other in switched):
                yield f"{name} shares with {other} what containers share, so both must be switched; name both in app_compose_switched"
        for other in depends(service):
            if name not in switched and other in switched and other != entry:
                yield f"{name} depends on {other}, which is switched; name {name} in app_compose_switched, too"


def images_of(services, app):
    """The image's name by service. Compose names what it builds after the project."""
    return {name: each.get("image") or f"{app}-{name}" for name, each in services.items()}


def tag_moves(image):
    return "@" not in image and (not re.search(r"[^/]:[^:/]+$", image) or image.endswith(":latest"))


def neutral(project, image_ids, place, value_of, logging):
    """The project as every host and colour could run it: nothing is built, nothing published, no name is taken.

    ``place(path)`` gives a file or folder of the source a place that stays; ``value_of(name)`` is a variable's value.
    """
    project = copy.deepcopy(project)
    services = project["services"]
    once = one_shots(services)
    for name, service in services.items():
        for key in DROPPED:
            service.pop(key, None)
        service["image"] = image_ids[name]
        if "deploy" not in service or "restart_policy" not in service["deploy"]:
            service.setdefault("restart", "no" if name in once else "unless-stopped")
        service.setdefault("logging", logging)
        environment = service.get("environment") or {}
        service["environment"] = {key: value for key, value in environment.items() if value is not None}
        for volume in service.get("volumes") or []:
            if volume["type"] == "bind":
                volume["source"] = place(volume["source"])
        if "network_mode" not in service:
            service.setdefault("networks", {"default": None})
    for kind in ("configs", "secrets"):
        for each in (project.get(kind) or {}).values():
            if "environment" in each:
                each["file"] = value_of(each.pop("environment"))
            elif "file" in each:
                each["file"] = place(each["file"])
            each.pop("name", None)
    return {
        key: project.get(key) or {}
        for key in ("services", "networks", "volumes", "configs", "secrets")
        if project.get(key)
    }


def keeps_data(service):
    """Whether a service has something that outlives its container."""
    return any(
        each["type"] in ("volume", "bind") and not each.get("read_only") for each in service.get("volumes") or []
    )


def shared(project, app, switched, entry):
    """The project ``<app>``: what there is only one of."""
    services = {}
    for name, service in copy.deepcopy(project["services"]).items():
        if name in switched:
            continue
        service["depends_on"] = {other: how for other, how in depends(service).items() if other not in switched}
        service["links"] = [each for each in service.get("links") or [] if each.partition(":")[0] not in switched]
        service["labels"] = {**(service.get("labels") or {}), PART: app}
        services[name] = _without_empty(service)
    return _complete(project, app, services)


def colour(project, app, switched, entry, place):
    """The project ``<app>-<colour>``. ``place`` says where it is: colour, release, port, container_port, address, network."""
    names = {name: f"{app}-{place['colour']}" + ("" if name == entry else f"-{name}") for name in switched}
    services = {}
    alone = len(set(switched) - one_shots(project["services"])) == 1
    for name in switched:
        service = copy.deepcopy(project["services"][name])
        service["depends_on"] = {names[other]: how for other, how in depends(service).items() if other in names}
        for kind in TIED:
            tied = str(service.get(kind)).partition("service:")[2]
            if tied:
                service[kind] = f"service:{names[tied]}"
        service["volumes_from"] = [_renamed(each, names) for each in service.get("volumes_from") or []]
        service["links"] = [
            _renamed(each, names) for each in service.get("links") or [] if each.partition(":")[0] in names
        ]
        if "network_mode" not in service:
            service["networks"] = _networks(service, name, name == entry, alone)
        service["labels"] = {**(service.get("labels") or {}), PART: app, PART_COLOUR: place["colour"]}
        if name == entry or not (service.get("deploy") or {}).get("replicas"):
            service["container_name"] = names[name]
        if name == entry:
            _open(service, app, place)
        services[names[name]] = _without_empty(service)
    whole = _complete(project, f"{app}-{place['colour']}", services)
    whole["networks"][PROXY] = {"name": place["network"], "external": True}
    if not alone:
        whole["networks"][PEERS] = {
            "name": f"{app}-{place['colour']}",
            "labels": {PART: app, PART_COLOUR: place["colour"]},
        }
    return whole


def _open(service, app, place):
    """Requests come in here."""
    (service.get("deploy") or {}).pop("replicas", None)
    service["networks"][PROXY] = {"ipv4_address": place["address"]}
    service["ports"] = [
        {
            "mode": "host",
            "host_ip": "127.0.0.1",
            "target": place["container_port"],
            "published": str(place["port"]),
            "protocol": "tcp",
        }
    ]
    service.setdefault("stop_grace_period", f"{place['stop_timeout']}s")
    service["labels"].update(
        {
            "landfall.aws.app": app,
            "landfall.aws.colour": place["colour"],
            "landfall.aws.release": place["release"],
        }
    )


def _networks(service, name, is_entry, alone):
    """Compose calls a container by its service's name in every network that it is in. Of two colours only one may be meant.

    So the services of a colour find each other in a network of their own. The one that gets the requests is found by the
    shared services, too.
    """
    found = {}
    for network, how in (service.get("networks") or {}).items():
        kept = {
            key: value
            for key, value in (how or {}).items()
            if key not in ("ipv4_address", "ipv6_address", "mac_address")
        }
        aliases = [name, *(kept.pop("aliases", None) or [])] if is_entry else []
        found[network] = {**kept, **({"aliases": aliases} if aliases else {})}
        if not is_entry:
            found[network].pop("aliases", None)
    if not alone:
        found[PEERS] = {"aliases": [name]}
    return found


def _renamed(reference, names):
    first, colon, rest = str(reference).partition(":")
    return f"{names.get(first, first)}{colon}{rest}" if first != "container" else reference


def _without_empty(service):
    return {key: value for key, value in service.items() if value not in ({}, [])}


def _complete(project, name, services):
    """A whole project, with those of the networks and volumes that its services use. They are made before."""
    used = {
        "networks": {each for service in services.values() for each in service.get("networks") or {}},
        "volumes": {
            each.get("source")
            for service in services.values()
            for each in service.get("volumes") or []
            if each["type"] == "volume"
        },
    }
    for kind in ("configs", "secrets"):
        used[kind] = {each["source"] for service in services.values() for each in service.get(kind) or []}
    whole = {"name": name, "services": services}
    for kind in ("networks", "volumes"):
        whole[kind] = {
            key: {"name": value["name"], "external": True}
            for key, value in (project.get(kind) or {}).items()
            if key in used[kind]
        }
    for kind in ("configs", "secrets"):
        whole[kind] = {key: value for key, value in (project.get(kind) or {}).items() if key in used[kind]}
    return whole


def awaited(project, switched):
    """The shared services that must be healthy before a switched one starts."""
    return sorted(
        {
            other
            for name in switched
            for other, how in depends(project["services"][name]).items()
            if other not in switched and how.get("condition") == "service_healthy"
        }
    )


def going_back(wanted, live, well):
    """The shared project of an earlier release, but for what keeps data: that stays as it is, as long as it is well.

    What a newer database has written, an older one may not read.
    """
    kept = {
        name: service
        for name, service in live.get("services", {}).items()
        if name in wanted["services"] and name in well and (keeps_data(service) or keeps_data(wanted["services"][name]))
    }
    result = {**wanted, "services": {**wanted["services"], **kept}}
    for kind in ("networks", "volumes", "configs", "secrets"):
        result[kind] = {**(live.get(kind) or {}), **wanted[kind]}
    return result


def made_first(project):
    """(networks, volumes) that the project has for itself: {name: how it is}."""
    return tuple(
        {each["name"]: each for each in (project.get(kind) or {}).values() if not each.get("external")}
        for kind in ("networks", "volumes")
    )


def network_words(how):
    """What ``docker network create`` is told of a network."""
    words = []
    for option in ("internal", "attachable"):
        words += [f"--{option}"] if how.get(option) else []
    words += ["--ipv6"] if how.get("enable_ipv6") else []
    words += ["--driver", how["driver"]] if how.get("driver") else []
    for key, value in sorted((how.get("driver_opts") or {}).items()):
        words += ["--opt", f"{key}={value}"]
    for pool in (how.get("ipam") or {}).get("config") or []:
        for key, option in (("subnet", "--subnet"), ("gateway", "--gateway"), ("ip_range", "--ip-range")):
            words += [option, pool[key]] if pool.get(key) else []
    return words + _label_words(how)


def volume_words(how):
    """What ``docker volume create`` is told of a volume."""
    words = ["--driver", how["driver"]] if how.get("driver") else []
    for key, value in sorted((how.get("driver_opts") or {}).items()):
        words += ["--opt", f"{key}={value}"]
    return words + _label_words(how)


def _label_words(how):
    return [word for key, value in sorted((how.get("labels") or {}).items()) for word in ("--label", f"{key}={value}")]


def mounted(project):
    """Every path on the host that the project mounts."""
    services = project.get("services") or {}
    found = {each["source"] for one in services.values() for each in one.get("volumes") or [] if each["type"] == "bind"}
    for kind in ("configs", "secrets"):
        found |= {each["file"] for each in (project.get(kind) or {}).values() if "file" in each}
    return found
