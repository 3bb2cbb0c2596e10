"""No rationale, key or mark leaves the server before the round's rules allow, and no question before the start.

Every rationale of the set holds a canary, its versions and options bear numbers and codes that nothing else has. A
member walks over everything he can reach, and knocks at everything else, before the round opens, while others sit,
while he sits, after he submitted, and after it closed. Flags have no canary: see test_canary_flags.
"""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
import xlsxwriter
from sqlalchemy import Engine, event, select, update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from quiz_app.attempts.models import Attempt
from quiz_app.catalogue.models import ItemVersion, Option
from quiz_app.contests.models import PoolItem, Shown
from quiz_app.kernel.db import Database
from quiz_app.members.models import Member
from quiz_app.web import assets
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.contest import PAPER_LENGTH, RATIONALE_CANARY, Opened
from tests.support.sitting import right_letters, wrong_letters
from tests.support.works import Work

STEM = "kế hoạch xác định điều gì?"  # ends every question of the contest set, and none of the lessons'
INNER_WORDS = re.compile(r"is_key|is_right|right_letters|option_order|item_version|version_id|rationale")
# long enough that no random token holds one by chance
FIRST_VERSION, FIRST_OPTION = 7_310_000_000_000_000, 7_320_000_000_000_000
CODE = "ma-kin-"  # begins the code of every option
NUMBERS = re.compile(rf"(?<!\d)73[12]\d{{13}}(?!\d)|{CODE}")
MOST_PAGES = 1500
MOST_VARIANTS = 3  # of one page: sorts and filters multiply, and what one order shows the others show too
PACKED = (".pdf",)  # compressed: no word can be found in it, and drawing every poster takes longer than all the rest
LINK = re.compile(r'(?:href|src|data-url|data-remaining-url|action)="([^"]+)"')


@contextmanager
def _numbered() -> Iterator[None]:
    """What is published meanwhile bears numbers and codes that are found wherever they are told."""
    numbers = {ItemVersion: count(FIRST_VERSION), Option: count(FIRST_OPTION)}

    def number(_mapper: object, _connection: object, row: ItemVersion | Option) -> None:
        row.id = next(numbers[type(row)])
        if isinstance(row, Option):
            row.code = f"{CODE}{row.code}"

    for table in numbers:
        event.listen(table, "before_insert", number)
    try:
        yield
    finally:
        for table in numbers:
            event.remove(table, "before_insert", number)


@pytest.fixture
def opened(work: Work, commune: Commune) -> Opened:
    """A round that opens in an hour; scores after submission, marks and keys after closing."""
    with _numbered(), work() as w:
        found = contest.open_round(
            w,
            commune.root,
            opens_at=NOW + timedelta(hours=1),
            show_marks=Shown.AFTER_CLOSING.value,
            show_keys=Shown.AFTER_CLOSING.value,
        )
        versions = set(w.session.scalars(select(PoolItem.item_version_id).where(PoolItem.round_id == found.round.id)))
        assert versions == set(range(FIRST_VERSION, FIRST_VERSION + 12)), "it was published before"
    return found


@pytest.fixture
def during(clock: Clock, opened: Opened) -> None:
    clock.set(NOW + timedelta(hours=2))


def _unpacked(data: bytes) -> bytes:
    """What lies in an archive, and in those within it; anything else as it is."""
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"\n".join(_unpacked(archive.read(name)) for name in archive.namelist())


def test_a_word_in_a_packed_file_is_found() -> None:
    book, outer = io.BytesIO(), io.BytesIO()
    writer = xlsxwriter.Workbook(book)
    writer.add_worksheet().write_string(0, 0, RATIONALE_CANARY)
    writer.close()
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bang.xlsx", book.getvalue())
    assert RATIONALE_CANARY.encode() not in outer.getvalue()
    assert RATIONALE_CANARY.encode() in _unpacked(outer.getvalue())


def said(answer: TestResponse) -> str:
    """Everything an answer tells: its headers and its body, unescaped and unpacked."""
    body = _unpacked(answer.get_data()).decode(errors="replace")
    if answer.mimetype == "application/json":
        body += json.dumps(json.loads(body), ensure_ascii=False)
    return html.unescape(body) + "\n" + "\n".join(f"{name}: {value}" for name, value in answer.headers)


class Walk:
    """What one member gets when he asks for every address there is: his links, and those that others would follow.

    `also`: addresses that no link leads to, such as what is searched for.
    """

    def __init__(
        self,
        browse: Browse,
        member: Member,
        opened: Opened,
        attempt_id: int | None = None,
        *,
        also: Iterable[str] = (),
    ) -> None:
        self._browse = browse.other().as_(member)
        self._known = {
            "round_id": [str(opened.round.id)],
            "contest_id": [str(opened.contest.id)],
            "attempt_id": [str(attempt_id or 1)],
            "unit_id": [str(opened.contest.unit_id)],
            "slug": [contest.SET_SLUG, contest.DOCUMENT_SLUG],
            "module_slug": [contest.MODULE_SLUG],
            "lesson_slug": ["bai-mot", "bai-hai"],
            "position": ["1"],
        }
        self.said: dict[str, str] = {}
        self.reached: set[str] = set()
        self._run(also)

    def holding(self, words: str | re.Pattern[str]) -> set[str]:
        """The addresses whose answers hold the words."""
        return {url for url, text in self.said.items() if re.search(words, text)}

    def _run(self, also: Iterable[str]) -> None:
        waiting = ["/", *also, *self._doors()]
        variants: Counter[str] = Counter()
        while waiting:
            url = waiting.pop(0)
            path = url.partition("?")[0]
            if url in self.said or variants[path] >= MOST_VARIANTS or path.endswith(PACKED):
                continue
            variants[path] += 1
            assert len(self.said) < MOST_PAGES, "the walk does not end"
            answer = self._browse.knock("GET", url)
            if answer.status_code == 503:  # the machine stood still, and what must be told at once was told as busy
                answer = self._browse.knock("GET", url)
            assert answer.status_code < 500, f"{url} answered {answer.status_code}"
            self.said[url] = said(answer) + self._as_json(url)
            if answer.status_code == 200:
                self.reached.add(url)
            waiting += self._links(url, answer)

    def _as_json(self, url: str) -> str:
        if not url.startswith(("/luot-thi", "/dot-thi")):
            return ""
        return said(self._browse.knock("GET", url, as_json=True))

    def _doors(self) -> Iterator[str]:
        """Every address of the product, open to this member or not, filled in with what there is."""
        yield from (f"/static/now/{path.relative_to(assets.FOLDER)}" for path in assets.FOLDER.rglob("*.js"))
        for rule in self._browse.app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and rule.endpoint != "web.static_file":
                yield from self._filled(rule)

    def _filled(self, rule: Rule) -> Iterator[str]:
        urls = [rule.rule]
        for name in rule.arguments:
            values = self._known.get(name, ["1"])
            urls = [re.sub(rf"<[^<>]*\b{name}>", value, url) for url in urls for value in values]
        yield from urls

    def _links(self, url: str, answer: TestResponse) -> Iterator[str]:
        is_text = answer.status_code == 200 and "text" in (answer.mimetype or "")
        text = answer.get_data(as_text=True) if is_text else ""
        found = [html.unescape(one) for one in LINK.findall(text)]
        if answer.location:
            found.append(answer.location)
        for link in found:
            target = urldefrag(urljoin(f"http://localhost{url}", link)).url
            parts = urlsplit(target)
            if parts.hostname == "localhost" and parts.scheme.startswith("http"):
                yield parts.path + (f"?{parts.query}" if parts.query else "")


def start(browse: Browse, member: Member, opened: Opened, db: Database) -> tuple[Browse, int]:
    person = browse.other().as_(member)
    answer = person.submit(f"/dot-thi/{opened.round.id}", {}, action="/bat-dau")
    return person, int(answer.location.rsplit("/", 1)[1])


def _keeps_quiet(walk: Walk) -> None:
    assert walk.holding(RATIONALE_CANARY) == set()
    assert walk.holding(INNER_WORDS) == set()
    assert walk.holding(NUMBERS) == set()


def test_nothing_is_told_before_the_opening(browse: Browse, commune: Commune, opened: Opened) -> None:
    walk = Walk(browse, commune.member, opened)
    assert f"/dot-thi/{opened.round.id}" in walk.reached
    assert f"/hoc/{contest.MODULE_SLUG}/bai-mot" in walk.reached
    assert any(url.endswith("/js/sitting/queue.js") for url in walk.reached), "static files were not walked over"
    _keeps_quiet(walk)
    assert walk.holding(STEM) == set()


@pytest.mark.usefixtures("during")
def test_no_question_is_told_to_who_has_not_started(
    browse: Browse, commune: Commune, opened: Opened, db: Database
) -> None:
    _, attempt_id = start(browse, commune.colleague, opened, db)
    walk = Walk(browse, commune.member, opened, attempt_id)
    _keeps_quiet(walk)
    assert walk.holding(STEM) == set()


@pytest.mark.usefixtures("during")
def test_a_paper_under_way_tells_its_questions_and_no_more(
    browse: Browse, commune: Commune, opened: Opened, db: Database
) -> None:
    person, attempt_id = start(browse, commune.member, opened, db)
    with db.writing() as session:  # the walk signs in anew, and would be led to take over first
        session.execute(update(Attempt).values(held_by_session=None))
    walk = Walk(browse, commune.member, opened, attempt_id)
    _keeps_quiet(walk)
    paper = f"/luot-thi/{attempt_id}"
    assert walk.holding(STEM) == {paper}
    page = person.page(paper)
    fields = {str(one.get("name")) for one in page.all(".//main//input")}
    assert fields == {"csrf_token", "epoch", "phuong_an"}
    letters = {str(one.get("value")) for one in page.all(".//main//input[@name='phuong_an']")}
    assert letters == set("ABCD")
    told = {name for one in page.all(".//main//*") for name in one.attrib if str(name).startswith("data-")}
    assert told <= {
        "data-module",
        "data-after",
        "data-attempt",
        "data-epoch",
        "data-current",
        "data-remaining-url",
        "data-result-url",
        "data-role",
        "data-place",
        "data-state",
        "data-question",
        "data-revision",
        "data-remaining-ms",
    }


@pytest.mark.usefixtures("during")
def test_a_right_and_a_wrong_answer_are_acknowledged_alike(
    browse: Browse, commune: Commune, opened: Opened, db: Database, work: Work
) -> None:
    person, attempt_id = start(browse, commune.member, opened, db)
    shapes = set()
    for position in range(1, PAPER_LENGTH + 1):
        with work() as w:
            choices = [right_letters(w, attempt_id, position), wrong_letters(w, attempt_id, position)]
        for letters in choices:
            fields = {"phuong_an": list(letters), "epoch": "1"}
            answer = person.post(f"/luot-thi/{attempt_id}/cau/{position}", fields, status=200, as_json=True)
            length = len(answer.response.get_data()) - len(letters)
            names = tuple(sorted(answer.response.headers.keys()))
            shapes.add((length, names, tuple(sorted(answer.json))))
            assert answer.json["letters"] == letters
    assert len(shapes) == 1
    assert next(iter(shapes))[2] == ("letters", "remaining_ms", "revision", "saved_at")


@pytest.mark.usefixtures("during")
def test_a_submitted_paper_waits_for_the_closing(
    browse: Browse, commune: Commune, opened: Opened, db: Database, clock: Clock, work: Work
) -> None:
    person, attempt_id = start(browse, commune.member, opened, db)
    with work() as w:
        right = right_letters(w, attempt_id, 1)
    person.post(f"/luot-thi/{attempt_id}/cau/1", {"phuong_an": list(right), "epoch": "1"})
    person.submit(f"/luot-thi/{attempt_id}/nop", {}, action="/nop")
    walk = Walk(browse, commune.member, opened, attempt_id)
    _keeps_quiet(walk)
    assert walk.holding(STEM) == set()
    result = f"/luot-thi/{attempt_id}/ket-qua"
    assert result in walk.reached
    assert walk.holding("Từng câu") == set()

    with db.reading() as session:
        closes_at = session.get_one(Attempt, attempt_id).accepts_until_at
    assert closes_at < opened.round.closes_at
    clock.set(opened.round.closes_at + timedelta(minutes=1))
    after = Walk(browse, commune.member, opened, attempt_id)
    keys = f"/luot-thi/{attempt_id}/dap-an"
    assert after.holding(RATIONALE_CANARY) == {keys}
    assert len(re.findall(RATIONALE_CANARY, after.said[keys])) >= PAPER_LENGTH
    assert "Từng câu" in after.said[result]
    assert after.holding(STEM) == {keys, result}
    assert after.holding(NUMBERS) == set()
    stranger = Walk(browse, commune.colleague, opened, attempt_id)
    assert stranger.holding(RATIONALE_CANARY) == set()
    assert stranger.holding(STEM) == set()


@pytest.mark.usefixtures("during")
def test_a_save_reads_nothing_that_tells_right_from_wrong(
    browse: Browse, commune: Commune, opened: Opened, db: Database, work: Work
) -> None:
    """So its time cannot depend on it: the statements are the same, and none asks for options, keys or corrections."""
    person, attempt_id = start(browse, commune.member, opened, db)
    with work() as w:
        choices = [right_letters(w, attempt_id, 1), wrong_letters(w, attempt_id, 1)]
    url = f"/luot-thi/{attempt_id}/cau/1"
    person.post(url, {"phuong_an": list(choices[0]), "epoch": "1"}, status=200, as_json=True)  # warm
    asked: list[list[str]] = []
    for letters in choices:
        said: list[str] = []
        note = _noting(said)
        event.listen(Engine, "before_cursor_execute", note)
        person.post(url, {"phuong_an": list(letters), "epoch": "1"}, status=200, as_json=True)
        event.remove(Engine, "before_cursor_execute", note)
        asked.append(said)
    assert asked[0] == asked[1] != []
    told = " ".join(asked[0])
    assert "response" in told
    assert not re.search(r"item_option|item_version|is_key|correction|rationale", told)


def _noting(said: list[str]) -> Callable[..., None]:
    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    return note
