"""Source files as syntax trees."""

from __future__ import annotations

import ast
import gc
from pathlib import Path


def tree(path: Path) -> ast.Module:
    """The tree of one file.

    Python 3.11 fails when garbage is collected meanwhile and a finalizer parses something itself
    (https://github.com/python/cpython/issues/106905).
    """
    gc.disable()
    try:
        return ast.parse(path.read_text(), str(path))
    finally:
        gc.enable()
