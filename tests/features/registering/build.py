"""A desk of the commune, and people who register at it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from quiz_app.kernel.access import NOBODY
from quiz_app.members.models import Purpose, Registration
from quiz_app.registering import desks, queries, services
from quiz_app.registering.desks import Terms
from quiz_app.registering.models import RegistrationDesk, Way
from quiz_app.registering.services import Told
from quiz_app.units.models import Unit
from tests.support.build import PASSWORD, Commune, password_hash
from tests.support.works import Work

PHONE = "0987654321"
BORN = date(1970, 3, 2)

__all__ = ["BORN", "PASSWORD", "PHONE", "desk", "register", "told"]


def desk(work: Work, commune: Commune, way: Way, *, receiver: Unit | None = None, **terms: object) -> RegistrationDesk:
    """The commune lets people register; without a receiver the commune itself takes those of no unit."""
    given = {"opens_on": None, "closes_on": None, "is_on_posters": False, **terms}
    with work(actor=commune.organiser) as w:
        kept = queries.desk(w.session, commune.root.id)
        wanted = Terms(way=way, receiving_unit_id=(receiver or commune.root).id, **given)  # type: ignore[arg-type] # what a test says
        return desks.save(w, commune.root.id, wanted, seen=kept.revision if kept else 0)


def told(full_name: str = "Nguyễn Thị Sen", phone: str = PHONE, born_on: date = BORN) -> Told:
    return Told(full_name, born_on, False, phone, [Purpose.TAKE_PART], "2026-12")


def register(work: Work, unit: Unit, said: Told | None = None, *, code: str = "") -> Registration:
    """Register in a unit, with the secret PASSWORD; the row that came of it."""
    said = said or told()
    with work(actor=NOBODY) as w:
        place = queries.place_named(w.session, unit.id, w.now)
        services.register(w, place, said, password_hash=password_hash(), code=code)
    with work() as w:
        rows = select(Registration).where(Registration.phone == said.phone).order_by(Registration.id.desc())
        found = w.session.scalars(rows).first()
        assert found is not None
        return found
