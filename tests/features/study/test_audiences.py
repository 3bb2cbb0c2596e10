"""Modules aimed at audiences: shown first to whom they are meant for, and hidden from nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from question_bank.model import Audience
from question_bank.study_writing import module_from_plain, module_to_plain
from quiz_app.catalogue import services as publishing
from quiz_app.catalogue.models import ModuleEdition, StudyModule
from quiz_app.catalogue.outcome import Outcome
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.units import services as units
from quiz_app.units.models import Unit
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.contest import MODULE_SLUG, publish_sample_bank, sample_bank
from tests.support.works import View, Work

TITLES = ".//main//h2[@class='card__title']"
PLAIN = sample_bank().modules[0]
AIMED = replace(PLAIN, slug="truong", title="Cho nhà trường", position=2, audiences=("truong-hoc", "y-te"))
HASH_BEFORE_AUDIENCES = "965fb841e2d2591f86ae333abd9a0ae8d39de9e57d8e7e36791c075b4bedff70"


def _publish(work: Work, *modules: object) -> list[Outcome]:
    with work() as w:
        publish_sample_bank(w)
        return [publishing.publish_module(w, module) for module in modules]  # type: ignore[arg-type] # bank modules


def test_a_module_for_everybody_is_what_it_was_before_audiences(work: Work, view: View, commune: Commune) -> None:
    _publish(work)
    with view() as r:
        row = r.session.scalars(select(StudyModule).where(StudyModule.slug == MODULE_SLUG)).one()
        assert (row.content_hash, row.audiences) == (HASH_BEFORE_AUDIENCES, [])
        assert "audiences" not in r.session.scalars(select(ModuleEdition)).one().content


def test_audiences_are_content_and_their_order_is_not(work: Work, view: View, commune: Commune) -> None:
    turned = replace(AIMED, audiences=AIMED.audiences[::-1])
    _publish(work, AIMED, turned, replace(AIMED, audiences=()))
    with view() as r:
        row = r.session.scalars(select(StudyModule).where(StudyModule.slug == AIMED.slug)).one()
        editions = r.session.scalars(select(ModuleEdition).where(ModuleEdition.module_id == row.id)).all()
        assert [one.content.get("audiences") for one in editions] == [["truong-hoc", "y-te"], None]
        assert row.audiences == []
    assert module_from_plain(module_to_plain(AIMED)) == AIMED


def test_an_organiser_says_of_what_kind_a_unit_is(work: Work, view: View, commune: Commune) -> None:
    for person in (commune.secretary, commune.organiser_elsewhere, commune.member):
        with work(actor=person) as w, pytest.raises(Missing):
            units.set_audience(w, commune.first.id, Audience.SCHOOL)
    with work(actor=commune.organiser) as w:
        with pytest.raises(BadInput):
            units.set_audience(w, commune.first.id, "truong")
        assert units.set_audience(w, commune.first.id, Audience.SCHOOL)
        assert not units.set_audience(w, commune.first.id, Audience.SCHOOL)
    with view() as r:
        found = r.session.scalars(select(AuditEntry).where(AuditEntry.action == "unit.audience_set")).all()
        assert [entry.facts for entry in found] == [{"before": "", "after": "truong-hoc"}]


def test_it_is_said_of_many_on_one_page(work: Work, view: View, commune: Commune, browse: Browse) -> None:
    page = f"/don-vi/{commune.root.id}/doi-tuong"
    asked = {f"don-vi-{commune.first.id}": "truong-hoc", f"don-vi-{commune.committee.id}": "cong-an-quan-su"}
    browse.as_(commune.organiser).submit(page, asked, action=page)
    with view() as r:
        kept = {one.id: one.audience for one in r.session.scalars(select(Unit).where(Unit.audience != ""))}
    assert kept == {commune.first.id: "truong-hoc", commune.committee.id: "cong-an-quan-su"}
    assert "trường học" in browse.page(f"/don-vi/{commune.first.id}").text
    wrong = browse.submit(page, {f"don-vi-{commune.first.id}": "x"}, action=page, status=422)
    assert "Lựa chọn này không có trong danh sách." in wrong.text


def test_whom_a_module_is_meant_for_sees_it_first_and_nobody_misses_any(
    work: Work, commune: Commune, browse: Browse
) -> None:
    _publish(work, AIMED)
    with work() as w:
        units.set_audience(w, commune.first.id, Audience.SCHOOL)
    own = browse.as_(commune.member).page("/hoc/")
    assert own.texts(TITLES) == ["2. Cho nhà trường", "1. Chuyên đề mẫu"]
    assert own.text.count("Dành cho chi bộ của đồng chí") == 1
    for somebody in (browse.as_(commune.stranger), browse.as_nobody()):
        page = somebody.page("/hoc/")
        assert page.texts(TITLES) == ["1. Chuyên đề mẫu", "2. Cho nhà trường"]
        assert "Dành cho: trường học; y tế" in page.text
        assert "Dành cho chi bộ của đồng chí" not in page.text
    assert "/hoc/?doi-tuong=y-te" in page.hrefs()
    assert "Doanh nghiệp" not in page.text
    assert browse.page("/hoc/?doi-tuong=doanh-nghiep").texts(TITLES) == ["1. Chuyên đề mẫu"]
    assert len(browse.page("/hoc/?doi-tuong=gi-do").texts(TITLES)) == 2
