"""Secrets kept in the database: unreadable without the secret key, which is never kept there."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Unreadable(Exception):
    """Sealed by a key that is no longer among the keys, or for another purpose."""


def seal(keys: Sequence[str], purpose: str, text: str) -> str:
    """The text, to be read only by one of `keys` and for the same purpose; sealed by the first."""
    return _box(keys, purpose).encrypt(text.encode()).decode()


def unseal(keys: Sequence[str], purpose: str, sealed: str) -> str:
    """What was sealed by any of the keys. Raises Unreadable."""
    try:
        return _box(keys, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def _box(keys: Sequence[str], purpose: str) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key, purpose)) for key in keys])


def _derived(key: str, purpose: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=f"sealing:{purpose}".encode()).derive(key.encode())
    return base64.urlsafe_b64encode(derived)
