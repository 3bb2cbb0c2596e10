"""Questions about attempts, each for the actor who asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from quiz_app.attempts import marking, plain, policy
from quiz_app.attempts.models import Attempt, AttemptState, Correction, Response, Result
from quiz_app.attempts.plain import PlainAttempt
from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import plain as plain_rounds
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Accommodation, Contest, Exclusion, Round, RoundNotice, RoundUnit
from quiz_app.contests.plain import AnyRound, PlainRound
from quiz_app.contests.timing import timing_of
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.work import Reading
from quiz_app.members import queries as members
from quiz_app.members.models import Member, Purpose, Standing
from quiz_app.rules.eligibility import (
    Bar,
    Entrant,
    Terms,
    attempts_left,
    attempts_left_today,
    bars,
    started_today,
)
from quiz_app.rules.timing import Timing
from quiz_app.units import queries as units
from quiz_app.units.models import UnitAncestor

# Two levels down SQLAlchemy ties nothing by itself: unsaid, these would be the units above anybody at all.
_above = select(UnitAncestor.ancestor_id).where(UnitAncestor.unit_id == Member.unit_id).correlate(Member)
# What a start asks of a member besides his attempts and the path of his unit. `names_units`, `is_repeated`: whether the
# round has such things at all, which few have, and must be asked for them. `has_started`: most start once.
_ENTRANT = Prepared(
    select(
        Member.id,
        Member.unit_id,
        Member.category,
        Member.born_on,
        Member.born_year_only,
        Member.standing,
        members.refuses(Purpose.TAKE_PART).label("refuses"),
        select(Accommodation.extra_time_s)
        .where(Accommodation.round_id == bindparam("round"), Accommodation.member_id == Member.id)
        .scalar_subquery()
        .label("extra_time_s"),
        select(func.max(RoundNotice.extension_s))
        .where(RoundNotice.round_id == bindparam("round"), RoundNotice.unit_id.in_(_above))
        .scalar_subquery()
        .label("unit_extension_s"),
        exists()
        .where(Exclusion.contest_id == bindparam("contest"), Exclusion.member_id == Member.id)
        .label("is_excluded"),
        exists().where(RoundUnit.round_id == bindparam("round")).label("names_units"),
        exists()
        .where(
            Correction.rerun_round_id.is_not(None),
            or_(Correction.round_id == bindparam("round"), Correction.rerun_round_id == bindparam("round")),
        )
        .label("is_repeated"),
        exists().where(Attempt.member_id == Member.id, Attempt.round_id == bindparam("round")).label("has_started"),
    ).where(Member.id == bindparam("member"))
)

_OWN_ATTEMPT = (
    select(Attempt, Round)
    .join(Round, Round.id == Attempt.round_id)
    .options(joinedload(Round.contest))
    .where(Attempt.id == bindparam("attempt"), policy.owned(bindparam("member")))
)
_SITTING = Prepared(
    select(
        *plain.COLUMNS,
        *plain_rounds.COLUMNS,
        exists().where(RoundNotice.round_id == Attempt.round_id).label("has_notices"),
    )
    .join_from(Attempt, Round, Round.id == Attempt.round_id)
    .join(Contest, Contest.id == Round.contest_id)
    .where(Attempt.id == bindparam("attempt"), policy.owned(bindparam("member")))
)
_ATTEMPTS = Prepared(
    select(*plain.COLUMNS)
    .where(Attempt.member_id == bindparam("member"), Attempt.round_id == bindparam("round"))
    .order_by(Attempt.number)
)
_CHOSEN = Prepared(
    select(Response.position, Response.chosen)
    .where(Response.attempt_id == bindparam("attempt"))
    .order_by(Response.position)
)
_RESULTS = select(Result).where(
    Result.member_id == bindparam("member"), Result.round_id.in_(bindparam("rounds", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Entry:
    """How a member stands before a round: what keeps him out, and what he has left (None: no limit).

    `attempts_left_today` is what he may still start today, as round and day both allow. `asks_prediction`: whether an
    attempt that he starts now asks for one. `is_excluded`: the organisers leave him out of the ranking.
    """

    round: AnyRound
    bars: tuple[Bar, ...]
    attempts_left: int | None
    attempts_left_today: int | None
    open_attempt: PlainAttempt | None
    attempts: tuple[PlainAttempt, ...]
    extra_time_s: int
    extension_s: int
    asks_prediction: bool
    is_excluded: bool

    @property
    def extra_time(self) -> timedelta:
        return timedelta(seconds=self.extra_time_s)

    @property
    def timing(self) -> Timing:
        """The round's times as they hold for this member."""
        return timing_of(self.round, extra_time_s=self.extra_time_s, extension_s=self.extension_s)


class Sitting(NamedTuple):
    """The actor's own attempt and its round as a page reads them; `has_notices`: something was made public in it."""

    attempt: PlainAttempt
    round: PlainRound
    has_notices: bool


class Place(NamedTuple):
    """One place of a paper as its member sees it."""

    position: int
    item: catalogue.PaperItem
    options: tuple[tuple[str, str], ...]
    chosen: str | None
    revision: int
    saved_at: datetime | None


def entry(
    r: Reading, round_: AnyRound, *, is_demonstration_site: bool, attempts: list[PlainAttempt] | None = None
) -> Entry:
    """How the acting member stands before a round that he can see.

    `attempts` are all of his in it, the first one first, where the caller has them already.
    """
    contest = round_.contest
    asked = {"member": r.actor.member, "round": round_.id, "contest": contest.id}
    r.session.flush()
    [member] = _ENTRANT.rows(r.session, asked)
    if attempts is None:
        attempts = own_attempts(r.session, member.id, round_.id) if member.has_started else []
    open_attempt = next((attempt for attempt in attempts if attempt.state == AttemptState.OPEN.value), None)
    path = units.path_ids(r.session, member.unit_id)
    extra_time_s = member.extra_time_s or 0
    extension_s = max(round_.extension_s, member.unit_extension_s or 0)
    taken = [attempt for attempt in attempts if attempt.state != AttemptState.ANNULLED.value]
    terms = Terms(
        timing=timing_of(round_, extra_time_s=extra_time_s, extension_s=extension_s),
        published_at=round_.published_at,
        attempts_allowed=round_.attempts_allowed,
        attempts_per_day=round_.attempts_per_day,
        invited_unit_ids=None if contest.is_rehearsal else _invited_unit_ids(r.session, round_, member),
        invited_categories=frozenset(round_.entry_categories) or None,
        minimum_age=round_.minimum_age,
        is_consent_required=bool(member.refuses),
        is_demonstration=contest.is_demonstration,
        is_demonstration_site=is_demonstration_site,
    )
    entrant = Entrant(
        unit_ids=frozenset(path),
        category=member.category,
        born_on=None if member.born_year_only else member.born_on,
        born_year=_year(member.born_on),
        is_active=member.standing not in {Standing.LEFT.value, Standing.MOVED.value},
        attempts_taken=len(taken),
        attempts_today=started_today((attempt.started_at for attempt in taken), r.now),
        has_open_attempt=open_attempt is not None,
        has_sat_instead=bool(member.is_repeated) and _has_sat_instead(r.session, member.id, round_.id),
    )
    return Entry(
        round=round_,
        bars=bars(terms, entrant, r.now),
        attempts_left=attempts_left(terms, entrant),
        attempts_left_today=attempts_left_today(terms, entrant),
        open_attempt=open_attempt,
        attempts=tuple(attempts),
        extra_time_s=extra_time_s,
        extension_s=extension_s,
        asks_prediction=round_.prediction_kind is not None
        and (round_.predictions_end_at is None or r.now < round_.predictions_end_at)
        and (contest.is_rehearsal or not contests.sees_figures(r, round_)),
        is_excluded=bool(member.is_excluded),
    )


def _invited_unit_ids(session: Session, round_: AnyRound, member: Any) -> frozenset[int]:
    return contests.entry_unit_ids(session, round_) if member.names_units else frozenset({round_.contest.unit_id})


def own_attempts(session: Session, member_id: int, round_id: int) -> list[PlainAttempt]:
    """All of a member's attempts in a round, the first one first."""
    session.flush()
    return [plain.attempt_of(row) for row in _ATTEMPTS.rows(session, {"member": member_id, "round": round_id})]


def own_attempt(r: Reading, attempt_id: int) -> tuple[Attempt, Round]:
    """The actor's own attempt with its round. Raises Missing for anybody else's."""
    row = r.session.execute(_OWN_ATTEMPT, {"attempt": attempt_id, "member": r.actor.member_id}).one_or_none()
    if row is None:
        raise Missing
    return row[0], row[1]


def sitting(r: Reading, attempt_id: int) -> Sitting:
    """The same for pages that only show it, by one short statement. Raises Missing as well."""
    r.session.flush()
    rows = _SITTING.rows(r.session, {"attempt": attempt_id, "member": r.actor.member_id})
    if not rows:
        raise Missing
    [row] = rows
    return Sitting(plain.attempt_of(row), plain_rounds.round_of(row[len(plain.COLUMNS) :]), bool(row.has_notices))


def chosen(session: Session, attempt_id: int) -> dict[int, str | None]:
    """What is kept at each place of a paper, by position in their order."""
    session.flush()
    return {row.position: row.chosen for row in _CHOSEN.rows(session, {"attempt": attempt_id})}


def paper(session: Session, attempt_id: int) -> list[Place]:
    """The paper of an attempt in its order, without any trace of keys."""
    return places(session, marking.paper(session, attempt_id))


def places(session: Session, rows: Sequence[Any]) -> list[Place]:
    """The same of the rows of a paper, in their order."""
    items = catalogue.paper_items(session, [row.item_version_id for row in rows])
    return [_place(row, items[row.item_version_id]) for row in rows]


def seen_items(session: Session, member_id: int, round_id: int) -> frozenset[int]:
    """The item versions that the member's earlier attempts in a round have shown him."""
    query = (
        select(Response.item_version_id)
        .join(Attempt, Attempt.id == Response.attempt_id)
        .where(Attempt.member_id == member_id, Attempt.round_id == round_id)
    )
    return frozenset(session.scalars(query))


def own_results(r: Reading, round_ids: Collection[int]) -> dict[int, Result]:
    """The acting member's counted results by round."""
    found = r.session.scalars(_RESULTS, {"member": r.actor.member, "rounds": list(round_ids)}) if round_ids else ()
    return {result.round_id: result for result in found}


def entries(r: Reading, *, is_demonstration_site: bool) -> list[Entry]:
    """How the acting member stands before every round that he can see."""
    return [
        entry(r, round_, is_demonstration_site=is_demonstration_site)
        for round_ in contests.visible_rounds(r, with_rehearsals=True)
    ]


def open_count(session: Session, round_id: int) -> int:
    query = select(func.count()).where(Attempt.round_id == round_id, Attempt.state == AttemptState.OPEN.value)
    return session.scalar(query) or 0


def _has_sat_instead(session: Session, member_id: int, round_id: int) -> bool:
    """Whether an attempt of the member stands in the round that this one repeats for a void window, in another
    repetition of it, or in one of this round: it would count twice where rounds are added up.
    """
    repeated = select(Correction.round_id).where(Correction.rerun_round_id == round_id)
    pairs = session.execute(
        select(Correction.round_id, Correction.rerun_round_id).where(
            Correction.rerun_round_id.is_not(None),
            or_(Correction.round_id == round_id, Correction.round_id.in_(repeated)),
        )
    )
    others = {one for pair in pairs for one in pair} - {round_id}
    if not others:
        return False
    stands = (Attempt.member_id == member_id) & (Attempt.state != AttemptState.ANNULLED.value)
    return bool(session.scalar(select(exists().where(stands, Attempt.round_id.in_(others)))))


def _place(row: Any, item: catalogue.PaperItem) -> Place:
    texts = [item.options[option_id] for option_id in row.option_order]
    options = tuple(zip(row.letters, texts, strict=True))
    return Place(row.position, item, options, row.chosen, row.revision, row.saved_at)


def _year(born_on: date | None) -> int | None:
    return born_on.year if born_on else None
