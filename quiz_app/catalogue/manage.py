"""Staff pages: the library's originals."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quiz_app.catalogue import labels, library, originals, queries
from quiz_app.catalogue.forms import RemoveForm
from quiz_app.catalogue.policy import Permission
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("catalogue_manage", __name__, url_prefix="/bien-soan", template_folder="templates")


@bp.before_request
def _require_keeper() -> None:
    """Every page here is about the whole house's bank, so a role somewhere in the tree is not enough."""
    with reading() as r:
        queries.require_keeper(r)


@bp.get("/van-ban/<slug>/tep")
@requires(Permission.LIBRARY_MANAGE)
def files(slug: str) -> ResponseReturnValue:
    """The originals that readers have; new ones come with a draft, so that somebody else looks at them first."""
    with reading() as r:
        document = queries.document(r.session, slug)
        return render_template("catalogue/files.html", document=document, file_kinds=labels.FILE_KINDS)


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


def _data_dir() -> Path:
    found: Path = current_app.extensions["settings"].data_dir
    return found
