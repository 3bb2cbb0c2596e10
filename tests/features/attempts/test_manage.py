"""The organisers' pages of a round that runs, and what members read of them."""

from __future__ import annotations

import pytest

from quiz_app.attempts import granting, services
from quiz_app.attempts.models import Attempt
from quiz_app.contests import services as contests
from quiz_app.contests.models import Round
from quiz_app.rules.prediction import PredictionKind
from tests.support import contest
from tests.support.browse import Answer, Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.page import Page
from tests.support.sitting import at
from tests.support.works import Work


@pytest.fixture
def engine_name() -> str:
    """Pages read alike from both engines; the acts behind them are tested on both elsewhere."""
    return "sqlite"


@pytest.fixture
def round_(work: Work, commune: Commune, banks: None) -> Round:
    with work() as w:
        return contest.open_round(w, commune.root, closes_at=at(60)).round


def shown(answer: Answer) -> Page:
    assert answer.page is not None
    return answer.page


def test_an_extension_is_shown_before_it_is_done(browse: Browse, commune: Commune, round_: Round, work: Work) -> None:
    with work(actor=commune.member) as w:
        attempt_id = services.start(w, round_.id, is_demonstration_site=False)
    browse.as_(commune.organiser)
    url = f"/to-chuc/dot/{round_.id}/gia-han"
    fields = {"minutes": "30", "unit_id": "0", "text": "Mất điện toàn xã."}
    sure = shown(browse.submit(url, fields, action=url, status=200))
    assert sure.texts(".//h1") == ["Gia hạn đến 10:30 ngày 01/12/2026?"]
    assert "Lượt đang làm được áp dụng ngay 1" in sure.text
    confirmed = sure.all('.//input[@name="confirmed"]')[0].get("value")
    done = browse.follow(browse.post(url, {**fields, "confirmed": str(confirmed)}))
    assert "Đã gia hạn và đăng thông báo." in done.text
    assert "Gia hạn đến 10:30 ngày 01/12/2026" in done.text
    browse.as_(commune.member)
    for page in (f"/dot-thi/{round_.id}", "/", f"/luot-thi/{attempt_id}"):
        told = browse.page(page).text
        assert "Mất điện toàn xã." in told
        assert "đóng lúc 10:30 ngày 01/12/2026" in told


@pytest.mark.parametrize("confirmed", ["same", "1", "x" * 5000], ids=["pressed-twice", "of-another-page", "forged"])
def test_only_the_extension_that_was_shown_is_done(
    browse: Browse, commune: Commune, round_: Round, work: Work, confirmed: str
) -> None:
    browse.as_(commune.organiser)
    url = f"/to-chuc/dot/{round_.id}/gia-han"
    fields = {"minutes": "30", "unit_id": "0", "text": "Mất điện toàn xã."}
    sure = shown(browse.submit(url, fields, action=url, status=200))
    seen = sure.all('.//input[@name="confirmed"]')[0].get("value")
    browse.follow(browse.post(url, {**fields, "confirmed": str(seen)}))
    again = browse.post(url, {**fields, "confirmed": str(seen) if confirmed == "same" else confirmed}, status=200)
    assert shown(again).texts(".//h1") == ["Gia hạn đến 11:00 ngày 01/12/2026?"]
    assert "vừa được gia hạn" in shown(again).text
    with work() as w:
        assert w.session.get_one(Round, round_.id).extension_s == 30 * 60
        assert len(granting.every_notice(w.session, round_.id)) == 1


def test_an_extension_says_what_people_have_seen_since_the_close(
    browse: Browse, commune: Commune, work: Work, clock: Clock
) -> None:
    with work() as w:
        round_ = contest.open_round(
            w,
            commune.root,
            closes_at=at(60),
            show_keys="never",
            show_marks="after_closing",
            prediction_kind=PredictionKind.PEOPLE,
        ).round
    browse.as_(commune.organiser)
    url = f"/to-chuc/dot/{round_.id}/gia-han"
    fields = {"minutes": "90", "unit_id": "0", "text": "Mất điện toàn xã."}
    before = shown(browse.submit(url, fields, action=url, status=200)).text
    clock.set(at(61))
    after = shown(browse.submit(url, fields, action=url, status=200)).text
    for words in ("Số người dự thi và số lượt thi đã hiện", "Câu đúng, câu sai"):
        assert words not in before
        assert words in after


def test_wrong_input_is_said_beside_its_field(browse: Browse, commune: Commune, round_: Round, clock: Clock) -> None:
    browse.as_(commune.organiser)
    url = f"/to-chuc/dot/{round_.id}/gia-han"
    page = shown(browse.submit(url, {"minutes": "0", "text": ""}, action=url, status=422))
    assert "Số phải từ 1 đến" in page.text
    assert "Mời đồng chí ghi nội dung thông báo." in page.text
    notices = f"/to-chuc/dot/{round_.id}/thong-bao"
    assert "Mời đồng chí ghi nội dung" in shown(browse.submit(notices, {"text": " "}, action=notices, status=422)).text
    clock.set(at(90))
    assert "Không gia hạn được nữa: người dự thi có thể đã xem đáp án." in browse.page(url).text


def test_a_notice_reaches_only_its_unit(browse: Browse, commune: Commune, round_: Round) -> None:
    browse.as_(commune.organiser)
    url = f"/to-chuc/dot/{round_.id}/thong-bao"
    for text in ("Thông báo một", "Thông báo hai", "Thông báo ba"):
        browse.submit(url, {"unit_id": str(commune.first.id), "text": text}, action=url)
    listed = browse.page(url).text
    assert listed.index("Thông báo ba") < listed.index("Thông báo một")
    assert f"gửi {commune.first.name}" in listed
    member = browse.as_(commune.member).page(f"/dot-thi/{round_.id}")
    assert all(text in member.text for text in ("Thông báo ba", "Các thông báo trước (1)", "Thông báo một"))
    assert "Thông báo" not in browse.as_(commune.stranger).page(f"/dot-thi/{round_.id}").text


def test_extra_time_is_found_given_changed_and_taken_back(browse: Browse, commune: Commune, round_: Round) -> None:
    browse.as_(commune.organiser)
    url = f"/to-chuc/dot/{round_.id}/thoi-gian-bu"
    word = commune.member.search_key.split()[-1]
    found = browse.page(f"{url}?tim={word}&don_vi={commune.first.id}")
    own = f"{url}/{commune.member.id}"
    assert own in found.hrefs()
    assert "Không tìm thấy ai" in browse.page(f"{url}?tim=khongcoai").text
    listed = browse.follow(browse.submit(own, {"minutes": "10", "reason": "Mắt kém"}, action=own)).text
    assert "10 phút" in listed
    assert "Mắt kém" in listed
    wrong = shown(browse.submit(own, {"minutes": "0", "reason": ""}, action=own, status=422))
    assert "Mời đồng chí ghi lý do." in wrong.text
    member = browse.as_(commune.member).page(f"/dot-thi/{round_.id}").text
    assert "10 phút" in member
    assert "Mắt kém" not in member
    browse.as_(commune.organiser)
    assert "Đã bỏ thời gian bù." in browse.follow(browse.submit(url, {}, action=f"{own}/bo")).text
    assert "Chưa có ai được thời gian bù" in browse.page(url).text


def test_people_outside_the_contest_are_not_found(browse: Browse, commune: Commune, work: Work) -> None:
    with work() as w:
        narrow = contest.open_round(w, commune.first).round
    browse.as_(commune.organiser)
    word = commune.stranger.search_key.split()[-1]
    for url in (f"/to-chuc/dot/{narrow.id}/thoi-gian-bu", f"/to-chuc/cuoc-thi/{narrow.contest_id}/khong-xep-hang"):
        assert f"{url}/{commune.stranger.id}" not in browse.page(f"{url}?tim={word}").hrefs()
        browse.get(f"{url}/{commune.stranger.id}", status=404)


def test_who_is_not_ranked_is_told_before_and_after(
    browse: Browse, commune: Commune, round_: Round, work: Work
) -> None:
    browse.as_(commune.organiser)
    url = f"/to-chuc/cuoc-thi/{round_.contest_id}/khong-xep-hang"
    own = f"{url}/{commune.member.id}"
    word = commune.member.search_key.split()[-1]
    assert own in browse.page(f"{url}?tim={word}").hrefs()
    listed = browse.follow(browse.submit(own, {"reason": "Người thân của thành viên tổ ra đề"}, action=own)).text
    assert "Người thân của thành viên tổ ra đề" in listed
    browse.as_(commune.member)
    before = browse.page(f"/dot-thi/{round_.id}").text
    assert "không xếp hạng" in before
    assert "Người thân" not in before
    with work(actor=commune.member) as w:
        attempt_id = services.start(w, round_.id, is_demonstration_site=False)
        services.submit(w, attempt_id, 1)
    result = browse.page(f"/luot-thi/{attempt_id}/ket-qua").text
    assert "Kết quả này không xếp hạng: Ban tổ chức để đồng chí ngoài xếp hạng." in result
    browse.as_(commune.organiser)
    assert "Đã xếp hạng lại kết quả ở 1 đợt." in browse.follow(browse.submit(url, {}, action=f"{own}/bo")).text
    browse.as_(commune.member)
    assert "không xếp hạng" not in browse.page(f"/luot-thi/{attempt_id}/ket-qua").text


def test_a_paper_is_proved_and_its_secrets_are_kept(
    browse: Browse, commune: Commune, round_: Round, work: Work
) -> None:
    with work(actor=commune.member) as w:
        attempt_id = services.start(w, round_.id, is_demonstration_site=False)
        seed = w.session.get_one(Attempt, attempt_id).seed
    browse.as_(commune.organiser)
    url = f"/to-chuc/dot/{round_.id}/de-da-rut"
    proof = f"/to-chuc/luot-thi/{attempt_id}/de-da-rut"
    assert proof in browse.page(f"{url}?tim={commune.member.search_key.split()[-1]}").hrefs()
    under_way = browse.page(proof)
    assert "Khớp" in under_way.text
    assert seed not in under_way.html
    assert round_.draw_secret not in under_way.html
    with work(actor=commune.member) as w:
        services.submit(w, attempt_id, 1)
        code = w.session.get_one(Attempt, attempt_id).receipt_code
    assert code is not None
    assert proof in browse.page(f"{url}?tim={code[:4].lower()}-{code[4:8]}-{code[8:]}").hrefs()
    ended = browse.page(proof)
    assert seed in ended.text
    assert round_.draw_secret not in ended.html
    assert len(ended.all(".//table")[-1].findall(".//tbody/tr")) == contest.PAPER_LENGTH
    with work() as w:
        w.session.get_one(Round, round_.id).finalised_at = w.now
    assert round_.draw_secret in browse.page(proof).text


def test_evenness_of_a_draft_and_of_a_round(browse: Browse, commune: Commune, round_: Round, work: Work) -> None:
    browse.as_(commune.organiser)
    page = browse.page(f"/to-chuc/dot/{round_.id}/do-deu")
    assert "0/12 câu đã có ít nhất 30 lượt trả lời" in page.text
    assert "độ lệch thật có thể lớn hơn hoặc nhỏ hơn" in page.text
    assert "3,0 điểm trung bình dự kiến" in page.text.replace("\n", " ")
    with work() as w:
        draft = contests.create_round(w, round_.contest_id, contest.terms(w.now, contest.publish_sample_bank(w)))
    assert "Chưa rút được đề" in browse.page(f"/to-chuc/dot/{draft.id}/do-deu").text


def test_the_first_page_knows_the_extension_of_the_own_unit(
    browse: Browse, commune: Commune, round_: Round, work: Work, clock: Clock
) -> None:
    with work(actor=commune.organiser) as w:
        granting.extend_round(w, round_.id, commune.first.id, 60, "Mất mạng ở chi bộ.")
    clock.set(at(90))
    own = browse.as_(commune.member).page("/").text
    assert "Đang mở" in own
    assert "Đóng lúc 11:00 ngày 01/12/2026" in own
    other = browse.as_(commune.stranger).page("/").text
    assert "Đã đóng" in other
    assert "Mất mạng" not in other
