#!/usr/bin/python
# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: app_release_plan
short_description: Plan which of two containers a release of an app goes to
version_added: 0.2.0
description:
  - Reads what a host has of an app, which is its two containers, its images, the releases that are kept, and where the proxy
    sends requests to, and says where the wanted release goes and what may be forgotten afterwards.
  - A release is an image and a configuration. The same image with the same configuration is the same release.
  - Changes nothing but that it makes the host's key for the names of releases, where there is none yet.
author:
  - The landfall.aws authors (@landfall-aws)
options:
  name:
    description: Name of the app.
    type: str
    required: true
  image:
    description: The wanted release's image. Left out together with O(release), only what is live is told.
    type: str
  release:
    description:
      - A release that is kept on the host, in place of O(image). V(previous), or its name, or the beginning of its name.
    type: str
  configuration:
    description: Everything that makes the wanted release what it is, beside its image and its secrets.
    type: dict
    default: {}
  secrets:
    description: The wanted release's secrets. They appear nowhere, and no one can find them out from the release's name.
    type: dict
    default: {}
  ports:
    description: The ports on loopback that the first and the second container are published on.
    type: list
    elements: int
    default: [8000, 8001]
  subnet:
    description: The range of the containers' own network, as CIDR.
    type: str
    default: 192.168.255.0/24
  keep:
    description: How many releases are kept, at least 2.
    type: int
    default: 5
  folder:
    description: Where the releases that are kept are described.
    type: path
    default: /var/lib/landfall
attributes:
  check_mode:
    description: Can run in check mode and return a status without changing anything.
    support: full
  diff_mode:
    description: Returns details on what has changed, or would change.
    support: full
    details: Compares the configuration of the release that answers with the wanted one.
notes:
  - Needs the command C(docker) on the host, and root.
"""

EXAMPLES = r"""
- name: Plan of the release is known
  landfall.aws.app_release_plan:
    name: shop
    image: registry.example.com/team/shop:1.4.2
    configuration:
      memory: 512M
  register: plan
"""

RETURN = r"""
engine:
  description: The Docker engine; empty where none answers.
  returned: success
  type: dict
  sample: {architecture: amd64}
engine_error:
  description: Why no engine answers.
  returned: where none answers
  type: str
image:
  description: The wanted release's image as it is on the host; empty where it is not there.
  returned: success
  type: dict
  sample: {id: "sha256:9c7a54a9a43c", architecture: amd64}
active:
  description: The container that answers now; empty where none does.
  returned: success
  type: dict
  sample: {name: shop-blue, colour: blue, release: 3f2a9c01b7de-5c1b77aa, port: 8000, running: true}
previous:
  description: The release before the one that answers now; empty where there is none.
  returned: success
  type: str
release:
  description: The wanted release; empty where its image is not on the host.
  returned: success
  type: str
  sample: 77d09c11f0ab-5c1b77aa
record:
  description: How the wanted release is described on the host; empty where it is not.
  returned: success
  type: dict
colour:
  description: Which of the two containers it goes to.
  returned: success
  type: str
  sample: green
port:
  description: The port that this container is published on.
  returned: success
  type: int
  sample: 8001
container:
  description: The name of this container.
  returned: success
  type: str
  sample: shop-green
replaces:
  description: Whether another release answers now.
  returned: success
  type: bool
retire:
  description: The container that must not run any more once the wanted one answers; empty where there is none.
  returned: success
  type: dict
  sample: {name: shop-blue, port: 8000}
forget:
  description: Releases that are not kept any longer once the wanted one answers.
  returned: success
  type: list
  elements: str
forget_images:
  description: Images that no release needs then.
  returned: success
  type: list
  elements: str
images:
  description: The images of all releases that are kept.
  returned: success
  type: list
  elements: str
upstreams:
  description: The addresses that Caddy reaches the two containers at.
  returned: success
  type: dict
  sample: {blue: "192.168.255.2:8000", green: "192.168.255.3:8000"}
composed:
  description: Whether a release of the app was a project of Docker Compose.
  returned: success
  type: bool
caddy_version:
  description: The installed version of Caddy, V(0) where there is none.
  returned: success
  type: str
  sample: 2.10.2
imported:
  description: Whether the Caddyfile uses it.
  returned: success
  type: bool
strays:
  description: Files that runs which were killed have left.
  returned: success
  type: list
  elements: str
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.aws.plugins.module_utils.caddy.host import Host
from ansible_collections.landfall.aws.plugins.module_utils.caddy.upstream import Upstream
from ansible_collections.landfall.aws.plugins.module_utils.deploy import releases
from ansible_collections.landfall.aws.plugins.module_utils.deploy.host import Engine, read_key, read_records


def upstreams(options, plan, records):
    """Where Caddy reaches the two containers. What answers now stays where it is; the other listens as the wanted one will."""
    wanted = records.get(plan.release, {}).get("configuration") or options["configuration"]
    ports = dict.fromkeys(releases.COLOURS, wanted.get("container_port", 8000))
    if plan.active and plan.active.release in records:
        ports[plan.active.colour] = records[plan.active.release]["configuration"]["container_port"]
    found = releases.addresses(options["subnet"], options["ports"][0])
    return {colour: f"{found[colour]}:{ports[colour]}" for colour in releases.COLOURS}


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "image": {"type": "str"},
            "release": {"type": "str"},
            "configuration": {"type": "dict", "default": {}},
            "secrets": {"type": "dict", "default": {}, "no_log": True},
            "ports": {"type": "list", "elements": "int", "default": [8000, 8001]},
            "subnet": {"type": "str", "default": "192.168.255.0/24"},
            "keep": {"type": "int", "default": 5},
            "folder": {"type": "path", "default": "/var/lib/landfall"},
        },
        mutually_exclusive=[("image", "release")],
        supports_check_mode=True,
    )
    options = module.params
    folder = Path(options["folder"])
    engine = Engine(lambda words: module.run_command(words, handle_exceptions=False))
    architecture, engine_error = engine.describe()
    if engine_error:
        module.exit_json(changed=False, engine={}, engine_error=engine_error)
    try:
        containers = engine.containers(options["name"])
        records, strays = read_records(folder / options["name"])
        upstream = Upstream(options["name"])
        routed = upstream.colour()
        live = releases.active_of(containers, routed, records)
        image_id, image_architecture = engine.image(options["image"])
        wanted, record = None, None
        if options["release"]:
            wanted = releases.choose(records, live and live.release, options["release"])
            record = records[wanted]
            image_id, image_architecture = engine.image(record["image_id"])
        elif image_id:
            key = read_key(folder / "key", make=not module.check_mode)
            wanted = releases.identify(image_id, options["configuration"], options["secrets"], key)
            record = records.get(wanted)
    except (releases.Impossible, OSError) as error:
        module.fail_json(msg=f"App {options['name']}: {error}")
    plan = releases.make_plan(containers, routed, records, wanted, options["ports"], options["keep"])

    # What follows holds no secret. A short one, like "1", would be cut out of every name and number in it.
    options["secrets"] = dict.fromkeys(options["secrets"], "(not shown)")
    module.no_log_values.clear()
    module.exit_json(
        changed=False,
        engine={"architecture": architecture},
        image={"id": image_id, "architecture": image_architecture} if image_id else {},
        active=plan.active._asdict() if plan.active else {},
        previous=plan.previous or "",
        release=plan.release or "",
        record=record or {},
        colour=plan.colour,
        port=plan.port,
        container=f"{options['name']}-{plan.colour}",
        replaces=plan.replaces,
        retire=plan.retire._asdict() if plan.retire else {},
        forget=plan.forget,
        forget_images=plan.images,
        images=sorted({each["image_id"] for each in records.values()} | {each.image_id for each in containers}),
        upstreams=upstreams(options, plan, records),
        imported=upstream.is_imported(),
        caddy_version=Host("/etc/caddy/Caddyfile", module.get_bin_path, module.run_command).version() or "0",
        composed=(folder / options["name"] / "compose").is_dir(),
        strays=[each for each in strays if not Path(each).name.startswith(wanted or "-")],
    )


if __name__ == "__main__":
    main()
