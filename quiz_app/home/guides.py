"""The guides of docs/huong-dan, read once, as pages of this site."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from question_bank.markup import render
from quiz_app.kernel.access import Actor, Role
from quiz_app.kernel.settings import ROOT

FOLDER = ROOT / "docs" / "huong-dan"
IMAGES = ROOT / "docs" / "images"
# In the order of the list of guides, with those for whom each is written; the member's is for everybody.
READERS: Mapping[str, frozenset[Role]] = {
    "nguoi-du-thi": frozenset(),
    "bi-thu": frozenset({Role.SECRETARY}),
    "cap-uy": frozenset({Role.OVERSEER}),
    "ban-to-chuc": frozenset({Role.ORGANISER}),
    "bien-soan": frozenset({Role.AUTHOR, Role.REVIEWER}),
    "quan-tri": frozenset({Role.OPERATOR}),
}
# Whoever holds several roles is led to the guide of the one that asks most of him.
LEADING = ("ban-to-chuc", "quan-tri", "cap-uy", "bi-thu", "bien-soan")
_IMAGE = re.compile(r"\]\(\.\./images/([a-z0-9-]+\.png)\)")
_GUIDE = re.compile(r"\]\(([a-z-]+)\.md(#[^)\s]*)?\)")


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide: its first heading, the sentence below it, and the rest as HTML."""

    slug: str
    title: str
    lead: str
    html: str


@cache
def all_guides() -> Mapping[str, Guide]:
    """Every guide by its slug, in the order of their list."""
    return {slug: read(FOLDER / f"{slug}.md") for slug in READERS}


def read(file: Path) -> Guide:
    """A guide whose links to its siblings and images lead into this site."""
    head, lead, body = file.read_text(encoding="utf-8").split("\n\n", 2)
    body = _IMAGE.sub(r"](/tro-giup/hinh/\1)", body)
    body = _GUIDE.sub(r"](/tro-giup/\1)", body)
    return Guide(file.stem, head.removeprefix("# "), lead, render(body))


def leading(actor: Actor) -> str:
    """The guide to which the help link of this person leads."""
    return next((slug for slug in LEADING if not READERS[slug].isdisjoint(actor.roles)), "nguoi-du-thi")


def is_written_for(slug: str, actor: Actor) -> bool:
    return not READERS[slug] or not READERS[slug].isdisjoint(actor.roles)


@cache
def image_names() -> frozenset[str]:
    """The only names under which an image is given out."""
    return frozenset(path.name for path in IMAGES.glob("*.png"))
