"""The read-only switch of the whole site: who may set it, and setting it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from quiz_app.kernel import switches
from quiz_app.kernel.access import Actor
from quiz_app.kernel.errors import NotAllowed
from quiz_app.kernel.switches import SiteSwitch, Switch
from quiz_app.kernel.work import Reading, Work
from quiz_app.members.models import Member
from quiz_app.operations import policy
from quiz_app.operations.policy import Action
from quiz_app.units import queries as units

SUBJECT = f"switch:{Switch.READ_ONLY.value}"


@dataclass(frozen=True, slots=True)
class ReadOnly:
    """The switch where it is on; `by` is empty where it was set at the command line."""

    setting: SiteSwitch
    by: str


def read_only(r: Reading) -> ReadOnly | None:
    """How the switch was set; None where it is off."""
    setting = switches.setting(r.session, Switch.READ_ONLY, r.now)
    if setting is None:
        return None
    person = None if setting.changed_by is None else r.session.get(Member, setting.changed_by)
    return ReadOnly(setting, "" if person is None else person.full_name)


def may_switch(session: Session, actor: Actor) -> bool:
    """Whether the actor may set the switch; who holds no role is not asked about."""
    return actor.is_system or (bool(actor.grants) and policy.runs_the_site(actor, units.root_ids(session)))


def turn_on(w: Work, reason: str, hours: int | None) -> SiteSwitch:
    """Rest boards and study from now, for some hours or until told. Raises NotAllowed."""
    _require(w)
    setting = switches.turn_on(w, Switch.READ_ONLY, reason, None if hours is None else timedelta(hours=hours))
    ends_at = None if setting.ends_at is None else setting.ends_at.isoformat()
    w.record(Action.READ_ONLY_ON, SUBJECT, reason=reason, ends_at=ends_at)
    return setting


def turn_off(w: Work, reason: str) -> bool:
    """Let everything go on as usual; False where nothing rested, and then nothing is recorded. Raises NotAllowed."""
    _require(w)
    if not switches.is_on(w.session, Switch.READ_ONLY, w.now):
        return False
    switches.turn_off(w, Switch.READ_ONLY, reason)
    w.record(Action.READ_ONLY_OFF, SUBJECT, reason=reason)
    return True


def _require(w: Work) -> None:
    if not may_switch(w.session, w.actor):
        raise NotAllowed
