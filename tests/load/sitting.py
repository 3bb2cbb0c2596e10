"""A round under way: members signed in, each with an attempt of his own and the page of it open."""

from __future__ import annotations

import re
import urllib.request
from dataclasses import dataclass
from http.cookies import SimpleCookie

from sqlalchemy import select

from quiz_app.attempts import services as attempts
from quiz_app.kernel.db import Database
from quiz_app.kernel.work import working
from quiz_app.members.models import Account
from quiz_app.members.sign_ins import open_session
from quiz_app.units.models import UnitKind
from tests.load.generator import Place
from tests.support import build, contest
from tests.support.works import actor_of

MEMBERS_OF_A_UNIT = 40
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Sitter:
    attempt_id: int
    sign_in_token: str


def prepare(db: Database, members: int) -> list[Sitter]:
    """Members of a commune who have all started the open round, in a migrated empty database."""
    with working(db) as w:
        commune = build.commune(w)
        people = []
        for number in range(members):
            if number % MEMBERS_OF_A_UNIT == 0:
                code = f"CB-{number // MEMBERS_OF_A_UNIT + 1}"
                cell = build.unit(w, code, f"Chi bộ {code}", UnitKind.CELL, commune.root)
            people.append(build.member(w, cell, f"Nguyễn Văn Số {number}"))
        round_ = contest.open_round(w, commune.root).round
        round_id = round_.id
        account_of = dict(w.session.execute(select(Account.member_id, Account.id)).all())
        tokens = [
            open_session(w.session, account_of[person.id], w.now, is_shared_device=False, user_agent="bench")
            for person in people
        ]
        actors = [actor_of(w.session, person) for person in people]
    sitters = []
    for actor, token in zip(actors, tokens, strict=True):
        with working(db, actor=actor) as w:
            sitters.append(Sitter(attempts.start(w, round_id, is_demonstration_site=False), token))
    return sitters


def open_pages(port: int, sitters: list[Sitter]) -> list[Place]:
    """The places of everybody's paper, after each has opened his page. Neighbours in the list are different members."""
    pages = [_open_page(port, sitter) for sitter in sitters]
    return [
        Place(sitter.attempt_id, position, cookies, token)
        for position in range(1, contest.PAPER_LENGTH + 1)
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
