"""Whom a contest rewards: proposed from a published final table, approved by another person, then published.

A list names the version of the table that it rests on. When a later version is published the list stays as it was
decided, and says so; somebody proposes anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quiz_app.attempts.errors import SamePerson
from quiz_app.awards.errors import AwardsOutdated, AwardsSettled, NoAwards, NotYetFinal, TooManyPrizes
from quiz_app.awards.models import Award, AwardList, PrizePayment
from quiz_app.awards.policy import Action
from quiz_app.contests import queries as contests
from quiz_app.contests.models import PrizeScope
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.members.models import Member
from quiz_app.results import checklist, subjects
from quiz_app.results.models import FinalRow, FinalTable, FinalUnitRow
from quiz_app.results.subjects import Subject

Won = tuple[int | None, int, str]
"""A prize by a table: the member, or None where the unit itself won it; the unit; the title."""


@dataclass(frozen=True, slots=True)
class Special:
    """A prize by hand, for a member or else for a unit."""

    member_id: int | None
    unit_id: int | None
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What a later version of the table says otherwise than the list: who would be on it no more, and who anew."""

    version: int
    gone: Sequence[Won]
    new: Sequence[Won]


def propose(w: Work, kind: PrizeScope, number: int) -> AwardList:
    """List the prizes of the table in force, in place of a list that was not approved.

    Special prizes of the list before are taken along, to be approved anew with their reasons.
    Raises Missing, NotYetFinal.
    """
    subject = subjects.held(w, subjects.subject(w.session, kind, number))
    table = checklist.latest(w.session, subject.key)
    if table is None:
        raise NotYetFinal
    before = newest(w.session, subject.key)
    special = [] if before is None else [one for one in awards_of(w.session, before.id) if one.added_by is not None]
    carried = [
        Award(member_id=one.member_id, unit_id=one.unit_id, title=one.title, reason=one.reason, added_by=one.added_by)
        for one in special
    ]
    _drop_open(w, subject.key)
    last = w.session.scalar(select(func.max(AwardList.version)).where(AwardList.scope == subject.key)) or 0
    made = AwardList(
        contest_id=subject.contest.id,
        table_id=table.id,
        scope=subject.key,
        version=last + 1,
        proposed_at=w.now,
        proposed_by=w.actor.member,
    )
    w.session.add(made)
    w.session.flush()
    computed = [
        Award(member_id=member_id, unit_id=unit_id, title=title) for member_id, unit_id, title in won(w.session, table)
    ]
    for position, award in enumerate([*computed, *carried], start=1):
        award.list_id, award.position = made.id, position
        w.session.add(award)
    w.session.flush()
    w.record(
        Action.AWARDS_PROPOSED,
        f"award_list:{made.id}",
        scope=made.scope,
        version=made.version,
        table_version=table.version,
        awards=len(computed) + len(carried),
    )
    return made


def add_special(w: Work, list_id: int, wanted: Special) -> Award:
    """Put a prize on a list by hand: for somebody who took part by its table, or for a unit of it.

    Raises Missing, AwardsSettled, TooManyPrizes, BadInput.
    """
    subject, found = _held_open(w, list_id)
    unit_id = wanted.unit_id
    if wanted.member_id is not None:
        row = w.session.get(FinalRow, (found.table_id, wanted.member_id))
        if row is None:
            raise Missing
        unit_id = row.unit_id
    if unit_id is None or unit_id not in _units_of(w.session, found.table_id):
        raise Missing
    last = w.session.scalar(select(func.max(Award.position)).where(Award.list_id == found.id)) or 0
    award = Award(
        list_id=found.id,
        position=last + 1,
        member_id=wanted.member_id,
        unit_id=unit_id,
        title=wanted.title,
        reason=wanted.reason,
        added_by=w.actor.member,
    )
    try:
        with w.session.begin_nested():
            w.session.add(award)
    except IntegrityError as error:
        raise BadInput({"title": ["Người hoặc đơn vị này đã có giải cùng tên trong danh sách."]}) from error
    _require_within_cap(w.session, subject, found)
    w.record(Action.SPECIAL_ADDED, f"award_list:{found.id}", award_id=award.id, title=award.title, reason=award.reason)
    return award


def remove_special(w: Work, award_id: int) -> AwardList:
    """Take a prize off that was added by hand. Raises Missing, AwardsSettled."""
    award = w.session.get(Award, award_id)
    if award is None or award.added_by is None:
        raise Missing
    _, found = _held_open(w, award.list_id)
    w.session.execute(delete(Award).where(Award.id == award_id))
    w.record(Action.SPECIAL_REMOVED, f"award_list:{found.id}", award_id=award_id, title=award.title)
    return found


def approve(w: Work, list_id: int, sha256: str) -> AwardList:
    """Approve a list as it was read, as somebody who has neither proposed it nor added to it.

    Raises Missing, SamePerson, AwardsSettled, AwardsOutdated, NoAwards, TooManyPrizes.
    """
    subject, found = _held_open(w, list_id)
    awards = awards_of(w.session, found.id)
    if w.actor.member in {found.proposed_by, *(one.added_by for one in awards)}:
        raise SamePerson
    if not awards:
        raise NoAwards
    if fingerprint(awards) != sha256:
        raise AwardsSettled
    _require_newest_table(w.session, subject, found)
    _require_within_cap(w.session, subject, found)
    found.approved_at, found.approved_by = w.now, w.actor.member
    w.record(Action.AWARDS_APPROVED, f"award_list:{found.id}", scope=found.scope, version=found.version, sha256=sha256)
    return found


def publish(w: Work, list_id: int) -> AwardList:
    """Let everybody read an approved list; what was done about paying a prize goes along to the same prize of it.

    Raises Missing, AwardsSettled, AwardsOutdated, TooManyPrizes.
    """
    subject, found = _held(w, list_id)
    if found.approved_by is None or found.published_at is not None:
        raise AwardsSettled
    _require_newest_table(w.session, subject, found)
    _require_within_cap(w.session, subject, found)
    _take_payments(w, found)
    published = w.session.execute(
        update(AwardList)
        .where(AwardList.id == found.id, AwardList.published_at.is_(None))
        .values(published_at=w.now)
        .returning(AwardList.id)
    ).one_or_none()
    if published is None:
        raise AwardsSettled
    w.session.refresh(found)
    sha256 = fingerprint(awards_of(w.session, found.id))
    w.record(Action.AWARDS_PUBLISHED, f"award_list:{found.id}", scope=found.scope, version=found.version, sha256=sha256)
    return found


def managed(r: Reading, list_id: int) -> tuple[AwardList, Subject]:
    """A list for those who run its contest. Raises Missing."""
    found = r.session.get(AwardList, list_id)
    if found is None:
        raise Missing
    contests.managed_contest(r, found.contest_id)
    return found, subjects.of_key(r.session, found.scope)


def newest(session: Session, scope: str) -> AwardList | None:
    """The last list of a scope, in whatever state."""
    query = select(AwardList).where(AwardList.scope == scope).order_by(AwardList.version.desc()).limit(1)
    return session.scalars(query).one_or_none()


def awards_of(session: Session, list_id: int) -> Sequence[Award]:
    return session.scalars(select(Award).where(Award.list_id == list_id).order_by(Award.position)).all()


def won(session: Session, table: FinalTable) -> list[Won]:
    """The prizes of a table, people before units, the best first."""
    titles = [prize["title"] for prize in table.rule["prizes"]]
    people = session.execute(
        select(FinalRow.member_id, FinalRow.unit_id, FinalRow.prize, FinalRow.place).where(
            FinalRow.table_id == table.id, FinalRow.prize.is_not(None)
        )
    )
    units = session.execute(
        select(FinalUnitRow.unit_id, FinalUnitRow.prize, FinalUnitRow.class_name, FinalUnitRow.place).where(
            FinalUnitRow.table_id == table.id, FinalUnitRow.prize.is_not(None)
        )
    )
    of_people = sorted(people, key=lambda row: (titles.index(row[2]), row[3] or 0, row[0]))
    of_units = sorted(units, key=lambda row: (titles.index(row[1]), row[2], row[3] or 0, row[0]))
    return [*((row[0], row[1], row[2] or "") for row in of_people), *((None, row[0], row[1] or "") for row in of_units)]


def changes(session: Session, found: AwardList) -> Changes | None:
    """What the table in force says otherwise; None while the list rests on it."""
    table = checklist.latest(session, found.scope)
    if table is None or table.id == found.table_id:
        return None
    own = [(one.member_id, one.unit_id, one.title) for one in awards_of(session, found.id) if one.added_by is None]
    now = won(session, table)
    return Changes(table.version, [one for one in own if one not in now], [one for one in now if one not in own])


def fingerprint(awards: Sequence[Award]) -> str:
    """What stands on a list, as a hash: who approves it has read this and nothing else."""
    rows = [[one.member_id, one.unit_id, one.title, one.reason] for one in awards]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


def _held(w: Work, list_id: int) -> tuple[Subject, AwardList]:
    """A list with its contest and rounds held. Raises Missing, AwardsSettled for one that another has replaced."""
    scope = w.session.scalar(select(AwardList.scope).where(AwardList.id == list_id))
    if scope is None:
        raise Missing
    subject = subjects.held(w, subjects.of_key(w.session, scope))
    found = w.session.get(AwardList, list_id, populate_existing=True)
    if found is None:
        raise AwardsSettled
    return subject, found


def _held_open(w: Work, list_id: int) -> tuple[Subject, AwardList]:
    subject, found = _held(w, list_id)
    if found.approved_by is not None:
        raise AwardsSettled
    return subject, found


def _require_newest_table(session: Session, subject: Subject, found: AwardList) -> None:
    table = checklist.latest(session, subject.key)
    if table is None or table.id != found.table_id:
        raise AwardsOutdated


def _require_within_cap(session: Session, subject: Subject, found: AwardList) -> None:
    """Nobody whom a special prize was given has more prizes over the rounds than the rules allow, by this list and the
    published ones of other rounds; prizes by tables alone keep within it as they are computed.
    """
    most = subject.contest.most_prizes
    if subject.kind is not PrizeScope.ROUND or most is None:
        return
    in_force = (
        select(func.max(AwardList.id))
        .where(
            AwardList.contest_id == subject.contest.id,
            AwardList.scope.startswith("round:"),
            AwardList.scope != subject.key,
            AwardList.published_at.is_not(None),
        )
        .group_by(AwardList.scope)
    )
    counted = (Award.list_id == found.id) | Award.list_id.in_(in_force)
    over = (
        select(Member.full_name)
        .join(Award, Award.member_id == Member.id)
        .where(counted, Member.id.in_(select(Award.member_id).where(Award.list_id == found.id)))
        .group_by(Member.id)
        .having(func.count() > most, func.count(Award.added_by) > 0)
        .order_by(Member.sort_key, Member.id)
    )
    names = session.scalars(over).all()
    if names:
        raise TooManyPrizes(most, names)


def _units_of(session: Session, table_id: int) -> set[int]:
    """The units of a table: ranked ones, and those of its people."""
    ranked = select(FinalUnitRow.unit_id).where(FinalUnitRow.table_id == table_id)
    people = select(FinalRow.unit_id).where(FinalRow.table_id == table_id)
    return set(session.scalars(ranked.union(people)))


def _take_payments(w: Work, found: AwardList) -> None:
    """So that nobody is paid twice for what he won by both lists."""
    before = w.session.scalars(
        select(AwardList.id)
        .where(AwardList.scope == found.scope, AwardList.published_at.is_not(None))
        .order_by(AwardList.version.desc())
        .limit(1)
    ).one_or_none()
    if before is None:
        return
    same = {_key(one): one.id for one in awards_of(w.session, found.id)}
    for award in awards_of(w.session, before):
        if _key(award) in same:
            kept = update(PrizePayment).where(PrizePayment.award_id == award.id)
            w.session.execute(kept.values(award_id=same[_key(award)]))


def _key(award: Award) -> Won:
    return award.member_id, award.unit_id if award.member_id is None else 0, award.title


def _drop_open(w: Work, scope: str) -> None:
    """Remove what was proposed and never approved, and what was approved and never published."""
    ids = w.session.scalars(
        select(AwardList.id).where(AwardList.scope == scope, AwardList.published_at.is_(None))
    ).all()
    w.session.execute(delete(Award).where(Award.list_id.in_(ids)))
    w.session.execute(delete(AwardList).where(AwardList.id.in_(ids)))
    w.session.expire_all()
