"""Study modules: written in parts, reviewed by another person, published as editions that never change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from question_bank import model as bank
from quiz_app.authoring import (
    content,
    module_edits,
    module_queries,
    module_shown,
    module_writing,
    publishing,
    queries,
    reviewing,
    writing,
)
from quiz_app.authoring.errors import ModuleTaken, NothingToPublish, OutOfDate, StillFindings, WritesHimself
from quiz_app.authoring.models import Draft, State, Verdict
from quiz_app.catalogue import labels as catalogue_labels
from quiz_app.catalogue import services as catalogue
from quiz_app.catalogue.models import StudyModule
from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import Missing
from quiz_app.study import queries as study
from quiz_app.study import services as reading
from tests.features.authoring.build import approve
from tests.support import build, contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import View, Work

SLUG = contest.MODULE_SLUG
SAMPLE = contest.sample_bank().modules[0]
LIST = "/bien-soan/chuyen-de"
BODY = "## Việc cần làm\n\nMỗi thôn một tổ công nghệ số cộng đồng."


@pytest.fixture
def world(work: Work, commune: Commune, banks: None) -> Commune:
    with work() as w:
        contest.publish_sample_bank(w)
    return commune


def _changed(work: Work, world: Commune, module: bank.StudyModule) -> Draft:
    """A draft over the published module that says this."""
    with work(actor=world.author) as w:
        draft = module_writing.change_module(w, SLUG)
        writing.save(w, draft.id, draft.revision, module)
        return draft


def _published(work: Work, world: Commune, module: bank.StudyModule) -> None:
    draft = _changed(work, world, module)
    approve(work, world.author, world.reviewer, draft)
    with work(actor=world.organiser) as w:
        publishing.publish_module(w, draft.id, 2)


def _with_body(body: str) -> bank.StudyModule:
    return module_edits.with_lesson(SAMPLE, replace(SAMPLE.lessons[0], body=body))


def test_a_new_module_goes_from_nothing_to_readers(work: Work, world: Commune, view: View) -> None:
    with work(actor=world.author) as w:
        draft = module_writing.found_module(w, "chuyen-doi-so", "Chuyển đổi số ở thôn", "giai-phap")
        module, slug = module_edits.with_new_lesson(content.module_of(draft), "Tổ công nghệ số cộng đồng")
        first = writing.save(w, draft.id, 1, module)
        assert (slug, module.document, module.position) == ("to-cong-nghe-so-cong-dong", contest.DOCUMENT_SLUG, 2)
    with pytest.raises(StillFindings), work(actor=world.author) as w:
        writing.hand_in(w, draft.id, first.revision)
    written = replace(module.lessons[0], body=BODY, sections=("phan-2",))
    with work(actor=world.author) as w:
        whole = replace(module, summary="Một bài ngắn.", lessons=(written,))
        writing.save(w, draft.id, first.revision, whole)
    approve(work, world.author, world.reviewer, draft)
    with work(actor=world.organiser) as w:
        publishing.publish_module(w, draft.id, 3)
    with view() as r:
        _, lesson = study.lesson(r, "chuyen-doi-so", slug)
        assert "<h2>Việc cần làm</h2>" in lesson.body_html
        ((edition, by),) = module_queries.editions(r.session, "chuyen-doi-so")
        assert (edition.number, edition.is_from_files, by) == (1, False, world.organiser.full_name)
        assert r.session.get_one(Draft, draft.id).state == State.PUBLISHED.value


def test_a_name_in_use_is_refused(work: Work, world: Commune) -> None:
    with work(actor=world.author) as w:
        module_writing.found_module(w, "dang-viet", "Đang viết")
    for slug in (SLUG, "dang-viet"):
        with pytest.raises(ModuleTaken), work(actor=world.organiser) as w:
            module_writing.found_module(w, slug, "Tên khác")
    with pytest.raises(Missing), work(actor=world.author) as w:
        module_writing.change_module(w, "khong-co")


def test_an_old_edition_stays_as_it_was(work: Work, world: Commune, view: View) -> None:
    _published(work, world, _with_body("Nội dung đã sửa."))
    with view() as r:
        assert module_queries.edition(r.session, SLUG, 1)[1] == SAMPLE
        assert queries.published_module(r.session, SLUG) == (_with_body("Nội dung đã sửa."), 2)
        with pytest.raises(Missing):
            module_queries.edition(r.session, SLUG, 3)


def test_lessons_that_stay_keep_their_readers(work: Work, world: Commune, view: View) -> None:
    with work(actor=world.member) as w:
        reading.finish_lesson(w, SLUG, "bai-hai")
    reordered = module_edits.moved(_with_body("Nội dung đã sửa."), "bai-hai", -1)
    _published(work, world, reordered)
    with view() as r:
        (summary,) = study.progress_summary(r, world.member.id)
        assert (summary.lessons_finished, summary.next_lesson) == (1, "bai-mot")


def test_who_wrote_a_module_cannot_review_it(work: Work, world: Commune) -> None:
    with work() as w:
        build.grant(w, world.author, Role.REVIEWER, world.root)
    draft = _changed(work, world, _with_body("Nội dung đã sửa."))
    with work(actor=world.author) as w:
        writing.hand_in(w, draft.id, 2)
    with pytest.raises(WritesHimself), work(actor=world.author) as w:
        reviewing.judge(w, draft.id, 2, Verdict.APPROVED)


def test_only_what_was_approved_and_shown_is_published(work: Work, world: Commune) -> None:
    draft = _changed(work, world, _with_body("Nội dung đã sửa."))
    with pytest.raises(NothingToPublish), work(actor=world.organiser) as w:
        publishing.publish_module(w, draft.id, 2)
    approve(work, world.author, world.reviewer, draft)
    with work(actor=world.author) as w:
        writing.take_back(w, draft.id)
        writing.save(w, draft.id, 3, _with_body("Nội dung khác hẳn."))
    approve(work, world.author, world.reviewer, draft)
    with pytest.raises(NothingToPublish), work(actor=world.organiser) as w:
        publishing.publish_module(w, draft.id, 2)  # the page that was read stood at revision 2


def test_files_do_not_take_the_place_of_what_was_written_here(work: Work, world: Commune, view: View) -> None:
    _published(work, world, replace(_with_body("Nội dung đã sửa."), title="Tên đã sửa"))
    with work() as w:
        outcomes = catalogue.publish_bank(w, contest.sample_bank(), is_shipped=False)
    kept = next(one for one in outcomes if one.kind == "module")
    assert (kept.kept_edition, kept.is_changed) == (2, False)
    assert catalogue_labels.outcome(kept) == (
        "Chuyên đề “Tên đã sửa”: giữ bản 2 đã soạn trên trang, không lấy chữ trong tệp."
    )
    with work() as w:
        catalogue.publish_bank(w, contest.sample_bank(), is_shipped=False, replaces_written=True)
    with view() as r:
        assert queries.published_module(r.session, SLUG) == (SAMPLE, 3)
        assert [edition.is_from_files for edition, _ in module_queries.editions(r.session, SLUG)] == [True, False, True]
        assert module_queries.edition(r.session, SLUG, 2)[1].title == "Tên đã sửa"


def test_a_module_from_before_editions_gets_its_first_from_the_file(work: Work, world: Commune, view: View) -> None:
    with work() as w:
        for edition in queries.editions(w.session, SLUG):
            w.session.delete(edition)
    with pytest.raises(Missing), work(actor=world.author) as w:
        module_writing.change_module(w, SLUG)
    with work() as w:
        assert not catalogue.publish_module(w, SAMPLE).is_changed
    with view() as r:
        assert queries.published_module(r.session, SLUG) == (SAMPLE, 1)


def test_what_is_to_be_mended_is_told_where_it_stands(work: Work, world: Commune, view: View) -> None:
    lessons = (replace(SAMPLE.lessons[0], sections=("khong-co",)), replace(SAMPLE.lessons[1], body="![](/hinh/a.png)"))
    with view() as r:
        found = module_shown.remarks(r.session, replace(SAMPLE, summary="", lessons=lessons))
    assert found == {
        module_shown.HEAD: ["Chuyên đề “chuyen-de-mau” chưa có lời giới thiệu."],
        "bai-mot": ["Thư viện không có mục “khong-co” của văn bản “van-ban-mau”."],
        "bai-hai": ["Bài học “bai-hai” có hình chưa kèm lời mô tả cho người không nhìn được hình."],
    }


def _start(work: Work, world: Commune) -> tuple[Draft, str]:
    with work(actor=world.author) as w:
        draft = module_writing.change_module(w, SLUG)
    return draft, f"{LIST}/nhap/{draft.id}"


def test_the_whole_path_on_pages(browse: Browse, work: Work, world: Commune, view: View) -> None:
    author, reviewer, organiser = (browse.other().as_(one) for one in (world.author, world.reviewer, world.organiser))
    begun = author.submit(
        f"{LIST}/moi", {"title": "Chuyển đổi số", "slug": "chuyen-doi-so", "topic": "giai-phap"}, action=f"{LIST}/moi"
    )
    page = author.follow(begun)
    assert "chưa có bài học nào" in page.text
    head = {"summary": "Một bài ngắn.", "source": f"{contest.DOCUMENT_SLUG}#phan-2", "position": "7"}
    author.submit(begun.location, head, action=begun.location)
    lesson = author.submit(begun.location, {"bai-moi-title": "Tổ công nghệ số"}, action=f"{begun.location}/bai-moi")
    assert lesson.location == f"{begun.location}/bai/to-cong-nghe-so"
    text = {"body": BODY.replace("\n", "\r\n"), "sections": "phan-2"}
    author.submit(lesson.location, text, action=lesson.location)
    page = author.page(lesson.location)
    assert page.texts(".//article//h2") == ["Việc cần làm"]
    assert "điểm cần sửa" not in page.text
    draft_id = int(begun.location.rpartition("/")[2])
    read = f"/bien-soan/ban-nhap/{draft_id}"
    author.submit(read, action=f"{read}/gui")
    assert "Bài 1. Tổ công nghệ số" in reviewer.page(read).text
    reviewer.submit(read, {"field": "Bài 1. Tổ công nghệ số", "text": "Rất gọn."}, action=f"{read}/y-kien")
    reviewer.submit(read, {"verdict": "approved"}, action=f"{read}/ket-luan")
    assert "1 bài mới" in organiser.page(f"{begun.location}/cong-bo").text
    organiser.submit(f"{begun.location}/cong-bo", action=f"{begun.location}/cong-bo")
    with view() as r:
        module, number = queries.published_module(r.session, "chuyen-doi-so") or (None, 0)
        assert module is not None
        assert (number, module.position, module.lessons[0].body) == (1, 7, BODY)
    assert "Mỗi thôn một tổ" in browse.as_nobody().page("/hoc/chuyen-doi-so/to-cong-nghe-so").text


def test_two_in_one_lesson_are_told_and_neither_overwrites(browse: Browse, work: Work, world: Commune) -> None:
    draft, url = _start(work, world)
    lesson = f"{url}/bai/bai-mot"
    typed = {"revision": "1", "title": "Mục tiêu chung", "minutes": "5", "sections": "phan-1"}
    browse.as_(world.organiser).post(lesson, typed | {"body": "Nội dung của đồng chí Huy."})
    browse.as_(world.author)
    told = browse.post(lesson, typed | {"body": "Nội dung của đồng chí Mai."}, as_json=True, status=409)
    assert world.organiser.full_name in told.json["message"]
    answer = browse.post(lesson, typed | {"body": "Nội dung của đồng chí Mai."}, status=409)
    assert answer.page is not None
    assert (answer.page.by_id("body").text or "").strip() == "Nội dung của đồng chí Mai."
    assert "Huy." in answer.page.texts(".//del")
    with work() as w:
        assert content.module_of(w.session.get_one(Draft, draft.id)).lessons[0].body == "Nội dung của đồng chí Huy."
    # Having read both, he means it.
    again = answer.page.form(lesson).values
    browse.post(lesson, again, with_token=False)
    with work() as w:
        assert content.module_of(w.session.get_one(Draft, draft.id)).lessons[0].body == "Nội dung của đồng chí Mai."


def test_a_lesson_taken_out_meanwhile_is_not_lost_with_what_is_typed(
    browse: Browse, work: Work, world: Commune
) -> None:
    draft, url = _start(work, world)
    browse.as_(world.author).submit(f"{url}/bai/bai-mot/bo", action=f"{url}/bai/bai-mot/bo")
    typed = {"revision": "1", "title": "Mục tiêu", "minutes": "5", "body": "Vừa viết.", "sections": "phan-1"}
    answer = browse.post(f"{url}/bai/bai-mot", typed, status=409)
    assert answer.page is not None
    browse.post(f"{url}/bai/bai-mot", answer.page.form(f"{url}/bai/bai-mot").values, with_token=False)
    with work() as w:
        lessons = content.module_of(w.session.get_one(Draft, draft.id)).lessons
        assert [(lesson.slug, lesson.title) for lesson in lessons] == [
            ("bai-hai", "Giải pháp chính"),
            ("bai-mot", "Mục tiêu"),
        ]


def test_saving_while_typing_answers_with_what_stands_around(browse: Browse, work: Work, world: Commune) -> None:
    _, url = _start(work, world)
    typed = {"revision": "1", "title": "Mục tiêu chung", "minutes": "5", "body": "Một **chữ đậm** <b>x</b>"}
    answer = browse.as_(world.author).post(f"{url}/bai/bai-mot", typed, as_json=True, status=200)
    assert answer.json["revision"] == 2
    assert "<strong>chữ đậm</strong> &lt;b&gt;" in answer.json["regions"]["preview"]
    assert "chưa ghi dựa trên mục nào" in answer.json["regions"]["remarks"]
    wrong = browse.post(f"{url}/bai/bai-mot", typed | {"revision": "2", "minutes": "x"}, as_json=True, status=422)
    assert wrong.json["fields"]["minutes"]
    assert browse.post(url, {"revision": "2", "title": ""}, status=422).page is not None


def test_lessons_change_places(browse: Browse, work: Work, world: Commune) -> None:
    draft, url = _start(work, world)
    browse.as_(world.author).submit(url, action=f"{url}/bai/bai-hai/len")
    browse.post(f"{url}/bai/bai-hai/xuong", {"revision": "1"})  # from a page that is out of date: only told
    with work() as w:
        lessons = content.module_of(w.session.get_one(Draft, draft.id)).lessons
        assert [lesson.slug for lesson in lessons] == ["bai-hai", "bai-mot"]
    twice = {"bai-moi-revision": "2", "bai-moi-title": "Bài mới", "bai-moi-slug": "bai-mot"}
    assert "Chuyên đề này đã có bài" in browse.post(f"{url}/bai-moi", twice, status=422).text
    stale = twice | {"bai-moi-revision": "1", "bai-moi-slug": "bai-ba"}
    assert "đã lưu bản mới hơn" in browse.post(f"{url}/bai-moi", stale, status=422).text


def test_a_draft_in_review_is_read_not_written(browse: Browse, work: Work, world: Commune) -> None:
    draft = _changed(work, world, _with_body("Nội dung đã sửa."))
    with work(actor=world.author) as w:
        writing.hand_in(w, draft.id, 2)
    url = f"{LIST}/nhap/{draft.id}"
    assert browse.as_(world.author).get(url, status=302).location == f"/bien-soan/ban-nhap/{draft.id}"
    answer = browse.post(f"{url}/bai/bai-mot", {"revision": "2", "title": "x", "minutes": "5", "body": "y"}, status=409)
    assert "không còn ở trạng thái đang viết" in answer.text


def test_editions_are_listed_read_and_compared(browse: Browse, work: Work, world: Commune) -> None:
    _published(work, world, _with_body("Nội dung của bài mục tiêu lâu dài."))
    browse.as_(world.reviewer)
    assert "soạn trên trang" in browse.page(LIST).text
    page = browse.page(f"{LIST}/{SLUG}/ban")
    assert world.organiser.full_name in page.text
    assert SAMPLE.lessons[0].body in browse.page(f"{LIST}/{SLUG}/ban/1").text
    page = browse.page(f"{LIST}/{SLUG}/so-sanh?tu=2&den=1")
    assert (page.texts(".//del"), page.texts(".//ins")) == (["chung."], ["lâu dài."])
    for lost in ("ban/9", "so-sanh?tu=x&den=1"):
        browse.get(f"{LIST}/{SLUG}/{lost}", status=404)


def test_another_persons_later_save_is_named(work: Work, world: Commune) -> None:
    draft = _changed(work, world, _with_body("Của người thứ nhất."))
    with pytest.raises(OutOfDate), work(actor=world.organiser) as w:
        writing.save(w, draft.id, 1, _with_body("Của người thứ hai."))
    with work() as w:
        assert w.session.query(StudyModule).one().slug == SLUG
