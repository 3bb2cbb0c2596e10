"""Pages about people for those who answer for units: importing a roster, and the passwords renewed for others."""

from __future__ import annotations

import re
import time
from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.access import Actor, Role
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.settings import Settings
from quiz_app.members import labels, policy, queries, roster_file, roster_words, rosters
from quiz_app.members.errors import RosterUnreadable
from quiz_app.members.forms import RenewalsForm, RosterForm
from quiz_app.members.policy import Permission
from quiz_app.units import policy as units_policy
from quiz_app.units import queries as units_queries
from quiz_app.web.addresses import row_id
from quiz_app.web.errors import words_for
from quiz_app.web.guard import current_actor, reading, requires, work
from quiz_app.web.paging import page_number

bp = Blueprint("members_manage", __name__, template_folder="templates")

ALL_UNITS = 0
KEPT_FOR_S = 24 * 3600
SHOWN = 200


@bp.get("/danh-sach/nhap")
@requires(Permission.ROSTER_IMPORT)
def import_roster() -> ResponseReturnValue:
    return _upload_page(RosterForm())


@bp.post("/danh-sach/nhap")
@requires(Permission.ROSTER_IMPORT)
def upload_roster() -> ResponseReturnValue:
    form = RosterForm()
    with reading() as r:
        units = units_queries.units(r.session, units_policy.covered_units(r.actor, Role.ORGANISER))
    form.unit.choices = _choices(units)
    if not form.validate():
        return _upload_page(form), 422
    content = form.file.data.read(roster_file.MAX_BYTES + 1)
    try:
        roster_file.read_sheets(content)
    except RosterUnreadable as error:
        form.file.errors = [words_for(error)]
        return _upload_page(form), error.status
    sha256 = rosters.file_hash(content)
    _keep(_path(current_actor(), form.unit.data, sha256), content)
    return redirect(
        url_for(".planned_roster", unit_id=form.unit.data, sha256=sha256, ten=form.file.data.filename or "")
    )


@bp.get("/danh-sach/nhap/<int:unit_id>/<sha256>")
@requires(Permission.ROSTER_IMPORT)
def planned_roster(unit_id: int, sha256: str) -> ResponseReturnValue:
    sheets = roster_file.read_sheets(_kept(unit_id, sha256))
    with reading() as r:
        unit = units_queries.covered_unit(r.session, r.actor, unit_id, Role.ORGANISER)
        plan = rosters.plan(r, unit_id, sheets, sha256)
        return render_template(
            "members/roster_plan.html",
            unit=unit,
            plan=plan,
            sha256=sha256,
            file_name=request.args.get("ten", "")[:200],
            changes=[roster_words.change(change, plan.unit_names) for change in plan.changed[:SHOWN]],
            new=[roster_words.newcomer(entry, plan.unit_names[home]) for home, entry in plan.new[:SHOWN]],
            shown=SHOWN,
        )


@bp.post("/danh-sach/nhap/<int:unit_id>/<sha256>")
@requires(Permission.ROSTER_IMPORT)
def apply_roster(unit_id: int, sha256: str) -> ResponseReturnValue:
    sheets = roster_file.read_sheets(_kept(unit_id, sha256))
    with work() as w:
        done = rosters.apply(w, unit_id, sheets, sha256, request.form.get("ten", ""))
    _path(current_actor(), unit_id, sha256).unlink(missing_ok=True)
    if done.is_repeat:
        flash("Danh sách này đã được ghi từ trước, không có gì thay đổi.", "info")
    else:
        flash(f"Đã ghi danh sách: thêm {len(done.new)}, sửa {len(done.changed)} người.", "success")
    return redirect(url_for(".import_roster"))


@bp.get("/thanh-vien/cap-lai")
@requires(Permission.RENEWALS_READ)
def renewals() -> ResponseReturnValue:
    """Whose passwords were renewed, when and by whom; the filter lives in the address."""
    asked = request.args.get("don-vi", ALL_UNITS, type=row_id)
    with reading() as r:
        units = units_queries.units(r.session, policy.units_of_renewals(r.actor))
        if asked and asked not in {unit.id for unit in units}:
            raise Missing
        form = RenewalsForm(formdata=None, meta={"csrf": False}, unit=asked)
        form.unit.choices = [(ALL_UNITS, "Tất cả đơn vị đồng chí phụ trách"), *_choices(units)]
        page = queries.renewals_seen(r, asked or None, page_number(request.args))
        return render_template(
            "members/renewals.html", form=form, page=page, has_units=len(units) > 1, is_filtered=asked != ALL_UNITS
        )


def _upload_page(form: RosterForm) -> str:
    with reading() as r:
        units = units_queries.units(r.session, units_policy.covered_units(r.actor, Role.ORGANISER))
        form.unit.choices = _choices(units)
        return render_template(
            "members/roster_upload.html",
            form=form,
            labels=labels,
            imports=queries.recent_imports(r.session, r.actor),
            largest=roster_file.MAX_BYTES // 1024 // 1024,
        )


def _choices(units: list[units_queries.UnitRow]) -> list[tuple[int, str]]:
    return [(unit.id, "– " * unit.depth + unit.name) for unit in units]


def _path(actor: Actor, unit_id: int, sha256: str) -> Path:
    """Where an upload waits: under a name of our own that only its sender's requests lead to."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise Missing
    settings: Settings = current_app.extensions["settings"]
    return settings.data_dir / "uploads" / f"{actor.member}-{unit_id}-{sha256}.xlsx"


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in path.parent.glob("*.xlsx"):
        if old.stat().st_mtime < time.time() - KEPT_FOR_S:
            old.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)


def _kept(unit_id: int, sha256: str) -> bytes:
    path = _path(current_actor(), unit_id, sha256)
    if not path.exists():
        raise BadInput({"file": ["Tệp đã được ghi hoặc đã hết hạn giữ. Mời đồng chí gửi lại tệp."]})
    return path.read_bytes()
