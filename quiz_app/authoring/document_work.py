"""Documents of the library: begun, and the originals that come with a draft of one."""

from __future__ import annotations

from question_bank import model as bank
from quiz_app.authoring import queries, writing
from quiz_app.authoring.errors import DocumentTaken
from quiz_app.authoring.models import Draft, DraftFile, Intent, Kind
from quiz_app.authoring.policy import Action
from quiz_app.catalogue import library
from quiz_app.catalogue import queries as catalogue
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading, Work

MOST_FILES = 10


def document_draft(r: Reading, draft_id: int) -> Draft:
    """Raises DraftMissing, and Missing for a draft of something else."""
    found = queries.draft(r, draft_id)
    if found.kind != Kind.DOCUMENT.value:
        raise Missing
    return found


def found_document(w: Work, slug: str, title: str) -> Draft:
    """A draft of a new document. Raises DocumentTaken where one of this short name exists or is being written."""
    is_drafted = queries.open_draft(w.session, Kind.DOCUMENT, None, slug) is not None
    if is_drafted or catalogue.has_document(w.session, slug):
        raise DocumentTaken(slug=slug)
    return writing.begin(w, None, bank.Document(slug, "", None, "", title, "", "", ()), Intent.NEW, basis=None)


def change_document(w: Work, slug: str) -> Draft:
    """A draft over the latest edition, or the one that is open already. Raises Missing where there is no edition."""
    known = queries.published_document(w.session, slug)
    if known is None:
        raise Missing
    return writing.begin(w, None, known[0], Intent.MEANING, basis=known[1])


def send_file(w: Work, draft_id: int, revision: int, original: library.Original) -> DraftFile:
    """Put an original beside a draft: whoever reviews it looks at the file as well. Raises as `writing.save` does, and
    Missing for a draft of something else."""
    document_draft(w, draft_id)
    draft = writing.writable(w, draft_id, revision)
    row = DraftFile(
        draft_id=draft.id,
        file_name=original.file_name,
        stored_name=original.stored_name,
        content_type=original.content_type,
        size=original.size,
        sha256=original.sha256,
        sent_at=w.now,
        sent_by=w.actor.member,
    )
    w.session.add(row)
    writing.touch(w, draft)
    w.session.flush()
    w.record(Action.FILE_SENT, f"draft:{draft.id}", code=draft.code, file_name=row.file_name, sha256=row.sha256)
    return row


def drop_file(w: Work, draft_id: int, revision: int, file_id: int) -> str:
    """Take an original away from a draft; the name of its bytes, which the caller discards once this is committed.

    Raises as `send_file` does.
    """
    row = draft_file(w, draft_id, file_id)
    draft = writing.writable(w, draft_id, revision)
    w.session.delete(row)
    writing.touch(w, draft)
    w.record(Action.FILE_DROPPED, f"draft:{draft.id}", code=draft.code, file_name=row.file_name, sha256=row.sha256)
    return row.stored_name


def draft_file(r: Reading, draft_id: int, file_id: int) -> DraftFile:
    """One original of a draft. Raises DraftMissing, Missing."""
    document_draft(r, draft_id)
    for row in queries.draft_files(r.session, draft_id):
        if row.id == file_id:
            return row
    raise Missing
