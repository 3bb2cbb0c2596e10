"""Finds for each row of a roster the member whom it means; what cannot be known for sure becomes a question.

Persons are known by their card number, else by unit, name and birth. Near-equal names with the same birth are never
taken for one person without being asked about. Of the members only what is needed to find them is held in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.kernel.text import search_key
from quiz_app.members.models import Category, Member, Standing
from quiz_app.members.registrations import has_registered
from quiz_app.members.roster_entry import Entry
from quiz_app.members.roster_plan import parts
from quiz_app.members.roster_units import RosterUnits

AT_ONCE = 500
SHOWN_CANDIDATES = 6
GONE = (Standing.MOVED.value, Standing.LEFT.value)
NEW, SKIP = "new", "skip"


@dataclass(frozen=True, slots=True)
class Known:
    """What a member is found by."""

    id: int
    unit_id: int
    full_name: str
    name_key: str
    born_on: date | None
    born_year_only: bool
    card_number: str | None
    is_gone: bool
    has_registered: bool  # himself, and no roster has named him yet

    @property
    def born(self) -> str:
        if self.born_on is None:
            return ""
        return str(self.born_on.year) if self.born_year_only else self.born_on.strftime("%d/%m/%Y")


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a row is doubtful, and the members it may mean."""

    reason: str
    candidates: tuple[Known, ...]


class RosterMembers:
    """The members of the units of an import, found by card, by name and by birth."""

    def __init__(self, session: Session, units: RosterUnits, unit_ids: Collection[int]) -> None:
        self._session = session
        self._units = units
        self._by_card: dict[str, Known] = {}
        self._by_name: dict[tuple[int, str], list[Known]] = defaultdict(list)
        self._by_birth: dict[date, list[Known]] = defaultdict(list)
        self.all: dict[int, Known] = {}
        for ids in parts(sorted(unit_ids), AT_ONCE):
            rows = session.execute(
                select(
                    Member.id,
                    Member.unit_id,
                    Member.full_name,
                    Member.sort_key,
                    Member.born_on,
                    Member.born_year_only,
                    Member.card_number,
                    Member.standing,
                    ((Member.category == Category.OTHER.value) & has_registered()).label("has_registered"),
                ).where(Member.unit_id.in_(ids), Member.merged_into_id.is_(None))
            )
            for row in rows:
                self._add(Known(*row[:7], is_gone=row[7] in GONE, has_registered=bool(row[8])))

    def _add(self, known: Known) -> None:
        self.all[known.id] = known
        if known.card_number:
            self._by_card[known.card_number] = known
        self._by_name[known.unit_id, known.name_key].append(known)
        if known.born_on is not None:
            self._by_birth[known.born_on].append(known)

    def foreign_cards(self, entries: Sequence[Entry]) -> set[str]:
        """The card numbers of these rows that belong to people of other units."""
        asked = [card for entry in entries if (card := entry.card_number) and card not in self._by_card]
        found = self._session.scalars(select(Member.card_number).where(Member.card_number.in_(asked)))
        return {card for card in found if card is not None}

    def full(self, ids: Collection[int]) -> Mapping[int, Member]:
        """These members with everything that is known of them."""
        return {row.id: row for row in self._session.scalars(select(Member).where(Member.id.in_(ids)))}

    def meant_by(self, entry: Entry, home: int) -> Known | Doubt | None:
        """The member whom the row surely means, whom it may mean, or None for somebody new."""
        if entry.card_number and (owner := self._by_card.get(entry.card_number)) is not None:
            if _is_other_person(owner, entry):
                return Doubt("Số thẻ này đang là của một người có tên và ngày sinh khác.", (owner,))
            return owner
        namesakes = [
            member
            for member in self._by_name.get((home, entry.name_key), [])
            if _may_be_born(member, entry) and not (entry.card_number and member.card_number)
        ]
        exact = [member for member in namesakes if member.born_on == entry.born_on]
        candidates = exact or namesakes
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            return Doubt("Đơn vị có nhiều người trùng họ tên.", tuple(candidates[:SHOWN_CANDIDATES]))
        near = tuple(self._near(entry))[:SHOWN_CANDIDATES]
        return Doubt("Có người cùng ngày sinh, họ tên giống hoặc gần giống.", near) if near else None

    def _near(self, entry: Entry) -> Iterator[Known]:
        """Members with the same birth and nearly the same name, or the same name in another unit."""
        if entry.born_on is None:
            return
        name = search_key(entry.full_name)
        for member in self._by_birth.get(entry.born_on, ()):
            if member.born_year_only != entry.born_year_only or (entry.card_number and member.card_number):
                continue
            other = search_key(member.full_name)
            if member.name_key == entry.name_key and entry.born_year_only:
                continue  # a usual name and a year: another person elsewhere rather than a move
            if other == name or (not entry.born_year_only and is_one_slip(other, name)):
                yield member


def _may_be_born(member: Known, entry: Entry) -> bool:
    if member.born_on is None or entry.born_on is None:
        return True
    if member.born_year_only or entry.born_year_only:
        return member.born_on.year == entry.born_on.year
    return member.born_on == entry.born_on


def _is_other_person(owner: Known, entry: Entry) -> bool:
    """Whether a card number leads to somebody whose birth and given name both differ: rather a wrong number."""
    if owner.born_on is None or entry.born_on is None or _may_be_born(owner, entry):
        return False
    return not is_one_slip(search_key(owner.full_name), search_key(entry.full_name))


def is_one_slip(one: str, other: str) -> bool:
    """Whether two texts are equal or differ by one letter typed wrong, left out, added, or by two swapped."""
    if abs(len(one) - len(other)) > 1:
        return False
    if len(one) > len(other):
        one, other = other, one
    start = next((at for at, letter in enumerate(one) if letter != other[at]), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    rest_one, rest_other = one[start:], other[start:]
    is_swapped = rest_one[:2] == rest_other[:2][::-1] and rest_one[2:] == rest_other[2:]
    return is_swapped or rest_one[1:] == rest_other[1:]
