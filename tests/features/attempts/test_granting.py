"""Extensions, notices and extra time: what they change of attempts, and what they never take away."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from quiz_app.attempts import closing, granting, services
from quiz_app.attempts.errors import AttemptClosed, ExtraTimeUsed
from quiz_app.attempts.models import Attempt
from quiz_app.attempts.verify import differences
from quiz_app.contests import services as contests
from quiz_app.contests.errors import ChangeLocked
from quiz_app.contests.models import Accommodation, Round, RoundNotice, Shown
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.members.models import Member
from tests.support import contest
from tests.support.build import Commune
from tests.support.sitting import answer, at
from tests.support.works import Work

WORDS = "Mất điện từ 9 giờ 30, các đồng chí được làm thêm."
CLOSE = 30  # minutes after the tests' instant
LIMIT = 20


@pytest.fixture(params=[Shown.AFTER_CLOSING])
def round_(request: pytest.FixtureRequest, work: Work, commune: Commune, banks: None) -> Round:
    """Open from an hour ago, closing in half an hour: 20 minutes for an attempt."""
    with work(now=at(-90)) as w:
        return contest.open_round(
            w,
            commune.root,
            opens_at=at(-60),
            closes_at=at(CLOSE),
            attempts_allowed=3,
            show_keys=request.param.value,
        ).round


def start(work: Work, member: Member, round_: Round, minute: float) -> int:
    with work(actor=member, now=at(minute)) as w:
        return services.start(w, round_.id, is_demonstration_site=False)


def submit(work: Work, member: Member, attempt_id: int, minute: float) -> None:
    with work(actor=member, now=at(minute)) as w:
        services.submit(w, attempt_id, 1)


def close(work: Work, attempt_id: int, minute: float, seconds: float = 0) -> bool:
    with work(now=at(minute, seconds)) as w:
        return closing.close_if_due(w, attempt_id)


def stored(work: Work, attempt_id: int) -> Attempt:
    with work() as w:
        assert list(differences(w.session, with_draws=True)) == []
        return w.session.get_one(Attempt, attempt_id)


def extend(
    work: Work, commune: Commune, round_: Round, minutes: int, *, unit: int | None = None, minute: float = 5
) -> None:
    with work(actor=commune.organiser, now=at(minute)) as w:
        granting.extend_round(w, round_.id, unit, minutes, WORDS)


def test_an_extension_reaches_every_open_attempt_and_no_ended_one(work: Work, commune: Commune, round_: Round) -> None:
    early = start(work, commune.member, round_, 0)
    cut_short = start(work, commune.colleague, round_, 20)
    ended = start(work, commune.probationer, round_, 0)
    submit(work, commune.probationer, ended, 2)
    before = stored(work, ended)
    extend(work, commune, round_, 15, minute=21)
    assert stored(work, early).deadline_at == at(LIMIT)
    assert stored(work, early).extension_s == 15 * 60
    assert stored(work, cut_short).deadline_at == at(40)  # 20 minutes of its own, no longer cut by the close
    assert stored(work, cut_short).accepts_until_at == at(40, 5)
    after = stored(work, ended)
    assert (after.state, after.extension_s, after.deadline_at) == (before.state, 0, before.deadline_at)
    late = start(work, commune.stranger, round_, 35)
    assert stored(work, late).deadline_at == at(45)
    with work() as w:
        fresh = w.session.get_one(Round, round_.id)
        assert (fresh.extension_s, fresh.longest_extension_s) == (900, 900)
        (notice,) = w.session.scalars(select(RoundNotice)).all()
        assert (notice.text, notice.extension_s, notice.unit_id) == (WORDS, 900, None)
        facts = w.session.scalars(select(AuditEntry.facts).where(AuditEntry.action == "round.extended")).one()
        assert facts == {"unit_id": None, "minutes": 15, "extension_s": 900, "attempts": 2}


def test_a_unit_is_extended_with_what_lies_below_it_and_nobody_else(
    work: Work, commune: Commune, round_: Round
) -> None:
    inner = start(work, commune.inner_member, round_, 20)
    other = start(work, commune.member, round_, 20)
    extend(work, commune, round_, 10, unit=commune.committee.id, minute=21)
    assert stored(work, inner).deadline_at == at(40)
    assert stored(work, other).deadline_at == at(CLOSE)
    extend(work, commune, round_, 5, minute=22)
    assert stored(work, inner).deadline_at == at(40)
    assert stored(work, inner).extension_s == 600
    assert stored(work, other).deadline_at == at(35)
    extend(work, commune, round_, 5, unit=commune.inner.id, minute=23)
    assert stored(work, inner).extension_s == 900
    with work() as w:
        fresh = w.session.get_one(Round, round_.id)
        assert (fresh.extension_s, fresh.longest_extension_s) == (300, 900)


@pytest.mark.parametrize("round_", [Shown.NEVER], indirect=True)
@pytest.mark.parametrize(
    ("minute", "seconds"), [(CLOSE, 2), (CLOSE, 6), (CLOSE, 59)], ids=["grace", "settling", "overdue"]
)
def test_who_ran_out_of_time_and_is_not_closed_goes_on(
    work: Work, commune: Commune, round_: Round, minute: float, seconds: float
) -> None:
    attempt_id = start(work, commune.member, round_, 20)
    with work(actor=commune.organiser, now=at(minute, seconds)) as w:
        granting.extend_round(w, round_.id, None, 5, WORDS)
    assert not close(work, attempt_id, minute + 1)
    with work(actor=commune.member, now=at(34)) as w:
        answer(w, attempt_id, 1, "A")
    assert close(work, attempt_id, 36)
    assert stored(work, attempt_id).ended_at == at(35)


@pytest.mark.parametrize("round_", [Shown.NEVER], indirect=True)
def test_what_was_closed_stays_closed(work: Work, commune: Commune, round_: Round) -> None:
    attempt_id = start(work, commune.member, round_, 20)
    assert close(work, attempt_id, CLOSE, 7)
    extend(work, commune, round_, 30, minute=CLOSE + 0.12)
    with work(actor=commune.member, now=at(31)) as w, pytest.raises(AttemptClosed):
        answer(w, attempt_id, 1, "A")
    assert stored(work, attempt_id).deadline_at == at(CLOSE)


def test_a_closed_round_opens_again_until_keys_are_shown(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.organiser, now=at(CLOSE, 6)) as w:
        with pytest.raises(BadInput, match="BadInput") as refused:
            granting.extend_round(w, round_.id, None, 0, WORDS)
        assert refused.value.errors == {"minutes": [granting.BAD_MINUTES]}
        granting.extend_round(w, round_.id, None, 10, WORDS)
    attempt_id = start(work, commune.member, round_, CLOSE + 1)
    assert stored(work, attempt_id).deadline_at == at(CLOSE + 10)
    start(work, commune.colleague, round_, CLOSE + 2)
    with work(actor=commune.organiser, now=at(CLOSE + 11)) as w, pytest.raises(ChangeLocked):
        granting.extend_round(w, round_.id, None, 60, WORDS)


def test_an_extension_that_ends_in_the_past_helps_nobody(work: Work, commune: Commune) -> None:
    with work(now=at(-90)) as w:
        round_ = contest.open_round(w, commune.root, closes_at=at(0), show_keys=Shown.NEVER.value).round
    with work(actor=commune.organiser, now=at(20)) as w:
        with pytest.raises(BadInput) as refused:
            granting.extend_round(w, round_.id, None, 20, WORDS)
        assert refused.value.errors == {"minutes": [granting.STILL_CLOSED]}
        assert granting.extend_round(w, round_.id, None, 21, WORDS).closes_at == at(21)


def test_extensions_and_notices_are_refused_where_they_mean_nothing(
    work: Work, commune: Commune, round_: Round
) -> None:
    with work(actor=commune.organiser_elsewhere) as w, pytest.raises(Missing):
        granting.extend_round(w, round_.id, None, 5, WORDS)
    with work() as w:
        narrow = contest.open_round(w, commune.first, set_id=None).round
    with work(actor=commune.organiser) as w:
        for unit in (commune.second.id, commune.root.id):
            with pytest.raises(BadInput) as refused:
                granting.extend_round(w, narrow.id, unit, 5, WORDS)
            assert refused.value.errors == {"unit_id": [granting.ELSEWHERE]}
            with pytest.raises(BadInput):
                granting.post_notice(w, narrow.id, unit, WORDS)
        with pytest.raises(BadInput):
            granting.post_notice(w, narrow.id, None, "  ")
        with pytest.raises(BadInput):
            granting.extend_round(w, narrow.id, None, 5, " ")
    with work() as w:
        assert w.session.scalars(select(RoundNotice)).all() == []
        w.session.get_one(Round, narrow.id).finalised_at = w.now
    with work(actor=commune.organiser) as w:
        with pytest.raises(ChangeLocked):
            granting.extend_round(w, narrow.id, None, 5, WORDS)
        granting.post_notice(w, narrow.id, None, "Kết quả đã chốt.")


def test_a_notice_posted_twice_within_a_minute_is_one(work: Work, commune: Commune, round_: Round) -> None:
    def post(minute: float, unit_id: int | None = None, text: str = WORDS) -> int:
        with work(actor=commune.organiser, now=at(minute)) as w:
            return granting.post_notice(w, round_.id, unit_id, text).id

    first = post(0)
    assert post(0.9, text=f" {WORDS} ") == first
    others = [post(0.9, commune.first.id), post(0.9, text="Khác."), post(2)]
    assert len({first, *others}) == 4
    with work() as w:
        assert w.session.scalar(select(func.count()).select_from(RoundNotice)) == 4


def test_a_draft_is_not_extended(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.organiser) as w:
        draft = contests.create_round(w, round_.contest_id, contest.terms(w.now, contest.publish_sample_bank(w)))
        with pytest.raises(ChangeLocked):
            granting.extend_round(w, draft.id, None, 5, WORDS)


def grant(work: Work, commune: Commune, round_: Round, member: Member, minutes: int, minute: float) -> None:
    with work(actor=commune.organiser, now=at(minute)) as w:
        granting.grant_extra_time(w, round_.id, member.id, minutes, "Giảm thị lực")


def test_extra_time_applies_at_once_and_only_grows_while_it_is_used(
    work: Work, commune: Commune, round_: Round
) -> None:
    attempt_id = start(work, commune.member, round_, 0)
    other = start(work, commune.colleague, round_, 0)
    grant(work, commune, round_, commune.member, 5, 1)
    assert stored(work, attempt_id).deadline_at == at(LIMIT + 5)
    with pytest.raises(BadInput) as refused:
        grant(work, commune, round_, commune.member, 4, 2)
    assert refused.value.errors == {"minutes": [granting.ONLY_MORE.format(minutes=5)]}
    grant(work, commune, round_, commune.member, 60, 3)
    assert stored(work, attempt_id).deadline_at == at(CLOSE)  # extra time never passes the close
    extend(work, commune, round_, 30, minute=4)
    assert stored(work, attempt_id).deadline_at == at(CLOSE + 30)
    assert stored(work, other).deadline_at == at(LIMIT)
    submit(work, commune.member, attempt_id, 5)
    grant(work, commune, round_, commune.member, 10, 6)
    second = start(work, commune.member, round_, 7)
    assert stored(work, second).deadline_at == at(7 + LIMIT + 10)
    assert stored(work, attempt_id).extra_time_s == 3600


def test_extra_time_given_in_the_grace_goes_on(work: Work, commune: Commune, round_: Round) -> None:
    attempt_id = start(work, commune.member, round_, 0)
    with work(actor=commune.organiser, now=at(LIMIT, 6)) as w:
        granting.grant_extra_time(w, round_.id, commune.member.id, 5, "Máy hỏng")
    with work(actor=commune.member, now=at(LIMIT + 4)) as w:
        answer(w, attempt_id, 1, "A")
    assert not close(work, attempt_id, LIMIT + 5, 6)
    assert close(work, attempt_id, LIMIT + 5, 7)


def test_extra_time_is_taken_back_only_before_a_start(work: Work, commune: Commune, round_: Round) -> None:
    grant(work, commune, round_, commune.member, 5, 0)
    with work(actor=commune.organiser, now=at(1)) as w:
        assert granting.withdraw_extra_time(w, round_.id, commune.member.id)
        assert not granting.withdraw_extra_time(w, round_.id, commune.member.id)
    grant(work, commune, round_, commune.member, 7, 2)
    start(work, commune.member, round_, 3)
    with work(actor=commune.organiser, now=at(4)) as w, pytest.raises(ExtraTimeUsed):
        granting.withdraw_extra_time(w, round_.id, commune.member.id)
    with work(actor=commune.organiser, now=at(4)) as w:
        (row,) = granting.accommodated(w.session, round_.id)
        assert (row.member.id, row.is_sitting, row.has_begun) == (commune.member.id, True, True)
        assert row.accommodation.extra_time_s == 420
    with work() as w:
        entries = select(AuditEntry.action, AuditEntry.facts).where(AuditEntry.action.startswith("round.extra_time"))
        told = [(action, facts["before_s"]) for action, facts in w.session.execute(entries.order_by(AuditEntry.id))]
        assert told == [
            ("round.extra_time_granted", 0),
            ("round.extra_time_withdrawn", 300),
            ("round.extra_time_granted", 0),
        ]
        assert "thị lực" not in str(w.session.scalars(select(AuditEntry.facts)).all())


def test_extra_time_is_for_those_whom_the_contest_is_held_for(work: Work, commune: Commune) -> None:
    with work(now=at(-90)) as w:
        narrow = contest.open_round(w, commune.first).round
    with work(actor=commune.organiser) as w:
        for member in (commune.stranger, commune.inner_member):
            with pytest.raises(Missing):
                granting.grant_extra_time(w, narrow.id, member.id, 5, "Lý do")
        with pytest.raises(BadInput):
            granting.grant_extra_time(w, narrow.id, commune.member.id, 5, " ")
        with pytest.raises(BadInput):
            granting.grant_extra_time(w, narrow.id, commune.member.id, 0, "Lý do")
    with work(actor=commune.organiser, now=at(minutes=60 * 25)) as w, pytest.raises(ChangeLocked):
        granting.grant_extra_time(w, narrow.id, commune.member.id, 5, "Lý do")
    with work() as w:
        assert w.session.scalars(select(Accommodation)).all() == []


def test_more_attempts_than_a_batch_are_all_lengthened(
    work: Work, commune: Commune, round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(granting, "BATCH", 2)
    people = (commune.member, commune.colleague, commune.probationer, commune.stranger, commune.inner_member)
    for number in (4, 5):
        ids = [start(work, person, round_, 5 * number) for person in people[:number]]
        with work(actor=commune.organiser, now=at(5 * number + 1)) as w:
            granting.extend_round(w, round_.id, None, 10, WORDS)
        for attempt_id in ids:
            assert stored(work, attempt_id).extension_s == 600 * (number - 3)
