"""A contest of the city, declarations and lists of it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import xlsxwriter
from PIL import Image

from quiz_app.elsewhere import importing, services
from quiz_app.elsewhere.models import OutsideContest, OutsideImport, OutsideRecord
from quiz_app.elsewhere.services import Terms, Told
from quiz_app.kernel.clock import VIETNAM
from quiz_app.members.models import Member
from quiz_app.units.models import Unit
from quiz_app.web.pictures import redrawn
from tests.support.clock import NOW
from tests.support.works import Work

TODAY = NOW.astimezone(VIETNAM).date()
TERMS = Terms(
    "Cuộc thi của thành phố",
    "Ban Tuyên giáo và Dân vận Thành ủy",
    "https://cuocthi.vn/",
    TODAY - timedelta(days=20),
    TODAY + timedelta(days=20),
)
HEADINGS = ["STT", "Họ và tên", "Ngày sinh", "Chi bộ", "Số thẻ đảng viên", "Điểm", "Số lượt", "CCCD"]


def picture(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "PNG")
    return out.getvalue()


def city_contest(work: Work, organiser: Member, unit: Unit, terms: Terms = TERMS) -> OutsideContest:
    with work(actor=organiser) as w:
        return services.add_contest(w, unit.id, terms)


def declared(work: Work, contest: OutsideContest, member: Member, *, colour: str = "red") -> OutsideRecord:
    with work(actor=member) as w:
        return services.declare(w, contest.id, Told(1850, 2, TODAY), redrawn(picture(colour)))


def confirmed(work: Work, contest: OutsideContest, member: Member, secretary: Member) -> OutsideRecord:
    record = declared(work, contest, member)
    with work(actor=secretary) as w:
        return services.confirm(w, record.id, record.revision)


def results(rows: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS) -> bytes:
    """An .xlsx with a title above the headings in row 3: the first row of `rows` is row 4."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet("Kết quả")
    as_date = book.add_format({"num_format": "dd/mm/yyyy"})
    page.write_string(0, 0, "KẾT QUẢ CUỘC THI")
    for number, row in enumerate([headings, *rows], start=2):
        for column, value in enumerate(row):
            if isinstance(value, date):
                page.write_datetime(number, column, value, as_date)
            else:
                page.write(number, column, value)
    book.close()
    return out.getvalue()


def sent(work: Work, contest: OutsideContest, sender: Member, content: bytes) -> OutsideImport:
    parsed = importing.read(content, contest)
    with work(actor=sender) as w:
        return importing.keep(w, contest.id, content, parsed, "ket-qua.xlsx")
