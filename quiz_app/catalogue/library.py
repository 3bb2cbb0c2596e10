"""Originals of the library's documents: attached and removed by organisers."""

from __future__ import annotations

import hashlib
from pathlib import Path

from quiz_app.catalogue import originals, queries
from quiz_app.catalogue.models import DocumentFile
from quiz_app.catalogue.policy import Action
from quiz_app.kernel.work import Work


def attach_file(w: Work, data_dir: Path, slug: str, file_name: str, content: bytes) -> DocumentFile:
    """Attach an original to a document. Raises Missing, FileTooLarge, FileKindRefused."""
    document = queries.document(w.session, slug)
    content_type = originals.content_type_of(content)
    row = DocumentFile(
        document_id=document.id,
        file_name=originals.display_name(file_name, content_type),
        # Written before the row: a failed commit leaves bytes nobody names, never a row without its bytes.
        stored_name=originals.keep(data_dir, content),
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        attached_at=w.now,
        attached_by=w.actor.member_id,
    )
    w.session.add(row)
    w.session.flush()
    w.record(
        Action.FILE_ATTACHED,
        f"document:{document.id}",
        slug=slug,
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
