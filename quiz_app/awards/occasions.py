"""What certificates are handed out for, and who is entitled to one: facts that are final, asked for anew each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from quiz_app.attempts.models import Result
from quiz_app.awards import labels
from quiz_app.awards.models import Award, AwardList, CertificateKind, CertificateSeries
from quiz_app.catalogue.models import Lesson, StudyModule
from quiz_app.contests import policy as contests_policy
from quiz_app.contests.models import Contest, Round
from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Member, Standing
from quiz_app.results import subjects
from quiz_app.rules.visibility import Audience, Sight, Thing
from quiz_app.study.models import LessonProgress
from quiz_app.study.progress import IN_FORCE
from quiz_app.units.models import Unit, UnitAncestor
from quiz_app.units.policy import covered_units

PRIZE = "prize:"
GONE = (Standing.MOVED.value, Standing.LEFT.value)
MOST_OFFERED = 300


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something that certificates may be handed out for; `body` is what they say of it unless it is worded anew."""

    kind: CertificateKind
    subject: str
    unit_id: int
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose name a certificate carries; without a member it is the unit's own."""

    member_id: int | None
    unit_id: int
    name: str
    unit_name: str
    merit: str = ""


def occasion(r: Reading, subject: str, unit_id: int) -> Occasion:
    """One that the actor may hand out certificates for. Raises Missing."""
    found = next((one for one in offered(r, with_open=True) if (one.subject, one.unit_id) == (subject, unit_id)), None)
    if found is None:
        raise Missing
    return found


def offered(r: Reading, *, with_open: bool = False) -> list[Occasion]:
    """What the actor may hand out certificates for, the newest contests first; with `with_open` also what he does."""
    found = [*_of_contests(r), *_of_awards(r), *_of_modules(r)]
    if with_open:
        return found
    query = select(CertificateSeries.subject, CertificateSeries.unit_id)
    there = {(row[0], row[1]) for row in r.session.execute(query)}
    return [one for one in found if (one.subject, one.unit_id) not in there]


def is_final(r: Reading, series: CertificateSeries) -> bool:
    """Whether everything that the certificates of a series rest on is published."""
    if series.kind != CertificateKind.PARTICIPATION.value:
        return True
    rounds = _rounds(r.session, series.subject)
    return bool(rounds) and all(_is_final(r, round_) for round_ in rounds)


def entitled(
    r: Reading, series: CertificateSeries, *, unit_id: int | None = None, member_id: int | None = None
) -> list[Holder]:
    """Who may have a certificate of the series, of one unit or one member where asked, in the order of names."""
    if not is_final(r, series):
        return []
    if series.kind == CertificateKind.PRIZE.value:
        return _winners(r.session, series, unit_id, member_id)
    found = _people(r.session, series, member_id).subquery()
    query = (
        select(Member.id, Unit.id, Member.full_name, Unit.name)
        .join(found, found.c.member_id == Member.id)
        .join(Unit, Unit.id == found.c.unit_id)
        .where(*_narrowed(found.c.unit_id, unit_id))
        .order_by(Unit.sort_key, Unit.id, Member.sort_key, Member.id)
    )
    return [Holder(*row) for row in r.session.execute(query)]


def counts(r: Reading, series: CertificateSeries) -> dict[int, int]:
    """By unit, how many certificates its people and the unit itself may have."""
    if series.kind == CertificateKind.PRIZE.value:
        return dict(Counter(holder.unit_id for holder in entitled(r, series)))
    if not is_final(r, series):
        return {}
    found = _people(r.session, series).subquery()
    rows = r.session.execute(select(found.c.unit_id, func.count()).group_by(found.c.unit_id))
    return {row[0]: row[1] for row in rows}


def _of_contests(r: Reading) -> list[Occasion]:
    rounds = r.session.scalars(
        select(Round)
        .join(Contest, Contest.id == Round.contest_id)
        .options(joinedload(Round.contest))
        .where(contests_policy.managed(r.actor), Contest.is_rehearsal.is_(False), Round.published_at.is_not(None))
        .where(Contest.anonymised_at.is_(None))
        .order_by(Contest.id.desc(), Round.position.desc())
        .limit(MOST_OFFERED)
    ).all()
    found: list[Occasion] = []
    contests = {round_.contest_id: round_.contest for round_ in rounds}
    for contest in contests.values():
        own = [round_ for round_ in rounds if round_.contest_id == contest.id]
        if all(_is_final(r, round_) for round_ in own):
            title, body = labels.WHOLE.format(what=contest.title), labels.PARTICIPATED.format(what=contest.title)
            found.append(_participation(f"contest:{contest.id}", contest, title, body))
        for round_ in own:
            if _is_final(r, round_):
                title = f"{contest.title} – {round_.title}"
                body = labels.PARTICIPATED.format(what=f"{round_.title}, {contest.title}")
                found.append(_participation(f"round:{round_.id}", contest, title, body))
    return found


def _participation(subject: str, contest: Contest, title: str, body: str) -> Occasion:
    return Occasion(CertificateKind.PARTICIPATION, subject, contest.unit_id, title, body)


def _of_awards(r: Reading) -> list[Occasion]:
    scopes = r.session.scalars(
        select(AwardList.scope)
        .join(Contest, Contest.id == AwardList.contest_id)
        .where(contests_policy.managed(r.actor), AwardList.published_at.is_not(None))
        .group_by(AwardList.scope)
        .order_by(func.max(AwardList.id).desc())
    )
    found: list[Occasion] = []
    for scope in scopes:
        subject = subjects.of_key(r.session, scope)
        contest = subject.contest
        body = labels.AWARDED.format(what=f"{subject.title}, {contest.title}")
        title = f"{contest.title} – {subject.title}"
        found.append(Occasion(CertificateKind.PRIZE, PRIZE + scope, contest.unit_id, title, body))
    return found


def _of_modules(r: Reading) -> list[Occasion]:
    with_lessons = select(Lesson.module_id).where(Lesson.retired_at.is_(None))
    query = select(StudyModule).where(StudyModule.retired_at.is_(None), StudyModule.id.in_(with_lessons))
    modules = r.session.scalars(query.order_by(StudyModule.position, StudyModule.id)).all()
    own = r.actor.units_as(Role.ORGANISER)
    units = r.session.scalars(select(Unit).where(Unit.id.in_(own), Unit.id.in_(covered_units(r.actor, Role.ORGANISER))))
    return [
        Occasion(
            CertificateKind.MODULE,
            f"module:{module.id}",
            unit.id,
            f"{module.title} ({unit.name})" if len(own) > 1 else module.title,
            labels.COMPLETED.format(what=module.title),
        )
        for unit in units
        for module in modules
    ]


def _rounds(session: Session, subject: str) -> Sequence[Round]:
    kind, _, number = subject.partition(":")
    which = Round.id == int(number) if kind == "round" else Round.contest_id == int(number)
    query = select(Round).join(Contest).where(which, Round.published_at.is_not(None), Contest.is_rehearsal.is_(False))
    return session.scalars(query.options(joinedload(Round.contest))).all()


def _is_final(r: Reading, round_: Round) -> bool:
    return contests_policy.sight(round_, Thing.CERTIFICATES, Audience.ORGANISER, r.now) is Sight.FINAL


def _people(session: Session, series: CertificateSeries, member_id: int | None = None) -> Select[int, int]:
    """Members with their units, of a series that no list of awards gives."""
    if series.kind == CertificateKind.MODULE.value:
        return _readers(series, member_id)
    return _participants(session, series, member_id)


def _participants(session: Session, series: CertificateSeries, member_id: int | None) -> Select[int, int]:
    """Everybody with a result, in the unit he last sat for."""
    ids = [round_.id for round_ in _rounds(session, series.subject)]
    latest_first = func.row_number().over(partition_by=Result.member_id, order_by=Round.position.desc())
    numbered = (
        select(Result.member_id, Result.unit_id, latest_first.label("number"))
        .join(Round, Round.id == Result.round_id)
        .join(Member, Member.id == Result.member_id)
        .where(Result.round_id.in_(ids), Member.is_stand_in.is_(False), *_narrowed(Result.member_id, member_id))
        .subquery()
    )
    return select(numbered.c.member_id, numbered.c.unit_id).where(numbered.c.number == 1)


def _readers(series: CertificateSeries, member_id: int | None) -> Select[int, int]:
    """Everybody of the unit's subtree who has read every lesson of the module that is in force."""
    module_id = int(series.subject.partition(":")[2])
    lessons = (
        select(func.count())
        .select_from(Lesson)
        .join(StudyModule, StudyModule.id == Lesson.module_id)
        .where(Lesson.module_id == module_id, *IN_FORCE)
        .scalar_subquery()
    )
    below = select(UnitAncestor.unit_id).where(UnitAncestor.ancestor_id == series.unit_id)
    return (
        select(Member.id.label("member_id"), Member.unit_id)
        .join(LessonProgress, LessonProgress.member_id == Member.id)
        .join(Lesson, Lesson.id == LessonProgress.lesson_id)
        .join(StudyModule, StudyModule.id == Lesson.module_id)
        .where(
            Lesson.module_id == module_id,
            *IN_FORCE,
            LessonProgress.finished_at.is_not(None),
            Member.unit_id.in_(below),
            Member.standing.not_in(GONE),
            Member.merged_into_id.is_(None),
            *_narrowed(Member.id, member_id),
        )
        .group_by(Member.id, Member.unit_id)
        .having(func.count() == lessons)
    )


def _winners(session: Session, series: CertificateSeries, unit_id: int | None, member_id: int | None) -> list[Holder]:
    """Everybody on the published list in force, units among them."""
    newest = (
        select(AwardList.id)
        .where(AwardList.scope == series.subject.removeprefix(PRIZE), AwardList.published_at.is_not(None))
        .order_by(AwardList.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Award, Member.full_name, Unit.name)
        .outerjoin(Member, Member.id == Award.member_id)
        .join(Unit, Unit.id == Award.unit_id)
        .where(Award.list_id == newest, *_narrowed(Award.unit_id, unit_id), *_narrowed(Award.member_id, member_id))
        .order_by(Unit.sort_key, Unit.id, Award.position)
    )
    return [
        Holder(award.member_id, award.unit_id, full_name or unit_name, unit_name if full_name else "", award.title)
        for award, full_name, unit_name in rows
    ]


def _narrowed(column: ColumnElement[Any] | InstrumentedAttribute[Any], wanted: int | None) -> list[ColumnElement[bool]]:
    return [] if wanted is None else [column == wanted]
