"""Staff pages: the sets of the bank, their publishing, and the library's originals."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quiz_app.catalogue import labels, library, originals, published, queries, services
from quiz_app.catalogue.errors import FileKindRefused, FileTooLarge, HasFindings
from quiz_app.catalogue.forms import AttachForm, PublishForm, RemoveForm
from quiz_app.catalogue.policy import Permission
from quiz_app.catalogue.preview import preview
from quiz_app.catalogue.shelf import Shelf, ShelfSet, read_shelf
from quiz_app.web.errors import words_for
from quiz_app.web.guard import current_actor, reading, requires, work

bp = Blueprint("catalogue_manage", __name__, url_prefix="/bien-soan", template_folder="templates")


@bp.before_request
def _require_keeper() -> None:
    """Every page here is about the whole house's bank, so a role somewhere in the tree is not enough."""
    with reading() as r:
        queries.require_keeper(r)


@bp.get("/bo-cau-hoi")
@requires(Permission.CATALOGUE_LIST)
def sets() -> ResponseReturnValue:
    with reading() as r:
        return render_template(
            "catalogue/sets.html",
            sets=queries.set_states(r.session, _shelf()),
            uses=labels.USES,
            states=labels.STATES,
            may_preview=current_actor().may(Permission.CATALOGUE_PREVIEW),
        )


@bp.get("/bo-cau-hoi/<slug>")
@requires(Permission.CATALOGUE_PREVIEW)
def set_preview(slug: str) -> ResponseReturnValue:
    shelf = _shelf()
    return _preview_page(shelf, shelf.find(slug), with_keys=False)


@bp.post("/bo-cau-hoi/<slug>/dap-an")
@requires(Permission.CATALOGUE_KEYS)
def set_keys(slug: str) -> ResponseReturnValue:
    """Show the keys. It is posted because looking leaves a record; the answer is the page itself, never a redirect."""
    shelf = _shelf()
    found = shelf.find(slug)
    with work() as w:
        services.record_key_view(w, found.item_set)
    return _preview_page(shelf, found, with_keys=True)


def _preview_page(shelf: Shelf, found: ShelfSet, *, with_keys: bool) -> ResponseReturnValue:
    return render_template(
        "catalogue/set_preview.html",
        item_set=found.item_set,
        is_shipped=found.is_shipped,
        items=preview(shelf.bank, found.item_set, with_keys=with_keys),
        with_keys=with_keys,
        uses=labels.USES,
        levels=labels.LEVELS,
        may_publish=current_actor().may(Permission.CATALOGUE_PUBLISH),
    )


@bp.route("/bo-cau-hoi/<slug>/cong-bo", methods=["GET", "POST"])
@requires(Permission.CATALOGUE_PUBLISH)
def publish(slug: str) -> ResponseReturnValue:
    shelf = _shelf()
    found = shelf.find(slug)
    form = PublishForm()
    if not form.validate_on_submit():
        return _publish_page(shelf, found)
    try:
        with work() as w:
            outcomes = services.publish_from_shelf(w, shelf, slug)
    except HasFindings:
        return _publish_page(shelf, found), 422
    flash(labels.outcome(outcomes[-1]), "success" if outcomes[-1].is_changed else "info")
    return redirect(url_for(".sets"))


def _publish_page(shelf: Shelf, found: ShelfSet) -> str:
    with reading() as r:
        state = next(one for one in queries.set_states(r.session, shelf) if one.slug == found.item_set.slug)
        return render_template(
            "catalogue/set_publish.html",
            state=state,
            item_set=found.item_set,
            findings=published.findings_on_shelf(r.session, shelf.bank, found.item_set),
            uses=labels.USES,
        )


@bp.get("/van-ban")
@requires(Permission.LIBRARY_MANAGE)
def documents() -> ResponseReturnValue:
    with reading() as r:
        return render_template("catalogue/library.html", documents=queries.documents(r.session))


@bp.route("/van-ban/<slug>/tep", methods=["GET", "POST"])
@requires(Permission.LIBRARY_MANAGE)
def files(slug: str) -> ResponseReturnValue:
    form = AttachForm()
    if not form.validate_on_submit():
        return _files_page(slug, form), 422 if form.errors else 200
    try:
        with work() as w:
            # One byte over the limit tells that it is too large; the rest of the upload is not read.
            content = form.original.data.read(originals.LIMIT_MB * 1024 * 1024 + 1)
            row = library.attach_file(w, _data_dir(), slug, form.original.data.filename or "", content)
    except (FileKindRefused, FileTooLarge) as refused:
        form.original.errors = [words_for(refused)]
        return _files_page(slug, form), 422
    flash(f"Đã đính kèm tệp “{row.file_name}”.", "success")
    return redirect(url_for(".files", slug=slug))


def _files_page(slug: str, form: AttachForm) -> str:
    with reading() as r:
        return render_template(
            "catalogue/files.html",
            document=queries.document(r.session, slug),
            form=form,
            file_kinds=labels.FILE_KINDS,
        )


@bp.route("/van-ban/tep/<stored_name>/go", methods=["GET", "POST"])
@requires(Permission.LIBRARY_MANAGE)
def remove(stored_name: str) -> ResponseReturnValue:
    form = RemoveForm()
    if not form.validate_on_submit():
        with reading() as r:
            row, document = queries.document_file(r.session, stored_name)
            return render_template("catalogue/file_remove.html", file=row, document=document)
    with work() as w:
        slug = library.remove_file(w, stored_name)
    originals.discard(_data_dir(), stored_name)
    flash("Đã gỡ tệp khỏi thư viện.", "success")
    return redirect(url_for(".files", slug=slug))


def _shelf() -> Shelf:
    return read_shelf(current_app.extensions["settings"].bank_dir)


def _data_dir() -> Path:
    found: Path = current_app.extensions["settings"].data_dir
    return found
