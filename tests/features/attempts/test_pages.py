"""The pages of a sitting as a member's browser sees them, with and without scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from quiz_app.attempts import labels, marking
from quiz_app.attempts.models import Attempt, Result
from quiz_app.contests.models import Round, Shown
from quiz_app.kernel.db import Database
from quiz_app.kernel.work import working
from quiz_app.rules.eligibility import Bar
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.sitting import PAPER_LENGTH, at, open_round, publish_shipped, right_letters
from tests.support.works import Work

pytestmark = pytest.mark.usefixtures("banks")


def _attempt(db: Database) -> Attempt:
    with db.reading() as session:
        return session.scalars(select(Attempt).order_by(Attempt.number.desc())).first() or pytest.fail("no attempt")


def _right(db: Database, attempt_id: int, position: int) -> str:
    with working(db) as w:
        return right_letters(w, attempt_id, position)


def _begin(browse: Browse, commune: Commune, round_: Round, db: Database) -> tuple[Browse, Attempt]:
    member = browse.as_(commune.member)
    member.submit(f"/dot-thi/{round_.id}", {}, action="/bat-dau")
    return member, _attempt(db)


def test_the_rules_stand_on_one_page_before_the_start(browse: Browse, commune: Commune, round_: Round) -> None:
    page = browse.as_(commune.member).page(f"/dot-thi/{round_.id}")
    assert "8 câu" in page.text
    assert "15 phút" in page.text
    assert "Số lượt còn lại 3 trong đợt" in page.text
    assert "điểm cao hơn; sau đó làm bài nhanh hơn; sau đó nộp bài sớm hơn" in page.text
    assert page.form("/bat-dau") is not None


def test_rounds_list_says_how_long_and_how_many(browse: Browse, commune: Commune, round_: Round) -> None:
    page = browse.as_(commune.member).page("/dot-thi/")
    assert "Đang mở" in page.text
    assert "còn 23 giờ" in page.text
    assert f"/dot-thi/{round_.id}" in page.hrefs()


def test_a_sitting_without_scripts(browse: Browse, commune: Commune, round_: Round, db: Database) -> None:
    member, attempt = _begin(browse, commune, round_, db)
    play = f"/luot-thi/{attempt.id}"
    assert len(member.page(play).all(".//fieldset[@class='question']")) == PAPER_LENGTH
    for position in range(1, PAPER_LENGTH):
        letters = _right(db, attempt.id, position)
        answer = member.post(f"{play}/cau/{position}", {"phuong_an": list(letters), "epoch": "1"})
        assert answer.response.headers["Location"] == f"{play}#cau-{position}"
    assert f"đã trả lời {PAPER_LENGTH - 1} /{PAPER_LENGTH}" in member.page(play).text
    review = member.page(f"{play}/nop")
    assert "Còn 1 câu chưa trả lời" in review.text
    assert f"{play}#cau-{PAPER_LENGTH}" in review.hrefs()
    result = member.follow(member.submit(f"{play}/nop", {}, action="/nop"))
    assert "Đã nộp bài" in result.text
    assert (
        f"{PAPER_LENGTH - 1} /{PAPER_LENGTH} điểm" in result.text or f"{PAPER_LENGTH - 1}/{PAPER_LENGTH}" in result.text
    )


def test_a_script_saves_by_json(browse: Browse, commune: Commune, round_: Round, db: Database) -> None:
    member, attempt = _begin(browse, commune, round_, db)
    url = f"/luot-thi/{attempt.id}/cau/1"
    saved = member.post(url, {"phuong_an": ["A"], "epoch": "1", "revision": "1"}, status=200, as_json=True).json
    assert (saved["letters"], saved["revision"]) == ("A", 1)
    assert 0 < saved["remaining_ms"] <= 15 * 60 * 1000
    late = member.post(url, {"phuong_an": ["B"], "epoch": "1", "revision": "1"}, status=200, as_json=True).json
    assert (late["letters"], late["revision"], late["saved_at"]) == ("A", 1, saved["saved_at"])
    for data, status, error in (
        ({"phuong_an": ["Z"], "epoch": "1", "revision": "2"}, 422, "NoSuchOption"),
        ({"phuong_an": ["AB"], "epoch": "1", "revision": "2"}, 422, "BadInput"),
        ({"phuong_an": ["A"], "epoch": "9", "revision": "2"}, 409, "TakenOver"),
        ({"phuong_an": ["A"], "revision": "2"}, 422, "BadInput"),
        ({"phuong_an": ["A"], "epoch": "1", "revision": "0"}, 422, "BadInput"),
        ({"phuong_an": ["A"], "epoch": "1", "revision": "99999999999999999999"}, 422, "BadInput"),
    ):
        assert member.post(url, data, status=status, as_json=True).json["error"] == error


def test_another_device_takes_over(browse: Browse, commune: Commune, round_: Round, db: Database) -> None:
    first, attempt = _begin(browse, commune, round_, db)
    url = f"/luot-thi/{attempt.id}"
    second = browse.other().as_(commune.member)
    second.submit("/dot-thi/", {}, action="/lam-tiep")
    refused = first.post(f"{url}/cau/1", {"phuong_an": ["A"], "epoch": "1", "revision": "1"}, status=409, as_json=True)
    assert refused.json["error"] == "TakenOver"
    assert first.get(f"{url}/con-lai", as_json=True).json["epoch"] == 2
    for path, data in ((f"{url}/cau/1", {"phuong_an": ["A"], "epoch": "1"}), (f"{url}/nop", {"epoch": "1"})):
        page = first.follow(first.post(path, data))
        assert "đang được làm tiếp ở cửa sổ hoặc thiết bị khác" in page.text
        assert page.form("/lam-tiep") is not None


def test_time_runs_out_with_nobody_there(
    browse: Browse, commune: Commune, round_: Round, db: Database, clock: Clock
) -> None:
    member, attempt = _begin(browse, commune, round_, db)
    url = f"/luot-thi/{attempt.id}"
    member.post(f"{url}/cau/1", {"phuong_an": list(_right(db, attempt.id, 1)), "epoch": "1"})
    clock.set(attempt.accepts_until_at)
    waiting = member.get(f"{url}/ket-qua")
    assert "Đã hết giờ" in waiting.text
    assert waiting.response.headers["Refresh"] == "4"
    clock.set(attempt.accepts_until_at + timedelta(seconds=2))
    assert "tự nộp bài" in member.follow(member.get(f"{url}/ket-qua", status=302)).text


@pytest.mark.parametrize("who", ["colleague", "secretary", "organiser", "operator", "stranger"])
def test_an_attempt_is_seen_by_its_member_alone(
    browse: Browse, commune: Commune, round_: Round, db: Database, who: str
) -> None:
    _, attempt = _begin(browse, commune, round_, db)
    other = browse.other().as_(getattr(commune, who))
    for path in ("", "/nop", "/ket-qua", "/dap-an", "/con-lai"):
        other.get(f"/luot-thi/{attempt.id}{path}", status=404)
    other.post(f"/luot-thi/{attempt.id}/cau/1", {"phuong_an": ["A"], "epoch": "1"}, status=404)
    other.post(f"/luot-thi/{attempt.id}/nop", {"epoch": "1"}, status=404)
    other.post(f"/luot-thi/{attempt.id}/lam-tiep", {}, status=404)


def test_a_number_that_no_attempt_can_have_is_no_address(browse: Browse, commune: Commune, round_: Round) -> None:
    browse.as_(commune.member).get(f"/luot-thi/{2**63}", status=404)


def test_nobody_is_sent_to_the_sign_in(browse: Browse, round_: Round) -> None:
    answer = browse.as_nobody().get(f"/dot-thi/{round_.id}", status=302)
    assert "/dang-nhap" in (answer.location or "")


@pytest.mark.parametrize(
    ("show_score", "minutes", "is_shown"),
    [
        (Shown.NEVER, 60 * 48, False),
        (Shown.AFTER_SUBMISSION, 2, True),
        (Shown.AFTER_CLOSING, 2, False),
        (Shown.AFTER_CLOSING, 60 * 48, True),
        (Shown.AFTER_FINAL, 60 * 48, False),
    ],
)
def test_a_score_is_shown_when_the_round_says(
    browse: Browse,
    commune: Commune,
    work: Work,
    db: Database,
    clock: Clock,
    show_score: Shown,
    minutes: int,
    is_shown: bool,
) -> None:
    with work(now=at(-90)) as w:
        round_ = open_round(w, commune.root, publish_shipped(w), show_score=show_score.value)
    member, attempt = _begin(browse, commune, round_, db)
    member.submit(f"/luot-thi/{attempt.id}/nop", {}, action="/nop")
    clock.set(at(minutes))
    page = browse.other().as_(commune.member).page(f"/luot-thi/{attempt.id}/ket-qua")
    assert ("điểm" in [text.strip() for text in page.texts(".//*[@class='stat__label']")]) is is_shown


def test_keys_come_after_closing_and_not_before(
    browse: Browse, commune: Commune, round_: Round, db: Database, clock: Clock
) -> None:
    member, attempt = _begin(browse, commune, round_, db)
    member.submit(f"/luot-thi/{attempt.id}/nop", {}, action="/nop")
    member.get(f"/luot-thi/{attempt.id}/dap-an", status=403)
    clock.set(round_.closes_at)  # somebody else may still answer in the seconds of grace
    browse.other().as_(commune.member).get(f"/luot-thi/{attempt.id}/dap-an", status=403)
    clock.set(round_.closes_at + timedelta(seconds=8))
    page = browse.other().as_(commune.member).page(f"/luot-thi/{attempt.id}/dap-an")
    assert page.text.count("Đáp án") >= PAPER_LENGTH
    with db.reading() as session:
        assert session.get_one(Result, (round_.id, commune.member.id)).attempts == 1
        assert len(marking.paper(session, attempt.id)) == PAPER_LENGTH


def test_every_bar_has_words_a_member_can_read() -> None:
    assert set(labels.BARS) == set(Bar)
    assert all(words.endswith(".") for words in labels.BARS.values())


def test_another_device_takes_over_before_it_sees_the_paper(
    work: Work, commune: Commune, browse: Browse, round_: Round
) -> None:
    """Whoever comes by the address alone would write beside the first device, which believes it is the only one."""
    first = browse.as_(commune.member)
    paper = first.submit(f"/dot-thi/{round_.id}", {}, action="/bat-dau").location or ""
    first.get(paper)
    second = browse.other().as_(commune.member)
    for address in (paper, f"{paper}/nop"):
        led = second.follow(second.get(address, status=302))
        assert "đang mở ở một máy khác" in led.text
    second.submit(f"/dot-thi/{round_.id}", {}, action="/lam-tiep")
    second.get(paper)
    assert first.get(paper, status=302).location == f"/dot-thi/{round_.id}"
