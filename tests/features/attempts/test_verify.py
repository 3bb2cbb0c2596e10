"""`attempts verify`: silent over a true history, and naming the row when one was altered behind the product's back."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from quiz_app.attempts import services
from quiz_app.attempts.verify import differences
from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from tests.support.build import Commune
from tests.support.sitting import answer, at, right_letters, start, wrong_letters
from tests.support.works import Work


@dataclass(frozen=True)
class History:
    """A member with three attempts, the second of which counts: right at place 1, wrong at 2, nothing put at 3."""

    round_id: int
    member_id: int
    attempt_id: int
    other_id: int
    wrong: str
    missed: str
    too_late: str = "2027-01-01 00:00:00.000000"


@pytest.fixture
def history(work: Work, commune: Commune, round_: Round) -> History:
    with work(actor=commune.member, now=at(0)) as w:
        services.submit(w, start(w, round_), 1)
    with work(actor=commune.member, now=at(5)) as w:
        attempt_id = start(w, round_)
        wrong, missed = wrong_letters(w, attempt_id, 1), right_letters(w, attempt_id, 3)
        answer(w, attempt_id, 1, right_letters(w, attempt_id, 1), revision=1)
        answer(w, attempt_id, 2, wrong_letters(w, attempt_id, 2), revision=1)
    with work(actor=commune.member, now=at(8)) as w:
        services.submit(w, attempt_id, 1)
    with work(actor=commune.member, now=at(10)) as w:
        answer(w, start(w, round_), 1, "A", revision=1)
    with work(actor=commune.colleague, now=at(10)) as w:
        services.submit(w, start(w, round_), 1)
    return History(round_.id, commune.member.id, attempt_id, commune.stranger.id, wrong, missed)


def test_a_true_history_verifies(app: Flask, history: History) -> None:
    told = app.test_cli_runner().invoke(args=["attempts", "verify"])
    assert (told.exit_code, told.stderr) == (0, "")
    assert "khớp" in told.stdout
    assert history.attempt_id


ATTEMPT, RESPONSE, RESULT = "attempt {attempt_id}:", "response {attempt_id}/{place}:", "result {round_id}/{member_id}:"
_THE_ATTEMPT = "WHERE id = :attempt_id"
_THE_PLACE = "WHERE attempt_id = :attempt_id AND position = :place"
_THE_RESULT = "WHERE round_id = :round_id AND member_id = :member_id"
_COPIED = (
    "round_id, member_id, unit_id, epoch, started_at, deadline_at, accepts_until_at, extra_time_s, extension_s, seed, "
    "state, ended_at, ended_by, score, max_score, right_count, duration_ms"
)
_PLACES = "position, item_version_id, option_order, letters, is_multiple, points, chosen, revision, saved_at, is_right"
ALTERED = {
    "a right answer made a wrong one": ([f"UPDATE response SET chosen = :wrong {_THE_PLACE}"], 1, RESPONSE),
    "a right answer put where there was none": ([f"UPDATE response SET chosen = :missed {_THE_PLACE}"], 3, RESPONSE),
    "an answer that was not offered": ([f"UPDATE response SET chosen = 'Z' {_THE_PLACE}"], 1, RESPONSE),
    "a wrong mark made right": ([f"UPDATE response SET is_right = true {_THE_PLACE}"], 2, RESPONSE),
    "a mark taken away": ([f"UPDATE response SET is_right = NULL {_THE_PLACE}"], 1, RESPONSE),
    "a save after the end": ([f"UPDATE response SET saved_at = :too_late {_THE_PLACE}"], 1, RESPONSE),
    "the points of a place": ([f"UPDATE response SET points = 7 {_THE_PLACE}"], 1, ATTEMPT),
    "a place removed": ([f"DELETE FROM response {_THE_PLACE}"], 8, ATTEMPT),
    "a score": ([f"UPDATE attempt SET score = score + 1 {_THE_ATTEMPT}"], 0, ATTEMPT),
    "the count of right answers": ([f"UPDATE attempt SET right_count = 8 {_THE_ATTEMPT}"], 0, ATTEMPT),
    "a deadline": ([f"UPDATE attempt SET deadline_at = :too_late {_THE_ATTEMPT}"], 0, ATTEMPT),
    "a grace": ([f"UPDATE attempt SET accepts_until_at = :too_late {_THE_ATTEMPT}"], 0, ATTEMPT),
    "extra time that nobody granted": ([f"UPDATE attempt SET extra_time_s = 60 {_THE_ATTEMPT}"], 0, ATTEMPT),
    "a duration": ([f"UPDATE attempt SET duration_ms = duration_ms - 1 {_THE_ATTEMPT}"], 0, ATTEMPT),
    "a rank key": ([f"UPDATE result SET k1 = k1 - 1 {_THE_RESULT}"], 0, RESULT),
    "the score of a result": ([f"UPDATE result SET score = 8 {_THE_RESULT}"], 0, RESULT),
    "a result removed": ([f"DELETE FROM result {_THE_RESULT}"], 0, RESULT),
    "a result given to another": (
        [f"UPDATE result SET member_id = :other_id {_THE_RESULT}"],
        0,
        "result {round_id}/{other_id}:",
    ),
    "an attempt beyond the limit": (
        [
            f"INSERT INTO attempt (id, number, {_COPIED}) SELECT 1, 4, {_COPIED} FROM attempt {_THE_ATTEMPT}",
            f"INSERT INTO response (attempt_id, {_PLACES}) "
            f"SELECT 1, {_PLACES} FROM response WHERE attempt_id = :attempt_id",
        ],
        0,
        RESULT + " 4 attempts, 3 allowed",
    ),
}


def test_every_altered_row_is_named(db: Database, history: History) -> None:
    """Each alteration alone, in a transaction that is taken back."""
    for what, (statements, place, named) in ALTERED.items():
        facts = {**asdict(history), "place": place}
        with db.engine.connect() as connection, Session(connection) as session:
            for statement in statements:
                assert connection.execute(text(statement), facts).rowcount > 0, what
            told = list(differences(session))
        assert any(line.startswith(named.format(**facts)) for line in told), f"{what}: {told}"
    with db.reading() as session:
        assert list(differences(session)) == []


def test_the_command_fails_when_a_row_was_altered(app: Flask, db: Database, history: History) -> None:
    with db.writing() as session:
        session.execute(text(f"UPDATE attempt SET score = score + 1 {_THE_ATTEMPT}"), asdict(history))
    told = app.test_cli_runner().invoke(args=["attempts", "verify"])
    assert told.exit_code == 1
    assert f"attempt {history.attempt_id}: stored score" in told.stdout
    assert "3 sai lệch" in told.stderr
