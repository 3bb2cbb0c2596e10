"""A meeting of a unit, with an agenda of two points."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from quiz_app.meetings import services
from quiz_app.meetings.models import Meeting
from quiz_app.meetings.services import Plan, PointPlan
from quiz_app.members.models import Member
from quiz_app.units.models import Unit
from tests.support.clock import NOW
from tests.support.works import Work

STARTS = NOW + timedelta(hours=5)
POINTS = (PointPlan("Đọc nghị quyết", 20), PointPlan("Thảo luận", 40))


def plan_of(unit: Unit, **changes: object) -> Plan:
    usual = Plan(unit.id, "Học tập nghị quyết", STARTS, "Nhà văn hóa thôn", "Bùi Thị Lan", POINTS)
    return replace(usual, **changes)  # type: ignore[arg-type] # names are checked by replace


def planned(work: Work, author: Member, unit: Unit, **changes: object) -> Meeting:
    with work(actor=author) as w:
        return services.plan(w, plan_of(unit, **changes))
