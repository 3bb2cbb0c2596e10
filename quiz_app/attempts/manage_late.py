"""The organisers' list of what reached the server too late, to answer complaints with."""

from __future__ import annotations

import io

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue

from quiz_app.attempts import labels, late
from quiz_app.attempts.late import LateRow
from quiz_app.attempts.policy import Action, Permission
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Round
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.work import Reading
from quiz_app.web.filters import format_datetime_seconds
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import USUAL_SIZE, Page, page_number
from quiz_app.web.spreadsheet import MIME_TYPE, Column, Sheet, Value, cut_note, workbook

bp = Blueprint("attempts_late", __name__, url_prefix="/to-chuc/dot", template_folder="templates")

LARGEST_EXPORT = 20_000


@bp.get("/<int:round_id>/gui-muon")
@requires(Permission.LATE_READ)
def arrivals(round_id: int) -> ResponseReturnValue:
    """Who sent what too late, and how late, the latest first."""
    with reading() as r:
        round_ = contests.managed_round(r, round_id)
        total = late.count(r.session, round_id)
        number = max(1, min(page_number(request.args), -(-total // USUAL_SIZE)))
        rows = late.of_round(r.session, round_id, limit=USUAL_SIZE, offset=(number - 1) * USUAL_SIZE)
        return render_template(
            "attempts/late.html",
            round=round_,
            page=Page(rows, number, USUAL_SIZE, total),
            what=labels.LATE_WHAT,
            lateness=labels.lateness,
            most=late.MOST_PER_ATTEMPT,
            largest=LARGEST_EXPORT,
        )


@bp.post("/<int:round_id>/gui-muon/xuat")
@requires(Permission.LATE_EXPORT, fresh=True)
def export(round_id: int) -> ResponseReturnValue:
    """The list as a workbook; that it was handed out is written down."""
    with reading() as r:
        round_ = contests.managed_round(r, round_id)
        rows = late.of_round(r.session, round_id, limit=LARGEST_EXPORT)
        content = workbook([_sheet(r, round_, rows, late.count(r.session, round_id))], author=r.actor.name)
        name = f"gui-muon-{round_id}-{r.now.astimezone(VIETNAM):%Y%m%d}.xlsx"
    with work() as w:
        w.record(Action.LATE_EXPORTED, f"round:{round_id}", rows=len(rows))
    return send_file(io.BytesIO(content), mimetype=MIME_TYPE, as_attachment=True, download_name=name)


def _sheet(r: Reading, round_: Round, rows: list[LateRow], total: int) -> Sheet:
    columns = [
        Column("STT", 6, "whole"),
        Column("Họ và tên", 28),
        Column("Đơn vị", 32),
        Column("Lượt", 7, "whole"),
        Column("Nội dung gửi", 16),
        Column("Câu", 7, "whole"),
        Column("Đã gửi", 14),
        Column("Hạn nộp", 20, "second"),
        Column("Đến máy chủ lúc", 20, "second"),
        Column("Muộn", 20),
    ]
    lines: list[list[Value]] = [
        [
            number,
            row.full_name,
            row.unit_name,
            row.number,
            labels.LATE_WHAT[row.what],
            row.position,
            row.sent,
            row.deadline_at,
            row.arrived_at,
            labels.lateness(row.late_by),
        ]
        for number, row in enumerate(rows, start=1)
    ]
    notes = [
        f"{round_.contest.title} – {round_.title}",
        f"Số liệu lúc {format_datetime_seconds(r.now)}",
        "Những gì đến sau khi lượt thi không còn nhận: không tính điểm, giữ làm bằng chứng.",
        *cut_note(len(rows), total, "lần gửi"),
    ]
    return Sheet("Gửi muộn", "DANH SÁCH GỬI MUỘN", notes, columns, lines)
