"""What has been changed of members: their unit, category and standing, each change kept."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.kernel.work import Work
from quiz_app.members.models import MemberChange, MemberField

KEPT_FIELDS = {"unit_id": MemberField.UNIT, "category": MemberField.CATEGORY, "standing": MemberField.STANDING}


def row(w: Work, member_id: int, field: MemberField, change: tuple[Any, Any], reason: str = "") -> dict[str, Any]:
    """A change, from what to what, as it is stored; for one insert of many."""
    return {
        "member_id": member_id,
        "field": field.value,
        "before": str(change[0]),
        "after": str(change[1]),
        "reason": reason,
        "at": w.now,
        "by_member_id": w.actor.member_id,
    }


def note(w: Work, member_id: int, field: MemberField, change: tuple[Any, Any], reason: str = "") -> None:
    """Put one change into a member's history."""
    w.session.add(MemberChange(**row(w, member_id, field, change, reason)))


def of_member(session: Session, member_id: int) -> list[MemberChange]:
    """The changes of a member, the latest first."""
    query = select(MemberChange).where(MemberChange.member_id == member_id)
    return list(session.scalars(query.order_by(MemberChange.at.desc(), MemberChange.id.desc())))
