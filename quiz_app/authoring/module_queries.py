"""Questions about modules that are written here: published ones with their editions, and those being written."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from question_bank import model as bank
from question_bank.study_writing import module_from_plain
from quiz_app.authoring import content, queries
from quiz_app.authoring.models import Draft, Kind
from quiz_app.catalogue.models import ModuleEdition, StudyModule
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Member


@dataclass(frozen=True, slots=True)
class ListedModule:
    """A module published or being written. Without an edition it was published before editions were kept."""

    slug: str
    title: str
    lessons: int
    is_published: bool
    edition: ModuleEdition | None
    draft: Draft | None


def listed(r: Reading) -> list[ListedModule]:
    """Published modules in the order of their readers, then those that only exist as drafts."""
    drafts = {
        draft.code: draft
        for draft in r.session.scalars(
            select(Draft).where(Draft.kind == Kind.MODULE.value, queries.IS_OPEN).order_by(Draft.id)
        )
    }
    latest: dict[int, ModuleEdition] = {}
    for edition in r.session.scalars(select(ModuleEdition).order_by(ModuleEdition.number)):
        latest[edition.module_id] = edition
    rows = r.session.scalars(
        select(StudyModule).where(StudyModule.retired_at.is_(None)).order_by(StudyModule.position, StudyModule.id)
    ).all()
    found = [
        ListedModule(
            slug=row.slug,
            title=row.title,
            lessons=sum(lesson.retired_at is None for lesson in row.lessons),
            is_published=True,
            edition=latest.get(row.id),
            draft=drafts.pop(row.slug, None),
        )
        for row in rows
    ]
    return found + [
        ListedModule(code, draft.title, len(content.module_of(draft).lessons), False, None, draft)
        for code, draft in drafts.items()
    ]


def module_draft(r: Reading, draft_id: int) -> Draft:
    """Raises DraftMissing, and Missing for a draft of something else."""
    found = queries.draft(r, draft_id)
    if found.kind != Kind.MODULE.value:
        raise Missing
    return found


def is_taken(session: Session, slug: str) -> bool:
    """Whether a module of this short name exists or is being written."""
    published = session.scalar(select(StudyModule.id).where(StudyModule.slug == slug))
    return published is not None or queries.open_draft(session, Kind.MODULE, None, slug) is not None


def is_from_files(session: Session, slug: str) -> bool:
    """Whether the module ever came from files: they still hold their own text of it."""
    return any(edition.is_from_files for edition in queries.editions(session, slug))


def editions(session: Session, slug: str) -> list[tuple[ModuleEdition, str]]:
    """The publications of a module with who published each (empty: the system), the latest first. Raises Missing."""
    found = queries.editions(session, slug)
    if not found:
        raise Missing
    ids = {edition.published_by for edition in found if edition.published_by is not None}
    rows = session.execute(select(Member.id, Member.full_name).where(Member.id.in_(ids)))
    names = {row.id: row.full_name for row in rows}
    return [(edition, names.get(edition.published_by or 0, "")) for edition in found]


def edition(session: Session, slug: str, number: int) -> tuple[ModuleEdition, bank.StudyModule]:
    """One publication and the module as it was. Raises Missing."""
    for found in queries.editions(session, slug):
        if found.number == number:
            return found, module_from_plain(found.content)
    raise Missing
