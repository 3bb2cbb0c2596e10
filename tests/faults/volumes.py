"""Small volumes of memory that can be filled to the last byte, where this user may mount one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[bool]:
    """A volume of its own over a new folder during the block; False where it stays a plain folder."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "faults", str(folder)]
    done = subprocess.run(command, capture_output=True, check=False)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def filled(volume: Path) -> Iterator[None]:
    """Not a byte is left on it during the block."""
    ballast = volume / "ballast"
    with ballast.open("wb") as file:
        for size in (65536, 512):
            try:
                while True:
                    os.write(file.fileno(), bytes(size))
            except OSError:
                continue
    try:
        yield
    finally:
        ballast.unlink()
