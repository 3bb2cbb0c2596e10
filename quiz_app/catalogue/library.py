"""Originals of the library's documents: taken in with a draft, attached when it is published, removed by organisers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from quiz_app.catalogue import originals, queries
from quiz_app.catalogue.models import Document, DocumentFile
from quiz_app.catalogue.policy import Action
from quiz_app.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Original:
    """What is known of a file whose bytes lie in the data folder under `stored_name`."""

    file_name: str
    stored_name: str
    content_type: str
    size: int
    sha256: str


def take_in(data_dir: Path, file_name: str, content: bytes) -> Original:
    """Judge a file by its content and keep its bytes. Raises FileTooLarge, FileKindRefused.

    Called before the row that names it is written: a failed commit leaves bytes nobody names, never a row without them.
    """
    content_type = originals.content_type_of(content)
    return Original(
        file_name=originals.display_name(file_name, content_type),
        stored_name=originals.keep(data_dir, content),
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def attach(w: Work, document: Document, original: Original, sent_by: int | None) -> DocumentFile:
    """Let the readers of a document have an original that somebody sent and somebody else has looked at."""
    row = DocumentFile(
        document_id=document.id,
        file_name=original.file_name,
        stored_name=original.stored_name,
        content_type=original.content_type,
        size=original.size,
        sha256=original.sha256,
        attached_at=w.now,
        attached_by=sent_by,
    )
    w.session.add(row)
    w.session.flush()
    w.record(
        Action.FILE_ATTACHED,
        f"document:{document.id}",
        slug=document.slug,
        file_name=row.file_name,
        sha256=row.sha256,
        size=row.size,
    )
    return row


def remove_file(w: Work, stored_name: str) -> str:
    """Take an original out of the library; the document's slug. The caller discards the bytes once this is committed.

    Raises Missing.
    """
    row, document = queries.document_file(w.session, stored_name)
    w.session.delete(row)
    w.session.flush()
    w.record(
        Action.FILE_REMOVED,
        f"document:{document.id}",
        slug=document.slug,
        file_name=row.file_name,
        sha256=row.sha256,
    )
    return document.slug
