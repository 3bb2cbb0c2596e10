"""The sitting page's script as a member's browser runs it, on a line of any kind."""

from __future__ import annotations

import random
import time

from tests.faults.ledger import Ledger
from tests.faults.network import Network, Save
from tests.faults.people import Person

LONGEST_PAUSE_S = 0.02  # browsers wait for seconds; a test has none
FLUSH_WITHIN_S = 60


class Page:
    """One lane of static/js/sitting/queue.js, step by step, with what it keeps in the browser's storage.

    The newest choice of a place replaces an unsent one, a place has one request at a time, the same save goes out again
    until it is acknowledged, and a new view of the page takes up what the one before could not send, counting on.
    """

    counts_on = True

    def __init__(
        self, person: Person, network: Network, ledger: Ledger, attempt_id: int, chance: random.Random
    ) -> None:
        self._person = person
        self._network = network
        self._ledger = ledger
        self._chance = chance
        self._attempt_id = attempt_id
        self._pending: dict[int, Save] = {}
        self._revisions: dict[int, int] = {}
        self._stored: dict[int, Save] = {}
        self.contradicted = 0
        self.load()

    def load(self) -> None:
        """Open the page, or open it anew in the middle of everything."""
        shown = {form.place: form for form in self._person.open(f"/luot-thi/{self._attempt_id}") if form.place}
        self._pending, self._revisions = {}, {place: form.revision for place, form in shown.items()}
        for place, unsent in list(self._stored.items()):
            is_newest = unsent.revision > self._revisions[place]
            if self.counts_on:
                self._know(place, unsent.revision)
            if is_newest:
                self._put(place, unsent.letters)
                continue
            del self._stored[place]
            if shown[place].letters != unsent.letters:
                self._overtaken(place, unsent.letters)

    def choose(self, place: int, letters: str) -> None:
        self._ledger.chose(self._attempt_id, place, letters)
        self._put(place, letters)

    def work(self) -> None:
        """One request, if there is anything to send."""
        if not self._pending:
            return
        place, sent = next(iter(self._pending.items()))
        try:
            answer = self._network.carry(sent)
        except OSError:
            return
        if answer.status == 503:
            return
        assert answer.status == 200, f"a save was answered {answer.status}: {answer.body[:300]}"
        self._acknowledged(place, sent, answer.json["revision"], answer.json["letters"])

    def flush(self) -> None:
        """Go on until everything is acknowledged."""
        ends = time.monotonic() + FLUSH_WITHIN_S
        while self._pending:
            assert time.monotonic() < ends, "the line never let everything through"
            self.work()
            time.sleep(self._chance.uniform(0, LONGEST_PAUSE_S))

    def _put(self, place: int, letters: str) -> None:
        revision = self._revisions[place] + 1
        self._know(place, revision)
        self._ledger.sends(self._attempt_id, place, (revision, letters))
        self._pending[place] = self._stored[place] = Save(self._attempt_id, place, letters, revision)

    def _know(self, place: int, revision: int) -> None:
        self._revisions[place] = max(revision, self._revisions[place])

    def _acknowledged(self, place: int, sent: Save, revision: int, letters: str) -> None:
        self._know(place, revision)
        if (revision, letters) == (sent.revision, sent.letters):
            self._ledger.saved(self._attempt_id, place, (revision, letters))
        del self._pending[place], self._stored[place]
        if letters != sent.letters:
            self._overtaken(place, sent.letters)

    def _overtaken(self, place: int, letters: str) -> None:
        """The page shows what is kept instead and says so; the member chooses once more."""
        self.contradicted += 1
        self.choose(place, letters)


class ForgetfulPage(Page):
    """Counts anew after a reload, as if nothing of the earlier view were still under way. The harness must catch it."""

    counts_on = False
