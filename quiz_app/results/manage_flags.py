"""The organisers' pages of flags: those of a round, and the evidence of one with its decision."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from quiz_app.contests import queries as contests
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.results import flag_words, flagging, reviewing
from quiz_app.results.models import FlagState
from quiz_app.results.policy import Permission
from quiz_app.results.reviewing import Filter
from quiz_app.web.forms import Form, choices
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import page_number

bp = Blueprint("results_flags", __name__, url_prefix="/to-chuc", template_folder="templates")

UNPROCESSABLE = 422
DECIDED = (FlagState.CLEARED, FlagState.CONFIRMED)


class FlagFilter(Form):
    state = SelectField("Trạng thái", name="trang-thai")
    kind = SelectField("Dấu hiệu", name="loai")


class ReviewForm(Form):
    """`seen` is the state on the page that the reviewer decides by."""

    seen = HiddenField()
    state = RadioField(
        "Kết luận",
        [InputRequired(flag_words.NO_DECISION)],
        choices=choices([(state.value, flag_words.STATES[state][0]) for state in DECIDED]),
    )
    note = TextAreaField(
        "Căn cứ",
        [DataRequired(flag_words.NO_NOTE), Length(max=reviewing.LONGEST_NOTE)],
        description="Đã hỏi ai, xem gì, vì sao kết luận như vậy. Được ghi vào nhật ký cùng họ tên đồng chí.",
    )

    def show(self, refused: BadInput) -> None:
        """Put what the service found wrong beside the fields."""
        for name, messages in refused.errors.items():
            self[name].errors = [*self[name].errors, *messages]


@bp.get("/dot/<int:round_id>/dau-hieu")
@requires(Permission.FLAG_READ)
def of_round(round_id: int) -> ResponseReturnValue:
    """The flags of a round, the open ones first, and where the search for them stands."""
    state, kind = request.args.get("trang-thai", ""), request.args.get("loai", "")
    asked = Filter(flag_words.STATE_SLUGS.get(state), flag_words.KIND_SLUGS.get(kind))
    with reading() as r:
        round_ = contests.managed_round(r, round_id)
        search = flagging.search(r, round_)
        return render_template(
            "results/flags.html",
            round=round_,
            search=search,
            message="" if search.job is None else flag_words.search_message(search.job),
            counts=reviewing.counts(r, round_id),
            page=reviewing.flag_page(r, round_id, asked, page_number(request.args)),
            form=_filter_form(asked),
            is_filtered=asked != Filter(),
            words=flag_words,
        )


@bp.post("/dot/<int:round_id>/dau-hieu")
@requires(Permission.FLAG_REVIEW)
def look(round_id: int) -> ResponseReturnValue:
    """Look for flags now instead of when the worker comes to it."""
    with work() as w:
        is_asked = flagging.begin(w, contests.managed_round(w, round_id)) is not None
    if is_asked:
        flash("Đang tìm dấu hiệu trong các lượt thi.", "success")
    else:
        flash("Chưa tìm được: đợt thi chưa đóng hoặc còn lượt đang làm.", "warning")
    return redirect(url_for(".of_round", round_id=round_id))


@bp.get("/dot/<int:round_id>/dau-hieu.json")
@requires(Permission.FLAG_READ)
def progress(round_id: int) -> ResponseReturnValue:
    """How far the search is: what the bar asks for."""
    with reading() as r:
        search = flagging.search(r, contests.managed_round(r, round_id))
    if search.job is None:
        raise Missing
    return jsonify(
        done=search.job.done,
        total=search.job.total,
        state="running" if search.is_under_way else search.job.state,
        message=flag_words.search_message(search.job),
        url=None if search.is_under_way else url_for(".of_round", round_id=round_id),
    )


@bp.get("/dau-hieu/<int:flag_id>")
@requires(Permission.FLAG_READ)
def flag(flag_id: int) -> ResponseReturnValue:
    """One flag with its evidence, and the form to decide it."""
    return _page(flag_id, ReviewForm(formdata=None))


@bp.post("/dau-hieu/<int:flag_id>")
@requires(Permission.FLAG_REVIEW)
def review(flag_id: int) -> ResponseReturnValue:
    """Clear or confirm; nothing else follows from it by itself."""
    form = ReviewForm()
    if form.validate():
        try:
            with work() as w:
                decided = reviewing.review(
                    w, flag_id, FlagState(form.state.data), form.note.data or "", form.seen.data or ""
                )
                round_id, is_confirmed = decided.round_id, decided.state == FlagState.CONFIRMED.value
            flash("Đã ghi kết luận.", "success")
            if is_confirmed:
                return redirect(url_for(".flag", flag_id=flag_id))
            return redirect(url_for(".of_round", round_id=round_id))
        except BadInput as refused:
            form.show(refused)
    return _page(flag_id, form)


def _page(flag_id: int, form: ReviewForm) -> ResponseReturnValue:
    with reading() as r:
        found = reviewing.evidence(r, flag_id, page_number(request.args))
        form.seen.data = found.flag.state
        page = render_template(
            "results/flag.html",
            found=found,
            flag=found.flag,
            round=found.round,
            form=form,
            words=flag_words,
            state=FlagState(found.flag.state),
            longest=reviewing.MOST_LISTED,
        )
    return page, UNPROCESSABLE if form.errors else 200


def _filter_form(asked: Filter) -> FlagFilter:
    """The choices above the list, as the address spells them."""
    states, kinds = flag_words.STATE_SLUGS, flag_words.KIND_SLUGS
    form = FlagFilter(
        formdata=None,
        meta={"csrf": False},
        state=next((slug for slug, state in states.items() if state is asked.state), ""),
        kind=next((slug for slug, kind in kinds.items() if kind is asked.kind), ""),
    )
    form.state.choices = choices(
        [("", "Tất cả"), *((slug, flag_words.STATES[state][0]) for slug, state in states.items())]
    )
    form.kind.choices = choices([("", "Tất cả"), *((slug, flag_words.KINDS[kind]) for slug, kind in kinds.items())])
    return form
