"""What people are shown and what is stored, by a process whose machine may believe to stand anywhere in the world.

`python -m tests.web.abroad <world as JSON>`: the answer to `told`, as JSON.
"""

from __future__ import annotations

import io
import json
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import docx
from openpyxl import load_workbook
from sqlalchemy import select

from quiz_app.attempts import closing
from quiz_app.attempts.models import Attempt, Response
from quiz_app.contests.models import Round
from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from quiz_app.members.models import Member
from tests.support.browse import Browse
from tests.support.clock import Clock
from tests.support.run import settings_for

# Half past three on the first of December in Vietnam; in New York, in the afternoon of the last day of November.
NIGHT = datetime(2026, 11, 30, 20, 30, tzinfo=UTC)
MOMENT = re.compile(
    r"\d{1,2}:\d{2}|\d{1,2}/\d{1,2}(?:/\d{4})?|\d{8}T\d{6}Z?|\d{4}-\d{2}-\d{2}|ngày \d+ tháng \d+ năm \d+"
)


@dataclass(frozen=True)
class World:
    """Where it lies, and the rows that are looked at."""

    database_url: str
    data_dir: str
    round_id: int
    contest_id: int
    unit_id: int
    breach_id: int
    member: int
    organiser: int
    operator: int


def told(world: World) -> dict[str, list[str]]:
    """Every date and time of pages, files and, after a sitting and a new round, of the rows that these left."""
    db = Database(world.database_url)
    Clock(db).set(NIGHT)
    data_dir = Path(world.data_dir)
    data_dir.mkdir(exist_ok=True)
    browse = Browse(create_app(settings_for(world.database_url, data_dir), db), db)
    with db.reading() as session:
        member, organiser, operator = (
            session.get_one(Member, one) for one in (world.member, world.organiser, world.operator)
        )
    try:
        return {
            **_sat(browse.as_(member), world.round_id),
            **_arranged(browse.other().as_(organiser), world),
            **_kept(browse.other().as_(operator), world.breach_id),
            "stored": _stored(db),
        }
    finally:
        db.dispose()


def _sat(member: Browse, round_id: int) -> dict[str, list[str]]:
    shown = {url: _moments(member.get(url).response.get_data(as_text=True)) for url in ("/dot-thi/", "/lich-thi.ics")}
    paper = member.submit(f"/dot-thi/{round_id}", action="/bat-dau").location
    saved = member.post(f"{paper}/cau/1", {"phuong_an": ["A"], "epoch": "1"}, as_json=True, status=200)
    member.post(f"{paper}/nop", {"epoch": "1"})
    receipt = member.page(f"{paper}/bien-nhan")
    return {**shown, "saved": _moments(saved.json["saved_at"]), "receipt": _moments(receipt.text)}


def _arranged(organiser: Browse, world: World) -> dict[str, list[str]]:
    made = organiser.submit(
        f"/to-chuc/cuoc-thi/{world.contest_id}/dot-moi",
        {"title": "Tuần 2", "opens_at": "2026-12-05T00:30", "closes_at": "2026-12-06T23:30"},
        action="/dot-moi",
    )
    page = organiser.page((made.location or "").removesuffix("/ma-tran"))
    desk = f"/tham-gia/{world.round_id}/don-vi/{world.unit_id}"
    export = organiser.submit(desk, action="/xuat", status=200).response
    book = load_workbook(io.BytesIO(export.get_data()))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    named = export.headers["Content-Disposition"]
    return {
        "round": _moments(page.text),
        "desk": _moments(organiser.page(desk).text),
        "export": [named, *_moments("\n".join(cells))],
    }


def _kept(operator: Browse, breach_id: int) -> dict[str, list[str]]:
    file = operator.get(f"/so-su-co-du-lieu/{breach_id}/thong-bao.docx").response
    document = docx.Document(io.BytesIO(file.get_data()))
    texts = [one.text for one in document.paragraphs]
    texts += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return {"account": _moments(operator.page("/tai-khoan").text), "document": _moments("\n".join(texts))}


def _stored(db: Database) -> list[str]:
    """After a sweep, by the worker's own function, to the minute."""
    closing.close_overdue(db)
    found: list[datetime | None] = []
    with db.reading() as session:
        for row in session.scalars(select(Attempt).order_by(Attempt.started_at, Attempt.id)):
            found += [row.started_at, row.deadline_at, row.accepts_until_at, row.ended_at]
        for answer in session.scalars(select(Response).where(Response.saved_at.is_not(None))):
            found.append(answer.saved_at)
        for round_ in session.scalars(select(Round).order_by(Round.id)):
            found += [round_.opens_at, round_.closes_at]
    return [f"{one.astimezone(UTC):%Y-%m-%d %H:%M}" if one else "-" for one in found]


def _moments(text: str) -> list[str]:
    return MOMENT.findall(text)


if __name__ == "__main__":
    print(json.dumps(told(World(**json.loads(sys.argv[1])))))
