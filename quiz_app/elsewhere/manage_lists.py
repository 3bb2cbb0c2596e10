"""Pages of a list of results from elsewhere: sent, looked through, confirmed."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.elsewhere import importing, labels, policy, queries
from quiz_app.elsewhere.errors import ListUndecided, ListUnreadable
from quiz_app.elsewhere.forms import ListForm
from quiz_app.elsewhere.policy import Permission
from quiz_app.elsewhere.sheet import Parsed
from quiz_app.members.roster_file import MAX_BYTES
from quiz_app.web.addresses import row_id
from quiz_app.web.errors import words_for
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("elsewhere_lists", __name__, url_prefix="/thi-noi-khac", template_folder="templates")

UNPROCESSABLE = 422
SHOWN = 200
QUESTION = "dong-"


@bp.get("/<int:contest_id>/nhap")
@requires(Permission.OUTSIDE_IMPORT)
def import_list(contest_id: int) -> ResponseReturnValue:
    return _upload_page(contest_id, ListForm(formdata=None))


@bp.post("/<int:contest_id>/nhap")
@requires(Permission.OUTSIDE_IMPORT)
def upload_list(contest_id: int) -> ResponseReturnValue:
    form = ListForm()
    with reading() as r:
        contest = queries.followed_contest(r, contest_id, *policy.LIST_ROLES)
    if not form.validate():
        return _upload_page(contest_id, form)
    content = form.file.data.read(MAX_BYTES + 1)
    try:
        parsed = importing.read(content, contest)
    except ListUnreadable as refused:
        form.file.errors = [words_for(refused)]
        return _upload_page(contest_id, form)
    if parsed.problems:
        return _upload_page(contest_id, form, parsed)
    with work() as w:
        sent = importing.keep(w, contest_id, content, parsed, form.file.data.filename or "")
        import_id = sent.id
    return redirect(url_for(".planned_list", import_id=import_id))


@bp.get("/nhap/<int:import_id>")
@requires(Permission.OUTSIDE_IMPORT)
def planned_list(import_id: int) -> ResponseReturnValue:
    return _plan_page(import_id, {})


@bp.post("/nhap/<int:import_id>")
@requires(Permission.OUTSIDE_IMPORT)
def apply_list(import_id: int) -> ResponseReturnValue:
    answers = _answers()
    try:
        with work() as w:
            contest_id = importing.sent_list(w, import_id).contest_id
            done = importing.apply(w, import_id, answers)
    except ListUndecided as refused:
        return _plan_page(import_id, answers, words_for(refused)), UNPROCESSABLE
    if done.is_repeat:
        flash("Danh sách này đã được ghi từ trước, không có gì thay đổi.", "info")
    else:
        flash(f"Đã ghi nhận: thêm {len(done.new)}, cập nhật {len(done.changed)} người.", "success")
    return redirect(url_for(".import_list", contest_id=contest_id))


def _answers() -> dict[str, int]:
    found: dict[str, int] = {}
    for name, value in request.form.items():
        if name.startswith(QUESTION) and value.isascii() and value.isdigit() and len(value) < 19:
            found[name.removeprefix(QUESTION)] = row_id(value)
    return found


def _upload_page(contest_id: int, form: ListForm, parsed: Parsed | None = None) -> tuple[str, int]:
    with reading() as r:
        contest = queries.followed_contest(r, contest_id, *policy.LIST_ROLES)
        page = render_template(
            "elsewhere/upload.html",
            contest=contest,
            form=form,
            problems=parsed.problems[:SHOWN] if parsed else [],
            wrong=len(parsed.problems) if parsed else 0,
            last=queries.last_applied(r, contest_id),
            largest=MAX_BYTES // 1024 // 1024,
        )
    return page, UNPROCESSABLE if form.errors or parsed else 200


def _plan_page(import_id: int, answers: dict[str, int], problem: str = "") -> str:
    with reading() as r:
        sent = importing.sent_list(r, import_id)
        return render_template(
            "elsewhere/plan.html",
            sent=sent,
            contest=queries.followed_contest(r, sent.contest_id, *policy.LIST_ROLES),
            plan=importing.plan(r, sent),
            answers=answers,
            problem=problem,
            question=QUESTION,
            labels=labels,
            shown=SHOWN,
        )
