"""The page on which an item is written, as a plain form and as scripts ask it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from question_bank import model as bank
from quiz_app.authoring import content, writing
from quiz_app.authoring.models import Draft
from quiz_app.authoring.policy import Action
from quiz_app.catalogue.models import ItemSet, SetSeal
from quiz_app.kernel.audit import AuditEntry
from tests.features.authoring.build import SLUG, changed_item, new_item, ready_set
from tests.features.authoring.test_images import drawn
from tests.support import contest
from tests.support.browse import Answer, Browse
from tests.support.build import Commune
from tests.support.works import View, Work


class Desk:
    """A draft of the author's, and ways to look at it."""

    def __init__(self, browse: Browse, work: Work, view: View, commune: Commune, draft: Draft) -> None:
        self.browse, self.work, self.view, self.commune, self.id = browse, work, view, commune, draft.id
        self.page_url, self.save_url = f"/bien-soan/ban-nhap/{draft.id}/sua", f"/bien-soan/ban-nhap/{draft.id}/luu"

    def item(self) -> bank.Item:
        return content.item_of(self.draft())

    def draft(self) -> Draft:
        with self.view() as r:
            return r.session.get_one(Draft, self.id)

    def fields(self, **changes: Any) -> dict[str, Any]:
        """What the page filled in, changed."""
        return {**self.browse.page(self.page_url).form(self.save_url).values, **changes}

    def send(self, *, status: int = 302, as_json: bool = False, **changes: Any) -> Answer:
        return self.browse.post(self.save_url, self.fields(**changes), status=status, as_json=as_json)


@pytest.fixture
def desk(browse: Browse, work: Work, view: View, commune: Commune, banks: None) -> Desk:
    ready_set(work, commune.author)
    browse.as_(commune.author)
    return Desk(browse, work, view, commune, new_item(work, commune.author))


@pytest.fixture
def over(desk: Desk) -> Desk:
    """A draft over a published item."""
    draft = changed_item(desk.work, desk.commune.author, "cau-1", "Khác?")
    return Desk(desk.browse, desk.work, desk.view, desk.commune, draft)


def test_a_plain_form_writes_every_part(desk: Desk) -> None:
    texts: dict[str, Any] = {"text_a": "Một", "text_b": "Hai", "text_c": "Ba", "text_d": "Bốn *năm*"}
    answer = desk.send(
        kind="multiple", stem="Câu **mới**?", key=["a", "d"], pinned="d", topic="giai-phap", level="3", **texts,
        section=f"{contest.DOCUMENT_SLUG}#phan-2", quote="Trích.", valid_from="05/02/2026", valid_until="31/12/2026",
        rationale="Vì thế.", note="Xem giúp.", act="xem",
    )  # fmt: skip
    assert answer.location == f"/bien-soan/ban-nhap/{desk.id}"
    item = desk.item()
    assert (item.kind, item.stem, item.topic, item.level) == (bank.Kind.MULTIPLE, "Câu **mới**?", "giai-phap", 3)
    assert [option.id for option in item.keys] == ["a", "d"]
    assert [(option.id, option.text) for option in item.options if option.is_pinned] == [("d", "Bốn *năm*")]
    assert f"{item.source.valid_from:%d/%m/%Y} {item.source.valid_until:%d/%m/%Y}" == "05/02/2026 31/12/2026"
    assert (item.source.document, item.source.section, item.source.quote) == (contest.DOCUMENT_SLUG, "phan-2", "Trích.")
    assert (item.rationale, item.note) == ("Vì thế.", "Xem giúp.")


def test_an_option_keeps_its_id_and_its_key_wherever_it_goes(desk: Desk) -> None:
    before = {option.id: option for option in desk.item().options}
    desk.send(act="len:b")
    assert [option.id for option in desk.item().options] == ["b", "a", "c", "d"]
    desk.send(act="xuong:d")  # the last one stays
    desk.send(act="bo:c")
    desk.send(act="them")
    after = desk.item().options
    assert [option.id for option in after] == ["b", "a", "d", "c"]  # c was never published: it is free again
    assert all(before[option.id] == option for option in after if option.text)
    assert [option.id for option in after if option.is_key] == ["b"]


def test_an_id_that_was_published_is_never_given_to_another_option(over: Desk) -> None:
    over.send(act="bo:c")
    over.send(act="them")
    assert {option.id for option in over.item().options} == {"a", "b", "d", "e"}


@pytest.mark.parametrize("rows", [["a", "b", "zz"], ["a", "a"]])
def test_an_option_that_the_item_does_not_have_is_refused(desk: Desk, rows: list[str]) -> None:
    before = desk.item()
    answer = desk.send(status=422, as_json=True, row=rows)
    assert "không thuộc câu này" in answer.json["fields"]["options"][0]
    assert desk.item() == before


def test_true_and_false_take_no_id_of_another_option(desk: Desk) -> None:
    desk.send(kind="true_false")
    item = desk.item()
    assert [(option.text, option.is_pinned) for option in item.options] == [("Đúng", True), ("Sai", True)]
    assert not {option.id for option in item.options} & {"a", "b", "c", "d"}
    desk.send(truth="Sai")
    assert [option.text for option in desk.item().keys] == ["Sai"]
    assert [option.id for option in desk.item().options] == [option.id for option in item.options]
    desk.send(kind="single")
    assert [option.text for option in desk.item().options] == [""] * 4


def test_a_script_gets_what_stands_around_the_fields(desk: Desk) -> None:
    with desk.work(actor=desk.commune.author) as w:
        twin = writing.start_item(w, SLUG)
        writing.save(w, twin.id, 1, replace(desk.item(), id=twin.code))
    answer = desk.send(status=200, as_json=True, rationale="", text_a="", text_c="Tất cả các ý trên").json
    assert answer["revision"] == 3
    assert re.fullmatch(r"\d\d:\d\d:\d\d", answer["saved_at"])
    regions = answer["regions"]
    assert "Chưa có phần giải thích." in regions["remarks:rationale"]
    assert "Phương án A đang để trống" in regions["remarks:option:a"]
    assert "remarks:option:c" in regions
    assert "trùng với câu" in regions["remarks:stem"]
    assert f'href="/bien-soan/soan/{SLUG}/cau/{twin.code}"' in regions["remarks:stem"]
    assert "choice__letter" in regions["preview"]
    assert regions["others"] == ""


def test_the_preview_is_safe_and_shows_pinned_options_last(desk: Desk) -> None:
    fields = {"stem": "<script>alert(1)</script> **Đậm**", "text_a": "![x](//elsewhere/a.png)", "pinned": "a"}
    shown = desk.send(status=200, as_json=True, **fields).json["regions"]["preview"]
    assert "<script" not in shown
    assert "<strong>Đậm</strong>" in shown
    assert "<img" not in shown
    assert shown.index("//elsewhere/a.png") > shown.index('value="D"')


def test_who_starts_from_an_old_revision_sees_both_versions(desk: Desk) -> None:
    mine = desk.fields(stem="Bản của tôi?")
    with desk.work(actor=desk.commune.organiser) as w:
        writing.save(w, desk.id, 2, replace(desk.item(), stem="Bản của đồng chí Huy?"))
    answer = desk.browse.post(desk.save_url, mine, status=409, as_json=True).json
    assert (answer["error"], answer["revision"]) == ("OutOfDate", 3)
    assert "Bản của đồng chí Huy?" in answer["regions"]["conflict"]
    assert desk.item().stem == "Bản của đồng chí Huy?"
    page = desk.browse.post(desk.save_url, mine, status=409).page
    assert page is not None
    again = page.form(desk.save_url).values
    assert (again["stem"], again["revision"]) == (["Bản của tôi?"], ["3"])
    assert "Lấy bản của đồng chí" in page.text
    desk.browse.post(desk.save_url, {**again, "act": "de"})
    assert desk.item().stem == "Bản của tôi?"


def test_two_who_write_the_same_do_not_meet(desk: Desk) -> None:
    fields = desk.fields(stem="Cùng một câu?")
    with desk.work(actor=desk.commune.organiser) as w:
        writing.save(w, desk.id, 2, replace(desk.item(), stem="Cùng một câu?"))
    assert desk.browse.post(desk.save_url, fields, status=200, as_json=True).json["revision"] == 3


def test_two_in_one_draft_are_told_of_each_other(desk: Desk) -> None:
    desk.browse.page(desk.page_url)
    other = desk.browse.other().as_(desk.commune.organiser)
    assert desk.commune.author.full_name in other.page(desk.page_url).text
    told = desk.browse.post(f"/bien-soan/ban-nhap/{desk.id}/co-mat", status=200, as_json=True).json
    assert desk.commune.organiser.full_name in told["regions"]["others"]
    assert (told["revision"], told["is_writable"]) == (2, True)


def test_a_day_that_is_none_keeps_nothing_and_loses_nothing(desk: Desk) -> None:
    before = desk.item()
    page = desk.send(status=422, stem="Câu đang viết?", valid_from="30/02/2026").page
    assert page is not None
    assert "Ngày phải viết dạng ngày/tháng/năm" in page.text
    assert page.form(desk.save_url).values["stem"] == ["Câu đang viết?"]
    assert desk.item() == before


def test_an_image_comes_with_the_plain_form(desk: Desk) -> None:
    desk.send(act="hinh", image=(io.BytesIO(drawn()), "a.png"), alt="Cổng làng")
    assert "![Cổng làng](/hinh/" in desk.item().stem
    before = desk.item()
    page = desk.send(
        status=422, act="hinh", image=(io.BytesIO(b"<svg/>"), "a.png"), alt="Cổng làng", stem="Viết dở?"
    ).page
    assert page is not None
    assert "Chỉ nhận hình PNG, JPEG hoặc WebP" in page.text
    assert page.form(desk.save_url).values["stem"] == ["Viết dở?"]
    assert desk.item() == before


def test_each_look_at_the_keys_is_on_record(desk: Desk) -> None:
    desk.browse.page(desk.page_url)
    with desk.work() as w:
        entries = w.session.scalars(select(AuditEntry).where(AuditEntry.action == Action.DRAFT_KEYS_VIEWED.code)).all()
        assert [entry.subject for entry in entries] == [f"draft:{desk.id}"]


def test_what_is_not_being_written_is_read_elsewhere(desk: Desk) -> None:
    fields = desk.fields(stem="Muộn rồi?")
    with desk.work(actor=desk.commune.author) as w:
        writing.hand_in(w, desk.id, 2)
    assert desk.browse.get(desk.page_url, status=302).location == f"/bien-soan/ban-nhap/{desk.id}"
    assert desk.browse.post(desk.save_url, fields, status=409, as_json=True).json["error"] == "NotWritable"


def test_a_sealed_set_shows_nothing(desk: Desk) -> None:
    with desk.work() as w:
        set_id = w.session.scalars(select(ItemSet.id).where(ItemSet.slug == SLUG)).one()
        w.session.add(SetSeal(set_id=set_id, sealed_at=w.now, sealed_by=None, reason=""))
    desk.browse.get(desk.page_url, status=409)
    desk.browse.post(f"/bien-soan/ban-nhap/{desk.id}/co-mat", status=409, as_json=True)


def test_what_a_draft_over_something_published_is_meant_as(desk: Desk, over: Desk) -> None:
    over.send(intent="retire")
    assert over.draft().intent == "retire"
    assert "Lần sửa này là" not in desk.browse.page(desk.page_url).text
