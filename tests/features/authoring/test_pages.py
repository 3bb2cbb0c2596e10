"""The pages of a set's workspace, of drafts and of publication, as people walk through them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from quiz_app.authoring import content, publishing, queries, writing
from quiz_app.authoring.models import Draft, Intent
from quiz_app.kernel.audit import AuditEntry
from tests.features.authoring.build import SLUG, approve, changed_item, new_item, ready_set
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

NEW = "/bien-soan/soan/bo-moi"
SETS = "/bien-soan/bo-cau-hoi"
SET = f"/bien-soan/soan/{SLUG}"


@pytest.fixture
def world(work: Work, commune: Commune, banks: None) -> Commune:
    ready_set(work, commune.author)
    return commune


def test_a_set_is_founded_and_its_first_item_begun(browse: Browse, world: Commune, work: Work) -> None:
    author = browse.as_(world.author)
    wrong = author.submit(NEW, {"title": "Bộ đợt hai", "slug": "Đợt hai"}, action=NEW, status=422)
    assert "Tên ngắn chỉ gồm chữ thường" in wrong.text
    taken = author.submit(NEW, {"title": "Bộ đợt hai", "slug": SLUG, "use": "contest"}, action=NEW, status=422)
    assert f"Đã có bộ câu hỏi mang tên ngắn “{SLUG}”" in taken.text
    made = author.submit(NEW, {"title": "Bộ đợt hai", "slug": "dot-hai", "use": "contest"}, action=NEW)
    page = author.follow(made)
    assert "Bộ này chưa có câu nào" in page.text
    author.post("/bien-soan/soan/dot-hai/cau-moi")
    assert "1 bản nháp" in author.page(SETS).text
    with work() as w:
        assert w.session.scalars(select(Draft.state).where(Draft.code == "dot-hai-001")).one() == "draft"


def test_items_are_found_and_filed_elsewhere(browse: Browse, world: Commune) -> None:
    author = browse.as_(world.author)
    page = author.page(f"{SET}?tim=cay+xanh&muc=1")
    assert "Về cây xanh ven đê" in page.text
    assert "Về lớp học" not in page.text
    assert "Không có câu nào như vậy" in author.page(f"{SET}?tim=khong+co+gi").text
    assert "Về cây xanh ven đê" in author.page("/bien-soan/tim-cau-hoi?tim=CAY+XANH").text
    author.page(f"{SET}?muc=7&tinh-trang=x&trang=9&tac-gia=abc")
    told = author.post(f"{SET}/phan-loai", {"codes": "cau-1", "topic": "giai-phap", "level": ""})
    assert "Đã phân loại lại 1 câu" in author.follow(told).text
    told = author.post(f"{SET}/phan-loai", {"codes": "khong-co", "topic": "giai-phap", "level": ""})
    assert "Bộ này không có câu “khong-co”" in author.follow(told).text


def test_from_handing_in_to_publication(browse: Browse, world: Commune, work: Work) -> None:
    draft = new_item(work, world.author)
    at = f"/bien-soan/ban-nhap/{draft.id}"
    author, reviewer = browse.as_(world.author), browse.other().as_(world.reviewer)
    assert "Gửi thẩm định" in author.page(at).text
    author.post(f"{at}/gui", {"revision": "2"})
    assert "không tự thẩm định" in author.page(at).text
    assert "văn nghệ" in reviewer.page("/bien-soan/tham-dinh").text
    reviewer.submit(at, {"text": "Câu dẫn nên ngắn hơn.", "field": "stem"}, action=f"{at}/y-kien")
    unsaid = reviewer.submit(at, {"text": ""}, action=f"{at}/y-kien", status=422)
    assert "Mời đồng chí ghi ý kiến" in unsaid.text
    unsaid = reviewer.submit(at, {}, action=f"{at}/ket-luan", status=422)
    assert "Mời đồng chí chọn một kết luận" in unsaid.text
    reviewer.submit(at, {"verdict": "changes", "words": "Rút ngắn câu dẫn."}, action=f"{at}/ket-luan")
    page = author.page(at)
    assert "Rút ngắn câu dẫn." in page.text
    assert "Câu dẫn: Câu dẫn nên ngắn hơn." in page.text
    author.post(f"{at}/gui", {"revision": "2"})
    reviewer.submit(at, {"verdict": "approved"}, action=f"{at}/ket-luan")
    organiser = browse.other().as_(world.organiser)
    asked = organiser.page(f"{SET}/cong-bo")
    assert "trong đó 1 câu vừa được duyệt" in asked.text
    stale = organiser.post(f"{SET}/cong-bo", {"content_hash": "0" * 64}, status=422)
    assert "nội dung vừa thay đổi" in stale.text
    organiser.submit(f"{SET}/cong-bo", {}, action=f"{SET}/cong-bo")
    assert "Đã công bố" in organiser.page(f"{SET}?tim=van+nghe").text
    item = organiser.page(f"{SET}/cau/{draft.code}")
    assert "Chưa có đợt thi nào dùng câu này" in item.text


def test_a_finding_is_answered_for_on_the_page_of_publication(browse: Browse, world: Commune, work: Work) -> None:
    stem = "Điều nào không phải là việc chưa làm ven đê?"
    draft = changed_item(work, world.author, "cau-1", stem, Intent.MEANING)
    approve(work, world.author, world.reviewer, draft)
    organiser = browse.as_(world.organiser)
    page = organiser.page(f"{SET}/cong-bo")
    assert "phủ định hai lần" in page.text
    assert "Bản đã công bố không sửa được" not in page.text
    organiser.submit(f"{SET}/cong-bo", {"reason": "Cố ý hỏi như vậy."}, action=f"{SET}/giu-nguyen")
    page = organiser.page(f"{SET}/cong-bo")
    assert f"{world.organiser.full_name}: Cố ý hỏi như vậy." in page.text
    organiser.submit(f"{SET}/cong-bo", {}, action=f"{SET}/cong-bo")
    assert "Sửa lỗi gõ" not in organiser.page(f"{SET}/cong-bo").text


def test_a_version_shows_what_changed_and_every_look_is_on_record(browse: Browse, world: Commune, work: Work) -> None:
    draft = changed_item(work, world.author, "cau-1", "Về cây xanh ven đê, kế hoạch đã xác định điều gì?")
    approve(work, world.author, world.reviewer, draft)
    with work() as w:
        digest = publishing.prospect(w, queries.set_draft(w, SLUG)).content_hash
    with work(actor=world.organiser) as w:
        publishing.publish(w, SLUG, digest)
    page = browse.as_(world.reviewer).page(f"{SET}/cau/cau-1")
    assert "Bản 2: sửa lỗi gõ" in page.text
    assert "Trước: Về cây xanh ven đê, kế hoạch xác định điều gì?" in page.text
    with work() as w:
        seen = select(AuditEntry).where(AuditEntry.action == "authoring.draft_keys_viewed")
        assert w.session.scalars(seen).one().actor_member_id == world.reviewer.id


def test_a_draft_is_thrown_away_after_a_question(browse: Browse, world: Commune, work: Work) -> None:
    draft = new_item(work, world.author)
    author = browse.as_(world.author)
    page = author.page(f"/bien-soan/ban-nhap/{draft.id}/bo")
    assert "không lấy lại được" in page.text
    author.submit(f"/bien-soan/ban-nhap/{draft.id}/bo")
    author.get(f"/bien-soan/ban-nhap/{draft.id}", status=404)


def test_a_sealed_set_tells_nothing_but_that(browse: Browse, world: Commune, work: Work) -> None:
    draft = new_item(work, world.author)
    with work(actor=world.author) as w:
        writing.hand_in(w, draft.id, 2)
    organiser, reviewer = browse.as_(world.organiser), browse.other().as_(world.reviewer)
    organiser.submit(f"{SET}/niem-phong")
    assert "Bộ này đang niêm phong" in organiser.page(SET).text
    assert "Đang niêm phong" in organiser.page(SETS).text
    for url in (f"{SET}/cau/cau-1", f"/bien-soan/ban-nhap/{draft.id}", f"{SET}/cong-bo", f"{SET}/xuat", f"{SET}/nhap"):
        answer = organiser.get(url, status=409)
        assert "cây xanh" not in answer.text
        assert "văn nghệ" not in answer.text
    assert "văn nghệ" not in reviewer.page("/bien-soan/tham-dinh").text
    assert "cây xanh" not in organiser.page("/bien-soan/tim-cau-hoi?tim=cay+xanh").text
    organiser.submit(f"{SET}/mo-niem-phong", {"reason": "Có câu sai đáp án."})
    assert "Cần một đồng chí khác xác nhận" in organiser.page(SET).text
    organiser.get(f"{SET}/xac-nhan-mo")
    organiser.post(f"{SET}/xac-nhan-mo", status=409)
    reviewer.submit(f"{SET}/xac-nhan-mo")
    assert "văn nghệ" in reviewer.page("/bien-soan/tham-dinh").text


def test_a_changed_key_is_told_by_its_words(browse: Browse, world: Commune, work: Work) -> None:
    with work(actor=world.author) as w:
        draft = writing.start_change(w, SLUG, "cau-1")
        before = content.item_of(draft)
        options = tuple(reversed([replace(one, is_key=one.id == "d") for one in before.options]))
        writing.save(w, draft.id, 1, replace(before, options=options))
    page = browse.as_(world.reviewer).page(f"/bien-soan/ban-nhap/{draft.id}").text
    was, becomes = (next(one.text for one in item if one.is_key) for item in (before.options, options))
    assert f"“{was}”" in page
    assert f"“{becomes}”" in page
