"""The table of who may enter where. `values` of a row name parts of the world that the test builds."""

from __future__ import annotations

from dataclasses import replace

from tests.architecture import matrix_coming_in
from tests.architecture.callers import (
    CALLERS,
    COVERING,
    EDITORS,
    FIRST,
    LEARNERS,
    NOBODY,
    ORGANISERS,
    OWNER,
    SECRETARIES,
    WATCHERS,
    WRITERS,
    Row,
    everybody,
    of_members,
    only,
    signed_in,
)
from tests.architecture.matrix_asking import ASKING
from tests.architecture.matrix_awards import AWARDS
from tests.architecture.matrix_meetings import MEETINGS
from tests.architecture.matrix_members import MEMBERS
from tests.architecture.matrix_practice import PRACTICE_ROWS
from tests.architecture.matrix_privacy import PRIVACY
from tests.architecture.matrix_reports import REPORTS

ROUND = {"round_id": "round"}
CONTEST = {"contest_id": "contest"}
ATTEMPT = {"attempt_id": "attempt"}
TABLE = {"table_id": "final_table"}
CORRECTION = {"correction_id": "correction"}
LEARNED = {"round_id": "learned_round"}
DRAFT_FILE = {"draft_id": "document_draft", "file_id": "draft_file"}
LESSON = {"module_slug": "module", "lesson_slug": "lesson"}

PAIR = {"first_id": "colleague", "second_id": "member"}
# the same as is kept: nothing changes, and whoever covers the member is told so
STANDING = {"standing": "active", "seen": "active", "reason": "Thử"}
CATEGORY = {"category": "full", "seen": "full", "reason": "Thử"}

# What a device opens that was lent for one attempt: the pages of this attempt and the images on them, nothing else.
LENT = {
    "attempts.play",
    "attempts.remaining",
    "attempts.review",
    "attempts.result",
    "attempts.save_response",
    "attempts.save_prediction",
    "attempts.submit",
    "attempts.take_over",
    "attempts_receipts.own",
    "authoring_images.image",
}

ROWS: dict[str, Row] = {
    "web.static_file": everybody(version="static_version", name="static_name"),
    "health.healthz": everybody(),
    "health.readyz": everybody(),
    "home.index": everybody(),
    "home_help.index": everybody(),
    "home_help.guide": everybody(slug="guide"),
    "home_help.image": everybody(name="guide_image"),
    "home.privacy": everybody(),
    **MEMBERS,
    "home.straight": signed_in(),
    # roster import
    "members_rosters.import_roster": only(ORGANISERS),
    "members_rosters.upload_roster": only(ORGANISERS),
    # an upload is kept under the name of who sent it: nobody finds another's, and is told that it is gone
    "members_rosters.planned_roster": only((), missing=ORGANISERS, job_id="job"),
    "members_rosters.roster_progress": only((), missing=ORGANISERS, job_id="job"),
    "members_rosters.answer_roster": only((), missing=ORGANISERS, job_id="job"),
    "members_rosters.apply_roster": only((), missing=ORGANISERS, job_id="job"),
    "members_rosters.roster_result": only((), missing=ORGANISERS, job_id="job"),
    **matrix_coming_in.ROWS,
    # units and their people: covered by the secretary of `first`, the overseer and the organiser of the commune
    "people_units.index": only(WATCHERS),
    "people_units.unit": only(COVERING, missing=WATCHERS, unit_id="unit"),
    **{
        f"people_units.{name}": only({"organiser"}, missing=ORGANISERS, unit_id="unit")
        for name in ("create", "rename", "move", "merge", "close", "reopen", "audiences")
    },
    "people_members.find": only(WATCHERS),
    "people_members.export": only(COVERING, missing=WATCHERS, unit_id="unit"),
    "people_members.member": only(COVERING, missing=WATCHERS, member_id="colleague"),
    "people_members.change_standing": replace(
        only({"secretary", "organiser"}, missing=ORGANISERS | SECRETARIES, member_id="colleague"), data=STANDING
    ),
    "people_members.change_category": replace(
        only({"organiser"}, missing=ORGANISERS, member_id="colleague"), data=CATEGORY
    ),
    "people_members.change_unit": only({"organiser"}, missing=ORGANISERS, member_id="colleague"),
    "people_members.duplicates": only(ORGANISERS),
    "people_members.pair": only({"organiser"}, missing=ORGANISERS, **PAIR),
    "people_members.keep_apart": only({"organiser"}, missing=ORGANISERS, **PAIR),
    "people_members.merge": only({"organiser"}, missing=ORGANISERS, **PAIR),
    # contests that others hold: the declaration is the owner's, answered by the own secretary alone
    "elsewhere.own": signed_in(),
    "elsewhere.declaration": signed_in(contest_id="outside_contest"),
    "elsewhere.declare": signed_in(contest_id="outside_contest"),
    "elsewhere.proof": of_members({OWNER, "secretary"}, record_id="outside_record"),
    "elsewhere_manage.contests": only(WATCHERS),
    "elsewhere_manage.new_contest": only(ORGANISERS),
    "elsewhere_manage.add_contest": only(ORGANISERS),
    "elsewhere_manage.edit_contest": only({"organiser"}, missing=ORGANISERS, contest_id="outside_contest"),
    "elsewhere_manage.change_contest": only({"organiser"}, missing=ORGANISERS, contest_id="outside_contest"),
    "elsewhere_manage.desk": only(COVERING, missing=WATCHERS, contest_id="outside_contest", unit_id="unit"),
    "elsewhere_manage.export": only(COVERING, missing=WATCHERS, contest_id="outside_contest", unit_id="unit"),
    "elsewhere_manage.declaration": only({"secretary"}, missing=SECRETARIES, record_id="outside_record"),
    "elsewhere_manage.confirm": only({"secretary"}, missing=SECRETARIES, record_id="outside_record"),
    "elsewhere_manage.refuse": only({"secretary"}, missing=SECRETARIES, record_id="outside_record"),
    "elsewhere_lists.import_list": only(ORGANISERS | SECRETARIES, contest_id="outside_contest"),
    "elsewhere_lists.upload_list": only(ORGANISERS | SECRETARIES, contest_id="outside_contest"),
    # a list waits for who sent it alone
    "elsewhere_lists.planned_list": only({"organiser"}, missing=ORGANISERS | SECRETARIES, import_id="outside_import"),
    "elsewhere_lists.apply_list": replace(
        only({"organiser"}, missing=ORGANISERS | SECRETARIES, import_id="outside_import"), is_used_up=True
    ),
    "inviting.invitation": only(COVERING, missing=WATCHERS, contest_id="contest", unit_id="unit"),
    "inviting.sheet": only(COVERING, missing=WATCHERS, contest_id="contest", unit_id="unit", kind="sheet"),
    "inviting.sheet_file": only(COVERING, missing=WATCHERS, contest_id="contest", unit_id="unit", kind="sheet"),
    "inviting.calendar_file": everybody(),
    "inviting.rounds": everybody(),
    # reading and studying need no account
    "catalogue.documents": everybody(),
    "catalogue.document": everybody(slug="document"),
    "catalogue.file": everybody(stored_name="file"),
    "searching.results": everybody(),
    "study.modules": everybody(),
    "study.module": everybody(module_slug="module"),
    "study.handout": everybody(module_slug="module"),
    "study.lesson": everybody(**LESSON),
    "study.answer": everybody(**LESSON, position="position"),
    "study.finish": signed_in(**LESSON),
    "study.opened": signed_in(**LESSON),
    "study.place": signed_in(**LESSON),
    **PRACTICE_ROWS,
    # authoring
    "authoring_shelf.sets": only({"author", "reviewer", "operator", "organiser"}),
    "authoring_shelf.set_preview": only({"author", "reviewer", "organiser"}, slug="shipped_set"),
    "authoring_shelf.set_keys": only({"author", "reviewer", "organiser"}, slug="shipped_set"),
    "authoring_shelf.publish": only({"organiser"}, slug="shipped_set"),
    "authoring.new_set": only(WRITERS),
    "authoring.take_up": only(WRITERS, slug="draft_set"),
    "authoring.rename": only(WRITERS, slug="draft_set"),
    "authoring.workspace": only(EDITORS, slug="draft_set"),
    "authoring.items": only(EDITORS),
    "authoring.retag": only(WRITERS, slug="draft_set"),
    "authoring.new_item": only(WRITERS, slug="draft_set"),
    "authoring.item": only(EDITORS, slug="draft_set", code="item_code"),
    "authoring.change_item": only(WRITERS, slug="draft_set", code="item_code"),
    "authoring_drafts.queue": only(EDITORS),
    "authoring_drafts.draft": only(EDITORS, draft_id="draft"),
    "authoring_drafts.hand_in": only(WRITERS, draft_id="draft"),
    "authoring_drafts.take_back": only(WRITERS, draft_id="draft"),
    "authoring_drafts.discard": replace(only(WRITERS, draft_id="draft"), is_used_up=True),
    "authoring_drafts.comment": only(EDITORS, draft_id="draft"),
    "authoring_drafts.settle": only(EDITORS, comment_id="draft_comment"),
    "authoring_drafts.judge": only({"reviewer"}, draft_id="draft"),
    "authoring_publishing.publish": only({"organiser"}, slug="draft_set"),
    "authoring_publishing.waive": only({"organiser"}, slug="draft_set"),
    "authoring_publishing.seal": only({"organiser"}, slug="draft_set"),
    "authoring_publishing.ask_to_break": only({"organiser"}, slug="draft_set"),
    "authoring_publishing.confirm_break": only((), missing={"organiser", "reviewer"}, slug="draft_set"),
    "authoring_exchange.template": only(EDITORS),
    "authoring_exchange.upload": only(WRITERS, slug="draft_set"),
    "authoring_exchange.planned": only(EDITORS, slug="draft_set", sha256="sha256"),
    "authoring_exchange.take_in": only(WRITERS, slug="draft_set", sha256="sha256"),
    "authoring_exchange.result": only(EDITORS, slug="draft_set", sha256="sha256"),
    "authoring_exchange.export": only(EDITORS, slug="draft_set"),
    "authoring_modules.modules": only(EDITORS),
    "authoring_modules.new": only(WRITERS),
    "authoring_modules.change": only(WRITERS, slug="module"),
    "authoring_modules.edit": only(WRITERS, draft_id="module_draft"),
    "authoring_modules.lesson": only(WRITERS, draft_id="module_draft", slug="lesson"),
    "authoring_modules.add_lesson": only(WRITERS, draft_id="module_draft"),
    "authoring_modules.move_lesson": replace(
        only(WRITERS, draft_id="module_draft", slug="lesson", way="way"), data={"revision": "1"}
    ),
    "authoring_modules.remove_lesson": replace(
        only(WRITERS, draft_id="module_draft", slug="lesson"), data={"revision": "1"}, is_used_up=True
    ),
    "authoring_editions.editions": only(EDITORS, slug="module"),
    "authoring_editions.edition": only(EDITORS, slug="module", number="edition"),
    "authoring_editions.compare": only((), missing=EDITORS, slug="module"),
    "authoring_editions.publish": only({"organiser"}, draft_id="module_draft"),
    "authoring_documents.publish": only({"organiser"}, draft_id="document_draft"),
    **{f"authoring_documents.{name}": only(EDITORS) for name in ("documents", "cited")},
    "authoring_documents.new": only(WRITERS),
    "authoring_documents.change": only(WRITERS, slug="document"),
    **{f"authoring_documents.{name}": only(WRITERS, draft_id="document_draft") for name in ("edit", "send_file")},
    "authoring_documents.drop_file": replace(only(WRITERS, **DRAFT_FILE), data={"revision": "2"}, is_used_up=True),
    "authoring_documents.draft_file": only(EDITORS, **DRAFT_FILE),
    "authoring_documents.editions": only(EDITORS, slug="document"),
    "authoring_documents.keep_citation": only((), missing=EDITORS, document_id="document_id", subject="cited"),
    "catalogue_manage.files": only({"organiser"}, slug="document"),
    "authoring_editor.edit": only({"author", "organiser"}, draft_id="draft"),
    "authoring_editor.save": replace(only({"author", "organiser"}, draft_id="draft"), data={"revision": "1"}),
    "authoring_editor.present": only(WRITERS, draft_id="draft"),
    "authoring_images.upload": only(WRITERS),
    "authoring_images.image": signed_in(name="image"),
    "catalogue_manage.remove": replace(only({"organiser"}, stored_name="file"), is_used_up=True),
    # contests
    "contests_manage.contests": only(ORGANISERS),
    "contests_manage.create_contest": only(ORGANISERS),
    "contests_manage.contest": only({"organiser"}, missing=ORGANISERS, contest_id="contest"),
    "contests_manage.stages": only({"organiser"}, missing=ORGANISERS, contest_id="contest"),
    "contests_manage.create_round": only({"organiser"}, missing=ORGANISERS, contest_id="contest"),
    "contests_manage.round_": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "contests_manage.preview": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "contests_manage.change_round": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "contests_manage.blueprint": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "contests_manage.publish": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "contests_start.from_profile": only(ORGANISERS),
    "contests_start.copy_contest": only({"organiser"}, missing=ORGANISERS, **CONTEST),
    "contests_start.copy_round": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "contests_start.rehearse": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "contests_start.end_rehearsal": only({"organiser"}, missing=ORGANISERS, rehearsal_id="rehearsal"),
    "contests_discard.round_": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "contests_discard.contest": only({"organiser"}, missing=ORGANISERS, **CONTEST),
    "contests_start.rules": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "contests.rules": of_members(FIRST | {"organiser"}, **ROUND, number="rules_number"),
    # sitting
    "attempts.rounds": signed_in(),
    "attempts.enter": of_members(FIRST, **ROUND),
    "attempts.start": replace(of_members(FIRST, **ROUND), data={"the_le": "1"}),
    "attempts.play": of_members({OWNER}, **ATTEMPT),
    "attempts.remaining": of_members({OWNER}, **ATTEMPT),
    "attempts.review": of_members({OWNER}, **ATTEMPT),
    "attempts.result": of_members({OWNER}, **ATTEMPT),
    "attempts.keys": only((), missing=set(CALLERS) - {NOBODY, OWNER}, **ATTEMPT),  # not even his, while it is open
    "attempts.save_response": replace(
        of_members({OWNER}, **ATTEMPT, position="position"), data={"phuong_an": "A", "epoch": "1"}
    ),
    # the round of this world asks for no prediction
    "attempts.save_prediction": replace(of_members((), **ATTEMPT), data={"du_doan": "37", "epoch": "1"}),
    "attempts.submit": replace(of_members({OWNER}, **ATTEMPT), data={"epoch": "1"}),
    "attempts.take_over": of_members({OWNER}, **ATTEMPT),
    # the round of this world asks for no prediction
    "attempts_truth.figures": only((), missing=ORGANISERS, **ROUND),
    "attempts_truth.progress": only((), missing=ORGANISERS, **ROUND),
    "attempts_truth.fix": only((), missing=ORGANISERS, **ROUND),
    # receipts, what came too late, helping somebody on a shared device
    "attempts_receipts.own": of_members({OWNER}, **ATTEMPT),
    "attempts_receipts.check": everybody(),
    "attempts_late.arrivals": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "attempts_late.export": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "attempts_assist.ask": only(COVERING, missing=WATCHERS, **ROUND, member_id="colleague"),
    "attempts_assist.start": replace(
        only(COVERING, missing=WATCHERS, **ROUND, member_id="colleague"), data={"reason": "kho-doc", "the_le": "1"}
    ),
    # while a round runs
    "attempts_manage.notices": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "attempts_manage.extend": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "attempts_manage.extra_times": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "attempts_manage.extra_time": only({"organiser"}, missing=ORGANISERS, **ROUND, member_id="member"),
    "attempts_manage.withdraw_extra_time": only({"organiser"}, missing=ORGANISERS, **ROUND, member_id="member"),
    "attempts_manage.unranked": only({"organiser"}, missing=ORGANISERS, **CONTEST),
    "attempts_manage.exclude": only({"organiser"}, missing=ORGANISERS, **CONTEST, member_id="member"),
    "attempts_manage.readmit": only({"organiser"}, missing=ORGANISERS, **CONTEST, member_id="member"),
    "attempts_draws.search": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "attempts_draws.proof": only({"organiser"}, missing=ORGANISERS, **ATTEMPT),
    "attempts_draws.even": only({"organiser"}, missing=ORGANISERS, **ROUND),
    # boards and turnout
    "leaderboard.index": signed_in(),
    "leaderboard_manage.export": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "leaderboard.everybody": of_members(FIRST | COVERING, **ROUND),
    "leaderboard.own_unit": of_members(FIRST, **ROUND),
    "leaderboard.units": of_members(FIRST | COVERING, **ROUND),
    "leaderboard.projector": of_members(FIRST | COVERING, **ROUND),
    "leaderboard.contest_everybody": of_members(FIRST | COVERING, **CONTEST),
    "leaderboard.contest_own_unit": of_members(FIRST, **CONTEST),
    "leaderboard.contest_units": of_members(FIRST | COVERING, **CONTEST),
    "leaderboard.contest_projector": of_members(FIRST | COVERING, **CONTEST),
    "leaderboard.own_history": of_members(FIRST, **CONTEST),
    "leaderboard.unit_history": of_members(FIRST | COVERING, **CONTEST, unit_id="unit"),
    "participation.desk": only(WATCHERS),
    "participation.unit": only(COVERING, missing=WATCHERS, **ROUND, unit_id="unit"),
    "participation.export": only(COVERING, missing=WATCHERS, **ROUND, unit_id="unit"),
    "participation_units.units": only({"organiser", "overseer"}, missing=WATCHERS, **ROUND, unit_id="unit"),
    "participation_units.set_rule": replace(
        only({"organiser", "overseer"}, missing=WATCHERS, **ROUND, unit_id="unit"), data={"percent": "50", "days": "3"}
    ),
    "participation_units.export": only({"organiser", "overseer"}, missing=WATCHERS, **ROUND, unit_id="unit"),
    "participation_units.history": only(COVERING, missing=WATCHERS, unit_id="unit"),
    "participation_units.projector": only(COVERING, missing=WATCHERS, **ROUND, unit_id="unit"),
    # reminders: the member of `first` sits, his colleague does not
    "reminders.group": only(COVERING, missing=WATCHERS, **ROUND, unit_id="unit"),
    "reminders.note_group": only(COVERING, missing=WATCHERS, **ROUND, unit_id="unit"),
    "reminders.person": only(COVERING, missing=WATCHERS, **ROUND, unit_id="unit", member_id="colleague"),
    "reminders.note_person": only(COVERING, missing=WATCHERS, **ROUND, unit_id="unit", member_id="colleague"),
    "reminders.mails": only(COVERING, missing=WATCHERS, **ROUND, unit_id="unit"),
    "reminders.ask_mails": only(COVERING, missing=WATCHERS, **ROUND, unit_id="unit"),
    "reminders.plan": replace(only(COVERING, missing=WATCHERS, **ROUND, unit_id="unit"), data={"hours": "24"}),
    # whoever holds the link of a mail
    "reminders.decline": everybody(token="decline_token"),
    "reminders.declined": everybody(token="decline_token"),
    # modules to be read: asked of `first`
    "assignments.index": only(WATCHERS),
    "assignments.of_unit": only(COVERING, missing=WATCHERS, unit_id="unit"),
    "assignments.assign": replace(
        only(COVERING, missing=WATCHERS, unit_id="unit"), data={"module": "1", "due_on": "2099-01-01"}
    ),
    "assignments.assignment": only(COVERING, missing=WATCHERS, unit_id="unit", assignment_id="assignment"),
    "assignments.withdraw": replace(only(COVERING, missing=WATCHERS, assignment_id="assignment"), is_used_up=True),
    # complaints and corrected units
    "feedback.own": signed_in(),
    "feedback.complain": of_members({OWNER}, **ATTEMPT),
    "feedback.withdraw": of_members({OWNER}, complaint_id="complaint"),
    "feedback_manage.received": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "feedback_manage.export": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "feedback_manage.complaint": only({"organiser"}, missing=ORGANISERS, complaint_id="complaint"),
    "feedback_manage.dossier": only({"organiser"}, missing=ORGANISERS, complaint_id="complaint"),
    "feedback_manage.dossier_file": only({"organiser"}, missing=ORGANISERS, complaint_id="complaint"),
    # the round of this world is open: nobody sees keys yet
    "feedback_manage.keys": only((), missing=ORGANISERS - {"organiser"}, complaint_id="complaint"),
    "feedback_manage.decide": only({"organiser"}, missing=ORGANISERS, complaint_id="complaint"),
    "feedback_units.own": signed_in(),
    "feedback_units.ask": signed_in(unit_id="unit"),
    "feedback_units.withdraw": of_members({OWNER}, change_id="unit_change"),
    "feedback_units.followed": only(WATCHERS),
    # asked of `second` by a member of `first`: both are told, the one that is asked for decides
    "feedback_units.change": only(COVERING | {"secretary_elsewhere"}, missing=WATCHERS, change_id="unit_change"),
    "feedback_units.decide": only(COVERING | {"secretary_elsewhere"}, missing=WATCHERS, change_id="unit_change"),
    **ASKING,
    **MEETINGS,
    **PRIVACY,
    **REPORTS,
    **AWARDS,
    # final results: those of another round of `first` are published
    "results.index": signed_in(),
    "results.latest": of_members(FIRST | COVERING, kind="final_kind", number="final_round"),
    "results.people": of_members(FIRST | COVERING, **TABLE),
    "results.unit_table": of_members(FIRST | COVERING, **TABLE),
    "results.draw": of_members(FIRST | COVERING, **TABLE),
    "results_manage.steps_page": only({"organiser"}, missing=ORGANISERS, kind="final_kind", number="final_round"),
    "results_manage.progress": only({"organiser"}, missing=ORGANISERS, kind="final_kind", number="final_round"),
    "results_manage.propose": only({"organiser"}, missing=ORGANISERS, kind="final_kind", number="final_round"),
    "results_manage.table": only({"organiser"}, missing=ORGANISERS, **TABLE),
    "results_manage.approve": only({"organiser"}, missing=ORGANISERS, **TABLE),
    "results_manage.publish": only({"organiser"}, missing=ORGANISERS, **TABLE),
    "results_manage.export": only({"organiser"}, missing=ORGANISERS, **TABLE),
    "results_prizes.edit": only({"organiser"}, missing=ORGANISERS, **CONTEST),
    # corrections: the one of this world waits, so nothing is sat again yet
    "results_corrections.listing": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "results_corrections.correction": only({"organiser"}, missing=ORGANISERS, **CORRECTION),
    "results_corrections.progress": only({"organiser"}, missing=ORGANISERS, **CORRECTION),
    "results_corrections.forecast": only({"organiser"}, missing=ORGANISERS, **CORRECTION),
    "results_corrections.attempts": only({"organiser"}, missing=ORGANISERS, **CORRECTION),
    "results_corrections.places": only({"organiser"}, missing=ORGANISERS, **CORRECTION),
    "results_corrections.units": only({"organiser"}, missing=ORGANISERS, **CORRECTION),
    "results_corrections.decide": only({"organiser"}, missing=ORGANISERS, **CORRECTION),
    "results_corrections.cancel": only({"organiser"}, missing=ORGANISERS, **CORRECTION),
    "results_corrections.resume": only({"organiser"}, missing=ORGANISERS, **CORRECTION),
    "results_corrections.rerun": only((), missing=ORGANISERS, **CORRECTION),
    "results_proposals.pick_item": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "results_proposals.item": only({"organiser"}, missing=ORGANISERS, **ROUND, version_id="item_version"),
    "results_proposals.pick_attempt": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "results_proposals.attempt": only({"organiser"}, missing=ORGANISERS, **ROUND, **ATTEMPT),
    "results_proposals.window": only({"organiser"}, missing=ORGANISERS, **ROUND),
    # flags, and a round as it runs
    "results_flags.of_round": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "results_flags.look": only({"organiser"}, missing=ORGANISERS, **ROUND),
    # the round of this world is open: nothing has been looked for
    "results_flags.progress": only((), missing=ORGANISERS, **ROUND),
    "results_flags.flag": only({"organiser"}, missing=ORGANISERS, flag_id="flag"),
    "results_flags.review": only({"organiser"}, missing=ORGANISERS, flag_id="flag"),
    "results_watch.watch": only({"organiser"}, missing=ORGANISERS, **ROUND),
    "results_watch.figures": only({"organiser"}, missing=ORGANISERS, **ROUND),
    # what answers tell: the figures of `first`'s closed round are kept; authors and reviewers keep the whole bank
    "analysis.index": only(LEARNERS | {"organiser_elsewhere"}),
    "analysis.of_round": only(LEARNERS, missing=ORGANISERS, **LEARNED),
    "analysis.compute": only(LEARNERS, missing=ORGANISERS, **LEARNED),
    # nobody has asked for anything in this world
    "analysis.progress": only((), missing=LEARNERS | ORGANISERS, **LEARNED),
    "analysis.item": only(LEARNERS, missing=ORGANISERS, **LEARNED, version_id="learned_item"),
    "analysis.item_keys": only(LEARNERS, missing=ORGANISERS, **LEARNED, version_id="learned_item"),
    "analysis.export": only(LEARNERS, missing=ORGANISERS, **LEARNED),
    # operations
    "operations.jobs": only(ORGANISERS | {"operator"}),
    "operations.job": only({"organiser", "operator"}, missing=ORGANISERS, job_id="job"),
    "operations.job_progress": only({"organiser", "operator"}, missing=ORGANISERS, job_id="job"),
    "operations.stop_job": only({"organiser", "operator"}, missing=ORGANISERS, job_id="job"),
    "operations.read_only": only({"organiser", "operator"}),
    "operations.read_only_on": only({"organiser", "operator"}),
    "operations.read_only_off": only({"organiser", "operator"}),
    # the job of this world is no archive
    "contest_archives.listing": only({"organiser"}, missing=ORGANISERS, **CONTEST),
    "contest_archives.ask": only({"organiser"}, missing=ORGANISERS, **CONTEST),
    "contest_archives.progress": only((), missing=ORGANISERS, **CONTEST, job_id="job"),
    "contest_archives.fetch": only((), missing=ORGANISERS, **CONTEST, job_id="job"),
}
