"""Backups that only the holder of a key can read: age files, which Debian's own `age` opens as well.

The machine knows only public keys, so whoever takes the machine or the disk of backups reads none of them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pyrage

from quiz_app.operations.errors import ArchiveBroken, ArchiveLocked, IdentityWrong, RecipientWrong

SUFFIX = ".age"
_MAGIC = b"age-encryption.org/"
_NO_KEY = "No matching keys found"


def encrypt(source: Path, target: Path, recipients: Sequence[str]) -> None:
    """Write `source` for these public keys. It appears under its name only when it is complete."""
    keys = [_recipient(text) for text in recipients]
    draft = target.with_name(target.name + ".part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as raw, source.open("rb") as plain:
        pyrage.encrypt_io(plain, raw, keys)
        raw.flush()
        os.fsync(raw.fileno())
    draft.replace(target)


def readable(source: Path, identity: Path | None, target: Path) -> Path:
    """`source` itself where it is not encrypted, else `target`, into which it is decrypted with the keys in `identity`.

    Raises ArchiveLocked without a key that fits, IdentityWrong for a file without keys, ArchiveBroken for a file that
    was cut or changed: every piece of it is proved before it is believed, and so is its end.
    """
    with source.open("rb") as sealed:
        if sealed.read(len(_MAGIC)) != _MAGIC:
            if source.suffix == SUFFIX:
                raise ArchiveBroken
            return source
        sealed.seek(0)
        keys = _identities(identity)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as plain:
            try:
                pyrage.decrypt_io(sealed, plain, keys)
            except pyrage.DecryptError as error:
                raise (ArchiveLocked if str(error) == _NO_KEY else ArchiveBroken) from error
            except OSError as error:
                if error.errno is not None:  # the disk's own trouble, such as no space
                    raise
                raise ArchiveBroken from error
    return target


def check_recipients(recipients: Sequence[str]) -> None:
    """Raises RecipientWrong for what is no public key of age."""
    for text in recipients:
        _recipient(text)


def _recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise RecipientWrong(recipient=text) from error


def _identities(file: Path | None) -> list[pyrage.x25519.Identity]:
    if file is None:
        raise ArchiveLocked
    try:
        lines = [line.strip() for line in file.read_text(encoding="ascii").splitlines()]
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (UnicodeDecodeError, pyrage.IdentityError) as error:
        raise IdentityWrong(file=file.name) from error
    if not found:
        raise IdentityWrong(file=file.name)
    return found
