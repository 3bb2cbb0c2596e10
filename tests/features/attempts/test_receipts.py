"""What a member keeps of his submission, and what anybody may learn by its code."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from quiz_app.attempts import receipts, services
from quiz_app.attempts.closing import RECEIPT_ALPHABET
from quiz_app.attempts.models import Attempt, AttemptState
from quiz_app.attempts.receipts import Misread
from quiz_app.contests.models import Round
from quiz_app.factory import create_app
from quiz_app.kernel.access import NOBODY
from quiz_app.kernel.db import Database
from quiz_app.members.models import Member
from quiz_app.rules.prediction import PredictionKind
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.sitting import PAPER_LENGTH, answer, at, open_round, publish_shipped, start
from tests.support.works import View, Work

pytestmark = pytest.mark.usefixtures("banks")

CODE = "7K4MQ2XA9RTB"


def _submitted(work: Work, member: Member, round_: Round, *, answered: int = 3, code: str = CODE) -> int:
    with work(actor=member, now=at()) as w:
        attempt_id = start(w, round_)
        for place in range(1, answered + 1):
            answer(w, attempt_id, place, "A")
    with work(actor=member, now=at(2, 5)) as w:
        assert services.submit(w, attempt_id, 1)
        w.session.get_one(Attempt, attempt_id).receipt_code = code
    return attempt_id


def test_a_code_is_written_in_groups_and_read_however_it_is_typed() -> None:
    assert receipts.written(CODE) == "7K4M-Q2XA-9RTB"
    for typed in ("7K4M-Q2XA-9RTB", "7k4m q2xa 9rtb", " 7k4mq2xa9rtb\n", "7K4M–Q2XA–9RTB", "７Ｋ４Ｍ-Q2XA-9RTB"):
        assert list(receipts.candidates(receipts.read(typed))) == [CODE]


@pytest.mark.parametrize(
    ("typed", "misread"),
    [
        ("", Misread.EMPTY),
        ("---", Misread.EMPTY),
        ("7K4M-Q2XA-9RT", Misread.LENGTH),
        ("7K4M-Q2XA-9RTBB", Misread.LENGTH),
        ("7K4M-Q2XÂ-9RTB", Misread.MARKS),
        ("7" * 5000, Misread.LENGTH),
    ],
)
def test_what_cannot_be_a_code_is_told_apart(typed: str, misread: Misread) -> None:
    assert receipts.read(typed).misread is misread


def test_look_alikes_stand_in_no_code_and_lead_to_few_guesses() -> None:
    assert not set(RECEIPT_ALPHABET) & receipts.LOOK_ALIKES.keys()
    assert set(RECEIPT_ALPHABET) >= set("".join(receipts.LOOK_ALIKES.values()))
    asked = receipts.read("7K4M-O2XA-9RUB")
    assert asked.strange == ("O", "U")
    assert list(receipts.candidates(asked)) == ["7K4MQ2XA9RVB", "7K4MD2XA9RVB"]
    assert len(list(receipts.candidates(receipts.read("O" * 12)))) == receipts.MOST_GUESSES


def test_a_code_tells_of_the_submission_and_of_nobody(
    work: Work, view: View, commune: Commune, round_: Round, browse: Browse
) -> None:
    _submitted(work, commune.member, round_)
    with view(actor=NOBODY) as r:
        found = receipts.find(r, receipts.read("7k4m q2xa 9rtb"))
    assert found is not None
    assert (found.answered, found.length, found.ended_at, found.is_annulled) == (3, PAPER_LENGTH, at(2, 5), False)
    page = browse.as_nobody().page("/bien-nhan?ma=7k4m-Q2XA9rtb")
    assert "Đúng, hệ thống đã nhận bài này" in page.text
    assert "Đợt thi thử" in page.text
    assert "Tìm hiểu Nghị quyết" in page.text
    assert "09:02:05 ngày 01/12/2026" in page.text
    assert f"3/{PAPER_LENGTH} câu" in page.text
    for kept_back in (commune.member.full_name, commune.first.name):
        assert kept_back not in page.html
    assert "điểm" not in page.text.replace("được bao nhiêu điểm", "")


def test_look_alikes_are_read_for_what_was_meant(work: Work, commune: Commune, round_: Round, browse: Browse) -> None:
    _submitted(work, commune.member, round_)
    page = browse.as_nobody().page("/bien-nhan?ma=7K4M-02XA-9RTB")
    assert "Đúng, hệ thống đã nhận bài này" in page.text
    assert "đã đọc là 7K4M-Q2XA-9RTB" in page.text


def test_unknown_codes_are_answered_in_words(browse: Browse, commune: Commune) -> None:
    nobody = browse.as_nobody()
    assert "Không có biên nhận nào mang mã này" in nobody.page("/bien-nhan?ma=7K4M-Q2XA-9RTC").text
    strange = nobody.page("/bien-nhan?ma=7K4M-O2XA-9RTU").text
    assert "O có thể là Q hoặc D; U có thể là V" in strange
    assert "đúng 12 chữ và số" in nobody.page("/bien-nhan?ma=7K4M").text
    assert "tắt bộ gõ tiếng Việt" in nobody.page("/bien-nhan?ma=7K4M-Q2XÂ-9RTB").text
    assert "Mời đồng chí nhập mã biên nhận" in nobody.page("/bien-nhan?ma=").text


def test_an_annulled_attempt_is_told_as_such(work: Work, commune: Commune, round_: Round, browse: Browse) -> None:
    attempt_id = _submitted(work, commune.member, round_)
    with work() as w:
        w.session.get_one(Attempt, attempt_id).state = AttemptState.ANNULLED.value
    assert "lượt thi đã bị hủy" in browse.as_nobody().page(f"/bien-nhan?ma={CODE}").text
    member = browse.as_(commune.member)
    assert "Lượt thi này đã bị hủy" in member.page(f"/luot-thi/{attempt_id}/bien-nhan").text
    result = member.page(f"/luot-thi/{attempt_id}/ket-qua").text
    assert "Lượt thi này đã bị hủy" in result
    assert "Cảm ơn đồng chí" not in result


def test_nothing_that_counts_is_told_while_a_prediction_is_open(
    work: Work, commune: Commune, browse: Browse, clock: Clock
) -> None:
    with work(now=at(-90)) as w:
        round_ = open_round(w, commune.root, publish_shipped(w), prediction_kind=PredictionKind.PEOPLE)
    attempt_id = _submitted(work, commune.member, round_)
    page = browse.as_nobody().page(f"/bien-nhan?ma={CODE}")
    assert "Đúng, hệ thống đã nhận bài này" in page.text
    assert "Đã trả lời" not in page.text
    assert "sau khi đợt thi kết thúc" in page.text
    assert f"3/{PAPER_LENGTH} câu" in browse.as_(commune.member).page(f"/luot-thi/{attempt_id}/bien-nhan").text
    clock.set(round_.closes_at + timedelta(hours=1))
    assert f"3/{PAPER_LENGTH} câu" in browse.as_nobody().page(f"/bien-nhan?ma={CODE}").text


def test_who_tries_many_codes_waits_and_keeps_nobody_from_his_own(
    work: Work, commune: Commune, round_: Round, browse: Browse, clock: Clock
) -> None:
    _submitted(work, commune.member, round_)
    nobody = browse.as_nobody()
    codes = [f"7K4MQ2XA92{first}{second}" for first in "2345678" for second in "23456789ABCDE"]
    statuses = [nobody.knock("GET", f"/bien-nhan?ma={code}").status_code for code in codes]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    assert "chờ một phút" in nobody.page("/bien-nhan?ma=7K4M-Q2XA-9RTC", status=429).text
    assert "Đúng, hệ thống đã nhận bài này" in nobody.page(f"/bien-nhan?ma={CODE}").text
    clock.move(minutes=1)
    assert "Không có biên nhận" in nobody.page("/bien-nhan?ma=7K4M-Q2XA-9RTC").text


def test_the_member_keeps_his_receipt_as_text_picture_and_print(
    work: Work, commune: Commune, round_: Round, browse: Browse
) -> None:
    attempt_id = _submitted(work, commune.member, round_)
    member = browse.as_(commune.member)
    result = member.page(f"/luot-thi/{attempt_id}/ket-qua")
    assert "7K4M-Q2XA-9RTB" in result.text
    assert f"/luot-thi/{attempt_id}/bien-nhan" in result.hrefs()
    page = member.page(f"/luot-thi/{attempt_id}/bien-nhan")
    lines = (page.by_id("bien-nhan-chu").text or "").splitlines()
    assert lines[0] == "BIÊN NHẬN NỘP BÀI"
    assert lines[3] == "Nộp lúc: 09:02:05 ngày 01/12/2026"
    assert lines[4:6] == [f"Đã trả lời: 3/{PAPER_LENGTH} câu", "Mã biên nhận: 7K4M-Q2XA-9RTB"]
    check = lines[6].removeprefix("Kiểm tra tại: ")
    assert check.endswith("/bien-nhan?ma=7K4M-Q2XA-9RTB")
    assert "Đúng, hệ thống" in browse.as_nobody().page(check[check.index("/bien-nhan") :]).text
    assert len(page.all(".//*[@data-module='receipt']")) == 1
    assert len(page.all(".//*[@data-module='print-page']")) == 1


def test_the_address_to_check_at_is_that_of_the_house(
    work: Work, commune: Commune, round_: Round, browse: Browse, app: Flask, db: Database
) -> None:
    """Whatever name the request came in by."""
    attempt_id = _submitted(work, commune.member, round_)
    house = create_app(replace(app.extensions["settings"], public_url="http://thi.example.vn"), db)
    page = browse.as_(commune.member).restarted(house).page(f"/luot-thi/{attempt_id}/bien-nhan")
    (receipt,) = page.all(".//*[@data-module='receipt']")
    assert receipt.get("data-foot") == "Kiểm tra mã tại http://thi.example.vn/bien-nhan"


def test_there_is_no_receipt_before_submission_and_none_for_others(
    work: Work, commune: Commune, round_: Round, browse: Browse, db: Database
) -> None:
    with work(actor=commune.member, now=at()) as w:
        attempt_id = start(w, round_)
    url = f"/luot-thi/{attempt_id}/bien-nhan"
    assert browse.as_(commune.member).get(url, status=302).location == f"/luot-thi/{attempt_id}/ket-qua"
    with work(actor=commune.member, now=at(1)) as w:
        services.submit(w, attempt_id, 1)
    browse.as_(commune.colleague).get(url, status=404)
    browse.as_(commune.secretary).get(url, status=404)
    with db.reading() as session:
        code = session.scalars(select(Attempt.receipt_code)).one()
    assert code is not None
    assert set(code) <= set(RECEIPT_ALPHABET)
