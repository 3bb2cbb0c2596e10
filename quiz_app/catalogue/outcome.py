"""What publishing did, and what it refuses."""

from __future__ import annotations

from dataclasses import dataclass

from question_bank import model as bank_model
from quiz_app.catalogue import shelf
from quiz_app.catalogue.errors import HasFindings


@dataclass(frozen=True, slots=True)
class Outcome:
    """What publishing one thing did; counts are of its parts (items, lessons, sections).

    `kept_edition`: files had another text, and this edition, written on the pages, was left in its place.
    """

    kind: str
    slug: str
    title: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    retired: int = 0
    kept_edition: int | None = None

    @property
    def is_changed(self) -> bool:
        return bool(self.added or self.changed or self.retired)


def refuse_findings(title: str, findings: list[bank_model.Finding]) -> None:
    """Raises HasFindings where there are any."""
    if findings:
        raise HasFindings(title=title, count=len(findings), findings=shelf.words(findings))
