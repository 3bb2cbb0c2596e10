"""Published tables as their readers see them: whose names, which figures, and why one stands before another."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from quiz_app.attempts.models import Correction, CorrectionChange
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Contest, PrizeScope, Round
from quiz_app.contests.policy import sight
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.text import abbreviated, search_key
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard.labels import UNNAMED
from quiz_app.leaderboard.policy import seen
from quiz_app.leaderboard.queries import gap_between
from quiz_app.members.consents import has_consented
from quiz_app.members.models import Member, Purpose
from quiz_app.results import labels, policy, subjects
from quiz_app.results.errors import NotReady
from quiz_app.results.models import FinalRow, FinalTable
from quiz_app.results.subjects import Subject
from quiz_app.rules import visibility
from quiz_app.rules.finalising import Step
from quiz_app.rules.standing import Criterion
from quiz_app.rules.visibility import Thing
from quiz_app.units.models import Unit
from quiz_app.web.filters import format_datetime_seconds, format_number
from quiz_app.web.paging import USUAL_SIZE, Page

_FINAL = {visibility.Sight.FINAL}
IN_ORDER = (FinalRow.place.is_(None), FinalRow.place, FinalRow.prize.is_(None), FinalRow.code)


@dataclass(frozen=True, slots=True)
class Line:
    """A participant as this reader sees him. `why` tells his place; `name` and `unit_name` are what may be read."""

    row: FinalRow
    name: str
    unit_name: str
    is_own: bool
    figures: Sequence[tuple[str, str]]
    why: Sequence[str]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Some places of a table, in order, with the rank key of each and how many share it."""

    places: Sequence[int]
    keys: Mapping[int, tuple[int, ...]]
    shared: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Sight:
    """A table with whose eyes it is read: those of a reader, or of its organisers, who see every name."""

    table: FinalTable
    subject: Subject
    sees_all: bool = False

    @property
    def names_shown(self) -> list[str]:
        return self.subject.names_shown


def visible_tables(r: Reading) -> list[tuple[FinalTable, Subject]]:
    """The versions in force of every table that the actor may read, the youngest first."""
    newest = (
        select(FinalTable.scope, func.max(FinalTable.version).label("version"))
        .where(FinalTable.published_at.is_not(None))
        .group_by(FinalTable.scope)
        .subquery()
    )
    found = r.session.scalars(
        select(FinalTable)
        .join(newest, and_(newest.c.scope == FinalTable.scope, newest.c.version == FinalTable.version))
        .join(Contest, Contest.id == FinalTable.contest_id)
        .where(seen(r.actor))
        .order_by(FinalTable.published_at.desc(), FinalTable.id.desc())
    )
    tables = [(table, subjects.of_key(r.session, table.scope)) for table in found]
    return [(table, subject) for table, subject in tables if _sights(r, table, subject, Thing.PERSON_BOARD) == _FINAL]


def visible_table(r: Reading, table_id: int, *things: Thing) -> tuple[FinalTable, Subject]:
    """A published table of whatever version, for a page that tells these things.

    Raises Missing for one that the actor may not read, and where the things are not final in each of its rounds.
    """
    table = r.session.scalars(
        select(FinalTable)
        .join(Contest, Contest.id == FinalTable.contest_id)
        .where(FinalTable.id == table_id, FinalTable.published_at.is_not(None), seen(r.actor))
    ).one_or_none()
    if table is None:
        raise Missing
    subject = subjects.of_key(r.session, table.scope)
    if any(_sights(r, table, subject, thing) != _FINAL for thing in things):
        raise Missing
    return table, subject


def managed_table(r: Reading, table_id: int, *things: Thing) -> tuple[FinalTable, Subject]:
    """A table, published or not, for those who run its contest.

    Raises Missing, and NotReady while they do not see these things in one of its rounds: it was opened again.
    """
    table = r.session.get(FinalTable, table_id)
    if table is None:
        raise Missing
    contests.managed_contest(r, table.contest_id)
    subject = subjects.of_key(r.session, table.scope)
    if any(visibility.Sight.HIDDEN in _sights(r, table, subject, thing) for thing in things):
        raise NotReady(step=labels.STEPS[Step.CLOSED])
    return table, subject


def _sights(r: Reading, table: FinalTable, subject: Subject, thing: Thing) -> set[visibility.Sight]:
    """What the actor sees of a thing in the rounds that a table adds up; others may have joined its subject since."""
    audience = contests.audience(r, subject.last)
    added_up = [round_ for round_ in subject.rounds if round_.position in table.rule["rounds"]]
    return {sight(round_, thing, audience, r.now) for round_ in added_up}


def versions(session: Session, scope: str) -> list[tuple[FinalTable, str, str]]:
    """The published versions of a table, the one in force first, each with who proposed and who approved it."""
    names = {member.id: member.full_name for member in _signers(session, scope)}
    query = select(FinalTable).where(FinalTable.scope == scope, FinalTable.published_at.is_not(None))
    found = session.scalars(query.order_by(FinalTable.version.desc()))
    return [(one, names[one.proposed_by], names.get(one.approved_by or 0, "")) for one in found]


def changed_since(session: Session, subject: Subject, since: datetime) -> int:
    """How many attempts of these rounds have been put right since then."""
    round_ids = [round_.id for round_ in subject.rounds]
    query = (
        select(func.count(CorrectionChange.attempt_id.distinct()))
        .join(Correction, Correction.id == CorrectionChange.correction_id)
        .where(
            Correction.round_id.in_(round_ids),
            CorrectionChange.changed_at > since,
            or_(
                CorrectionChange.state_before != CorrectionChange.state_after,
                CorrectionChange.score_before != CorrectionChange.score_after,
                CorrectionChange.max_before != CorrectionChange.max_after,
            ),
        )
    )
    return session.scalar(query) or 0


def people_page(r: Reading, sight: Sight, search: str, number: int, size: int = USUAL_SIZE) -> Page[Line]:
    """One page of the people, best first and unranked ones last. What a reader may not read, no search finds either."""
    query = select(FinalRow.member_id).where(FinalRow.table_id == sight.table.id)
    if search:
        query = _found(r, query, sight, search)
    total = r.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    number = max(1, min(number, -(-total // size)))
    return Page(
        people(r, sight, query.order_by(*IN_ORDER).limit(size).offset((number - 1) * size)), number, size, total
    )


def winners(r: Reading, sight: Sight) -> list[Line]:
    """Everybody with a prize, the best prize first: equals who drew lots too."""
    query = select(FinalRow.member_id).where(FinalRow.table_id == sight.table.id, FinalRow.prize.is_not(None))
    titles = [prize["title"] for prize in sight.table.rule["prizes"] if not prize["for_units"]]
    return sorted(people(r, sight, query), key=lambda line: titles.index(line.row.prize or ""))


def people(r: Reading, sight: Sight, members: Select[int]) -> list[Line]:
    """The lines of these members, best first."""
    consent = has_consented(FinalRow.member_id, Purpose.PUBLISH_NAME)
    rows = r.session.execute(
        select(FinalRow, Member.full_name, Unit.name, consent)
        .join(Member, Member.id == FinalRow.member_id)
        .join(Unit, Unit.id == FinalRow.unit_id)
        .where(FinalRow.table_id == sight.table.id, FinalRow.member_id.in_(members))
        .order_by(*IN_ORDER)
    ).all()
    near = _neighbours(r.session, sight.table, [row[0].place for row in rows if row[0].place is not None])
    lines: list[Line] = []
    for row, full_name, unit_name, agrees in rows:
        name, shown_unit = _readable(r, row, sight, full_name, unit_name, has_consented=bool(agrees))
        lines.append(
            Line(
                row=row,
                name=name,
                unit_name=shown_unit,
                is_own=row.member_id == r.actor.member_id,
                figures=_figures(sight, row),
                why=_why(sight.table, row, near),
            )
        )
    return lines


def _signers(session: Session, scope: str) -> Sequence[Member]:
    ids = select(FinalTable.proposed_by).where(FinalTable.scope == scope)
    others = select(FinalTable.approved_by).where(FinalTable.scope == scope)
    return session.scalars(select(Member).where(Member.id.in_(ids) | Member.id.in_(others))).all()


def _found(r: Reading, query: Select[int], sight: Sight, search: str) -> Select[int]:
    key = search_key(search)
    by_name = Member.search_key.contains(key, autoescape=True)
    by_unit = Unit.search_key.contains(key, autoescape=True)
    query = query.join(Member, Member.id == FinalRow.member_id).join(Unit, Unit.id == FinalRow.unit_id)
    if sight.sees_all:
        return query.where(or_(by_name, by_unit))
    is_named = policy.named(r.actor, sight.names_shown)
    if policy.is_hinted(sight.names_shown):
        return query.where(or_(and_(by_name, is_named), by_unit))
    return query.where(and_(or_(by_name, by_unit), is_named))


def _readable(
    r: Reading, row: FinalRow, sight: Sight, full_name: str, unit_name: str, *, has_consented: bool
) -> tuple[str, str]:
    is_named = sight.sees_all or policy.is_named(
        sight.names_shown,
        is_own=row.member_id == r.actor.member_id,
        is_own_unit=row.unit_id == r.actor.unit_id,
        has_consented=has_consented,
        has_prize=row.prize is not None,
    )
    if is_named:
        return full_name, unit_name
    return (abbreviated(full_name), unit_name) if policy.is_hinted(sight.names_shown) else (UNNAMED, "")


def _neighbours(session: Session, table: FinalTable, held: Sequence[int]) -> Neighbours:
    """All places from the first of these to the last, and those right before and after them."""
    if not held:
        return Neighbours((), {}, {})
    own = (FinalRow.table_id == table.id, FinalRow.place.is_not(None))
    before = select(func.max(FinalRow.place)).where(*own, FinalRow.place < min(held)).scalar_subquery()
    after = select(func.min(FinalRow.place)).where(*own, FinalRow.place > max(held)).scalar_subquery()
    near = or_(FinalRow.place.between(min(held), max(held)), FinalRow.place == before, FinalRow.place == after)
    rows = session.execute(select(FinalRow.place, FinalRow.rank_key).where(*own, near))
    keys: dict[int, tuple[int, ...]] = {}
    shared: Counter[int] = Counter()
    for place, key in rows:
        keys[place or 0] = tuple(key)
        shared[place or 0] += 1
    return Neighbours(sorted(keys), keys, shared)


def _why(table: FinalTable, row: FinalRow, near: Neighbours) -> list[str]:
    if row.place is None:
        return [labels.UNRANKED]
    key, said = tuple(row.rank_key), []
    here = bisect_left(near.places, row.place)
    for better in near.places[max(here - 1, 0) : here]:
        if gap := gap_between(table.rule["tie_breaks"], near.keys[better], key):
            said.append(f"Sau hạng {better}: người ấy {labels.ahead_words(gap.criterion, gap.amount)}.")
    for worse in near.places[here + 1 : here + 2]:
        if gap := gap_between(table.rule["tie_breaks"], key, near.keys[worse]):
            said.append(f"Hơn hạng {worse} do {labels.ahead_words(gap.criterion, gap.amount)}.")
    if near.shared[row.place] > 1:
        said.append(labels.SHARED.format(count=format_number(near.shared[row.place])))
    return said


def _figures(sight: Sight, row: FinalRow) -> list[tuple[str, str]]:
    """What the place came from, criterion by criterion as the rule lists them."""
    said: list[tuple[str, str]] = []
    subject = sight.subject
    added_up = [round_ for round_ in subject.rounds if round_.position in sight.table.rule["rounds"]]
    for name, element in zip(sight.table.rule["tie_breaks"], row.rank_key, strict=False):
        asked = [round_ for round_ in added_up if name in round_.tie_breaks]
        match Criterion(name):
            case Criterion.SCORE:
                said.append(("Điểm", f"{format_number(row.score)}/{format_number(row.max_score)}"))
            case Criterion.DURATION:
                said.append(("Thời gian làm bài", labels.exact(element)))
            case Criterion.SUBMITTED if subject.kind is PrizeScope.ROUND:
                said.append(("Nộp lúc", format_datetime_seconds(row.submitted_at)))
            case Criterion.SUBMITTED:
                said.append(("Nộp lúc, trung bình các đợt", labels.mean_instant(element, len(asked))))
            case Criterion.PREDICTION if subject.kind is PrizeScope.ROUND:
                said.append(("Dự đoán", labels.guess_words(subject.last, element)))
            case Criterion.PREDICTION:
                said.append(("Độ lệch dự đoán, cộng các đợt", labels.guess_sum(element)))
    return said


def round_titles(session: Session, contest_id: int, positions: Sequence[int]) -> list[str]:
    """The titles of the rounds that a table's rule names."""
    query = select(Round.title).where(Round.contest_id == contest_id, Round.position.in_(positions))
    return list(session.scalars(query.order_by(Round.position)))
