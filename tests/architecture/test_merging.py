"""Two rows of one person made one: of every column that names a member it was decided what becomes of it.

A new column fails here until somebody has said whether it goes along with the person or stays with the row.
"""

from __future__ import annotations

import inspect

from quiz_app.people import merging
from quiz_app.tables import metadata

GOES_ALONG = {
    "account.member_id": "Account",
    "accommodation.member_id": "Accommodation",
    "activation_slip.member_id": "ActivationSlip",
    "attempt.member_id": "Attempt",
    "award.added_by": "Award",
    "award.member_id": "Award",
    "award_list.proposed_by": "AwardList",
    "certificate.member_id": "Certificate",
    "check_response.member_id": "CheckResponse",
    "complaint.member_id": "Complaint",
    "consent.member_id": "Consent",
    "contest_exclusion.member_id": "Exclusion",
    "correction.created_by": "Correction",
    "draft_hand.member_id": "DraftHand",
    "final_table.proposed_by": "FinalTable",
    "lesson_progress.member_id": "LessonProgress",
    "meeting_attendance.member_id": "Attendance",
    "member.merged_into_id": "Member",
    "outside_record.member_id": "OutsideRecord",
    "practice_answer.member_id": "PracticeAnswer",
    "practice_session.member_id": "PracticeSession",
    "question.assigned_to": "Question",
    "question.member_id": "Question",
    "question_edition.proposed_by": "Edition",
    "registration.member_id": "Registration",
    "reminder.member_id": "Reminder",
    "reminder_mail.member_id": "ReminderMail",
    "result.member_id": "write_result",
    "review_card.member_id": "ReviewCard",
    "role_grant.member_id": "RoleGrant",
    "roster_entry.member_id": "RosterEntry",
    "set_seal.asked_by": "SetSeal",
    "unit_change.member_id": "UnitChange",
}
SIGNED = "who did something is told as it was signed"
STAYS = {
    "final_row.member_id": "published tables are never touched",
    "frozen_result.member_id": "what a frozen board showed stays as it was seen",
    "prize_handler.member_id": "an office for one contest, which is not given by merging",
    "lag_rule.member_id": "a setting of a desk, which went with the role",
    "draft_presence.member_id": "forgotten within minutes",
    "data_request.member_id": "read through merged_into_id",
    "data_view.member_id": "read through merged_into_id",
    "member_change.member_id": "read through merged_into_id",
    "member_pair.first_id": "a verdict about these two rows",
    "member_pair.second_id": "a verdict about these two rows",
    **dict.fromkeys(
        (
            "activation_slip.issued_by",
            "announcement.created_by",
            "attempt.annulled_by",
            "attempt.assisted_by",
            "citation_look.looked_by",
            "award_list.approved_by",
            "certificate.issued_by",
            "certificate.revoked_by",
            "certificate_series.opened_by",
            "complaint.decided_by",
            "contest.created_by",
            "contest_exclusion.created_by",
            "correction.decided_by",
            "data_breach.created_by",
            "data_breach.closed_by",
            "data_request.handled_by",
            "data_view.viewer_id",
            "document_edition.published_by",
            "document_file.attached_by",
            "draft.created_by",
            "draft.saved_by",
            "draft_comment.member_id",
            "draft_comment.settled_by",
            "draft_file.sent_by",
            "final_table.approved_by",
            "report.created_by",
            "report_edition.approved_by",
            "finding_waiver.member_id",
            "flag.reviewed_by",
            "job.requested_by",
            "meeting.confirmed_by",
            "meeting.created_by",
            "meeting_attendance.marked_by",
            "member_change.by_member_id",
            "member_pair.decided_by",
            "module_assignment.created_by",
            "module_edition.published_by",
            "outside_contest.created_by",
            "outside_import.sent_by",
            "outside_record.decided_by",
            "question.answered_by",
            "question.touched_by",
            "question_edition.decided_by",
            "question_edition.ended_by",
            "registration.decided_by",
            "registration_desk.changed_by",
            "prize_handler.named_by",
            "prize_payment.entered_by",
            "prize_payment.paid_by",
            "reminder.by_member_id",
            "reminder_mail.asked_by",
            "reminder_plan.created_by",
            "role_grant.granted_by",
            "roster_import.applied_by",
            "round.published_by",
            "round_notice.created_by",
            "rules_version.created_by",
            "set_draft.created_by",
            "set_seal.broken_by",
            "set_seal.sealed_by",
            "site_switch.changed_by",
            "unit_change.decided_by",
            "unit_event.by_member_id",
        ),
        SIGNED,
    ),
}


def test_every_column_that_names_a_member_was_decided() -> None:
    named = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == "member" for key in column.foreign_keys)
    }
    decided = GOES_ALONG.keys() | STAYS.keys()
    assert GOES_ALONG.keys().isdisjoint(STAYS)
    assert named - decided == set(), "say what becomes of it, in people/merging.py and here"
    assert decided - named == set(), "no such column any more"


def test_what_goes_along_is_written_by_merging() -> None:
    source = inspect.getsource(merging)
    assert {column for column, word in GOES_ALONG.items() if source.count(word) < 2} == set()
