"""Who may enter where: every endpoint of the url map, reading and writing, for every role on every unit around `first`.

The contest under test is held by the chi bộ `first`. The table in `matrix` names its own callers (see
tests.support.build.Commune: "elsewhere" is another chi bộ, or a role over another subtree); `relations` has the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask, url_for
from sqlalchemy import select
from werkzeug.test import TestResponse

from quiz_app.attempts import services as attempts
from quiz_app.members.models import Account, Member
from quiz_app.members.sign_ins import open_session_for_attempt
from quiz_app.web.guard import SAFE_METHODS, guard_of
from tests.architecture import on_record, relations, seen_pages
from tests.architecture.callers import CALLERS, NOBODY, Entry
from tests.architecture.matrix import LENT, ROWS
from tests.architecture.world import House, World, app, db, world
from tests.support import prints
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work

__all__ = ["app", "db", "world"]  # fixtures


@pytest.fixture(autouse=True)
def papers() -> Iterator[list[str]]:
    """Who may have a file is asked here; what stands in it where it is made."""
    with prints.pages_for_paper() as pages:
        yield pages


def _methods(app: Flask, endpoint: str) -> list[str]:
    """Reading first: what changes something comes last, and its callers from the least entitled on."""
    found = {method for rule in app.url_map.iter_rules(endpoint) for method in rule.methods or set()}
    return sorted(found - {"HEAD", "OPTIONS"}, key=lambda method: method not in SAFE_METHODS)


def _met(response: TestResponse, *, is_public: bool) -> Entry:
    if not is_public and response.status_code == 302 and urlsplit(response.headers["Location"]).path == "/dang-nhap":
        return Entry.ASKED
    known = {401: Entry.ASKED, 403: Entry.FORBIDDEN, 404: Entry.MISSING}
    assert response.status_code < 500, f"failed: {response.get_data(as_text=True)[:300]}"
    assert response.status_code not in {400, 405}, f"refused before the view: {response.status_code}"
    return known.get(response.status_code, Entry.IN)


def test_every_endpoint_has_its_row(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == ROWS.keys()


@pytest.mark.parametrize("endpoint", sorted(ROWS))
def test_who_may_enter(app: Flask, browse: Browse, house: House, endpoint: str) -> None:
    row = ROWS[endpoint]
    with app.test_request_context():
        url = url_for(endpoint, **{name: house.world[part] for name, part in row.values.items()})  # type: ignore[arg-type] # plain url values
    guard = guard_of(app, endpoint)
    assert guard is not None
    expected = {caller: row.expected(caller) for caller in CALLERS} | relations.expected(endpoint, row)
    wrong = {}
    for method in _methods(app, endpoint):
        is_used_up = False
        for caller in sorted(expected, key=lambda caller: expected[caller] is Entry.IN):
            browse.as_nobody()
            if caller != NOBODY:
                browse.use_sign_in_token(house.tokens[caller])
            answered = browse.knock(method, url, row.data, as_json=True)
            met = _met(answered, is_public=guard.is_public)
            if seen_pages.shows_card(endpoint, answered):
                wrong[f"{method} {caller} card"] = "a card number stands there unmasked"
            if on_record.is_undecided(endpoint, answered):
                wrong[f"{method} {caller} record"] = "a file or keys, and no word about the audit in on_record"
            due = Entry.MISSING if is_used_up and expected[caller] is Entry.IN else expected[caller]
            if met is not due:
                wrong[f"{method} {caller}"] = f"{met}, not {due}"
            is_used_up |= row.is_used_up and method not in SAFE_METHODS and met is Entry.IN
    assert not wrong, "\n".join(f"{who}: {what}" for who, what in wrong.items())


def test_who_opens_a_page_about_somebody_is_written_down(house: House, browse: Browse) -> None:
    assert seen_pages.unwritten(house, browse) == {}


def test_the_rows_agree_with_the_guards(house: House) -> None:
    """Nobody gets in where the guard asks for a sign-in, and everybody is let in where it does not."""
    public = {endpoint for endpoint in ROWS if (guard := guard_of(house.app, endpoint)) and guard.is_public}
    assert {endpoint for endpoint, row in ROWS.items() if NOBODY in row.inside} == public


def test_a_lent_device_opens_its_attempt_and_nothing_else(
    app: Flask, browse: Browse, work: Work, commune: Commune, world: World
) -> None:
    """To every other address it is nobody, and so it is to the same pages of another attempt."""
    with work(actor=commune.colleague) as w:
        other_id = attempts.start(w, int(world["round"]), is_demonstration_site=False)
    wrong = {}
    for endpoint, row in sorted(ROWS.items(), key=lambda item: item[0] in LENT):
        for attempt_id in [other_id, int(world["attempt"])] if endpoint in LENT else [int(world["attempt"])]:
            values = {name: world[part] for name, part in row.values.items()}
            if "attempt_id" in values:
                values["attempt_id"] = attempt_id
            with app.test_request_context():
                url = url_for(endpoint, **values)  # type: ignore[arg-type] # plain url values
            is_its_own = endpoint in LENT and values.get("attempt_id", world["attempt"]) == world["attempt"]
            guard = guard_of(app, endpoint)
            assert guard is not None
            assert guard.within_attempt is (endpoint in LENT), endpoint
            for method in _methods(app, endpoint):
                _lend(browse, work, commune.member, int(world["attempt"]))
                answered = browse.knock(method, url, row.data)
                met = _met(answered, is_public=guard.is_public)
                names = commune.member.full_name.encode() in answered.get_data()
                # Nothing is predicted in this world, so what would keep a guess finds nothing to keep.
                own = Entry.MISSING if endpoint == "attempts.save_prediction" else Entry.IN
                if met is not (own if is_its_own else row.expected(NOBODY)) or (names and not is_its_own):
                    wrong[f"{method} {url}"] = f"{met}, names the member: {names}"
    assert wrong == {}


def _lend(browse: Browse, work: Work, member: Member, attempt_id: int) -> None:
    with work() as w:
        account_id = w.session.scalars(select(Account.id).where(Account.member_id == member.id)).one()
        _, token = open_session_for_attempt(
            w.session, account_id, attempt_id, w.now, expires_at=w.now + timedelta(hours=1), user_agent="máy cho mượn"
        )
    browse.as_nobody().use_sign_in_token(token)
