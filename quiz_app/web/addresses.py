"""What an address may name."""

from __future__ import annotations

LARGEST_ROW_ID = 2**63 - 1


def row_id(text: str) -> int:
    """The number of a row in an address, as `type=` of a query parameter.

    Raises ValueError for one that no row can have: both engines fail when asked for it.
    """
    number = int(text)
    if not 0 <= number <= LARGEST_ROW_ID:
        raise ValueError(text)
    return number
