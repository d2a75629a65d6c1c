# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a project of Docker Compose comes to a host so that it can run again, and how it goes from there."""

from __future__ import annotations

import shutil
from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils.deploy import compose
from ansible_collections.landfall.aws.plugins.module_utils.deploy.compose_host import service_of, tree
from ansible_collections.landfall.aws.plugins.module_utils.deploy.releases import COLOURS, Impossible


def keep(source, store, engine, options, check_mode):
    """(whether there is something new, what is kept, warnings) of a project."""
    app, pull = options["name"], options["pull"]
    project, warnings = source.resolve(app)
    services = project.get("services") or {}
    entry = compose.entry_of(services, options["service"])
    found = [*compose.problems(services, entry, options["service"], options["switched"]), *_strangers(engine, app)]
    if found:
        raise Impossible("the project can't be deployed so:" + "".join(f"\n- {each}" for each in found))
    switched = compose.switched_of(services, entry, options["switched"])
    names = compose.images_of(services, app)
    inputs = store.mark(project, tree(source.folder), options["logging"], entry, switched)
    again = {
        name
        for name, image in names.items()
        if "build" not in services[name] and (pull == "always" or (pull == "auto" and compose.tag_moves(image)))
    }
    moving = again or pull == "always" or any(not _lies_in(source, each) for each in services.values())
    if check_mode or not moving:
        for name, one in store.projects().items():
            if one["inputs"] == inputs and all(engine.image(each["id"])[0] for each in one["images"].values()):
                return False, _told(name, one), warnings
        if check_mode:
            return True, {"project": "", "image": "", "service": entry, "switched": switched}, warnings
    images, brought = _bring(source, store, engine, services, names, again, pull)
    neutral = compose.neutral(
        project,
        {name: each["id"] for name, each in images.items()},
        store.place(source.folder),
        lambda name: store.keep_value(_value(source, name)),
        options["logging"],
    )
    one = {"project": neutral, "entry": entry, "switched": switched, "images": images, "inputs": inputs}
    name = store.mark(neutral, entry, switched)
    for service, image in images.items():
        engine.do("image", "tag", image["id"], engine.tag(app, service, name))
    is_new = not (store.folder / f"{name}.compose").is_file()
    store.write(f"{name}.compose", one)
    return is_new or brought, _told(name, one), warnings


def _told(name, one):
    return {
        "project": name,
        "image": one["images"][one["entry"]]["id"],
        "service": one["entry"],
        "switched": one["switched"],
    }


def _value(source, name):
    value = source.value_of(name)
    if value is None:
        raise Impossible(
            f"a secret or config of the project is the variable {name}, which has no value; give it in app_secrets"
        )
    return value


def _strangers(engine, app):
    """A project of the same name that somebody started by hand: two of its databases must not run."""
    for name in (app, *(f"{app}-{colour}" for colour in COLOURS)):
        found = engine.containers(f"com.docker.compose.project={name}")
        if any(compose.PART not in each["Config"]["Labels"] for each in found):
            yield f"a project {name} runs on the host that this role has not made; end it: docker compose --project-name {name} down"


def _lies_in(source, service):
    """Whether all that a service is built from lies in the source, so that a change of it is noticed."""
    build = service.get("build")
    contexts = [build.get("context", ""), *(build.get("additional_contexts") or {}).values()] if build else []
    return all(Path(each).is_relative_to(source.folder) for each in contexts)


def _bring(source, store, engine, services, names, again, pull):
    """({service: its image}, whether the host did not have one of them)."""
    before = {name: engine.image(image)[0] for name, image in names.items()}
    ours = {
        (each["name"], each["id"])
        for one in store.projects().values()
        for each in one["images"].values()
        if each["ours"]
    }
    pulled = set()
    for image in sorted({names[name] for name in services if "build" not in services[name]}):
        if any(before[name] is None or name in again for name in names if names[name] == image):
            engine.do("pull", "--quiet", image)
            pulled.add(image)
    built = sorted(name for name in services if "build" in services[name])
    if built:
        source.build(store.app, built, pull == "always")
    architecture = engine.do("version", "--format", "{{.Server.Arch}}").strip()
    images, wrong = {}, []
    for name, image in names.items():
        found, has = engine.image(image)
        images[name] = {"name": image, "id": found, "ours": image in pulled or name in built or (image, found) in ours}
        if found is None:
            wrong.append(f"the image {image} of {name} is not on the host")
        elif has != architecture:
            wrong.append(f"the image {image} of {name} is built for {has}, and this host is {architecture}")
    if wrong:
        raise Impossible("; ".join(wrong))
    return images, any(images[name]["id"] != before[name] for name in names)


def unneeded(store, engine, records):
    """[(what no release needs any more, how it goes)]."""
    projects = store.projects()
    needed = {record["configuration"].get("project") for record in records.values()}
    kept = {name: one for name, one in projects.items() if name in needed}
    gone = [name for name in projects if name not in needed]
    live = store.live("shared").get("services") or {}
    steps = []
    for each in engine.containers(f"{compose.PART}={store.app}"):
        service, colour = service_of(each), each["Config"]["Labels"].get(compose.PART_COLOUR)
        if not colour and service not in live:
            steps.append((f"container {each['Name']}", lambda id=each["Id"]: engine.end(id)))
    for tag, project in engine.tags(store.app).items():
        if project not in kept:
            steps.append((f"image {tag}", lambda tag=tag: engine.tried("image", "rm", "--force", tag)))
    for name, image in sorted({*_only_theirs(projects, kept, gone), *_built(engine, store.app, kept)}):
        # Somebody else's container may have it, or the name may mean another image by now.
        if (
            engine.image(name)[0] == image
            and not engine.do("ps", "--all", "--quiet", "--filter", f"ancestor={image}").split()
        ):
            steps.append((f"image {name}", lambda name=name: engine.tried("image", "rm", name)))
    for name in gone:
        steps.append((f"project {name}", lambda name=name: (store.folder / f"{name}.compose").unlink()))
    running = [store.live(name) for name in ("shared", *COLOURS)]
    for folder in store.unneeded_mounts([*(each["project"] for each in kept.values()), *running]):
        steps.append((str(folder), lambda folder=folder: shutil.rmtree(folder)))
    return steps


def _built(engine, app, kept):
    """The images, by the names that Compose gives to what it builds, and id, that have a tag of ours and are not needed.

    They are known also where the projects have gone before.
    """
    needed = {image["id"] for one in kept.values() for image in one["images"].values()}
    for tag in engine.tags(app):
        name = f"{app}-{tag.split('/')[2].rpartition(':')[0]}"
        image = engine.image(tag)[0]
        if image not in needed and engine.image(name)[0] == image:
            yield name, image


def _only_theirs(projects, kept, gone):
    """The images, by name and id, that were brought for projects, and that only projects have that go."""
    needed = {image["id"] for one in kept.values() for image in one["images"].values()}
    images = {
        (image["name"], image["id"]) for name in gone for image in projects[name]["images"].values() if image["ours"]
    }
    return sorted(each for each in images if each[1] not in needed)
