"""Slips of many, printed by the worker: a file for a while, fetched by who asked for it and by nobody else.

The file comes first, the slips count after it, all of them in one transaction that also notes on the job that they do:
a job that is taken up again after a crash prints anew only what nobody has in hand yet.
"""

from __future__ import annotations

import secrets
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from quiz_app.kernel import files
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.jobs import Job, JobFailed, JobState, Progress, enqueue
from quiz_app.kernel.work import Reading, Work, viewing, working
from quiz_app.members import slips
from quiz_app.members.errors import NobodyToPrint, TooManySlips
from quiz_app.members.labels import REFUSALS
from quiz_app.members.models import Member
from quiz_app.members.sign_ins import actor_of
from quiz_app.members.slips import Sheet, Which
from quiz_app.units import queries as units_queries
from quiz_app.units.models import Unit

KIND = "slip-print"
FOLDER = "slips"
KEPT_FOR = timedelta(hours=2)  # whoever has the file may come in as anybody of whom he knows the birthday
DIRECT = 40  # so many are on paper within two seconds, while the person waits
MOST = 6000  # a commune twice as large as those around; its file is made within minutes
UNDER_WAY = {JobState.QUEUED.value, JobState.RUNNING.value}

Printer = Callable[[Sheet, str], bytes]


def ask(w: Work, unit_id: int, which: Which, data_dir: Path, *, with_below: bool) -> Job:
    """Ask for the slips of a unit, or of it and all below; while the actor's are being printed these are the ones.

    Raises Missing, NobodyToPrint, TooManySlips.
    """
    units_queries.covered_unit(w.session, w.actor, unit_id, *slips.ISSUERS)
    w.session.get(Unit, unit_id, with_for_update=True)  # pressed twice it is asked for once
    under_way = next((job for job in _asked_for(w, unit_id) if job.state in UNDER_WAY), None)
    if under_way is not None:
        return under_way
    people = slips.waiting(slips.covered(w.actor, unit_id, with_below=with_below), which, w.now)
    count = w.session.scalar(select(func.count()).select_from(people.order_by(None).subquery())) or 0
    if not count:
        raise NobodyToPrint
    if count > MOST:
        raise TooManySlips(count=count, most=MOST)
    key = f"{_prefix(unit_id)}{secrets.token_hex(8)}"
    payload = {
        "key": key,
        "unit_id": unit_id,
        "with_below": with_below,
        "which": which.value,
        "asked_by": w.actor.member,
        "folder": str(data_dir / FOLDER / key.rpartition(":")[2]),
    }
    return enqueue(w, KIND, key, payload, count)


def one(r: Reading, job_id: int) -> Job:
    """A print that the actor has asked for, of a unit for which he still prints. Raises Missing."""
    found = r.session.get(Job, job_id)
    if found is None or found.kind != KIND or found.requested_by != r.actor.member_id:
        raise Missing
    units_queries.covered_unit(r.session, r.actor, int(found.payload["unit_id"]), *slips.ISSUERS)
    return found


def latest(r: Reading, unit_id: int) -> Job | None:
    """The actor's last print for a unit that is under way, or whose file is still there."""
    last = next(iter(_asked_for(r, unit_id)), None)
    return last if last is not None and (last.state in UNDER_WAY or file_of(last) is not None) else None


def file_of(job: Job) -> Path | None:
    """The file of a print that was made, while it is kept."""
    if job.state != JobState.DONE.value or job.result is None:
        return None
    path = Path(job.payload["folder"]) / str(job.result["file"])
    return path if path.is_file() else None


def make(key: str, printer: Printer, db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Print the slips that were asked for, then let them count. `key` is the installation's."""
    if "made" in payload:
        return dict(payload["made"])
    folder, which = Path(payload["folder"]), Which(payload["which"])
    try:
        with viewing(db) as r:
            seen = Reading(r.session, actor_of(r.session, r.session.get_one(Member, payload["asked_by"])), r.now)
            scope = slips.covered(seen.actor, int(payload["unit_id"]), with_below=bool(payload["with_below"]))
            sheets = slips.draw_for_units(seen, scope, which)
        if not sheets:
            raise NobodyToPrint
        name = _print(sheets, seen.actor.name, folder, printer, progress)
        return _keep(db, sheets, key, {**payload}, name)
    except Missing as error:
        raise JobFailed("Đồng chí không còn in phiếu cho đơn vị này.") from error
    except NobodyToPrint as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise JobFailed(REFUSALS[NobodyToPrint]) from error


def forget_old(data_dir: Path, now: datetime) -> int:
    """Delete the files that were kept long enough; how many."""
    return files.forget((data_dir / FOLDER).glob("*"), now - KEPT_FOR)


def _print(sheets: Sequence[Sheet], printed_by: str, folder: Path, printer: Printer, progress: Progress) -> str:
    """Write one PDF file, or an archive with one for each sheet; its name."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    total, done = sum(len(sheet.slips) for sheet in sheets), 0
    if len(sheets) == 1:
        (folder / "phieu.pdf").write_bytes(printer(sheets[0], printed_by))
        return "phieu.pdf"
    with zipfile.ZipFile(folder / "phieu.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number, sheet in enumerate(sheets, start=1):
            archive.writestr(f"{number:03}-{sheet.unit.code.lower()}.pdf", printer(sheet, printed_by))
            done += len(sheet.slips)
            progress.report(done, total)
    return "phieu.zip"


def _keep(db: Database, sheets: Sequence[Sheet], key: str, payload: dict[str, Any], name: str) -> dict[str, Any]:
    """Let the slips count, save those of who came in or left while they were printed."""
    with working(db) as w:
        mine = Work(w.session, actor_of(w.session, w.session.get_one(Member, payload["asked_by"])), w.now)
        count = 0
        for sheet in sheets:
            still = _still(mine, sheet)
            if still.slips:
                slips.keep(mine, still, key)
            count += len(still.slips)
        made = {"file": name, "count": count, "units": len({sheet.unit.id for sheet in sheets})}
        w.session.execute(update(Job).where(Job.key == payload["key"]).values(payload={**payload, "made": made}))
        return made


def _still(w: Work, sheet: Sheet) -> Sheet:
    unit = slips.covered(w.actor, sheet.unit.id, with_below=False)
    ids = set(w.session.scalars(slips.waiting(unit, Which.OUTSIDE, w.now).with_only_columns(Member.id)))
    return replace(sheet, slips=tuple(slip for slip in sheet.slips if slip.member_id in ids))


def _asked_for(r: Reading, unit_id: int) -> list[Job]:
    """The actor's prints for a unit, the youngest first."""
    query = select(Job).where(
        Job.kind == KIND,
        Job.requested_by == r.actor.member_id,
        Job.key.startswith(_prefix(unit_id), autoescape=True),
    )
    return list(r.session.scalars(query.order_by(Job.id.desc()).limit(5)))


def _prefix(unit_id: int) -> str:
    return f"{KIND}:{unit_id}:"
