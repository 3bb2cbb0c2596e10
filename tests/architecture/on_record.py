"""What endpoints leave in the audit: the tables, and how it is read from the code what a view may come to.

`LEAVES`: what hands out files or keys, with what each must write when it is asked successfully. `ACTS`: what changes
much. `NOTHING`: files without a row of their own, and why. `SILENT`: acts without one, and why.
"""

from __future__ import annotations

import dis
import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

import flask
from flask import Flask
from werkzeug.test import TestResponse

from quiz_app.analysis.policy import Action as Analysis
from quiz_app.announcements.policy import Action as Announcements
from quiz_app.asking.policy import Action as Asking
from quiz_app.attempts.policy import Action as Attempts
from quiz_app.authoring.policy import Action as Authoring
from quiz_app.awards.policy import Action as Awards
from quiz_app.catalogue.policy import Action as Catalogue
from quiz_app.contests.policy import Action as Contests
from quiz_app.elsewhere.policy import Action as Elsewhere
from quiz_app.feedback.policy import Action as Feedback
from quiz_app.kernel.audit import FeatureAction
from quiz_app.leaderboard.policy import Action as Leaderboard
from quiz_app.meetings.policy import Action as Meetings
from quiz_app.members.policy import Action as Members
from quiz_app.operations.policy import Action as Operations
from quiz_app.participation.policy import Action as Participation
from quiz_app.people.policy import Action as People
from quiz_app.privacy.policy import Action as Privacy
from quiz_app.registering.policy import Action as Registering
from quiz_app.reports.policy import Action as Reports
from quiz_app.results.policy import Action as Results
from quiz_app.web.guard import SAFE_METHODS, guard_of
from tests.support.contest import RATIONALE_CANARY

RECORDING = {"record", "record_at_once"}
HANDING_OUT = {flask.send_file, flask.send_from_directory}
Function = Callable[..., Any]


@dataclass(frozen=True)
class Leaves:
    """An endpoint's row. `data` is what is posted; `by`: who gets in where the world has to be prepared for it."""

    action: FeatureAction
    data: Mapping[str, str] = field(default_factory=dict)
    by: str = "organiser"


LEAVES: dict[str, Leaves] = {
    # keys
    "analysis.item_keys": Leaves(Analysis.ANALYSIS_KEYS_VIEWED),
    "authoring.item": Leaves(Authoring.DRAFT_KEYS_VIEWED),
    "authoring_drafts.draft": Leaves(Authoring.DRAFT_KEYS_VIEWED),
    "authoring_editor.edit": Leaves(Authoring.DRAFT_KEYS_VIEWED),
    "authoring_exchange.export": Leaves(Authoring.SET_EXPORTED, {"format": "gift"}),
    "authoring_exchange.planned": Leaves(Authoring.DRAFT_KEYS_VIEWED),
    "authoring_exchange.result": Leaves(Authoring.DRAFT_KEYS_VIEWED),
    "authoring_shelf.set_keys": Leaves(Catalogue.KEYS_VIEWED),
    "feedback_manage.keys": Leaves(Feedback.COMPLAINT_KEYS_VIEWED),
    # people
    "attempts_late.export": Leaves(Attempts.LATE_EXPORTED),
    "awards_lists.export": Leaves(Awards.AWARDS_EXPORTED),
    "awards_manage.print_file": Leaves(Awards.FILE_TAKEN),
    "awards_payments.one": Leaves(Awards.PAYMENT_SEEN),
    "contest_archives.fetch": Leaves(Operations.ARCHIVE_DOWNLOADED),
    "elsewhere_manage.export": Leaves(Elsewhere.LIST_EXPORTED),
    "feedback_manage.dossier": Leaves(Feedback.COMPLAINT_DOSSIER_TAKEN),
    "feedback_manage.dossier_file": Leaves(Feedback.COMPLAINT_DOSSIER_TAKEN),
    "feedback_manage.export": Leaves(Feedback.COMPLAINTS_EXPORTED),
    "leaderboard_manage.export": Leaves(Leaderboard.BOARD_EXPORTED),
    "meetings_attendance.export": Leaves(Meetings.LIST_EXPORTED),
    "members_rosters.roster_result": Leaves(Members.ROSTER_RESULT_TAKEN),
    "members_slips.print_file": Leaves(Members.SLIPS_FILE_TAKEN),
    "members_slips.print_member": Leaves(Members.SLIPS_ISSUED),
    "members_slips.print_unit": Leaves(Members.SLIPS_ISSUED, {"which": "outside"}),
    "participation.export": Leaves(Participation.LIST_EXPORTED),
    "people_members.export": Leaves(People.LIST_EXPORTED),
    "privacy.copy": Leaves(Privacy.COPIED),
    "registering_manage.export": Leaves(Registering.EXPORTED),
    "results_manage.export": Leaves(Results.TABLE_EXPORTED),
    # figures
    "analysis.export": Leaves(Analysis.ANALYSIS_EXPORTED),
    "asking_manage.export": Leaves(Asking.COUNTS_EXPORTED),
    "participation_units.export": Leaves(Participation.LIST_EXPORTED),
}

# What gives and takes rights, publishes, strikes from scoring, and what is asked for the password besides.
ACTS: dict[str, FeatureAction] = {
    "announcements.write": Announcements.PUBLISHED,
    "asking_entries.decide": Asking.ENTRY_DECIDED,
    "authoring_documents.publish": Catalogue.DOCUMENT_PUBLISHED,
    "authoring_editions.publish": Catalogue.MODULE_PUBLISHED,
    "authoring_publishing.ask_to_break": Authoring.SEAL_BREAK_ASKED,
    "authoring_publishing.confirm_break": Authoring.SEAL_BROKEN,
    "authoring_publishing.publish": Authoring.DRAFTS_PUBLISHED,
    "authoring_shelf.publish": Catalogue.SET_PUBLISHED,
    "awards_lists.approve": Awards.AWARDS_APPROVED,
    "awards_lists.publish": Awards.AWARDS_PUBLISHED,
    "awards_manage.revoke": Awards.REVOKED,
    "awards_payments.enter": Awards.PAYMENT_ENTERED,
    "awards_payments.name_handler": Awards.HANDLER_NAMED,
    "awards_payments.pay": Awards.PRIZE_PAID,
    "awards_payments.remove_handler": Awards.HANDLER_REMOVED,
    "contests_manage.publish": Contests.ROUND_PUBLISHED,
    "members_roles.grant": Members.ROLE_GRANTED,
    "members_roles.withdraw": Members.ROLE_REVOKED,
    "members_second_factor.reset": Members.SECOND_FACTOR_RESET,
    "privacy_manage.decide": Privacy.DONE,
    "reports.approve": Reports.APPROVED,
    "results_corrections.decide": Attempts.CORRECTION_DECIDED,
    "results_manage.approve": Results.TABLE_APPROVED,
    "results_manage.publish": Results.TABLE_PUBLISHED,
    "results_proposals.attempt": Attempts.CORRECTION_PROPOSED,
    "results_proposals.item": Attempts.CORRECTION_PROPOSED,
}

NOTHING: dict[str, str] = {
    "attempts.keys": "one's own paper, once the round shows it to everybody who sat",
    "authoring_documents.draft_file": "a document of the library",
    "authoring_exchange.template": "a blank form",
    "authoring_images.image": "a picture of a question, wherever the question is shown",
    "awards.certificate_file": "one certificate; whoever is not its holder is written down as having seen it",
    "catalogue.file": "a document of the library",
    "home_help.image": "a picture of the guide",
    "inviting.sheet_file": "a poster, of nobody",
    "meetings.calendar_file": "when a meeting is, of nobody",
    "privacy_breaches.notice": "a letter about a breach, of nobody",
    "reports.file": "figures of units, of nobody",
}

WRITING = "what is being written is kept draft by draft; who hands in, judges and publishes is on record"
LATER = "asks for work that is on record when it is done"
LEARNING = "a learner's own practice, kept as rows of his"
SILENT: dict[str, str] = {
    "attempts.save_prediction": "each is a row of its own with its instant; the submission is on record",
    "attempts.save_response": "each is a row of its own with its instant; the submission is on record",
    **dict.fromkeys(
        (
            "authoring.rename", "authoring_documents.edit", "authoring_drafts.settle", "authoring_drafts.take_back",
            "authoring_editor.present", "authoring_exchange.upload", "authoring_modules.add_lesson",
            "authoring_modules.edit", "authoring_modules.lesson", "authoring_modules.move_lesson",
            "authoring_modules.remove_lesson",
        ),
        WRITING,
    ),
    **dict.fromkeys(
        (
            "analysis.compute", "awards_manage.print_all", "elsewhere_lists.upload_list",
            "members_rosters.answer_roster", "members_rosters.apply_roster", "members_rosters.upload_roster",
            "reports.recount", "results_corrections.forecast", "results_corrections.resume", "results_flags.look",
        ),
        LATER,
    ),
    **dict.fromkeys(
        (
            "practice.answer", "practice.easy", "practice.end", "practice.start", "practice_mock.save",
            "practice_mock.start", "practice_mock.submit", "study.answer", "study.finish", "study.opened",
            "study.place",
        ),
        LEARNING,
    ),
    "members_second_factor.offer": "shows a new secret to its owner; that he enrolled it is on record",
    "participation_units.set_rule": "how the reader wants units marked on his own page",
}  # fmt: skip


def methods_of(app: Flask, endpoint: str) -> set[str]:
    return {method for rule in app.url_map.iter_rules(endpoint) for method in rule.methods or set()} - {
        "HEAD",
        "OPTIONS",
    }


def changes(app: Flask, endpoint: str) -> bool:
    return bool(methods_of(app, endpoint) - SAFE_METHODS)


def must_be_decided(app: Flask, endpoint: str) -> bool:
    """Whether the code says that it hands out a file, keys, or something that is worth asking for the password."""
    guard = guard_of(app, endpoint)
    named = guard.permission.name if guard is not None and guard.permission is not None else ""
    if guard is not None and guard.fresh:
        return True
    is_export = any(word in named for word in ("KEYS", "EXPORT"))
    return is_export or hands_out(app, endpoint)


def is_undecided(endpoint: str, answered: TestResponse) -> bool:
    """Whether an answer hands out a file or the keys of the contest's set though the tables do not say so."""
    if endpoint in LEAVES or endpoint in NOTHING or answered.is_streamed:
        return False
    handed_out = "attachment" in answered.headers.get("Content-Disposition", "")
    return handed_out or RATIONALE_CANARY.encode() in answered.get_data()


def may_come_to(app: Flask, endpoint: str, names: set[str]) -> bool:
    """Whether the view, or a function of the product that it calls by its name, mentions one of these names."""
    return any(_mentioned(function.__code__) & names for function in _reached(app, endpoint))


def hands_out(app: Flask, endpoint: str) -> bool:
    """The same for what makes a file of an answer."""
    return any(HANDING_OUT & _called(function) for function in _reached(app, endpoint))


def _reached(app: Flask, endpoint: str) -> set[Function]:
    """The view and all that it may call, and what that calls."""
    waiting: list[Any] = [inspect.unwrap(app.view_functions[endpoint])]
    reached: set[Function] = set()
    while waiting:
        function = waiting.pop()
        if function not in reached and function.__module__.startswith("quiz_app."):
            reached.add(function)
            waiting += _called(function)
    return reached


@cache
def _called(function: Function) -> frozenset[Function]:
    """The functions that one names: `call()` or `module.call()`."""
    found = set()
    for name, attribute in _names(function.__code__):
        known = function.__globals__.get(name)
        known = getattr(known, attribute, None) if isinstance(known, types.ModuleType) else known
        if isinstance(known, types.FunctionType):
            found.add(inspect.unwrap(known))
    return frozenset(found)


def _names(code: types.CodeType) -> Iterator[tuple[str, str]]:
    """The names of a module that code looks up, each with what is looked up in it right afterwards."""
    for one, after in pairwise(dis.get_instructions(code)):
        if one.opname == "LOAD_GLOBAL":
            yield one.argval, after.argval if after.opname in ("LOAD_ATTR", "LOAD_METHOD") else ""
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _names(inner)


@cache
def _mentioned(code: types.CodeType) -> frozenset[str]:
    return frozenset(code.co_names).union(
        *(_mentioned(inner) for inner in code.co_consts if isinstance(inner, types.CodeType))
    )
