"""A report ready to be drawn or tabled: its texts, its figures, the units it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from quiz_app.kernel.audit import Head
from quiz_app.reports import figures as kept_figures
from quiz_app.reports import naming, texts
from quiz_app.reports.figures import Figures
from quiz_app.reports.models import Kind
from quiz_app.reports.naming import Named
from quiz_app.reports.texts import Texts


@dataclass(frozen=True, slots=True)
class Content:
    """`figures_sha256` is the hash by which the figures are known; `is_draft`: nobody has approved it yet.

    `sealed`: how far the audit was sealed when it was approved; None where nothing was, and of older editions.
    """

    number: int | None
    dated_on: date
    kind: Kind
    texts: Texts
    named: Named
    figures: Figures
    figures_sha256: str
    is_draft: bool = False
    sealed: Head | None = None


def from_json(kept: Mapping[str, Any], *, is_draft: bool = False) -> Content:
    """What was stored of a report whose figures are there."""
    return Content(
        number=kept["number"],
        dated_on=date.fromisoformat(kept["dated_on"]),
        kind=Kind(kept["kind"]),
        texts=texts.from_json(kept["texts"]),
        named=naming.from_json(kept["named"]),
        figures=kept_figures.from_json(kept["figures"]),
        figures_sha256=kept_figures.hash_of(kept["figures"]),
        is_draft=is_draft,
        sealed=_head(kept.get("sealed")),
    )


def sealed_json(head: Head | None) -> dict[str, str] | None:
    """A head as an edition keeps it."""
    if head is None or head.sealed_at is None:
        return None
    return {"head": str(head), "at": head.sealed_at.isoformat()}


def _head(kept: Mapping[str, str] | None) -> Head | None:
    found = None if kept is None else Head.parse(kept["head"])
    return None if kept is None or found is None else replace(found, sealed_at=datetime.fromisoformat(kept["at"]))
