"""Questions about contests and rounds, each for the actor who asks."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, bindparam, cast, exists, func, select
from sqlalchemy.orm import Session, joinedload

from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import ItemSet
from quiz_app.contests import plain, policy
from quiz_app.contests.models import (
    Contest,
    Exclusion,
    ItemKinds,
    PinnedItem,
    PoolItem,
    RosterEntry,
    Round,
    RoundNotice,
    RoundSet,
    RoundUnit,
    RulesVersion,
    Stage,
)
from quiz_app.contests.plain import AnyRound, PlainRound, PlainRules
from quiz_app.kernel.access import Actor, Role
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Category, Member, Standing
from quiz_app.rules.drawing import Candidate, Cell
from quiz_app.rules.timing import day_of
from quiz_app.rules.visibility import Audience, Sight, Thing
from quiz_app.units import queries as units
from quiz_app.units.models import UnitAncestor

_IS_MULTIPLE = {ItemKinds.ANY: None, ItemKinds.SINGLE: False, ItemKinds.MULTIPLE: True}


@dataclass(frozen=True, slots=True)
class RosterSize:
    members: int
    exempt: int


def managed_contests(r: Reading) -> list[Contest]:
    """The contests the actor runs, newest first."""
    return list(r.session.scalars(select(Contest).where(_run(r.actor)).order_by(Contest.created_at.desc(), Contest.id)))


def managed_contest(r: Reading, contest_id: int) -> Contest:
    found = r.session.scalars(select(Contest).where(Contest.id == contest_id, _run(r.actor))).one_or_none()
    if found is None:
        raise Missing
    return found


def rounds_of(session: Session, contest_ids: list[int]) -> list[Round]:
    """All rounds of these contests, drafts included, in their order."""
    return list(
        session.scalars(_rounds().where(Round.contest_id.in_(contest_ids)).order_by(Round.contest_id, Round.position))
    )


def managed_round(r: Reading, round_id: int, *, is_held: bool = False) -> Round:
    """A round that the actor runs, with `is_held` locked against every other change. Raises Missing."""
    query = _rounds().join(Contest).where(Round.id == round_id, _run(r.actor))
    if is_held:
        query = query.with_for_update(of=Round).execution_options(populate_existing=True)
    found = r.session.scalars(query).one_or_none()
    if found is None:
        raise Missing
    return found


def visible_rounds(r: Reading, *, with_rehearsals: bool = False) -> list[Round]:
    """The published rounds the acting member is invited to, the one that closes last first.

    `with_rehearsals` adds those under way that he may rehearse as an organiser.
    """
    query = _last_first(policy.entered(r.actor)) if with_rehearsals and r.actor.grants else _last_first_of_members()
    return list(r.session.scalars(query, {"unit": r.actor.unit_id, "now": r.now}))


class ShownRound(NamedTuple):
    """A round as its page shows it; `rules` are those in force (None of a draft), `has_notices`: any are public."""

    round: PlainRound
    rules: PlainRules | None
    has_notices: bool


def shown_round(r: Reading, round_id: int) -> ShownRound:
    """A published round that is there for the acting member, by one short statement. Raises Missing."""
    row = _of_actor(r, round_id, _SHOWN_TO_MEMBERS, _shown)
    rules = None if row.rules_number is None else PlainRules(row.rules_number, row.rules_sections, row.rules_at)
    return ShownRound(plain.round_of(row), rules, bool(row.has_notices))


class RoundToStart(NamedTuple):
    """A round as a start needs it: besides what pages read, what papers are drawn by."""

    round: PlainRound
    draw_secret: str
    pool_hash: str
    first_attempt_at: datetime | None


def round_to_start(r: Reading, round_id: int) -> RoundToStart:
    """A published round that is there for the acting member, by one short statement. Raises Missing.

    Its terms are not changed before this transaction ends; starts do not wait for each other.
    """
    row = _of_actor(r, round_id, _STARTED_BY_MEMBERS, _to_start)
    return RoundToStart(plain.round_of(row), row.draw_secret, row.pool_hash, row.first_attempt_at)


def visible_round(r: Reading, round_id: int) -> Round:
    """A published round that is there for the acting member. Raises Missing."""
    there = policy.invited(bindparam("unit")) if not r.actor.grants else policy.entered(r.actor)
    query = _rounds().join(Contest).where(Round.id == bindparam("round"), Round.published_at.is_not(None), there)
    found = r.session.scalars(query, {"round": round_id, "unit": r.actor.unit_id}).one_or_none()
    if found is None:
        raise Missing
    return found


def _of_actor(
    r: Reading, round_id: int, for_members: Prepared, select_where: Callable[[ColumnElement[bool]], Select[Any]]
) -> Any:
    """The row of a round that is there for the actor: by the statement for who bears no role, or one made for him."""
    r.session.flush()
    asked = {"round": round_id, "unit": r.actor.unit_id}
    if not r.actor.grants:
        rows = for_members.rows(r.session, asked)
    else:
        rows = list(r.session.execute(select_where(policy.entered(r.actor)), asked))
    if not rows:
        raise Missing
    return rows[0]


@cache
def _last_first_of_members() -> Select[Round]:
    return _last_first(policy.invited(bindparam("unit")))


def _last_first(there: ColumnElement[bool]) -> Select[Round]:
    query = _rounds().join(Contest).where(Round.published_at.is_not(None), there)
    query = query.where(Contest.is_rehearsal.is_(False) | (Round.closes_at > bindparam("now")))
    return query.order_by(Round.closes_at.desc(), Round.id.desc())


def _shown(there: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    is_in_force = (RulesVersion.round_id == Round.id) & (RulesVersion.number == Round.rules_number)
    return (
        select(
            *plain.COLUMNS,
            RulesVersion.number.label("rules_number"),
            RulesVersion.sections.label("rules_sections"),
            RulesVersion.created_at.label("rules_at"),
            exists().where(RoundNotice.round_id == Round.id).label("has_notices"),
        )
        .join_from(Round, Contest, Contest.id == Round.contest_id)
        .outerjoin(RulesVersion, is_in_force)
        .where(Round.id == bindparam("round"), Round.published_at.is_not(None), there)
    )


_SHOWN_TO_MEMBERS = Prepared(_shown(policy.invited(bindparam("unit"))))


def _to_start(there: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(*plain.COLUMNS, Round.draw_secret, Round.pool_hash, Round.first_attempt_at)
        .join_from(Round, Contest, Contest.id == Round.contest_id)
        .where(Round.id == bindparam("round"), Round.published_at.is_not(None), there)
        .with_for_update(read=True, key_share=True, of=Round)
    )


_STARTED_BY_MEMBERS = Prepared(_to_start(policy.invited(bindparam("unit"))))


def sets_of(session: Session, round_id: int) -> list[ItemSet]:
    query = select(ItemSet).join(RoundSet, RoundSet.set_id == ItemSet.id).where(RoundSet.round_id == round_id)
    return list(session.scalars(query.order_by(ItemSet.title)))


def blueprint(round_: Round) -> tuple[Cell, ...]:
    return tuple(Cell(cell.topic, cell.level, cell.count, cell.points) for cell in round_.cells)


def draft_pool(session: Session, round_: Round) -> list[Candidate]:
    """What a draft could draw from now; a published round draws from its frozen pool."""
    set_ids = session.scalars(select(RoundSet.set_id).where(RoundSet.round_id == round_.id)).all()
    return catalogue.pool(session, list(set_ids), is_multiple=_IS_MULTIPLE[ItemKinds(round_.item_kinds)])


def draft_pinned(session: Session, round_id: int) -> frozenset[int]:
    """The item versions that would stand in every paper of a draft. A retired item stands in none."""
    item_ids = session.scalars(select(PinnedItem.item_id).where(PinnedItem.round_id == round_id)).all()
    return frozenset(catalogue.current_versions(session, item_ids).values())


def frozen_pool(session: Session, round_id: int) -> list[Candidate]:
    """The candidates of a published round as they were when it was published."""
    version_ids = session.scalars(select(PoolItem.item_version_id).where(PoolItem.round_id == round_id)).all()
    return catalogue.candidates(session, list(version_ids))


def frozen_pinned(session: Session, round_id: int) -> frozenset[int]:
    """The item versions that stand in every paper of a published round."""
    query = select(PoolItem.item_version_id).where(PoolItem.round_id == round_id, PoolItem.is_pinned)
    return frozenset(session.scalars(query))


def draw_sources(session: Session, round_: Round) -> tuple[list[Candidate], frozenset[int]]:
    """What papers are drawn from, and what stands in each: as frozen, or for a draft as it would be now."""
    if round_.published_at is None:
        return draft_pool(session, round_), draft_pinned(session, round_.id)
    return frozen_pool(session, round_.id), frozen_pinned(session, round_.id)


def entry_unit_ids(session: Session, round_: AnyRound) -> frozenset[int]:
    """The units whose subtrees may enter a round: those named, or the contest's."""
    named = frozenset(session.scalars(select(RoundUnit.unit_id).where(RoundUnit.round_id == round_.id)))
    return named or frozenset({round_.contest.unit_id})


def entry_units(session: Session, round_: Round) -> Select[int]:
    """The ids of all units whose members may enter a round, as a subquery."""
    tops = entry_unit_ids(session, round_)
    return select(UnitAncestor.unit_id).where(UnitAncestor.ancestor_id.in_(tops)).distinct()


def roster_categories(round_: Round) -> list[str]:
    """The categories of party members that a round's roster holds: those invited among them, or all."""
    on_rosters = [Category.FULL.value, Category.PROBATIONARY.value]
    return [one for one in on_rosters if not round_.entry_categories or one in round_.entry_categories]


def birth_unknown(session: Session, round_: Round) -> int:
    """How many of those who are invited to a round could not start for want of a date of birth on the roster.

    A year alone is not enough where the birthday of that year falls into the year of the round.
    """
    unknown: ColumnElement[bool] = Member.born_on.is_(None)
    if round_.minimum_age is not None:
        first, last = (day_of(instant).year - round_.minimum_age for instant in (round_.opens_at, round_.closes_at))
        unknown |= Member.born_year_only & Member.born_on.between(date(first, 1, 1), date(last, 12, 31))
    return session.scalar(_invited(session, round_).where(unknown)) or 0


def invited(session: Session, round_: Round) -> int:
    """How many are invited to a round by their unit and category."""
    return session.scalar(_invited(session, round_)) or 0


def extension_s(session: Session, round_: Round, unit_path: Collection[int]) -> int:
    """By how many seconds a round closes later for a unit: the longest of the extensions to all and to any unit of
    its path.
    """
    query = select(func.max(RoundNotice.extension_s)).where(
        RoundNotice.round_id == round_.id, RoundNotice.unit_id.in_(unit_path)
    )
    return max(round_.extension_s, session.scalar(query) or 0)


def notices(session: Session, round_id: int, unit_path: Collection[int]) -> list[RoundNotice]:
    """The public notices of a round to all and to the units of this path, the latest first."""
    query = select(RoundNotice).where(
        RoundNotice.round_id == round_id, RoundNotice.unit_id.is_(None) | RoundNotice.unit_id.in_(unit_path)
    )
    return list(session.scalars(query.order_by(RoundNotice.created_at.desc(), RoundNotice.id.desc())))


def is_excluded(session: Session, contest_id: int, member_id: int) -> bool:
    return session.get(Exclusion, (contest_id, member_id)) is not None


def rules(session: Session, round_: AnyRound) -> RulesVersion | None:
    """The rules in force; None of a draft."""
    return session.get(RulesVersion, (round_.id, round_.rules_number))


def sees_figures(r: Reading, round_: AnyRound) -> bool:
    """Whether the actor's roles show him how many people sit a round: in the whole contest, or in all units that may
    enter it. He is not asked to predict it.
    """
    if not r.actor.grants:
        return False
    named = r.session.scalars(select(RoundUnit.unit_id).where(RoundUnit.round_id == round_.id)).all()
    whole = round_.contest.unit_id
    if policy.sees_figures(r.actor, whole, units.path_ids(r.session, whole)):
        return True
    seen = (policy.sees_figures(r.actor, unit_id, units.path_ids(r.session, unit_id)) for unit_id in named)
    return bool(named) and all(seen)


def hides_figures(r: Reading, round_: AnyRound) -> bool:
    """Whether numbers of people and of attempts are kept from the actor now, as an open prediction asks for them."""
    if not policy.hides_figures(round_, r.now):
        return False
    return policy.sight(round_, Thing.COUNTS, audience(r, round_), r.now) is Sight.HIDDEN


def audience(r: Reading, round_: AnyRound) -> Audience:
    """As whom the actor looks at the results of a round."""
    if r.actor.is_system:
        return Audience.ORGANISER
    if not r.actor.grants:
        return Audience.MEMBER
    if policy.manages(r.actor, units.path_ids(r.session, round_.contest.unit_id)):
        return Audience.ORGANISER
    if sees_figures(r, round_):
        return Audience.ONLOOKER
    return Audience.DESK if r.actor.units_as(Role.SECRETARY, Role.OVERSEER) else Audience.MEMBER


def rules_version(r: Reading, round_id: int, number: int) -> tuple[Round, RulesVersion]:
    """A version of the rules of a round that the actor may enter or runs. Raises Missing."""
    query = (
        select(Round, RulesVersion)
        .options(joinedload(Round.contest))
        .join(RulesVersion, RulesVersion.round_id == Round.id)
        .join(Contest, Contest.id == Round.contest_id)
        .where(
            Round.id == round_id,
            Round.published_at.is_not(None),
            RulesVersion.number == number,
            policy.entered(r.actor) | policy.managed(r.actor),
        )
    )
    found = r.session.execute(query).one_or_none()
    if found is None:
        raise Missing
    return found[0], found[1]


def rules_versions(session: Session, round_id: int) -> list[RulesVersion]:
    """All versions of a round's rules, the one in force first."""
    query = select(RulesVersion).where(RulesVersion.round_id == round_id)
    return list(session.scalars(query.order_by(RulesVersion.number.desc())))


def stages(session: Session, contest_id: int) -> list[Stage]:
    return list(session.scalars(select(Stage).where(Stage.contest_id == contest_id).order_by(Stage.position)))


def paper_length(round_: Round) -> int:
    return sum(cell.count for cell in round_.cells)


def roster_size(session: Session, round_id: int) -> RosterSize:
    """How many stand on a round's roster, and how many of them are exempt."""
    exempt = func.coalesce(func.sum(cast(RosterEntry.is_exempt, Integer)), 0)
    row = session.execute(select(func.count(), exempt).where(RosterEntry.round_id == round_id)).one()
    return RosterSize(int(row[0]), int(row[1]))


def _run(actor: Actor) -> ColumnElement[bool]:
    """The contests that the actor runs, as a condition on Contest; rehearsals are run by their own module alone."""
    return policy.managed(actor) & Contest.is_rehearsal.is_(False)


def _invited(session: Session, round_: Round) -> Select[int]:
    query = select(func.count()).where(
        Member.unit_id.in_(entry_units(session, round_)),
        Member.standing.not_in([Standing.MOVED.value, Standing.LEFT.value]),
    )
    return query.where(Member.category.in_(round_.entry_categories)) if round_.entry_categories else query


def _rounds() -> Select[Round]:
    return select(Round).options(joinedload(Round.contest))
