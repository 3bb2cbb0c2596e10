"""The library of documents, open to everybody."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template, send_file
from flask.typing import ResponseReturnValue

from quiz_app.catalogue import labels, originals, queries
from quiz_app.catalogue.policy import Permission
from quiz_app.kernel.errors import Missing
from quiz_app.web.guard import current_actor, public, reading

bp = Blueprint("catalogue", __name__, template_folder="templates")


@bp.get("/van-ban/")
@public
def documents() -> ResponseReturnValue:
    with reading() as r:
        return render_template("catalogue/documents.html", documents=queries.documents(r.session))


@bp.get("/van-ban/<slug>")
@public
def document(slug: str) -> ResponseReturnValue:
    with reading() as r:
        found = queries.document(r.session, slug)
        return render_template(
            "catalogue/document.html",
            document=found,
            sections=[section for section in found.sections if section.retired_at is None],
            retired=[section for section in found.sections if section.retired_at is not None],
            file_kinds=labels.FILE_KINDS,
            may_manage=current_actor().may(Permission.LIBRARY_MANAGE),
        )


@bp.get("/van-ban/tep/<stored_name>")
@public
def file(stored_name: str) -> ResponseReturnValue:
    """Hand out an original, always to be saved and never to be shown inside the site."""
    with reading() as r:
        row, _ = queries.document_file(r.session, stored_name)
    path = originals.path_of(current_app.extensions["settings"].data_dir, row.stored_name)
    if not path.is_file():
        raise Missing
    response: Response = send_file(path, mimetype=row.content_type, as_attachment=True, download_name=row.file_name)
    response.headers["Cache-Control"] = "no-store"
    return response
