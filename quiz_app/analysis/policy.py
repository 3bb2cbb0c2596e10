"""Who learns from the answers of a round, and from when on."""

from __future__ import annotations

from datetime import datetime

from quiz_app.catalogue.policy import Permission as CataloguePermission
from quiz_app.contests import policy as contests_policy
from quiz_app.contests.models import Round
from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction
from quiz_app.rules.visibility import Audience, Sight, Thing

_LEARNERS = {Role.ORGANISER, Role.AUTHOR, Role.REVIEWER}


class Permission(FeaturePermission):
    """ANALYSIS_KEYS does not only read: every look at keys is put on record."""

    ANALYSIS_READ = ("analysis.read", _LEARNERS, True)
    ANALYSIS_COMPUTE = ("analysis.compute", _LEARNERS, False)
    ANALYSIS_KEYS = ("analysis.keys", _LEARNERS, False)
    ANALYSIS_EXPORT = ("analysis.export", _LEARNERS, False)


class Action(FeatureAction):
    ANALYSIS_COMPUTED = ("analysis.computed", ["sample", "papers"])
    ANALYSIS_KEYS_VIEWED = ("analysis.keys_viewed", ["items"])
    ANALYSIS_EXPORTED = ("analysis.exported", ["sample", "items", "with_keys"])


def shows_figures(round_: Round, audience: Audience, now: datetime) -> bool:
    """Whether figures over all attempts of a round may be told: once nobody can answer any more, and where its boards
    are not kept still before this audience."""
    if round_.published_at is None or now < contests_policy.answers_end_at(round_):
        return False
    seen = contests_policy.sight(round_, Thing.PERSON_BOARD, audience, now)
    return seen in {Sight.LIVE, Sight.PROVISIONAL, Sight.FINAL}


def may_see_keys(actor: Actor, round_: Round, now: datetime, *, keeps_bank: bool) -> bool:
    """Whether the right options may be shown, once figures may: keys that members read already to everybody here,
    others to who works on the whole house's bank. The latter look goes on record."""
    if contests_policy.reveals_keys(round_, now):
        return True
    return keeps_bank and actor.may(CataloguePermission.CATALOGUE_KEYS)
