"""Somebody who kills the worker in the middle of its work, and lets it go on."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

from sqlalchemy import select

from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.jobs import Job, JobState
from tests.faults.conftest import Site

ENDS_WITHIN_S = 120
TRIES = 5  # for each kill that is to fall into the work


class Killer:
    """Has the only worker of a site. `fell` counts the kills that came while their job was under way."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._worker = site.worker()
        self._lengths: dict[str, float] = {}
        self.fell = 0

    def turns(self, wanted: int) -> Iterator[int]:
        """Numbers, until so many kills have fallen into the work."""
        for turn in range(TRIES * wanted):
            if self.fell >= wanted:
                return
            yield turn
        assert self.fell >= wanted, f"of {TRIES * wanted} kills {self.fell} fell into the work"

    def let_end(self, key: str) -> Job:
        """Wait until a job is done."""
        job = self._await(key, {JobState.DONE, JobState.FAILED})
        assert job.state == JobState.DONE.value, f"{job.kind}: {job.error}\n{self._site.log()}"
        return job

    def cut_off(self, key: str, half_way: Callable[[], None] = lambda: None) -> Job:
        """Kill the worker once the job is under way; what stands is looked at before it goes on and ends the job."""
        kind = self._await(key, {JobState.RUNNING, JobState.DONE, JobState.FAILED}).kind
        length = self._lengths.setdefault(kind, 0.5)
        time.sleep(random.uniform(0, length))  # noqa: S311 - where in the work the kill falls
        self._worker.kill()
        is_under_way = self._job(key).state == JobState.RUNNING.value
        self.fell += is_under_way
        self._lengths[kind] = length * (1.25 if is_under_way else 0.6)
        half_way()
        self._worker.start()
        return self.let_end(key)

    def _await(self, key: str, states: set[JobState]) -> Job:
        ends = time.monotonic() + ENDS_WITHIN_S
        while (job := self._job(key)).state not in states:
            assert time.monotonic() < ends, f"{job.kind} stays {job.state}:\n{self._site.log()}"
            time.sleep(0.005)
        return job

    def _job(self, key: str) -> Job:
        while True:
            try:
                with self._site.db.reading() as session:
                    return session.scalars(select(Job).where(Job.key == key)).one()
            except Overloaded:
                continue
