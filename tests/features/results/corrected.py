"""A round whose papers all hold the same twelve items, people who err in known ones, and its corrections."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from quiz_app.attempts import correcting, services, verify
from quiz_app.attempts.correcting import Proposal
from quiz_app.attempts.models import Correction, CorrectionKind, Response
from quiz_app.catalogue import queries as catalogue
from quiz_app.contests.models import PrizeScope
from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import JobState, perform
from quiz_app.members.models import Member
from quiz_app.results import correction_forecast, corrections, subjects, tables
from quiz_app.results.correction_forecast import places_kept
from quiz_app.rules.drawing import Cell
from quiz_app.rules.rescoring import Remedy
from tests.features.results.build import SEED, give
from tests.support import build, contest, sitting
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import Work

LATER = NOW + timedelta(hours=1)
EVERY_ITEM = (Cell("muc-tieu", 1, 3), Cell("muc-tieu", 2, 3, 2), Cell("giai-phap", 1, 3), Cell("giai-phap", 2, 3, 2))
PRIZES = (("Giải Nhất", 1), ("Giải Nhì", 1), ("Giải Ba", 1))


class Stage:
    """Six items of one point, six of two: 18 in all. Prizes for the first three."""

    def __init__(self, db: Database, work: Work, commune: Commune, **changes: Any) -> None:
        self.db, self.work, self.commune = db, work, commune
        with work(now=NOW) as w:
            opened = contest.open_round(w, commune.root, cells=EVERY_ITEM, **changes)
            opened.round.lot_seed = SEED
            self.round, self.contest = opened.round, opened.contest
            self.second = build.member(w, commune.root, "Vũ Thị Hai", roles=[(Role.ORGANISER, commune.root)])
        give(work, self.round, PrizeScope.ROUND, *PRIZES)

    def sit(
        self, member: Member, missed: Collection[int] = (), *, minute: int = 0, takes: int = 5, submits: bool = True
    ) -> int:
        """Everything right but for these items of one point; whoever misses an item chooses the same wrong option."""
        begins = NOW + timedelta(minutes=minute)
        with self.work(actor=member, now=begins) as w:
            attempt_id = services.start(w, self.round.id, is_demonstration_site=True)
            rows = w.session.scalars(select(Response).where(Response.attempt_id == attempt_id)).all()
            cheap = sorted(row.item_version_id for row in rows if row.points == 1)
            wrong = {cheap[index] for index in missed}
            for row in rows:
                letters = sitting.right_letters(w, attempt_id, row.position)
                if row.item_version_id in wrong:
                    option = self.wrong_option(w.session, row.item_version_id)
                    letters = row.letters[row.option_order.index(option)]
                sitting.answer(w, attempt_id, row.position, letters)
        if submits:
            self.submit(member, attempt_id, begins + timedelta(minutes=takes))
        return attempt_id

    def submit(self, member: Member, attempt_id: int, now: datetime) -> None:
        with self.work(actor=member, now=now) as w:
            services.submit(w, attempt_id, epoch=1)

    def wrong_option(self, session: Any, version_id: int) -> int:
        key = catalogue.key_of(session, [version_id])[version_id]
        return min(catalogue.paper_items(session, [version_id])[version_id].options.keys() - key)

    def item(self, index: int = 0) -> int:
        """The id of one of the items of one point."""
        with self.work() as w:
            query = select(Response.item_version_id).where(Response.points == 1).distinct()
            return sorted(w.session.scalars(query))[index]

    def of_item(self, remedy: Remedy, index: int = 0, notice: str = "") -> Proposal:
        """Put an item right; where the key changes, to the option that everybody chose who missed it."""
        version_id = self.item(index)
        with self.work() as w:
            has_key = remedy in (Remedy.REPLACE_KEY, Remedy.ACCEPT_BOTH)
            key = frozenset({self.wrong_option(w.session, version_id)} if has_key else set())
        return Proposal(
            CorrectionKind.ITEM, "Câu hỏi in sai", notice, item_version_id=version_id, remedy=remedy, key=key
        )

    def propose(self, proposal: Proposal, now: datetime = LATER) -> int:
        with self.work(actor=self.commune.organiser, now=now) as w:
            return correcting.propose(w, self.round.id, proposal).id

    def forecast(self, correction_id: int) -> dict[str, Any]:
        with self.work() as w:
            return correction_forecast.forecast(w.session, w.session.get_one(Correction, correction_id), w.now)

    def decide(self, correction_id: int, now: datetime = LATER) -> str:
        with self.work(actor=self.second, now=now) as w:
            return corrections.decide(w, correction_id).key

    def apply(self, correction_id: int, now: datetime = LATER) -> None:
        self.run(self.decide(correction_id, now))

    def run(self, key: str) -> None:
        assert perform(self.db, correcting.JOBS, key) is JobState.DONE

    def table(self, now: datetime = LATER) -> list[tuple[int, int | None, int, str | None]]:
        """Member, place, points and prize, best first, as a final table would say it."""
        with self.work(now=now) as w:
            subject = subjects.subject(w.session, PrizeScope.ROUND, self.round.id)
            people = tables.computed(w.session, subject, now).people
            return [(one.member_id, one.place, one.score, one.prize) for one in people]

    def assert_came_true(self, foreseen: dict[str, Any], before: list[tuple[int, int | None, int, str | None]]) -> None:
        """Places and prizes are those that were foreseen, and so is what they were."""
        after = self.table()
        kept = {member_id: (old, new) for member_id, old, new in places_kept(foreseen["places"])}
        assert {one: old for one, (old, _) in kept.items() if old} == {row[0]: row[1] for row in before if row[1]}
        assert {one: new for one, (_, new) in kept.items() if new} == {row[0]: row[1] for row in after if row[1]}
        had, has = ({row[0]: row[3] for row in rows} for rows in (before, after))
        differing = {one for one in had.keys() | has.keys() if had.get(one) != has.get(one)}
        assert {row[0]: (row[1], row[2]) for row in foreseen["prizes"]} == {
            one: (had.get(one), has.get(one)) for one in differing
        }

    def is_sound(self) -> bool:
        with self.work() as w:
            found = list(verify.differences(w.session))
        assert found == []
        return True
