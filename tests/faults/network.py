"""A bad line between a page and the server: saves are lost, answered in vain, doubled, delayed and overtaken."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

from tests.faults.people import Answer, Person

LONGEST_DELAY_S = 0.1
COURIERS = 2


class Fate(StrEnum):
    DELIVERED = "delivered"
    LOST = "lost"
    UNANSWERED = "unanswered"
    DOUBLED = "doubled"
    DELAYED = "delayed"
    OVERTAKEN = "overtaken"


USUAL = {Fate.DELIVERED: 5, Fate.LOST: 1, Fate.UNANSWERED: 1, Fate.DOUBLED: 1, Fate.DELAYED: 1, Fate.OVERTAKEN: 1}
AWFUL = {Fate.DELIVERED: 1, Fate.LOST: 1, Fate.OVERTAKEN: 2}


@dataclass(frozen=True)
class Save:
    attempt_id: int
    place: int
    letters: str
    revision: int


class Network:
    """One page's line. Use `carry` in one thread; what arrives late is brought by threads of the line's own.

    `carried` are the saves that went out at least once, `met` counts what befell their requests, and `late` the answers
    to copies that reached the server after their page had given them up or while another was on its way.
    """

    def __init__(self, person: Person, odds: Mapping[Fate, int], chance: random.Random) -> None:
        self._person = person
        self._odds = odds
        self._chance = chance
        self._own = threading.local()
        self._couriers = ThreadPoolExecutor(COURIERS)
        self._under_way: list[Future[None]] = []
        self._held: list[Save] = []
        self._lock = threading.Lock()
        self.carried: set[Save] = set()
        self.met: Counter[Fate] = Counter()
        self.late: Counter[int] = Counter()

    def carry(self, save: Save) -> Answer:
        """Take a save to the server and its answer back. Raises OSError where the page sees nothing come back."""
        fate = self._chance.choices(list(self._odds), list(self._odds.values()))[0]
        self.met[fate] += 1
        self.carried.add(save)
        if fate is Fate.LOST:
            raise ConnectionError(fate)
        if fate is Fate.OVERTAKEN:
            self._held.append(save)
            raise ConnectionError(fate)
        if fate is Fate.DELAYED:
            self._send(save, self._chance.uniform(0, LONGEST_DELAY_S))
            raise ConnectionError(fate)
        if fate is Fate.DOUBLED:
            self._send(save, self._chance.choice([0, self._chance.uniform(0, LONGEST_DELAY_S)]))
        answer = self._person.save_once(save.attempt_id, save.place, save.letters, save.revision)
        self._release(lambda held: held.place == save.place and held.revision < save.revision)
        if fate is Fate.UNANSWERED:
            raise ConnectionError(fate)
        return answer

    def deliver_held(self, share: float) -> None:
        """Let about this share of what was held back arrive now, and wait for all that is under way."""
        self._release(lambda held: self._chance.random() < share)
        for courier in self._under_way:
            courier.result(60)
        self._under_way.clear()

    def close(self) -> None:
        self._couriers.shutdown()

    def _release(self, is_due: Callable[[Save], bool]) -> None:
        due = [held for held in self._held if is_due(held)]
        for held in due:
            self._held.remove(held)
            self._send(held, 0)

    def _send(self, save: Save, delay_s: float) -> None:
        self._under_way.append(self._couriers.submit(self._bring, self._person.other(), save, delay_s))

    def _bring(self, twin: Person, save: Save, delay_s: float) -> None:
        time.sleep(delay_s)
        device: Person = self._own.__dict__.setdefault("device", twin)
        try:
            answer = device.save_once(save.attempt_id, save.place, save.letters, save.revision)
        except OSError:
            return  # lost in the end
        with self._lock:
            self.late[answer.status] += 1
