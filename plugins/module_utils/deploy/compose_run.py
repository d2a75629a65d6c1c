# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a release of a project comes to run: its files, networks and volumes, and which containers it lacks."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.deploy import compose
from ansible_collections.landfall.aws.plugins.module_utils.deploy.compose_host import is_well, service_of, stays
from ansible_collections.landfall.aws.plugins.module_utils.deploy.releases import Impossible

HASH = "com.docker.compose.config-hash"


def prepare(store, engine, name, options, check_mode):
    """(whether something has changed, what is to be started) for the project ``name`` of a release."""
    app, kept = store.app, store.project(name)
    missing = sorted(each["name"] for each in kept["images"].values() if not engine.image(each["id"])[0])
    if missing:
        raise Impossible(
            f"somebody has removed images of the release from the host: {', '.join(missing)}; deploy its source again"
        )
    parts = (kept["project"], app, kept["switched"], kept["entry"])
    shared = compose.shared(*parts)
    if options["going_back"]:
        well = {service_of(each) for each in engine.containers(f"com.docker.compose.project={app}") if is_well(each)}
        shared = compose.going_back(shared, store.live("shared"), well)
    files = {"shared": shared}
    if options["colour"]:
        files["coloured"] = compose.colour(*parts, options)
        _clear(engine, f"{app}-{options['colour']}", check_mode)
    changed = _make_first(engine, kept["project"], app, check_mode)
    told = {"awaited": compose.awaited(kept["project"], kept["switched"])}
    for kind, content in files.items():
        file = f"compose/{'shared' if kind == 'shared' else options['colour']}.json"
        if check_mode:
            changed |= store.live(file[8:-5]) != content
            continue
        changed |= store.write(file, content)
        told[kind] = _lacking(engine, store.folder / file, content)
    return changed, told


def _clear(engine, container, check_mode):
    """An earlier release that was an image has the name, and Compose would not take it."""
    for each in engine.inspect("container", [container]):
        if compose.PART not in each["Config"]["Labels"] and not check_mode:
            engine.do("rm", "--force", container)


def _make_first(engine, project, app, check_mode):
    changed = False
    networks, volumes = compose.made_first(project)
    wanted = [("network", name, compose.network_words(how)) for name, how in networks.items()]
    wanted += [("volume", name, compose.volume_words(how)) for name, how in volumes.items()]
    for kind, name, words in wanted:
        if not engine.inspect(kind, [name]):
            changed = True
            if not check_mode:
                engine.do(kind, "create", "--label", f"{compose.PART}={app}", *words, name)
    return changed


def _lacking(engine, file, content):
    """The services that do not run as the file says. What ends by itself has only to have been there."""
    if not content["services"]:
        return {"start": [], "dependencies": True, "orphans": False}
    words = ("compose", "--project-name", content["name"], "--file", str(file))
    hashes = dict(line.split() for line in engine.do(*words, "config", "--hash", "*").splitlines())
    live = {}
    for each in engine.containers(f"com.docker.compose.project={content['name']}"):
        if each["Config"]["Labels"].get("com.docker.compose.oneoff") != "True":
            live.setdefault(service_of(each), []).append(each)
    once = compose.one_shots(content["services"])
    start = [name for name in content["services"] if not _runs(live.get(name), hashes[name], name in once)]
    # Whoever starts what others wait for does once more what was done.
    return {"start": start, "dependencies": once <= set(start), "orphans": bool(set(live) - set(content["services"]))}


def _runs(containers, wanted, once):
    return bool(containers) and all(
        each["Config"]["Labels"].get(HASH) == wanted
        and (each["State"]["Running"] or (once and each["State"]["ExitCode"] == 0))
        for each in containers
    )


def stop(engine, app, colour, check_mode):
    """Stop what a release has for itself. Returns what was stopped."""
    found = [each for each in _parts(engine, app, colour) if each["State"]["Running"]]
    if found and not check_mode:
        engine.do("stop", *(each["Id"] for each in found))
    return [each["Name"].lstrip("/") for each in found]


def start(engine, app, colour, check_mode):
    """Start it again as it was; what was done once is not done anew."""
    found = [each for each in _parts(engine, app, colour) if not each["State"]["Running"] and stays(each)]
    if found and not check_mode:
        engine.do("start", *(each["Id"] for each in found))
    return [each["Name"].lstrip("/") for each in found]


def remove(engine, store, colour, volumes, check_mode):
    """Remove what a release has for itself or, without a colour, everything of the app. Volumes go only where told."""
    labels = [f"{compose.PART}={store.app}", *([f"{compose.PART_COLOUR}={colour}"] if colour else [])]
    ends = {"container": engine.end, "network": lambda *names: engine.do("network", "rm", *names)}
    if volumes:
        ends["volume"] = lambda *names: engine.do("volume", "rm", *names)
    gone = []
    for kind, end in ends.items():
        names = engine.names(kind, *labels)
        if names and not check_mode:
            end(*names)
        gone += [f"{kind} {name}" for name in names]
    file = store.folder / "compose" / f"{colour}.json"
    if file.is_file() and not check_mode:
        file.unlink()
    return gone


def _parts(engine, app, colour):
    return engine.containers(f"{compose.PART}={app}", f"{compose.PART_COLOUR}={colour}")
