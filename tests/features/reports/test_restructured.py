"""Reports over units that were merged meanwhile: nobody who took part is lost, and nobody is named who is no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import JobState
from quiz_app.people import restructuring
from quiz_app.reports import composing, content, naming, services
from quiz_app.reports.figures import from_json
from quiz_app.reports.naming import Rule
from quiz_app.rules.unit_standing import UnitFigures
from tests.features.reports.build import Desk, two_rounds
from tests.support.build import Commune
from tests.support.works import Work


@pytest.fixture
def desk(db: Database, work: Work, commune: Commune, tmp_path: Path) -> Desk:
    return Desk(db, work, commune, tmp_path)


def _sums(figures: UnitFigures) -> tuple[int, int, int]:
    return figures.members, figures.participants, figures.attempts


def test_a_merged_unit_keeps_its_line_and_is_not_named(desk: Desk, commune: Commune) -> None:
    first, _ = two_rounds(desk.work, commune)
    theirs = desk.begin(commune.secretary_elsewhere, commune.second, first)
    with desk.work(actor=commune.organiser) as w:
        restructuring.merge_unit(w, commune.second.id, commune.first.id, reason="Nghị quyết sáp nhập")
    report = desk.counted(commune.overseer, commune.root)
    assert report.figures is not None
    figures = from_json(report.figures)
    line = next(one for one in figures.units if one.unit_id == commune.second.id)
    assert (line.name, line.depth, line.place) == ("Chi bộ thôn Kim Lan (đã sáp nhập)", 1, None)
    parts = [_sums(one.figures) for one in figures.children]
    assert tuple(map(sum, zip(*parts, strict=True))) == _sums(figures.total)
    assert {one.place for one in figures.children} == {1, 2, None}
    named = naming.proposed(figures, Rule(lag_turnout=100))
    assert commune.second.id not in named.lagging
    assert commune.committee.id in named.lagging
    with desk.work(actor=commune.overseer) as w:
        document = composing.composed(content.from_json(services.content_of(w.session.merge(report))))
    assert line.name in str(document)

    assert desk.count(theirs.id) is JobState.DONE
    kept = desk.kept(commune.overseer, theirs.id).figures
    assert kept is not None
    assert from_json(kept).total.participants == 1
