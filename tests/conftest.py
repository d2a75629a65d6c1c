"""Make this checkout importable as ansible_collections.landfall.aws, by Ansible's own way of finding collections."""

from pathlib import Path

from ansible.plugins.loader import init_plugin_loader
from hypothesis import settings

# A shared machine can be slow for a moment; that is no fault of what is tested. The examples are the same in each run, so what
# lands is not red by chance; `pytest tests/unit --hypothesis-profile search` looks for others.
settings.register_profile("landfall", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)
settings.load_profile("landfall")

init_plugin_loader([str(Path(__file__).parents[1] / ".collections")])
