"""Boards of units as bytes, for the cache that nodes share. They name units and never a person."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import Any

from quiz_app.leaderboard.unit_boards import Head, UnitBoard, UnitRow
from quiz_app.rules.unit_standing import UnitFigures, mean_score, turnout

# A node of another release reads other fields: it finds nothing here instead of something else.
SHAPE = tuple(field.name for kind in (UnitFigures, UnitRow, UnitBoard) for field in fields(kind))


@dataclass(frozen=True, slots=True)
class UnitBoards:
    """How a board of units is written and read."""

    shape: tuple[str, ...] = SHAPE

    def pack(self, board: UnitBoard) -> bytes:
        told = {
            "parent": [board.parent.id, board.parent.name],
            "total": None if board.total is None else astuple(board.total),
            "rows": [[row.place, row.unit_id, row.name, astuple(row.figures), row.has_children] for row in board.rows],
            "taken_at": None if board.taken_at is None else board.taken_at.isoformat(),
        }
        return json.dumps(told, ensure_ascii=False).encode()

    def unpack(self, packed: bytes) -> UnitBoard:
        told: dict[str, Any] = json.loads(packed)
        return UnitBoard(
            parent=Head(*told["parent"]),
            total=None if told["total"] is None else UnitFigures(*told["total"]),
            rows=[_row(*row) for row in told["rows"]],
            taken_at=None if told["taken_at"] is None else datetime.fromisoformat(told["taken_at"]),
        )


def _row(place: int | None, unit_id: int, name: str, figures: list[int], has_children: bool) -> UnitRow:
    own = UnitFigures(*figures)
    return UnitRow(
        place=place,
        unit_id=unit_id,
        name=name,
        figures=own,
        turnout=turnout(own),
        mean=mean_score(own),
        has_children=has_children,
        is_own=False,
    )
