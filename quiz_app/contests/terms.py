"""What an organiser sets for a round, as one value: read from a form, a profile or another round, and stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from quiz_app.contests.models import ItemKinds, PinnedItem, Round, RoundSet, RoundUnit
from quiz_app.contests.timing import daily_hours
from quiz_app.rules.lifecycle import Change
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.standing import CountedAttempt, Criterion
from quiz_app.rules.timing import EVERY_WEEKDAY, DailyHours


@dataclass(frozen=True, slots=True)
class RoundTerms:
    """What an organiser sets for a round. None means no limit; empty entry lists invite everybody of the contest."""

    title: str
    opens_at: datetime
    closes_at: datetime
    time_limit_s: int | None
    attempts_allowed: int | None
    counted: CountedAttempt
    tie_breaks: tuple[Criterion, ...]
    show_score: str
    show_marks: str
    show_keys: str
    names_shown: str
    set_ids: tuple[int, ...]
    note: str = ""
    attempts_per_day: int | None = None
    daily: DailyHours | None = None
    weekdays: frozenset[int] = EVERY_WEEKDAY
    item_kinds: ItemKinds = ItemKinds.ANY
    prediction_kind: PredictionKind | None = None
    prediction_decimals: int = 0
    minimum_age: int | None = None
    entry_categories: tuple[str, ...] = ()
    entry_unit_ids: tuple[int, ...] = ()
    assisted_counts: bool = True
    stage_id: int | None = None
    pinned_item_ids: tuple[int, ...] = ()
    freeze_minutes: int | None = None
    complaint_days: int = 3
    moves_attempts: bool = True

    @property
    def time_limit(self) -> timedelta | None:
        return None if self.time_limit_s is None else timedelta(seconds=self.time_limit_s)

    @property
    def freeze(self) -> timedelta | None:
        return None if self.freeze_minutes is None else timedelta(minutes=self.freeze_minutes)


CHANGES: dict[str, Change] = {
    "title": Change.TITLE,
    "stage_id": Change.TITLE,
    "note": Change.NOTICE,
    "opens_at": Change.WINDOW,
    "closes_at": Change.WINDOW,
    "daily": Change.WINDOW,
    "weekdays": Change.WINDOW,
    "time_limit_s": Change.TERMS,
    "attempts_allowed": Change.TERMS,
    "attempts_per_day": Change.TERMS,
    "counted": Change.TERMS,
    "tie_breaks": Change.TERMS,
    "show_score": Change.TERMS,
    "show_marks": Change.TERMS,
    "show_keys": Change.TERMS,
    "names_shown": Change.TERMS,
    "freeze_minutes": Change.TERMS,
    "complaint_days": Change.TERMS,
    "moves_attempts": Change.TERMS,
    "prediction_kind": Change.TERMS,
    "prediction_decimals": Change.TERMS,
    "assisted_counts": Change.TERMS,
    "set_ids": Change.BLUEPRINT,
    "item_kinds": Change.BLUEPRINT,
    "pinned_item_ids": Change.BLUEPRINT,
    "minimum_age": Change.ENTRY,
    "entry_categories": Change.ENTRY,
    "entry_unit_ids": Change.ENTRY,
}
"""Which change of `rules.lifecycle` it is to set a term anew."""


def changed(old: RoundTerms, new: RoundTerms) -> frozenset[str]:
    """The names of the terms that differ."""
    return frozenset(name for name in CHANGES if getattr(old, name) != getattr(new, name))


def terms_of(session: Session, round_: Round) -> RoundTerms:
    """A round's present terms."""
    set_ids = session.scalars(select(RoundSet.set_id).where(RoundSet.round_id == round_.id))
    unit_ids = session.scalars(select(RoundUnit.unit_id).where(RoundUnit.round_id == round_.id))
    item_ids = session.scalars(select(PinnedItem.item_id).where(PinnedItem.round_id == round_.id))
    return RoundTerms(
        title=round_.title,
        opens_at=round_.opens_at,
        closes_at=round_.closes_at,
        time_limit_s=round_.time_limit_s,
        attempts_allowed=round_.attempts_allowed,
        counted=CountedAttempt(round_.counted),
        tie_breaks=tuple(Criterion(name) for name in round_.tie_breaks),
        show_score=round_.show_score,
        show_marks=round_.show_marks,
        show_keys=round_.show_keys,
        names_shown=round_.names_shown,
        set_ids=tuple(sorted(set_ids)),
        note=round_.note,
        attempts_per_day=round_.attempts_per_day,
        daily=daily_hours(round_),
        weekdays=frozenset(round_.weekdays),
        item_kinds=ItemKinds(round_.item_kinds),
        prediction_kind=None if round_.prediction_kind is None else PredictionKind(round_.prediction_kind),
        prediction_decimals=round_.prediction_decimals,
        minimum_age=round_.minimum_age,
        entry_categories=tuple(sorted(round_.entry_categories)),
        entry_unit_ids=tuple(sorted(unit_ids)),
        assisted_counts=round_.assisted_counts,
        stage_id=round_.stage_id,
        pinned_item_ids=tuple(sorted(item_ids)),
        freeze_minutes=round_.freeze_minutes,
        complaint_days=round_.complaint_days,
        moves_attempts=round_.moves_attempts,
    )


def columns(terms: RoundTerms) -> dict[str, object]:
    """The terms that stand in the round's own row."""
    return {
        "title": terms.title,
        "opens_at": terms.opens_at,
        "closes_at": terms.closes_at,
        "daily_opens_minute": None if terms.daily is None else terms.daily.opens,
        "daily_closes_minute": None if terms.daily is None else terms.daily.closes,
        "weekdays": sorted(terms.weekdays),
        "time_limit_s": terms.time_limit_s,
        "attempts_allowed": terms.attempts_allowed,
        "attempts_per_day": terms.attempts_per_day,
        "counted": terms.counted.value,
        "tie_breaks": [criterion.value for criterion in terms.tie_breaks],
        "item_kinds": terms.item_kinds.value,
        "prediction_kind": None if terms.prediction_kind is None else terms.prediction_kind.value,
        "prediction_decimals": terms.prediction_decimals,
        "minimum_age": terms.minimum_age,
        "entry_categories": sorted(terms.entry_categories),
        "assisted_counts": terms.assisted_counts,
        "show_score": terms.show_score,
        "show_marks": terms.show_marks,
        "show_keys": terms.show_keys,
        "names_shown": terms.names_shown,
        "freeze_minutes": terms.freeze_minutes,
        "complaint_days": terms.complaint_days,
        "moves_attempts": terms.moves_attempts,
        "note": terms.note,
        "stage_id": terms.stage_id,
    }


def store_lists(session: Session, round_id: int, terms: RoundTerms) -> None:
    """Replace the rows of a round's sets, invited units and pinned items."""
    for model in (RoundSet, RoundUnit, PinnedItem):
        session.execute(delete(model).where(model.round_id == round_id))
    session.add_all(RoundSet(round_id=round_id, set_id=set_id) for set_id in sorted(set(terms.set_ids)))
    session.add_all(RoundUnit(round_id=round_id, unit_id=unit_id) for unit_id in sorted(set(terms.entry_unit_ids)))
    session.add_all(PinnedItem(round_id=round_id, item_id=item_id) for item_id in sorted(set(terms.pinned_item_ids)))
    session.flush()
