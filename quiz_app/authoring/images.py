"""Images of questions: judged by their content, drawn anew without anything but their pixels, kept under their hash."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

from quiz_app.kernel.errors import Missing
from quiz_app.kernel.text import tidy
from quiz_app.web.pictures import CONTENT_TYPES, redrawn

PREFIX = "/hinh/"  # where image_views serves them; texts name them by this address
_NAME = re.compile(r"[0-9a-f]{64}\.(?:png|jpg)")
_IN_A_DESCRIPTION = str.maketrans({"[": "(", "]": ")", "\\": "/"})  # these would end it early


def keep(data_dir: Path, content: bytes) -> str:
    """Put an image into the data folder, synced to disk, and give its name there; the same image has the same name.

    Raises ImageTooLarge, ImageKindRefused, ImageMoves, ImageUnreadable; then nothing is kept.
    """
    folder = _folder(data_dir)
    known = _known(folder, content)
    if known is not None:
        return known
    drawn, suffix = redrawn(content)
    name = hashlib.sha256(drawn).hexdigest() + suffix
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / name).exists():
        fresh = folder / f".{secrets.token_hex(8)}"
        with fresh.open("xb") as file:
            file.write(drawn)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(folder / name)
    return name


def _known(folder: Path, content: bytes) -> str | None:
    """The name of an image that was drawn here and comes back as it went out: a photo drawn twice would be another."""
    digest = hashlib.sha256(content).hexdigest()
    return next((digest + suffix for suffix in CONTENT_TYPES if (folder / (digest + suffix)).is_file()), None)


def path_of(data_dir: Path, name: str) -> Path:
    """Where an image is. Raises Missing for a name that none can have, and where there is none of that name."""
    path = _folder(data_dir) / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise Missing
    return path


def markdown(address: str, description: str) -> str:
    """How an image is written into a text."""
    return f"![{tidy(description).translate(_IN_A_DESCRIPTION)}]({address})"


def _folder(data_dir: Path) -> Path:
    return data_dir / "files" / "hinh"  # below what every backup takes along
