"""A paper shown to be what the draw gives: drawn again from seed, frozen pool and blueprint as they are stored.

The round's secret, from which every seed follows, is told to nobody before the round is final.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.attempts.models import Attempt, AttemptState, Response
from quiz_app.contests import policy as contests_policy
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Contest, Round
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.members import queries as members
from quiz_app.members.models import Member
from quiz_app.rules.drawing import Candidate, Cell, DrawnItem, NotEnoughItems, PinnedOutOfPlace, draw, letter, pool_hash
from quiz_app.units import queries as units
from quiz_app.units.models import Unit

MOST_FOUND = 50
BATCH = 500


@dataclass(frozen=True, slots=True)
class Sources:
    """What the papers of a round are drawn from, as frozen when it was published."""

    cells: tuple[Cell, ...]
    pool: tuple[Candidate, ...]
    pinned: frozenset[int]
    pool_hash: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A stored paper beside the same paper drawn again. `avoided`: what earlier attempts had shown the member."""

    attempt: Attempt
    round: Round
    sources: Sources
    avoided: frozenset[int]
    stored: tuple[DrawnItem, ...]
    drawn: tuple[DrawnItem, ...]
    is_seed_own: bool

    @property
    def is_pool_same(self) -> bool:
        return self.attempt.pool_hash == self.round.pool_hash == self.sources.pool_hash

    @property
    def matches(self) -> bool:
        """Whether the paper is exactly what the draw gives: items, places, options and points, seed and pool."""
        return self.stored == self.drawn and self.is_seed_own and self.is_pool_same

    @property
    def shows_seed(self) -> bool:
        """Whether the seed may be shown: not before the attempt has ended."""
        return self.attempt.state != AttemptState.OPEN.value

    @property
    def secret(self) -> str | None:
        """The round's secret once the round is final, None before."""
        return self.round.draw_secret if self.round.finalised_at is not None else None


@dataclass(frozen=True, slots=True)
class Found:
    """An attempt that an organiser may ask about, and whose it is."""

    attempt: Attempt
    member: Member
    unit: Unit


def sources(session: Session, round_: Round) -> Sources:
    """What a published round draws from. It is the same for all of its papers."""
    pool, pinned = contests.draw_sources(session, round_)
    return Sources(contests.blueprint(round_), tuple(pool), pinned, pool_hash(pool))


def prove(session: Session, attempt_id: int) -> Proof:
    """Draw an attempt's paper again beside the stored one. Raises Missing."""
    row = session.execute(
        select(Attempt, Round).join(Round, Round.id == Attempt.round_id).where(Attempt.id == attempt_id)
    ).one_or_none()
    if row is None:
        raise Missing
    attempt, round_ = row[0], row[1]
    return _proof(attempt, round_, sources(session, round_), _avoided(session, attempt), _rows(session, [attempt.id]))


def managed_proof(r: Reading, attempt_id: int) -> tuple[Proof, Member]:
    """The proof of an attempt in a round that the actor runs, and whose it is. Raises Missing."""
    member = r.session.scalars(
        select(Member)
        .join(Attempt, Attempt.member_id == Member.id)
        .join(Round, Round.id == Attempt.round_id)
        .join(Contest, Contest.id == Round.contest_id)
        .where(Attempt.id == attempt_id, contests_policy.managed(r.actor))
    ).one_or_none()
    if member is None:
        raise Missing
    return prove(r.session, attempt_id), member


def find(r: Reading, round_: Round, text: str) -> list[Found]:
    """The attempts of a round by receipt code, else by parts of the member's name without marks; not too many."""
    code = "".join(character for character in text.upper() if character.isalnum())
    if not code:
        return []
    query = (
        select(Attempt, Member, Unit)
        .join(Member, Member.id == Attempt.member_id)
        .join(Unit, Unit.id == Attempt.unit_id)
        .where(Attempt.round_id == round_.id)
        .order_by(Member.sort_key, Member.id, Attempt.number)
        .limit(MOST_FOUND)
    )
    found = r.session.execute(query.where(Attempt.receipt_code == code)).all()
    if not found:
        within = units.subtree_ids(round_.contest.unit_id)
        named = members.roster(r.actor, within, search=text).with_only_columns(Member.id).order_by(None)
        found = r.session.execute(query.where(Attempt.member_id.in_(named))).all()
    return [Found(attempt, member, unit) for attempt, member, unit in found]


def differences(session: Session) -> Iterator[str]:
    """Every attempt whose stored paper is not what the draw gives. Costs one draw for each."""
    for round_ in session.scalars(select(Round).where(Round.published_at.is_not(None)).order_by(Round.id)).all():
        common = sources(session, round_)
        query = select(Attempt).where(Attempt.round_id == round_.id).order_by(Attempt.member_id, Attempt.number)
        seen: set[int] = set()
        whose = None
        for attempts in session.scalars(query.execution_options(yield_per=BATCH)).partitions():
            stored = _by_attempt(_rows(session, [attempt.id for attempt in attempts]))
            for attempt in attempts:
                if attempt.member_id != whose:
                    whose, seen = attempt.member_id, set()
                rows = stored.get(attempt.id, [])
                proof = _proof(attempt, round_, common, frozenset(seen), rows)
                if not proof.matches:
                    yield f"attempt {attempt.id}: the paper is not what the draw gives ({_reason(proof)})"
                seen |= {row.item_version_id for row in rows}


def seed_of(draw_secret: str, attempt_id: int) -> str:
    """The seed that an attempt's paper is drawn from."""
    return hmac.new(draw_secret.encode(), str(attempt_id).encode(), hashlib.sha256).hexdigest()


def _proof(
    attempt: Attempt, round_: Round, common: Sources, avoided: frozenset[int], rows: Sequence[Response]
) -> Proof:
    try:
        drawn = draw(common.cells, common.pool, attempt.seed, avoid=avoided, pinned=common.pinned)
    except (NotEnoughItems, PinnedOutOfPlace):  # pool or blueprint were tampered with: nothing can be drawn from them
        drawn = ()
    return Proof(
        attempt=attempt,
        round=round_,
        sources=common,
        avoided=avoided,
        stored=tuple(DrawnItem(row.item_version_id, tuple(row.option_order), row.points) for row in rows),
        drawn=drawn,
        is_seed_own=hmac.compare_digest(attempt.seed, seed_of(round_.draw_secret, attempt.id))
        and all(row.letters == _letters(row.option_order) for row in rows),
    )


def _letters(option_order: Sequence[int]) -> str:
    return "".join(letter(index) for index in range(len(option_order)))


def _reason(proof: Proof) -> str:
    if not proof.is_pool_same:
        return "another pool"
    if not proof.is_seed_own:
        return "another seed or other letters"
    return "other items, options or points"


def _avoided(session: Session, attempt: Attempt) -> frozenset[int]:
    """What the member's earlier attempts in the round had shown him."""
    query = (
        select(Response.item_version_id)
        .join(Attempt, Attempt.id == Response.attempt_id)
        .where(
            Attempt.member_id == attempt.member_id,
            Attempt.round_id == attempt.round_id,
            Attempt.number < attempt.number,
        )
    )
    return frozenset(session.scalars(query))


def _rows(session: Session, attempt_ids: Iterable[int]) -> list[Response]:
    query = select(Response).where(Response.attempt_id.in_(attempt_ids))
    return list(session.scalars(query.order_by(Response.attempt_id, Response.position)))


def _by_attempt(rows: Iterable[Response]) -> dict[int, list[Response]]:
    return {attempt_id: list(group) for attempt_id, group in groupby(rows, key=lambda row: row.attempt_id)}
