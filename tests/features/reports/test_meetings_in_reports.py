"""Thematic meetings in a report: those confirmed within the period, at the unit's own line and at those below."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import JobState
from quiz_app.meetings import attending
from quiz_app.meetings.models import Presence
from quiz_app.reports.figures import MeetingLine, from_json
from quiz_app.reports.making import folder_of
from tests.features.meetings.build import STARTS, planned
from tests.features.reports.build import Desk, two_rounds
from tests.support.build import Commune
from tests.support.works import Work


@pytest.fixture
def rounds(work: Work, commune: Commune) -> tuple[Round, Round]:
    return two_rounds(work, commune)


def test_attendance_of_confirmed_meetings_is_reported(
    db: Database, work: Work, commune: Commune, tmp_path: Path, rounds: tuple[Round, Round]
) -> None:
    desk = Desk(db, work, commune, tmp_path)
    held = planned(work, commune.secretary, commune.first)
    planned(work, commune.secretary, commune.first, title="Chưa xác nhận")
    with work(actor=commune.secretary, now=STARTS + timedelta(hours=1)) as w:
        marks = {commune.member.id: Presence.PRESENT, commune.colleague.id: Presence.EXCUSED}
        kept = attending.save(w, held.id, marks, seen=held.list_revision, shown_at=w.now)
        attending.confirm(w, held.id, seen=kept.list_revision)
    report = desk.counted(commune.overseer, commune.root)
    assert report.figures is not None
    whole, first = from_json(report.figures).meetings
    assert (whole.unit_id, whole.meetings, whole.present) == (0, 1, 1)
    assert whole.expected > 1
    assert first == MeetingLine(commune.first.id, 1, whole.expected, 1)

    edition = desk.approved(commune.overseer, report)
    assert desk.make(edition.id) is JobState.DONE
    folder = folder_of(desk.folder, edition.id)
    words = "\n".join(one.text for one in docx.Document(str(folder / "bao-cao.docx")).paragraphs)
    assert f"Sinh hoạt chuyên đề: 1 buổi đã xác nhận, có mặt 1/{whole.expected} lượt đảng viên" in words
    book: Any = openpyxl.load_workbook(io.BytesIO((folder / "bao-cao.xlsx").read_bytes()))
    rows = [row for row in book["Sinh hoạt"].values if row[1] == 1]
    assert [row[:4] for row in rows] == [
        ("Toàn đơn vị", 1, whole.expected, 1),
        (commune.first.name, 1, whole.expected, 1),
    ]
