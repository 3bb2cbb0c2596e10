"""Boards asked for by many at once: read once an interval, told to each reader in his own way, marked by an ETag."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from functools import partial

from flask import Flask

from quiz_app.kernel.db import Database
from quiz_app.leaderboard.kept import INTERVAL, MOST, Kept
from quiz_app.leaderboard.tallies import refresh_tallies
from quiz_app.members.models import Member
from tests.features.leaderboard.build import Statements, attempt
from tests.features.leaderboard.test_boards import board, own_rows, sat
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import Work

NAMES = ("chi-bo", "toan-xa", "cac-chi-bo", "trinh-chieu")


def test_one_reading_an_interval() -> None:
    kept, made = Kept(), iter(range(10))
    assert kept.get("a", NOW, lambda: next(made)) == (0, NOW)
    assert kept.get("a", NOW + INTERVAL / 2, lambda: next(made)) == (0, NOW)
    assert kept.get("b", NOW + INTERVAL / 2, lambda: next(made)) == (1, NOW + INTERVAL / 2)
    assert kept.get("a", NOW + INTERVAL, lambda: next(made)) == (2, NOW + INTERVAL)
    assert kept.get("a", NOW - timedelta(hours=1), lambda: next(made)) == (3, NOW - timedelta(hours=1))


def test_a_reading_that_fails_is_not_kept() -> None:
    kept = Kept()
    for _ in range(2):
        try:
            kept.get("a", NOW, lambda: 1 // 0)
        except ZeroDivisionError:
            continue
        raise AssertionError("the failure was swallowed")
    assert kept.get("a", NOW, lambda: 7) == (7, NOW)


def test_what_was_not_asked_for_longest_goes_first() -> None:
    kept = Kept()
    for number in range(MOST + 1):
        kept.get(number, NOW, partial(abs, number))
    assert kept.get(0, NOW, lambda: -1) == (-1, NOW)
    assert kept.get(MOST, NOW, lambda: -1) == (MOST, NOW)


def test_many_at_once_wait_for_one_reading() -> None:
    kept, may_go = Kept(), threading.Event()
    made: list[int] = []

    def make() -> int:
        may_go.wait(10)
        made.append(1)
        return len(made)

    found: list[int] = []
    readers = [threading.Thread(target=lambda: found.append(kept.get("a", NOW, make)[0])) for _ in range(20)]
    for reader in readers:
        reader.start()
    may_go.set()
    for reader in readers:
        reader.join(10)
    assert found == [1] * 20


def test_two_readers_of_one_board_each_read_it_in_their_own_way(
    work: Work, commune: Commune, browse: Browse, app: Flask, db: Database
) -> None:
    """The same rows are told with the names that each may read; the own row and place are each reader's own."""
    round_ = sat(work, commune)
    refresh_tallies(db)
    readers = (commune.member, commune.colleague, commune.stranger)

    def read(reader: Member, name: str) -> tuple[list[list[str]], list[str], list[str]]:
        page = browse.as_(reader).page(f"/bang-xep-hang/{round_.id}/{name}")
        return board(page), own_rows(page), re.findall(r"Đồng chí xếp hạng .*? người", page.text)

    fresh = {(reader.id, name): read(reader, name) for reader in readers for name in NAMES[:3]}
    assert len({str(fresh[reader.id, "toan-xa"]) for reader in readers}) == 3
    app.extensions["boards"] = Kept(timedelta(hours=1))
    for turn in (readers, readers[::-1]):
        for reader in turn:
            for name in NAMES[:3]:
                assert read(reader, name) == fresh[reader.id, name], (reader.full_name, name)


def test_the_next_reader_costs_no_reading_of_the_board(
    work: Work, commune: Commune, browse: Browse, app: Flask, db: Database
) -> None:
    round_ = sat(work, commune)
    refresh_tallies(db)
    app.extensions["boards"] = Kept(timedelta(hours=1))

    def read(reader: Member, name: str) -> int:
        """How many statements read more than the reader's own row."""
        browse.as_(reader)
        with Statements(db.engine) as statements:
            browse.page(f"/bang-xep-hang/{round_.id}/{name}")
        of_boards = ("ORDER BY standings", "ORDER BY keys", "unit_tally.members")  # the keys tell places among all
        return sum(any(part in text for part in of_boards) for text in statements.texts)

    assert [read(reader, "chi-bo") for reader in (commune.member, commune.colleague, commune.member)] == [1, 0, 0]
    assert [read(reader, "toan-xa") for reader in (commune.member, commune.colleague, commune.stranger)] == [2, 0, 0]
    assert [read(reader, "cac-chi-bo") for reader in (commune.member, commune.stranger)] == [1, 0]
    assert [read(reader, "trinh-chieu") for reader in (commune.member, commune.stranger)] == [0, 0]
    app.extensions["boards"] = Kept(timedelta())
    assert read(commune.member, "toan-xa") == 2


def test_who_has_it_already_is_told_so(work: Work, commune: Commune, browse: Browse, db: Database) -> None:
    round_ = sat(work, commune)
    refresh_tallies(db)
    for name in NAMES:
        url = f"/bang-xep-hang/{round_.id}/{name}"
        first = browse.as_(commune.member).get(url).response
        tag = first.headers["ETag"]
        assert tag.startswith('W/"')
        assert "Cookie" in first.headers["Vary"]
        again = browse.get(url, status=304, headers={"If-None-Match": tag}).response
        assert again.get_data() == b""
        assert again.headers["ETag"] == tag
        for other in (commune.colleague, commune.member):  # another person, and the same one signed in anew
            assert browse.as_(other).get(url, headers={"If-None-Match": tag}).response.headers["ETag"] != tag
    url = f"/bang-xep-hang/{round_.id}/chi-bo"
    tag = browse.get(url).response.headers["ETag"]
    with work() as w:
        attempt(w, round_, commune.colleague, 20, 25, started=timedelta(minutes=-5))
    changed = browse.get(url, headers={"If-None-Match": tag})
    assert "25,000 giây" in changed.text
