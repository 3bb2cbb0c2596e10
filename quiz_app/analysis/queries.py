"""What organisers and those who keep the bank see of a round's answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from quiz_app.analysis import computing, policy
from quiz_app.analysis.computing import Sample
from quiz_app.analysis.models import RoundAnalysis
from quiz_app.analysis.stored import Figures, from_json
from quiz_app.attempts import marking
from quiz_app.attempts.models import Correction, CorrectionKind, CorrectionState
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import Item, ItemVersion
from quiz_app.catalogue.queries import PaperItem
from quiz_app.contests import policy as contests_policy
from quiz_app.contests import queries as contests
from quiz_app.contests import seals
from quiz_app.contests.models import Contest, Round
from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.jobs import Job
from quiz_app.kernel.work import Reading
from quiz_app.results.flagging import is_over
from quiz_app.rules.item_findings import FEWEST_PAPERS, Finding, findings, gravity, guess_score
from quiz_app.rules.rescoring import Remedy
from quiz_app.rules.statistics import ItemStatistics
from quiz_app.units import queries as units

FEWEST_SHOWN = 3  # below that a mean would be somebody's score


@dataclass(frozen=True, slots=True)
class Learned:
    """One item: its figures, what is to be said of it, and how to name it. `number`: its place among the round's."""

    number: int
    code: str
    version: int
    topic: str
    level: int
    item: PaperItem
    figures: ItemStatistics
    keys: frozenset[int]
    guess: float
    findings: tuple[Finding, ...]

    @property
    def gravity(self) -> int:
        return gravity(self.findings)

    @property
    def is_sure(self) -> bool:
        """Whether enough papers held it for its figures to mean something."""
        return self.figures.papers >= FEWEST_PAPERS

    @property
    def is_mapped(self) -> bool:
        return self.is_sure and self.figures.facility is not None and self.figures.discrimination is not None


@dataclass(frozen=True, slots=True)
class Kept:
    """The figures of a round as computed. `is_outdated`: results have been put right since."""

    computed_at: datetime
    figures: Figures
    items: tuple[Learned, ...]
    is_outdated: bool

    @property
    def suspicious(self) -> int:
        return sum(one.gravity == 2 for one in self.items)


@dataclass(frozen=True, slots=True)
class Sight:
    """A round as this actor may learn from it. `shows`: its figures may be told; `may_compute`: nobody sits it now."""

    round: Round
    sample: Sample
    shows: bool
    may_compute: bool
    manages: bool
    reads_keys: bool
    keys_are_public: bool
    job: Job | None

    @property
    def is_under_way(self) -> bool:
        return self.job is not None and self.job.state in computing.UNDER_WAY


def rounds(r: Reading) -> list[tuple[Round, datetime | None]]:
    """The closed rounds that the actor may learn from, the latest first, with when their usual figures were made."""
    computed = RoundAnalysis.computed_at
    is_usual = (RoundAnalysis.round_id == Round.id) & (RoundAnalysis.sample == Sample.COUNTED.value)
    rows = r.session.execute(
        select(Round, computed)
        .join(Contest)
        .outerjoin(RoundAnalysis, is_usual)
        .options(joinedload(Round.contest))
        .where(_learned(r), Round.closes_at < r.now)
        .order_by(Round.closes_at.desc(), Round.id.desc())
    )
    return [(round_, at) for round_, at in rows if _shows(r, round_)]


def sight(r: Reading, round_id: int, sample: Sample = Sample.COUNTED) -> Sight:
    """A published round of those whom the actor organises, or of anybody's for who keeps the bank. Raises Missing."""
    query = select(Round).join(Contest).options(joinedload(Round.contest)).where(Round.id == round_id, _learned(r))
    found = r.session.scalars(query).one_or_none()
    if found is None:
        raise Missing
    shows = _shows(r, found)
    keeps_bank = catalogue.is_keeper(r.session, r.actor) and not seals.is_round_sealed(r, round_id)
    return Sight(
        round=found,
        sample=sample,
        shows=shows,
        may_compute=is_over(r.session, found, r.now),
        manages=contests_policy.manages(r.actor, units.path_ids(r.session, found.contest.unit_id)),
        reads_keys=shows and policy.may_see_keys(r.actor, found, r.now, keeps_bank=keeps_bank),
        keys_are_public=contests_policy.reveals_keys(found, r.now),
        job=computing.latest_job(r.session, found.id, sample),
    )


def kept(r: Reading, seen: Sight) -> Kept | None:
    """The figures of a round; None where there are none yet, or not yet for this actor, or of too few attempts."""
    row = r.session.get(RoundAnalysis, (seen.round.id, seen.sample.value)) if seen.shows else None
    if row is None:
        return None
    figures = from_json(row.figures)
    if figures.papers.papers < FEWEST_SHOWN:
        return None
    corrected_at = r.session.scalar(
        select(func.max(Correction.applied_at)).where(
            Correction.round_id == seen.round.id, Correction.state == CorrectionState.APPLIED.value
        )
    )
    is_outdated = corrected_at is not None and corrected_at > row.computed_at
    return Kept(row.computed_at, figures, tuple(_items(r, seen.round.id, figures)), is_outdated)


def required(r: Reading, seen: Sight) -> Kept:
    """The same where a page is nothing without it. Raises Missing."""
    found = kept(r, seen)
    if found is None:
        raise Missing
    return found


def _learned(r: Reading) -> ColumnElement[bool]:
    """The rounds that were really held and are the actor's to learn from, as a condition on Round and Contest."""
    held = Round.published_at.is_not(None) & Contest.is_rehearsal.is_(False)
    if not r.actor.units_as(Role.AUTHOR, Role.REVIEWER, Role.ORGANISER).isdisjoint(units.root_ids(r.session)):
        return held
    return held & contests_policy.managed(r.actor)


def _shows(r: Reading, round_: Round) -> bool:
    return policy.shows_figures(round_, contests.audience(r, round_), r.now) and is_over(r.session, round_, r.now)


def _items(r: Reading, round_id: int, figures: Figures) -> list[Learned]:
    ids = [one.item for one in figures.items]
    texts, published = catalogue.paper_items(r.session, ids), catalogue.key_of(r.session, ids)
    corrected = marking.in_force(r.session, round_id)
    names = _names(r, ids)
    found = []
    for number, one in enumerate(figures.items, start=1):
        text, correction = texts[one.item], corrected.get(one.item)
        keys, accepted = published[one.item], 1
        if correction is not None and correction.remedy is Remedy.REPLACE_KEY:
            keys = correction.key
        if correction is not None and correction.remedy is Remedy.ACCEPT_BOTH:
            keys, accepted = keys | correction.key, 1 + (keys != correction.key)
        guess = guess_score(len(text.options), is_multiple=text.is_multiple, accepted=accepted)
        code, version, topic, level = names[one.item]
        told = findings(one, keys, guess)
        found.append(Learned(number, code, version, topic, level, text, one, keys, guess, told))
    return found


def _names(r: Reading, ids: list[int]) -> Mapping[int, tuple[str, int, str, int]]:
    """Code, number of the version, topic and level, by version."""
    rows = r.session.execute(
        select(ItemVersion.id, Item.code, ItemVersion.number, ItemVersion.topic, ItemVersion.level)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(ItemVersion.id.in_(ids))
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}


def open_corrections(r: Reading, round_id: int, version_id: int) -> int | None:
    """The id of a correction of this item that is proposed or in force, the latest one."""
    query = select(Correction.id).where(
        Correction.round_id == round_id,
        Correction.kind == CorrectionKind.ITEM.value,
        Correction.item_version_id == version_id,
        Correction.state != CorrectionState.CANCELLED.value,
    )
    return r.session.scalar(query.order_by(Correction.id.desc()).limit(1))
