"""What holds for the main pages: their weight over the wire, the narrowest screen, the dark scheme."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select

from quiz_app.attempts import services as attempts
from quiz_app.catalogue.models import Lesson, StudyModule
from quiz_app.contests.models import PoolItem, Round
from quiz_app.leaderboard.tallies import refresh_tallies
from tests.browser.conftest import MakeDevice
from tests.browser.device import Device
from tests.browser.site import Site
from tests.browser.village import Village, open_round
from tests.features.analysis.build import keep
from tests.support import sitting

FIRST_KB, LATER_KB = 60, 15
NARROWEST = {"width": 320, "height": 640}


class Places:
    """Addresses of the main pages for a member who has submitted one attempt and sits another."""

    def __init__(self, site: Site, village: Village) -> None:
        with site.work() as w:
            self.round: Round = open_round(w, village)
            row = w.session.execute(
                select(StudyModule.slug, Lesson.slug).join(Lesson, Lesson.module_id == StudyModule.id).limit(1)
            ).one()
        with site.work(actor=village.member) as w:
            self.submitted = sitting.start(w, self.round)
            attempts.submit(w, self.submitted, epoch=1)
        with site.work(actor=village.member) as w:
            self.running = sitting.start(w, self.round)
        refresh_tallies(site.db)
        self.play = f"/luot-thi/{self.running}"
        self.result = f"/luot-thi/{self.submitted}/ket-qua"
        self.lesson = f"/hoc/{row[0]}/{row[1]}"
        self.board = f"/bang-xep-hang/{self.round.id}"
        self.desk = f"/tham-gia/{self.round.id}/don-vi"


@pytest.fixture
def places(site: Site, village: Village) -> Places:
    return Places(site, village)


@contextmanager
def _weighed(device: Device) -> Iterator[list[float]]:
    """What comes over the wire within the block, headers included, in KB."""
    wire = device.context.new_cdp_session(device.page)
    wire.send("Network.enable")
    arrived: list[float] = []
    wire.on("Network.loadingFinished", lambda event: arrived.append(event["encodedDataLength"] / 1024))
    yield arrived
    device.page.wait_for_timeout(500)  # what scripts ask for by themselves
    wire.detach()


@pytest.mark.parametrize("name", ["home", "play", "result", "lesson", "board"])
def test_a_page_is_light(village: Village, device: MakeDevice, places: Places, name: str) -> None:
    paths = {
        "home": "/",
        "play": places.play,
        "result": places.result,
        "lesson": places.lesson,
        "board": f"{places.board}/chi-bo",
    }
    phone = device(village.member)
    with _weighed(phone) as first:
        phone.page.goto(paths[name])
    with _weighed(phone) as later:
        phone.page.goto(paths[name])
    assert 2 < sum(later) < sum(first), "nothing was weighed, or nothing was kept"
    assert sum(first) <= FIRST_KB, f"{name} weighs {sum(first):.1f} KB on a first visit"
    assert sum(later) <= LATER_KB, f"{name} weighs {sum(later):.1f} KB on a later visit"


def test_nothing_scrolls_sideways_at_320(village: Village, device: MakeDevice, places: Places) -> None:
    nobody = device(size=NARROWEST)
    for path in ("/", "/dang-nhap", "/hoc/", places.lesson, "/van-ban/", "/tro-giup"):
        nobody.open(path)
    member = device(village.member, size=NARROWEST)
    for path in ("/", "/dot-thi/", places.play, f"{places.play}/nop", places.result, "/tai-khoan"):
        member.open(path)
    for board in ("chi-bo", "cac-chi-bo", "toan-xa"):
        member.open(f"{places.board}/{board}")
    overseer = device(village.overseer, size=NARROWEST)
    overseer.open(f"{places.desk}/{village.root.id}")
    organiser = device(village.organiser, size=NARROWEST)
    for path in ("/to-chuc/", f"/to-chuc/dot/{places.round.id}", "/bien-soan/bo-cau-hoi"):
        organiser.open(path)


def test_the_dark_scheme_can_be_read(village: Village, device: MakeDevice, places: Places) -> None:
    member = device(village.member, color_scheme="dark")
    member.open("/")
    colour = member.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert all(int(part) < 80 for part in colour.strip("rgba()").split(",")[:3]), f"{colour} is not dark"
    for path in (places.play, places.result, f"{places.board}/cac-chi-bo", places.lesson):
        member.open(path)
    secretary = device(village.secretary, color_scheme="dark")
    secretary.open(f"{places.desk}/{village.first.id}")


def test_what_answers_tell_can_be_read_on_a_phone_and_in_the_dark(
    site: Site, village: Village, device: MakeDevice
) -> None:
    with site.work() as w:
        now = w.now
    with site.work(now=now - timedelta(days=3)) as w:
        round_ = open_round(w, village)
    with site.work() as w:
        pool = w.session.scalars(select(PoolItem.item_version_id).where(PoolItem.round_id == round_.id).limit(5)).all()
        keep(w, round_.id, pool, now)
    of_round = f"/to-chuc/dot/{round_.id}/thong-ke"
    for screen in (device(village.organiser, size=NARROWEST), device(village.organiser, color_scheme="dark")):
        for path in ("/to-chuc/thong-ke", of_round, f"{of_round}/cau/{pool[0]}"):
            screen.open(path)
        if screen.page.get_by_role("button", name="Xem phương án và đáp án").count():
            screen.press("Xem phương án và đáp án")
        assert "đáp án" in screen.text()
