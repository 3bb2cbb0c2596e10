"""Rosters as background work: what was sent is kept in a folder, planned by the worker, and written by it when agreed.

The folder stands below the data folder, which every web process and the worker share.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.kernel import files
from quiz_app.kernel.access import Actor, Grant, Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing, Refused
from quiz_app.kernel.jobs import Handler, Job, JobFailed, JobState, Progress, enqueue
from quiz_app.kernel.work import Reading, Work, viewing, working
from quiz_app.members import roster_file, roster_result, rosters
from quiz_app.members.errors import RemovalUnconfirmed, RosterFaulty, RosterOutdated
from quiz_app.members.labels import REFUSALS
from quiz_app.members.models import Member, RoleGrant
from quiz_app.members.roster_plan import Kind, PlanFolder
from quiz_app.members.rosters import Order
from quiz_app.units import queries as units_queries

PLAN, APPLY = "roster-plan", "roster-apply"
FOLDER = "uploads"
KEPT_FOR = timedelta(days=1)
UNDER_WAY = {JobState.QUEUED.value, JobState.RUNNING.value}


@dataclass(frozen=True, slots=True)
class Sent:
    """A roster that was sent: the job that plans it, the one that writes it once it was agreed to, and its folder."""

    plan: Job
    apply: Job | None
    order: Order
    folder: Path

    @property
    def kept(self) -> PlanFolder:
        return PlanFolder(_plan_folder(self.plan.payload))

    @property
    def result_file(self) -> Path:
        return self.kept.folder / "result.xlsx"


def send(w: Work, order: Order, content: bytes, data_dir: Path) -> Job:
    """Keep a file and ask for its plan. Raises Missing where the actor is not the unit's organiser."""
    units_queries.covered_unit(w.session, w.actor, order.unit_id, Role.ORGANISER)
    token = secrets.token_hex(8)
    folder = data_dir / FOLDER / f"roster-{token}"
    folder.mkdir(parents=True, mode=0o700)
    file = folder / "sent"
    file.touch(mode=0o600)
    file.write_bytes(content)
    return _ask(w, order, folder, token)


def answer(w: Work, job_id: int, answers: Mapping[str, str]) -> Job:
    """Ask for the plan anew with these decisions beside the earlier ones. Raises Missing."""
    sent = one(w, job_id)
    order = Order(
        sent.order.unit_id,
        sent.order.file_sha256,
        sent.order.file_name,
        sent.order.is_complete,
        {**sent.order.answers, **answers},
    )
    return _ask(w, order, sent.folder, f"{sent.folder.name}-{secrets.token_hex(4)}")


def agree(w: Work, job_id: int, *, with_left: bool, removed: int | None) -> Job:
    """Ask for a plan to be written; agreed to twice it is written once.

    Raises Missing, RosterFaulty, RemovalUnconfirmed.
    """
    sent = one(w, job_id)
    if sent.apply is not None and sent.apply.state != JobState.FAILED.value:
        return sent.apply
    if not sent.kept.exists:
        raise Missing
    summary = sent.kept.summary()
    rosters.check(summary, with_left=with_left, removed=removed)
    tries = 0 if sent.apply is None else int(sent.apply.payload["tries"]) + 1
    payload = {
        **sent.plan.payload,
        "with_left": with_left,
        "removed": removed,
        "plan": _plan_folder(sent.plan.payload).name,
        "asked_at": w.now.isoformat(),
        "tries": tries,
    }
    total = summary.writes + (summary.count(Kind.LEFT) if with_left else 0)
    return enqueue(w, APPLY, f"{_apply_key(sent.plan)}{tries}", payload, total)


def one(r: Reading, job_id: int) -> Sent:
    """A roster that the actor has sent for a unit that is still his. Raises Missing."""
    found = r.session.get(Job, job_id)
    if found is None or found.kind != PLAN or found.requested_by != r.actor.member_id:
        raise Missing
    units_queries.covered_unit(r.session, r.actor, int(found.payload["unit_id"]), Role.ORGANISER)
    applying = select(Job).where(Job.kind == APPLY, Job.key.startswith(_apply_key(found), autoescape=True))
    last = r.session.scalars(applying.order_by(Job.id.desc()).limit(1)).one_or_none()
    return Sent(found, last, _order(found.payload), Path(found.payload["folder"]))


def make_plan(db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Read the file, plan it, and make the sheet that goes back. Made again it is the same plan."""
    folder, order = Path(payload["folder"]), _order(payload)
    unpacked, kept = folder / "rows", PlanFolder(_plan_folder(payload))
    if not (folder / "sent").is_file():
        raise JobFailed("Tệp đã hết hạn giữ. Mời đồng chí gửi lại tệp.")
    try:
        total = roster_file.unpack((folder / "sent").read_bytes(), unpacked)
        progress.report(0, total + 1)
        with viewing(db) as r:
            actor = _actor(r.session, payload)
            seen = Reading(r.session, actor, r.now)
            sheets = roster_file.sheets_in(unpacked)
            summary = rosters.plan(seen, order, sheets, kept, lambda number: progress.report(number, total + 1))
        roster_result.write(unpacked, kept, kept.folder / "result.xlsx")
    except Missing as error:
        raise JobFailed("Đồng chí không còn phụ trách đơn vị này.") from error
    except Refused as error:
        raise JobFailed(REFUSALS[type(error)].format(**error.facts)) from error
    return {"rows": summary.rows, "is_ready": summary.is_ready}


def write_plan(db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Write a plan that was agreed to, all of it in one transaction or nothing; written again it changes nothing."""
    order, kept = _order(payload), PlanFolder(_plan_folder(payload))
    asked_at = datetime.fromisoformat(payload["asked_at"])
    try:
        with working(db) as w:
            actor = _actor(w.session, payload)
            mine = Work(w.session, actor, w.now)
            with_left, removed = bool(payload["with_left"]), payload["removed"]
            done = rosters.apply(mine, order, kept, with_left=with_left, removed=removed, since=asked_at)
    except (Missing, FileNotFoundError) as error:
        raise JobFailed("Bản xem trước không còn, hoặc đồng chí không còn phụ trách đơn vị này.") from error
    except (RosterOutdated, RosterFaulty, RemovalUnconfirmed) as error:
        raise JobFailed(REFUSALS[type(error)].format(**error.facts)) from error
    folder = Path(payload["folder"])
    for name in ("sent", "rows"):
        (folder / name).unlink(missing_ok=True)
    kept.forget()
    return {"added": done.added, "changed": done.changed, "left": done.left}


def _ask(w: Work, order: Order, folder: Path, key: str) -> Job:
    payload = {
        "unit_id": order.unit_id,
        "file_sha256": order.file_sha256,
        "file_name": order.file_name,
        "is_complete": order.is_complete,
        "answers": dict(order.answers),
        "folder": str(folder),
        "plan": f"plan-{key}",
        "asked_by": w.actor.member_id,
    }
    return enqueue(w, PLAN, f"{PLAN}:{key}", payload)


def _order(payload: Mapping[str, Any]) -> Order:
    return Order(
        int(payload["unit_id"]),
        str(payload["file_sha256"]),
        str(payload["file_name"]),
        bool(payload["is_complete"]),
        dict(payload["answers"]),
    )


def _plan_folder(payload: Mapping[str, Any]) -> Path:
    return Path(payload["folder"]) / str(payload["plan"])


def _apply_key(plan: Job) -> str:
    return f"{APPLY}:{plan.id}:"


def _actor(session: Session, payload: Mapping[str, Any]) -> Actor:
    """Who asked, with the roles he holds now."""
    member = session.get(Member, payload["asked_by"])
    if member is None:
        raise Missing
    held = select(RoleGrant.role, RoleGrant.unit_id).where(
        RoleGrant.member_id == member.id, RoleGrant.revoked_at.is_(None)
    )
    grants = tuple(Grant(Role(role), unit_id) for role, unit_id in session.execute(held))
    return Actor(member_id=member.id, unit_id=member.unit_id, name=member.full_name, grants=grants)


def forget_old(data_dir: Path, now: datetime) -> int:
    """Delete what was sent a day ago, written or not; how many rosters."""
    return files.forget((data_dir / FOLDER).glob("roster-*"), now - KEPT_FOR)


JOBS: dict[str, Handler] = {PLAN: make_plan, APPLY: write_plan}
