"""Staff pages of the bank: who sees what, keys on record, publishing from a page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from question_bank.model import Use
from quiz_app.catalogue import queries
from quiz_app.catalogue.shelf import read_shelf
from quiz_app.kernel.audit import AuditEntry
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.sitting import shipped_bank
from tests.support.works import View

BANK = shipped_bank()
CONTEST = next(one for one in BANK.sets if one.use is Use.CONTEST)
LIST = "/bien-soan/bo-cau-hoi"
BADGES = ".//span[@class='badge badge--success']"
SET = f"{LIST}/{CONTEST.slug}"
SET_TOML = """title = "Bộ riêng của xã"
use = "contest"

[[items]]
id = "rieng-1"
kind = "single"
topic = "II.1.1"
level = 1
stem = "Câu hỏi riêng chưa ai biết, dùng để kiểm tra thư mục riêng?"
options = [
    { id = "a", text = "Phương án thứ nhất"KEY },
    { id = "b", text = "Phương án thứ hai" },
]
rationale = "Lời giải thích riêng."
source = { document = "ke-hoach-bat-trang", section = "ii-1-1" }
"""


@pytest.mark.parametrize("who", ["author", "reviewer", "organiser"])
def test_editors_preview_a_set_without_keys(browse: Browse, commune: Commune, view: View, who: str) -> None:
    page = browse.as_(getattr(commune, who)).page(SET)
    item = CONTEST.items[0]
    assert item.stem in page.text
    assert "Đáp án" not in page.texts(BADGES)
    for item in CONTEST.items:
        assert item.rationale not in page.text
    with view() as r:
        assert not r.session.scalars(select(AuditEntry).where(AuditEntry.action == "set.keys_viewed")).all()


@pytest.mark.parametrize("who", ["author", "reviewer", "organiser"])
def test_every_look_at_keys_is_on_record(browse: Browse, commune: Commune, view: View, who: str) -> None:
    person = getattr(commune, who)
    browse.as_(person)
    answer = browse.submit(SET, action="/dap-an", status=200)
    assert answer.page is not None
    marked = [badge for badge in answer.page.texts(BADGES) if badge == "Đáp án"]
    assert len(marked) == sum(len(item.keys) for item in CONTEST.items)
    browse.post(f"{SET}/dap-an", status=200)
    with view() as r:
        entries = r.session.scalars(select(AuditEntry).where(AuditEntry.action == "set.keys_viewed")).all()
    assert [(entry.actor_member_id, entry.facts["slug"]) for entry in entries] == [(person.id, CONTEST.slug)] * 2


@pytest.mark.parametrize("who", ["member", "secretary", "overseer", "operator"])
def test_nobody_else_sees_items_or_keys(browse: Browse, commune: Commune, who: str) -> None:
    browse.as_(getattr(commune, who))
    browse.page(SET, status=403)
    browse.post(f"{SET}/dap-an", status=403)
    browse.post(f"{SET}/cong-bo", status=403)


def test_the_operator_sees_the_list_and_no_way_to_the_items(browse: Browse, commune: Commune) -> None:
    page = browse.as_(commune.operator).page(LIST)
    assert CONTEST.title in page.text
    assert SET not in page.hrefs()


def test_publishing_asks_first_and_twice_is_once(browse: Browse, commune: Commune, view: View) -> None:
    browse.as_(commune.organiser)
    assert "Chưa công bố" in browse.page(LIST).text
    answer = browse.submit(f"{SET}/cong-bo", action="/cong-bo")
    assert f"{len(CONTEST.items)} mới" in browse.follow(answer).text
    answer = browse.submit(f"{SET}/cong-bo", action="/cong-bo")
    assert f"{len(CONTEST.items)} giữ nguyên" in browse.follow(answer).text
    with view() as r:
        row = queries.published_set(r.session, CONTEST.slug)
        assert row is not None
        assert row.is_shipped
        assert queries.set_with_counts(r.session, row.id).total == len(CONTEST.items)
        acts = r.session.scalars(select(AuditEntry).where(AuditEntry.action == "set.published")).all()
    assert [entry.actor_member_id for entry in acts] == [commune.organiser.id]


def test_an_unknown_set_is_missing(browse: Browse, commune: Commune) -> None:
    browse.as_(commune.organiser).page(f"{LIST}/khong-co", status=404)


def _private(app: Flask, folder: Path, *, key: str) -> None:
    (folder / "sets" / "rieng").mkdir(parents=True)
    (folder / "sets" / "rieng" / "set.toml").write_text(SET_TOML.replace("KEY", key), encoding="utf-8")
    app.extensions["settings"] = replace(app.extensions["settings"], bank_dir=folder)


def test_a_private_set_is_published_as_not_shipped(
    app: Flask, browse: Browse, commune: Commune, view: View, tmp_path: Path
) -> None:
    _private(app, tmp_path / "bank", key=", key = true")
    browse.as_(commune.organiser).submit(f"{LIST}/rieng/cong-bo", action="/cong-bo")
    with view() as r:
        row = queries.published_set(r.session, "rieng")
    assert row is not None
    assert not row.is_shipped


def test_a_private_set_with_findings_is_not_published(
    app: Flask, browse: Browse, commune: Commune, view: View, tmp_path: Path
) -> None:
    _private(app, tmp_path / "bank", key="")
    browse.as_(commune.organiser)
    page = browse.page(f"{LIST}/rieng/cong-bo")
    assert "chưa đánh dấu đáp án" in page.text
    assert "chưa đánh dấu đáp án" in browse.post(f"{LIST}/rieng/cong-bo", status=422).text
    with view() as r:
        assert queries.published_set(r.session, "rieng") is None


def test_a_private_folder_cannot_take_the_name_of_a_shipped_set(tmp_path: Path) -> None:
    folder = tmp_path / "sets" / CONTEST.slug
    folder.mkdir(parents=True)
    (folder / "set.toml").write_text(SET_TOML.replace("KEY", ", key = true"), encoding="utf-8")
    assert read_shelf(tmp_path).find(CONTEST.slug).is_shipped


def test_commands_publish_and_list(app: Flask) -> None:
    runner = app.test_cli_runner()
    first = runner.invoke(args=["catalogue", "publish", CONTEST.slug])
    assert first.exit_code == 0, first.output
    assert f"{len(CONTEST.items)} mới" in first.output
    assert "giữ nguyên" in runner.invoke(args=["catalogue", "publish-shipped"]).output
    listed = runner.invoke(args=["catalogue", "sets"]).output
    assert sorted(line.split(":")[0] for line in listed.splitlines()) == sorted(one.slug for one in BANK.sets)
    assert "Chưa công bố" not in listed
    unknown = runner.invoke(args=["catalogue", "publish", "khong-co"])
    assert unknown.exit_code == 1
    assert "không có bộ “khong-co”" in unknown.output
