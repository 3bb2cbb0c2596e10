"""nginx keeps pages for everybody, and no page of anybody: two people and a visitor come through one cache."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from quiz_app.catalogue.models import Document, Lesson, StudyModule
from quiz_app.members.models import Member
from tests.faults.cluster import Front, Phone, Reply, free_port
from tests.faults.conftest import Site, installed
from tests.faults.report import Report
from tests.support import run

pytestmark = pytest.mark.faults

OWN = ("/", "/tai-khoan", "/bang-xep-hang/", "/dang-nhap")
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


class House:
    """One node behind nginx, two members and their names."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.folder = folder
        self.port = free_port()
        site.env |= {"PUBLIC_URL": f"https://127.0.0.1:{self.port}", "PROXY_HOPS": "1", "ACCESS_LOG": "1"}
        with site.db.reading() as session:
            self.names = [session.get_one(Member, actor.member).full_name for actor in site.actors[:2]]
            module, lesson = session.execute(select(StudyModule.slug, Lesson.slug).join(Lesson).limit(1)).one()
            document = session.scalars(select(Document.slug).limit(1)).one()
        self.shared = ["/hoc/", f"/hoc/{module}", f"/hoc/{module}/{lesson}", f"/van-ban/{document}", "/tro-giup"]
        self.node = site.server()
        self.own = [f"/dot-thi/{site.round_id}", f"/bang-xep-hang/{site.round_id}/cac-chi-bo", *OWN]
        self._fronts: list[Front] = []

    def front(self, changes: dict[str, str] | None = None) -> Front:
        """A new nginx with an empty cache, in the place of the one before."""
        for before in self._fronts:
            before.kill()
        nodes = [f"127.0.0.1:{self.node.port}"] * 4
        front = Front(self.folder / f"nginx{len(self._fronts)}", self.port, nodes, changes)
        self._fronts.append(front)
        self.site.running.append(front)
        front.start()
        return front

    def phone(self, front: Front, who: int | None) -> Phone:
        found = Phone(front)
        if who is not None:
            found.cookies["__Host-phien"] = self.site.tokens[who]
        return found

    def asked(self) -> int:
        """How often the node itself was asked for anything; it notes that a moment after it has answered."""
        log, size = self.folder / "server.log", -1
        while size != (size := log.stat().st_size):
            time.sleep(0.2)
        return log.read_text(errors="replace").count('"event": "request"')


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    url = run.new_postgres()
    try:
        with installed("postgresql", url, folder, Report([]), people=2) as site:
            yield House(site, folder)
    finally:
        run.drop_postgres(url)


def _leaks(house: House, front: Front) -> list[str]:
    """Every page that says somebody else's name, after people and visitors have come by turns."""
    found = []
    for path in [*house.shared, *house.own]:
        for who in (None, 0, 1, None, 1, 0):
            reply = house.phone(front, who).get(path, headers=GZIP)
            text = _unpacked(reply)
            said = {number for number, name in enumerate(house.names) if name in text}
            if said - {who} or (who is not None and reply.status == 200 and who not in said):
                found.append(f"{path} for {who} said {said}")
    return found


def _unpacked(reply: Reply) -> str:
    is_packed = reply.headers.get("Content-Encoding") == "gzip"
    return (gzip.decompress(reply.raw) if is_packed else reply.raw).decode()


def _kept(front: Front) -> dict[str, list[str]]:
    """What lies in the cache: by key, the plain text of every variant."""
    kept: dict[str, list[str]] = {}
    for path in front.cache.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            _, _, rest = raw.partition(b"\nKEY: ")
            key, _, answer = rest.partition(b"\n")
            head, _, body = answer.partition(b"\r\n\r\n")
            plain = gzip.decompress(body) if b"Content-Encoding: gzip" in head else body
            kept.setdefault(key.decode(), []).append(head.decode() + plain.decode(errors="replace"))
    return kept


def test_nobodys_page_is_given_to_another(house: House) -> None:
    front = house.front()
    assert _leaks(house, front) == []
    kept = _kept(front)
    host = "https127.0.0.1"
    assert {key for key in kept if "/static/" not in key} == {f"{host}{path}" for path in house.shared}
    for key, variants in kept.items():
        for text in variants:
            assert not any(name in text for name in house.names), key
            assert not re.search(r"set-cookie|csrf_token", text, re.I), key
    for path in [*house.shared, *house.own]:
        for who in (0, 1):
            reply = house.phone(front, who).get(path)
            assert "no-store" in reply.headers["Cache-Control"], path


def test_a_visitors_page_comes_out_of_the_cache_in_the_form_asked_for(house: House) -> None:
    front = house.front()
    for path in house.shared:
        before = house.asked()
        packed = [house.phone(front, None).get(path, headers=GZIP) for _ in range(3)]
        plain = [house.phone(front, None).get(path, headers={"Accept-Encoding": "identity"}) for _ in range(3)]
        assert house.asked() == before + 2, "once for each form"
        assert {_unpacked(reply) for reply in (*packed, *plain)} == {plain[0].text}
        assert all(reply.headers["Content-Encoding"] == "gzip" for reply in packed)
        assert not any("Content-Encoding" in reply.headers for reply in plain)
        known = house.phone(front, None).get(path, headers={**GZIP, "If-None-Match": packed[0].headers["ETag"]})
        assert (known.status, known.raw) == (304, b"")
        with_any_cookie = house.phone(front, None)
        with_any_cookie.cookies["may"] = "x" * 22
        assert with_any_cookie.get(path).headers["Cache-Control"] == "no-store"
        assert house.asked() == before + 3, "whoever carries a cookie is answered by a node"


def test_static_files_are_packed_once_and_kept_for_a_year(house: House) -> None:
    front = house.front()
    page = house.phone(front, None).get("/hoc/").text
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert len(files) >= 3
    for path in files:
        before = house.asked()
        replies = [house.phone(front, who).get(path, headers=GZIP) for who in (None, 0, 1)]
        assert house.asked() == before + 1
        assert all(reply.headers["Cache-Control"] == "public, max-age=31536000, immutable" for reply in replies)
        assert all(reply.headers["Content-Encoding"] == "gzip" for reply in replies)
        plain = house.phone(front, None).get(path, headers={"Accept-Encoding": "identity"})
        assert plain.text == _unpacked(replies[0])


def test_what_the_proxy_says_of_a_request_cannot_be_sent_along(house: House) -> None:
    """A forged arrival, address or host does not reach the application; a node says nothing of itself outside."""
    front = house.front()
    forged = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Host": "ac.example.vn", "X-Request-Start": "t=1.000"}
    reply = house.phone(front, 0).get("/dang-nhap", headers=forged)
    assert (reply.status, reply.headers["Location"]) == (302, "/")
    assert "ac.example.vn" not in str(reply.headers)
    assert house.phone(front, None).get("/metrics").status == 404
    assert house.phone(front, None).get("/may-chu-dang-ban.html").status == 404


def test_without_a_node_people_are_asked_to_wait(house: House) -> None:
    front = house.front()
    house.phone(front, None).get("/hoc/")
    house.node.kill()
    try:
        for path in ("/tai-khoan", "/luot-thi/1"):
            reply = house.phone(front, 0).get(path)
            assert (reply.status, reply.headers["Retry-After"]) == (503, "3")
            assert "Mời đồng chí chờ vài giây" in reply.text
            assert reply.headers["Cache-Control"] == "no-store"
        saved = house.phone(front, 0).post("/luot-thi/1/cau/1", {"phuong_an": "A"})
        assert (saved.status, saved.headers["Retry-After"]) == (503, "3")
    finally:
        house.node.start()


def test_a_cache_that_believes_too_much_is_caught(house: House) -> None:
    """The test has teeth: an nginx that keeps whatever comes shows one member another's page."""
    careless = {
        "proxy_cache_bypass $http_cookie $http_authorization;": "proxy_ignore_headers Cache-Control Set-Cookie Vary;",
        "proxy_no_cache $http_cookie $http_authorization;": "proxy_cache_valid 200 1m;",
    }
    assert _leaks(house, house.front(careless))
