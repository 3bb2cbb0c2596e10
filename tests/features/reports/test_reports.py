"""Reports from the first figure to the files: they say the same everywhere, and are made again as they were."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Barrier
from typing import Any

import docx
import openpyxl
import pytest
from sqlalchemy import select

from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.jobs import Job, JobState, perform
from quiz_app.leaderboard import tallies
from quiz_app.reports import content, counting, making, naming, policy, queries, said, services, texts
from quiz_app.reports.asking_jobs import FIGURES
from quiz_app.reports.composing import composed
from quiz_app.reports.counting import Asked
from quiz_app.reports.errors import NotCounted, ReportApproved, ReportChanged, ReportKept
from quiz_app.reports.figures import absent, from_json, hash_of, to_json
from quiz_app.reports.making import folder_of
from quiz_app.reports.models import Kind, Report, ReportEdition
from quiz_app.reports.naming import Named, Rule
from quiz_app.rules.unit_standing import turnout
from quiz_app.units.models import Unit
from quiz_app.units.queries import path_ids
from tests.features.reports.build import Desk, two_rounds
from tests.support.build import Commune
from tests.support.works import View, Work


@pytest.fixture
def desk(db: Database, work: Work, commune: Commune, tmp_path: Path) -> Desk:
    return Desk(db, work, commune, tmp_path)


@pytest.fixture
def rounds(work: Work, commune: Commune) -> tuple[Round, Round]:
    return two_rounds(work, commune)


def test_page_document_workbook_and_database_say_the_same(
    desk: Desk, commune: Commune, rounds: tuple[Round, Round], view: View
) -> None:
    report = desk.counted(commune.overseer, commune.root)
    edition = desk.approved(commune.overseer, report)
    assert desk.make(edition.id) is JobState.DONE
    with view() as r:
        stored = [tallies.unit_figures(r.session, one.id) for one in rounds]
        root_name = r.session.get_one(Unit, commune.root.id).name
    assert report.figures is not None
    figures = from_json(report.figures)
    assert [one.figures.participants for one in figures.rounds] == [5, 1]
    assert [one.figures for one in figures.rounds] == [
        stored[0][commune.root.id],
        replace(stored[1][commune.root.id], score_sum=0, full_marks=0, ranked_participants=0),  # of one person alone
    ]
    assert [absent(one.figures) for one in figures.rounds] == [3, 6]
    assert [one.outside for one in figures.rounds] == [1, 0]
    assert (figures.rounds[0].best, figures.total.full_marks, figures.members) == (20, 1, 8)

    folder = folder_of(desk.folder, edition.id)
    words = docx.Document(str(folder / "bao-cao.docx"))
    book: Any = openpyxl.load_workbook(io.BytesIO((folder / "bao-cao.xlsx").read_bytes()))
    by_round = [[cell.text for cell in row.cells] for row in words.tables[1].rows[1:]]
    head = {cell.value: cell.column - 1 for cell in next(row for row in book["Từng đợt"] if row[0].value == "Đợt thi")}
    sheet = [row for row in book["Từng đợt"].values if row[0] in {"Tuần 1", "Tuần 2", "Cộng các đợt"}]
    assert len(sheet) == len(by_round) == 3
    for row, line in zip(sheet, by_round, strict=True):
        told = [row[head[name]] for name in ("Trong danh sách", "Được miễn", "Người tham gia", "Lượt thi")]
        assert [said.whole(one) for one in told] == [line[1], line[2], line[3], line[5]]
        assert f"{row[head['Tỉ lệ tham gia']] * 100:.1f}".replace(".", ",").replace(",0", "") + "%" == line[4]
    assert by_round[0][6] == "15,80"
    units = [[cell.text for cell in row.cells] for row in words.tables[-2].rows[1:]]
    rows = [row for row in book["Đơn vị"].values if row[0] and row[0] != "Đơn vị" and isinstance(row[1], int)]
    assert [one[0].lstrip("– ") for one in units] == [row[0] for row in rows]
    assert [one[2] for one in units] == [said.whole(row[6]) for row in rows]
    assert [row[0] for row in rows][-1] == "Toàn đơn vị"
    paragraphs = [one.text for one in words.paragraphs]
    page = dict(said.key_figures(figures))
    assert all(f"- {name}: {value}" in "\n".join(paragraphs) for name, value in page.items())
    assert any(root_name in one and "Số liệu tính lúc" in one for one in paragraphs)
    assert "Tuần 1, Giải Nhất: 1 đồng chí" in "\n".join(paragraphs)


def test_the_same_snapshot_gives_the_same_document(desk: Desk, commune: Commune, rounds: tuple[Round, Round]) -> None:
    edition = desk.approved(commune.secretary, desk.counted(commune.secretary, commune.first, rounds[0]))
    assert desk.make(edition.id) is JobState.DONE
    path = folder_of(desk.folder, edition.id) / "bao-cao.docx"
    before = path.read_bytes()
    path.unlink()
    with desk.work(actor=commune.secretary) as w:
        services.make_again(w, edition.id)
    assert desk.make(edition.id) is JobState.DONE
    assert path.read_bytes() == before
    with desk.work() as w:
        kept = w.session.get_one(ReportEdition, edition.id)
        assert hash_of(kept.content) == kept.content_sha256
        assert hash_of(kept.content["figures"]) == kept.figures_sha256
        kept.content = {**kept.content, "number": 77}
    with desk.work(actor=commune.secretary) as w:
        services.make_again(w, edition.id)
    assert desk.make(edition.id) is JobState.FAILED  # what was stored is not what was approved
    assert path.read_bytes() == before


def test_a_chi_bo_has_its_place_and_no_list_of_units(
    desk: Desk, commune: Commune, rounds: tuple[Round, Round], view: View
) -> None:
    report = desk.counted(commune.secretary, commune.first, rounds[0])
    assert report.figures is not None
    figures = from_json(report.figures)
    with view() as r:
        own = tallies.unit_figures(r.session, rounds[0].id)
    rates = sorted(
        (turnout(own[one.id]) or 0 for one in (commune.first, commune.second, commune.committee)), reverse=True
    )
    assert figures.rounds[0].place == rates.index(turnout(own[commune.first.id]) or 0) + 1 == 1
    assert (figures.rounds[0].ranked, figures.units) == (3, ())
    assert hash_of(to_json(figures)) == hash_of(report.figures) == report.figures_sha256


def test_nothing_of_a_round_that_is_not_over(
    desk: Desk, commune: Commune, clock: object, work: Work, view: View
) -> None:
    first, _ = two_rounds(work, commune)
    with view(now=first.closes_at) as r:
        over, waiting = counting.rounds_of(r, Asked(commune.first.id, date(2026, 1, 1), date(2026, 12, 31)))
    assert (over, [one.title for one in waiting]) == ([], ["Tuần 2", "Tuần 1"])


def test_numbers_run_and_one_is_given_once(desk: Desk, commune: Commune, rounds: tuple[Round, Round]) -> None:
    made = [desk.begin(commune.secretary, commune.first, rounds[0]) for _ in range(2)]
    assert [one.number for one in made] == [1, 2]
    assert desk.begin(commune.secretary_elsewhere, commune.second, rounds[0]).number == 1
    with desk.work(actor=commune.secretary) as w, pytest.raises(BadInput) as refused:
        _save(w, made[1], 1)
    assert "Số 01 đã dùng" in refused.value.errors["number"][0]
    with desk.work(actor=commune.secretary) as w:
        _save(w, made[1], None)
    with desk.work(actor=commune.secretary) as w:
        _save(w, made[0], None)  # two may stay blank


def test_two_at_once_never_keep_the_same_number(desk: Desk, commune: Commune, rounds: tuple[Round, Round]) -> None:
    made = [desk.begin(commune.secretary, commune.first, rounds[0]) for _ in range(2)]
    together = Barrier(2)

    def save(report: Report) -> str:
        together.wait()
        try:
            with desk.work(actor=commune.secretary) as w:
                _save(w, report, 9)
        except BadInput:
            return "taken"
        return "kept"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, made)) == ["kept", "taken"]

    def begin(_: int) -> int | None:
        together.wait()
        return desk.begin(commune.secretary, commune.first, rounds[0]).number

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(begin, range(2)), key=str) == [10, 11]


def test_wording_is_kept_for_next_time_and_the_subject_is_new(
    desk: Desk, commune: Commune, rounds: tuple[Round, Round]
) -> None:
    report = desk.begin(commune.secretary, commune.first, rounds[0])
    with desk.work(actor=commune.secretary) as w:
        _save(w, report, 1, signer="Bùi Thị Lan", strengths="- Đông đủ", subject="Tên riêng")
    with desk.work(actor=commune.secretary) as w, pytest.raises(ReportChanged):
        _save(w, report, 1)
    after = texts.from_json(desk.begin(commune.secretary, commune.first, rounds[1]).texts)
    assert (after.signer, after.strengths, after.subject.split(",")[0]) == (
        "Bùi Thị Lan", "- Đông đủ", "Kết quả tham gia “Tuần 2")  # fmt: skip


def test_units_are_named_by_the_rule_after_a_person_let_them(
    desk: Desk, commune: Commune, rounds: tuple[Round, Round]
) -> None:
    with desk.work(actor=commune.overseer) as w:
        services.set_up(w, commune.root.id, date(2025, 8, 1), Rule(praise_turnout=70, praise_mean=1500, lag_turnout=40))
    report = desk.counted(commune.overseer, commune.root, rounds[0])
    named = naming.from_json(report.named)
    assert (named.praised, named.lagging) == ((commune.first.id,), (commune.committee.id,))
    assert report.term_begins_on == date(2025, 8, 1)
    draft = content.from_json(services.content_of(report), is_draft=True)
    with desk.work(actor=commune.overseer) as w:
        _save(w, report, 1, named=replace(named, lagging=(), praised=(commune.first.id, commune.inner.id)))
    kept = naming.from_json(desk.kept(commune.overseer, report.id).named)
    assert (kept.praised, kept.lagging) == ((commune.first.id,), ())  # of units right below alone
    assert "dự kiến" in _headings(draft)
    edition = desk.approved(commune.overseer, desk.kept(commune.overseer, report.id))
    assert "dự kiến" not in _headings(content.from_json(edition.content))
    lagging = naming.proposed(draft.figures, Rule(lag_turnout=40, smallest=2)).lagging
    assert lagging == ()


def test_who_was_struck_out_stays_out_when_counted_again(
    desk: Desk, commune: Commune, rounds: tuple[Round, Round]
) -> None:
    with desk.work(actor=commune.overseer) as w:
        services.set_up(w, commune.root.id, date(2025, 8, 1), Rule(praise_turnout=10, lag_turnout=90))
    report = desk.counted(commune.overseer, commune.root, rounds[0])
    named = naming.from_json(report.named)
    assert commune.first.id in named.praised
    left = replace(named, praised=tuple(one for one in named.praised if one != commune.first.id))
    with desk.work(actor=commune.overseer) as w:
        _save(w, report, 1, named=left)
        services.recount(w, report.id)
    desk.count(report.id)
    assert naming.from_json(desk.kept(commune.overseer, report.id).named) == left


def test_an_approved_report_stands_still_until_it_is_opened(
    desk: Desk, commune: Commune, rounds: tuple[Round, Round]
) -> None:
    begun = desk.begin(commune.secretary, commune.first, rounds[0])
    with desk.work(actor=commune.secretary) as w, pytest.raises(NotCounted):
        services.approve(w, begun.id, begun.revision)
    desk.count(begun.id)
    report = desk.kept(commune.secretary, begun.id)
    with desk.work(actor=commune.secretary) as w, pytest.raises(ReportChanged):
        services.approve(w, report.id, report.revision - 1)
    desk.approved(commune.secretary, report)
    with desk.work(actor=commune.secretary) as w, pytest.raises(ReportApproved):
        services.recount(w, report.id)
    with desk.work(actor=commune.secretary) as w:
        again = services.reopen(w, report.id, report.revision + 1)
    second = desk.approved(commune.secretary, again)
    assert second.number == 2


def test_a_draft_is_discarded_and_what_was_approved_once_stays(
    desk: Desk, commune: Commune, rounds: tuple[Round, Round], view: View
) -> None:
    begun = desk.begin(commune.secretary, commune.first, rounds[0])
    with desk.work(actor=commune.secretary_elsewhere) as w, pytest.raises(Missing):
        services.discard(w, begun.id, begun.revision)
    with desk.work(actor=commune.secretary) as w, pytest.raises(ReportChanged):
        services.discard(w, begun.id, begun.revision + 1)
    with desk.work(actor=commune.secretary) as w:
        services.discard(w, begun.id, begun.revision)
    with view() as r:
        key = r.session.get_one(Job, begun.job_id).key
        assert r.session.get(Report, begun.id) is None
    assert perform(desk.db, {FIGURES: making.count}, key) is JobState.FAILED  # nobody waits for them any more
    again = desk.counted(commune.secretary, commune.first, rounds[0])
    assert again.number == begun.number
    desk.approved(commune.secretary, again)
    with desk.work(actor=commune.secretary) as w:
        opened = services.reopen(w, again.id, again.revision + 1)
    with desk.work(actor=commune.secretary) as w, pytest.raises(ReportKept):
        services.discard(w, again.id, opened.revision)


def test_strangers_find_nothing(desk: Desk, commune: Commune, rounds: tuple[Round, Round], view: View) -> None:
    report = desk.begin(commune.secretary, commune.first, rounds[0])
    for stranger in (commune.secretary_elsewhere, commune.overseer_elsewhere, commune.organiser_elsewhere):
        with view(actor=stranger) as r:
            with pytest.raises(Missing):
                queries.one(r, report.id)
            assert queries.listed(r, None, "", limit=9, offset=0) == []
        with desk.work(actor=stranger) as w, pytest.raises(Missing):
            services.create(w, Kind.ROUND, Asked(commune.first.id, *_DAYS, rounds[0].id))
    with view(actor=commune.overseer) as r:
        assert [one.report.id for one in queries.listed(r, None, "tuan 1", limit=9, offset=0)] == [report.id]
        assert queries.count(r, None, "khong co") == 0


def test_who_writes_is_said_twice_alike(desk: Desk, commune: Commune, rounds: tuple[Round, Round], view: View) -> None:
    units_of = {desk.begin(commune.overseer, unit).id: unit.id for unit in (commune.root, commune.first, commune.inner)}
    people = (commune.secretary, commune.overseer, commune.overseer_elsewhere, commune.organiser, commune.member)
    found = {}
    for person in people:
        with view(actor=person) as r:
            ids = set(r.session.scalars(select(Report.id).where(policy.written(r.actor))))
            alike = {one for one, at in units_of.items() if policy.writes(r.actor, path_ids(r.session, at), at)}
        assert ids == alike
        found[person.id] = len(ids)
    assert list(found.values()) == [1, 3, 1, 3, 0]


def test_what_cannot_be_reported_on_is_told(desk: Desk, commune: Commune, rounds: tuple[Round, Round]) -> None:
    wrong = [
        (Kind.ROUND, Asked(commune.first.id, *_DAYS, None), "round_id"),
        (Kind.YEAREND, Asked(commune.first.id, date(2026, 2, 1), date(2026, 1, 1)), "ends_on"),
        (Kind.YEAREND, Asked(commune.first.id, date(2024, 1, 1), date(2026, 1, 1)), "ends_on"),
        (Kind.MIDYEAR, Asked(commune.first.id, date(2026, 1, 1), date(2026, 12, 31)), "ends_on"),
    ]
    for kind, asked, field in wrong:
        with desk.work(actor=commune.secretary) as w, pytest.raises(BadInput) as refused:
            services.create(w, kind, asked)
        assert list(refused.value.errors) == [field]
    with desk.work() as w:
        assert w.session.scalars(select(Report)).all() == []


_DAYS = (date(2026, 1, 1), date(2026, 1, 31))


def _save(work: object, report: Report, number: int | None, *, named: Named | None = None, **words: str) -> None:
    services.save(
        work,  # type: ignore[arg-type]  # a unit of work
        report.id,
        report.revision,
        number=number,
        dated_on=report.dated_on,
        words=replace(texts.from_json(report.texts), **words),
        named=named or naming.from_json(report.named),
    )


def _headings(kept: content.Content) -> str:
    return re.sub(r"\s+", " ", " ".join(getattr(block, "text", "") for block in composed(kept).blocks))
