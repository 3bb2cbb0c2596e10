"""The register of what happened to personal data: found, told in time, put right, closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, select

from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.privacy.errors import BreachChanged, BreachClosed, BreachUntold
from quiz_app.privacy.models import Breach
from quiz_app.privacy.policy import Action
from quiz_app.web.paging import Page, paginate

TELL_WITHIN = timedelta(hours=72)
FIELDS = (
    "title", "found_at", "what", "people", "cause", "measures", "reported_to", "reported_at", "unreported_reason",
    "people_told_at",
)  # fmt: skip
IN_FUTURE = "Giờ này chưa tới."
BEFORE_FOUND = "Giờ này trước lúc phát hiện."
TO_WHOM = "Đồng chí chưa ghi đã báo cho cơ quan nào."


class Telling(StrEnum):
    """How it stands with telling the authority."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    IN_TIME = "in_time"
    LATE = "late"
    NOT_NEEDED = "not_needed"


def tell_by(breach: Breach) -> datetime:
    """The last instant to tell the authority."""
    return breach.found_at + TELL_WITHIN


def telling(breach: Breach, now: datetime) -> Telling:
    if breach.reported_at is not None:
        return Telling.IN_TIME if breach.reported_at <= tell_by(breach) else Telling.LATE
    if breach.unreported_reason:
        return Telling.NOT_NEEDED
    return Telling.WAITING if now <= tell_by(breach) else Telling.OVERDUE


def page(r: Reading, number: int) -> Page[Breach]:
    """The register, open cases first, then the latest."""
    query = select(Breach).order_by(Breach.closed_at.is_not(None), Breach.found_at.desc(), Breach.id.desc())
    return paginate(r.session, query, number)


def untold(r: Reading) -> int:
    """How many cases wait for the authority to be told."""
    return r.session.scalar(select(func.count(Breach.id)).where(_is_untold())) or 0


def breach(r: Reading, breach_id: int) -> Breach:
    """Raises Missing."""
    found = r.session.get(Breach, breach_id)
    if found is None:
        raise Missing
    return found


def enter(w: Work, values: Mapping[str, Any]) -> Breach:
    """Raises BadInput."""
    _judge(values, w.now)
    made = Breach(**{name: values[name] for name in FIELDS}, created_at=w.now, created_by=w.actor.member_id)
    w.session.add(made)
    w.session.flush()
    w.record(Action.BREACH_ENTERED, f"data_breach:{made.id}", found_at=made.found_at.isoformat(), people=made.people)
    return made


def change(w: Work, breach_id: int, values: Mapping[str, Any], seen_revision: int) -> Breach:
    """Raises Missing, BreachClosed, BadInput, and BreachChanged where somebody else has changed it meanwhile."""
    found = _held(w, breach_id)
    if found.closed_at is not None:
        raise BreachClosed
    if found.revision != seen_revision:
        raise BreachChanged
    _judge(values, w.now)
    changed = [name for name in FIELDS if getattr(found, name) != values[name]]
    for name in changed:
        setattr(found, name, values[name])
    if changed:
        found.revision += 1
        w.record(Action.BREACH_CHANGED, f"data_breach:{found.id}", revision=found.revision, fields=changed)
    return found


def close(w: Work, breach_id: int) -> None:
    """End a case. Raises Missing, BreachClosed, and BreachUntold while the authority was not told, without a reason."""
    found = _held(w, breach_id)
    if found.closed_at is not None:
        raise BreachClosed
    if found.reported_at is None and not found.unreported_reason:
        raise BreachUntold
    found.closed_at, found.closed_by = w.now, w.actor.member_id
    w.record(Action.BREACH_CLOSED, f"data_breach:{found.id}")


def reopen(w: Work, breach_id: int) -> None:
    """Go on with a closed case; of an open one nothing changes. Raises Missing."""
    found = _held(w, breach_id)
    if found.closed_at is None:
        return
    found.closed_at, found.closed_by = None, None
    w.record(Action.BREACH_REOPENED, f"data_breach:{found.id}")


def _is_untold() -> ColumnElement[bool]:
    return Breach.closed_at.is_(None) & Breach.reported_at.is_(None) & (Breach.unreported_reason == "")


def _held(w: Work, breach_id: int) -> Breach:
    query = select(Breach).where(Breach.id == breach_id).with_for_update().execution_options(populate_existing=True)
    found = w.session.scalars(query).one_or_none()
    if found is None:
        raise Missing
    return found


def _judge(values: Mapping[str, Any], now: datetime) -> None:
    wrong: dict[str, list[str]] = {}
    if values["found_at"] > now:
        wrong["found_at"] = [IN_FUTURE]
    for name in ("reported_at", "people_told_at"):
        at = values[name]
        if at is not None and not values["found_at"] <= at:
            wrong[name] = [BEFORE_FOUND]
        elif at is not None and at > now:
            wrong[name] = [IN_FUTURE]
    if values["reported_at"] is not None and not values["reported_to"]:
        wrong["reported_to"] = [TO_WHOM]
    if wrong:
        raise BadInput(wrong)
