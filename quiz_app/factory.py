"""Builds the application: settings, database, the web floor, then the features."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from sqlalchemy import inspect
from werkzeug.middleware.proxy_fix import ProxyFix

from quiz_app import tables, worker
from quiz_app.analysis import labels as analysis_labels
from quiz_app.analysis import views as analysis_views
from quiz_app.announcements import labels as announcements_labels
from quiz_app.announcements import views as announcements_views
from quiz_app.asking import labels as asking_labels
from quiz_app.asking import manage as asking_manage
from quiz_app.asking import manage_entries as asking_entries
from quiz_app.asking import views as asking_views
from quiz_app.assignments import labels as assignments_labels
from quiz_app.assignments import views as assignments_views
from quiz_app.attempts import assist_views as attempts_assist
from quiz_app.attempts import cli as attempts_cli
from quiz_app.attempts import door as attempts_door
from quiz_app.attempts import labels as attempts_labels
from quiz_app.attempts import manage as attempts_manage
from quiz_app.attempts import manage_draws as attempts_draws
from quiz_app.attempts import manage_late as attempts_late
from quiz_app.attempts import manage_truth as attempts_truth
from quiz_app.attempts import receipt_views as attempts_receipts
from quiz_app.attempts import views as attempts_views
from quiz_app.authoring import documents as authoring_documents
from quiz_app.authoring import drafts_views as authoring_drafts
from quiz_app.authoring import editor as authoring_editor
from quiz_app.authoring import exchange_views as authoring_exchange
from quiz_app.authoring import image_views as authoring_images
from quiz_app.authoring import labels as authoring_labels
from quiz_app.authoring import module_editions as authoring_editions
from quiz_app.authoring import modules as authoring_modules
from quiz_app.authoring import publish_views as authoring_publishing
from quiz_app.authoring import shelf_views as authoring_shelf
from quiz_app.authoring import views as authoring_views
from quiz_app.awards import labels as awards_labels
from quiz_app.awards import list_views as awards_public
from quiz_app.awards import manage as awards_manage
from quiz_app.awards import manage_lists as awards_lists
from quiz_app.awards import manage_payments as awards_payments
from quiz_app.awards import views as awards_views
from quiz_app.catalogue import cli as catalogue_cli
from quiz_app.catalogue import labels as catalogue_labels
from quiz_app.catalogue import manage as catalogue_manage
from quiz_app.catalogue import views as catalogue_views
from quiz_app.contests import labels as contests_labels
from quiz_app.contests import manage as contests_manage
from quiz_app.contests import manage_discard as contests_discard
from quiz_app.contests import manage_start as contests_start
from quiz_app.contests import views as contests_views
from quiz_app.demo import cli as demo_cli
from quiz_app.elsewhere import labels as elsewhere_labels
from quiz_app.elsewhere import manage as elsewhere_manage
from quiz_app.elsewhere import manage_lists as elsewhere_lists
from quiz_app.elsewhere import views as elsewhere_views
from quiz_app.feedback import labels as feedback_labels
from quiz_app.feedback import manage as feedback_manage
from quiz_app.feedback import unit_views as feedback_units
from quiz_app.feedback import views as feedback_views
from quiz_app.home import help as home_help
from quiz_app.home import navigation
from quiz_app.home import views as home_views
from quiz_app.inviting import labels as inviting_labels
from quiz_app.inviting import views as inviting_views
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import ProofNeeded, Refused, RoleAtRest, SecondFactorNeeded, SignInNeeded
from quiz_app.kernel.settings import ROOT, Mode, Settings, UnsafeSettings, read_settings
from quiz_app.kernel.shared import Shared
from quiz_app.leaderboard import door as leaderboard_door
from quiz_app.leaderboard import labels as leaderboard_labels
from quiz_app.leaderboard import manage as leaderboard_manage
from quiz_app.leaderboard import views as leaderboard_views
from quiz_app.meetings import labels as meetings_labels
from quiz_app.meetings import manage as meetings_manage
from quiz_app.meetings import manage_attendance as meetings_attendance
from quiz_app.meetings import views as meetings_views
from quiz_app.members import activation_views as members_activation
from quiz_app.members import cli as members_cli
from quiz_app.members import first_operator_views as members_first
from quiz_app.members import labels as members_labels
from quiz_app.members import manage as members_manage
from quiz_app.members import manage_rosters as members_rosters
from quiz_app.members import notice_views as members_notices
from quiz_app.members import proof_views as members_proof
from quiz_app.members import queries as members_queries
from quiz_app.members import roles_views as members_roles
from quiz_app.members import second_factor_views as members_second_factor
from quiz_app.members import slip_views as members_slips
from quiz_app.members import views as members_views
from quiz_app.members import way_views as members_ways
from quiz_app.members.sign_ins import SignIns
from quiz_app.operations import banner, metrics
from quiz_app.operations import cli as operations_cli
from quiz_app.operations import contest_archive_views as contest_archives
from quiz_app.operations import labels as operations_labels
from quiz_app.operations import views as operations_views
from quiz_app.participation import labels as participation_labels
from quiz_app.participation import overview_views as participation_units
from quiz_app.participation import views as participation_views
from quiz_app.people import labels as people_labels
from quiz_app.people import member_views as people_members
from quiz_app.people import unit_views as people_units
from quiz_app.practice import labels as practice_labels
from quiz_app.practice import mock_views as practice_mock
from quiz_app.practice import views as practice_views
from quiz_app.privacy import breach_views as privacy_breaches
from quiz_app.privacy import cli as privacy_cli
from quiz_app.privacy import labels as privacy_labels
from quiz_app.privacy import manage as privacy_manage
from quiz_app.privacy import seen_views as privacy_seen
from quiz_app.privacy import views as privacy_views
from quiz_app.registering import labels as registering_labels
from quiz_app.registering import manage as registering_manage
from quiz_app.registering import manage_desks as registering_desks
from quiz_app.registering import views as registering_views
from quiz_app.reminders import labels as reminders_labels
from quiz_app.reminders import views as reminders_views
from quiz_app.reports import labels as reports_labels
from quiz_app.reports import views as reports_views
from quiz_app.results import cli as results_cli
from quiz_app.results import labels as results_labels
from quiz_app.results import manage as results_manage
from quiz_app.results import manage_corrections as results_corrections
from quiz_app.results import manage_flags as results_flags
from quiz_app.results import manage_prizes as results_prizes
from quiz_app.results import manage_proposals as results_proposals
from quiz_app.results import manage_watch as results_watch
from quiz_app.results import views as results_views
from quiz_app.searching import labels as searching_labels
from quiz_app.searching import views as searching_views
from quiz_app.study import labels as study_labels
from quiz_app.study import views as study_views
from quiz_app.units import cli as units_cli
from quiz_app.units import labels as units_labels
from quiz_app.web import (
    assets,
    compress,
    errors,
    filters,
    form_cookie,
    guard,
    headers,
    health,
    logs,
    paging,
    pressure,
    qr,
    sharing,
    turning_away,
)
from quiz_app.web.application import Application
from quiz_app.web.holding import Holding

WAYS_ON: dict[type[Refused], str] = {
    SignInNeeded: "members.sign_in",
    SecondFactorNeeded: "members_second_factor.page",
    ProofNeeded: "members_proof.ask",
    RoleAtRest: "members_proof.ask",
}
BLUEPRINTS = (
    health.bp,
    home_views.bp,
    home_help.bp,
    members_views.bp,
    members_manage.bp,
    members_activation.bp,
    members_notices.bp,
    members_slips.bp,
    members_ways.bp,
    members_rosters.bp,
    members_first.bp,
    members_roles.bp,
    members_second_factor.bp,
    members_proof.bp,
    registering_views.bp,
    registering_manage.bp,
    registering_desks.bp,
    elsewhere_views.bp,
    elsewhere_manage.bp,
    elsewhere_lists.bp,
    catalogue_views.bp,
    catalogue_manage.bp,
    authoring_shelf.bp,
    authoring_views.bp,
    authoring_drafts.bp,
    authoring_publishing.bp,
    authoring_exchange.bp,
    authoring_modules.bp,
    authoring_editions.bp,
    authoring_documents.bp,
    study_views.bp,
    searching_views.bp,
    contests_views.bp,
    contests_manage.manage,
    contests_start.bp,
    contests_discard.bp,
    attempts_views.bp,
    attempts_manage.bp,
    attempts_draws.bp,
    attempts_truth.bp,
    attempts_receipts.bp,
    attempts_late.bp,
    attempts_assist.bp,
    authoring_editor.bp,
    authoring_images.bp,
    leaderboard_views.bp,
    leaderboard_manage.bp,
    practice_views.bp,
    practice_mock.bp,
    participation_views.bp,
    participation_units.bp,
    reminders_views.bp,
    assignments_views.bp,
    announcements_views.bp,
    feedback_views.bp,
    feedback_manage.bp,
    feedback_units.bp,
    asking_views.bp,
    asking_manage.bp,
    asking_entries.bp,
    people_units.bp,
    people_members.bp,
    inviting_views.bp,
    meetings_views.bp,
    meetings_manage.bp,
    meetings_attendance.bp,
    results_views.bp,
    results_manage.bp,
    results_prizes.bp,
    results_corrections.bp,
    results_proposals.bp,
    results_flags.bp,
    results_watch.bp,
    awards_views.bp,
    awards_manage.bp,
    awards_public.bp,
    awards_lists.bp,
    awards_payments.bp,
    analysis_views.bp,
    reports_views.bp,
    privacy_views.bp,
    privacy_manage.bp,
    privacy_seen.bp,
    privacy_breaches.bp,
    operations_views.bp,
    contest_archives.bp,
)
LABELS = (
    units_labels,
    members_labels,
    registering_labels,
    elsewhere_labels,
    catalogue_labels,
    authoring_labels,
    study_labels,
    searching_labels,
    contests_labels,
    attempts_labels,
    leaderboard_labels,
    practice_labels,
    participation_labels,
    reminders_labels,
    assignments_labels,
    announcements_labels,
    feedback_labels,
    asking_labels,
    people_labels,
    inviting_labels,
    meetings_labels,
    results_labels,
    awards_labels,
    analysis_labels,
    reports_labels,
    privacy_labels,
    operations_labels,
)
COMMANDS = (
    units_cli.group,
    catalogue_cli.group,
    members_cli.group,
    attempts_cli.group,
    results_cli.group,
    privacy_cli.group,
    demo_cli.group,
    worker.group,
    *operations_cli.COMMANDS,
)
SPARE_CONNECTIONS = 4  # beside one for each thread: a page that notes its reader's last use writes while it reads
MAX_REQUEST_BYTES = 41 * 1024 * 1024  # a roster of 40 MB and its form; each upload has a limit of its own below this


def create_app(settings: Settings | None = None, database: Database | None = None) -> Flask:
    """The application for one process. Raises UnsafeSettings where it must not start."""
    settings = settings or read_settings()
    app = Application(__name__, static_folder=None, template_folder="web/templates")
    app.config.update(_flask_config(settings))
    app.extensions["settings"] = settings
    settings.data_dir.mkdir(parents=True, exist_ok=True)  # a restore begins with none
    app.extensions["database"] = database or Database(
        settings.database_url,
        clock_offset_s=settings.clock_offset_s,
        pool_size=settings.web_threads + SPARE_CONNECTIONS,
    )
    app.extensions["shared"] = Shared(settings.redis_url, settings.secret_key) if settings.redis_url else None
    if settings.is_production:
        _refuse_demo_people(app.extensions["database"])
    leaderboard_door.init(app)
    attempts_door.init(app)
    turning_away.init(app)
    headers.init(app)
    if settings.mode is not Mode.TEST:  # a test sees at once what it has changed
        app.wsgi_app = Holding(app.wsgi_app)  # type: ignore[method-assign] # as Flask documents it
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign] # as Flask documents it
    form_cookie.init(app).exempt(study_views.answer)  # which asks members for their token itself
    Migrate(app, tables, directory=str(ROOT / "migrations"))
    _init_web(app, settings)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for group in COMMANDS:
        app.cli.add_command(group)
    metrics.init(app, settings)
    return app


def _refuse_demo_people(database: Database) -> None:
    """People with public passwords must not be let in where real people are. Raises UnsafeSettings."""
    if not inspect(database.engine).has_table("account"):
        return
    with database.reading() as session:
        if members_queries.has_demo_accounts(session):
            raise UnsafeSettings(
                ["DATABASE_URL: cơ sở dữ liệu này có tài khoản minh họa. Chạy thật cần cơ sở dữ liệu riêng."]
            )


def _sign_ins(app: Flask, settings: Settings) -> SignIns:
    version = members_labels.CONSENT_VERSION
    return SignIns(
        app.extensions["database"],
        is_secure=settings.is_https,
        notices_version=version,
        demands_second_factor=settings.is_production,
    )


def _init_web(app: Flask, settings: Settings) -> None:
    app.jinja_env.globals["site_name"] = settings.site_name
    logs.init(app, os.environ)  # first: what the next one turns away is told as well
    pressure.init(app, settings.web_threads)  # before the guard, which asks the database
    guard.init(app, _sign_ins(app, settings))
    words = {kind: text for labels in LABELS for kind, text in labels.REFUSALS.items()}
    errors.init(app, words, WAYS_ON)
    for part in (assets, filters, paging, compress, qr, navigation, banner, sharing, privacy_seen):
        part.init(app)


def _flask_config(settings: Settings) -> dict[str, Any]:
    prefix = "__Host-" if settings.is_https else ""
    return {
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": list(settings.secret_key_fallbacks),
        "WTF_CSRF_SECRET_KEY": [*reversed(settings.keys)],  # the last signs; what pages hold since before is still read
        "SESSION_COOKIE_NAME": f"{prefix}bieu-mau",
        "SESSION_COOKIE_SECURE": settings.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": MAX_REQUEST_BYTES,
        "MAX_FORM_MEMORY_SIZE": 500_000,
        "MAX_FORM_PARTS": 1000,
        "WTF_CSRF_TIME_LIMIT": None,  # a sitting may outlast any limit; the token dies with the session cookie
        "WTF_CSRF_SSL_STRICT": False,  # Referrer-Policy is no-referrer; Sec-Fetch-Site is checked instead
        "PREFERRED_URL_SCHEME": "https" if settings.is_https else "http",
        "TESTING": settings.mode == "test",
    }
