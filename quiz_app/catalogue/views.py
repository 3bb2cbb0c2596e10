"""The library of documents, open to everybody."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template, request, send_file
from flask.typing import ResponseReturnValue

from quiz_app.catalogue import labels, library_queries, originals, queries
from quiz_app.catalogue.forms import IN_ADDRESS, DocumentFilter
from quiz_app.catalogue.policy import Permission
from quiz_app.kernel.errors import Missing
from quiz_app.web.guard import current_actor, public, reading
from quiz_app.web.sharing import shared

bp = Blueprint("catalogue", __name__, template_folder="templates")


@bp.get("/van-ban/")
@public
@shared
def documents() -> ResponseReturnValue:
    """The library; what it is narrowed to stands in the address, and what that cannot mean narrows nothing."""
    with reading() as r:
        everything = library_queries.shelved(r)
    form = DocumentFilter(request.args, meta=IN_ADDRESS)
    form.offer(one.document for one in everything)
    wanted = form.wanted() if form.validate() else library_queries.Wanted()
    return render_template(
        "catalogue/documents.html",
        documents=[one for one in everything if wanted.takes(one)],
        total=len(everything),
        form=form,
        is_filtered=wanted != library_queries.Wanted(),
        validities=labels.VALIDITIES,
        may_write=current_actor().may(Permission.DOCUMENTS_LIST),
    )


@bp.get("/van-ban/<slug>")
@public
@shared
def document(slug: str) -> ResponseReturnValue:
    with reading() as r:
        found = queries.document(r.session, slug)
        shelved = library_queries.shelved_document(r, slug)
        return render_template(
            "catalogue/document.html",
            document=found,
            shelved=shelved,
            validities=labels.VALIDITIES,
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
    return handed_out(row.stored_name, row.content_type, row.file_name)


def handed_out(stored_name: str, content_type: str, file_name: str) -> Response:
    """The answer that hands out bytes of the data folder. Raises Missing where they are gone."""
    path = originals.path_of(current_app.extensions["settings"].data_dir, stored_name)
    if not path.is_file():
        raise Missing
    response: Response = send_file(path, mimetype=content_type, as_attachment=True, download_name=file_name)
    response.headers["Cache-Control"] = "no-store"
    return response
