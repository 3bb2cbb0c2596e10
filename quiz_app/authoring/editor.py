"""The page on which an item is written. Every button of it works as a plain form; scripts save while one types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, get_template_attribute, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from question_bank import model as bank
from quiz_app.authoring import editor_forms as forms
from quiz_app.authoring import editor_scene as scenes
from quiz_app.authoring import image_views, labels, queries, writing
from quiz_app.authoring.editor_scene import Scene
from quiz_app.authoring.errors import OutOfDate
from quiz_app.authoring.models import Intent, Kind
from quiz_app.authoring.policy import Action, Permission
from quiz_app.kernel.errors import BadInput, Refused
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Member
from quiz_app.web.errors import wants_json, words_for
from quiz_app.web.filters import format_time_seconds
from quiz_app.web.forms import Form
from quiz_app.web.guard import current_actor, reading, requires, work

bp = Blueprint("authoring_editor", __name__, url_prefix="/bien-soan", template_folder="templates")
PARTS = "authoring/_editor.html"
READ_PAGE = "authoring_drafts.draft"


@bp.get("/ban-nhap/<int:draft_id>/sua")
@requires(Permission.DRAFT_WRITE)
def edit(draft_id: int) -> ResponseReturnValue:
    """Keys stand on it, so each look is put on record."""
    with work() as w:
        draft = queries.draft(w, draft_id)
        if draft.kind != Kind.ITEM.value or not scenes.scene(w, draft_id).is_writable:
            return redirect(url_for(READ_PAGE, draft_id=draft_id))
        writing.note_presence(w, draft_id)
        w.record(Action.DRAFT_KEYS_VIEWED, f"draft:{draft_id}", kind=draft.kind, code=draft.code)
    with reading() as r:
        here = scenes.scene(r, draft_id)
        return _page(r, here, here.item, _form(here, forms.shown_ids(here.item, here.offer)))


@bp.post("/ban-nhap/<int:draft_id>/luu")
@requires(Permission.DRAFT_WRITE)
def save(draft_id: int) -> ResponseReturnValue:
    """Keep what is written, if nobody saved since the revision it was started from.

    A script gets what stands around the fields; where somebody was faster, both versions side by side.
    """
    act = request.form.get("act", "")
    shown = ""
    try:
        if act == "hinh":
            shown = image_views.kept()
    except BadInput as unfit:
        return _unread(draft_id, unfit.errors)
    except Refused as unfit:
        return _unread(draft_id, {"image": [words_for(unfit)]})
    try:
        with work() as w:
            here = scenes.scene(w, draft_id)
            ids = forms.sent_ids(request.form, here.offer)
            form = _form(here, ids)
            mine = _written(form, here, ids)
            if mine is not None:
                item = forms.acted(replace(mine, stem=f"{mine.stem}\n\n{shown}".strip()), act, here.offer)
                saved = writing.save(w, draft_id, form.revision.data, item, _intent(form))
                writing.note_presence(w, draft_id)
    except OutOfDate as refused:
        return _both(draft_id, refused)
    if mine is None:
        return _unread(draft_id)
    return _saved(draft_id, saved.revision, saved.saved_at, item)


@bp.post("/ban-nhap/<int:draft_id>/co-mat")
@requires(Permission.DRAFT_WRITE)
def present(draft_id: int) -> ResponseReturnValue:
    """Say that one is here; hear who else is, and whether somebody saved."""
    with work() as w:
        here = scenes.scene(w, draft_id)
        if here.is_writable:
            writing.note_presence(w, draft_id)
        others = queries.others_present(w, draft_id)
        saved_by = w.session.get_one(Member, here.draft.saved_by).full_name
        return jsonify(
            revision=here.draft.revision,
            saved_by=saved_by,
            saved_at=format_time_seconds(here.draft.saved_at),
            is_writable=here.is_writable,
            regions={"others": _part("others", others)},
        )


def _form(here: Scene, ids: Sequence[str]) -> Form:
    return forms.item_form(here.item, here.offer, scenes.intent_of(here.draft), here.draft.revision, ids)


def _written(form: Form, here: Scene, ids: Sequence[str]) -> bank.Item | None:
    """The item of the form; None where it cannot be read, and then the form says why."""
    return forms.sent_item(form, request.form, here.item, here.offer, ids) if form.validate() else None


def _intent(form: Form) -> Intent | None:
    return Intent(form.intent.data) if "intent" in form else None


def _page(
    r: Reading, here: Scene, item: bank.Item, form: Form, *, ids: Sequence[str] | None = None, conflict: Any = None
) -> str:
    shown = forms.shown_ids(item, here.offer) if ids is None else ids
    return render_template(
        "authoring/editor.html",
        draft=here.draft,
        set_=here.set_,
        item=item,
        form=form,
        rows=forms.rows(form, item, shown),
        blank=forms.blank_row(form),
        fresh=here.offer.fresh,
        limits=(forms.FEWEST_OPTIONS, forms.MOST_OPTIONS),
        preview=scenes.preview(item),
        remarks=scenes.remarks(r.session, here.set_, item),
        others=queries.others_present(r, here.draft.id),
        conflict=conflict,
        intents=labels.INTENTS,
        member_id=current_actor().member,
    )


def _unread(draft_id: int, errors: Mapping[str, list[str]] | None = None) -> ResponseReturnValue:
    """Something cannot be taken (a day, an image): nothing is kept, and the form comes back as it was sent."""
    with reading() as r:
        here = scenes.scene(r, draft_id)
        ids = forms.sent_ids(request.form, here.offer)
        form = _form(here, ids)
        form.validate()
        for name, messages in (errors or {}).items():
            form[name].errors = messages
        if wants_json():
            raise BadInput(form.errors)
        shown = replace(here.item, options=forms.sent_options(form, request.form, ids))
        return _page(r, here, shown, form, ids=ids), 422


def _both(draft_id: int, refused: OutOfDate) -> ResponseReturnValue:
    """Somebody saved meanwhile: his version beside one's own, and from here on a save means to replace his."""
    with reading() as r:
        here = scenes.scene(r, draft_id)
        ids = forms.sent_ids(request.form, here.offer)
        form = _form(here, ids)
        mine = _written(form, here, ids) or here.item
        found = scenes.differences(here.item, mine)
        if not found:  # both wrote the same
            return _saved(draft_id, here.draft.revision, here.draft.saved_at, mine)
        conflict = {
            "name": refused.facts["name"],
            "at": here.draft.saved_at,
            "differences": found,
            "url": url_for(".edit", draft_id=draft_id),
        }
        form.revision.raw_data = [str(here.draft.revision)]
        if not wants_json():
            return _page(r, here, mine, form, ids=ids, conflict=conflict), refused.status
        answer = jsonify(
            error="OutOfDate",
            message=words_for(refused),
            revision=here.draft.revision,
            regions={**_regions(r, here, mine), "conflict": _part("conflict", conflict)},
        )
        return answer, refused.status


def _saved(draft_id: int, revision: int, saved_at: datetime, item: bank.Item) -> ResponseReturnValue:
    """Where the form goes on after it was kept; for a script, what stands around the fields now."""
    if not wants_json():
        act = request.form.get("act", "")
        flash(f"Đã lưu lúc {format_time_seconds(saved_at)}.", "success")
        if act == "xem":
            return redirect(url_for(READ_PAGE, draft_id=draft_id))
        place = "phuong-an" if act.partition(":")[0] in forms.OPTION_ACTS else None
        return redirect(url_for(".edit", draft_id=draft_id, _anchor=place))
    with reading() as r:
        here = scenes.scene(r, draft_id)
        return jsonify(
            revision=revision,
            saved_at=format_time_seconds(saved_at),
            regions=_regions(r, here, item),
        )


def _regions(r: Reading, here: Scene, item: bank.Item) -> dict[str, str]:
    """What stands around the fields, by its place on the page."""
    found = scenes.remarks(r.session, here.set_, item)
    return {
        **{f"remarks:{place}": _part("remarks", said) for place, said in found.items()},
        "preview": _part("preview", scenes.preview(item)),
        "others": _part("others", queries.others_present(r, here.draft.id)),
    }


def _part(name: str, *values: Any) -> str:
    """A part of the page by itself, for a script to put in its place."""
    made: str = get_template_attribute(PARTS, name)(*values)
    return str(made)
