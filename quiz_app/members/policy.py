"""Who may do what with people and accounts, and which members an actor sees, said twice."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, select

from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction
from quiz_app.members.models import Member
from quiz_app.units import policy as units_policy

GOVERNING_ROLES = (Role.ORGANISER, Role.OPERATOR)
STAFF_ROLES = frozenset({Role.AUTHOR, Role.REVIEWER, Role.ORGANISER, Role.OPERATOR})


class Permission(FeaturePermission):
    ROSTER_IMPORT = ("members.roster_import", {Role.ORGANISER}, False)
    SLIPS_READ = ("members.slips_read", {Role.SECRETARY, Role.ORGANISER}, True)
    SLIPS_ISSUE = ("members.slips_issue", {Role.SECRETARY, Role.ORGANISER}, False)
    WAYS_SET = ("members.ways_set", {Role.ORGANISER, Role.OPERATOR}, False)
    RENEWALS_READ = ("members.renewals_read", set(units_policy.COVERING_ROLES), True)
    SECOND_FACTOR_RESET = ("members.second_factor_reset", {Role.OPERATOR}, False)
    ROLES_MANAGE = ("members.roles_manage", set(GOVERNING_ROLES), False)


class Action(FeatureAction):
    SIGNED_IN = ("members.signed_in", ["is_shared_device"])
    SIGNED_OUT = ("members.signed_out", ["session_id"])
    SIGN_IN_BLOCKED = ("members.sign_in_blocked", ["failures", "minutes"])
    PROVED = ("members.proved", ["session_id"])
    SESSION_ENDED = ("members.session_ended", ["session_id"])
    PASSWORD_CHANGED = ("members.password_changed", ["sessions_ended"])
    PASSWORD_RENEWED = ("members.password_renewed", ["sessions_ended"])
    SLIPS_ISSUED = ("members.slips_issued", ["count"])
    SLIPS_FILE_TAKEN = ("members.slips_file_taken", ["count"])
    SLIP_RENEWED = ("members.slip_renewed", ["slip_id"])
    ACTIVATED = ("members.activated", ["slip_id", "issued_by", "sessions_ended"])
    WAYS_CHANGED = ("members.ways_changed", ["ways"])
    NOTICES_READ = ("members.notices_read", ["version"])
    ACCOUNT_CREATED = ("members.account_created", ["member_id"])
    ACCOUNTS_CREATED = ("members.accounts_created", ["count"])
    SECOND_FACTOR_ENROLLED = ("members.second_factor_enrolled",)
    SECOND_FACTOR_SHOWN = ("members.second_factor_shown", ["is_recovery"])
    SECOND_FACTOR_REMOVED = ("members.second_factor_removed",)
    SECOND_FACTOR_RESET = ("members.second_factor_was_reset",)
    RECOVERY_CODES_RENEWED = ("members.recovery_codes_renewed",)
    FIRST_OPERATOR_INVITED = ("members.first_operator_invited",)
    ROLE_GRANTED = ("members.role_granted", ["role", "unit_id"])
    ROLE_REVOKED = ("members.role_revoked", ["role", "unit_id"])
    CONSENT_GIVEN = ("members.consent_given", ["purpose", "text_version"])
    CONSENT_REVOKED = ("members.consent_revoked", ["purpose"])
    MEMBER_MOVED = ("members.moved", ["from_unit_id", "to_unit_id"])
    ROSTER_RESULT_TAKEN = ("members.roster_result_taken",)
    ROSTER_APPLIED = ("members.roster_applied", ["file_sha256", "added", "changed", "unchanged", "moved", "left"])


def sees(actor: Actor, member_id: int, path_ids: Collection[int], unit_id: int) -> bool:
    """Whether the actor may know who this member of the unit is: himself, and whoever's unit he covers.

    `path_ids` are the ancestors of the member's unit, itself included. The twin of `visible_members`.
    """
    return actor.member_id == member_id or units_policy.covers(actor, path_ids, unit_id)


def visible_members(actor: Actor) -> Select[int]:
    """The ids of the members that the actor sees, as a subquery. The twin of `sees`."""
    covered = Member.unit_id.in_(units_policy.covered_units(actor))
    return select(Member.id).where(covered | (Member.id == actor.member_id))


def sees_renewals(actor: Actor, path_ids: Collection[int], unit_id: int) -> bool:
    """Whether the actor sees whose passwords of this unit were renewed, and by whom: its secretary and who is above.

    `path_ids` are the unit's ancestors, itself included. The twin of `units_of_renewals`.
    """
    return units_policy.covers(actor, path_ids, unit_id, *units_policy.COVERING_ROLES)


def units_of_renewals(actor: Actor) -> Select[int]:
    """The ids of the units whose renewed passwords the actor sees, as a subquery. The twin of `sees_renewals`."""
    return units_policy.covered_units(actor, *units_policy.COVERING_ROLES)


def sets_ways(actor: Actor, root_ids: Collection[int]) -> bool:
    """Whether the actor chooses what everybody signs in with. `root_ids` are the units without a parent."""
    return actor.is_system or not actor.units_as(Role.OPERATOR, Role.ORGANISER).isdisjoint(root_ids)


def governs(actor: Actor, path_ids: Collection[int], unit_id: int) -> bool:
    """Whether the actor gives and takes roles on this unit and of its people. The twin of `governed_units`.

    `path_ids` are the unit's ancestors, itself included. The operator's role is an operator's alone to give.
    """
    return units_policy.covers(actor, path_ids, unit_id, *GOVERNING_ROLES)


def governed_units(actor: Actor) -> Select[int]:
    """The ids of the units on which the actor gives and takes roles, as a subquery. The twin of `governs`."""
    return units_policy.covered_units(actor, *GOVERNING_ROLES)


def roles_given_by(actor: Actor) -> tuple[Role, ...]:
    """The roles that the actor may give on the units that he governs."""
    is_operator = actor.is_system or Role.OPERATOR in actor.roles
    return tuple(role for role in Role if role is not Role.MEMBER and (role is not Role.OPERATOR or is_operator))
