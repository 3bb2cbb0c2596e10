"""Flags of a round: raised once from what is stored, shown with their evidence, decided by people alone."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from quiz_app.attempts import closing
from quiz_app.attempts.models import Attempt
from quiz_app.contests.models import Round
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.jobs import Job, JobState, perform
from quiz_app.members import activation, slips
from quiz_app.members import services as members
from quiz_app.members.activation import Proof
from quiz_app.members.models import Account, Member
from quiz_app.members.sign_ins import open_session
from quiz_app.results import checklist, flag_words, flagging, reviewing
from quiz_app.results.models import Flag, FlagAttempt, FlagState
from quiz_app.rules.finalising import Step, next_step
from quiz_app.rules.flags import FlagKind
from tests.features.results.flagged import flags_of, only_flag, search_round, sit
from tests.support import sitting
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.sitting import PAPER_LENGTH, at
from tests.support.works import View, Work

RHYTHM = (4, 7, 3, 12, 5, 9, 6)
DEVICE, OTHER_DEVICE = "d" * 64, "e" * 64


@pytest.fixture
def round_(work: Work, commune: Commune, banks: None) -> Round:
    """Closes two hours after NOW."""
    with work(now=at(-90)) as w:
        return sitting.open_round(w, commune.root, sitting.publish_shipped(w), closes_at=at(120))


def test_a_paper_below_two_seconds_an_item_is_flagged_and_one_above_is_not(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round
) -> None:
    fast = sit(work, round_, commune.member, gaps=(2, 1, 2, 1, 2, 1, 1))
    sit(work, round_, commune.colleague, gaps=(3, 1, 2, 3, 2, 2, 3))
    job = search_round(db, work, clock, round_)
    [(kind, figure, attempt_ids)] = flags_of(db)
    assert (kind, attempt_ids) == ("fast", [fast])
    assert figure == 12_000 // PAPER_LENGTH  # a second to the first, ten between, one to the submission
    assert job.result == {"found": 1, "new": 1}


def test_the_same_rhythm_of_two_people_is_one_flag_over_both(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round
) -> None:
    pair = [
        sit(work, round_, commune.member, gaps=RHYTHM),
        sit(work, round_, commune.stranger, begins=40, gaps=[gap + 0.2 for gap in RHYTHM]),
    ]
    sit(work, round_, commune.colleague, gaps=(*RHYTHM[:-1], 20))
    search_round(db, work, clock, round_)
    assert flags_of(db) == [("same_rhythm", 7, sorted(pair))]


def _four(commune: Commune) -> list[Member]:
    return [commune.member, commune.colleague, commune.exempt, commune.probationer]


def test_four_people_on_one_device_within_ten_minutes_are_flagged_and_three_are_not(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round
) -> None:
    ids = [
        sit(work, round_, member, begins=9 * place, gaps=(20 + place,) * 7, device=DEVICE)
        for place, member in enumerate(_four(commune))
    ]
    for place, member in enumerate([commune.stranger, commune.inner_member, commune.secretary]):
        sit(work, round_, member, begins=place, gaps=(30 + place,) * 7, device=OTHER_DEVICE)
    search_round(db, work, clock, round_)
    assert flags_of(db) == [("shared_device", 4, sorted(ids))]


def test_assisted_attempts_are_no_strangers_on_a_lent_device(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round, browse: Browse
) -> None:
    for place, member in enumerate(_four(commune)[:3]):
        sit(work, round_, member, begins=place, gaps=(20 + place,) * 7, device=DEVICE)
    helped = (commune.probationer, 3, commune.secretary.id)
    sit(work, round_, helped[0], begins=helped[1], gaps=(33,) * 7, device=DEVICE, assisted_by=helped[2])
    search_round(db, work, clock, round_)
    assert flags_of(db) == []


def test_the_evidence_shows_assisted_attempts_on_the_device_as_such(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round, browse: Browse
) -> None:
    for place, member in enumerate(_four(commune)):
        sit(work, round_, member, begins=place, gaps=(20 + place,) * 7, device=DEVICE)
    sit(work, round_, commune.inner_member, begins=50, gaps=(33,) * 7, device=DEVICE, assisted_by=commune.secretary.id)
    search_round(db, work, clock, round_)
    page = browse.as_(commune.organiser).page(f"/to-chuc/dau-hieu/{only_flag(db)}")
    assert "Lượt khác trên cùng máy" in page.text
    assert f"{commune.secretary.full_name} mở giúp trên máy dùng chung: Khó đọc chữ" in page.text
    assert DEVICE[:12] in page.text
    assert DEVICE not in page.html


def _renew(work: Work, by: Member | None, of: Member, minutes: float) -> None:
    with work(actor=by, now=at(minutes)) if by else work(now=at(minutes)) as w:
        account_id = w.session.scalars(select(Account.id).where(Account.member_id == of.id)).one()
        members.renew_password(w, account_id, new_hash="$argon2id$none")


@pytest.mark.parametrize(
    ("by", "begins", "device", "is_flagged"),
    [
        ("secretary", 59, DEVICE, True),
        ("secretary", 61, DEVICE, False),
        ("secretary", 59, OTHER_DEVICE, False),
        ("secretary", 59, None, False),
        ("organiser", 59, DEVICE, True),  # the secretary hands it over
        (None, 59, DEVICE, True),  # renewed at the server, and handed over by the secretary
        (None, 59, OTHER_DEVICE, False),
    ],
)
def test_a_renewed_password_and_an_attempt_on_the_renewers_device_within_an_hour(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round,
    by: str | None, begins: float, device: str | None, is_flagged: bool,
) -> None:  # fmt: skip
    with work() as w:
        account_id = w.session.scalars(select(Account.id).where(Account.member_id == commune.secretary.id)).one()
        open_session(w.session, account_id, w.now, is_shared_device=False, user_agent="", device_sha256=DEVICE)
    _renew(work, getattr(commune, by) if by else None, commune.member, 0)
    attempt_id = sit(work, round_, commune.member, begins=begins, device=device)
    search_round(db, work, clock, round_)
    assert flags_of(db) == ([("renewed", 59 * 60, [attempt_id])] if is_flagged else [])


def test_who_answers_for_a_unit_may_sit_on_his_own_device(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round
) -> None:
    with work() as w:
        account_id = w.session.scalars(select(Account.id).where(Account.member_id == commune.secretary.id)).one()
        open_session(w.session, account_id, w.now, is_shared_device=False, user_agent="", device_sha256=DEVICE)
    _renew(work, None, commune.secretary, 0)
    sit(work, round_, commune.secretary, begins=5, device=DEVICE)
    search_round(db, work, clock, round_)
    assert flags_of(db) == []


def test_found_again_it_is_the_same_row_and_keeps_its_decision(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round
) -> None:
    attempt_id = sit(work, round_, commune.member, gaps=(1,) * 7)
    search_round(db, work, clock, round_)
    flag_id = only_flag(db)
    with work(actor=commune.organiser) as w:
        reviewing.review(w, flag_id, FlagState.CLEARED, "Đã gặp, thuộc bài.", "open")
    with work() as w:  # what becomes of the attempt later takes no flag away and adds none
        w.session.execute(update(Attempt).where(Attempt.id == attempt_id).values(state="annulled"))
        w.session.execute(update(Job).where(Job.kind == flagging.KIND).values(state=JobState.QUEUED.value))
        key = w.session.scalars(select(Job.key).where(Job.kind == flagging.KIND)).one()
    assert perform(db, flagging.JOBS, key) is JobState.DONE
    with db.reading() as session:
        flag = session.scalars(select(Flag)).one()
        assert (flag.id, flag.state, flag.note) == (flag_id, "cleared", "Đã gặp, thuộc bài.")
        assert session.scalar(select(func.count()).select_from(FlagAttempt)) == 1
        assert session.scalars(select(Job)).one().result == {"found": 1, "new": 0}


def test_many_flags_are_written_in_batches(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flagging, "BATCH", 2)
    monkeypatch.setattr(flagging, "WRITTEN_AT_ONCE", 2)
    ids = [
        sit(work, round_, member, begins=place, gaps=(1,) * 7)
        for place, member in enumerate([*_four(commune), commune.stranger])
    ]
    search_round(db, work, clock, round_)
    found = flags_of(db)
    assert sorted(ids_[0] for kind, _, ids_ in found if kind == "fast") == sorted(ids)
    assert [ids_ for kind, _, ids_ in found if kind == "same_rhythm"] == [sorted(ids)]


def test_nothing_is_looked_for_while_somebody_may_sit(
    db: Database, work: Work, view: View, clock: Clock, commune: Commune, round_: Round
) -> None:
    with work(actor=commune.member, now=at(110)) as w:
        sitting.start(w, round_)
    assert flagging.look_after_closing(db) == 0
    clock.set(at(121))
    assert flagging.look_after_closing(db) == 0  # closed, but the overdue attempt has not been closed yet
    with view() as r:
        assert not flagging.is_searched(r, r.session.get_one(Round, round_.id))
    with work(actor=commune.organiser) as w:
        assert flagging.begin(w, w.session.get_one(Round, round_.id)) is None
    with work() as w:
        closing.close_if_due(w, w.session.scalars(select(Attempt.id)).one())
    assert flagging.look_after_closing(db) == 1
    assert flagging.look_after_closing(db) == 0
    with view() as r:
        search = flagging.search(r, r.session.get_one(Round, round_.id))
        assert search.is_under_way
        assert not search.may_begin


def test_a_round_is_not_final_before_its_flags_are_found_and_decided(
    db: Database, work: Work, view: View, clock: Clock, commune: Commune, round_: Round
) -> None:
    def next_one() -> Step | None:
        with view(actor=commune.organiser) as r:
            return next_step(checklist.readiness(r, r.session.get_one(Round, round_.id)))

    sit(work, round_, commune.member, gaps=(1,) * 7)
    clock.set(at(130))
    assert next_one() is Step.FLAGS_REVIEWED  # nobody has looked for them: the worker may be down
    assert flagging.look_after_closing(db) == 1
    assert next_one() is Step.FLAGS_REVIEWED  # none is open yet, but they are being looked for
    search_round(db, work, clock, round_)
    assert next_one() is Step.FLAGS_REVIEWED
    with work(actor=commune.organiser) as w:
        reviewing.review(w, only_flag(db), FlagState.CONFIRMED, "Không giải thích được.", "open")
    assert next_one() is Step.APPROVED


def test_a_round_opened_again_is_looked_through_again(
    db: Database, work: Work, view: View, clock: Clock, commune: Commune, round_: Round
) -> None:
    sit(work, round_, commune.member, gaps=(1,) * 7)
    search_round(db, work, clock, round_)
    with work() as w:
        w.session.get_one(Round, round_.id).closes_at = at(150)
    with view() as r:
        assert not flagging.is_searched(r, r.session.get_one(Round, round_.id))
    clock.set(at(160))
    assert flagging.look_after_closing(db) == 1


def test_a_failed_search_is_asked_for_again(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round, browse: Browse
) -> None:
    clock.set(at(130))
    flagging.look_after_closing(db)
    with work() as w:
        w.session.execute(update(Job).values(state=JobState.FAILED.value, error="Hỏng."))
    url = f"/to-chuc/dot/{round_.id}/dau-hieu"
    assert "Chưa tìm xong" in browse.as_(commune.organiser).page(url).text
    browse.submit(url, action=url)
    with work() as w:
        assert w.session.scalars(select(Job.state)).one() == JobState.QUEUED.value
    assert browse.get(f"{url}.json", as_json=True).json["state"] == "running"


@pytest.fixture
def flag_id(db: Database, work: Work, clock: Clock, commune: Commune, round_: Round) -> int:
    sit(work, round_, commune.member, gaps=(1,) * 7)
    search_round(db, work, clock, round_)
    return only_flag(db)


def test_an_organiser_reads_the_evidence_and_decides_with_a_reason(
    db: Database, commune: Commune, round_: Round, browse: Browse, flag_id: int
) -> None:
    listing = f"/to-chuc/dot/{round_.id}/dau-hieu"
    url = f"/to-chuc/dau-hieu/{flag_id}"
    page = browse.as_(commune.organiser).page(listing)
    assert "1 dấu hiệu chưa xem xét 1 lượt thi liên quan 1 người liên quan" in page.text
    assert url in page.hrefs()
    page = browse.page(url)
    assert commune.member.full_name in page.text
    assert "+1,0 giây" in page.text
    with db.reading() as session:
        attempt_id = session.scalars(select(FlagAttempt.attempt_id)).one()
    assert f"/to-chuc/luot-thi/{attempt_id}/de-da-rut" in page.hrefs()
    refused = browse.submit(url, {"state": "confirmed"}, action=url, status=422)
    assert "Mời đồng chí ghi căn cứ của kết luận" in refused.text
    refused = browse.submit(url, {"note": "Có."}, action=url, status=422)
    assert "Mời đồng chí chọn một kết luận" in refused.text
    assert not any("huy" in href or "sua-ket-qua" in href for href in page.hrefs())
    done = browse.submit(url, {"state": "confirmed", "note": "Nhờ người làm hộ."}, action=url)
    page = browse.follow(done)
    assert "Nhờ người làm hộ." in page.text
    assert commune.organiser.full_name in page.text
    assert f"/to-chuc/dot/{round_.id}/sua-ket-qua/luot-thi/{attempt_id}" in page.hrefs()
    with db.reading() as session:
        flag = session.get_one(Flag, flag_id)
        assert (flag.state, flag.reviewed_by) == ("confirmed", commune.organiser.id)
        assert flag.reviewed_at is not None
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "flag.reviewed")).one()
        assert entry.facts == {"round_id": round_.id, "state": "confirmed", "note": "Nhờ người làm hộ."}
        assert session.scalars(select(Attempt.state)).one() == "submitted"  # nothing follows by itself


def test_a_second_decision_keeps_the_first_on_record(browse: Browse, commune: Commune, flag_id: int) -> None:
    url = f"/to-chuc/dau-hieu/{flag_id}"
    browse.as_(commune.organiser)
    browse.submit(url, {"state": "confirmed", "note": "Nghi làm hộ."}, action=url)
    browse.submit(url, {"state": "cleared", "note": "Đã gặp, tự làm."}, action=url)
    text = browse.page(url).text
    assert text.index("Đã gặp, tự làm.") < text.index("Nghi làm hộ.")


def test_a_decision_made_meanwhile_is_not_overwritten(
    work: Work, browse: Browse, commune: Commune, flag_id: int
) -> None:
    with work(actor=commune.organiser) as w:
        reviewing.review(w, flag_id, FlagState.CLEARED, "Đã gặp.", "open")
    with work(actor=commune.organiser) as w, pytest.raises(BadInput) as refused:
        reviewing.review(w, flag_id, FlagState.CONFIRMED, "Nghi.", "open")
    assert refused.value.errors == {"state": [flag_words.DECIDED_MEANWHILE]}


@pytest.mark.parametrize(("state", "note"), [(FlagState.OPEN, "Vì sao."), (FlagState.CLEARED, "  ")])
def test_no_flag_is_opened_again_or_decided_without_a_word(
    work: Work, commune: Commune, flag_id: int, state: FlagState, note: str
) -> None:
    with work(actor=commune.organiser) as w, pytest.raises(BadInput):
        reviewing.review(w, flag_id, state, note, "open")


def test_nobody_decides_about_himself(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round, browse: Browse
) -> None:
    sit(work, round_, commune.organiser, gaps=(1,) * 7)
    search_round(db, work, clock, round_)
    flag_id = only_flag(db)
    with work(actor=commune.organiser) as w, pytest.raises(BadInput):
        reviewing.review(w, flag_id, FlagState.CLEARED, "Tôi tự làm.", "open")
    page = browse.as_(commune.organiser).page(f"/to-chuc/dau-hieu/{flag_id}")
    assert "để người khác trong ban tổ chức xem xét" in page.text
    assert "Ghi kết luận" not in page.text


def test_an_organiser_elsewhere_finds_no_flag(work: Work, commune: Commune, flag_id: int, browse: Browse) -> None:
    with work(actor=commune.organiser_elsewhere) as w, pytest.raises(Missing):
        reviewing.review(w, flag_id, FlagState.CLEARED, "Không.", "open")
    browse.as_(commune.organiser_elsewhere).page(f"/to-chuc/dau-hieu/{flag_id}", status=404)


def test_the_list_is_filtered_by_state_and_kind(
    browse: Browse, work: Work, commune: Commune, round_: Round, flag_id: int
) -> None:
    url = f"/to-chuc/dot/{round_.id}/dau-hieu"
    browse.as_(commune.organiser)
    assert f"/to-chuc/dau-hieu/{flag_id}" in browse.page(f"{url}?trang-thai=chua-xem&loai=nhanh").hrefs()
    for query in ("trang-thai=co-van-de", "loai=chung-may", "trang-thai=khong-van-de&loai=nhanh"):
        page = browse.page(f"{url}?{query}")
        assert f"/to-chuc/dau-hieu/{flag_id}" not in page.hrefs()
        assert "Không có dấu hiệu nào như vậy" in page.text


def test_right_and_wrong_are_not_told_while_somebody_may_answer(
    view: View, work: Work, commune: Commune, round_: Round, flag_id: int
) -> None:
    with view(actor=commune.organiser) as r:
        assert reviewing.evidence(r, flag_id).shows_marks
    with work() as w:
        w.session.get_one(Round, round_.id).closes_at = at(300)
    with view(actor=commune.organiser) as r:
        assert not reviewing.evidence(r, flag_id).shows_marks


def test_kinds_have_words_and_addresses() -> None:
    words = flag_words
    assert set(words.KINDS) == set(words.EXPLAINED) == set(words.KIND_SLUGS.values()) == set(FlagKind)
    assert set(words.STATES) == set(words.STATE_SLUGS.values()) == set(FlagState)
    assert [words.figure(kind, 1500) for kind in FlagKind] == [
        "1,5 giây mỗi câu", "1.500 khoảng cách trùng nhau", "1.500 người trên một máy", "25 phút sau khi cấp mật khẩu",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("by", "device", "is_flagged"),
    [("secretary", DEVICE, True), ("organiser", DEVICE, True), ("secretary", OTHER_DEVICE, False)],
)
def test_a_slip_used_and_an_attempt_on_a_device_of_who_handed_it_over(
    db: Database, work: Work, view: View, clock: Clock, commune: Commune, round_: Round,
    by: str, device: str, is_flagged: bool,
) -> None:  # fmt: skip
    with work() as w:
        account_id = w.session.scalars(select(Account.id).where(Account.member_id == commune.secretary.id)).one()
        open_session(w.session, account_id, w.now, is_shared_device=False, user_agent="", device_sha256=DEVICE)
    printed_at, used_at = at(-60 * 24), at(0)
    with view(actor=getattr(commune, by), now=printed_at) as r:
        sheet = slips.draw_for_member(r, commune.member.id)
    with work(actor=getattr(commune, by), now=printed_at) as w:
        slips.keep(w, sheet, "khoa")
    clock.set(used_at)
    proof = Proof(sheet.slips[0].token, "", "1705")
    activation.activate(db, ["khoa"], proof, "582931", is_shared_device=False, user_agent="", device_sha256=device)
    attempt_id = sit(work, round_, commune.member, begins=59, device=device)
    search_round(db, work, clock, round_)
    found = flags_of(db)
    assert [(kind, ids) for kind, _, ids in found] == ([("renewed", [attempt_id])] if is_flagged else [])
