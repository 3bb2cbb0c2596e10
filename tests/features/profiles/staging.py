"""A contest held from end to end over HTTP: an organiser's pages before it, members who sit at chosen instants, boards.

Scenarios are tables of literal instants and answers, so that whoever reads one can work its ranking out by hand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import quote

from sqlalchemy import select

from quiz_app.attempts import closing
from quiz_app.attempts.models import Result
from quiz_app.contests.models import Round
from quiz_app.kernel import clock as kernel_clock
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import JobState, perform
from quiz_app.members.models import Consent, Member, Purpose
from quiz_app.rules.timing import VIETNAM
from quiz_app.worker import JOBS
from tests.support import build, sitting
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.page import Page, text_of
from tests.support.works import View, Work

GRACE_AND_SETTLING = timedelta(seconds=5 + 2)
RIGHT, PARTLY, EMPTY = "1", "p", "-"  # anything else in a string of answers is a wrong one
MONTH = "2026-12"


def at(text: str) -> datetime:
    """An instant of December 2026 in Vietnam: `07 08:30:00.250`."""
    day, hour = text.split()
    return datetime.fromisoformat(f"{MONTH}-{day}T{hour}").replace(tzinfo=VIETNAM)


class StoppedClock(Clock):
    """The one clock at a standstill: every request of an act happens at exactly the instant it is set to."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.instant = NOW
        self.set(NOW)
        db.now = lambda session: self.instant  # type: ignore[method-assign] # a clock of the test's own
        db.adjusted = lambda stamp: self.instant  # type: ignore[method-assign] # the same where a query asked already

    def set(self, instant: datetime) -> None:
        super().set(instant)  # for what reads the offset itself
        self.instant = instant.astimezone(UTC)


@dataclass(frozen=True)
class Try:
    """One attempt: begun at `start`, submitted after `took` seconds, or left to its deadline where that is empty.

    `answers` has a sign for each place of the paper, in its order.
    """

    start: str
    took: str
    answers: str
    guess: str = ""

    @property
    def start_at(self) -> datetime:
        return at(self.start)

    @property
    def taken(self) -> timedelta:
        seconds, _, milliseconds = self.took.partition(".")
        return timedelta(seconds=int(seconds), milliseconds=int(milliseconds or 0))


class Sitter:
    """A member with a browser of his own that reads only forms, as a test of many requests must."""

    def __init__(self, member: Member, browse: Browse, work: Work) -> None:
        self.member = member
        self._browse = browse
        self._work = work
        self._is_in = False
        self.attempt_id = 0
        self._fields: dict[str, dict[str, str]] = {}

    def knock(self, url: str) -> str:
        """The body of a page at `url`, which must be there."""
        response = self.browser.knock("GET", url)
        assert response.status_code == 200, (self.member.full_name, url, response.status_code)
        return response.get_data(as_text=True)

    @property
    def browser(self) -> Browse:
        if not self._is_in:
            self._browse.as_(self.member)
            self._is_in = True
        return self._browse

    def start(self, round_id: int) -> None:
        """Read the rules' page, accept them with its form, and open the paper."""
        fields = forms_of(self.knock(f"/dot-thi/{round_id}"))[f"/dot-thi/{round_id}/bat-dau"]
        assert fields["the_le"] == "1", "the form says which version of the rules is accepted"
        began = self.browser.knock("POST", f"/dot-thi/{round_id}/bat-dau", fields)
        found = re.search(r"/luot-thi/(\d+)$", began.headers.get("Location", ""))
        assert began.status_code == 302 and found, (self.member.full_name, began.status_code, began.text[:300])
        self.attempt_id = int(found[1])
        self._fields = forms_of(self.knock(f"/luot-thi/{self.attempt_id}"))

    def refused(self, round_id: int, words: str) -> None:
        """The page offers no start and says why, and a start that is sent all the same is refused in these words."""
        body = self.knock(f"/dot-thi/{round_id}")
        assert words in body
        assert f"/dot-thi/{round_id}/bat-dau" not in forms_of(body)
        sent = self.browser.knock("POST", f"/dot-thi/{round_id}/bat-dau", {"the_le": "1"}, as_json=True)
        assert (sent.status_code, (sent.json or {}).get("message")) == (409, words), sent.text

    def save(self, place: int, sign: str, *, revision: int = 1, status: int = 200) -> None:
        if sign == EMPTY:
            return
        letters = self._letters(place, sign)
        url = f"/luot-thi/{self.attempt_id}/cau/{place}"
        sent = {**self._fields[url], "phuong_an": list(letters), "revision": str(revision)}
        answer = self.browser.knock("POST", url, sent, as_json=True)
        assert answer.status_code == status, (self.member.full_name, answer.status_code, answer.text)
        if status == 200:
            assert answer.json is not None
            assert (answer.json["letters"], answer.json["revision"]) == (letters, revision)

    def guess(self, text: str, *, revision: int = 1, status: int = 200, says: str = "") -> None:
        url = f"/luot-thi/{self.attempt_id}/du-doan"
        sent = {**self._fields[url], "du_doan": text, "revision": str(revision)}
        answer = self.browser.knock("POST", url, sent, as_json=True)
        assert answer.status_code == status, (self.member.full_name, answer.status_code, answer.text)
        assert says in str(answer.json)

    @property
    def is_asked(self) -> bool:
        """Whether the paper asks for a prediction."""
        return f"/luot-thi/{self.attempt_id}/du-doan" in self._fields

    def submit(self) -> None:
        url = f"/luot-thi/{self.attempt_id}/nop"
        answer = self.browser.knock("POST", url, self._fields[url])
        assert (answer.status_code, answer.headers.get("Location")) == (302, f"/luot-thi/{self.attempt_id}/ket-qua")

    def _letters(self, place: int, sign: str) -> str:
        with self._work() as w:
            right = sitting.right_letters(w, self.attempt_id, place)
            if sign == RIGHT:
                return right
            if sign == PARTLY:
                assert len(right) > 1, "only some of several right ones can be partly right"
                return right[:1]
            return sitting.wrong_letters(w, self.attempt_id, place)


@dataclass
class Stage:
    """Everybody and everything of one contest under test."""

    db: Database
    work: Work
    view: View
    clock: StoppedClock
    browse: Browse
    commune: Commune
    set_id: int
    sitters: dict[str, Sitter] = field(default_factory=dict)
    _acts: list[tuple[datetime, Callable[[], None]]] = field(default_factory=list)

    def people(self, names: Sequence[str]) -> None:
        """Members of these names, by turns in three chi bộ, who let the boards show their names."""
        units = (self.commune.first, self.commune.second, self.commune.inner)
        with self.work() as w:
            for number, name in enumerate(names):
                member = build.member(w, units[number % 3], name)
                w.session.add(
                    Consent(member_id=member.id, purpose=Purpose.PUBLISH_NAME.value, text_version="1", given_at=w.now)
                )
                self.sitters[name] = Sitter(member, self.browse.other(), self.work)

    def organiser_sits(self) -> str:
        """Let the organiser sit too; his name."""
        organiser = self.commune.organiser
        self.sitters[organiser.full_name] = Sitter(organiser, self.browse.other(), self.work)
        return organiser.full_name

    def exclude(self, round_: Round, name: str) -> None:
        """The organiser finds somebody by name and leaves him out of the ranking, with a reason."""
        desk = self.browse.other().as_(self.commune.organiser)
        address = f"/to-chuc/cuoc-thi/{round_.contest_id}/khong-xep-hang"
        page_of_member = f"{address}/{self.sitters[name].member.id}"
        assert page_of_member in desk.page(f"{address}?tim={quote(name)}").hrefs()
        answer = desk.submit(page_of_member, {"reason": "Người nhà của Ban tổ chức"}, action=page_of_member)
        assert name in desk.follow(answer).texts(".//tbody/tr/th")

    def hold(self, profile: str, opens: str, cells: Mapping[str, str], *, length: int, publish: int = 1) -> list[Round]:
        """An organiser creates the contest from the profile, with papers of `length`, and publishes its first rounds.

        Before that he sets their cells: shorter papers than the profile's, so that a test needs fewer saves.
        """
        desk = self.browse.other().as_(self.commune.organiser)
        created = desk.submit(
            "/to-chuc/cuoc-thi-theo-mau",
            {
                "profile": profile,
                "title": "Tìm hiểu Nghị quyết Đại hội",
                "unit_id": str(self.commune.root.id),
                "first_opens_at": at(opens).strftime("%Y-%m-%dT%H:%M"),
                "set_ids": [str(self.set_id)],
            },
            action="/cuoc-thi-theo-mau",
        )
        page = desk.follow(created)
        found = {int(one) for href in page.hrefs() for one in re.findall(r"/to-chuc/dot/(\d+)", href)}
        with self.view() as r:
            rounds = list(r.session.scalars(select(Round).where(Round.id.in_(found)).order_by(Round.position)))
        for round_ in rounds[:publish]:
            address = f"/to-chuc/dot/{round_.id}"
            matrix = desk.page(f"{address}/ma-tran")
            assert f"Mỗi đề có {length} câu, tối đa {length} điểm." in matrix.text
            blank = {name: "" for name in matrix.form("/ma-tran").values if name.startswith("o_")}
            desk.submit(f"{address}/ma-tran", {**blank, **cells}, action="/ma-tran")
            desk.follow(desk.submit(f"{address}/mo", action="/mo"))
        return rounds

    def plan(self, round_: Round, tries: Mapping[str, Sequence[Try]], *, limit: timedelta | None) -> None:
        """Put everything that these attempts do on the timeline, with the job that closes those left to their end."""
        closable: Counter[datetime] = Counter()
        for name, attempts in tries.items():
            for attempt in attempts:
                self._plan_attempt(self.sitters[name], round_.id, attempt)
                if not attempt.took:
                    end = round_.closes_at if limit is None else min(round_.closes_at, attempt.start_at + limit)
                    closable[end + GRACE_AND_SETTLING] += 1
        for instant, count in closable.items():
            self.then(instant, lambda count=count: self.sweep(count))  # type: ignore[misc] # bound for this turn

    def then(self, instant: datetime, act: Callable[[], None]) -> None:
        """Put an act on the timeline; acts of one instant happen in the order in which they were put there."""
        self._acts.append((instant, act))

    def run(self) -> None:
        """Let the timeline happen."""
        for instant, act in sorted(self._acts, key=lambda one: one[0]):
            self.clock.set(instant)
            act()
        self._acts.clear()

    def sweep(self, count: int) -> None:
        """The job looks for overdue attempts, of which there are so many."""
        if self.db.is_sqlite:  # this clock jumps: an operator says each time that it is right
            with self.work() as w:
                kernel_clock.accept(w.session, kernel_clock.ticks(self.db.clock_offset))
        assert closing.close_overdue(self.db) == count

    def fix_truth(self, round_: Round, words: str) -> None:
        """The organiser reads the figure, fixes it with the page's form, and the worker ranks by it."""
        desk = self.browse.other().as_(self.commune.organiser)
        address = f"/to-chuc/dot/{round_.id}/so-thuc-te"
        assert words in desk.page(f"{address}/co-dinh").text
        desk.submit(f"{address}/co-dinh", action="/co-dinh")
        with self.work(actor=self.commune.organiser) as w:
            fixed_at = w.session.get_one(Round, round_.id).prediction_fixed_at
            assert fixed_at is not None
        key = f"prediction-keys:{round_.id}:{fixed_at.astimezone(UTC).isoformat()}"
        assert perform(self.db, JOBS, key) is JobState.DONE
        assert words in desk.page(address).text

    def board(self, round_: Round, *, reader: Member | None = None) -> Page:
        browser = self.browse.other().as_(reader or self.commune.organiser)
        return browser.page(f"/bang-xep-hang/{round_.id}/toan-xa")

    def results(self, round_: Round) -> dict[str, Result]:
        """What is stored of who sat, by name."""
        with self.view() as r:
            rows = r.session.execute(
                select(Member.full_name, Result)
                .join(Result, Result.member_id == Member.id)
                .where(Result.round_id == round_.id)
            ).all()
            return dict(rows)

    def _plan_attempt(self, sitter: Sitter, round_id: int, attempt: Try) -> None:
        step = timedelta(seconds=2) if not attempt.took else attempt.taken / (len(attempt.answers) + 2)
        self.then(attempt.start_at, lambda: sitter.start(round_id))
        for place, sign in enumerate(attempt.answers, start=1):
            self.then(attempt.start_at + place * step, lambda place=place, sign=sign: sitter.save(place, sign))  # type: ignore[misc] # bound for this turn
        if attempt.guess:
            guessed_at = attempt.start_at + (len(attempt.answers) + 1) * step
            self.then(guessed_at, lambda: sitter.guess(attempt.guess))
        if attempt.took:
            self.then(attempt.start_at + attempt.taken, sitter.submit)


class _Forms(HTMLParser):
    """The forms of a page and the hidden fields of each, by where it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._open: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = self.found.setdefault(given.get("action", ""), {})
        elif tag == "input" and self._open is not None and given.get("type") == "hidden":
            self._open[given["name"]] = given["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def forms_of(body: str) -> dict[str, dict[str, str]]:
    reader = _Forms()
    reader.feed(body)
    return reader.found


def rows_of(page: Page) -> Iterator[tuple[int, str, str, str]]:
    """The lines of a board of persons: place, name, time (and instant of submission where it shows), score."""
    for row in page.all(".//tbody/tr"):
        place, score = row.findall("./td")
        who = row.find("./th")
        assert who is not None
        shown = [text_of(span) for span in who.findall("./span")]
        yield int(text_of(place)), (who.text or "").strip(), shown[-1], text_of(score).replace(" ", "")


def lines_of(page: Page) -> list[tuple[int, str, str, str]]:
    """The same in an order that does not hang on how equals stand to each other, without the instants."""
    return sorted((place, name, score, time.split(", nộp lúc")[0]) for place, name, time, score in rows_of(page))


def deciding(results: Iterable[Result]) -> set[int]:
    """Which elements of the rank keys part ranked neighbours from each other."""
    keys = sorted({(one.k1, one.k2, one.k3, one.k4) for one in results if one.is_ranked})
    pairs = [list(zip(better, worse, strict=True)) for better, worse in pairwise(keys)]
    return {next(index for index, (ahead, behind) in enumerate(pair) if ahead != behind) for pair in pairs}


def rule_of(page: Page) -> list[str]:
    """The list by which a board says that it is ordered."""
    return [text_of(line) for line in page.all(".//details//ol/li")]


def milliseconds(instant: str) -> int:
    """An instant of a table as rank keys hold it."""
    return int(at(instant).timestamp() * 1000)
