"""Reports over a small commune in which two rounds are over and one of them is final."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from quiz_app.contests.models import Contest, PrizeScope, Round, Shown
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import Job, JobState, perform
from quiz_app.members.models import Member
from quiz_app.reports import making, queries, services
from quiz_app.reports.asking_jobs import FIGURES, FILES
from quiz_app.reports.counting import NO_DAY, Asked
from quiz_app.reports.models import Kind, Report, ReportEdition
from quiz_app.units.models import Unit
from tests.features.leaderboard.build import attempt, roster
from tests.features.results.build import SAT, closed_round, finalise, give, second_organiser
from tests.support.build import Commune
from tests.support.works import Work

YEAR = (date(2026, 1, 1), date(2026, 12, 1))


@dataclass(frozen=True)
class Desk:
    """The database with its commune, and where files go."""

    db: Database
    work: Work
    commune: Commune
    folder: Path

    def begin(self, by: Member, unit: Unit, round_: Round | None = None) -> Report:
        """A report whose figures are asked for; without a round one of the year."""
        kind = Kind.YEAREND if round_ is None else Kind.ROUND
        days = YEAR if round_ is None else (NO_DAY, NO_DAY)
        with self.work(actor=by) as w:
            return services.create(w, kind, Asked(unit.id, *days, None if round_ is None else round_.id))

    def count(self, report_id: int) -> JobState | None:
        return self._perform(report_id, Report)

    def counted(self, by: Member, unit: Unit, round_: Round | None = None) -> Report:
        """The same with its figures."""
        report = self.begin(by, unit, round_)
        assert self.count(report.id) is JobState.DONE
        return self.kept(by, report.id)

    def kept(self, by: Member, report_id: int) -> Report:
        with self.work(actor=by) as w:
            return queries.one(w, report_id)

    def approved(self, by: Member, report: Report) -> ReportEdition:
        with self.work(actor=by) as w:
            return services.approve(w, report.id, report.revision)

    def make(self, edition_id: int, printer: making.Printer | None = None) -> JobState | None:
        return self._perform(edition_id, ReportEdition, printer)

    def _perform(
        self, row_id: int, kind: type[Report | ReportEdition], printer: making.Printer | None = None
    ) -> JobState | None:
        with self.work() as w:
            row: Any = w.session.get_one(kind, row_id)
            job = w.session.get_one(Job, row.job_id)

        def make(db: Database, payload: object, progress: object) -> dict[str, object]:
            return making.make(self.folder, printer, db, payload, progress)  # type: ignore[arg-type]  # as the worker does

        return perform(self.db, {FIGURES: making.count, FILES: make}, job.key)


def two_rounds(work: Work, commune: Commune) -> tuple[Round, Round]:
    """First round: final, five of seven of the two chi bộ; second: closed, its scores are to see, two of `first`."""
    first = closed_round(work, commune.root, title="Tuần 1")
    with work() as w:
        contest = w.session.get_one(Contest, first.contest_id)
    second = closed_round(work, commune.root, title="Tuần 2", contest=contest, shown=Shown.AFTER_SUBMISSION)
    give(work, first, PrizeScope.ROUND, ("Giải Nhất", 1))
    on_roster = [commune.member, commune.colleague, commune.probationer, commune.secretary, commune.stranger,
                 commune.inner_member, commune.secretary_elsewhere]  # fmt: skip
    with work() as w:
        for round_ in (first, second):
            roster(w, round_, on_roster, exempt=[commune.exempt])
        scores = ((commune.member, 20), (commune.colleague, 18), (commune.probationer, 10), (commune.stranger, 16))
        for member, score in scores:
            attempt(w, first, member, score, started=SAT)
        attempt(w, first, commune.sympathiser, 15, started=SAT)
        attempt(w, second, commune.member, 12, started=SAT)
        attempt(w, second, commune.member, 14, started=SAT)
    finalise(work, PrizeScope.ROUND, first.id, commune.organiser, second_organiser(work, commune))
    return first, second


def approved_report(db: Database, work: Work, commune: Commune, round_id: int, folder: Path) -> dict[str, int | str]:
    """A report of `first` about a round that is over, approved, with its files; their addresses' parts."""
    desk = Desk(db, work, commune, folder)
    with work() as w:
        round_ = w.session.get_one(Round, round_id)
    edition = desk.approved(commune.secretary, desk.counted(commune.secretary, commune.first, round_))
    assert desk.make(edition.id) is JobState.DONE
    return {"report": edition.report_id, "report_edition": edition.id, "report_ending": "docx"}
