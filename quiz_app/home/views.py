"""The first page, for the public and for each role; the privacy notice."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quiz_app.announcements import queries as announcements
from quiz_app.announcements.policy import Permission as AnnouncementPermission
from quiz_app.asking import queries as asking
from quiz_app.asking.policy import Permission as AskingPermission
from quiz_app.assignments import queries as assignments
from quiz_app.attempts.labels import BARS
from quiz_app.catalogue.policy import Permission as CataloguePermission
from quiz_app.contests.policy import Permission as ContestPermission
from quiz_app.elsewhere import labels as elsewhere_labels
from quiz_app.elsewhere import queries as elsewhere
from quiz_app.elsewhere.policy import Permission as ElsewherePermission
from quiz_app.feedback import complaints, unit_changes
from quiz_app.feedback.policy import Permission as FeedbackPermission
from quiz_app.home import news, organising, queries
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.errors import NoticesOwed
from quiz_app.kernel.settings import Mode, Settings
from quiz_app.meetings import queries as meetings
from quiz_app.practice import queries as practice
from quiz_app.privacy import requests as data_requests
from quiz_app.privacy.policy import Permission as PrivacyPermission
from quiz_app.registering import queries as registering
from quiz_app.registering.policy import Permission as RegisteringPermission
from quiz_app.study import queries as study_queries
from quiz_app.study.queries import ModuleProgress
from quiz_app.web.guard import public, reading, signed_in
from quiz_app.web.sharing import shared

bp = Blueprint("home", __name__, template_folder="templates")


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    settings: Settings = current_app.extensions["settings"]
    with reading() as r:
        if not r.actor.is_signed_in:
            return render_template(
                "home/landing.html",
                rounds=queries.public_rounds(r.session, r.now),
                study=queries.Study(study_queries.modules(r)),
                registers=bool(registering.open_desks(r.session, r.now)),
            )
        if r.actor.owes_notices:
            raise NoticesOwed
        modules = study_queries.modules(r)
        there = news.news(r)
        return render_template(
            "home/member.html",
            cards=queries.round_cards(r, is_demonstration_site=settings.mode is not Mode.PRODUCTION),
            study=queries.Study(modules),
            tasks=assignments.tasks(r, _finished(modules)) if there.tasks else [],
            announcements=announcements.shown(r) if there.announcements else [],
            meeting=meetings.coming(r) if there.meeting else None,
            announces=r.actor.may(AnnouncementPermission.ANNOUNCE),
            today=r.now.astimezone(VIETNAM).date(),
            due=practice.due_count(r) if there.due else 0,
            desks=queries.desk_cards(r),
            jobs=queries.job_counts(r) if queries.is_operator(r) else None,
            organising=organising.organising(r) if r.actor.may(ContestPermission.CONTEST_READ) else None,
            unit_news=unit_changes.news(r) if r.actor.may(FeedbackPermission.UNIT_CHANGE_READ) else None,
            outside=elsewhere.listed(r) if there.outside else [],
            outside_states=elsewhere_labels.STATES,
            outside_badges=elsewhere_labels.STATE_BADGES,
            declarations=elsewhere.waiting_for(r) if r.actor.may(ElsewherePermission.OUTSIDE_DECIDE) else 0,
            registrations=registering.waiting(r) if r.actor.may(RegisteringPermission.REGISTRATIONS_READ) else 0,
            data_requests=data_requests.counts(r) if r.actor.may(PrivacyPermission.REQUESTS_READ) else (0, 0),
            answers=asking.news_count(r) if there.answers else 0,
            questions=asking.inbox_count(r, asking.Asked(is_open=True))
            if r.actor.may(AskingPermission.INBOX_READ)
            else 0,
            complaints=complaints.waiting(r) if r.actor.may(FeedbackPermission.COMPLAINT_READ) else [],
            writes=r.actor.may(CataloguePermission.CATALOGUE_PREVIEW),
            reasons=BARS,
        )


def _finished(modules: Sequence[ModuleProgress]) -> set[str]:
    return {module.slug for module in modules if module.is_finished}


@bp.get("/vao-thang")
@signed_in
def straight() -> ResponseReturnValue:
    """To the one round that the member may sit now; to his first page where there are several, or none."""
    settings: Settings = current_app.extensions["settings"]
    with reading() as r:
        cards = queries.round_cards(r, is_demonstration_site=settings.mode is not Mode.PRODUCTION)
        open_now = [card for card in cards if card.entry is not None and not card.entry.bars]
    if len(open_now) != 1:
        return redirect(url_for(".index"))
    return redirect(url_for("attempts.enter", round_id=open_now[0].round.id))


@bp.get("/quyen-rieng-tu")
@public
@shared
def privacy() -> ResponseReturnValue:
    return render_template("home/privacy.html")
