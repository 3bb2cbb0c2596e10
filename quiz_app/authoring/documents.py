"""Documents of the library: the list of them, the pages on which one is written, and what cites overtaken ones."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quiz_app.authoring import citations, content, document_shown, document_work, labels, publishing, queries, writing
from quiz_app.authoring.document_forms import DocumentForm, NewDocumentForm, OriginalForm
from quiz_app.authoring.errors import DocumentTaken, NothingToPublish, NotWritable, OutOfDate, ReviewsIt
from quiz_app.authoring.forms import RevisionForm
from quiz_app.authoring.models import Draft, Kind, State
from quiz_app.authoring.policy import Permission, may_write
from quiz_app.catalogue import labels as catalogue_labels
from quiz_app.catalogue import library, library_queries, originals
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.errors import FileKindRefused, FileTooLarge, HasFindings
from quiz_app.catalogue.models import Document
from quiz_app.catalogue.policy import Permission as CataloguePermission
from quiz_app.catalogue.views import handed_out
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Reading, viewing
from quiz_app.web.errors import words_for
from quiz_app.web.filters import format_time_seconds
from quiz_app.web.guard import current_actor, database, reading, requires, work

bp = Blueprint("authoring_documents", __name__, url_prefix="/bien-soan/van-ban", template_folder="templates")

UNPROCESSABLE = 422
READ_PAGE = "authoring_drafts.draft"


@bp.before_request
def _require_keeper() -> None:
    """Every page here is about the whole house's bank, so a role somewhere in the tree is not enough."""
    with viewing(database(), actor=current_actor()) as r:
        catalogue.require_keeper(r)


@bp.get("")
@requires(CataloguePermission.DOCUMENTS_LIST)
def documents() -> ResponseReturnValue:
    with reading() as r:
        drafts = {one.code: one for one in queries.open_drafts(r.session, Kind.DOCUMENT)}
        rows = library_queries.shelved(r)
        return render_template(
            "authoring/documents.html",
            rows=rows,
            editions=library_queries.latest_editions(r.session),
            drafts=drafts,
            fresh=[one for code, one in drafts.items() if code not in {row.document.slug for row in rows}],
            states=labels.STATES_BY_VALUE,
            validities=catalogue_labels.VALIDITIES,
            to_look_at=sum(len(one.citations) + one.sealed for one in citations.overtaken(r)),
            may_write=current_actor().may(Permission.DRAFT_WRITE),
            may_publish=current_actor().may(Permission.PUBLISH),
            may_manage=current_actor().may(CataloguePermission.LIBRARY_MANAGE),
        )


@bp.route("/moi", methods=["GET", "POST"])
@requires(Permission.DRAFT_WRITE)
def new() -> ResponseReturnValue:
    form = NewDocumentForm()
    if form.validate_on_submit():
        try:
            with work() as w:
                draft = document_work.found_document(w, form.slug.data or "", form.title.data or "")
            return redirect(url_for(".edit", draft_id=draft.id))
        except DocumentTaken as taken:
            form.slug.errors = [words_for(taken)]
    return render_template("authoring/document_new.html", form=form), UNPROCESSABLE if form.errors else 200


@bp.post("/<slug>/sua")
@requires(Permission.DRAFT_WRITE)
def change(slug: str) -> ResponseReturnValue:
    with work() as w:
        draft = document_work.change_document(w, slug)
    return redirect(url_for(".edit", draft_id=draft.id))


@bp.route("/nhap/<int:draft_id>", methods=["GET", "POST"])
@requires(Permission.DRAFT_WRITE)
def edit(draft_id: int) -> ResponseReturnValue:
    with reading() as r:
        draft = document_work.document_draft(r, draft_id)
        form = _form(r, draft)
        if not form.is_submitted():
            return _page(r, draft, form) if _is_writable(r, draft) else redirect(url_for(READ_PAGE, draft_id=draft_id))
        if not form.validate():
            return _page(r, draft, form), UNPROCESSABLE
        written = form.written(content.document_of(draft))
    try:
        with work() as w:
            saved = writing.save(w, draft_id, form.revision.data or 0, written)
    except (OutOfDate, NotWritable, ReviewsIt) as refused:
        with reading() as r:
            draft = document_work.document_draft(r, draft_id)
            form.revision.renew(draft.revision)  # sent again from here, it is meant
            return _page(r, draft, form, refusal=words_for(refused)), refused.status
    flash(f"Đã lưu lúc {format_time_seconds(saved.saved_at)}.", "success")
    return redirect(url_for(".edit", draft_id=draft_id))


@bp.post("/nhap/<int:draft_id>/tep")
@requires(Permission.DRAFT_WRITE)
def send_file(draft_id: int) -> ResponseReturnValue:
    form = OriginalForm()
    if form.validate():
        try:
            # One byte over the limit tells that it is too large; the rest of the upload is not read.
            given = form.original.data.read(originals.LIMIT_MB * 1024 * 1024 + 1)
            original = library.take_in(_data_dir(), form.original.data.filename or "", given)
            with work() as w:
                document_work.send_file(w, draft_id, form.revision.data or 0, original)
            flash(f"Đã thêm tệp “{original.file_name}” vào bản nháp.", "success")
            return redirect(url_for(".edit", draft_id=draft_id, _anchor="tep-goc"))
        except (FileKindRefused, FileTooLarge, OutOfDate) as refused:
            form.original.errors = [words_for(refused)]
    with reading() as r:
        draft = document_work.document_draft(r, draft_id)
        fresh = DocumentForm.over(content.document_of(draft), _others(r, draft))
        return _page(r, draft, fresh, files_form=form), UNPROCESSABLE


@bp.post("/nhap/<int:draft_id>/tep/<int:file_id>/bo")
@requires(Permission.DRAFT_WRITE)
def drop_file(draft_id: int, file_id: int) -> ResponseReturnValue:
    form = RevisionForm()
    if not form.validate():
        raise BadInput(form.errors)
    with work() as w:
        stored_name = document_work.drop_file(w, draft_id, form.revision.data or 0, file_id)
    originals.discard(_data_dir(), stored_name)
    flash("Đã bỏ tệp khỏi bản nháp.", "success")
    return redirect(url_for(".edit", draft_id=draft_id, _anchor="tep-goc"))


@bp.get("/nhap/<int:draft_id>/tep/<int:file_id>")
@requires(CataloguePermission.DOCUMENTS_LIST)
def draft_file(draft_id: int, file_id: int) -> ResponseReturnValue:
    """Hand out an original that nobody has approved yet, to be saved and never to be shown inside the site."""
    with reading() as r:
        row = document_work.draft_file(r, draft_id, file_id)
    return handed_out(row.stored_name, row.content_type, row.file_name)


@bp.route("/nhap/<int:draft_id>/cong-bo", methods=["GET", "POST"])
@requires(Permission.PUBLISH)
def publish(draft_id: int) -> ResponseReturnValue:
    form = RevisionForm()
    if not form.validate_on_submit():
        return _publish_page(draft_id)
    try:
        with work() as w:
            outcome = publishing.publish_document(w, draft_id, form.revision.data or 0)
    except (HasFindings, NothingToPublish) as refused:
        return _publish_page(draft_id, words_for(refused)), UNPROCESSABLE
    flash(catalogue_labels.outcome(outcome), "success")
    return redirect(url_for(".documents"))


@bp.get("/<slug>/cac-ban")
@requires(CataloguePermission.DOCUMENTS_LIST)
def editions(slug: str) -> ResponseReturnValue:
    """Every edition that was ever published, whole."""
    with reading() as r:
        document = catalogue.document(r.session, slug)
        found = library_queries.editions(r.session, document.id)
        return render_template("authoring/document_editions.html", document=document, editions=found)


@bp.get("/can-xem-lai")
@requires(CataloguePermission.DOCUMENTS_LIST)
def cited() -> ResponseReturnValue:
    with reading() as r:
        return render_template("authoring/citations.html", overtaken=citations.overtaken(r), relations=labels.RELATIONS)


@bp.post("/can-xem-lai/<int:document_id>/<subject>")
@requires(Permission.DRAFT_COMMENT)
def keep_citation(document_id: int, subject: str) -> ResponseReturnValue:
    with work() as w:
        citations.keep_citation(w, document_id, subject)
    flash("Đã ghi: nội dung này vẫn đúng.", "success")
    return redirect(url_for(".cited"))


def _form(r: Reading, draft: Draft) -> DocumentForm:
    return DocumentForm.over(content.document_of(draft), _others(r, draft))


def _others(r: Reading, draft: Draft) -> list[Document]:
    return [one for one in library_queries.documents(r.session) if one.slug != draft.code]


def _is_writable(r: Reading, draft: Draft) -> bool:
    return draft.state == State.DRAFT.value and may_write(queries.part_in(r.session, draft.id, r.actor.member_id))


def _page(
    r: Reading, draft: Draft, form: DocumentForm, *, files_form: OriginalForm | None = None, refusal: str = ""
) -> str:
    if form.revision.data is None:
        form.revision.renew(draft.revision)
    return render_template(
        "authoring/document_edit.html",
        draft=draft,
        form=form,
        files=queries.draft_files(r.session, draft.id),
        files_form=files_form or OriginalForm(formdata=None, data={"revision": draft.revision}),
        file_kinds=catalogue_labels.FILE_KINDS,
        refusal=refusal,
    )


def _publish_page(draft_id: int, problem: str = "") -> str:
    with reading() as r:
        draft = document_work.document_draft(r, draft_id)
        if draft.state == State.PUBLISHED.value and not problem:
            raise Missing
        return render_template(
            "authoring/document_publish.html",
            draft=draft,
            problem=problem,
            file_kinds=catalogue_labels.FILE_KINDS,
            **document_shown.parts_of(r.session, draft),
        )


def _data_dir() -> Path:
    found: Path = current_app.extensions["settings"].data_dir
    return found
