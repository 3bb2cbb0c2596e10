"""Which announcements somebody sees, and which ones somebody keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, bindparam, exists, func, select
from sqlalchemy.orm import Session

from quiz_app.announcements import policy
from quiz_app.announcements.models import Announcement
from quiz_app.catalogue.models import StudyModule
from quiz_app.contests.models import Contest, Round
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.work import Reading
from quiz_app.units import policy as units_policy
from quiz_app.units import queries as units
from quiz_app.units.models import Unit, UnitAncestor
from quiz_app.web.paging import USUAL_SIZE, Page

MOST_SHOWN = 10
MOST_OFFERED = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """An announcement as its readers find it, with where it leads."""

    title: str
    text_html: str
    starts_on: date
    ends_on: date
    unit_name: str
    contest_title: str | None
    module_slug: str | None
    module_title: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """An announcement as those who keep it find it; `state` is a key of the labels' STATES."""

    announcement: Announcement
    unit_name: str
    state: str


SHOWN = (
    select(
        Announcement.title,
        Announcement.text_html,
        Announcement.starts_on,
        Announcement.ends_on,
        Unit.name.label("unit_name"),
        Contest.title.label("contest_title"),
        StudyModule.slug.label("module_slug"),
        StudyModule.title.label("module_title"),
    )
    .join(Unit, Unit.id == Announcement.unit_id)
    .outerjoin(Contest, Contest.id == Announcement.contest_id)
    .outerjoin(StudyModule, (StudyModule.id == Announcement.module_id) & StudyModule.retired_at.is_(None))
    .where(
        Announcement.unit_id.in_(units.ABOVE),
        Announcement.withdrawn_at.is_(None),
        Announcement.starts_on <= bindparam("day"),
        Announcement.ends_on >= bindparam("day"),
    )
    .order_by(Announcement.starts_on.desc(), Announcement.id.desc())
    .limit(MOST_SHOWN)
)
"""What the `unit` and those above it tell on a `day`, the newest first."""
_SHOWN = Prepared(SHOWN)


def shown(r: Reading) -> Sequence[Shown]:
    """What the units of the acting member tell him today, the newest first: his own and all above it."""
    r.session.flush()
    rows = _SHOWN.rows(r.session, {"unit": r.actor.unit_id, "day": today(r)})
    return [Shown(*row) for row in rows]


def page(r: Reading, number: int, size: int = USUAL_SIZE) -> Page[Kept]:
    """A page of the announcements of the actor's units, the newest first."""
    total = r.session.scalar(select(func.count()).select_from(_kept(r).subquery())) or 0
    number = max(1, min(number, -(-total // size)))
    newest = _kept(r).order_by(Announcement.id.desc()).limit(size).offset((number - 1) * size)
    rows = r.session.execute(newest.join(Unit, Unit.id == Announcement.unit_id).add_columns(Unit.name))
    return Page([Kept(one, name, _state(one, today(r))) for one, name in rows], number, size, total)


def kept(r: Reading, announcement_id: int) -> Announcement:
    """One of the actor's units. Raises Missing."""
    found = r.session.scalars(_kept(r).where(Announcement.id == announcement_id)).one_or_none()
    if found is None:
        raise Missing
    return found


def own_units(r: Reading) -> list[Unit]:
    """The units that the actor announces for, those of his roles first; of very many these and the ones below."""
    own = r.actor.units_as(*policy.ROLES)
    scope = units_policy.covered_units(r.actor, *policy.ROLES)
    query = select(Unit).where(Unit.id.in_(scope), Unit.closed_at.is_(None))
    by_name = query.order_by(Unit.sort_key, Unit.id)
    found = list(r.session.scalars(by_name.limit(MOST_OFFERED + 1)))
    if len(found) > MOST_OFFERED:
        near = Unit.id.in_(own) | Unit.parent_id.in_(own)
        found = list(r.session.scalars(by_name.where(near).limit(MOST_OFFERED)))
    return sorted(found, key=lambda unit: unit.id not in own)


def contests(session: Session, unit_ids: Sequence[int]) -> list[Contest]:
    """The contests that people of these units know of: published ones of a unit above or of their own."""
    above = select(UnitAncestor.ancestor_id).where(UnitAncestor.unit_id.in_(unit_ids))
    is_published = exists().where(Round.contest_id == Contest.id, Round.published_at.is_not(None))
    query = select(Contest).where(Contest.unit_id.in_(above), Contest.is_rehearsal.is_(False), is_published)
    return list(session.scalars(query.order_by(Contest.id.desc())))


def modules(session: Session) -> list[StudyModule]:
    """The modules in force."""
    asked = select(StudyModule).where(StudyModule.retired_at.is_(None))
    return list(session.scalars(asked.order_by(StudyModule.position, StudyModule.id)))


def leads_to(r: Reading, announcement: Announcement) -> Shown:
    """An announcement that is not kept yet, as its readers will find it."""
    contest = announcement.contest_id and r.session.get(Contest, announcement.contest_id)
    module = announcement.module_id and r.session.get(StudyModule, announcement.module_id)
    unit = units.unit(r.session, announcement.unit_id)
    return Shown(
        title=announcement.title,
        text_html=announcement.text_html,
        starts_on=announcement.starts_on,
        ends_on=announcement.ends_on,
        unit_name=unit.name,
        contest_title=contest.title if contest else None,
        module_slug=module.slug if module else None,
        module_title=module.title if module else None,
    )


def today(r: Reading) -> date:
    return r.now.astimezone(VIETNAM).date()


def _kept(r: Reading) -> Select[Announcement]:
    return select(Announcement).where(Announcement.unit_id.in_(units_policy.covered_units(r.actor, *policy.ROLES)))


def _state(one: Announcement, day: date) -> str:
    if one.withdrawn_at is not None:
        return "withdrawn"
    if day < one.starts_on:
        return "coming"
    return "shown" if day <= one.ends_on else "over"
