"""Who may enter where: signing in, one's own account, slips, roles and the second factor."""

from __future__ import annotations

from dataclasses import replace

from tests.architecture.callers import (
    GOVERNORS,
    ISSUERS,
    ORGANISERS,
    OWNER,
    SECRETARIES,
    STAFF,
    WATCHERS,
    Row,
    everybody,
    of_members,
    only,
    signed_in,
)

MEMBERS: dict[str, Row] = {
    # sign-in and one's own account
    "members.sign_in": everybody(),
    "members.open_session": everybody(),
    "members.sign_out": everybody(),
    "members.account": signed_in(),
    "members.change_password": signed_in(),
    "members.set_consent": signed_in(purpose="purpose"),
    "members.end_session": of_members({OWNER}, session_id="session"),
    "members_manage.renewals": only(WATCHERS),
    # coming in by a slip, and what is asked at the first sign-in
    "members_activation.ask": everybody(),
    "members_activation.check": everybody(),
    "members_activation.choose": everybody(),
    "members_notices.read": signed_in(),
    "members_notices.answer": signed_in(),
    "members.open_chosen": everybody(),
    "members_ways.choose": only({"organiser", "operator"}),
    "members_slips.index": only(ORGANISERS | SECRETARIES),
    "members_slips.unit": only(ISSUERS, missing=ORGANISERS | SECRETARIES, unit_id="unit"),
    "members_slips.print_unit": only(ISSUERS, missing=ORGANISERS | SECRETARIES, unit_id="unit"),
    "members_slips.print_job": only((), missing=ORGANISERS | SECRETARIES, job_id="job"),
    "members_slips.print_progress": only((), missing=ORGANISERS | SECRETARIES, job_id="job"),
    "members_slips.print_file": only((), missing=ORGANISERS | SECRETARIES, job_id="job"),
    "members_slips.print_member": only(ISSUERS, missing=ORGANISERS | SECRETARIES, member_id="member"),
    # the link of the first operator: a wrong token opens nothing, whoever brings it
    "members_first.page": everybody(),
    "members_first.come_in": everybody(),
    # roles: whoever governs the unit of the person and of the role
    "members_roles.held": only(GOVERNORS),
    "members_roles.people": only(GOVERNORS),
    "members_roles.person": only({"organiser", "operator"}, missing=GOVERNORS, member_id="colleague"),
    "members_roles.grant": replace(
        only({"organiser", "operator"}, missing=GOVERNORS, member_id="colleague"),
        values={"member_id": "colleague", "vai-tro": "role", "don-vi": "unit"},
    ),
    "members_roles.withdraw": replace(
        only({"organiser", "operator"}, missing=GOVERNORS, grant_id="grant"), is_used_up=True
    ),
    # the second factor wakes roles, so it is for who bears one; nobody has enrolled in this world
    "members_second_factor.page": only(STAFF),
    "members_second_factor.offer": only(STAFF),
    "members_second_factor.confirm": only(STAFF),
    "members_second_factor.show": only(STAFF),
    "members_second_factor.renew_codes": only(STAFF),
    "members_second_factor.remove": only(STAFF),
    "members_second_factor.reset": only((), missing={"operator"}, member_id="colleague"),
    "members_proof.ask": signed_in(),
    "members_proof.prove": signed_in(),
}
