"""Pages that show somebody's data to another person, and where it is told who has opened them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Flask, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from quiz_app.asking.models import Question
from quiz_app.attempts.models import Attempt, Correction
from quiz_app.awards.models import Award, Certificate
from quiz_app.elsewhere.models import OutsideRecord
from quiz_app.feedback.models import Complaint, UnitChange
from quiz_app.kernel.errors import Overloaded
from quiz_app.members import labels as members_labels
from quiz_app.privacy import labels, seen
from quiz_app.privacy.forms import ViewSearchForm
from quiz_app.privacy.models import DataRequest, Seen
from quiz_app.privacy.policy import Permission
from quiz_app.results.models import FlagAttempt
from quiz_app.web.guard import database, guard_of, reading, requires
from quiz_app.web.paging import page_number

bp = Blueprint("privacy_seen", __name__, template_folder="templates")
log = logging.getLogger(__name__)

CORRECTIONS = ("correction", "decide", "cancel", "rerun", "attempts", "places", "units")
# What each page shows of whom its address names. A test fails on a page that stands neither here nor among those that
# show nothing of a person.
VIEWED: dict[str, Seen] = {
    **dict.fromkeys(("people_members.member", "people_members.pair", "people_members.change_unit"), Seen.PROFILE),
    **dict.fromkeys(("members_roles.person", "members_roles.grant", "members_second_factor.reset"), Seen.PROFILE),
    **dict.fromkeys(("attempts_manage.exclude", "attempts_manage.extra_time"), Seen.PROFILE),
    "reminders.person": Seen.CONTACT,
    "attempts_assist.ask": Seen.CONTACT,
    "attempts_draws.proof": Seen.PAPER,
    "results_proposals.attempt": Seen.PAPER,
    "results_flags.flag": Seen.PAPER,
    **dict.fromkeys((f"results_corrections.{name}" for name in CORRECTIONS), Seen.PAPER),
    **dict.fromkeys((f"feedback_manage.{name}" for name in ("complaint", "dossier", "dossier_file")), Seen.COMPLAINT),
    "feedback_units.change": Seen.REQUEST,
    "privacy_manage.one": Seen.REQUEST,
    "asking_manage.question": Seen.QUESTION,
    "asking_entries.propose": Seen.QUESTION,
    "awards_payments.one": Seen.PRIZE,
    **dict.fromkeys(("awards.certificate", "awards.certificate_file"), Seen.PRIZE),
    **dict.fromkeys(("awards_manage.reissue", "awards_manage.revoke"), Seen.PRIZE),
    **dict.fromkeys(("elsewhere_manage.declaration", "elsewhere.proof"), Seen.ELSEWHERE),
}
OWNERS: dict[str, Callable[[int], Select[Any]]] = {
    "attempt_id": lambda number: select(Attempt.member_id).where(Attempt.id == number),
    "award_id": lambda number: select(Award.member_id).where(Award.id == number),
    "certificate_id": lambda number: select(Certificate.member_id).where(Certificate.id == number),
    "change_id": lambda number: select(UnitChange.member_id).where(UnitChange.id == number),
    "complaint_id": lambda number: select(Complaint.member_id).where(Complaint.id == number),
    "correction_id": lambda number: (
        select(Attempt.member_id).join(Correction, Correction.attempt_id == Attempt.id).where(Correction.id == number)
    ),
    "flag_id": lambda number: (
        select(Attempt.member_id)
        .join(FlagAttempt, FlagAttempt.attempt_id == Attempt.id)
        .where(FlagAttempt.flag_id == number)
    ),
    "question_id": lambda number: select(Question.member_id).where(Question.id == number),
    "record_id": lambda number: select(OutsideRecord.member_id).where(OutsideRecord.id == number),
    "request_id": lambda number: select(DataRequest.member_id).where(DataRequest.id == number),
}
MEMBERS = ("member_id", "first_id", "second_id")


def init(app: Flask) -> None:
    """Write down every view of a page that shows another person's data."""
    app.after_request(_note)


def whose(session: Session, view_args: Mapping[str, Any]) -> set[int]:
    """The members whose data the address of a page names."""
    found = {view_args[name] for name in MEMBERS if name in view_args}
    for name, owners in OWNERS.items():
        if name in view_args:
            found |= set(session.scalars(owners(view_args[name])))
    return found - {None}


def _note(response: Response) -> Response:
    kind = VIEWED.get(request.endpoint or "")
    if kind is None or request.environ["REQUEST_METHOD"] != "GET" or response.status_code not in (200, 206):
        return response
    guard = guard_of(current_app, request.endpoint or "")
    roles = frozenset() if guard is None or guard.permission is None else guard.permission.roles
    try:
        with reading() as r:
            seen.note(database(), r, whose(r.session, request.view_args or {}), kind, roles)
    except (Overloaded, SQLAlchemyError):  # a page is not refused because the log is busy; the failure is on record
        log.exception("a view of personal data was not written down")
    return response


@bp.get("/du-lieu-cua-toi/ai-da-xem")
@requires(Permission.OWN_READ)
def own() -> ResponseReturnValue:
    """Which offices have looked at the actor's data."""
    with reading() as r:
        page = seen.own_page(r, page_number(request.args))
        return render_template("privacy/seen_own.html", page=page, labels=labels, roles=members_labels.ROLES)


@bp.get("/nhat-ky-xem-du-lieu")
@requires(Permission.VIEWS_READ)
def search() -> ResponseReturnValue:
    """Who has looked at whose data, by parts of either name (`?tim=`)."""
    words = request.args.get("tim", "").strip()[:100]
    with reading() as r:
        page = seen.search_page(r, words, page_number(request.args))
        return render_template(
            "privacy/seen_search.html",
            page=page,
            form=ViewSearchForm(request.args),
            labels=labels,
            roles=members_labels.ROLES,
        )
