"""One answer saved, beside a bare view that keeps it by one guarded UPDATE."""

from __future__ import annotations

from typing import Any

from tests.load import figures
from tests.load.measures.stand import Stand
from tests.load.sides import CONNECTIONS, Side, interleaved


def saves(
    stand: Stand, pairs: int, *, turn_s: float = 1.0, connections: int = CONNECTIONS
) -> dict[str, dict[str, Any]]:
    side = Side(stand.product, lambda: stand.saves, turn_s)
    [found] = interleaved(stand.floor_side, [side], pairs, stand.database_pid, connections=connections)
    return {"save_sqlite" if stand.db.is_sqlite else "save_pg": figures.of_pairs(found)}
