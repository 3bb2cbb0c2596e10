"""Acts on contests and rounds."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, literal, select

from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import labels, queries
from quiz_app.contests.errors import RoundFixed, RoundNotReady
from quiz_app.contests.models import BlueprintCell, Contest, PoolItem, RosterEntry, Round, RoundSet
from quiz_app.contests.policy import Action
from quiz_app.contests.timing import timing_of
from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Reading, Work
from quiz_app.members.models import Category, Member, Standing
from quiz_app.rules.drawing import Candidate, Cell, pool_hash, shortages
from quiz_app.rules.standing import CountedAttempt, Criterion
from quiz_app.rules.timing import closes_finally_at
from quiz_app.units import queries as units

YEARS = range(2020, 2100)  # far beyond these, instants no longer fit into what computes with them


@dataclass(frozen=True, slots=True)
class RoundTerms:
    """What an organiser sets for a round."""

    title: str
    opens_at: datetime
    closes_at: datetime
    time_limit_s: int | None
    attempts_allowed: int
    counted: CountedAttempt
    tie_breaks: tuple[Criterion, ...]
    show_score: str
    show_marks: str
    show_keys: str
    names_shown: str
    set_ids: tuple[int, ...]
    note: str = ""


def create_contest(w: Work, *, title: str, unit_id: int, is_demonstration: bool) -> Contest:
    """A contest for the subtree of a unit that the actor organises. Raises Missing for any other unit."""
    unit = units.covered_unit(w.session, w.actor, unit_id, Role.ORGANISER)
    contest = Contest(
        title=title,
        unit_id=unit.id,
        is_demonstration=is_demonstration,
        created_at=w.now,
        created_by=w.actor.member_id,
    )
    w.session.add(contest)
    w.session.flush()
    w.record(Action.CONTEST_CREATED, f"contest:{contest.id}", title=title, unit_id=unit.id)
    return contest


def create_round(w: Work, contest_id: int, terms: RoundTerms) -> Round:
    """A draft round at the end of a contest. Raises Missing, BadInput."""
    contest = queries.managed_contest(w, contest_id)
    _require_sound(terms)
    last = w.session.scalar(select(func.max(Round.position)).where(Round.contest_id == contest.id))
    round_ = Round(
        contest_id=contest.id,
        position=(last or 0) + 1,
        draw_secret=secrets.token_hex(32),
        created_at=w.now,
        **_columns(terms),
    )
    w.session.add(round_)
    w.session.flush()
    _set_sets(w, round_.id, terms.set_ids)
    w.record(Action.ROUND_CREATED, f"round:{round_.id}", contest_id=contest.id, title=terms.title)
    return round_


def change_round(w: Work, round_id: int, terms: RoundTerms) -> Round:
    """Set a draft's terms anew. Raises Missing, RoundFixed, BadInput."""
    round_ = _draft(w, round_id)
    _require_sound(terms)
    for name, value in _columns(terms).items():
        setattr(round_, name, value)
    _set_sets(w, round_.id, terms.set_ids)
    w.record(Action.ROUND_CHANGED, f"round:{round_.id}", title=terms.title)
    return round_


def set_blueprint(w: Work, round_id: int, cells: Iterable[Cell]) -> Round:
    """Say how many items of which topic and level a paper of a draft round holds. Raises Missing, RoundFixed."""
    round_ = _draft(w, round_id)
    w.session.execute(delete(BlueprintCell).where(BlueprintCell.round_id == round_.id))
    wanted = [cell for cell in cells if cell.count > 0]
    w.session.add_all(
        BlueprintCell(round_id=round_.id, position=position, topic=cell.topic, level=cell.level, count=cell.count)
        for position, cell in enumerate(wanted, start=1)
    )
    w.session.flush()
    w.session.expire(round_, ["cells"])
    w.record(Action.BLUEPRINT_CHANGED, f"round:{round_.id}", items=sum(cell.count for cell in wanted))
    return round_


def problems(r: Reading, round_: Round, pool: list[Candidate]) -> tuple[str, ...]:
    """Everything that keeps a draft from being published, in words; empty when it is ready."""
    sets = queries.sets_of(r.session, round_.id)
    found = [] if sets else [labels.NO_SETS]
    if not round_.contest.is_demonstration:
        found += [labels.SHIPPED_SET.format(title=item_set.title) for item_set in sets if item_set.is_shipped]
    if closes_finally_at(timing_of(round_)) <= r.now:
        found.append(labels.CLOSES_IN_PAST)
    if not round_.cells:
        found.append(labels.NO_CELLS)
    topics = {topic.code: topic.title for topic in catalogue.topics(r.session)}
    found += [
        labels.shortage(short, labels.ANY if short.topic is None else topics[short.topic])
        for short in shortages(blueprint(round_), pool)
    ]
    return tuple(found)


def publish_round(w: Work, round_id: int) -> Round:
    """Fix a draft: its pool and its roster are frozen, and members see it.

    Raises Missing, RoundFixed, or RoundNotReady with every problem.
    """
    round_ = _draft(w, round_id)
    pool = queries.draft_pool(w.session, round_.id)
    missing = problems(w, round_, pool)
    if missing:
        raise RoundNotReady(missing)
    w.session.execute(
        insert(PoolItem), [{"round_id": round_.id, "item_version_id": item.item_version_id} for item in pool]
    )
    on_roster = _freeze_roster(w, round_)
    round_.pool_hash = pool_hash(pool)
    round_.published_at = w.now
    round_.published_by = w.actor.member_id
    w.record(
        Action.ROUND_PUBLISHED,
        f"round:{round_.id}",
        pool_hash=round_.pool_hash,
        items=queries.paper_length(round_),
        roster=on_roster,
    )
    return round_


def blueprint(round_: Round) -> tuple[Cell, ...]:
    return tuple(Cell(cell.topic, cell.level, cell.count) for cell in round_.cells)


def _draft(w: Work, round_id: int) -> Round:
    """A draft, locked: what is judged when it is published is what stays, whoever else works on it at that moment."""
    w.session.execute(select(Round.id).where(Round.id == round_id).with_for_update())
    round_ = queries.managed_round(w, round_id)
    if round_.published_at is not None:
        raise RoundFixed
    return round_


def _freeze_roster(w: Work, round_: Round) -> int:
    """Party members of the contest's subtree as they stand now; those who moved away or left are not on it."""
    exempt = (Member.standing == Standing.EXEMPT.value).label("is_exempt")
    rows = select(literal(round_.id), Member.id, Member.unit_id, exempt).where(
        Member.unit_id.in_(units.subtree_ids(round_.contest.unit_id)),
        Member.category.in_([Category.FULL.value, Category.PROBATIONARY.value]),
        Member.standing.in_([Standing.ACTIVE.value, Standing.EXEMPT.value, Standing.ABSENT.value]),
    )
    w.session.execute(insert(RosterEntry).from_select(["round_id", "member_id", "unit_id", "is_exempt"], rows))
    return queries.roster_size(w.session, round_.id).members


def _require_sound(terms: RoundTerms) -> None:
    """Settings that contradict each other are refused at the field where they can be mended."""
    errors: dict[str, list[str]] = {}
    for name, instant in (("opens_at", terms.opens_at), ("closes_at", terms.closes_at)):
        if instant.year not in YEARS:
            errors[name] = [f"Năm phải từ {YEARS.start} đến {YEARS.stop - 1}."]
    if errors:
        raise BadInput(errors)
    if terms.closes_at <= terms.opens_at:
        errors["closes_at"] = ["Giờ đóng phải sau giờ mở."]
    elif terms.time_limit_s is not None and terms.time_limit_s > (terms.closes_at - terms.opens_at).total_seconds():
        errors["time_limit_minutes"] = ["Thời lượng dài hơn cả thời gian mở của đợt thi."]
    if terms.attempts_allowed < 1:
        errors["attempts_allowed"] = ["Cần ít nhất 1 lượt."]
    if terms.counted is CountedAttempt.ONLY and terms.attempts_allowed > 1:
        errors["counted"] = ["“Lượt duy nhất” chỉ dùng khi mỗi người có 1 lượt."]
    if len(set(terms.tie_breaks)) != len(terms.tie_breaks) or not terms.tie_breaks:
        errors["tie_breaks"] = ["Mỗi tiêu chí xếp hạng chỉ chọn một lần."]
    if errors:
        raise BadInput(errors)


def _columns(terms: RoundTerms) -> dict[str, object]:
    return {
        "title": terms.title,
        "opens_at": terms.opens_at,
        "closes_at": terms.closes_at,
        "time_limit_s": terms.time_limit_s,
        "attempts_allowed": terms.attempts_allowed,
        "counted": terms.counted.value,
        "tie_breaks": [criterion.value for criterion in terms.tie_breaks],
        "show_score": terms.show_score,
        "show_marks": terms.show_marks,
        "show_keys": terms.show_keys,
        "names_shown": terms.names_shown,
        "note": terms.note,
    }


def _set_sets(w: Work, round_id: int, set_ids: tuple[int, ...]) -> None:
    allowed = {item_set.id for item_set in catalogue.published_sets(w.session) if item_set.use == "contest"}
    if not set(set_ids) <= allowed:
        raise BadInput({"set_ids": ["Bộ câu hỏi không dùng được cho cuộc thi."]})
    w.session.execute(delete(RoundSet).where(RoundSet.round_id == round_id))
    w.session.add_all(RoundSet(round_id=round_id, set_id=set_id) for set_id in sorted(set(set_ids)))
    w.session.flush()
