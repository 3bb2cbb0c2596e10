"""The organisers' pages of awards: proposing by a published table, special prizes, approving, publishing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.awards import exports, payments, proposals, queries
from quiz_app.awards.forms import FindForm, SpecialForm, SureForm
from quiz_app.awards.policy import Action, Permission
from quiz_app.contests import queries as contests
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.text import search_key
from quiz_app.results.labels import KINDS
from quiz_app.results.subjects import SLUGS
from quiz_app.web.forms import choices
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.spreadsheet import download

bp = Blueprint("awards_lists", __name__, url_prefix="/to-chuc/khen-thuong", template_folder="templates")

UNPROCESSABLE = 422


@bp.get("/cuoc-thi/<int:contest_id>")
@requires(Permission.AWARDS_READ)
def index(contest_id: int) -> ResponseReturnValue:
    """The published tables of a contest, each with how far its awards are, and who pays the prizes."""
    with reading() as r:
        contest = contests.managed_contest(r, contest_id)
        rows = queries.of_contest(r.session, contest_id)
        return render_template(
            "awards/lists.html",
            contest=contest,
            rows=[
                (table, subject, found, None if found is None else proposals.changes(r.session, found))
                for table, subject, found in rows
            ],
            kinds=KINDS,
            handlers=payments.handlers(r.session, contest_id),
            handles=payments.handles(r, contest_id),
        )


@bp.post("/lap/<string:kind>/<int:number>")
@requires(Permission.AWARDS_MANAGE)
def propose(kind: str, number: int) -> ResponseReturnValue:
    if kind not in SLUGS:
        raise Missing
    with work() as w:
        made = proposals.propose(w, SLUGS[kind], number)
    flash("Đã lập đề xuất. Thêm giải đặc biệt nếu cần, rồi mời một đồng chí khác trong Ban tổ chức duyệt.", "success")
    return redirect(url_for(".one", list_id=made.id))


@bp.get("/<int:list_id>")
@requires(Permission.AWARDS_READ)
def one(list_id: int) -> ResponseReturnValue:
    return _page(list_id)


@bp.get("/<int:list_id>/danh-sach.xlsx")
@requires(Permission.AWARDS_EXPORT, fresh=True)
def export(list_id: int) -> ResponseReturnValue:
    """The list as a workbook; that the names were handed out is written down."""
    with reading() as r:
        found, subject = proposals.managed(r, list_id)
        lines = queries.lines(r.session, list_id)
        content = exports.list_file(found, subject, lines, r.now, author=r.actor.name)
        facts = {"scope": found.scope, "version": found.version, "rows": len(lines)}
    with work() as w:
        w.record(Action.AWARDS_EXPORTED, f"award_list:{list_id}", **facts)
    return download(content, f"khen-thuong-{list_id}.xlsx")


@bp.route("/<int:list_id>/giai-dac-biet", methods=["GET", "POST"])
@requires(Permission.AWARDS_MANAGE)
def add_special(list_id: int) -> ResponseReturnValue:
    """Sought by name first, then chosen, with a title and a reason."""
    form = SpecialForm()
    search = request.args.get("tim", "").strip()[:80]
    with reading() as r:
        found, subject = proposals.managed(r, list_id)
        form.holder.choices = choices(queries.holders(r, found, search_key(search)) if search else [])
    if form.validate_on_submit():
        try:
            with work() as w:
                proposals.add_special(w, list_id, form.wanted)
            flash("Đã thêm giải đặc biệt.", "success")
            return redirect(url_for(".one", list_id=list_id))
        except BadInput as refused:
            form.title.errors = refused.errors["title"]
    page = render_template(
        "awards/special.html",
        form=form,
        find_form=FindForm(formdata=None, data={"tim": search}),
        search=search,
        found=found,
        subject=subject,
    )
    return page, UNPROCESSABLE if form.errors else 200


@bp.post("/giai/<int:award_id>/bo")
@requires(Permission.AWARDS_MANAGE)
def remove_special(award_id: int) -> ResponseReturnValue:
    with work() as w:
        found = proposals.remove_special(w, award_id)
    flash("Đã bỏ giải đặc biệt.", "success")
    return redirect(url_for(".one", list_id=found.id))


@bp.post("/<int:list_id>/duyet")
@requires(Permission.AWARDS_MANAGE)
def approve(list_id: int) -> ResponseReturnValue:
    form = SureForm()
    with work() as w:
        proposals.approve(w, list_id, form.dau.data or "")
    flash("Đã duyệt. Công bố được rồi.", "success")
    return redirect(url_for(".one", list_id=list_id))


@bp.post("/<int:list_id>/cong-bo")
@requires(Permission.AWARDS_MANAGE)
def publish(list_id: int) -> ResponseReturnValue:
    with work() as w:
        proposals.publish(w, list_id)
    flash("Đã công bố. Ai cũng xem được ở trang Khen thưởng; tên theo sự đồng ý của từng người.", "success")
    return redirect(url_for(".one", list_id=list_id))


def _page(list_id: int) -> str:
    with reading() as r:
        found, subject = proposals.managed(r, list_id)
        awards = proposals.awards_of(r.session, list_id)
        changes = proposals.changes(r.session, found)
        newest = proposals.newest(r.session, found.scope)
        by = {found.proposed_by, *(one.added_by for one in awards)}
        shown: dict[str, Any] = {
            "found": found,
            "subject": subject,
            "lines": queries.lines(r.session, list_id),
            "sha256": proposals.fingerprint(awards),
            "is_own": r.actor.member in by,
            "is_newest": newest is not None and newest.id == list_id,
            "changes": changes,
            "gone": [] if changes is None else queries.told(r.session, changes.gone),
            "new": [] if changes is None else queries.told(r.session, changes.new),
            "names": queries.names(r.session, [found.proposed_by, found.approved_by]),
            "table_version": queries.table_version(r.session, found.table_id),
        }
        return render_template("awards/list.html", **shown)
