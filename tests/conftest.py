"""Make this checkout importable as ansible_collections.landfall.aws, by Ansible's own way of finding collections."""

from pathlib import Path

from ansible.plugins.loader import init_plugin_loader

init_plugin_loader([str(Path(__file__).parents[1] / ".collections")])
