"""The worker reports on ten thousand attempts while people save: nobody waits twice as long for it. `make faults`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text

from quiz_app.attempts.models import Attempt, Result
from quiz_app.contests.models import Contest, RosterEntry
from quiz_app.kernel.jobs import Job, JobState
from quiz_app.kernel.work import working
from quiz_app.members.models import Category, Member, Standing
from quiz_app.reports import services
from quiz_app.reports.counting import NO_DAY, Asked
from quiz_app.reports.models import Kind, Report, ReportEdition
from quiz_app.units.models import Unit, UnitKind
from tests.faults.conftest import Site, busy
from tests.faults.counts import scaled
from tests.faults.ledger import Balance
from tests.faults.people import Answer, Person
from tests.features.leaderboard.build import open_round
from tests.load.reports import _sit
from tests.support import build
from tests.support.clock import NOW
from tests.support.contest import PAPER_LENGTH

pytestmark = pytest.mark.faults

REPORTS = scaled(5)
MEMBERS, UNITS = 12_500, 250  # four of five have sat
MOST_TIMES = 2.0
SHARE = 0.99
PEOPLE = 10


@dataclass
class Took:
    """How long saves took, by what went on beside them."""

    beside: str = ""
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"nothing": [], "reports": []})

    def note(self, answer: Answer) -> None:
        if self.beside:
            self.seconds[self.beside].append(answer.told_at - answer.asked_at)

    def p(self, beside: str, share: float) -> float:
        found = sorted(self.seconds[beside])
        return found[int(len(found) * share)]


class Timed(Person):
    """Somebody whose saves are timed, each request of them."""

    took: Took

    def _once(self, method: str, path: str, fields: dict[str, Any] | None) -> Answer:
        answer = super()._once(method, path, fields)
        if "/cau/" in path:
            self.took.note(answer)
        return answer


def test_saves_hardly_notice_a_report(site: Site) -> None:
    round_id = _ten_thousand_attempts(site)
    server, took, longest_s = site.server(), Took(), 0.0
    site.worker()
    with _timed(site, server.port, took):
        for _ in range(REPORTS):
            began = time.monotonic()
            with _beside(took, "reports"):
                _report(site, round_id)
            longest_s = max(longest_s, time.monotonic() - began)
            with _beside(took, "nothing"):
                time.sleep(time.monotonic() - began)
    alone, beside = took.p("nothing", SHARE), took.p("reports", SHARE)
    words = f"99 of 100 saves took {beside * 1000:.1f} ms beside reports, {alone * 1000:.1f} ms alone"
    balance = Balance(wrong=(words,) if beside > MOST_TIMES * alone else ())
    facts = {
        "saves": sum(map(len, took.seconds.values())),
        "report_s": round(longest_s, 1),
        "p99_alone_ms": round(alone * 1000, 1),
        "p99_beside_ms": round(beside * 1000, 1),
        "p50_alone_ms": round(took.p("nothing", 0.5) * 1000, 1),
        "p50_beside_ms": round(took.p("reports", 0.5) * 1000, 1),
    }
    told = {name: str(value) for name, value in facts.items()}
    _forget(site, round_id)
    site.judge("reports made beside saves", REPORTS, balance + site.ledger.balance(site.db, is_quiet=True), **told)


@contextmanager
def _timed(site: Site, port: int, took: Took) -> Iterator[None]:
    stop, acts = threading.Event(), list[Callable[[], object]]()
    for actor, token in list(zip(site.actors, site.tokens, strict=True))[:PEOPLE]:
        person = Timed(port, actor.member, token, site.ledger, site.lines)
        person.took = took
        acts.append(partial(person.sit, site.round_id, PAPER_LENGTH, 4 * PAPER_LENGTH, stop))
    with busy(acts):
        try:
            time.sleep(3)  # the first requests make what later ones find
            yield
        finally:
            stop.set()


@contextmanager
def _beside(took: Took, what: str) -> Iterator[None]:
    took.beside = what
    yield
    took.beside = ""


def _ten_thousand_attempts(site: Site) -> int:
    """A round that is over, sat by them all; its id."""
    with working(site.db) as w:
        top = w.session.scalars(select(Unit).where(Unit.parent_id.is_(None))).one()
        cells = [build.unit(w, f"B{n}", f"Chi bộ số {n}", UnitKind.CELL, top) for n in range(UNITS)]
        name = {"full_name": "Nguyễn Văn Bình", "sort_key": "binh nguyen van", "search_key": "nguyen van binh"}
        kept = {"category": Category.FULL.value, "standing": Standing.ACTIVE.value, "created_at": NOW}
        rows = [{"unit_id": cells[n % UNITS].id, **name, **kept} for n in range(MEMBERS)]
        w.session.execute(insert(Member), rows)
        contest = w.session.scalars(select(Contest)).one()
        first, last = NOW.replace(month=11, day=20) - NOW, NOW.replace(month=11, day=28) - NOW
        round_ = open_round(w, top, title="Tuần trước", opened=first, closes=last, contest=contest)
        _sit(w.session, round_, 0)
        round_id = round_.id
    if not site.db.is_sqlite:  # which it does by itself after a while
        with site.db.writing() as session:
            session.execute(text("ANALYZE"))
    return round_id


def _forget(site: Site, round_id: int) -> None:
    """What was only made up: nobody was told of it, and no answers stand behind its scores."""
    with site.db.writing() as session:
        for kind in (Result, Attempt, RosterEntry):
            session.execute(delete(kind).where(kind.round_id == round_id))


def _report(site: Site, round_id: int) -> None:
    """Its figures are counted, and its files made, by the worker."""
    with working(site.db) as w:
        top = w.session.scalars(select(Unit.id).where(Unit.parent_id.is_(None))).one()
        report_id = services.create(w, Kind.ROUND, Asked(top, NO_DAY, NO_DAY, round_id)).id
    _await_job(site, Report, report_id)
    with working(site.db) as w:
        edition_id = services.approve(w, report_id, w.session.get_one(Report, report_id).revision).id
    _await_job(site, ReportEdition, edition_id)


def _await_job(site: Site, kind: type[Report | ReportEdition], row_id: int) -> None:
    ends = time.monotonic() + 120
    asked = select(Job.state).join(kind, kind.job_id == Job.id).where(kind.id == row_id)
    while True:
        with site.db.reading() as session:
            state = session.scalars(asked).one()
        if state == JobState.DONE.value:
            return
        assert state != JobState.FAILED.value, site.log()
        assert time.monotonic() < ends, f"the job stays {state}:\n{site.log()}"
        time.sleep(0.1)
