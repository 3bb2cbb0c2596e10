"""The worker dies in the middle of an import, a rescoring, an export: each is done, and once. `make faults`."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from quiz_app.attempts import correcting, services
from quiz_app.attempts.correcting import Proposal
from quiz_app.attempts.models import Attempt, Correction, CorrectionChange, CorrectionKind
from quiz_app.attempts.policy import Action as OfAttempts
from quiz_app.attempts.services import Choice
from quiz_app.attempts.verify import differences
from quiz_app.contests.models import PoolItem, PrizeScope, Round
from quiz_app.kernel.access import Actor, Role
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import Job
from quiz_app.kernel.work import Work as UnitOfWork
from quiz_app.kernel.work import viewing, working
from quiz_app.members import roster_jobs, rosters
from quiz_app.members.models import Member, RosterImport
from quiz_app.members.policy import Action as OfMembers
from quiz_app.operations import contest_archive, contest_archive_job
from quiz_app.operations.policy import Action as OfOperations
from quiz_app.results import table_jobs, tables, verify
from quiz_app.results.models import FinalRow, FinalTable
from quiz_app.results.policy import Action as OfResults
from quiz_app.rules.rescoring import Remedy
from tests.faults.conftest import Site, installed
from tests.faults.counts import WORKER
from tests.faults.killer import Killer
from tests.faults.ledger import Balance
from tests.faults.load import sitting
from tests.faults.report import Report
from tests.features.members.roster_files import workbook
from tests.features.results.build import finalise, look_through
from tests.support import build, run
from tests.support.contest import PAPER_LENGTH
from tests.support.works import Work, actor_of

pytestmark = pytest.mark.faults

SITTERS = 3
ROWS = 400
ATTEMPTS = 12  # of everybody: half of all have an item, which is more than one batch of a correction
SAT_AGO = timedelta(minutes=100)


def test_killed_within_an_import(site: Site) -> None:
    """Planned and written by the worker: of a file all rows are there or none, and in the end all, once."""
    killer, server = Killer(site), site.server()
    wrong: list[str] = []
    organiser, unit_id = _organisers(site)[0], _unit(site)
    with sitting(site, server, people=SITTERS):
        for turn in killer.turns(WORKER):
            content = _roster(turn)
            sha256 = rosters.file_hash(content)
            order = rosters.Order(unit_id, sha256, "danh-sach.xlsx", is_complete=False)
            with working(site.db, actor=organiser) as w:
                plan = roster_jobs.send(w, order, content, Path(site.env["DATA_DIR"]))
            killer.cut_off(plan.key)
            assert not (there := _rows(site, turn)), there
            with working(site.db, actor=organiser) as w:
                agreed = roster_jobs.agree(w, plan.id, with_left=False, removed=None)
            done = killer.cut_off(agreed.key, partial(_look_half_way, site, turn, wrong))
            wrong += _of_import(site, turn, sha256, done.result or {})
    balance = site.ledger.balance(site.db, is_quiet=True) + Balance(wrong=tuple(wrong))
    site.judge("worker killed within an import", killer.fell, balance, rows=ROWS)


def test_killed_within_a_rescoring(site: Site) -> None:
    """Corrections one after another over the same attempts, while others are sat: each changes each attempt once."""
    _sit_in_the_past(site)
    killer, server, balance = Killer(site), site.server(), Balance()
    first, second = _organisers(site)
    with site.db.reading() as session:
        items = session.scalars(select(PoolItem.item_version_id).where(PoolItem.round_id == site.round_id)).all()
    with sitting(site, server, people=SITTERS):
        for turn in killer.turns(WORKER):
            remedy = (Remedy.AWARD, Remedy.DROP)[turn % 2]
            item = items[turn % len(items)]
            wanted = Proposal(CorrectionKind.ITEM, f"Sửa lần {turn}", item_version_id=item, remedy=remedy)
            with working(site.db, actor=first) as w:
                correction_id = correcting.propose(w, site.round_id, wanted).id
            with working(site.db, actor=second) as w:
                job = correcting.decide(w, correction_id)
            killer.cut_off(job.key)
            balance += Balance(wrong=tuple(_of_correction(site, correction_id)))
            with site.db.reading() as session:
                balance += Balance(wrong=tuple(differences(session)))
            balance += site.ledger.balance(site.db, is_quiet=False)
    balance += site.ledger.balance(site.db, is_quiet=True)
    site.judge("worker killed within a rescoring", killer.fell, balance)


def test_killed_within_an_export(engine_name: str, database_url: str, tmp_path: Path, report: Report) -> None:
    """Every archive that was asked for is made, once and whole: what members were told is in it, taken in elsewhere."""
    closes_at = datetime.now(UTC) - timedelta(minutes=30)
    with installed(engine_name, database_url, tmp_path, report, closes_at=closes_at) as site:
        _sit_in_the_past(site)
        first, second = _organisers(site)
        contest_id, data_dir = _closed(site, first, second), Path(site.env["DATA_DIR"])
        killer, wrong, file = Killer(site), [], None
        for _turn in killer.turns(WORKER):
            with working(site.db, actor=first) as w:
                job = contest_archive_job.ask(w, contest_id, data_dir)
            done = killer.cut_off(job.key)
            file = contest_archive_job.file_of(done, data_dir)
            assert file is not None, done.result
            contest_archive.check(file)
            wrong += _once(site, OfOperations.ARCHIVE_MADE.code, "file", file.name)
        folder = data_dir / contest_archive_job.FOLDER
        wrong += [f"left behind: {one.name}" for one in folder.iterdir() if one.suffix != ".zip"]
        assert file is not None
        with _elsewhere(site.engine, tmp_path) as other:
            contest_archive.take_in(other, file)
            balance = site.ledger.balance(other, is_quiet=True) + Balance(wrong=tuple(wrong))
        site.judge("worker killed within an export", killer.fell, balance)


def test_killed_within_a_final_table(
    engine_name: str, database_url: str, tmp_path: Path, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proposed and approved again and again, then published: each once, of a table all rows are there or none."""
    monkeypatch.setattr(tables, "QUICK_RESULTS", 0)  # so few are here that nobody would ask the worker
    closes_at = datetime.now(UTC) - timedelta(minutes=30)
    with installed(engine_name, database_url, tmp_path, report, closes_at=closes_at) as site:
        _sit_in_the_past(site)
        first, second = _organisers(site)
        with site.db.reading() as session:
            approver = session.get_one(Member, second.member)
        look_through(Work(site.db), site.round_id, approver)
        killer = Killer(site)
        wrong: list[str] = []
        for turn in killer.turns(WORKER):
            with working(site.db, actor=first) as w:
                table_jobs.propose(w, PrizeScope.ROUND, site.round_id)
            killer.cut_off(_asked_last(site), partial(_look_at_rows, site, wrong))
            _asked_of_table(site, second, table_jobs.approve)
            killer.cut_off(_asked_last(site), partial(_look_at_rows, site, wrong))
            for action in (OfResults.TABLE_PROPOSED, OfResults.TABLE_APPROVED):
                wrong += _told_times(site, action, turn + 1)
        _asked_of_table(site, first, table_jobs.publish)
        killer.cut_off(_asked_last(site), partial(_look_at_rows, site, wrong))
        wrong += _told_times(site, OfResults.TABLE_PUBLISHED, 1)
        with site.db.reading() as session:
            wrong += verify.differences(session, site.db.now(session))
        balance = site.ledger.balance(site.db, is_quiet=True) + Balance(wrong=tuple(wrong))
        site.judge("worker killed within a final table", killer.fell, balance)


def _asked_last(site: Site) -> str:
    with site.db.reading() as session:
        query = select(Job.key).where(Job.kind == table_jobs.KIND).order_by(Job.id.desc()).limit(1)
        return session.scalars(query).one()


def _asked_of_table(site: Site, actor: Actor, act: Callable[[UnitOfWork, int, str], object]) -> None:
    with working(site.db, actor=actor) as w:
        table = w.session.scalars(select(FinalTable)).one()
        act(w, table.id, table.sha256)


def _look_at_rows(site: Site, wrong: list[str]) -> None:
    """Of each table all rows are there, and its hash is theirs."""
    with site.db.reading() as session:
        for table in session.scalars(select(FinalTable)):
            wrong += [] if tables.stored_sha256(session, table) == table.sha256 else [f"table {table.id} is torn"]
        strangers = select(func.count()).where(FinalRow.table_id.not_in(select(FinalTable.id)))
        wrong += ["rows of no table"] if session.scalar(strangers) else []


def _told_times(site: Site, action: OfResults, times: int) -> list[str]:
    with site.db.reading() as session:
        told = session.scalar(select(func.count()).where(AuditEntry.action == action.code))
    return [] if told == times else [f"{action.code}: {told} times in the audit, not {times}"]


def _organisers(site: Site) -> list[Actor]:
    with working(site.db) as w:
        commune = build.found_commune(w.session)
        second = build.member(w, commune.root, "Vũ Thị Hai", roles=[(Role.ORGANISER, commune.root)])
        return [actor_of(w.session, person) for person in (commune.organiser, second)]


def _unit(site: Site) -> int:
    with site.db.reading() as session:
        return build.found_commune(session).second.id


def _roster(turn: int) -> bytes:
    rows = [
        [
            str(row),
            f"Trần Thị {_word(turn)} {_word(row)}",
            date(1960, 1, 1) + timedelta(days=row),
            "",
            f"{10 + turn}{row:06}",
        ]
        for row in range(ROWS)
    ]
    return workbook(rows, headings=["STT", "Họ và tên", "Ngày sinh", "Chi bộ", "Số thẻ đảng viên"])


def _word(number: int) -> str:
    letters = "".join(chr(ord("a") + int(digit)) for digit in str(number))
    return letters.capitalize()


def _rows(site: Site, turn: int) -> int:
    """How many people of that turn's roster there are."""
    with site.db.reading() as session:
        query = select(func.count()).where(Member.full_name.startswith(f"Trần Thị {_word(turn)} "))
        return session.scalar(query) or 0


def _look_half_way(site: Site, turn: int, wrong: list[str]) -> None:
    there = _rows(site, turn)
    wrong += [f"roster {turn}: {there} of {ROWS} rows"] if there not in {0, ROWS} else []


def _of_import(site: Site, turn: int, sha256: str, told: dict[str, object]) -> list[str]:
    wrong = [] if _rows(site, turn) == ROWS else [f"roster {turn}: {_rows(site, turn)} of {ROWS} rows"]
    wrong += [] if told["added"] == ROWS else [f"roster {turn}: told {told}"]
    with site.db.reading() as session:
        written = session.scalar(select(func.count()).where(RosterImport.file_sha256 == sha256))
    wrong += [] if written == 1 else [f"roster {turn}: written {written} times"]
    return wrong + _once(site, OfMembers.ROSTER_APPLIED.code, "file_sha256", sha256)


def _of_correction(site: Site, correction_id: int) -> list[str]:
    wrong = _once(site, OfAttempts.CORRECTION_APPLIED.code, None, f"correction:{correction_id}")
    with site.db.reading() as session:
        correction = session.get_one(Correction, correction_id)
        # who ends after the decision is scored by it at once, and is none of the job's
        earlier = correcting.affected(correction).where(Attempt.ended_at < correction.decided_at)
        left = session.scalars(earlier).all()
        changed = select(func.count()).where(CorrectionChange.correction_id == correction_id)
        assert session.scalar(changed), "nothing was there to be changed"
    return [*wrong, *(f"correction {correction_id}: attempt {one} left out" for one in left)]


def _once(site: Site, action: str, fact: str | None, value: str) -> list[str]:
    """What was done is in the audit, and once."""
    told = AuditEntry.subject if fact is None else AuditEntry.facts[fact].as_string()
    with site.db.reading() as session:
        times = session.scalar(select(func.count()).where(AuditEntry.action == action, told == value))
    return [] if times == 1 else [f"{action} {value}: {times} times in the audit"]


def _sit_in_the_past(site: Site) -> None:
    """Everybody sits some attempts to their end, as the ledger notes."""
    with site.db.reading() as session:
        began = site.db.now(session) - SAT_AGO
    for actor in site.actors:
        with working(site.db, actor=actor, now=began) as w:
            sat = [_sit(site, w) for _ in range(ATTEMPTS)]
        for attempt_id in sat:
            site.ledger.started(actor.member, attempt_id)
            site.ledger.submitted(attempt_id)


def _sit(site: Site, w: UnitOfWork) -> int:
    attempt_id = services.start(w, site.round_id, is_demonstration_site=True)
    for place in range(1, PAPER_LENGTH + 1):
        letters = random.choice("ABC")  # noqa: S311 - any letter will do
        services.save_response(w, attempt_id, place, Choice(letters, 1, 1))
        site.ledger.sends(attempt_id, place, (1, letters))
        site.ledger.saved(attempt_id, place, (1, letters))
    services.submit(w, attempt_id, 1)
    w.now += timedelta(seconds=1)
    return attempt_id


def _closed(site: Site, first: Actor, second: Actor) -> int:
    """The contest of the site, its round made final."""
    work = Work(site.db)
    with viewing(site.db) as r:
        proposer, approver = (r.session.get_one(Member, actor.member) for actor in (first, second))
        contest_id = r.session.get_one(Round, site.round_id).contest_id
    finalise(work, PrizeScope.ROUND, site.round_id, proposer, approver)
    return contest_id


@contextmanager
def _elsewhere(engine: str, folder: Path) -> Iterator[Database]:
    """An instance that holds nothing but its tables."""
    target = folder / "elsewhere.sqlite3"
    if engine == "sqlite":
        target.write_bytes(run.sqlite_template().read_bytes())
    url = f"sqlite:///{target}" if engine == "sqlite" else run.new_postgres()
    database = Database(url, pool_size=2)
    try:
        yield database
    finally:
        database.dispose()
        if engine != "sqlite":
            run.drop_postgres(url)
