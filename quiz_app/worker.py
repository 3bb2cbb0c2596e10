"""The worker of this product: what the features want done, and the command that runs it."""

from __future__ import annotations

import logging
import logging.config
import os
import signal
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import FrameType

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from quiz_app.analysis import computing
from quiz_app.asking import services as asking
from quiz_app.attempts import closing, correcting, truth
from quiz_app.authoring import exchange
from quiz_app.awards import paper as certificate_paper
from quiz_app.awards import payments as prize_payments
from quiz_app.awards import printing as certificate_printing
from quiz_app.catalogue import searchable
from quiz_app.elsewhere import services as elsewhere
from quiz_app.kernel import audit, plans
from quiz_app.kernel.db import Database
from quiz_app.kernel.durable import Worker, WorkerRuns
from quiz_app.kernel.jobs import Handler, Periodic
from quiz_app.kernel.settings import Settings
from quiz_app.kernel.work import working
from quiz_app.leaderboard import rankings, tallies
from quiz_app.members import roster_jobs, slip_jobs, slip_paper, throttling
from quiz_app.operations import audit_heads, contest_archive_job
from quiz_app.participation import tallies as desks
from quiz_app.privacy import anonymising, retention, seen
from quiz_app.registering import services as registering
from quiz_app.reminders import sending
from quiz_app.reports import making
from quiz_app.results import correction_forecast, flagging, table_jobs
from quiz_app.web import failures, logs

LONGEST_TRANSACTION = timedelta(minutes=10)  # the final table of a city is one, and what it records bears its beginning
ENDING_S = 10.0
CONNECTIONS = 8  # for two jobs and what is done again and again; those who wait longer than five seconds try again
TALLIES_REST_FOR = 9  # times as long as they took: 9,000 units are not summed up without pause while a city hands in
NICENESS = 10  # sittings on the same machine go first


def seal_audit(db: Database) -> int:
    """Chain the entries of the audit that no transaction under way can still stand before."""
    with working(db) as w:
        return audit.seal(w.session, w.now, settled_before=w.now - LONGEST_TRANSACTION)


def forget_sign_ins(db: Database) -> int:
    """Drop counts of failed sign-ins that no longer matter."""
    with working(db) as w:
        return throttling.forget_stale(w)


def fill_search_index(db: Database) -> int:
    """Make the index of the search where there is none yet: after an upgrade that began it anew."""
    with db.reading() as session:
        if not searchable.is_empty(session):
            return 0
    with working(db) as w:
        return searchable.put_everything(w.session)


def forget_files(data_dir: Path, db: Database) -> int:
    """Delete what was kept for a while: rosters and item sets that were sent, slips and certificates that were
    printed.
    """
    with db.reading() as session:
        now = db.now(session)
    failures.forget_old(data_dir, now)
    kept = (roster_jobs.forget_old, exchange.forget_old, slip_jobs.forget_old, certificate_printing.forget_old)
    return sum(forget(data_dir, now) for forget in kept)


# Each feature's `JOBS`, by kind: add a feature's mapping here when it gets one.
JOBS: dict[str, Handler] = {
    **correcting.JOBS,
    **truth.JOBS,
    **correction_forecast.JOBS,
    **table_jobs.JOBS,
    **flagging.JOBS,
    **computing.JOBS,
    **contest_archive_job.JOBS,
    **roster_jobs.JOBS,
}
PERIODIC = (
    Periodic("close-overdue", 5, closing.close_overdue, is_kept=True),
    Periodic("tallies", 3, tallies.refresh_tallies, rests_for=TALLIES_REST_FOR),
    Periodic("rankings", 5, rankings.refresh),
    Periodic("desks", 5, desks.refresh),
    Periodic("flags-due", 15, flagging.look_after_closing),
    Periodic("analyses-due", 60, computing.compute_after_closing),
    Periodic("search-index", 60, fill_search_index),
    Periodic("plans", 15, plans.renew),
    Periodic("audit-seal", 30, seal_audit),
    Periodic("forget-sign-ins", 3600, forget_sign_ins),
    Periodic("forget-proofs", 3600, elsewhere.forget_proofs),
    Periodic("forget-registrations", 3600, registering.forget_old),
    Periodic("forget-prize-payments", 3600, prize_payments.forget_details),
    Periodic("forget-questions", 3600, asking.forget_texts),
    Periodic("forget-sessions", 3600, retention.forget_sessions),
    Periodic("forget-views", 3600, seen.forget_views),
)


def mailing(settings: Settings) -> tuple[Periodic, ...]:
    """Reminders by mail, where this installation names a server for them."""
    outbox = sending.Outbox.of(settings)
    if outbox is None:
        return ()
    return (
        Periodic("reminder-plans", 60, sending.queue_planned, is_kept=True),
        Periodic("reminder-mails", 10, partial(sending.send_due, outbox), is_kept=True),
    )


def printing(app: Flask) -> dict[str, Handler]:
    """What needs the application's templates: slips, whose codes hang on its key besides, certificates and reports."""
    key = app.extensions["settings"].secret_key
    return {
        slip_jobs.KIND: partial(slip_jobs.make, key, partial(slip_paper.file, app)),
        certificate_printing.KIND: partial(certificate_printing.make, partial(certificate_paper.file, app)),
        **making.handlers(app),
    }


def periodic(settings: Settings) -> tuple[Periodic, ...]:
    """All that is done again and again in this installation."""
    cleaning = Periodic("forget-files", 600, partial(forget_files, settings.data_dir))
    heads = Periodic("audit-heads", 3600, partial(audit_heads.write_daily, settings.data_dir))
    kept_for = timedelta(days=settings.retention_days)
    nameless = Periodic("anonymise-contests", 3600, partial(anonymising.anonymise_due, kept_for))
    return (*PERIODIC, cleaning, heads, nameless, *mailing(settings))


def _own_database(settings: Settings) -> Database:
    """Fewer connections than a web process has: what is done in the background waits for its turn."""
    current_app.extensions["database"].dispose()
    database = Database(settings.database_url, clock_offset_s=settings.clock_offset_s, pool_size=CONNECTIONS)
    current_app.extensions["database"] = database
    return database


group = AppGroup("worker", help="Tiến trình nền: tự nộp bài hết giờ, tổng hợp bảng xếp hạng, làm việc dài.")


@group.command("run")
@click.option("--name", default="worker", envvar="WORKER_NAME", show_default=True, help="Tên cố định của tiến trình.")
def run(name: str) -> None:
    """Chạy tiến trình nền cho đến khi có lệnh dừng."""
    os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
    logging.config.dictConfig(logs.configuration())
    settings: Settings = current_app.extensions["settings"]
    database = _own_database(settings)
    handlers = {**JOBS, **printing(current_app._get_current_object())}  # type: ignore[attr-defined] # the proxy's own way
    worker = Worker(database, settings.database_url, settings.data_dir, handlers, periodic(settings), name=name)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        worker.run()
    except WorkerRuns:
        raise click.ClickException(f"Tiến trình nền tên “{name}” đang chạy rồi.") from None
    worker.wait_for_jobs(ENDING_S)
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)  # a job still running would hold the process; it is taken up again at the next start
