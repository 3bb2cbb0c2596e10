"""Pages of questions in files: a template to write in, an upload with its plan, the result sheet, an export."""

from __future__ import annotations

import io
from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from question_bank import formats
from question_bank.differences import told_between
from question_bank.formats import Format
from question_bank.formats.limits import MAX_BYTES
from question_bank.plan import Entry, EntryKind, Plan
from quiz_app.authoring import exchange, queries
from quiz_app.authoring.errors import PlanOutOfDate, UploadRefused
from quiz_app.authoring.exchange import Answer, Upload
from quiz_app.authoring.forms import ExportForm, UploadForm
from quiz_app.authoring.policy import Permission
from quiz_app.catalogue import published
from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import seals
from quiz_app.web.errors import words_for
from quiz_app.web.guard import asked_at, current_actor, reading, requires, work

bp = Blueprint("authoring_exchange", __name__, url_prefix="/bien-soan", template_folder="templates")

UNPROCESSABLE = 422
SHOWN = 200  # entries of one kind on the page; the result sheet has them all


@bp.before_request
def _require_keeper() -> None:
    """Every page here is about the whole house's bank, so a role somewhere in the tree is not enough."""
    with reading() as r:
        catalogue.require_keeper(r)


@bp.get("/mau-cau-hoi.xlsx")
@requires(Permission.SET_READ)
def template() -> ResponseReturnValue:
    with reading() as r:
        frame = published.frame(r.session)
        return _download(formats.template_xlsx(frame.topics, frame.documents), Format.XLSX, "mau-cau-hoi")


@bp.route("/soan/<slug>/nhap", methods=["GET", "POST"])
@requires(Permission.DRAFT_WRITE)
def upload(slug: str) -> ResponseReturnValue:
    form = UploadForm()
    with reading() as r:
        set_ = queries.set_draft(r, slug)
        seals.require_open(r, slug)
    if form.validate_on_submit():
        try:
            # One byte over the limit tells that it is too large; the rest of the upload is not read.
            content = form.original.data.read(MAX_BYTES + 1)
            name = Path(form.original.data.filename or "").name[:200]
            kept = exchange.take_upload(_data_dir(), current_actor().member, slug, name, content, now=asked_at())
            return redirect(url_for(".planned", slug=slug, sha256=kept.sha256))
        except UploadRefused as refused:
            form.original.errors = [words_for(refused)]
    return render_template("authoring/upload.html", form=form, set=set_), UNPROCESSABLE if form.errors else 200


@bp.get("/soan/<slug>/nhap/<sha256>")
@requires(Permission.DRAFT_OPEN)
def planned(slug: str, sha256: str) -> ResponseReturnValue:
    """The plan shows keys of the file and of the set side by side, so the look is put on record."""
    kept = _kept(slug, sha256)
    with work() as w:
        exchange.note_look(w, slug)
    return _plan_page(slug, kept)


@bp.post("/soan/<slug>/nhap/<sha256>")
@requires(Permission.DRAFT_WRITE)
def take_in(slug: str, sha256: str) -> ResponseReturnValue:
    kept = _kept(slug, sha256)
    try:
        with work() as w:
            taken, _ = exchange.take_in(w, slug, kept, shown=request.form.get("plan", ""), answers=_answers())
    except PlanOutOfDate as refused:
        with work() as w:
            exchange.note_look(w, slug)
        return _plan_page(slug, kept, words_for(refused)), UNPROCESSABLE
    flash(
        f"Đã nhập: {taken.new} câu mới, {taken.changed} câu sửa, {taken.unchanged} câu không đổi, "
        f"{taken.skipped} câu bỏ qua, {taken.errors} câu lỗi. Các câu mới và câu sửa là bản nháp.",
        "success" if taken.new or taken.changed else "info",
    )
    return redirect(url_for("authoring.workspace", slug=slug))


@bp.post("/soan/<slug>/nhap/<sha256>/ket-qua")
@requires(Permission.DRAFT_OPEN)
def result(slug: str, sha256: str) -> ResponseReturnValue:
    """The sheet that was sent, with what becomes of each of its questions."""
    kept = _kept(slug, sha256)
    with work() as w:
        exchange.note_look(w, slug)
        found = exchange.planned(w, slug, kept.parsed)
    return _download(exchange.result_sheet(kept, found), Format.XLSX, f"{Path(kept.name).stem}-ket-qua")


@bp.route("/soan/<slug>/xuat", methods=["GET", "POST"])
@requires(Permission.KEYS_VIEW, fresh=True)
def export(slug: str) -> ResponseReturnValue:
    """The set as a file. It holds every key, so it is posted and put on record."""
    form = ExportForm()
    if form.validate_on_submit():
        wanted = Format(form.format.data)
        with work() as w:
            content = exchange.export(w, _data_dir(), slug, wanted)
        return _download(content, wanted, "set" if wanted is Format.TOML else slug)
    with reading() as r:
        set_ = queries.set_draft(r, slug)
        seals.require_open(r, slug)
        left_out = formats.left_out(queries.as_written(r.session, set_), Format.AIKEN)
        page = render_template("authoring/export.html", form=form, set=set_, left_out=left_out)
    return page, UNPROCESSABLE if form.errors else 200


def _plan_page(slug: str, kept: Upload, problem: str = "") -> str:
    parsed = kept.parsed
    with reading() as r:
        found = exchange.planned(r, slug, parsed)
        return render_template(
            "authoring/plan.html",
            set=queries.set_draft(r, slug),
            upload=kept,
            parsed=parsed,
            plan=found,
            fingerprint=exchange.fingerprint(found),
            by_kind=_by_kind(found),
            shown_changes=max(SHOWN, sum(entry.is_key_changed for entry in found.entries)),
            kinds=EntryKind,
            answers=Answer,
            told=told_between,
            shown=SHOWN,
            problem=problem,
        )


def _by_kind(found: Plan) -> dict[EntryKind, list[tuple[int, Entry]]]:
    """The entries with their places in the plan. Those that change a key come first: no long list may hide one."""
    kinds: dict[EntryKind, list[tuple[int, Entry]]] = {kind: [] for kind in EntryKind}
    for index, entry in sorted(enumerate(found.entries), key=lambda one: not one[1].is_key_changed):
        kinds[entry.kind].append((index, entry))
    return kinds


def _answers() -> dict[int, Answer]:
    """What was said of each doubtful question; anything that is no answer counts as none."""
    found = {}
    for name, value in request.form.items():
        index = name.removeprefix("cau-")
        if name.startswith("cau-") and index.isdecimal() and len(index) < 7 and value in list(Answer):
            found[int(index)] = Answer(value)
    return found


def _kept(slug: str, sha256: str) -> Upload:
    return exchange.kept_upload(_data_dir(), current_actor().member, slug, sha256)


def _download(content: bytes, wanted: Format, name: str) -> ResponseReturnValue:
    return send_file(
        io.BytesIO(content),
        mimetype=wanted.media_type,
        as_attachment=True,
        download_name=name + wanted.suffix,
    )


def _data_dir() -> Path:
    found: Path = current_app.extensions["settings"].data_dir
    return found
