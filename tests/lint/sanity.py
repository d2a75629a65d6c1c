"""Run ansible-test sanity, all tests, on this checkout under its collection's name, without fetching anything but packages.

ansible-test wants a path that ends in ansible_collections/landfall/aws, so it gets a copy. It makes a virtual environment
for each test, with a script that installs pip and that it would download; it finds one of ours in its cache instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from sysconfig import get_path

from ansible_test._internal.python_requirements import get_venv_packages

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".cache" / "sanity"
# Programs that run on the hosts of scenarios and measurements, and are no part of the collection.
PLAYGROUNDS = [":!molecule", ":!bench"]


class _ThisPython:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"


def copy_checkout(folder: Path) -> Path:
    """The files of this checkout, committed or not, outside of it: inside, git would call them all ignored."""
    copy = folder / "ansible_collections" / "landfall" / "aws"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ".", *PLAYGROUNDS],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    # The modules' documentation uses fragments of amazon.aws.
    (folder / "ansible_collections" / "amazon").symlink_to(Path(get_path("purelib")) / "ansible_collections" / "amazon")
    return copy


def provide_pip() -> None:
    """Put a script that installs the pip that ansible-test wants where it keeps those that it has downloaded."""
    version = get_venv_packages(_ThisPython)["pip"]
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if script.exists():
        return
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", cache, f"pip=={version}"], check=True
    )
    wheel = next(cache.glob(f"pip-{version}-*.whl"))
    script.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(wheel)!r})\n"
        "from pip._internal.cli.main import main\n"
        f"sys.exit(main(['install', '--no-index', '--no-deps', {str(wheel)!r}]))\n"
    )


def main() -> int:
    provide_pip()
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(
            [
                "ansible-test",
                "sanity",
                "--color",
                "no",
                "--truncate",
                "0",
                "--python",
                _ThisPython.version,
                *sys.argv[1:],
            ],
            cwd=copy_checkout(Path(folder)),
            env={**os.environ, "HOME": str(HOME)},
            check=False,
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
