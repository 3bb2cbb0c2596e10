"""Images of questions: judged by their content, drawn anew without anything but their pixels, kept under their hash."""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
from pathlib import Path

from PIL import Image, ImageOps

from quiz_app.authoring.errors import ImageKindRefused, ImageMoves, ImageTooLarge, ImageUnreadable
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.text import tidy

PREFIX = "/hinh/"  # where image_views serves them; texts name them by this address
LIMIT_MB = 5
LIMIT_MEGAPIXELS = 20
LONGEST_SIDE = 1600  # no screen of a member shows more, and his line carries every byte
CONTENT_TYPES = {".png": "image/png", ".jpg": "image/jpeg"}
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
_FORMATS = ("PNG", "JPEG", "WEBP")
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
    drawn, suffix = _redrawn(content)
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


def _redrawn(content: bytes) -> tuple[bytes, str]:
    """The pixels alone: what a camera or an attacker wrote beside them (place, name, other files) is left behind."""
    if len(content) > LIMIT_MB * 1024 * 1024:
        raise ImageTooLarge(limit_mb=LIMIT_MB, megapixels=LIMIT_MEGAPIXELS)
    if not content.startswith(_SIGNATURES):
        raise ImageKindRefused
    try:
        # Opening reads the head alone, so a size that would fill the memory is refused before any pixel is made.
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            if image.width * image.height > LIMIT_MEGAPIXELS * 1_000_000:
                raise ImageTooLarge(limit_mb=LIMIT_MB, megapixels=LIMIT_MEGAPIXELS)
            if getattr(image, "n_frames", 1) > 1:
                raise ImageMoves
            return _drawn(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageTooLarge(limit_mb=LIMIT_MB, megapixels=LIMIT_MEGAPIXELS) from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError):  # what broken files make of the decoders
        raise ImageUnreadable from None


def _drawn(image: Image.Image) -> tuple[bytes, str]:
    is_photo = image.format == "JPEG" or (image.format == "WEBP" and not image.has_transparency_data)
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    plain = upright.convert("RGB" if is_photo or not upright.has_transparency_data else "RGBA")
    bare = Image.frombytes(plain.mode, plain.size, plain.tobytes())
    out = io.BytesIO()
    if is_photo:
        bare.save(out, "JPEG", quality=85, optimize=True)
        return out.getvalue(), ".jpg"
    bare.save(out, "PNG", optimize=True)
    return out.getvalue(), ".png"


def _folder(data_dir: Path) -> Path:
    return data_dir / "files" / "hinh"  # below what every backup takes along
