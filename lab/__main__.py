"""Command line of the lab: ``python -m lab up|down|status|images|engine [PROJECT]``."""

from __future__ import annotations

import argparse
import os
import sys

from . import engine, images, lab
from .project import LabError, Project


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "status", "images", "engine", "engine-down"])
    parser.add_argument("--name", default="demo", help="the lab's name (default: %(default)s)")
    parser.add_argument("--system", action="append", help="operating system to have an image for (default: debian-13)")
    parser.add_argument(
        "--keep-images", action="store_true", help="with down: leave the images, so that the next up is quick"
    )
    arguments = parser.parse_args()
    project = Project(arguments.name)
    systems = tuple(arguments.system or ["debian-13"])
    try:
        if arguments.command == "up":
            lab.up(project, systems)
            print(f"The lab is up. For a shell that talks to it: source {project.directory}/env")
        elif arguments.command == "down":
            lab.down(project, purge=not arguments.keep_images)
        elif arguments.command == "images":
            engine.ensure()
            for system in systems:
                images.host(system)
            images.app()
        elif arguments.command == "engine":
            engine.ensure()
            print(os.environ.get("DOCKER_HOST", ""))
        elif arguments.command == "engine-down":
            engine.stop_own(purge=False)
        elif arguments.command == "status":
            for module in ("aws", "hypervisor"):
                print(f"{module:12} {project.process_id(module) or 'not running'}")
            if engine.reachable():
                for container in engine.client().containers.list(
                    all=True, filters={"label": f"landfall.lab={project.name}"}
                ):
                    print(f"{container.name:40} {container.status}")
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
