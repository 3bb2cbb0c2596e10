"""Two people publish the same new set in the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from question_bank.model import Bank, Use
from quiz_app.catalogue import models, services
from quiz_app.kernel.db import Database
from quiz_app.kernel.work import working
from tests.support.sitting import shipped_bank
from tests.support.works import View, Work

BANK = shipped_bank()
PRACTICE = next(one for one in BANK.sets if one.use is Use.PRACTICE)
AT_ONCE = 4


def test_a_set_published_at_once_is_published_once(db: Database, work: Work, view: View) -> None:
    with work() as w:
        services.publish_bank(w, Bank(BANK.topics, (), BANK.modules, BANK.documents))
    together = Barrier(AT_ONCE)

    def publish(_number: int) -> int:
        together.wait(timeout=10)
        with working(db) as w:
            return services.publish_set(w, PRACTICE, is_shipped=True).added

    with ThreadPoolExecutor(AT_ONCE) as threads:
        added = list(threads.map(publish, range(AT_ONCE)))
    assert sorted(added) == [0] * (AT_ONCE - 1) + [len(PRACTICE.items)]
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(models.ItemSet)) == 1
        assert r.session.scalar(select(func.count()).select_from(models.ItemVersion)) == len(PRACTICE.items)
