"""A round under way: members signed in, some with an attempt of their own and the page of it open."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie

from flask import Flask, session
from sqlalchemy import func, select, update

from quiz_app.attempts import services as attempts
from quiz_app.attempts.models import Response
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue import services as publishing
from quiz_app.kernel.access import Actor
from quiz_app.kernel.db import Database
from quiz_app.kernel.work import working
from quiz_app.members.models import Account
from quiz_app.members.sign_ins import open_session
from quiz_app.rules.drawing import Cell
from quiz_app.units.models import UnitKind
from quiz_app.web.form_cookie import FormCookie, form_token
from tests.load.asks import Place
from tests.support import build, contest
from tests.support.sitting import CONTEST_SET, contest_bank
from tests.support.works import actor_of

MEMBERS_OF_A_UNIT = 40
PAPER_LENGTH = 20
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Person:
    """A member who is signed in, and by what he could sign in himself."""

    actor: Actor
    username: str
    sign_in_token: str


@dataclass(frozen=True, slots=True)
class Hall:
    """A commune whose members may sit the open round; nobody has begun."""

    contest_id: int
    round_id: int
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Sitter:
    attempt_id: int
    sign_in_token: str


@dataclass(frozen=True, slots=True)
class FormKey:
    """What a browser needs to post a form: the signed cookie, and the token that goes with it."""

    cookie: str
    token: str


def gather(db: Database, members: int) -> Hall:
    """A commune of so many, in a migrated empty database, and an open round of twenty questions for them all."""
    with working(db) as w:
        commune = build.commune(w)
        people = []
        for number in range(members):
            if number % MEMBERS_OF_A_UNIT == 0:
                code = f"CB-{number // MEMBERS_OF_A_UNIT + 1}"
                cell = build.unit(w, code, f"Chi bộ {code}", UnitKind.CELL, commune.root)
            people.append(build.member(w, cell, f"Nguyễn Văn Số {number}"))
        publishing.publish_bank(w, contest.sample_bank(), is_shipped=False)
        publishing.publish_bank(w, contest_bank(), is_shipped=False)
        item_set = catalogue.published_set(w.session, CONTEST_SET)
        assert item_set is not None
        opened = contest.open_round(w, commune.root, set_id=item_set.id, cells=cells())
        account_of = dict(w.session.execute(select(Account.member_id, Account.id)).all())
        signed_in = tuple(
            Person(
                actor_of(w.session, person),
                build.username(person),
                open_session(w.session, account_of[person.id], w.now, is_shared_device=False, user_agent="bench"),
            )
            for person in people
        )
        return Hall(opened.contest.id, opened.round.id, signed_in)


def cells() -> tuple[Cell, ...]:
    """Twenty questions, spread over the contest set as it was written to be."""
    written = [Cell(cell.topic, cell.level, cell.count) for cell in contest_bank().sets[0].blueprint]
    missing = PAPER_LENGTH - sum(cell.count for cell in written)
    return tuple(replace(cell, count=cell.count + (place < missing)) for place, cell in enumerate(written))


def started(db: Database, hall: Hall, people: Sequence[Person]) -> list[Sitter]:
    """These have all started."""
    sitters = []
    for person in people:
        with working(db, actor=person.actor) as w:
            attempt_id = attempts.start(w, hall.round_id, is_demonstration_site=False)
        sitters.append(Sitter(attempt_id, person.sign_in_token))
    return sitters


def answered(db: Database, attempt_ids: Sequence[int]) -> None:
    """Every place of these papers holds its first letter."""
    with db.writing() as w:
        w.execute(
            update(Response)
            .where(Response.attempt_id.in_(attempt_ids))
            .values(chosen=func.substr(Response.letters, 1, 1), revision=1, saved_at=db.now(w))
        )


def prepare(db: Database, members: int) -> list[Sitter]:
    """Members of a commune who have all started the open round, in a migrated empty database."""
    hall = gather(db, members)
    return started(db, hall, hall.people)


def form_keys(secret_key: str) -> Callable[[], FormKey]:
    """What hands out a new one each time, as a page of the product would to each browser."""
    app = Flask(__name__)
    app.secret_key = secret_key
    app.session_interface = cookie = FormCookie(app)
    signer = cookie.get_signing_serializer(app)
    assert signer is not None

    def new() -> FormKey:
        with app.test_request_context():
            token = form_token()
            return FormKey(f"bieu-mau={signer.dumps(dict(session))}", token)

    return new


def open_pages(port: int, sitters: Sequence[Sitter]) -> list[Place]:
    """The places of everybody's paper, after each has opened his page. Neighbours in the list are different members."""
    pages = [_open_page(port, sitter) for sitter in sitters]
    return [
        Place(sitter.attempt_id, position, cookies, token)
        for position in range(1, PAPER_LENGTH + 1)
        for sitter, (cookies, token) in zip(sitters, pages, strict=True)
    ]


def _open_page(port: int, sitter: Sitter) -> tuple[str, str]:
    """The cookies and the form token of a member who looks at his paper."""
    own = f"phien={sitter.sign_in_token}"
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/luot-thi/{sitter.attempt_id}", headers={"Cookie": own})
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - own address
        page = answer.read().decode()
        given = SimpleCookie(answer.headers["Set-Cookie"])
    found = _TOKEN.search(page)
    if found is None:
        raise RuntimeError(f"no form on the page of attempt {sitter.attempt_id}")
    cookies = "; ".join([own, *(f"{name}={cookie.value}" for name, cookie in given.items())])
    return cookies, found[1]
