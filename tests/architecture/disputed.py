"""What is in dispute in the world of the permission matrix."""

from __future__ import annotations

from quiz_app.feedback.models import Complaint, ComplaintState
from quiz_app.results.models import Flag, FlagAttempt, FlagState
from quiz_app.rules.flags import FlagKind
from tests.support.works import Work


def complaint_and_flag(work: Work, round_id: int, member_id: int, attempt_id: int) -> tuple[int, int]:
    with work() as w:
        complaint = Complaint(
            round_id=round_id, member_id=member_id, attempt_id=attempt_id, text="Chưa đúng.",
            state=ComplaintState.OPEN.value, created_at=w.now,
        )  # fmt: skip
        w.session.add(complaint)
        w.session.flush()
        flag = Flag(
            round_id=round_id, kind=FlagKind.FAST.value, fingerprint="0" * 64, figure=900,
            state=FlagState.OPEN.value, created_at=w.now,
        )  # fmt: skip
        w.session.add(flag)
        w.session.flush()
        w.session.add(FlagAttempt(flag_id=flag.id, attempt_id=attempt_id))
        return complaint.id, flag.id
