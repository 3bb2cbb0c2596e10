"""Every workbook that the house hands out: typed, headed in Vietnamese, ready to filter, and never a formula."""

from __future__ import annotations

import inspect
import io
import re
from datetime import date, datetime

import pytest
from flask import Flask, url_for
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import func, select, update

from quiz_app.kernel.audit import AuditEntry
from quiz_app.members.models import Member
from quiz_app.web.spreadsheet import FORMATS, MIME_TYPE
from tests.architecture.matrix import ROWS
from tests.architecture.world import House, World, app, db, world
from tests.support.browse import Browse
from tests.support.works import Work

__all__ = ["app", "db", "world"]

HOSTILE = ("=1+1", "+1", "@x", "\tx")
CARD = "01234567"
WIDEST = 90
WITH_CARDS = {"people_members.export"}
UNRECORDED = {"reports.file"}  # figures, of nobody
DATES = frozenset({FORMATS["date"], FORMATS["instant"], FORMATS["second"]})
# what an endpoint must be sent besides its address to answer with a workbook
SENT: dict[str, dict[str, str]] = {
    "analysis.export": {},
    "asking_manage.export": {},
    "attempts_late.export": {},
    "awards_lists.export": {},
    "elsewhere_manage.export": {},
    "feedback_manage.export": {},
    "leaderboard_manage.export": {},
    "meetings_attendance.export": {},
    "participation.export": {},
    "participation_units.export": {},
    "people_members.export": {},
    "registering_manage.export": {},
    "reports.file": {},
    "results_manage.export": {"loai": "xlsx"},
}
# files of documents, forms to write questions in, and what needs an upload first: looked at with those features
ELSEWHERE = {
    "authoring_exchange.template",
    "authoring_exchange.result",
    "authoring_exchange.export",
    "authoring_documents.draft_file",
    "catalogue.file",
    "members_rosters.roster_result",
    "privacy_breaches.notice",
}
TEXT = {"Số thẻ đảng viên", "Họ và tên", "Đơn vị", "Tên đăng nhập"}
SIGNS = re.compile(
    r"(?<![.\w])MIME_TYPES?\b|making\.MIME_TYPES|spreadsheet\.MIME|XLSX|xlsx|"
    r"\b_?download\(|handed_out\("
)


def test_every_workbook_is_looked_at(app: Flask) -> None:
    found = {name for name, view in app.view_functions.items() if SIGNS.search(inspect.getsource(view))}
    assert found == SENT.keys() | ELSEWHERE


@pytest.mark.parametrize("endpoint", sorted(SENT))
def test_a_workbook_can_be_handed_in(
    app: Flask, browse: Browse, work: Work, house: House, world: World, endpoint: str
) -> None:
    with work() as w:
        for number, sign in enumerate(HOSTILE):
            named = update(Member).where(Member.id % len(HOSTILE) == number)
            w.session.execute(named.values(full_name=f"{sign} An", born_on=date(1960, 2, 5)))
        w.session.execute(update(Member).where(Member.id == world["member"]).values(card_number=CARD))
    values = {name: world[part] for name, part in ROWS[endpoint].values.items()}
    if "ending" in values:
        values["ending"] = "xlsx"
    with app.test_request_context():
        url = url_for(endpoint, **values)  # type: ignore[arg-type] # plain url values
    methods = {method for rule in app.url_map.iter_rules(endpoint) for method in rule.methods or ()}
    browse.use_sign_in_token(house.tokens["organiser"])
    with work() as w:
        known = w.session.scalar(select(func.max(AuditEntry.id))) or 0
    answer = browse.knock("GET" if "GET" in methods else "POST", url, SENT[endpoint])
    assert (answer.status_code, answer.mimetype) == (200, MIME_TYPE), answer.get_data(as_text=True)[:300]
    pages = load_workbook(io.BytesIO(answer.get_data())).worksheets
    for page in pages:
        _look_at(page)
    cards = [cell for page in pages for row in page.iter_rows() for cell in row if cell.value == CARD]
    assert bool(cards) == (endpoint in WITH_CARDS)
    with work() as w:
        entries = w.session.scalars(select(AuditEntry).where(AuditEntry.id > known)).all()
    assert [one.actor_member_id for one in entries] == [world["organiser_id"]] * (endpoint not in UNRECORDED)


def _look_at(page: Worksheet) -> None:
    assert page.freeze_panes, f"{page.title}: no heading is frozen"
    top = int(re.sub(r"\D", "", page.freeze_panes)) - 1
    assert page.auto_filter.ref and page.auto_filter.ref.startswith(f"A{top}:"), page.title
    heads = [str(cell.value) for cell in page[top]]
    assert any(not head.isascii() for head in heads), heads
    for number, head in enumerate(heads, start=1):
        width = page.column_dimensions[get_column_letter(number)]
        longest = max(len(word) for word in head.split())
        assert width.customWidth and longest <= width.width <= WIDEST, f"{page.title}: {head} is {width.width} wide"
    for row in page.iter_rows(min_row=top + 1):
        for head, cell in zip(heads, row, strict=False):
            assert cell.data_type != "f", cell.coordinate
            if isinstance(cell.value, datetime):
                assert cell.number_format in DATES, cell.coordinate
            elif isinstance(cell.value, str):
                assert cell.number_format == FORMATS["text"] or re.search(r"\D", cell.value), (head, cell.value)
                assert head in TEXT or not re.fullmatch(r"[\d.]+,\d+", cell.value), f"{head}: a number as text"
                assert not re.match(r"\d\d/\d\d/\d{4}", cell.value), f"{head}: a date as text"
            if head in TEXT:
                assert cell.value is None or isinstance(cell.value, str), head
