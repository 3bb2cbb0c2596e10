"""Answers put together from pieces that were packed long before, with what is one person's own in between.

What is his own is not packed with anything else, so the size of an answer tells nothing about it (BREACH).
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

LEVEL = 6
LEVEL_AT_ONCE = 1
STORED = 0xFFFF
_HEAD = b"\x1f\x8b\x08\x08\0\0\0\0\0\xff"  # gzip, deflated, with a file name, of no time, from no known system
_END = b"\x03\0"  # an empty last block
_MOST_PADDING = 64


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text, and the same as whole blocks of a deflated stream that look back at nothing before them."""

    plain: bytes
    deflated: bytes


def packed(text: str, level: int = LEVEL) -> Piece:
    """A piece that is made once and sent often; `LEVEL_AT_ONCE` for one that is sent once."""
    return _packed(text.encode(), level)


def stored(text: str) -> Piece:
    """A short piece that is not worth packing, or may not be. Raises ValueError for one of more than 65,535 bytes."""
    plain = text.encode()
    size = len(plain)
    if size > STORED:
        raise ValueError("a stored block has its limit")
    return Piece(plain, b"\0" + size.to_bytes(2, "little") + (size ^ STORED).to_bytes(2, "little") + plain)


def joined(pieces: Iterable[Piece], *, packed: bool) -> bytes:
    """The body of a page of these pieces, for a browser that takes it packed or for one that does not."""
    told = list(pieces)
    plain = b"".join([piece.plain for piece in told])
    return _gzip(told, plain) if packed else plain


def gzipped(plain: bytes, level: int) -> bytes:
    """A body that is packed as a whole."""
    return _gzip([_packed(plain, level)], plain)


def _packed(plain: bytes, level: int) -> Piece:
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Piece(plain, packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH))


def _gzip(pieces: Iterable[Piece], plain: bytes) -> bytes:
    # Under a name of random length the size tells an eavesdropper nothing of a token (BREACH).
    padding = b"x" * secrets.randbelow(_MOST_PADDING + 1)
    tail = zlib.crc32(plain).to_bytes(4, "little") + (len(plain) & 0xFFFFFFFF).to_bytes(4, "little")
    return b"".join([_HEAD, padding, b"\0", *[piece.deflated for piece in pieces], _END, tail])
