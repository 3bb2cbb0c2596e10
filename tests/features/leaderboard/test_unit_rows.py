"""Rows of a board of units are told once for everybody, and each reader still finds his own marked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from quiz_app.kernel.db import Database
from quiz_app.leaderboard import tallies
from quiz_app.leaderboard.kept import Kept
from quiz_app.leaderboard.rows import Units
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def test_each_reader_finds_his_own_row_marked_in_rows_told_once(
    app: Flask, db: Database, work: Work, commune: Commune, browse: Browse
) -> None:
    app.extensions["boards"] = Kept(timedelta(hours=1))
    with work() as w:
        round_ = open_round(w, commune.root)
        roster(w, round_, [commune.member, commune.stranger])
        attempt(w, round_, commune.member, 15, 300)
    tallies.refresh_tallies(db)
    address = f"/bang-xep-hang/{round_.id}/cac-chi-bo"
    own = {}
    for reader in (commune.member, commune.stranger, commune.member):
        page = browse.as_(reader).page(address)
        marked = page.all(".//tr[@class='is-own']")
        own[reader.id] = [" ".join(row.itertext()) for row in marked]
        assert len(page.all(".//tbody/tr")) >= 2
    assert commune.first.name in own[commune.member.id][0]
    assert commune.first.name not in own[commune.stranger.id][0]
    assert all("(của đồng chí)" in row for [row] in own.values())
    boards: Kept = app.extensions["boards"]
    (kept,) = (told for _, told in boards._values.values() if isinstance(told, Units))
    assert b"is-own" not in b"".join([some.whole.plain for some in kept.pieces])
