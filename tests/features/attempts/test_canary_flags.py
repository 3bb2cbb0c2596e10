"""No flag of an option is told, by whatever name or place: turning all of them over changes not a byte.

A flag is true or false, so no canary could be planted in it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from quiz_app.catalogue.models import Option
from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import Settings
from tests.features.attempts.test_canary import FIRST_OPTION, STEM, during, opened, said, start
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.contest import Opened
from tests.support.sitting import right_letters
from tests.support.works import Work

__all__ = ["during", "opened"]  # fixtures


class Stopped(Database):
    """Its clock stands, a minute after all have begun."""

    def now(self, session: Session) -> datetime:
        return self.adjusted(None)

    def adjusted(self, stamp: datetime | None) -> datetime:
        return NOW + timedelta(hours=2, minutes=1)


@pytest.mark.usefixtures("during")
def test_not_a_byte_depends_on_which_options_are_right(
    browse: Browse, commune: Commune, opened: Opened, db: Database, work: Work, settings: Settings
) -> None:
    """Told anew by a process that has kept nothing, before and after all flags are turned over."""
    handed_in, first_id = start(browse, commune.colleague, opened, db)
    person, attempt_id = start(browse, commune.member, opened, db)
    for one, id_ in ((handed_in, first_id), (person, attempt_id)):
        with work() as w:
            right = right_letters(w, id_, 1)
        one.post(f"/luot-thi/{id_}/cau/1", {"phuong_an": list(right), "epoch": "1"})
    handed_in.follow(handed_in.submit(f"/luot-thi/{first_id}/nop", {}, action="/nop"))
    sitting = {first_id: handed_in, attempt_id: person}
    before = _told_anew(settings, sitting, opened)
    with db.writing() as session:
        session.execute(update(Option).where(Option.id >= FIRST_OPTION).values(is_key=~Option.is_key))
    after = _told_anew(settings, sitting, opened)
    assert STEM in before[attempt_id, f"/luot-thi/{attempt_id}"]
    assert {place for place in before if before[place] != after[place]} == set()


def _told_anew(settings: Settings, sitting: dict[int, Browse], opened: Opened) -> dict[tuple[int, str], str]:
    """What each is told of his attempt by a server that has just been started."""
    db = Stopped(settings.database_url)
    app = create_app(settings, db)
    told = {}
    for attempt_id, person in sitting.items():
        person.restarted(app)
        paper = f"/luot-thi/{attempt_id}"
        pages = (paper, *(f"{paper}/{page}" for page in ("con-lai", "nop", "ket-qua", "dap-an")))
        for url in ("/", f"/dot-thi/{opened.round.id}", *pages):
            words = [said(person.knock("GET", url, as_json=as_json)) for as_json in (False, True)]
            told[attempt_id, url] = "".join(words)
    db.dispose()
    return told
