"""What every page of the staff says while the house is read-only, so that nobody forgets it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, url_for
from sqlalchemy.exc import SQLAlchemyError

from quiz_app.kernel import switches
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.switches import Switch
from quiz_app.operations import labels, site
from quiz_app.web.guard import reading


@dataclass(frozen=True, slots=True)
class Banner:
    """`url` leads to the switch, for those who may set it."""

    words: str
    url: str | None


def init(app: Flask) -> None:
    """Let the staff's layout ask for it. It is a question and no value: pages of the sitting never ask."""
    app.context_processor(lambda: {"site_banner": site_banner})


def site_banner() -> Banner | None:
    """None while nothing rests. Never raises: a page that says the server is busy must not fail on it."""
    try:
        with reading() as r:
            setting = switches.setting(r.session, Switch.READ_ONLY, r.now)
            if setting is None:
                return None
            url = url_for("operations.read_only") if site.may_switch(r.session, r.actor) else None
            return Banner(labels.banner_words(setting), url)
    except (Overloaded, SQLAlchemyError):
        return None
