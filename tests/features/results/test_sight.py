"""What is told of a final table, and from when on: the one table of `rules.visibility` decides, for pages and files."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from quiz_app.kernel.db import Database
from quiz_app.results import services
from quiz_app.results.models import FinalTable
from quiz_app.rules import visibility
from quiz_app.rules.visibility import Audience, BoardState, Sight, Thing
from tests.features.results.scene import Scene, set_scene
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work

Decided = dict[tuple[BoardState, Thing, Audience], Sight]


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # who sees what is decided by the rules; the tables themselves are tested on both engines


@pytest.fixture
def stage(db: Database, work: Work, commune: Commune) -> Scene:
    return set_scene(db, work, commune)


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> Iterator[Decided]:
    """The table, to be changed for one test."""
    changed = dict(visibility.SIGHTS)
    monkeypatch.setattr(visibility, "SIGHTS", changed)
    yield changed


def pages_of(table: FinalTable, stage: Scene) -> list[str]:
    own = f"/ket-qua/{table.id}"
    return [own, f"{own}/don-vi", f"{own}/boc-tham", f"/ket-qua/dot/{stage.round.id}"]


def assert_nothing_shows(browse: Browse, stage: Scene, table: FinalTable) -> None:
    for who in (stage.commune.member, stage.commune.secretary, stage.commune.overseer, stage.commune.organiser):
        browse.as_(who)
        for url in pages_of(table, stage):
            browse.get(url, status=404)
        assert f"/ket-qua/{table.id}" not in browse.page("/ket-qua/").hrefs()


def test_before_final_nothing_shows_of_winners_and_tables(stage: Scene, browse: Browse) -> None:
    """Neither of a table that was approved, nor of one that counts as published while its round is not final."""
    table = stage.propose(stage.commune.organiser)
    with stage.work(actor=stage.second) as w:
        services.approve(w, table.id, table.sha256)
    assert_nothing_shows(browse, stage, table)
    with stage.work() as w:
        w.session.execute(update(FinalTable).values(published_at=w.now))
    assert_nothing_shows(browse, stage, table)
    assert "Giải Nhất" in browse.as_(stage.commune.organiser).page(f"/to-chuc/bang-ket-qua/{table.id}").text


def test_a_final_table_shows(stage: Scene, browse: Browse) -> None:
    table = stage.finalise()
    browse.as_(stage.commune.member)
    for url in pages_of(table, stage)[:3]:
        browse.page(url)
    assert f"/ket-qua/{table.id}" in browse.page("/ket-qua/").hrefs()


@pytest.mark.parametrize(
    ("thing", "hidden"),
    [(Thing.WINNERS, (0, 1, 2)), (Thing.PERSON_BOARD, (0, 3)), (Thing.UNIT_BOARD, (1,))],
)
def test_pages_follow_what_is_decided(
    stage: Scene, browse: Browse, decided: Decided, thing: Thing, hidden: tuple[int, ...]
) -> None:
    table = stage.finalise()
    decided[BoardState.FINAL, thing, Audience.MEMBER] = Sight.HIDDEN
    browse.as_(stage.commune.member)
    for number, url in enumerate(pages_of(table, stage)):
        browse.get(url, status=404 if number in hidden else 302 if number == 3 else 200)


@pytest.mark.parametrize("thing", [Thing.EXPORT, Thing.WINNERS])
def test_files_follow_what_is_decided(stage: Scene, browse: Browse, decided: Decided, thing: Thing) -> None:
    table = stage.propose(stage.commune.organiser)
    organiser = browse.as_(stage.commune.organiser)
    url = f"/to-chuc/bang-ket-qua/{table.id}/xuat"
    organiser.post(url, {"loai": "csv"}, status=200)
    decided[BoardState.PROVISIONAL, thing, Audience.ORGANISER] = Sight.HIDDEN
    refused = organiser.post(url, {"loai": "csv"}, status=409)
    assert refused.page is not None
    assert "đợt thi đóng" in refused.page.text
