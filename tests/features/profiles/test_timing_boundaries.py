"""Every boundary in time, through the services: the microsecond before it, and the instant itself.

A case is a round with its times; the tables say by literal instants who may start when and when an attempt ends. The
1st of December 2026 is a Tuesday; the 5th and 6th are a weekend.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from quiz_app.attempts import closing, granting, services
from quiz_app.attempts.errors import AttemptClosed, AttemptClosing, Barred
from quiz_app.attempts.models import Attempt, EndedBy
from quiz_app.attempts.verify import differences
from quiz_app.contests.models import Round
from quiz_app.members.models import Member
from quiz_app.rules.eligibility import Bar
from quiz_app.rules.timing import DailyHours
from quiz_app.units.models import Unit
from tests.features.profiles.staging import at
from tests.support import build, contest
from tests.support.build import Commune
from tests.support.sitting import answer, right_letters, wrong_letters
from tests.support.works import Work

MOMENT = timedelta(microseconds=1)
GRACE = timedelta(seconds=5)
SETTLING = timedelta(seconds=2)
NEVER = "31 00:00:00"

TWO_HOURS = {"opens_at": at("02 08:00:00"), "closes_at": at("02 10:00:00"), "time_limit_s": 20 * 60}
WORKDAYS = {
    "opens_at": at("03 08:00:00"),
    "closes_at": at("08 12:00:00"),
    "time_limit_s": 20 * 60,
    "daily": DailyHours(7 * 60 + 30, 17 * 60 + 30),
    "weekdays": frozenset(range(5)),
}
WITHOUT_LIMIT = {"time_limit_s": None}


@dataclass(frozen=True)
class Case:
    """`starts`: instant → what bars a start. `ends`: start → deadline, of starts before and after the grants.

    Granted at `granted`: minutes of extension to the unit of that name (root for all), minutes of extra time. The
    members who sit belong to `unit`.
    """

    terms: Mapping[str, Any]
    starts: Mapping[str, Bar | None]
    ends: Mapping[str, str]
    granted: str = NEVER
    extension: int = 0
    extended: str = "root"
    extra_time: int = 0
    unit: str = "first"


CASES = {
    "a limit": Case(
        TWO_HOURS,
        starts={
            "02 07:59:59.999999": Bar.NOT_YET_OPEN,
            "02 08:00:00": None,
            "02 09:59:59.999999": None,
            "02 10:00:00": Bar.CLOSED,
            "02 10:00:04": Bar.CLOSED,  # the grace is for what was begun
        },
        ends={
            "02 08:00:00": "02 08:20:00",
            "02 09:39:59.999999": "02 09:59:59.999999",
            "02 09:40:00": "02 10:00:00",
            "02 09:40:00.000001": "02 10:00:00",
            "02 09:59:59.999999": "02 10:00:00",
        },
    ),
    "no limit": Case(
        TWO_HOURS | WITHOUT_LIMIT,
        starts={"02 07:59:59.999999": Bar.NOT_YET_OPEN, "02 09:59:59.999999": None, "02 10:00:00": Bar.CLOSED},
        ends={"02 08:00:00": "02 10:00:00", "02 09:59:59.999999": "02 10:00:00"},
    ),
    "extended for all": Case(
        TWO_HOURS,
        granted="02 09:55:00",
        extension=30,
        starts={
            "02 09:59:59.999999": None,
            "02 10:00:00": None,
            "02 10:29:59.999999": None,
            "02 10:30:00": Bar.CLOSED,
        },
        ends={
            "02 09:35:00": "02 09:55:00",  # nobody has more than the limit
            "02 09:50:00": "02 10:10:00",  # cut to 10:00 when it began
            "02 10:10:00": "02 10:30:00",
            "02 10:10:00.000001": "02 10:30:00",
            "02 10:29:59.999999": "02 10:30:00",
        },
    ),
    "extended for all, no limit": Case(
        TWO_HOURS | WITHOUT_LIMIT,
        granted="02 09:55:00",
        extension=30,
        starts={"02 10:29:59.999999": None, "02 10:30:00": Bar.CLOSED},
        ends={"02 08:00:00": "02 10:30:00", "02 10:00:00": "02 10:30:00"},
    ),
    "extended for the own unit": Case(
        TWO_HOURS,
        granted="02 09:55:00",
        extension=30,
        extended="committee",
        unit="inner",
        starts={"02 10:00:00": None, "02 10:29:59.999999": None, "02 10:30:00": Bar.CLOSED},
        ends={"02 09:50:00": "02 10:10:00", "02 10:20:00": "02 10:30:00"},
    ),
    "extended for another unit": Case(
        TWO_HOURS,
        granted="02 09:55:00",
        extension=30,
        extended="committee",
        starts={"02 09:59:59.999999": None, "02 10:00:00": Bar.CLOSED},
        ends={"02 09:50:00": "02 10:00:00", "02 09:56:00": "02 10:00:00"},
    ),
    "extra time": Case(
        TWO_HOURS,
        granted="02 08:10:00",
        extra_time=10,
        starts={"02 09:59:59.999999": None, "02 10:00:00": Bar.CLOSED},
        ends={
            "02 08:00:00": "02 08:30:00",  # granted while he sits
            "02 09:29:59.999999": "02 09:59:59.999999",
            "02 09:30:00.000001": "02 10:00:00",  # never beyond the close
            "02 09:45:00": "02 10:00:00",
        },
    ),
    "extra time, no limit": Case(
        TWO_HOURS | WITHOUT_LIMIT,
        granted="02 08:10:00",
        extra_time=10,
        starts={"02 10:00:00": Bar.CLOSED},
        ends={"02 08:00:00": "02 10:00:00", "02 09:00:00": "02 10:00:00"},
    ),
    "extra time, extended for the own unit": Case(
        TWO_HOURS,
        granted="02 09:55:00",
        extra_time=10,
        extension=30,
        extended="first",
        starts={"02 10:29:59.999999": None, "02 10:30:00": Bar.CLOSED},
        ends={"02 09:50:00": "02 10:20:00", "02 10:00:00": "02 10:30:00", "02 10:10:00": "02 10:30:00"},
    ),
    "daily hours on workdays": Case(
        WORKDAYS,
        starts={
            "03 07:30:00": Bar.NOT_YET_OPEN,  # within the hours, before the round opens
            "03 07:59:59.999999": Bar.NOT_YET_OPEN,
            "03 08:00:00": None,
            "03 17:29:59.999999": None,
            "03 17:30:00": Bar.OUTSIDE_HOURS,
            "04 07:29:59.999999": Bar.OUTSIDE_HOURS,
            "04 07:30:00": None,
            "04 17:30:00": Bar.OUTSIDE_HOURS,
            "05 10:00:00": Bar.OUTSIDE_HOURS,
            "06 10:00:00": Bar.OUTSIDE_HOURS,
            "07 07:29:59.999999": Bar.OUTSIDE_HOURS,
            "07 07:30:00": None,
            "08 11:59:59.999999": None,
            "08 12:00:00": Bar.CLOSED,  # within the hours, after the round has closed
        },
        ends={
            "03 08:00:00": "03 08:20:00",
            "03 17:10:00": "03 17:30:00",
            "03 17:10:00.000001": "03 17:30:00",
            "04 17:29:59.999999": "04 17:30:00",
            "08 11:50:00": "08 12:00:00",
        },
    ),
    "daily hours, no limit": Case(
        WORKDAYS | WITHOUT_LIMIT,
        starts={"03 17:30:00": Bar.OUTSIDE_HOURS},
        ends={"03 08:00:00": "03 17:30:00", "04 07:30:00": "04 17:30:00", "08 07:30:00": "08 12:00:00"},
    ),
    "daily hours, extra time": Case(
        WORKDAYS,
        granted="02 08:00:00",
        extra_time=10,
        starts={"03 17:29:59.999999": None, "03 17:30:00": Bar.OUTSIDE_HOURS},
        ends={"03 12:00:00": "03 12:30:00", "03 17:00:00": "03 17:30:00", "03 17:00:00.000001": "03 17:30:00"},
    ),
    "daily hours, extended": Case(
        WORKDAYS,
        granted="08 11:55:00",
        extension=30,
        starts={
            "07 17:30:00": Bar.OUTSIDE_HOURS,  # the last session alone ends later
            "08 12:00:00": None,
            "08 12:29:59.999999": None,
            "08 12:30:00": Bar.CLOSED,
        },
        ends={
            "07 17:20:00": "07 17:30:00",
            "08 11:50:00": "08 12:10:00",
            "08 12:20:00": "08 12:30:00",
        },
    ),
    "workdays, day and night": Case(
        WORKDAYS | {"daily": None},
        starts={
            "03 23:59:59.999999": None,
            "04 00:00:00": None,
            "04 23:59:59.999999": None,
            "05 00:00:00": Bar.OUTSIDE_HOURS,
            "06 23:59:59.999999": Bar.OUTSIDE_HOURS,
            "07 00:00:00": None,
        },
        ends={
            "03 23:50:00": "04 00:10:00",  # midnight between two workdays ends nothing
            "04 23:50:00": "05 00:00:00",
            "07 00:00:00": "07 00:20:00",
        },
    ),
}


class Scene:
    """A round of one case, and members who sit it."""

    def __init__(self, work: Work, commune: Commune, case: Case) -> None:
        self.work = work
        self.case = case
        self._commune = commune
        self._sitters: list[Member] = []
        with work() as w:
            self.round: Round = contest.open_round(w, commune.root, **case.terms).round

    def members(self, count: int) -> list[Member]:
        unit: Unit = getattr(self._commune, self.case.unit)
        with self.work() as w:
            found = [
                build.member(w, unit, f"Nguyễn Văn Số {len(self._sitters) + n}", with_account=False)
                for n in range(count)
            ]
        self._sitters += found
        return found

    def grant(self) -> None:
        """What the case grants, to all who are there by now."""
        case, now = self.case, at(self.case.granted)
        with self.work(actor=self._commune.organiser, now=now) as w:
            if case.extension:
                extended: Unit = getattr(self._commune, case.extended)
                unit_id = None if case.extended == "root" else extended.id
                granting.extend_round(w, self.round.id, unit_id, case.extension, "Mất điện, đợt thi đóng muộn hơn.")
            for member in self._sitters if case.extra_time else ():
                granting.grant_extra_time(w, self.round.id, member.id, case.extra_time, "Khó đọc chữ nhỏ")

    def start(self, member: Member, now: datetime) -> int:
        with self.work(actor=member, now=now) as w:
            return services.start(w, self.round.id, is_demonstration_site=False)

    def save(self, member: Member, attempt_id: int, now: datetime, *, is_right: bool, revision: int) -> timedelta:
        """Answer the first place; how long there is left."""
        with self.work(actor=member, now=now) as w:
            letters = right_letters(w, attempt_id, 1) if is_right else wrong_letters(w, attempt_id, 1)
            return answer(w, attempt_id, 1, letters, revision=revision).remaining

    def submit(self, member: Member, attempt_id: int, now: datetime) -> bool:
        with self.work(actor=member, now=now) as w:
            return services.submit(w, attempt_id, 1)

    def close(self, attempt_id: int, now: datetime) -> bool:
        with self.work(now=now) as w:
            return closing.close_if_due(w, attempt_id)

    def ended(self, attempt_id: int) -> tuple[datetime | None, str | None, int | None, int | None]:
        """When and by whom an attempt ended, how long it took, and its score."""
        with self.work() as w:
            row = w.session.get_one(Attempt, attempt_id)
            return row.ended_at, row.ended_by, row.duration_ms, row.score


@pytest.mark.parametrize("name", CASES)
def test_who_may_start_when(work: Work, commune: Commune, name: str) -> None:
    scene = Scene(work, commune, CASES[name])
    members = scene.members(len(scene.case.starts))
    if scene.case.granted != NEVER:
        scene.grant()
    found: dict[str, Bar | None] = {}
    for member, instant in zip(members, scene.case.starts, strict=True):
        try:
            scene.start(member, at(instant))
            found[instant] = None
        except Barred as barred:
            (found[instant],) = barred.bars
    assert found == scene.case.starts


@pytest.mark.parametrize("name", CASES)
def test_until_when_an_attempt_runs(work: Work, commune: Commune, name: str) -> None:
    scene = Scene(work, commune, CASES[name])
    begun = {start: scene.members(len(ENDINGS)) for start in scene.case.ends}
    attempts: dict[int, int] = {}
    is_granted = False
    for start in sorted(begun):
        if not is_granted and at(scene.case.granted) <= at(start):
            scene.grant()
            is_granted = True
        attempts |= {member.id: scene.start(member, at(start)) for member in begun[start]}
    if not is_granted and scene.case.granted != NEVER:
        scene.grant()
    for start, members in begun.items():
        for member, ending in zip(members, ENDINGS, strict=True):
            ending(scene, member, attempts[member.id], at(start), at(scene.case.ends[start]))
    with work() as w:
        assert list(differences(w.session)) == []


def _submits_before(scene: Scene, member: Member, attempt_id: int, start: datetime, deadline: datetime) -> None:
    assert scene.submit(member, attempt_id, deadline - MOMENT)
    assert scene.ended(attempt_id) == (deadline - MOMENT, EndedBy.MEMBER.value, _ms(deadline - MOMENT - start), 0)


def _submits_at_the_deadline(
    scene: Scene, member: Member, attempt_id: int, start: datetime, deadline: datetime
) -> None:
    assert scene.submit(member, attempt_id, deadline)
    assert scene.ended(attempt_id) == (deadline, EndedBy.MEMBER.value, _ms(deadline - start), 0)


def _submits_within_the_grace(
    scene: Scene, member: Member, attempt_id: int, start: datetime, deadline: datetime
) -> None:
    assert scene.submit(member, attempt_id, deadline + GRACE - MOMENT)
    assert scene.ended(attempt_id) == (deadline, EndedBy.MEMBER.value, _ms(deadline - start), 0)


def _submits_too_late(scene: Scene, member: Member, attempt_id: int, start: datetime, deadline: datetime) -> None:
    for late in (GRACE, GRACE + SETTLING - MOMENT):
        with pytest.raises(AttemptClosing):
            scene.submit(member, attempt_id, deadline + late)
    assert scene.ended(attempt_id) == (None, None, None, None)
    assert not scene.submit(member, attempt_id, deadline + GRACE + SETTLING), "it is closed, but not by the member"
    assert scene.ended(attempt_id) == (deadline, EndedBy.DEADLINE.value, _ms(deadline - start), 0)


def _saves_until_the_last(scene: Scene, member: Member, attempt_id: int, start: datetime, deadline: datetime) -> None:
    last = deadline + GRACE - MOMENT
    assert scene.save(member, attempt_id, deadline - MOMENT, is_right=False, revision=1) == MOMENT
    assert scene.save(member, attempt_id, deadline, is_right=False, revision=2) == timedelta(0)
    assert scene.save(member, attempt_id, last, is_right=True, revision=3) == MOMENT - GRACE
    for late in (GRACE, GRACE + SETTLING):
        with pytest.raises(AttemptClosed):
            scene.save(member, attempt_id, deadline + late, is_right=False, revision=4)
    assert not scene.close(attempt_id, deadline + GRACE + SETTLING - MOMENT)
    assert scene.close(attempt_id, deadline + GRACE + SETTLING)
    assert scene.ended(attempt_id) == (deadline, EndedBy.DEADLINE.value, _ms(deadline - start), 1)
    with pytest.raises(AttemptClosed):
        scene.save(member, attempt_id, deadline + GRACE + SETTLING, is_right=False, revision=5)


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


ENDINGS = (
    _submits_before,
    _submits_at_the_deadline,
    _submits_within_the_grace,
    _submits_too_late,
    _saves_until_the_last,
)
