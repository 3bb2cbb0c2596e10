"""The pages of corrections: proposing, foreseeing, deciding, and what members are told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from quiz_app.attempts import correcting, receipts
from quiz_app.attempts.models import Attempt, Correction
from quiz_app.contests.models import Contest, PrizeScope, Round, Shown
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import Job, JobState, perform
from quiz_app.results import correction_forecast, corrections
from quiz_app.results.correction_forecast import KIND
from quiz_app.rules.rescoring import Remedy
from tests.features.results.build import give
from tests.features.results.corrected import Stage
from tests.support.browse import Answer, Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.page import Page
from tests.support.works import Work


@pytest.fixture
def stage(db: Database, work: Work, commune: Commune, clock: Clock) -> Stage:
    stage = Stage(db, work, commune, show_marks=Shown.AFTER_SUBMISSION.value)
    clock.set(NOW + timedelta(hours=2))
    return stage


def url(stage: Stage, rest: str = "") -> str:
    return f"/to-chuc/dot/{stage.round.id}/sua-ket-qua{rest}"


def latest(stage: Stage) -> int:
    with stage.work() as w:
        return w.session.scalars(select(Correction.id).order_by(Correction.id.desc()).limit(1)).one()


def shown(answer: Answer) -> str:
    """What a person reads in an answer that is a page."""
    assert answer.page is not None
    return answer.page.text


def decided(stage: Stage, browse: Browse, correction_id: int) -> Page:
    """Decided by the second organiser on the page and applied by the worker; the page afterwards."""
    browse.as_(stage.second).submit(f"/to-chuc/sua-ket-qua/{correction_id}/duyet", action="/duyet")
    stage.run(f"{correcting.KIND}:{correction_id}")
    return browse.page(f"/to-chuc/sua-ket-qua/{correction_id}")


def test_an_attempt_is_annulled_from_its_receipt_to_the_members_page(stage: Stage, browse: Browse) -> None:
    people = stage.commune
    void = stage.sit(people.member)
    other = stage.sit(people.colleague, {0}, minute=1)
    with stage.work() as w:
        code = w.session.get_one(Attempt, void).receipt_code or ""
    browse.as_(people.organiser)
    assert "Chưa có đề nghị nào" in browse.page(url(stage)).text
    for asked in (receipts.written(code), people.member.full_name):
        found = browse.page(url(stage, f"/luot-thi?tim={asked}"))
        assert url(stage, f"/luot-thi/{void}") in found.hrefs()
    refused = browse.submit(url(stage, f"/luot-thi/{void}"), {"reason": " "}, action=f"/{void}", status=422)
    assert "Mời đồng chí ghi lý do." in shown(refused)
    sent = browse.submit(url(stage, f"/luot-thi/{void}"), {"reason": "Nhờ người thi hộ"}, action=f"/{void}")
    correction_id = latest(stage)
    page = browse.follow(sent)
    assert "1 người đổi kết quả" in page.text
    rows = page.texts(".//tbody/tr")
    assert sorted(rows) == sorted(
        [
            f"{people.member.full_name} {people.first.name} Giải Nhất không có 1 → –",
            f"{people.colleague.full_name} {people.first.name} Giải Nhì Giải Nhất 2 → 1",
        ]
    )
    assert "Đồng chí là người đề nghị nên không tự duyệt được" in page.text
    assert f"/to-chuc/sua-ket-qua/{correction_id}/duyet" not in page.hrefs()
    own = browse.page(f"/to-chuc/sua-ket-qua/{correction_id}/duyet")
    assert "Cần đồng chí khác duyệt" in own.text
    browse.post(f"/to-chuc/sua-ket-qua/{correction_id}/duyet", {}, status=403)
    units = browse.page(f"/to-chuc/sua-ket-qua/{correction_id}/don-vi")
    assert f"{people.first.name} 17,50 17,00 2 1" in units.texts(".//tbody/tr")
    moved = browse.page(f"/to-chuc/sua-ket-qua/{correction_id}/thu-hang")
    assert moved.texts(".//tbody/tr") == [
        f"{people.colleague.full_name} {people.first.name} 2 1",
        f"{people.member.full_name} {people.first.name} 1 không xếp hạng",
    ]
    page = decided(stage, browse, correction_id)
    assert "Đã chấm lại 1 lượt thi của 1 người" in page.text
    told = browse.as_(people.member).page(f"/luot-thi/{void}/ket-qua").text
    assert "Lượt thi này đã bị hủy" in told
    assert "Lý do: Nhờ người thi hộ" in told
    assert "Điểm 18/18 của lượt này không còn được tính" in told
    assert people.colleague.full_name not in told
    theirs = browse.as_(people.colleague).page(f"/luot-thi/{other}/ket-qua").text
    assert "bị hủy" not in theirs
    assert "thi hộ" not in theirs


def test_prizes_of_the_whole_contest_and_of_units_are_foreseen_too(stage: Stage, browse: Browse) -> None:
    """18 and 15 of `first`, 16 and 15 of `second`: by their means 16.5 and 15.5, without the 18 15 and 15.5."""
    people = stage.commune
    give(stage.work, stage.round, PrizeScope.OVERALL, ("Giải chung cuộc", 1))
    give(stage.work, stage.round, PrizeScope.ROUND, ("Tập thể Nhất", 1), for_units=True)
    with stage.work() as w:
        w.session.get_one(Contest, stage.contest.id).unit_weights = {"mean": 1}
    void = stage.sit(people.member)
    stage.sit(people.colleague, {0, 1, 2}, minute=1)
    stage.sit(people.stranger, {0, 1}, minute=2)
    stage.sit(people.secretary_elsewhere, {0, 1, 2}, minute=3)
    form = url(stage, f"/luot-thi/{void}")
    page = browse.as_(people.organiser).follow(browse.submit(form, {"reason": "Thi hộ"}, action=f"/{void}"))
    assert "Cộng dồn các đợt 4 người đổi hạng" in page.text
    rows = page.texts(".//tbody/tr")
    assert rows[-2:] == [
        f"{people.stranger.full_name} {people.second.name} không có Giải chung cuộc 2 → 1",
        f"{people.member.full_name} {people.first.name} Giải chung cuộc không có 1 → –",
    ]
    assert "2 đơn vị đổi hạng hoặc giải" in page.text
    correction_id = latest(stage)
    sure = browse.as_(stage.second).page(f"/to-chuc/sua-ket-qua/{correction_id}/duyet").text
    assert "Cộng dồn các đợt: 4 người đổi hạng, 2 người được thêm, mất hoặc đổi giải." in sure
    units = browse.page(f"/to-chuc/sua-ket-qua/{correction_id}/don-vi")
    assert units.texts(".//tbody/tr")[:2] == [
        f"{people.second.name} Đến 15 người 2 → 1 không có Tập thể Nhất",
        f"{people.first.name} Đến 15 người 1 → 2 Tập thể Nhất không có",
    ]


def test_a_key_is_corrected_on_the_page_and_told_with_both_scores(stage: Stage, browse: Browse) -> None:
    people = stage.commune
    best = stage.sit(people.member)
    stage.sit(people.colleague, {0}, minute=1)
    third = stage.sit(people.probationer, {1}, minute=2)
    proposal = stage.of_item(Remedy.REPLACE_KEY)
    (key,) = proposal.key
    at = url(stage, f"/cau-hoi/{proposal.item_version_id}")
    browse.as_(people.organiser)
    assert at in browse.page(url(stage, f"/cau-hoi?tim={proposal.item_version_id}")).hrefs()
    assert "Không tìm thấy câu nào" in browse.page(url(stage, "/cau-hoi?tim=khongcotu")).text
    page = browse.page(at)
    assert "Đáp án cũ" not in page.text
    without = browse.submit(at, {"reason": "Sai", "remedy": "replace_key"}, action=at, status=422)
    assert "Mời đồng chí chọn đáp án mới" in shown(without)
    none = browse.submit(at, {"reason": "Sai"}, action=at, status=422)
    assert "Mời đồng chí chọn cách xử lý." in shown(none)
    sent = browse.submit(
        at,
        {"reason": "Sách in sai", "notice": "Câu hỏi được chấm lại.", "remedy": "replace_key", "key": [str(key)]},
        action=at,
    )
    correction_id = latest(stage)
    assert "3 người đổi kết quả" in browse.follow(sent).text
    rows = browse.page(f"/to-chuc/sua-ket-qua/{correction_id}/luot-thi").texts(".//tbody/tr")
    assert f"{people.colleague.full_name} {people.first.name} 1 17/18 → 18/18 2 → 1" in rows
    assert len(rows) == 3
    searched = browse.page(f"/to-chuc/sua-ket-qua/{correction_id}/luot-thi?tim={people.member.full_name}")
    assert searched.texts(".//tbody/tr") == [f"{people.member.full_name} {people.first.name} 1 18/18 → 17/18 1 → 2"]
    decided(stage, browse, correction_id)
    told = browse.as_(people.member).page(f"/luot-thi/{best}/ket-qua").text
    assert "đáp án được sửa lại" in told
    assert "Lý do: Câu hỏi được chấm lại." in told
    assert "Sách in sai" not in told
    assert "Điểm trước: 18/18. Điểm mới: 17/18 ." in told
    assert "Câu hỏi được chấm lại." in browse.page(f"/dot-thi/{stage.round.id}").text
    assert (
        "Điểm trước: 17/18. Điểm mới: 16/18 ." in browse.as_(people.probationer).page(f"/luot-thi/{third}/ket-qua").text
    )
    applied = browse.as_(people.organiser).page(f"/to-chuc/sua-ket-qua/{correction_id}/luot-thi")
    assert f"{people.colleague.full_name} {people.first.name} 1 17/18 → 18/18 2 → 1" in applied.texts(".//tbody/tr")


def test_a_struck_item_reads_as_not_counted(stage: Stage, browse: Browse) -> None:
    attempt_id = stage.sit(stage.commune.member, {0})
    correction_id = stage.propose(stage.of_item(Remedy.DROP))
    browse.as_(stage.second)
    browse.post(f"/to-chuc/sua-ket-qua/{correction_id}/tinh-thu", {})
    page = browse.page(f"/to-chuc/sua-ket-qua/{correction_id}")
    assert "Không ai được thêm, mất hay đổi giải của đợt." in page.text
    decided(stage, browse, correction_id)
    told = browse.as_(stage.commune.member).page(f"/luot-thi/{attempt_id}/ket-qua")
    assert "Điểm trước: 17/18. Điểm mới: 17/17 ." in told.text
    assert told.texts(".//td").count("Không tính điểm") == 1


def test_where_scores_are_not_shown_yet_none_is_told(
    db: Database, work: Work, commune: Commune, browse: Browse, clock: Clock
) -> None:
    stage = Stage(db, work, commune, show_score=Shown.AFTER_CLOSING.value, show_marks=Shown.AFTER_CLOSING.value)
    attempt_id = stage.sit(commune.member, {0})
    clock.set(NOW + timedelta(hours=2))
    stage.apply(stage.propose(stage.of_item(Remedy.AWARD)))
    told = browse.as_(commune.member).page(f"/luot-thi/{attempt_id}/ket-qua").text
    assert "Điểm mới được công bố cùng với điểm của đợt thi." in told
    assert "Điểm trước" not in told


def test_a_window_is_void_and_sat_again_on_the_pages(stage: Stage, browse: Browse) -> None:
    people = stage.commune
    void = stage.sit(people.member, minute=10)
    stage.sit(people.colleague, minute=15)
    browse.as_(people.organiser)
    at = url(stage, "/khung-gio")
    wrong = {"reason": "Mất điện", "window_from": "2026-12-01T09:15", "window_until": "2026-12-01T09:10"}
    assert "lúc cuối sau lúc đầu" in shown(browse.submit(at, wrong, action=at, status=422))
    right = {"reason": "Mất điện", "window_from": "2026-12-01T09:10:00", "window_until": "2026-12-01T09:15:00"}
    browse.submit(at, right, action=at)
    correction_id = latest(stage)
    browse.get(f"/to-chuc/sua-ket-qua/{correction_id}/thi-lai", status=404)
    page = decided(stage, browse, correction_id)
    again = f"/to-chuc/sua-ket-qua/{correction_id}/thi-lai"
    assert again in page.hrefs()
    fields = {"opens_at": "2026-12-03T08:00", "closes_at": "2026-12-03T07:00", "notice": "Thi lại ngày 3/12."}
    assert "Giờ đóng phải sau giờ mở." in shown(browse.submit(again, fields, action=again, status=422))
    browse.submit(again, {**fields, "closes_at": "2026-12-03T11:00"}, action=again)
    assert "Đã có đợt thi lại." in browse.page(again).text
    with stage.work() as w:
        rerun_id = w.session.get_one(Correction, correction_id).rerun_round_id
        assert w.session.get_one(Round, rerun_id).published_at is None
    told = browse.as_(people.member).page(f"/luot-thi/{void}/ket-qua")
    assert "cùng mọi lượt bắt đầu trong một khung giờ" in told.text
    assert f"/dot-thi/{rerun_id}" not in told.hrefs(), "a draft is nobody's to see"
    browse.as_(people.organiser).submit(f"/to-chuc/dot/{rerun_id}/mo", action="/mo")
    told = browse.as_(people.member).page(f"/luot-thi/{void}/ket-qua")
    assert f"/dot-thi/{rerun_id}" in told.hrefs()
    browse.page(f"/dot-thi/{rerun_id}")
    assert "Thi lại ngày 3/12." in browse.page(f"/dot-thi/{stage.round.id}").text


def test_nothing_is_decided_unseen_and_a_large_round_is_left_to_the_worker(
    stage: Stage, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.sit(stage.commune.member, {0})
    correction_id = stage.propose(stage.of_item(Remedy.AWARD))
    at = f"/to-chuc/sua-ket-qua/{correction_id}"
    browse.as_(stage.second)
    assert "Mời đồng chí tính thử" in browse.follow(browse.get(f"{at}/duyet", status=302)).text
    assert "Mời đồng chí tính thử" in browse.follow(browse.post(f"{at}/duyet", {})).text
    browse.get(f"{at}/thu-hang", status=404)
    monkeypatch.setattr(corrections, "QUICK_RESULTS", 0)
    page = browse.follow(browse.post(f"{at}/tinh-thu", {}))
    assert "Đang chờ đến lượt tính thử." in page.text
    assert browse.get(f"{at}/tien-do.json", as_json=True).json["state"] == "running"
    with stage.work() as w:
        key = w.session.scalars(select(Job.key).where(Job.kind == KIND)).one()
    assert perform(stage.db, correction_forecast.JOBS, key) is JobState.DONE
    answer = browse.get(f"{at}/tien-do.json", as_json=True).json
    assert (answer["state"], answer["url"]) == ("done", at)
    stage.sit(stage.commune.colleague, {0}, minute=30)
    assert "Từ lúc tính thử đã có thêm bài nộp" in browse.page(at).text
    browse.submit(f"{at}/duyet", action="/duyet")
    assert "Đang chờ đến lượt." in browse.page(at).text
    assert browse.get(f"{at}/tien-do.json", as_json=True).json["state"] == "running"


def test_a_failed_job_is_taken_up_again_from_its_page(
    stage: Stage, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.sit(stage.commune.member, {0})
    correction_id = stage.propose(stage.of_item(Remedy.AWARD))
    at = f"/to-chuc/sua-ket-qua/{correction_id}"
    key = stage.decide(correction_id)

    def failing(_db: Database, _number: int, _among: object = None) -> int:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(correcting, "apply_batch", failing)
        assert perform(stage.db, correcting.JOBS, key) is JobState.FAILED
    page = browse.as_(stage.commune.organiser).page(at)
    assert "Chưa áp dụng xong" in page.text
    browse.submit(at, action="/lam-tiep")
    stage.run(key)
    assert "Đã chấm lại 1 lượt thi của 1 người" in browse.page(at).text


def test_a_proposal_is_let_go(stage: Stage, browse: Browse) -> None:
    stage.sit(stage.commune.member, {0})
    correction_id = stage.propose(stage.of_item(Remedy.AWARD))
    at = f"/to-chuc/sua-ket-qua/{correction_id}"
    browse.as_(stage.commune.organiser).submit(f"{at}/bo", action="/bo")
    assert "Đã bỏ" in browse.page(url(stage)).text
    assert "không còn chờ duyệt" in browse.page(f"{at}/bo").text
    browse.as_(stage.second).post(f"{at}/bo", {}, status=409)
    browse.post(f"{at}/tinh-thu", {}, status=409)
    assert [row[2] for row in stage.table()] == [17]
