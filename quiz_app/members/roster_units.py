"""Which unit a roster means: by code, by name or by path, and the nearest ones where it is none of these."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.kernel.text import nfc, search_key
from quiz_app.members.roster_entry import Entry, Problem
from quiz_app.units import queries as units_queries
from quiz_app.units.models import Unit, UnitKind

NEAREST = 5
NEAR_ENOUGH = 0.72
LOOKED_FOR = 300  # different unknown names; a file with more of them is no slip of the finger
_KINDS = re.compile(r"^(?:chi bo|cb|dang bo bo phan|dang bo|dang uy|db)\s+(?=\S)")
_PATH = re.compile(r"\s*(?:/|\\|>|›|»|→)\s*|\s+[-–—]\s+")


@dataclass(frozen=True, slots=True)
class Unclear:
    """A unit that is not known as it is written: what is written, and the ones it may be, the likeliest first."""

    text: str
    candidates: tuple[int, ...]


class RosterUnits:
    """The root of the import and everything below it; a file may name those that are open."""

    def __init__(self, session: Session, root: Unit) -> None:
        self.root = root
        self.names: dict[int, str] = {}
        self._parents: dict[int, int | None] = {}
        self._exact: dict[str, set[int]] = defaultdict(set)
        self._bare: dict[str, set[int]] = defaultdict(set)
        self._found: dict[str, int | Unclear] = {}
        self._looked_for = 0
        rows = session.execute(
            select(Unit.id, Unit.code, Unit.name, Unit.parent_id, Unit.closed_at)
            .where(Unit.id.in_(units_queries.subtree_ids(root.id)))
            .order_by(Unit.sort_key, Unit.id)
        )
        for unit_id, code, name, parent_id, closed_at in rows:
            self.names[unit_id] = name
            self._parents[unit_id] = parent_id
            if closed_at is not None:
                continue
            for text in (code, name):
                self._exact[nfc(text).lower()].add(unit_id)
                self._bare[search_key(text)].add(unit_id)
            self._bare[_short(name)].add(unit_id)

    def of(self, entry: Entry) -> int | Unclear | Problem:
        """The unit of a row: named in it, else by its sheet or the title above, else the root where that is a cell."""
        if entry.unit_text:
            return self._named(entry.unit_text)
        for text in (entry.sheet, entry.unit_hint):
            found = self._named(text) if text else None
            if isinstance(found, int):
                return found
        if self.root.kind == UnitKind.CELL.value:
            return self.root.id
        return entry.problem("unit", "", "Chưa ghi chi bộ của người này.")

    def path(self, unit_id: int) -> str:
        """The unit with what stands above it below the root, to tell namesakes apart."""
        names: list[str] = []
        at: int | None = unit_id
        while at is not None and at in self.names and (at != self.root.id or not names):
            names.append(self.names[at])
            at = self._parents[at]
        return " › ".join(reversed(names))

    def unknown(self, entry: Entry) -> Problem:
        advice = f"Không có đơn vị này trong {self.root.name}. Ghi đúng tên hoặc mã đơn vị."
        return entry.problem("unit", entry.unit_text, advice)

    def _named(self, text: str) -> int | Unclear:
        if text not in self._found:
            self._found[text] = self._look_up(text)
        return self._found[text]

    def _look_up(self, text: str) -> int | Unclear:
        for wanted, known in ((nfc(text).lower(), self._exact), (search_key(text), self._bare)):
            if len(found := known.get(wanted, set())) == 1:
                return next(iter(found))
        found = self._bare.get(search_key(text), set()) or self._bare.get(_short(text), set())
        if len(found) == 1:
            return next(iter(found))
        parts = [part for part in _PATH.split(text) if part]
        if not found and len(parts) > 1:
            found = self._by_path(parts)
            if len(found) == 1:
                return next(iter(found))
        return Unclear(text, tuple(sorted(found)) if found else self._nearest(parts[-1] if parts else text))

    def _by_path(self, parts: list[str]) -> set[int]:
        """The units named by the last part (or the first, as some write it) below those named by the others."""
        for *above, last in (parts, parts[::-1]):
            wanted = [_short(part) for part in above]
            found = {
                unit_id
                for unit_id in self._bare.get(search_key(last), set()) | self._bare.get(_short(last), set())
                if self._stands_below(unit_id, wanted)
            }
            if found:
                return found
        return set()

    def _stands_below(self, unit_id: int, wanted: list[str]) -> bool:
        above = {_short(self.root.name), search_key(self.root.code)}
        at = self._parents[unit_id]
        while at is not None and at in self.names:
            above.add(_short(self.names[at]))
            at = self._parents[at]
        return any(name in above for name in wanted)

    def _nearest(self, text: str) -> tuple[int, ...]:
        self._looked_for += 1
        if self._looked_for > LOOKED_FOR:
            return ()
        wanted = _short(text)
        digits = re.findall(r"\d+", wanted)
        near = difflib.get_close_matches(wanted, self._bare, n=NEAREST * 2, cutoff=NEAR_ENOUGH)
        # a wrong number is another unit rather than a slip: those with the same number come first
        near.sort(key=lambda key: re.findall(r"\d+", key) != digits)
        found: dict[int, None] = {}
        for key in near:
            found.update(dict.fromkeys(sorted(self._bare[key])))
        return tuple(found)[:NEAREST]


def _short(name: str) -> str:
    return _KINDS.sub("", search_key(name))
