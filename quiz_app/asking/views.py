"""Asking, reading the answer, taking back; and the public list of questions and answers."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from quiz_app.asking import entries, labels, queries, services, subjects
from quiz_app.asking.errors import TooManyQuestions
from quiz_app.asking.forms import LONGEST_SEARCH, AskForm, entry_filter
from quiz_app.asking.models import State, Subject
from quiz_app.asking.policy import Permission
from quiz_app.asking.queries import Where
from quiz_app.asking.subjects import About, Place
from quiz_app.catalogue import queries as catalogue
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Reading
from quiz_app.web.errors import local_path, words_for
from quiz_app.web.guard import public, reading, requires, work
from quiz_app.web.paging import Page, page_number

bp = Blueprint("asking", __name__, template_folder="templates")

UNPROCESSABLE = 422
PAGE_SIZE = 20
LONGEST_NUMBER = 15


@bp.route("/hoi/gui", methods=["GET", "POST"])
@requires(Permission.ASKING_SEND)
def ask() -> ResponseReturnValue:
    """Ask, propose or report. The address says what about: a path of this site, one item there, an earlier question."""
    form = AskForm()
    status = 200
    if form.validate_on_submit():
        try:
            with work() as w:
                about, follows_id = _asked_about(w)
                question = services.ask(w, about, form.chosen, form.text.data or "", follows_id=follows_id)
            flash("Đã gửi. Câu trả lời hiện ngay tại trang này.", "success")
            return redirect(url_for(".question", question_id=question.id))
        except BadInput as refused:
            form.show(refused)
        except TooManyQuestions as refused:
            form.text.errors = [*form.text.errors, words_for(refused)]
            status = refused.status
    if form.errors and status == 200:
        status = UNPROCESSABLE
    with reading() as r:
        about, follows_id = _asked_about(r)
        page = render_template(
            "asking/ask.html",
            form=form,
            where=queries.place(r.session, about),
            stem_html=stem(r, about),
            follows_id=follows_id,
            here=url_for(".ask", trang=request.args.get("trang"), cau=_number("cau"), tiep=_number("tiep")),
            kept_days=services.KEPT.days,
            limits=services.LIMITS,
            is_about_result=about.subject is Subject.ATTEMPT,
        )
    return page, status


@bp.get("/hoi/cua-toi")
@requires(Permission.ASKING_READ)
def own() -> ResponseReturnValue:
    with reading() as r:
        total = queries.own_count(r)
        number = _page_number(total)
        rows = queries.own_list(r, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
        return render_template("asking/own.html", page=Page(rows, number, PAGE_SIZE, total), labels=labels)


@bp.get("/hoi/<int:question_id>")
@requires(Permission.ASKING_SEND)
def question(question_id: int) -> ResponseReturnValue:
    """One's own question with its answer; that the answer was seen is kept, so that it is no news any more."""
    with reading() as r:
        found = queries.own(r, question_id)
        page = render_template(
            "asking/question.html",
            found=found,
            question=found.question,
            place_url=place_url(found.where),
            labels=labels,
        )
    if found.is_news:
        with work() as w:
            services.note_read(w, question_id)
    return page


@bp.route("/hoi/<int:question_id>/rut", methods=["GET", "POST"])
@requires(Permission.ASKING_SEND)
def withdraw(question_id: int) -> ResponseReturnValue:
    if request.method == "GET":
        with reading() as r:
            return render_template("asking/withdraw.html", found=queries.own(r, question_id))
    with work() as w:
        services.withdraw(w, question_id)
    flash("Đã rút. Nội dung đồng chí viết đã được xóa.", "success")
    return redirect(url_for(".own"))


@bp.get("/hoi-dap")
@public
def published() -> ResponseReturnValue:
    """Questions of general interest with their answers, open to everybody."""
    words = request.args.get("tim", "").strip()[:LONGEST_SEARCH]
    with reading() as r:
        modules = entries.published_modules(r.session)
        module = next((one for one in modules if one.slug == request.args.get("chuyen-de")), None)
        wanted = entries.Wanted(words, None if module is None else module.id)
        total = entries.published_count(r.session, wanted)
        number = _page_number(total)
        rows = entries.published(r.session, wanted, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
        return render_template(
            "asking/published.html",
            page=Page(rows, number, PAGE_SIZE, total),
            form=entry_filter(words, "" if module is None else module.slug, modules),
            is_filtered=wanted != entries.Wanted(),
            actor=r.actor,
            moderates=r.actor.may(Permission.INBOX_READ),
        )


def stem(r: Reading, about: About) -> str:
    """What the item asks, without any trace of its key; nothing where it may not be shown now."""
    if about.item_version_id is None or not subjects.may_show_item(r, about):
        return ""
    return catalogue.paper_items(r.session, [about.item_version_id])[about.item_version_id].stem_html


def place_url(where: Where) -> str | None:
    """The way back to what the question is about, as everybody may go it."""
    if where.lesson is not None and where.module is not None:
        if where.lesson.retired_at is not None or where.module.retired_at is not None:
            return None
        anchor = None if where.about.position is None else f"cau-{where.about.position}"
        return url_for("study.lesson", module_slug=where.module.slug, lesson_slug=where.lesson.slug, _anchor=anchor)
    return where.about.path or None


def _asked_about(r: Reading) -> tuple[About, int | None]:
    """What the address asks about, by the rules of the pages that show it. Raises Missing, NotYetShown."""
    earlier = _number("tiep")
    if earlier is not None:
        first = queries.own(r, earlier).question
        if first.state == State.WITHDRAWN.value:
            raise Missing
        return subjects.of(first), earlier
    return subjects.find(r, _place(request.args.get("trang")), _number("cau")), None


def _place(path: str | None) -> Place | None:
    """The page of this site that a path leads to; None for what is none."""
    known = local_path(path)
    if known is None:
        return None
    router = current_app.url_map.bind("")
    try:
        endpoint, values = router.match(urlsplit(known).path, method="GET")
    except HTTPException:
        return None
    return Place(endpoint, values, router.build(endpoint, dict(values)))


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def _page_number(total: int) -> int:
    return max(1, min(page_number(request.args), -(-total // PAGE_SIZE)))
