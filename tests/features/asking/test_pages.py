"""The pages as members and moderators walk them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from quiz_app.asking import services, subjects
from quiz_app.asking.models import Question
from quiz_app.attempts import services as attempts
from quiz_app.kernel.audit import AuditEntry
from quiz_app.members.models import Member
from tests.features.asking.build import answered, row, sent
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.sitting import at
from tests.support.works import Work

LESSON = f"/hoc/{contest.MODULE_SLUG}/bai-mot"


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # pages: the statements behind them are run on both engines by their own tests


@pytest.fixture(autouse=True)
def _now(clock: Clock, commune: Commune) -> None:
    clock.set(at(10))


def ask(browse: Browse, who: Member, url: str, words: str) -> int:
    """Ask as a person does; the number of the question."""
    answer = browse.as_(who).submit(url, {"kind": "hoi", "text": words}, action=url)
    return int(answer.location.rsplit("/", 1)[1])


def test_every_page_leads_to_asking_about_it(work: Work, commune: Commune, browse: Browse) -> None:
    with work() as w:
        contest.publish_sample_bank(w)
    link = f"/hoi/gui?trang={LESSON}"
    assert link not in browse.page(LESSON).hrefs()
    assert "/dang-nhap?next=/hoi/gui" in browse.page("/hoi-dap").hrefs()
    assert browse.get(link, status=302).location.startswith("/dang-nhap")
    browse.as_(commune.member)
    page = browse.page(LESSON)
    assert page.hrefs().count(link) == 2  # the button, and the quiet link at the foot
    assert f"{link}&cau=1" in page.hrefs()
    assert "Về: Bài “Mục tiêu chung”" in browse.page(link).text
    item = browse.page(f"{link}&cau=1").text
    assert "Về: Câu 1, bài “Mục tiêu chung”" in item
    assert "Bài học này nói trước hết về điều gì" in item
    assert browse.page("/hoi/gui?trang=/hoc/").text.count("Về: Học tập") == 1
    for path in ("//kẻ.lạ/hoc", "https://la.vn/", "/khong-co", "/to-chuc/", "/nguoi/3?x=1", "", "/\\la.vn"):
        assert "Về: Việc chung, không về trang nào" in browse.page(f"/hoi/gui?trang={path}").text, path
    browse.page(f"{link}&cau=2", status=404)
    for name in subjects.PAGES:
        assert name in browse.app.view_functions


def test_a_sitting_has_no_such_link_and_shows_no_item_early(work: Work, commune: Commune, browse: Browse) -> None:
    with work(now=at(0)) as w:
        round_ = contest.open_round(w, commune.root).round
    with work(actor=commune.member, now=at(9)) as w:
        attempt_id = attempts.start(w, round_.id, is_demonstration_site=False)
    browse.as_(commune.member)
    assert not [one for one in browse.page(f"/luot-thi/{attempt_id}").hrefs() if one.startswith("/hoi")]
    paper = f"/hoi/gui?trang=/luot-thi/{attempt_id}"
    browse.page(f"{paper}/ket-qua", status=403)
    with work(actor=commune.member, now=at(10)) as w:
        attempts.submit(w, attempt_id, 1)
    assert f"{paper}/ket-qua" in browse.page(f"/luot-thi/{attempt_id}/ket-qua").hrefs()
    assert "khiếu nại có thời hạn" in browse.page(f"{paper}/ket-qua").text
    browse.page(f"{paper}/dap-an&cau=1", status=403)
    answer = browse.post(f"{paper}/dap-an&cau=1", {"kind": "hoi", "text": "Câu này?"}, status=403)
    assert "Câu này?" not in answer.text
    browse.as_(commune.colleague).page(f"{paper}/ket-qua", status=404)


def test_asked_answered_read_and_withdrawn(work: Work, commune: Commune, browse: Browse) -> None:
    question_id = ask(browse, commune.member, "/hoi/gui?trang=/", "Nộp bài\nngày nào?")
    own = f"/hoi/{question_id}"
    assert "Ban tổ chức chưa mở câu này" in browse.page(own).text
    browse.as_(commune.colleague).page(own, status=404)
    browse.page(f"{own}/rut", status=404)

    desk = f"/to-chuc/hoi-dap/{question_id}"
    home = browse.as_(commune.organiser).page("/")
    assert "1 câu hỏi, đề xuất, báo lỗi" in home.text
    listed = browse.page("/to-chuc/hoi-dap/?tim=nop+BAI")
    assert desk in listed.hrefs()
    assert "Nguyễn Văn An" not in listed.text
    assert "ngày nào" not in listed.text
    opened = browse.page(desk).text
    assert "Nguyễn Văn An, Chi bộ thôn Giang Cao" in opened
    empty = browse.submit(desk, {"answer": " "}, action=f"{desk}/tra-loi", status=422)
    assert "Mời đồng chí ghi câu trả lời" in empty.text
    browse.submit(desk, {"answer": "Ngày **30/12**."}, action=f"{desk}/tra-loi")

    assert "1 câu trả lời mới" in browse.as_(commune.member).page("/").text
    assert "Trả lời mới" in browse.page("/hoi/cua-toi").text
    assert "30/12" in browse.page(own).text
    assert "câu trả lời mới" not in browse.page("/").text
    further = ask(browse, commune.member, f"/hoi/gui?tiep={question_id}", "Nộp muộn được không?")
    assert f"Hỏi thêm sau câu số {question_id}" in browse.page(f"/hoi/{further}").text
    browse.submit(f"{own}/rut", action=f"{own}/rut")
    assert "đã rút" in browse.page(own).text
    browse.page(f"/hoi/gui?tiep={question_id}", status=404)
    gone = browse.as_(commune.organiser).page(desk)
    assert "Người gửi đã rút câu này" in gone.text
    assert not [words for words in ("Nguyễn Văn An", "ngày nào", "30/12") if words in gone.text]
    with work() as w:
        looks = w.session.scalars(select(AuditEntry.id).where(AuditEntry.action == "question.opened")).all()
    assert len(looks) >= 3


def test_who_may_not_send_yet_keeps_what_he_typed(work: Work, commune: Commune, browse: Browse) -> None:
    for minute in range(services.LIMITS[0][0]):
        sent(work, commune.member, now=at(minute))
    answer = browse.as_(commune.member).submit(
        "/hoi/gui", {"kind": "bao-loi", "text": "Chữ đã gõ, rất dài."}, action="/hoi/gui", status=429
    )
    assert answer.page is not None
    assert "Mời đồng chí gửi tiếp từ 10:00 ngày 01/12/2026" in answer.text
    kept = answer.page.form("/hoi/gui").values
    assert (kept["kind"], kept["text"]) == (["bao-loi"], ["Chữ đã gõ, rất dài."])
    wrong = browse.submit("/hoi/gui", {"text": "Chưa chọn loại."}, action="/hoi/gui", status=422)
    assert "Chưa chọn loại." in wrong.text


def test_who_comes_second_sees_what_happened_and_keeps_his_words(work: Work, commune: Commune, browse: Browse) -> None:
    question_id = sent(work, commune.member)
    desk = f"/to-chuc/hoi-dap/{question_id}"
    browse.as_(commune.organiser)
    stale = dict(browse.page(desk).form(f"{desk}/tra-loi").values)
    answered(work, commune.organiser, question_id, "Trước rồi.")
    second = browse.post(f"{desk}/tra-loi", {**stale, "answer": "Lời của người sau."}, status=409, with_token=False)
    assert "đồng chí Tạ Quang Huy đã thay đổi câu này" in second.text
    assert "Tình trạng bây giờ: đã trả lời" in second.text
    assert "Lời của người sau." in second.text
    assert row(work, question_id).answer == "Trước rồi."
    for act, fields in (("nhan", {"kind": "hoi"}), ("gop", {"number": str(question_id + 1)})):
        browse.post(f"{desk}/{act}", {"revision": "1", **fields}, status=409 if act == "nhan" else 422)


def test_an_author_answers_without_knowing_whom(work: Work, commune: Commune, browse: Browse) -> None:
    with work() as w:
        contest.publish_sample_bank(w)
    question_id = ask(browse, commune.member, f"/hoi/gui?trang={LESSON}", "Mục này lấy từ đâu?")
    desk = f"/to-chuc/hoi-dap/{question_id}"
    browse.as_(commune.author).page(desk, status=404)
    browse.as_(commune.organiser).submit(desk, {"member": str(commune.author.id)}, action=f"{desk}/giao")
    assert "1 câu hỏi, đề xuất, báo lỗi" in browse.as_(commune.author).page("/").text
    page = browse.page(desk)
    assert "Mục này lấy từ đâu?" in page.text
    assert "Nguyễn Văn An" not in page.text
    assert f"{desk}/gop" not in [form.get("action") for form in page.all(".//form")]
    browse.submit(desk, {"answer": "Từ phần I."}, action=f"{desk}/tra-loi")
    assert row(work, question_id).answered_by == commune.author.id


def test_published_for_everybody_after_a_second_person(work: Work, commune: Commune, browse: Browse) -> None:
    question_id = sent(work, commune.member, "Tôi là An, nộp bài ngày nào?")
    answered(work, commune.organiser, question_id)
    words = {"question": "Nộp bài ngày nào?", "answer": "Ngày **30/12**."}
    propose = f"/to-chuc/hoi-dap/{question_id}/cong-bo"
    assert "Tôi là An" not in browse.as_(commune.organiser).page(propose).text
    browse.submit(propose, words, action=propose)
    entry = next(one for one in browse.page("/to-chuc/hoi-dap/cong-bo").hrefs() if "/muc/" in one)
    assert "Bản này do đồng chí đề nghị" in browse.page(entry).text
    assert "Chưa có câu nào" in browse.as_nobody().page("/hoi-dap").text
    browse.as_(commune.reviewer)
    declined = browse.submit(entry, {"verdict": "tra-lai"}, action="/duyet", status=422)
    assert "Mời đồng chí ghi lý do" in declined.text
    browse.submit(entry, {"verdict": "cong-bo"}, action="/duyet")
    public = browse.as_nobody().page("/hoi-dap?tim=nop+bai")
    assert "Nộp bài ngày nào?" in public.text
    assert "Tôi là An" not in public.text
    assert "Không có câu nào như vậy" in browse.page("/hoi-dap?tim=khong+co&chuyen-de=la").text
    browse.as_(commune.author).submit(f"{entry}/sua", {"answer": "Ngày 31/12."}, action=f"{entry}/sua")
    browse.as_(commune.organiser).submit(entry, {"verdict": "cong-bo"}, action="/duyet")
    assert "31/12" in browse.page("/hoi-dap").text
    browse.submit(entry, {"thoi-reason": "Thể lệ đổi."}, action="/thoi")
    assert "Chưa có câu nào" in browse.page("/hoi-dap").text
    assert "Lý do: Thể lệ đổi." in browse.page(entry).text


def test_counts_by_page_and_file(work: Work, commune: Commune, browse: Browse) -> None:
    sent(work, commune.member, "Điều riêng của An.")
    page = browse.as_(commune.organiser).page("/to-chuc/hoi-dap/so-lieu?tu=2026-12-01&den=2026-12-01")
    assert "Hỏi 1 0 0 0 0 1" in page.text
    assert "riêng của An" not in page.html
    for odd in ("tu=hom-qua&don-vi=99", "tu=0001-01-01&den=9999-12-31", "tu=9999-12-31"):
        assert "không có trong danh sách" not in browse.page(f"/to-chuc/hoi-dap/so-lieu?{odd}").text
    file = next(one for one in page.hrefs() if ".xlsx" in one)
    assert browse.get(file).response.get_data()[:2] == b"PK"
    with work() as w:
        entry = w.session.scalars(select(AuditEntry).where(AuditEntry.action == "question.counts_exported")).one()
        assert w.session.scalars(select(Question.id)).all()
    assert entry.facts == {"since": "2026-12-01", "until": "2026-12-01"}
