"""The pages of complaints and of corrected units, as a person walks them; and what a stranger finds there."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from quiz_app.attempts import closing, late
from quiz_app.attempts.late import Sent, What
from quiz_app.attempts.models import Attempt
from quiz_app.contests.models import Round, Shown
from quiz_app.feedback import complaints, exports, unit_changes
from quiz_app.feedback.policy import Action
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.members.models import Member
from tests.features.feedback.conftest import Sit
from tests.support import contest
from tests.support.browse import Answer, Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.sitting import at
from tests.support.works import View, Work, actor_of

pytestmark = pytest.mark.usefixtures("banks")


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # pages: the statements behind them are run on both engines by their own tests


@pytest.fixture(autouse=True)
def _now(clock: Clock, commune: Commune) -> None:
    clock.set(at(10))


@pytest.fixture
def attempt_id(sit: Sit, commune: Commune) -> int:
    return sit(commune.member)


def said(answer: Answer) -> str:
    """The visible text of a page that answered a form."""
    assert answer.page is not None
    return answer.page.text


def complain(work: Work, member: Member, attempt_id: int, position: int | None = None) -> int:
    with work(actor=member, now=at(5)) as w:
        return complaints.complain(w, attempt_id, position=position, text="Tôi chọn đúng.\nMời xem lại.").id


def test_a_member_complains_from_his_result_and_reads_the_answer(
    browse: Browse, commune: Commune, round_: Round, attempt_id: int
) -> None:
    result = browse.as_(commune.member).page(f"/luot-thi/{attempt_id}/ket-qua")
    url = f"/luot-thi/{attempt_id}/khieu-nai"
    assert url in result.hrefs()
    assert "Đồng chí chưa gửi khiếu nại nào" in browse.page("/khieu-nai/").text
    answer = browse.submit(url, {"position": "2", "text": "Câu này có hai đáp án."}, action=url)
    page = browse.follow(answer)
    assert "Câu 2, lượt thi 1" in page.text
    assert "Chờ trả lời" in page.text
    again = browse.submit(url, {"position": "2", "text": "Lần nữa."}, action=url, status=409)
    assert "đang chờ trả lời" in said(again)
    wrong = browse.submit(url, {"position": "7", "text": "Câu lạ."}, action=url, status=422)
    assert "không có câu này" in said(wrong)

    list_url = f"/to-chuc/dot/{round_.id}/khieu-nai"
    first_page = browse.as_(commune.organiser).page("/")
    assert "1 khiếu nại" in first_page.text
    assert list_url in first_page.hrefs()
    page = browse.page(list_url)
    (listed,) = [href for href in page.hrefs() if href.startswith("/to-chuc/khieu-nai/")]
    detail = browse.page(listed)
    assert "Câu này có hai đáp án." in detail.text
    empty = browse.submit(listed, {"verdict": "chap-nhan", "answer": ""}, action="/tra-loi", status=422)
    assert "Mời đồng chí ghi câu trả lời" in said(empty)
    upheld = browse.submit(
        listed, {"verdict": "chap-nhan", "answer": "Đúng, câu này sẽ được chấm lại."}, action="/tra-loi"
    )
    page = browse.follow(upheld)
    assert "chưa làm đổi điểm" in page.text
    (proposal,) = [href for href in page.hrefs() if href.startswith(f"/to-chuc/dot/{round_.id}/sua-ket-qua/cau-hoi/")]
    browse.page(proposal)

    page = browse.as_(commune.member).page("/khieu-nai/")
    assert "Chấp nhận" in page.text
    assert "Đúng, câu này sẽ được chấm lại." in page.text
    assert "Rút khiếu nại" not in page.text


def test_a_member_takes_his_complaint_back(browse: Browse, work: Work, commune: Commune, attempt_id: int) -> None:
    complaint_id = complain(work, commune.member, attempt_id)
    answer = browse.as_(commune.member).submit("/khieu-nai/", {}, action=f"/khieu-nai/{complaint_id}/rut")
    assert "Đã rút" in browse.follow(answer).text


def test_after_the_period_the_page_says_so(browse: Browse, clock: Clock, commune: Commune, attempt_id: int) -> None:
    clock.set(at(31) + timedelta(days=3))
    page = browse.as_(commune.member).page(f"/luot-thi/{attempt_id}/khieu-nai")
    assert "đã hết thời hạn khiếu nại" in page.text
    assert said(browse.post(f"/luot-thi/{attempt_id}/khieu-nai", {"text": "Muộn."}, status=200)) == page.text


def test_filters_of_the_list(browse: Browse, work: Work, commune: Commune, round_: Round, attempt_id: int) -> None:
    complain(work, commune.member, attempt_id, 3)
    url = f"/to-chuc/dot/{round_.id}/khieu-nai"
    browse.as_(commune.organiser)
    assert "Câu 3, lượt 1" in browse.page(url).text
    assert "Câu 3, lượt 1" in browse.page(f"{url}?trang-thai=cho-tra-loi&loai=cau-hoi").text
    assert "Không có khiếu nại nào như vậy" in browse.page(f"{url}?loai=ket-qua").text
    assert "Câu 3, lượt 1" in browse.page(f"{url}?trang-thai=xxx&loai=yyy&trang=99").text


def test_a_file_of_the_list_says_where_it_ends(
    browse: Browse, work: Work, commune: Commune, round_: Round, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for member in (commune.member, commune.colleague):
        complain(work, member, sit(member))
    monkeypatch.setattr(exports, "LARGEST_EXPORT", 1)
    url = f"/to-chuc/dot/{round_.id}/khieu-nai.xlsx"
    page = load_workbook(io.BytesIO(browse.as_(commune.organiser).get(url).response.get_data())).worksheets[0]
    assert page["A4"].value == "Tệp chỉ có 1 khiếu nại đầu trong 2 khiếu nại"
    with work() as w:
        entry = w.session.scalars(select(AuditEntry).where(AuditEntry.action == Action.COMPLAINTS_EXPORTED.code)).one()
    assert (entry.actor_member_id, entry.facts["rows"]) == (commune.organiser.id, 1)


def test_the_evidence_is_complete(
    browse: Browse, db: Database, work: Work, commune: Commune, clock: Clock, sit: Sit
) -> None:
    attempt_id = sit(commune.colleague, end=False)
    with work() as w:
        actor = actor_of(w.session, commune.colleague)
    clock.set(at(21))
    with work() as w:
        assert closing.close_if_due(w, attempt_id)
    late.keep(db, actor, attempt_id, Sent(What.SAVE, 1, 4, "B", 9), now=at(22))
    complaint_id = complain(work, commune.colleague, attempt_id, 4)
    for url in (f"/to-chuc/khieu-nai/{complaint_id}", f"/to-chuc/khieu-nai/{complaint_id}/ho-so"):
        page = browse.as_(commune.organiser).page(url)
        for words in (
            "Câu trả lời câu 4: B",
            "hệ thống tự nộp khi hết giờ",
            "Bắt đầu làm bài",
            "Kết thúc, chấm điểm",
            "bản số 1",
            "Câu bị khiếu nại",
            "Chưa từng trả lời.",
            "không lưu",
            "Tôi chọn đúng.",
        ):
            assert words in page.text, (url, words)
        assert page.text.count("số hiệu") == contest.PAPER_LENGTH
        assert contest.RATIONALE_CANARY not in page.html
        assert "Đáp án không hiện ở đây." in page.text
    assert f"/to-chuc/luot-thi/{attempt_id}/de-da-rut" in browse.page(f"/to-chuc/khieu-nai/{complaint_id}").hrefs()


@pytest.mark.parametrize("shown", [Shown.AFTER_CLOSING, Shown.NEVER])
def test_keys_are_there_when_members_see_them_or_after_the_round_on_record(
    browse: Browse, work: Work, clock: Clock, commune: Commune, round_: Round, attempt_id: int, shown: Shown
) -> None:
    with work() as w:
        w.session.get_one(Round, round_.id).show_keys = shown.value
    complaint_id = complain(work, commune.member, attempt_id)
    url = f"/to-chuc/khieu-nai/{complaint_id}"
    browse.as_(commune.organiser)
    assert contest.RATIONALE_CANARY not in browse.page(url).html
    assert contest.RATIONALE_CANARY not in said(browse.post(f"{url}/dap-an", {}, status=403))
    clock.set(at(31))
    if shown is Shown.AFTER_CLOSING:
        assert browse.page(url).html.count(contest.RATIONALE_CANARY) == contest.PAPER_LENGTH
        return
    assert "Nhập lại mật khẩu để xem đáp án" in browse.page(url).text
    browse.post(f"{url}/dap-an", {"ho_so": "1"}, status=403)
    assert contest.RATIONALE_CANARY not in browse.as_(commune.organiser).page(url).html
    for data in ({}, {"ho_so": "1"}):
        assert (
            said(browse.post(f"{url}/dap-an", data, status=200)).count(contest.RATIONALE_CANARY) == contest.PAPER_LENGTH
        )
    with work() as w:
        looks = w.session.scalars(select(AuditEntry).where(AuditEntry.action == "complaint.keys_viewed")).all()
        taken = w.session.scalars(
            select(AuditEntry).where(AuditEntry.action == Action.COMPLAINT_DOSSIER_TAKEN.code)
        ).all()
    assert len(taken) == 1
    assert [(look.actor_member_id, look.facts["attempt_id"]) for look in looks] == [
        (commune.organiser.id, attempt_id)
    ] * 2


def test_an_organiser_of_a_part_sees_no_keys_of_the_bank(
    browse: Browse, work: Work, clock: Clock, commune: Commune, sit: Sit
) -> None:
    with work(now=at(-80)) as w:
        inner = contest.open_round(w, commune.committee, closes_at=at(30), show_keys=Shown.NEVER.value).round
    complaint_id = complain(work, commune.inner_member, sit(commune.inner_member, in_round=inner))
    clock.set(at(31))
    url = f"/to-chuc/khieu-nai/{complaint_id}"
    assert "Xem cả đáp án" not in browse.as_(commune.organiser_elsewhere).page(url).text
    browse.post(f"{url}/dap-an", {}, status=403)


def test_ones_own_complaint_is_decided_by_another(browse: Browse, work: Work, commune: Commune, sit: Sit) -> None:
    complaint_id = complain(work, commune.organiser, sit(commune.organiser))
    url = f"/to-chuc/khieu-nai/{complaint_id}"
    assert "người khác trong Ban tổ chức sẽ trả lời" in browse.as_(commune.organiser).page(url).text
    browse.post(f"{url}/tra-loi", {"verdict": "chap-nhan", "answer": "Tôi đúng."}, status=403)


def test_a_strangers_complaint_looks_absent(browse: Browse, work: Work, commune: Commune, attempt_id: int) -> None:
    complaint_id = complain(work, commune.member, attempt_id)
    browse.as_(commune.colleague).page(f"/luot-thi/{attempt_id}/khieu-nai", status=404)
    browse.post(f"/khieu-nai/{complaint_id}/rut", {}, status=404)
    assert "Tôi chọn đúng" not in browse.page("/khieu-nai/").text
    browse.as_(commune.organiser_elsewhere).page(f"/to-chuc/khieu-nai/{complaint_id}", status=404)
    browse.page(f"/to-chuc/khieu-nai/{complaint_id}/ho-so", status=404)
    browse.post(f"/to-chuc/khieu-nai/{complaint_id}/dap-an", {}, status=404)


def test_a_member_asks_for_his_unit_and_is_let_in(
    browse: Browse, work: Work, view: View, commune: Commune, attempt_id: int
) -> None:
    browse.as_(commune.member)
    assert "/doi-don-vi/" in browse.page("/tai-khoan").hrefs()
    found = browse.page("/doi-don-vi/?tim=kim+lan")
    url = f"/doi-don-vi/den/{commune.second.id}"
    assert url in found.hrefs()
    assert "Không tìm thấy đơn vị nào" in browse.page("/doi-don-vi/?tim=giang+cao").text
    assert "Mời đồng chí ghi lý do." in said(browse.submit(url, {"reason": ""}, action=url, status=422))
    page = browse.follow(browse.submit(url, {"reason": "Tôi sinh hoạt ở Kim Lan từ tháng 3."}, action=url))
    assert "Chờ trả lời" in page.text
    assert "đề nghị sửa đơn vị chờ trả lời" in said(browse.submit(url, {"reason": "Nữa."}, action=url, status=409))

    assert "1 người xin rời đơn vị" in browse.as_(commune.secretary).page("/").text
    old = browse.page("/doi-don-vi/cho-duyet")
    assert commune.member.full_name in old.text
    with view(actor=commune.member) as r:
        change_id = unit_changes.own(r)[0].change.id
    assert "hoặc cấp trên sẽ trả lời" in browse.page(f"/doi-don-vi/{change_id}").text

    assert "1 đề nghị chờ đồng chí trả lời" in browse.as_(commune.secretary_elsewhere).page("/").text
    assert "1 đề nghị chờ đồng chí trả lời" in browse.page("/doi-don-vi/cho-duyet").text
    detail = browse.page(f"/doi-don-vi/{change_id}")
    assert "Chuyển theo" in detail.text
    told = browse.submit(f"/doi-don-vi/{change_id}", {"verdict": "khong", "note": ""}, action="/tra-loi", status=422)
    assert "Từ chối thì cần ghi lý do" in said(told)
    done = browse.follow(browse.submit(f"/doi-don-vi/{change_id}", {"verdict": "tiep-nhan"}, action="/tra-loi"))
    assert "1 lượt thi chuyển theo" in done.text
    assert "1 lượt thi đã chuyển theo" in browse.as_(commune.member).page("/doi-don-vi/").text
    assert "Đã tiếp nhận" in browse.as_(commune.secretary).page("/doi-don-vi/cho-duyet").text
    with work() as w:
        assert w.session.scalars(select(Attempt.unit_id)).one() == commune.second.id


def test_a_request_is_taken_back_and_looks_absent_to_strangers(browse: Browse, work: Work, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        change_id = unit_changes.ask(w, commune.second.id, "Ghi nhầm.").id
    for person in (commune.organiser_elsewhere, commune.overseer_elsewhere):
        browse.as_(person).page(f"/doi-don-vi/{change_id}", status=404)
        assert "Chưa có đề nghị nào" in browse.page("/doi-don-vi/cho-duyet").text
    browse.as_(commune.colleague).post(f"/doi-don-vi/{change_id}/rut", {}, status=404)
    answer = browse.as_(commune.member).submit("/doi-don-vi/", {}, action=f"/doi-don-vi/{change_id}/rut")
    assert "Đã rút" in browse.follow(answer).text
