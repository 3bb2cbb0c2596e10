"""Writing reports: begun, counted, edited, approved, opened again, discarded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quiz_app.kernel import audit
from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.jobs import Job
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Work
from quiz_app.reports import asking_jobs, content, counting, labels, naming, queries, texts
from quiz_app.reports.counting import Asked
from quiz_app.reports.errors import NotCounted, ReportApproved, ReportChanged, ReportKept
from quiz_app.reports.figures import hash_of
from quiz_app.reports.models import Kind, Report, ReportEdition, ReportSetting, ReportWording, State
from quiz_app.reports.naming import Named, Rule
from quiz_app.reports.policy import Action
from quiz_app.reports.texts import Texts
from quiz_app.units import queries as units
from quiz_app.units.models import Unit

LONGEST_DAYS = 366
NUMBER_TRIES = 5


def create(w: Work, kind: Kind, asked: Asked) -> Report:
    """Begin a report with the next number of the term and ask for its figures. Raises Missing, BadInput."""
    unit = units.covered_unit(w.session, w.actor, asked.unit_id)
    asked, round_title = _checked(w, kind, asked)
    today = queries.today(w)
    words = texts.about(
        _beginning(w, unit, kind), kind, labels.period_words(asked.starts_on, asked.ends_on), round_title
    )
    report = _numbered(
        w.session,
        lambda number, term: Report(
            unit_id=unit.id,
            kind=kind.value,
            round_id=asked.round_id,
            starts_on=asked.starts_on,
            ends_on=asked.ends_on,
            state=State.DRAFT.value,
            term_begins_on=term,
            number=number,
            dated_on=today,
            texts=texts.to_json(words),
            search_key=_search_key(unit, words),
            named={},
            created_at=w.now,
            created_by=w.actor.member_id,
        ),
        unit.id,
        queries.setting(w.session, unit.id, today).term_begins_on,
    )
    asking_jobs.ask_figures(w, report)
    w.record(Action.CREATED, f"report:{report.id}", unit_id=unit.id, kind=kind.value, number=report.number)
    return report


def recount(w: Work, report_id: int) -> Job:
    """Ask for the figures of a draft as they stand now. Raises Missing, ReportApproved."""
    return asking_jobs.ask_figures(w, _draft(w, report_id))


def save(
    w: Work, report_id: int, seen: int, *, number: int | None, dated_on: date, words: Texts, named: Named
) -> Report:
    """Keep what was written, here and for the unit's next report of the kind.

    Raises Missing, ReportApproved, ReportChanged, BadInput for a number that the term has already.
    """
    report = _draft(w, report_id)
    if report.revision != seen:
        raise ReportChanged
    unit = w.session.get_one(Unit, report.unit_id)
    children = {one.id for one in units.children(w.session, unit.id)}
    try:
        with w.session.begin_nested():
            report.number, report.dated_on = number, dated_on
            report.texts, report.search_key = texts.to_json(words), _search_key(unit, words)
            report.named = naming.to_json(
                replace(
                    named,
                    praised=tuple(one for one in named.praised if one in children),
                    lagging=tuple(one for one in named.lagging if one in children),
                )
            )
            report.revision += 1
    except IntegrityError as error:
        raise BadInput({"number": [labels.NUMBER_TAKEN.format(number=number)]}) from error
    w.session.merge(ReportWording(unit_id=unit.id, kind=report.kind, texts=texts.to_json(words)))
    w.record(Action.CHANGED, f"report:{report.id}", number=number, revision=report.revision)
    return report


def approve(w: Work, report_id: int, seen: int) -> ReportEdition:
    """Let the report stand as it was seen, and ask for its files. Raises Missing, ReportApproved, ReportChanged,
    NotCounted."""
    report = _draft(w, report_id)
    job = queries.job_of(w.session, report)
    if report.figures is None or report.figures_sha256 is None or (job and job.state in queries.UNDER_WAY):
        raise NotCounted
    if report.revision != seen:
        raise ReportChanged
    report.state = State.APPROVED.value
    report.revision += 1
    kept = {**content_of(report), "sealed": content.sealed_json(audit.head(w.session))}
    edition = ReportEdition(
        report_id=report.id,
        number=len(queries.editions(w.session, report.id)) + 1,
        content=kept,
        content_sha256=hash_of(kept),
        figures_sha256=report.figures_sha256,
        files={},
        approved_at=w.now,
        approved_by=w.actor.member_id,
    )
    w.session.add(edition)
    w.session.flush()
    asking_jobs.ask_files(w, edition)
    w.record(
        Action.APPROVED,
        f"report:{report.id}",
        edition=edition.number,
        figures_sha256=report.figures_sha256,
        praised=report.named.get("praised", []),
        lagging=report.named.get("lagging", []),
    )
    return edition


def reopen(w: Work, report_id: int, seen: int) -> Report:
    """Make an approved report a draft again; what was approved of it stays. Raises Missing, ReportChanged."""
    report = queries.one(w, report_id, is_held=True)
    if report.revision != seen or report.state != State.APPROVED.value:
        raise ReportChanged
    report.state = State.DRAFT.value
    report.revision += 1
    w.record(Action.REOPENED, f"report:{report.id}", revision=report.revision)
    return report


def discard(w: Work, report_id: int, seen: int) -> None:
    """Delete a draft of which nothing was ever approved; its number may be given again.

    Raises Missing, ReportApproved, ReportKept, ReportChanged.
    """
    report = _draft(w, report_id)
    if queries.editions(w.session, report.id):
        raise ReportKept
    if report.revision != seen:
        raise ReportChanged
    w.record(Action.DISCARDED, f"report:{report.id}", unit_id=report.unit_id, number=report.number)
    w.session.delete(report)


def make_again(w: Work, edition_id: int) -> Job:
    """Ask for the files of an edition once more, from what is stored of it. Raises Missing."""
    edition = queries.edition(w, edition_id)
    job = asking_jobs.ask_files(w, edition)
    w.record(Action.FILES_ASKED, f"report:{edition.report_id}", edition=edition.number)
    return job


def set_up(w: Work, unit_id: int, term_begins_on: date, rule: Rule) -> ReportSetting:
    """Keep a unit's term and its rule for whom to praise. Raises Missing."""
    units.covered_unit(w.session, w.actor, unit_id)
    kept = w.session.merge(
        ReportSetting(
            unit_id=unit_id,
            term_begins_on=term_begins_on,
            praise_turnout=rule.praise_turnout,
            praise_mean=rule.praise_mean,
            lag_turnout=rule.lag_turnout,
            smallest=rule.smallest,
        )
    )
    w.record(
        Action.SETTING_CHANGED,
        f"unit:{unit_id}",
        term_begins_on=term_begins_on.isoformat(),
        praise_turnout=rule.praise_turnout,
        praise_mean=rule.praise_mean,
        lag_turnout=rule.lag_turnout,
    )
    return kept


def content_of(report: Report) -> dict[str, Any]:
    """All that a report's documents are made from."""
    return {
        "number": report.number,
        "dated_on": report.dated_on.isoformat(),
        "kind": report.kind,
        "texts": dict(report.texts),
        "named": dict(report.named),
        "figures": report.figures,
    }


def _checked(w: Work, kind: Kind, asked: Asked) -> tuple[Asked, str]:
    """What may be asked for, a round with its own days, and the round's title. Raises BadInput."""
    if kind is Kind.ROUND:
        round_ = next((one for one in queries.ended_rounds(w, asked.unit_id) if one.id == asked.round_id), None)
        if round_ is None:
            raise BadInput({"round_id": [labels.NO_ROUND]})
        starts_on, ends_on = counting.days_of(round_)
        return replace(asked, starts_on=starts_on, ends_on=ends_on), f"{round_.title}, {round_.contest.title}"
    if asked.ends_on < asked.starts_on:
        raise BadInput({"ends_on": [labels.ENDS_BEFORE]})
    if (asked.ends_on - asked.starts_on).days >= LONGEST_DAYS:
        raise BadInput({"ends_on": [labels.TOO_LONG]})
    if asked.ends_on > queries.today(w):
        raise BadInput({"ends_on": [labels.LATER]})
    return replace(asked, round_id=None), ""


def _beginning(w: Work, unit: Unit, kind: Kind) -> Texts:
    kept = w.session.get(ReportWording, (unit.id, kind.value))
    if kept is not None:
        return texts.from_json(kept.texts)
    path = units.path(w.session, unit.id)
    parent = path[-2] if len(path) > 1 else None
    signs = unit.id in w.actor.units_as(Role.SECRETARY)
    return texts.first(unit, parent, path[0], w.actor.name if signs else "")


def _numbered(session: Session, make: Any, unit_id: int, term: date) -> Report:
    """A report with the next number; one that another took at the same instant is passed over."""
    for _ in range(NUMBER_TRIES):
        report: Report = make(queries.next_number(session, unit_id, term), term)
        try:
            with session.begin_nested():
                session.add(report)
            return report
        except IntegrityError:
            continue
    report = make(None, term)
    session.add(report)
    session.flush()
    return report


def _draft(w: Work, report_id: int) -> Report:
    report = queries.one(w, report_id, is_held=True)
    if report.state != State.DRAFT.value:
        raise ReportApproved
    return report


def _search_key(unit: Unit, words: Texts) -> str:
    return search_key(f"{words.subject} {unit.name}")[:600]
