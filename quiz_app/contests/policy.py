"""Who runs contests, who is invited to them, and from when on a thing about a round may be seen."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, select

from quiz_app.contests.models import Contest, Shown
from quiz_app.contests.plain import AnyRound
from quiz_app.contests.timing import board_facts, longest_timing, timing_of
from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction
from quiz_app.rules import visibility
from quiz_app.rules.timing import WindowPhase, window
from quiz_app.rules.visibility import Audience, BoardState, Sight, Thing, board_phase
from quiz_app.units.models import UnitAncestor
from quiz_app.units.policy import covered_units


class Permission(FeaturePermission):
    CONTEST_READ = ("contest.read", {Role.ORGANISER}, True)
    CONTEST_MANAGE = ("contest.manage", {Role.ORGANISER}, False)


class Action(FeatureAction):
    CONTEST_CREATED = ("contest.created", ["title", "unit_id"])
    CONTEST_FROM_PROFILE = ("contest.from_profile", ["profile", "rounds"])
    CONTEST_COPIED = ("contest.copied", ["original", "rounds"])
    ROUND_COPIED = ("round.copied", ["original"])
    REHEARSAL_OPENED = ("round.rehearsal_opened", ["rehearses", "closes_at"])
    REHEARSAL_ENDED = ("round.rehearsal_ended", ["rehearses"])
    CONTEST_DELETED = ("contest.deleted", ["title", "rounds"])
    ROUND_DELETED = ("round.deleted", ["contest_id", "title"])
    ROUND_CREATED = ("round.created", ["contest_id", "title"])
    ROUND_CHANGED = ("round.changed", ["title", "terms"])
    BLUEPRINT_CHANGED = ("round.blueprint_changed", ["items"])
    RULES_PUBLISHED = ("round.rules_published", ["number", "sha256"])
    EXCLUSION_ADDED = ("contest.exclusion_added", ["member_id", "reason"])
    EXCLUSION_REMOVED = ("contest.exclusion_removed", ["member_id"])
    STAGE_ADDED = ("contest.stage_added", ["stage_id", "title"])
    STAGES_ARRANGED = ("contest.stages_arranged", ["stages", "rounds"])
    ROUND_PUBLISHED = ("round.published", ["pool_hash", "items", "roster"])


def manages(actor: Actor, contest_unit_path: Collection[int]) -> bool:
    """Whether the actor runs a contest; `contest_unit_path` is its unit with all ancestors. The twin of `managed`."""
    return actor.is_system or not actor.units_as(Role.ORGANISER).isdisjoint(contest_unit_path)


def managed(actor: Actor) -> ColumnElement[bool]:
    """The contests that the actor runs, as a condition on Contest. The twin of `manages`."""
    return Contest.unit_id.in_(covered_units(actor, Role.ORGANISER))


def is_invited(member_unit_path: Collection[int], contest_unit_id: int, *, is_rehearsal: bool) -> bool:
    """Whether a member is invited: his unit lies in the contest's subtree. To a rehearsal nobody is.

    The twin of `invited`.
    """
    return not is_rehearsal and contest_unit_id in member_unit_path


def invited(member_unit_id: int | ColumnElement[int] | None) -> ColumnElement[bool]:
    """The contests a member of this unit is invited to, as a condition on Contest. The twin of `is_invited`."""
    above = select(UnitAncestor.ancestor_id).where(UnitAncestor.unit_id == member_unit_id)
    return Contest.is_rehearsal.is_(False) & Contest.unit_id.in_(above)


def may_enter(actor: Actor, member_unit_path: Collection[int], contest: Contest, contest_path: Collection[int]) -> bool:
    """Whether a contest's rounds are there for the actor: members invited, of a rehearsal its organisers alone.

    The twin of `entered`.
    """
    if contest.is_rehearsal:
        return manages(actor, contest_path)
    return is_invited(member_unit_path, contest.unit_id, is_rehearsal=False)


def entered(actor: Actor) -> ColumnElement[bool]:
    """The contests whose rounds are there for the actor, as a condition on Contest. The twin of `may_enter`."""
    if not actor.grants:
        return invited(actor.unit_id)
    return invited(actor.unit_id) | (Contest.is_rehearsal & managed(actor))


def sees_figures(actor: Actor, contest_unit_id: int, contest_path: Collection[int]) -> bool:
    """Whether the actor's roles show him how many people sit the whole contest: he is not asked to predict it.

    `contest_path` is the contest's unit with all ancestors.
    """
    if contest_unit_id in actor.units_as(Role.SECRETARY) or actor.units_as(Role.OPERATOR):
        return True
    return not actor.units_as(Role.OVERSEER, Role.ORGANISER).isdisjoint(contest_path)


def hides_figures(round_: AnyRound, now: datetime) -> bool:
    """Whether numbers of people and of attempts are kept from all who may still predict them: until nobody can."""
    return sight(round_, Thing.COUNTS, Audience.MEMBER, now) is Sight.HIDDEN


def board_state(round_: AnyRound, now: datetime) -> BoardState:
    """Where the boards of a published round stand at `now`."""
    return board_phase(board_facts(round_), now).state


def sight(round_: AnyRound, thing: Thing, audience: Audience, now: datetime) -> Sight:
    """What an audience sees of a published round at `now`. Its own settings of scores and names may show less."""
    return visibility.sight(board_state(round_, now), thing, audience)


def frozen_since(round_: AnyRound, now: datetime) -> datetime | None:
    """From when on the public figures of a round stand still at `now`; None while they move."""
    facts = board_facts(round_)
    return visibility.freezes_at(facts) if visibility.is_frozen(facts, now) else None


def reveals(shown: str, round_: AnyRound, now: datetime) -> bool:
    """Whether a thing with this setting may be seen, of an attempt that has been submitted, at `now`."""
    match Shown(shown):
        case Shown.NEVER:
            return False
        case Shown.AFTER_SUBMISSION:
            return True
        case Shown.AFTER_CLOSING:
            return now >= answers_end_at(round_)
        case Shown.AFTER_FINAL:
            return round_.finalised_at is not None and now >= round_.finalised_at


def answers_end_at(round_: AnyRound) -> datetime:
    """From when on nobody can answer any more: who sits to the last second may still send within the grace."""
    return visibility.answers_end_at(longest_timing(round_))


def reveals_keys(round_: AnyRound, now: datetime) -> bool:
    """Whether right answers and rationales may be seen at `now`."""
    return reveals(round_.show_keys, round_, now)


def reveals_marks(round_: AnyRound, now: datetime) -> bool:
    """Whether right and wrong may be seen per item at `now`."""
    return reveals(round_.show_marks, round_, now)


def reveals_scores(round_: AnyRound, now: datetime) -> bool:
    """Whether scores, means and places may be seen at `now`, on results and on boards alike."""
    return reveals(round_.show_score, round_, now)


def is_open(round_: AnyRound, now: datetime) -> bool:
    return round_.published_at is not None and window(timing_of(round_), now).phase is WindowPhase.OPEN
