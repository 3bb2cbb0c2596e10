"""A closed round whose table is worked out by hand, and the acts of its two organisers."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from quiz_app.attempts import correcting
from quiz_app.attempts.correcting import Proposal
from quiz_app.attempts.models import Attempt, CorrectionKind
from quiz_app.contests.models import PrizeScope, Round
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import Progress
from quiz_app.members.models import Member
from quiz_app.results import services, tables, verify
from quiz_app.results.models import FinalTable
from quiz_app.results.tables import Person, Table
from tests.features.leaderboard.build import attempt, consent, roster
from tests.features.results.build import SAT, SEED, closed_round, finalise, give, search_flags, second_organiser
from tests.support.build import Commune
from tests.support.works import Work


@dataclass(frozen=True)
class Scene:
    """A closed round by score, then time; one first prize and two second ones.

    colleague 20 in 30 s: first. member, probationer and stranger 18 in 40 s: they share the second place and draw for
    the two second prizes. inner_member 18 in 42 s: fifth. secretary 10 in 20 s: sixth. The author is not ranked.
    Only the colleague has agreed to be named, and only his own unit may read names.
    """

    db: Database
    work: Work
    commune: Commune
    second: Member
    round: Round
    attempts: dict[int, Attempt]

    @property
    def url(self) -> str:
        return f"/to-chuc/chot/dot/{self.round.id}"

    def propose(self, who: Member, reason: str = "") -> FinalTable:
        with self.work(actor=who) as w:
            return services.propose(w, PrizeScope.ROUND, self.round.id, reason)

    def finalise(self, reason: str = "") -> FinalTable:
        return finalise(self.work, PrizeScope.ROUND, self.round.id, self.commune.organiser, self.second, reason)

    def kept(self, table_id: int) -> Table:
        with self.work() as w:
            return tables.stored(w.session, w.session.get_one(FinalTable, table_id))

    def lucky(self, *members: Member) -> list[int]:
        """These members in the order of their lots, worked out without the product."""
        codes = {hashlib.sha256(f"attempt:{self.attempts[one.id].id}".encode()).hexdigest()[:12].upper(): one.id
                 for one in members}  # fmt: skip
        numbers = {hmac.new(SEED.encode(), code.encode(), "sha256").hexdigest(): one for code, one in codes.items()}
        return [numbers[number] for number in sorted(numbers)]

    def annul(self, member: Member) -> None:
        with self.work(actor=self.commune.organiser) as w:
            wanted = Proposal(CorrectionKind.ATTEMPT, "Thi hộ", attempt_id=self.attempts[member.id].id)
            correction_id = correcting.propose(w, self.round.id, wanted).id
        with self.work(actor=self.second) as w:
            job = correcting.decide(w, correction_id)
        correcting.apply(self.db, job.payload, Progress(self.db, job.id))

    def differences(self) -> list[str]:
        with self.work() as w:
            return list(verify.differences(w.session, w.now))


def set_scene(db: Database, work: Work, commune: Commune, *, is_searched: bool = True) -> Scene:
    """`is_searched`: the worker has looked for flags, and found none."""
    second = second_organiser(work, commune)
    round_ = closed_round(work, commune.root)
    sat = [
        (commune.colleague, 20, 30),
        (commune.member, 18, 40),
        (commune.probationer, 18, 40),
        (commune.stranger, 18, 40),
        (commune.inner_member, 18, 42),
        (commune.secretary, 10, 20),
        (commune.author, 20, 10),
    ]
    with work() as w:
        roster(w, round_, [one for one, _, _ in sat] + [commune.secretary_elsewhere])
        made = {one.id: attempt(w, round_, one, score, seconds, started=SAT) for one, score, seconds in sat}
        consent(w, commune.colleague)
    give(work, round_, PrizeScope.ROUND, ("Giải Nhất", 1), ("Giải Nhì", 2))
    if is_searched:
        search_flags(work, round_.id)
    return Scene(db, work, commune, second, round_, made)


def by_member(table: Table) -> dict[int, Person]:
    return {one.member_id: one for one in table.people}
