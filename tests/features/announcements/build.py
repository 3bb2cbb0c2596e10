"""An announcement of a unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from quiz_app.announcements import services
from quiz_app.announcements.models import Announcement
from quiz_app.announcements.services import Words
from quiz_app.kernel.clock import VIETNAM
from quiz_app.members.models import Member
from quiz_app.units.models import Unit
from tests.support.clock import NOW
from tests.support.works import Work

TODAY = NOW.astimezone(VIETNAM).date()
DAY = timedelta(days=1)


def words(unit: Unit, title: str = "Lịch thi", **changes: object) -> Words:
    usual = Words(unit.id, title, "Mời **đồng chí** dự thi.", TODAY, TODAY + 7 * DAY)
    return replace(usual, **changes)  # type: ignore[arg-type] # names are checked by replace


def announced(work: Work, author: Member, unit: Unit, title: str = "Lịch thi", **changes: object) -> Announcement:
    with work(actor=author) as w:
        return services.publish(w, words(unit, title, **changes))
