"""Slips of many: printed by the worker, in the hands of who asked, and alive only when they are on paper."""

from __future__ import annotations

import io
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from quiz_app import worker
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.jobs import Job, JobState, perform
from quiz_app.kernel.settings import Settings
from quiz_app.members import activation, slip_jobs
from quiz_app.members.errors import NobodyToPrint, TooManySlips
from quiz_app.members.models import ActivationSlip, Member, UserSession
from quiz_app.members.slips import Sheet, Which
from quiz_app.web import pdf
from tests.features.members.conftest import People, add_member
from tests.support.browse import Browse
from tests.support.clock import NOW
from tests.support.works import View, Work

KEY = "khoa-thu"


@pytest.fixture
def many(work: Work, people: People) -> list[int]:
    """So many of one unit that nobody waits for their slips, and one of another."""
    with work() as w:
        add_member(w, people.other_cell, "Lý Thị Út", card="09.999999")
        numbers = range(slip_jobs.DIRECT + 1)
        return [add_member(w, people.cell, f"Phạm Văn {number}", card=f"09.{number:06}").id for number in numbers]


class Printer:
    """What is on paper, and what happens while it is printed."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []

    def __call__(self, sheet: Sheet, printed_by: str) -> bytes:
        assert printed_by
        self.sheets.append(sheet)
        return b"%PDF-1.7"


def asked(work: Work, by: Member, unit_id: int, folder: Path, which: Which, *, with_below: bool = False) -> str:
    with work(actor=by) as w:
        return slip_jobs.ask(w, unit_id, which, folder, with_below=with_below).key


def printed(db: Database, key: str, printer: slip_jobs.Printer) -> JobState | None:
    return perform(db, {slip_jobs.KIND: partial(slip_jobs.make, KEY, printer)}, key)


def slips(view: View) -> tuple[int, int]:
    """How many let in, and how many were revoked."""
    with view() as r:
        revoked = ActivationSlip.revoked_at.is_not(None)
        row = r.session.execute(select(func.count().filter(~revoked), func.count().filter(revoked))).one()
        return row[0], row[1]


def test_a_secretary_asks_waits_and_fetches(
    app: Flask,
    browse: Browse,
    db: Database,
    people: People,
    many: list[int],
    view: View,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if pdf.why_not() is not None:  # without Pango only the making of the file is taken as given
        monkeypatch.setattr(pdf, "why_not", lambda: None)
        monkeypatch.setattr(pdf, "of_page", lambda *_page: b"%PDF-1.7")
    browse.as_(people.secretary)
    place = browse.post(f"/phieu/{people.cell}", {"which": "without", "dang": "pdf"}).location
    assert "Đang in phiếu" in browse.page(place).text
    assert browse.get(f"{place}.json").json["state"] == "running"
    assert slips(view) == (0, 0), "nothing counts before it is on paper"
    again = browse.post(f"/phieu/{people.cell}", {"which": "without", "dang": "pdf"})
    assert again.location == place, "the back button and a second press ask for nothing more"
    with view() as r:
        key = r.session.scalars(select(Job.key)).one()
    assert perform(db, worker.printing(app), key) is JobState.DONE
    assert slips(view) == (len(many), 0)
    done = browse.page(place)
    assert f"Đã in {len(many)} phiếu" in done.text
    file = browse.get(f"{place}/tep")
    assert file.response.data.startswith(b"%PDF")
    assert file.response.headers["Cache-Control"] == "no-store"
    with db.writing() as session:
        session.execute(update(UserSession).values(proved_at=None))
    assert f"{place}/tep" not in browse.page(place).hrefs()
    assert "nhap-lai-mat-khau" in browse.get(f"{place}/tep", status=302).location
    browse.as_(people.secretary)
    assert "Xem lần in" in browse.page(f"/phieu/{people.cell}").text
    for stranger in (people.organiser, people.binh):
        status = 404 if stranger is people.organiser else 403
        browse.other().as_(stranger).get(f"{place}/tep", status=status)
    (kept,) = (settings.data_dir / "slips").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    old = (NOW - slip_jobs.KEPT_FOR - timedelta(minutes=1)).timestamp()
    os.utime(kept, (old, old))
    assert worker.forget_files(settings.data_dir, db) == 1
    browse.get(f"{place}/tep", status=404)
    assert "Tệp đã hết hạn giữ" in browse.page(place).text


def test_a_whole_commune_is_an_archive_with_a_file_for_each_unit(
    db: Database, work: Work, view: View, people: People, many: list[int], tmp_path: Path
) -> None:
    printer = Printer()
    key = asked(work, people.organiser, people.commune, tmp_path, Which.WITHOUT, with_below=True)
    assert printed(db, key, printer) is JobState.DONE
    assert [(sheet.unit.code, len(sheet.slips)) for sheet in printer.sheets] == [("GC", len(many)), ("KL", 1)]
    with view(actor=people.organiser) as r:
        job = slip_jobs.one(r, r.session.scalars(select(Job.id)).one())
        assert job.done == job.total == len(many) + 1
        file = slip_jobs.file_of(job)
        assert file is not None
        assert zipfile.ZipFile(io.BytesIO(file.read_bytes())).namelist() == ["001-gc.pdf", "002-kl.pdf"]
    with work(actor=people.secretary) as w, pytest.raises(Missing):
        slip_jobs.ask(w, people.commune, Which.WITHOUT, tmp_path, with_below=True)
    with pytest.raises(NobodyToPrint):
        asked(work, people.organiser, people.commune, tmp_path, Which.WITHOUT, with_below=True)


def test_taken_up_again_it_revokes_once(
    db: Database, work: Work, view: View, people: People, many: list[int], tmp_path: Path
) -> None:
    printed(db, asked(work, people.secretary, people.cell, tmp_path, Which.WITHOUT), Printer())
    key = asked(work, people.secretary, people.cell, tmp_path, Which.OUTSIDE)
    assert printed(db, key, Printer()) is JobState.DONE
    assert slips(view) == (len(many), len(many))
    with work() as w:  # the worker died before it could say that it had ended
        w.session.execute(update(Job).where(Job.key == key).values(state=JobState.RUNNING.value))
    again = Printer()
    assert printed(db, key, again) is JobState.DONE
    assert again.sheets == []
    assert slips(view) == (len(many), len(many))


def test_a_paper_that_cannot_be_made_revokes_nothing(
    db: Database, work: Work, view: View, people: People, many: list[int], tmp_path: Path
) -> None:
    def fails(_sheet: Sheet, _by: str) -> bytes:
        raise RuntimeError("no paper")

    printed(db, asked(work, people.secretary, people.cell, tmp_path, Which.WITHOUT), Printer())
    assert printed(db, asked(work, people.secretary, people.cell, tmp_path, Which.OUTSIDE), fails) is JobState.FAILED
    assert slips(view) == (len(many), 0)


def test_who_comes_in_while_it_is_printed_keeps_his_secret(
    db: Database, work: Work, view: View, people: People, many: list[int], tmp_path: Path
) -> None:
    first = Printer()
    printed(db, asked(work, people.secretary, people.cell, tmp_path, Which.WITHOUT), first)
    slip = first.sheets[0].slips[0]

    def slowly(_sheet: Sheet, _by: str) -> bytes:
        proof = activation.Proof(slip.token, "", "0205")
        activation.activate(db, [KEY], proof, "904716", is_shared_device=False, user_agent="")
        with work() as w:
            w.session.get_one(Member, many[-1]).standing = "left"
        return b"%PDF"

    assert printed(db, asked(work, people.secretary, people.cell, tmp_path, Which.OUTSIDE), slowly) is JobState.DONE
    with view() as r:
        alive = select(ActivationSlip.member_id).where(
            ActivationSlip.revoked_at.is_(None), ActivationSlip.used_at.is_(None)
        )
        found = set(r.session.scalars(alive))
        assert slip.member_id not in found, "he is inside, and nobody holds a paper that lets in as him"
        assert len(found) == len(many) - 1
        assert r.session.scalars(select(Job.result).order_by(Job.id.desc())).first() == {
            "file": "phieu.pdf",
            "count": len(many) - 2,
            "units": 1,
        }


def test_pressed_at_the_same_instant_it_is_asked_for_once(
    db: Database, work: Work, people: People, many: list[int], tmp_path: Path
) -> None:
    barrier = Barrier(4)

    def press(_: int) -> str:
        barrier.wait()
        return asked(work, people.secretary, people.cell, tmp_path, Which.OUTSIDE)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(press, range(4)))) == 1


def test_too_many_for_one_file_are_refused_in_words(
    work: Work, people: People, many: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, browse: Browse
) -> None:
    monkeypatch.setattr(slip_jobs, "MOST", 20)
    with pytest.raises(TooManySlips):
        asked(work, people.secretary, people.cell, tmp_path, Which.WITHOUT)
    page = browse.as_(people.organiser).page(f"/phieu/{people.commune}")
    assert "2 đơn vị bên dưới" in page.text
    refused = browse.post(f"/phieu/{people.commune}", {"which": "without", "dang": "cap-duoi"}, status=422)
    assert "là quá nhiều cho một tệp" in refused.text
