"""The organisers' pages that propose a correction: which item, which attempt, which window, and what is done."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import nh3
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.attempts import correcting, draw_proof
from quiz_app.attempts.correcting import Proposal
from quiz_app.attempts.models import Attempt, AttemptState, CorrectionKind
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.queries import PaperItem
from quiz_app.contests import queries as contests
from quiz_app.contests import seals
from quiz_app.contests.models import Round
from quiz_app.contests.policy import Permission
from quiz_app.contests.start_forms import instant
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Member
from quiz_app.results import corrections
from quiz_app.results.correction_forms import (
    AttemptForm,
    CorrectionForm,
    ItemForm,
    ItemSearchForm,
    SearchForm,
    WindowForm,
)
from quiz_app.results.manage_corrections import UNPROCESSABLE, forecast_now
from quiz_app.rules.drawing import letter
from quiz_app.rules.rescoring import Remedy
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import page_number, slice_page

bp = Blueprint("results_proposals", __name__, url_prefix="/to-chuc", template_folder="templates")


@bp.get("/dot/<int:round_id>/sua-ket-qua/cau-hoi")
@requires(Permission.CONTEST_READ)
def pick_item(round_id: int) -> ResponseReturnValue:
    """The items of a round's pool, by parts of their text or number."""
    form = ItemSearchForm(request.args)
    with reading() as r:
        round_ = _published(r, round_id)
        asked = search_key(form.tim.data or "") if form.validate() else ""
        pool, _ = contests.draw_sources(r.session, round_)
        items = seals.legible(r, round_, catalogue.paper_items(r.session, [one.item_version_id for one in pool]))
        found = [one for one in items.values() if _matches(one, asked)]
        found.sort(key=lambda one: one.item_version_id)
        page = slice_page(found, page_number(request.args))
        return render_template("results/correction_items.html", round=round_, form=form, page=page)


@bp.route("/dot/<int:round_id>/sua-ket-qua/cau-hoi/<int:version_id>", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def item(round_id: int, version_id: int) -> ResponseReturnValue:
    """Void an item or correct its key; its options are shown by their text, without telling which is the key."""
    form = ItemForm()
    with reading() as r:
        round_ = _published(r, round_id)
        pool, _ = contests.draw_sources(r.session, round_)
        if version_id not in {one.item_version_id for one in pool}:
            raise Missing
        if r.now < round_.opens_at:  # afterwards whoever sat has read it
            seals.require_pool_open(r, [version_id])
        found = catalogue.paper_items(r.session, [version_id])[version_id]
    texts = [(id_, f"{letter(index)}. {_plain(text)}") for index, (id_, text) in enumerate(found.options.items())]
    form.offer(texts, is_multiple=found.is_multiple)

    def proposal() -> Proposal:
        return Proposal(
            CorrectionKind.ITEM,
            form.reason.data or "",
            form.notice.data or "",
            item_version_id=version_id,
            remedy=Remedy(form.remedy.data),
            key=frozenset(form.key.data or []),
        )

    return _propose(form, round_, proposal, "results/correction_item.html", item=found)


@bp.get("/dot/<int:round_id>/sua-ket-qua/luot-thi")
@requires(Permission.CONTEST_READ)
def pick_attempt(round_id: int) -> ResponseReturnValue:
    """Find the attempt to annul by its receipt code or its member's name."""
    form = SearchForm(request.args)
    with reading() as r:
        round_ = _published(r, round_id)
        asked = form.tim.data if form.validate() else ""
        found = draw_proof.find(r, round_, asked) if asked else None
        return render_template("results/correction_pick.html", round=round_, form=form, found=found)


@bp.route("/dot/<int:round_id>/sua-ket-qua/luot-thi/<int:attempt_id>", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def attempt(round_id: int, attempt_id: int) -> ResponseReturnValue:
    """Annul one submitted attempt."""
    form = AttemptForm()
    with reading() as r:
        round_ = _published(r, round_id)
        found = r.session.get(Attempt, attempt_id)
        if found is None or found.round_id != round_.id:
            raise Missing
        member = r.session.get_one(Member, found.member_id)

    def proposal() -> Proposal:
        return Proposal(CorrectionKind.ATTEMPT, form.reason.data or "", form.notice.data or "", attempt_id=attempt_id)

    is_open = found.state == AttemptState.OPEN.value
    return _propose(
        form, round_, proposal, "results/correction_attempt.html", attempt=found, member=member, is_open=is_open
    )


@bp.route("/dot/<int:round_id>/sua-ket-qua/khung-gio", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def window(round_id: int) -> ResponseReturnValue:
    """Annul every attempt that began within a window."""
    form = WindowForm()
    with reading() as r:
        round_ = _published(r, round_id)

    def proposal() -> Proposal:
        return Proposal(
            CorrectionKind.WINDOW,
            form.reason.data or "",
            form.notice.data or "",
            window_from=instant(form.window_from.data),
            window_until=instant(form.window_until.data),
        )

    return _propose(form, round_, proposal, "results/correction_window.html")


def _propose(
    form: CorrectionForm, round_: Round, proposal: Callable[[], Proposal], template: str, **shown: object
) -> ResponseReturnValue:
    """The form of a correction; sent well, the correction is proposed and its forecast made or asked for."""
    if form.validate_on_submit():
        try:
            with work() as w:
                correction = correcting.propose(w, round_.id, proposal())
                key = corrections.ask_forecast(w, correction.id).key
                correction_id, is_quick = correction.id, corrections.is_quick(w.session, round_.id)
            forecast_now(key, is_quick=is_quick)
            return redirect(url_for("results_corrections.correction", correction_id=correction_id))
        except BadInput as refused:
            form.show(refused)
    page = render_template(template, form=form, round=round_, **shown)
    return page, UNPROCESSABLE if form.errors else 200


def _published(r: Reading, round_id: int) -> Round:
    """A published round that the actor runs. Raises Missing."""
    round_ = contests.managed_round(r, round_id)
    if round_.published_at is None:
        raise Missing
    return round_


def _matches(item: PaperItem, asked: str) -> bool:
    text = search_key(_plain(item.stem_html))
    return str(item.item_version_id) == asked or all(word in text for word in asked.split())


def _plain(html: str) -> str:
    """The words of a published text, as a label may hold them."""
    return unescape(nh3.clean(html, tags=set())).strip()
