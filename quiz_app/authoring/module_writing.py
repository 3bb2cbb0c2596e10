"""Modules begun: new ones under a name of their own, and changes over published ones."""

from __future__ import annotations

from quiz_app.authoring import module_queries, queries, writing
from quiz_app.authoring.errors import ModuleTaken
from quiz_app.authoring.models import Draft
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Work


def found_module(w: Work, slug: str, title: str, topic: str = "") -> Draft:
    """A draft of a new module. Raises ModuleTaken where one of this short name exists or is being written."""
    if module_queries.is_taken(w.session, slug):
        raise ModuleTaken(slug=slug)
    return writing.start_module(w, slug, title, topic)


def change_module(w: Work, slug: str) -> Draft:
    """A draft over the latest edition, or the one that is open already. Raises Missing where there is no edition."""
    if queries.published_module(w.session, slug) is None:
        raise Missing
    return writing.start_module(w, slug)
