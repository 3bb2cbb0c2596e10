"""Files that are kept for a while below the data folder, and then are not."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path


def forget(paths: Iterable[Path], before: datetime) -> int:
    """Delete the files and folders that nothing was put into since `before`; how many."""
    gone = 0
    for path in paths:
        with suppress(FileNotFoundError):  # another worker was faster
            if path.stat().st_mtime < before.timestamp():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                gone += 1
    return gone
