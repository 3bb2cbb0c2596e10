"""A draw by lot among those who stay tied for the last prize, which everybody can repeat.

The seed is chosen and its hash published when the round closes, before anybody knows who is tied; the seed itself is
published with the table. Each of the tied gets the number HMAC-SHA256(seed, code), and the smallest comes first.
"""

import hashlib
import hmac
from collections.abc import Iterable


def commitment(seed: str) -> str:
    """What is published before the seed is: its SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(seed.encode()).hexdigest()


def number(seed: str, code: str) -> str:
    """The number somebody draws: 64 hexadecimal digits, compared as text."""
    return hmac.new(seed.encode(), code.encode(), hashlib.sha256).hexdigest()


def drawn(seed: str, codes: Iterable[str]) -> list[str]:
    """The codes in the order of their numbers. The order in which they are given cannot matter.

    Raises ValueError where one is given twice.
    """
    listed = list(codes)
    if len(set(listed)) != len(listed):
        raise ValueError("nobody draws twice")
    return sorted(listed, key=lambda code: (number(seed, code), code))
