# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file that a module draws: it is written when it differs, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def mistakes(option, path, example):
    """Why a file can't be written there."""
    if path.is_dir():
        yield f"{option}: {str(path)!r} is a directory; give a file's path, like {str(path / example)!r}"
    elif not path.parent.is_dir():
        yield f"{option}: the directory {str(path.parent)!r} does not exist; make it, or give another path"
    elif not os.access(path if path.exists() else path.parent, os.W_OK):
        yield f"{option}: {str(path)!r} can't be written by this user"


def keep(module, path, after):
    """Write a text unless it is in the file already, or in check mode; returned is the difference, if there is one."""
    before = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    if after == before:
        return {}
    if not module.check_mode:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=module.tmpdir, delete=False) as new:
            new.write(after)
        module.atomic_move(new.name, str(path))
    return {"before_header": str(path), "before": before, "after_header": str(path), "after": after}


def keep_all(module, texts):
    """The same for several, by the options that name their paths, with mode and owner: (whether one changed, the differences)."""
    changed, diffs = False, []
    for option, text in texts.items():
        path = module.params[option]
        diffs.append(keep(module, Path(path), text))
        if Path(path).exists():
            changed |= module.set_fs_attributes_if_different(
                module.load_file_common_arguments(module.params, path), False
            )
    diffs = [each for each in diffs if each]
    return changed or bool(diffs), diffs
