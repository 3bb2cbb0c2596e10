"""Two who save one draft at the same moment, many times over: one is kept, the other is told, nothing is mixed."""

from __future__ import annotations

import threading
from dataclasses import replace

from question_bank import model as bank
from quiz_app.authoring import content, writing
from quiz_app.authoring.errors import OutOfDate
from quiz_app.authoring.models import Draft
from quiz_app.kernel.access import Actor
from quiz_app.kernel.db import Database
from quiz_app.kernel.work import working
from tests.features.authoring.build import SLUG, new_item, ready_set
from tests.support.build import Commune
from tests.support.works import Work, actor_of

TIMES = 25


class Meeting:
    """Two writers who have read the same revision and save at once."""

    def __init__(self, db: Database, row: Draft) -> None:
        self.db, self.draft_id, self.revision, self.item = db, row.id, row.revision, content.item_of(row)
        self.gate = threading.Barrier(2)
        self.kept: dict[int, bank.Item] = {}
        self.told: list[OutOfDate] = []

    def save(self, actor: Actor) -> None:
        mine = replace(self.item, stem=f"Câu của {actor.name}, {self.revision}?", rationale=f"Ý của {actor.name}.")
        self.gate.wait()
        try:
            with working(self.db, actor=actor) as w:
                writing.save(w, self.draft_id, self.revision, mine)
            self.kept[actor.member] = mine
        except OutOfDate as refused:
            self.told.append(refused)


def test_two_saves_from_one_revision_keep_one(db: Database, work: Work, commune: Commune) -> None:
    ready_set(work, commune.author)
    draft_id = new_item(work, commune.author).id
    with db.reading() as session:
        actors = [actor_of(session, one) for one in (commune.author, commune.organiser)]
    for _ in range(TIMES):
        with db.reading() as session:
            meeting = Meeting(db, session.get_one(Draft, draft_id))
        threads = [threading.Thread(target=meeting.save, args=(actor,)) for actor in actors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(meeting.kept), len(meeting.told)) == (1, 1)
        with db.reading() as session:
            row = session.get_one(Draft, draft_id)
        assert (row.revision, row.saved_by) == (meeting.revision + 1, *meeting.kept)
        assert content.item_of(row) == meeting.kept[row.saved_by]
        assert meeting.told[0].facts["revision"] == row.revision


def test_what_is_saved_while_items_are_filed_anew_is_not_lost(db: Database, work: Work, commune: Commune) -> None:
    ready_set(work, commune.author)
    draft_id = new_item(work, commune.author).id
    with db.reading() as session:
        author, other = (actor_of(session, one) for one in (commune.author, commune.organiser))
    for number in range(TIMES):
        with db.reading() as session:
            meeting = Meeting(db, session.get_one(Draft, draft_id))

        def file_anew(meeting: Meeting = meeting, level: int = 1 + number % 3) -> None:
            meeting.gate.wait()
            with working(db, actor=other) as w:
                writing.retag(w, SLUG, [meeting.item.id], topic=None, level=level)

        threads = [threading.Thread(target=meeting.save, args=(author,)), threading.Thread(target=file_anew)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with db.reading() as session:
            row = session.get_one(Draft, draft_id)
        assert len(meeting.kept) + len(meeting.told) == 1
        for kept in meeting.kept.values():
            assert content.item_of(row).stem == kept.stem
