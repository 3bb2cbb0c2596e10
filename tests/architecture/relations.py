"""Every role on every unit around `first`: own, sibling, parent, child and foreign.

The table in `matrix` names a caller for some of these places. What the others meet follows from its rows: the better of
what a member of their unit meets and what their office gives. Where that is not so, `APART` says what they meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from quiz_app.kernel.access import Role
from quiz_app.kernel.work import Work
from quiz_app.members.models import Member
from quiz_app.units.models import UnitKind
from tests.architecture.callers import Entry, Row
from tests.architecture.matrix_privacy import BREACHES
from tests.support import build
from tests.support.build import Commune


class Relation(StrEnum):
    """How the unit of a grant stands to `first`, whose contest and whose people are under test."""

    OWN = "own"
    SIBLING = "sibling"
    PARENT = "parent"
    CHILD = "child"
    FOREIGN = "foreign"


@dataclass(frozen=True)
class Placed:
    """Somebody who lives in the unit of his grant; as a mere member he only lives there."""

    role: Role
    relation: Relation

    @property
    def name(self) -> str:
        return f"{self.role.value} {self.relation.value}"


NAMED = {
    Placed(Role.MEMBER, Relation.OWN): "colleague",
    Placed(Role.MEMBER, Relation.SIBLING): "stranger",
    Placed(Role.MEMBER, Relation.FOREIGN): "inner_member",
    Placed(Role.SECRETARY, Relation.OWN): "secretary",
    Placed(Role.SECRETARY, Relation.SIBLING): "secretary_elsewhere",
    Placed(Role.OVERSEER, Relation.PARENT): "overseer",
    Placed(Role.OVERSEER, Relation.FOREIGN): "overseer_elsewhere",
    Placed(Role.AUTHOR, Relation.PARENT): "author",
    Placed(Role.REVIEWER, Relation.PARENT): "reviewer",
    Placed(Role.ORGANISER, Relation.PARENT): "organiser",
    Placed(Role.ORGANISER, Relation.FOREIGN): "organiser_elsewhere",
    Placed(Role.OPERATOR, Relation.PARENT): "operator",
}
OTHERS = [placed for role, relation in product(Role, Relation) if (placed := Placed(role, relation)) not in NAMED]

_MEMBER = {
    Relation.OWN: "colleague",
    Relation.SIBLING: "stranger",
    Relation.PARENT: "stranger",
    Relation.CHILD: "colleague",  # what is held for `first` is held for those below it too
    Relation.FOREIGN: "inner_member",
}
_COVERS = {
    Role.SECRETARY: {Relation.OWN},
    Role.OVERSEER: {Relation.OWN, Relation.PARENT},
    Role.ORGANISER: {Relation.OWN, Relation.PARENT},
}
_THE_BEST_FIRST = (Entry.IN, Entry.MISSING, Entry.FORBIDDEN)


def _of(role: Role, met: Entry) -> dict[str, Entry]:
    """All of a role whom the table does not name."""
    return {placed.name: met for placed in OTHERS if placed.role is role}


# holds the permission, and learns from the rounds that he himself organises: none
_LEARNS_NOTHING = _of(Role.AUTHOR, Entry.MISSING) | _of(Role.REVIEWER, Entry.MISSING)
_LEARNS_OF_FIRST = _LEARNS_NOTHING | {"organiser own": Entry.IN}
# a unit meets by itself: not with those below it
_NOT_OF_THE_UNIT = {placed.name for placed in OTHERS if placed.relation is Relation.CHILD}
# asked of `second` by a member of `first`: covering either is enough
_CHANGES_UNIT = _of(Role.SECRETARY, Entry.MISSING) | {"overseer sibling": Entry.IN, "organiser sibling": Entry.IN}
# answer what they are given, and have been given nothing
_IS_ASKED = _of(Role.AUTHOR, Entry.MISSING) | _of(Role.REVIEWER, Entry.MISSING)
# operators govern the units below their own, and give roles there as organisers do
_GOVERNS_OWN = _of(Role.OPERATOR, Entry.MISSING) | {"operator own": Entry.IN}
_OF_STAFF = _of(Role.AUTHOR, Entry.IN) | _of(Role.REVIEWER, Entry.IN) | _of(Role.OPERATOR, Entry.IN)

APART: dict[str, dict[str, Entry]] = {
    "analysis.index": _of(Role.AUTHOR, Entry.IN) | _of(Role.REVIEWER, Entry.IN),
    **{f"analysis.{name}": _LEARNS_OF_FIRST for name in ("compute", "export", "item", "of_round")},
    # keys are for those who keep the whole house's bank
    "analysis.item_keys": _LEARNS_NOTHING | {"organiser own": Entry.FORBIDDEN},
    "analysis.progress": _LEARNS_NOTHING,
    "asking_manage.inbox": _of(Role.AUTHOR, Entry.IN) | _of(Role.REVIEWER, Entry.IN),
    "asking_entries.propose": _IS_ASKED,
    **{f"asking_manage.{name}": _IS_ASKED for name in ("answer", "question", "take_up")},
    **{f"members_roles.{name}": _of(Role.OPERATOR, Entry.IN) for name in ("held", "people")},
    **{f"members_roles.{name}": _GOVERNS_OWN for name in ("grant", "person", "withdraw")},
    **{
        f"members_second_factor.{name}": _OF_STAFF
        for name in ("confirm", "offer", "page", "remove", "renew_codes", "show")
    },
    "privacy_manage.index": _of(Role.OPERATOR, Entry.IN),
    **{f"privacy_breaches.{name}": _of(Role.OPERATOR, Entry.IN) for name in ("index", "enter", *BREACHES)},
    "privacy_seen.search": _of(Role.OPERATOR, Entry.IN),
    **{f"privacy_manage.{name}": _GOVERNS_OWN for name in ("decide", "one", "take")},
    "members_second_factor.reset": _of(Role.OPERATOR, Entry.MISSING),
    # a desk stands at a commune or a city, not at a unit below it
    **{f"registering_desks.{name}": {"organiser own": Entry.MISSING} for name in ("desk", "renew_code", "save")},
    # who runs the contest and is not named to pay its prizes finds nothing
    **{f"awards_payments.{name}": {"organiser own": Entry.MISSING} for name in ("one_list", "one", "enter", "pay")},
    # held for the whole commune, so an organiser of `first` alone does not change it
    "elsewhere_manage.edit_contest": {"organiser own": Entry.MISSING},
    "elsewhere_manage.change_contest": {"organiser own": Entry.MISSING},
    # a list waits for who sent it alone
    "elsewhere_lists.planned_list": {"organiser own": Entry.MISSING},
    "elsewhere_lists.apply_list": {"organiser own": Entry.MISSING},
    "feedback_units.change": _CHANGES_UNIT,
    "feedback_units.decide": _CHANGES_UNIT,
    **{f"meetings.{name}": dict.fromkeys(_NOT_OF_THE_UNIT, Entry.FORBIDDEN) for name in ("arrive", "check_in")},
    **{
        f"meetings.{name}": dict.fromkeys(_NOT_OF_THE_UNIT, Entry.MISSING)
        for name in ("meeting", "printed", "calendar_file")
    },
    # operators look after the worker wherever they were appointed; an organiser sees what he asked for
    "operations.jobs": _of(Role.OPERATOR, Entry.IN),
    **{
        f"operations.{name}": _of(Role.OPERATOR, Entry.IN) | {"organiser own": Entry.MISSING}
        for name in ("job", "job_progress", "stop_job")
    },
}


def expected(endpoint: str, row: Row) -> dict[str, Entry]:
    """What everybody meets whom the table does not name."""
    return {placed.name: _expected(row, placed) for placed in OTHERS} | APART.get(endpoint, {})


def _expected(row: Row, placed: Placed) -> Entry:
    found = [row.expected(_MEMBER[placed.relation])]
    if placed.role in _COVERS:
        elsewhere = row.expected(f"{placed.role.value}_elsewhere")
        is_covering = placed.relation in _COVERS[placed.role]
        # an affair of the whole house: an office below its root is none
        is_none = elsewhere is Entry.FORBIDDEN and placed.relation is not Relation.PARENT
        found.append(row.expected(placed.role.value) if is_covering and not is_none else elsewhere)
    elif placed.role is not Role.MEMBER and placed.relation is Relation.PARENT:
        found.append(row.expected(placed.role.value))
    return min(found, key=_THE_BEST_FIRST.index)


def people(w: Work, commune: Commune) -> dict[str, Member]:
    """Those whom the table does not name, by the name of their place; `first` gets a unit below it."""
    places = {
        Relation.OWN: commune.first,
        Relation.SIBLING: commune.second,
        Relation.PARENT: commune.root,
        Relation.CHILD: build.unit(w, "CB1T", "Tổ Đảng Giang Cao", UnitKind.CELL, commune.first),
        Relation.FOREIGN: commune.inner,
    }
    return {
        placed.name: build.member(
            w,
            places[placed.relation],
            f"Hà Văn {placed.role.value} {placed.relation.value}",
            roles=[] if placed.role is Role.MEMBER else [(placed.role, places[placed.relation])],
        )
        for placed in OTHERS
    }
