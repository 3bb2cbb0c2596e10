"""Questions in files: nothing happens before somebody confirms what he was shown; what went out comes back the same."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from question_bank.formats import Format
from quiz_app.authoring import content, exchange, exchange_views, images, queries, writing
from quiz_app.authoring.errors import PlanOutOfDate, UploadGone, UploadRefused
from quiz_app.authoring.exchange import Answer
from quiz_app.authoring.models import Draft
from quiz_app.kernel.audit import AuditEntry
from tests.features.authoring.build import SLUG, ready_set
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import Work

SET = f"/bien-soan/soan/{SLUG}"
GIFT = """
// [id:cau-1]
::Cây xanh:: Về cây xanh ven đê, kế hoạch đã xác định điều gì? {
  =Cây xanh ven đê theo hướng bền vững ~Cây xanh ven đê do nhân dân bàn
  ~Cây xanh ven đê tự phát ~Chưa có cây xanh ven đê
}

::Mới:: Về giếng làng, kế hoạch nêu việc gì? { =Giữ gìn ~Lấp đi ~Bán ~Bỏ mặc }

::Ghép:: Ghép cặp. { =a -> b =c -> d =e -> f }

::Gần:: Về lớp học buổi tối, kế hoạch xác định những điều gì? { =Một ~Hai ~Ba }
"""


@pytest.fixture
def world(work: Work, commune: Commune, banks: None) -> Commune:
    ready_set(work, commune.author)
    return commune


def test_a_file_is_taken_in_as_it_was_shown(work: Work, world: Commune, tmp_path: Path) -> None:
    upload = exchange.take_upload(tmp_path, world.author.id, SLUG, "cau.gift", GIFT.encode(), now=NOW)
    with work(actor=world.author) as w:
        plan = exchange.planned(w, SLUG, upload.parsed)
        assert [entry.kind.value for entry in plan.entries] == ["changed", "new", "doubtful"]
        assert [one.place.question for one in upload.parsed.skipped] == [3]
        shown = exchange.fingerprint(plan)
    with pytest.raises(PlanOutOfDate), work(actor=world.author) as w:
        exchange.take_in(w, SLUG, upload, shown=shown, answers={})
    with work(actor=world.author) as w:
        taken, _ = exchange.take_in(w, SLUG, upload, shown=shown, answers={2: Answer.SKIP})
    assert (taken.new, taken.changed, taken.unchanged, taken.skipped, taken.errors) == (1, 1, 0, 2, 0)
    with work(actor=world.author) as w:
        standings = queries.workspace(w.session, queries.set_draft(w, SLUG))
        changed = standings["cau-1"]
        assert changed.draft is not None
        assert changed.published is not None
        written = content.item_of(changed.draft)
        assert {option.id: option.is_key for option in written.options} == {
            option.id: option.is_key for option in changed.published.options
        }
        assert len(standings) == 13


def test_the_same_file_twice_changes_nothing(work: Work, world: Commune, tmp_path: Path) -> None:
    upload = exchange.take_upload(tmp_path, world.author.id, SLUG, "cau.gift", GIFT.encode(), now=NOW)
    with work(actor=world.author) as w:
        shown = exchange.fingerprint(exchange.planned(w, SLUG, upload.parsed))
        exchange.take_in(w, SLUG, upload, shown=shown, answers={2: Answer.NEW})
    with work(actor=world.author) as w:
        before = {one.code: one.revision for one in w.session.query(Draft)}
        plan = exchange.planned(w, SLUG, upload.parsed)
        assert plan.is_no_op
        exchange.take_in(w, SLUG, upload, shown=exchange.fingerprint(plan), answers={})
        assert {one.code: one.revision for one in w.session.query(Draft)} == before


def test_what_changed_meanwhile_is_shown_again(work: Work, world: Commune, tmp_path: Path) -> None:
    upload = exchange.take_upload(tmp_path, world.author.id, SLUG, "cau.gift", GIFT.encode(), now=NOW)
    with work(actor=world.author) as w:
        shown = exchange.fingerprint(exchange.planned(w, SLUG, upload.parsed))
    with work(actor=world.organiser) as w:
        draft = writing.start_change(w, SLUG, "cau-1")
        item = content.item_of(draft)
        writing.save(w, draft.id, 1, replace(item, rationale="Khác."))
    with pytest.raises(PlanOutOfDate), work(actor=world.author) as w:
        exchange.take_in(w, SLUG, upload, shown=shown, answers={2: Answer.SKIP})
    with work() as w:
        assert len(queries.workspace(w.session, queries.set_draft(w, SLUG))) == 12


@pytest.mark.parametrize("wanted", [one for one in Format if one is not Format.AIKEN])
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_an_own_export_says_nothing_new(work: Work, world: Commune, tmp_path: Path, wanted: Format) -> None:
    with work(actor=world.author) as w:
        file = exchange.export(w, tmp_path, SLUG, wanted)
    upload = exchange.take_upload(tmp_path, world.author.id, SLUG, f"bo{wanted.suffix}", file, now=NOW)
    with work(actor=world.author) as w:
        plan = exchange.planned(w, SLUG, upload.parsed)
    assert plan.is_no_op, [(entry.kind, entry.changes, entry.message) for entry in plan.entries]


@pytest.mark.parametrize(("file", "reason"), [(b"", "không có nội dung"), (b"x" * (21 * 1024 * 1024), "lớn hơn 20 MB")])
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_cannot_be_read_at_all_is_refused(world: Commune, tmp_path: Path, file: bytes, reason: str) -> None:
    with pytest.raises(UploadRefused) as refused:
        exchange.take_upload(tmp_path, world.author.id, SLUG, "cau.gift", file, now=NOW)
    assert reason in str(refused.value.facts["reason"])


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_an_upload_is_its_senders_alone(world: Commune, tmp_path: Path) -> None:
    upload = exchange.take_upload(tmp_path, world.author.id, SLUG, "cau.gift", GIFT.encode(), now=NOW)
    with pytest.raises(UploadGone):
        exchange.kept_upload(tmp_path, world.organiser.id, SLUG, upload.sha256)
    with pytest.raises(UploadGone):
        exchange.kept_upload(tmp_path, world.author.id, SLUG, "../" + upload.sha256)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_pages_lead_from_the_file_to_the_drafts(browse: Browse, world: Commune) -> None:
    author = browse.as_(world.author)
    assert author.get("/bien-soan/mau-cau-hoi.xlsx").response.data.startswith(b"PK")
    assert "Đồng chí chưa chọn tệp" in author.post(f"{SET}/nhap", {}, status=422).text
    sent = author.post(f"{SET}/nhap", {"original": (io.BytesIO(GIFT.encode()), "cau.gift")})
    page = author.page(sent.location)
    assert "Tệp có 4 câu: 3 câu đọc được, 1 câu thuộc loại chưa dùng, 0 câu có lỗi" in page.text
    assert "Cần đồng chí xác định" in page.text
    unanswered = author.submit(sent.location, {}, action=sent.location, status=422)
    assert "còn câu chưa được xác định" in unanswered.text
    sheet = author.post(f"{sent.location}/ket-qua", {}, status=200)
    assert sheet.response.data.startswith(b"PK")
    told = author.submit(sent.location, {"cau-2": "new"}, action=sent.location)
    assert "Đã nhập: 2 câu mới, 1 câu sửa" in author.follow(told).text
    file = author.post(f"{SET}/xuat", {"format": "docx"}, status=200)
    assert file.response.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_every_look_at_a_plan_is_on_record_and_no_changed_key_is_left_out(
    browse: Browse, world: Commune, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange_views, "SHOWN", 1)
    with work(actor=world.author) as w:
        items = [one for one in queries.as_written(w.session, queries.set_draft(w, SLUG)).items if len(one.keys) == 1]
    words = [f"// [id:{one.id}]\n{one.stem} thế? {{ " for one in items[:3]]
    for place, one in enumerate(items[:3]):
        marks = [option.is_key for option in one.options] if place == 0 else [True] + [False] * (len(one.options) - 1)
        marks = marks if place == 0 or not one.options[0].is_key else [*marks[:-1][::-1], True][: len(marks)]
        words[place] += " ".join(f"{'=' if m else '~'}{o.text}" for m, o in zip(marks, one.options, strict=True)) + " }"
    author = browse.as_(world.author)
    sent = author.post(f"{SET}/nhap", {"original": (io.BytesIO("\n\n".join(words).encode()), "cau.gift")})
    page = author.submit(sent.location, {"plan": "x"}, action=sent.location, status=422)
    assert page.text.count("Đáp án thay đổi.") == 2
    assert "và 1 câu sửa nữa, không câu nào đổi đáp án" in page.text
    with work() as w:
        looks = select(AuditEntry.id).where(AuditEntry.action == "authoring.draft_keys_viewed")
        assert len(w.session.scalars(looks).all()) == 2  # the form that was read, and the answer


@pytest.mark.parametrize("wanted", [Format.DOCX, Format.MOODLE_XML, Format.QTI])
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_an_image_goes_out_and_comes_back_as_the_same_one(
    work: Work, world: Commune, tmp_path: Path, wanted: Format
) -> None:
    drawn = io.BytesIO()
    Image.effect_noise((60, 40), 40).convert("RGB").save(drawn, "JPEG")
    address = images.PREFIX + images.keep(tmp_path, drawn.getvalue())
    with work(actor=world.author) as w:
        draft = writing.start_change(w, SLUG, "cau-1")
        item = content.item_of(draft)
        writing.save(w, draft.id, 1, replace(item, stem=f"{item.stem} ![cây xanh]({address})"))
        file = exchange.export(w, tmp_path, SLUG, wanted)
    upload = exchange.take_upload(tmp_path, world.author.id, SLUG, f"bo{wanted.suffix}", file, now=NOW)
    with work(actor=world.author) as w:
        plan = exchange.planned(w, SLUG, upload.parsed)
    assert plan.is_no_op, [(entry.kind, entry.changes, entry.message) for entry in plan.entries]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_picture_that_cannot_be_drawn_is_told_and_described(work: Work, world: Commune, tmp_path: Path) -> None:
    broken = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"rubbish" * 9).decode()
    file = f"""<quiz><question type="multichoice"><name><text>H</text></name>
<questiontext format="html"><text><![CDATA[Hình này? <img src="@@PLUGINFILE@@/a.png" alt="đình làng">]]></text>
<file name="a.png" path="/" encoding="base64">{broken}</file></questiontext><single>true</single>
<answer fraction="100"><text>Đình</text></answer><answer fraction="0"><text>Chùa</text></answer></question></quiz>"""
    upload = exchange.take_upload(tmp_path, world.author.id, SLUG, "a.xml", file.encode(), now=NOW)
    (parsed,) = upload.parsed.items
    assert parsed.item.stem == "Hình này? đình làng"
    assert "Hình không dùng được" in parsed.warnings[0].message
