"""What a slip shows on paper: the QR code with its address. The token is its fragment, which no server's log sees."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from quiz_app.members.slips import Slip

PATH = "/kich-hoat"
PER_PAGE = 8


def address(public_url: str, token: str) -> str:
    """What the QR code says."""
    return f"{public_url}{PATH}#{token}"


def typed_address(public_url: str) -> str:
    """What somebody types who has no camera."""
    return urlsplit(public_url).netloc + PATH


def pages(slips: Sequence[Slip]) -> list[tuple[Slip, ...]]:
    """The slips as they stand on sheets of A4."""
    return [tuple(slips[first : first + PER_PAGE]) for first in range(0, len(slips), PER_PAGE)]
