"""A round as it runs: counted from indexes, once for all who watch, and shown to its organisers alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, insert, update

from quiz_app.attempts import services as attempts
from quiz_app.attempts.late import Sent, What, keep
from quiz_app.attempts.models import Attempt, LateArrival
from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database, table_of
from quiz_app.kernel.jobs import Job, JobState, enqueue
from quiz_app.leaderboard.models import UnitTally
from quiz_app.leaderboard.tallies import take_tallies
from quiz_app.members.models import Member
from quiz_app.members.sign_ins import actor_of
from quiz_app.results import watching
from quiz_app.results.watching import Watch, Watched
from tests.support import sitting
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.sitting import at
from tests.support.works import View, Work

MANY = 50_000


@pytest.fixture
def round_(work: Work, commune: Commune, banks: None) -> Round:
    with work(now=at(-200)) as w:
        return sitting.open_round(w, commune.root, sitting.publish_shipped(w))


def _start(work: Work, round_: Round, member: Member, minutes: float) -> int:
    with work(actor=member, now=at(minutes)) as w:
        return sitting.start(w, round_)


def _submit(work: Work, member: Member, attempt_id: int, minutes: float) -> None:
    with work(actor=member, now=at(minutes)) as w:
        attempts.submit(w, attempt_id, 1)


def _watched(view: View, round_: Round, minutes: float, before: Watched | None = None) -> Watched:
    with view(now=at(minutes)) as r:
        return watching.watched(r.session, r.session.get_one(Round, round_.id), r.now, before)


def _told(found: Watched) -> dict[str, tuple[int, int]]:
    """The minutes in which something happened."""
    return {minute.label: (minute.started, minute.ended) for minute in found.minutes if minute.started or minute.ended}


def test_starts_and_ends_are_counted_by_the_minutes_of_the_last_hour(
    work: Work, view: View, commune: Commune, round_: Round
) -> None:
    first = _start(work, round_, commune.member, 0)
    _submit(work, commune.member, first, 3.9)
    _start(work, round_, commune.colleague, 3)
    _start(work, round_, commune.stranger, 4)
    found = _watched(view, round_, 5)
    assert len(found.minutes) == watching.MINUTES
    assert (found.minutes[0].label, found.minutes[-1].label) == ("08:06", "09:05")
    assert _told(found) == {"09:00": (1, 0), "09:03": (1, 1), "09:04": (1, 0)}
    assert (found.open, found.started_lately, found.ended_lately) == (2, 3, 1)
    assert _told(_watched(view, round_, 62.5)) == {"09:03": (1, 1), "09:04": (1, 0)}


def test_what_was_counted_before_is_the_same_as_counting_anew(
    work: Work, view: View, commune: Commune, round_: Round
) -> None:
    ids = [_start(work, round_, member, place) for place, member in enumerate([commune.member, commune.colleague])]
    before = _watched(view, round_, 1.5)
    _submit(work, commune.member, ids[0], 1.6)
    _start(work, round_, commune.stranger, 2.2)
    later = _watched(view, round_, 2.5, before)
    assert later.minutes == _watched(view, round_, 2.5).minutes
    assert _watched(view, round_, 40, later).minutes == _watched(view, round_, 40).minutes
    assert _watched(view, round_, 300, later).minutes == _watched(view, round_, 300).minutes


def test_only_minutes_that_can_still_change_are_counted_again(
    db: Database, view: View, commune: Commune, round_: Round
) -> None:
    def asked(before: Watched | None, minutes: float) -> int:
        with _statements(db) as sent:
            _watched(view, round_, minutes, before)
        return max(statement.count("attempt.started_at >=") for statement in sent)

    assert asked(None, 5.5) == watching.MINUTES
    assert asked(_watched(view, round_, 5.5), 5.6) == 2  # the present one, and the one before: it may not be settled
    assert asked(_watched(view, round_, 5.5), 8.5) == 5


@contextmanager
def _statements(db: Database) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


def test_people_and_turnout_come_from_the_snapshots_of_the_boards(
    db: Database, work: Work, view: View, clock: Clock, commune: Commune, round_: Round
) -> None:
    assert _watched(view, round_, 0).sums is None
    _submit(work, commune.member, _start(work, round_, commune.member, 0), 1)
    _submit(work, commune.member, _start(work, round_, commune.member, 2), 3)
    _submit(work, commune.stranger, _start(work, round_, commune.stranger, 0), 1)
    clock.set(at(4))
    take_tallies(db, round_.id)
    sums = _watched(view, round_, 5).sums
    assert sums is not None
    assert (sums.submitted, sums.people, sums.done) == (3, 2, 2)
    assert sums.at >= at(4)
    assert not sums.is_apart
    shares = {unit.name: unit.done for unit in sums.units}
    assert shares[commune.first.name] == 1
    assert shares[commune.second.name] == 1
    assert shares[commune.committee.name] == 0


def test_while_the_boards_stand_still_the_sums_are_counted_apart_and_seldom(
    db: Database, work: Work, view: View, clock: Clock, commune: Commune, round_: Round
) -> None:
    take_tallies(db, round_.id)
    with work() as w:
        changed = w.session.get_one(Round, round_.id)
        changed.freeze_minutes = 60
        changed.closes_at = at(60)
    _submit(work, commune.member, _start(work, round_, commune.member, 1), 2)
    found = _watched(view, round_, 3)
    assert found.sums is not None
    assert found.sums.is_apart
    assert (found.sums.submitted, found.sums.people) == (1, 1)
    _submit(work, commune.stranger, _start(work, round_, commune.stranger, 3), 3.2)
    kept = _watched(view, round_, 3.3, found)
    assert kept.sums == found.sums
    anew = _watched(view, round_, 3.6, kept)
    assert anew.sums is not None
    assert anew.sums.people == 2


def test_what_goes_wrong_is_counted(db: Database, work: Work, view: View, commune: Commune, round_: Round) -> None:
    attempt_id = _start(work, round_, commune.member, 0)
    with work() as w:
        actor = actor_of(w.session, commune.member)
        for number, state in enumerate((JobState.FAILED, JobState.DONE, JobState.FAILED)):
            enqueue(w, "sample", f"sample-{number}", {}).state = state.value
        w.session.flush()
        w.session.execute(update(Job).where(Job.key == "sample-2").values(created_at=at(-2 * 24 * 60)))
    assert keep(db, actor, attempt_id, Sent(What.SAVE, 1, 1, "A", 1), now=at(15, 10)) is not None
    assert keep(db, actor, attempt_id, Sent(What.SAVE, 1, 2, "B", 1), now=at(15, 11)) is not None
    assert keep(db, actor, attempt_id, Sent(What.SUBMIT, 1), now=at(15, 12)) is not None
    found = _watched(view, round_, 16)
    assert found.late == {What.SAVE: 2, What.SUBMIT: 1}
    assert (found.late_lately, found.overdue, found.failed_jobs) == (3, 0, 1)
    later = _watched(view, round_, 17)
    assert later.overdue == 1
    assert _watched(view, round_, 76).late_lately == 0


def test_one_aggregate_an_interval_however_many_watch(
    db: Database, view: View, work: Work, commune: Commune, round_: Round
) -> None:
    instant = [100.0]
    watch = Watch(clock=lambda: instant[0])

    def asked() -> int:
        with view(now=at(1)) as r:
            return watch.of_round(r, r.session.get_one(Round, round_.id)).open

    assert asked() == 0
    _start(work, round_, commune.member, 0.5)
    instant[0] += watching.KEPT_S - 0.1
    assert asked() == 0  # kept
    instant[0] += 0.2
    assert asked() == 1
    instant[0] += watching.KEPT_S
    with _statements(db) as sent:
        threads = [threading.Thread(target=asked) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum("attempt.started_at >=" in statement for statement in sent) == 1


def test_an_organiser_watches_and_nobody_else(browse: Browse, work: Work, commune: Commune, round_: Round) -> None:
    _start(work, round_, commune.member, 0)
    url = f"/to-chuc/dot/{round_.id}/truc-tiep"
    page = browse.as_(commune.organiser).page(url)
    assert "1 lượt đang làm" in page.text
    assert 'http-equiv="refresh"' in page.html
    fragment = browse.knock("GET", f"{url}/so-lieu")
    assert fragment.status_code == 200
    told = fragment.get_data(as_text=True)
    assert "lượt đang làm" in told
    assert "<html" not in told
    for other in (commune.organiser_elsewhere, commune.secretary, commune.overseer, commune.member):
        assert browse.as_(other).knock("GET", f"{url}/so-lieu").status_code in {403, 404}
    assert url in browse.as_(commune.organiser).page(f"/to-chuc/dot/{round_.id}").hrefs()


def test_the_page_says_what_it_counts_and_what_it_does_not(
    db: Database, browse: Browse, work: Work, commune: Commune, round_: Round, clock: Clock
) -> None:
    attempt_id = _start(work, round_, commune.member, 0)
    with work() as w:
        actor = actor_of(w.session, commune.member)
    for number, sent in enumerate((Sent(What.SAVE, 1, 1, "A", 1), Sent(What.SAVE, 1, 2, "B", 1), Sent(What.SUBMIT, 1))):
        assert keep(db, actor, attempt_id, sent, now=at(15, 10 + number)) is not None
    clock.set(at(16))
    told = browse.as_(commune.organiser).page(f"/to-chuc/dot/{round_.id}/truc-tiep").text
    assert "3 lần gửi đến muộn trong 60 phút" in told
    assert "câu trả lời: 2; lệnh nộp bài: 1. Đã bị từ chối" in told
    assert "Những lần bị từ chối khác" in told
    assert "dự đoán:" not in told


def test_a_draft_is_not_watched(browse: Browse, work: Work, commune: Commune, round_: Round) -> None:
    with work() as w:
        w.session.get_one(Round, round_.id).published_at = None
    browse.as_(commune.organiser).page(f"/to-chuc/dot/{round_.id}/truc-tiep", status=404)


@pytest.fixture
def crowd(db: Database, work: Work, commune: Commune, round_: Round) -> Round:
    """Many attempts over ten hours, as many of another round, and a late arrival for each tenth."""
    with work(now=at(-200)) as w:
        other = sitting.open_round(w, commune.second, sitting.publish_shipped(w))
        rows = [_attempt(commune.member, (round_.id, other.id)[number % 2], number) for number in range(MANY)]
        for first in range(0, MANY, 500):
            w.session.execute(insert(table_of(Attempt)), rows[first : first + 500])
        late = [
            {"attempt_id": row["id"], "what": "save", "position": 1, "sent": "A", "revision": 1, "epoch": 1,
             "arrived_at": row["started_at"]}
            for row in rows[::10]
        ]  # fmt: skip
        w.session.execute(insert(table_of(LateArrival)), late)
        for unit in (commune.root, commune.first, commune.second):
            w.session.add(
                UnitTally(round_id=round_.id, unit_id=unit.id, members=9, exempt=1, rostered_participants=2,
                          participants=2, attempts=3, score_sum=0, full_marks=0, ranked_participants=0, taken_at=at())
            )  # fmt: skip
    with db.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    return round_


def _attempt(member: Member, round_id: int, number: int) -> dict[str, object]:
    """One of many in the order of their starts, the latest first; the first of each round is open."""
    is_open = number < 2
    started_at = at(0, -number * 0.7)
    return {
        "id": 1_000_000 + number, "round_id": round_id, "member_id": member.id, "unit_id": member.unit_id,
        "number": 1 + number, "state": "open" if is_open else "submitted", "epoch": 1, "started_at": started_at,
        "deadline_at": started_at + timedelta(minutes=15), "accepts_until_at": started_at + timedelta(minutes=15),
        "ended_at": None if is_open else started_at + timedelta(minutes=10), "score": None if is_open else 1,
        "seed": "0", "pool_hash": "", "rules_number": 1, "asks_prediction": False, "prediction_revision": 0,
        "extra_time_s": 0, "extension_s": 0,
    }  # fmt: skip


def test_a_refresh_reads_ranges_of_indexes_and_no_whole_table(db: Database, view: View, crowd: Round) -> None:
    known = _watched(view, crowd, 1)
    assert known.sums is not None
    with _statements_with_values(db) as sent:
        later = _watched(view, crowd, 1.1, known)
    assert later.started_lately > 1000
    assert len(sent) >= 8
    scanned = [
        f"{plan}\n    {statement}"
        for statement, values in sent
        for plan in _plans(db, statement, values)
        if _is_scan(plan)
    ]
    assert scanned == []


@contextmanager
def _statements_with_values(db: Database) -> Iterator[list[tuple[str, object]]]:
    sent: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_rest: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            sent.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


def _plans(db: Database, statement: str, values: object) -> list[str]:
    explain = "EXPLAIN QUERY PLAN " if db.is_sqlite else "EXPLAIN "
    with db.engine.connect() as connection:
        rows = connection.exec_driver_sql(explain + statement, values).all()  # type: ignore[arg-type] # as the driver had them
        return [str(row[-1]) for row in rows]


def _is_scan(plan: str) -> bool:
    """Of a table that grows with people; the trees of units and the few jobs of a test are small."""
    return any(
        word in plan for table in ("attempt", "late_arrival") for word in (f"SCAN {table}", f"Seq Scan on {table}")
    )
