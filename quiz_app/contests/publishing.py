"""What is fixed when a round is published: its pool, its roster and the text of its rules."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence

from sqlalchemy import delete, insert, literal, select

from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import labels, queries, rules_page
from quiz_app.contests.errors import RoundNotReady
from quiz_app.contests.models import PoolItem, RosterEntry, Round, RulesVersion
from quiz_app.contests.policy import Action
from quiz_app.contests.timing import longest_timing
from quiz_app.kernel.db import unhurried
from quiz_app.kernel.work import Reading, Work
from quiz_app.members.models import Member, Standing
from quiz_app.rules.drawing import Candidate, pool_hash, shortages
from quiz_app.rules.feasibility import out_of_place
from quiz_app.rules.lifecycle import Change
from quiz_app.rules.timing import closes_finally_at


def problems(r: Reading, round_: Round, pool: list[Candidate]) -> tuple[str, ...]:
    """Everything that keeps a round from being published, in words; empty when it is ready."""
    sets = queries.sets_of(r.session, round_.id)
    found = [] if sets else [labels.NO_SETS]
    if not round_.contest.is_demonstration:
        found += [labels.SHIPPED_SET.format(title=item_set.title) for item_set in sets if item_set.is_shipped]
    if closes_finally_at(longest_timing(round_)) <= r.now:
        found.append(labels.CLOSES_IN_PAST)
    return (*found, *paper_problems(r, round_, pool, queries.draft_pinned(r.session, round_.id)))


def paper_problems(r: Reading, round_: Round, pool: Sequence[Candidate], pinned: frozenset[int]) -> tuple[str, ...]:
    """Why no paper could be drawn from this pool, in words; empty when the blueprint is proved feasible."""
    if not round_.cells:
        return (labels.NO_CELLS,)
    cells = queries.blueprint(round_)
    if not any(cell.points for cell in cells):
        return (labels.NO_POINTS,)
    topics = {topic.code: topic.title for topic in catalogue.topics(r.session)}
    if short := shortages(cells, pool):
        return tuple(labels.shortage(one, topics) for one in short)
    misplaced = out_of_place(cells, pool, pinned)
    return (labels.PINNED_OUT_OF_PLACE.format(count=len(misplaced)),) if misplaced else ()


def publish(w: Work, round_: Round) -> None:
    """Freeze pool, roster and rules of a round and show it to members. Raises RoundNotReady with every problem."""
    _freeze_pool(w, round_)
    on_roster = _freeze_roster(w, round_)
    round_.published_at = w.now
    round_.published_by = w.actor.member_id
    round_.lot_seed = secrets.token_hex(32)
    renew_rules(w, round_)
    w.record(
        Action.ROUND_PUBLISHED,
        f"round:{round_.id}",
        pool_hash=round_.pool_hash,
        items=queries.paper_length(round_),
        roster=on_roster,
    )


def publish_anew(w: Work, round_: Round, changes: Collection[Change]) -> None:
    """Bring what was published into line with what changed; nothing else is taken up anew, such as items added since.

    The pool follows the blueprint, the roster those who may enter and when. Raises RoundNotReady.
    """
    if Change.WINDOW in changes and closes_finally_at(longest_timing(round_)) <= w.now:
        raise RoundNotReady((labels.CLOSES_IN_PAST,))
    if Change.BLUEPRINT in changes:
        _freeze_pool(w, round_)
    if Change.ENTRY in changes or Change.WINDOW in changes:
        _freeze_roster(w, round_)
    renew_rules(w, round_)


def renew_rules(w: Work, round_: Round) -> None:
    """Write down the rules page as it is now, unless it reads as the version in force."""
    sections = rules_page.sections_of(w, round_)
    fingerprint = rules_page.fingerprint(sections)
    current = w.session.get(RulesVersion, (round_.id, round_.rules_number))
    if current is not None and current.sha256 == fingerprint:
        return
    round_.rules_number += 1
    w.session.add(
        RulesVersion(
            round_id=round_.id,
            number=round_.rules_number,
            sections=[section.as_stored() for section in sections],
            sha256=fingerprint,
            created_at=w.now,
            created_by=w.actor.member_id,
        )
    )
    w.session.flush()
    w.record(Action.RULES_PUBLISHED, f"round:{round_.id}", number=round_.rules_number, sha256=fingerprint)


def _freeze_pool(w: Work, round_: Round) -> None:
    pool = queries.draft_pool(w.session, round_)
    missing = problems(w, round_, pool)
    if missing:
        raise RoundNotReady(missing)
    pinned = queries.draft_pinned(w.session, round_.id)
    w.session.execute(delete(PoolItem).where(PoolItem.round_id == round_.id))
    w.session.execute(
        insert(PoolItem),
        [
            {
                "round_id": round_.id,
                "item_version_id": item.item_version_id,
                "is_pinned": item.item_version_id in pinned,
            }
            for item in pool
        ],
    )
    round_.pool_hash = pool_hash(pool)


def _freeze_roster(w: Work, round_: Round) -> int:
    """Party members who may enter as they stand now; those who moved away or left are not on it."""
    unhurried(w.session)  # a city has half a million members
    w.session.execute(delete(RosterEntry).where(RosterEntry.round_id == round_.id))
    exempt = (Member.standing == Standing.EXEMPT.value).label("is_exempt")
    rows = select(literal(round_.id), Member.id, Member.unit_id, exempt).where(
        Member.unit_id.in_(queries.entry_units(w.session, round_)),
        Member.category.in_(queries.roster_categories(round_)),
        Member.standing.in_([Standing.ACTIVE.value, Standing.EXEMPT.value, Standing.ABSENT.value]),
    )
    w.session.execute(insert(RosterEntry).from_select(["round_id", "member_id", "unit_id", "is_exempt"], rows))
    return queries.roster_size(w.session, round_.id).members
