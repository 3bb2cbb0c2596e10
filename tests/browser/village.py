"""A village per test: one installation serves them all, and nobody sees the rounds or boards of another."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta

from quiz_app.catalogue import queries as catalogue
from quiz_app.contests.models import Round
from quiz_app.kernel.access import Role
from quiz_app.kernel.work import Work
from quiz_app.members.labels import CONSENT_VERSION
from quiz_app.members.models import Account, Member
from quiz_app.units import services as units
from quiz_app.units.models import Unit, UnitKind
from tests.support import build, sitting

CONTEST_TITLE = "Tìm hiểu Nghị quyết"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Village:
    """root > first, second. Without a word about the place, people belong to `first`."""

    root: Unit
    first: Unit
    second: Unit
    member: Member
    colleague: Member
    probationer: Member
    secretary: Member
    stranger: Member
    overseer: Member
    organiser: Member


def found(w: Work) -> Village:
    """Found one more, within a unit of work of the system."""
    number = next(_numbers)
    root = build.unit(w, f"XA{number}", "Đảng bộ xã Bát Tràng", UnitKind.COMMUNE, None)
    first = build.unit(w, f"XA{number}A", "Chi bộ thôn Giang Cao", UnitKind.CELL, root)
    second = build.unit(w, f"XA{number}B", "Chi bộ thôn Kim Lan", UnitKind.CELL, root)
    units.set_helper(w, first.id, name="Bùi Thị Lan", phone="0912 345 678")

    def person(unit: Unit, name: str, *roles: tuple[Role, Unit]) -> Member:
        made = build.member(w, unit, name, roles=roles, with_account=False)
        account = Account(
            member_id=made.id,
            username=f"{build.username(made)}{number}",
            password_hash=build.password_hash(),
            password_changed_at=w.now,
            notices_version=CONSENT_VERSION,
        )
        w.session.add_all([account, build.takes_part(made, w.now)])
        w.session.flush()
        return made

    return Village(
        root=root,
        first=first,
        second=second,
        member=person(first, "Nguyễn Văn An"),
        colleague=person(first, "Đỗ Thị Bình"),
        probationer=person(first, "Lê Hồng Ánh"),
        secretary=person(first, "Bùi Thị Lan", (Role.SECRETARY, first)),
        stranger=person(second, "Phạm Quốc Đạt"),
        overseer=person(second, "Đặng Thu Hà", (Role.OVERSEER, root)),
        organiser=person(second, "Tạ Quang Huy", (Role.ORGANISER, root)),
    )


def open_round(w: Work, village: Village, **changes: object) -> Round:
    """A round of the village over the shipped contest set: 8 items, 15 minutes, 3 attempts, open for a day.

    `changes` replace fields of its terms.
    """
    found = catalogue.published_set(w.session, sitting.CONTEST_SET)
    assert found is not None
    window = {"opens_at": w.now - timedelta(hours=1), "closes_at": w.now + timedelta(days=1, minutes=5)}
    return sitting.open_round(w, village.root, found.id, **{**window, **changes})
