"""Where every way of signing in ends: what is told, and where it leads."""

from __future__ import annotations

from flask import current_app, flash, redirect, session, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.errors import Refused
from quiz_app.members import entering, labels, queries
from quiz_app.members.sign_ins import sign_ins_of
from quiz_app.web.device import mark
from quiz_app.web.errors import local_path
from quiz_app.web.guard import Identity, database, forget_identity

AFTER_SIGN_IN = "/"


def let_in(token: str, *, is_shared_device: bool, target: str | None) -> ResponseReturnValue:
    """Give the browser its token and lead whoever has just signed in to where he wanted to go.

    To the notices first if he has not answered them, then to his second factor if his roles wait for it.
    """
    session.clear()
    forget_identity()
    signed = sign_ins_of(current_app)
    identity, _ = signed.glance(token)
    _tell(identity)
    there = local_path(target) or AFTER_SIGN_IN
    if identity.actor.held_back:
        there = url_for("members_second_factor.page", next=there)
    if identity.actor.owes_notices:
        there = url_for("members_notices.read", next=there)
    answer = redirect(there)
    signed.hand_out(answer, token, is_shared_device=is_shared_device)
    mark(answer)
    return answer


def refused(page: str, error: Refused) -> tuple[str, int, dict[str, str]]:
    """The page on which somebody may try once more, and when."""
    minutes = error.facts.get("minutes")
    return page, error.status, {"Retry-After": str(minutes * 60)} if isinstance(minutes, int) else {}


def _tell(identity: Identity) -> None:
    """What somebody else has done to his account is told at each sign-in for a while: the first may not be his."""
    acts = entering.acts_upon(database(), identity.actor.account_id or 0, identity.now - queries.TOLD_FOR)
    renewed = [act for act in acts if act.action in queries.RENEWING]
    if renewed:
        flash(labels.renewed(len(renewed), renewed[0].at, renewed[0].full_name), "warning")
    reset = next((act for act in acts if act.action not in queries.RENEWING), None)
    if reset is not None:
        flash(labels.second_factor_reset(reset.at, reset.full_name), "warning")
