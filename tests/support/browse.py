"""A browser without a screen: signs in, follows forms, and fails on any page that should not be shown."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from quiz_app.kernel.db import Database
from quiz_app.members.models import Account, Member
from quiz_app.members.sign_ins import open_session
from tests.support import safe
from tests.support.page import Page

Fields = Mapping[str, Any]


class Answer:
    """What came back. `page` is there for HTML only."""

    def __init__(self, response: TestResponse, url: str) -> None:
        self.response = response
        self.url = url
        self.status = response.status_code
        self.page = Page(response.get_data(as_text=True), url=url) if response.mimetype == "text/html" else None

    @property
    def text(self) -> str:
        """What a person reads on the page; the body where it is no page."""
        return self.page.text if self.page is not None else self.response.get_data(as_text=True)

    @property
    def json(self) -> Any:
        return self.response.get_json()

    @property
    def location(self) -> str:
        """Where a redirect leads, as a path on this site."""
        target = urlsplit(self.response.headers["Location"])
        assert not target.netloc, f"{self.url} leads off the site: {self.response.headers['Location']}"
        return target.path + (f"?{target.query}" if target.query else "")


class Browse:
    """One browser with its cookies. A second device of the same person is another `browse.other()`."""

    def __init__(self, app: Flask, db: Database) -> None:
        self.app = app
        self._db = db
        self._client = app.test_client()

    def other(self) -> Browse:
        return Browse(self.app, self._db)

    def as_(self, member: Member, *, is_shared_device: bool = False) -> Browse:
        """Sign this browser in as the member, who needs an account; the sign-in page is not asked."""
        with self._db.writing() as session:
            account_id = session.scalars(select(Account.id).where(Account.member_id == member.id)).one()
            now = self._db.now(session)
            token = open_session(
                session, account_id, now, is_shared_device=is_shared_device, user_agent="trình duyệt kiểm thử"
            )
        self._client = self.app.test_client()
        self._client.set_cookie(self._cookie_name, token)
        return self

    def as_nobody(self) -> Browse:
        self._client = self.app.test_client()
        return self

    def at(self, address: str) -> Browse:
        """Call from this network address."""
        self._client.environ_base["REMOTE_ADDR"] = address
        return self

    @property
    def sign_in_token(self) -> str | None:
        cookie = self._client.get_cookie(self._cookie_name)
        return cookie.value if cookie is not None else None

    def use_sign_in_token(self, token: str) -> None:
        """Carry a copied cookie."""
        self._client.set_cookie(self._cookie_name, token)

    def restarted(self, app: Flask) -> Browse:
        """The same browser, after the server was started anew with other settings."""
        self.app = self._client.application = app
        return self

    def carry(self, name: str, value: str) -> None:
        """Carry another cookie."""
        self._client.set_cookie(name, value)

    def get(
        self, url: str, *, status: int = 200, as_json: bool = False, headers: Mapping[str, str] | None = None
    ) -> Answer:
        response = self._client.get(url, headers=_headers(headers, as_json), buffered=True)
        return self._judged(response, url, status)

    def page(self, url: str, *, status: int = 200) -> Page:
        """The page at `url`, which must be one."""
        answer = self.get(url, status=status)
        assert answer.page is not None, f"{url} answered {answer.response.mimetype}"
        return answer.page

    def post(
        self,
        url: str,
        data: Fields | None = None,
        *,
        status: int = 302,
        as_json: bool = False,
        headers: Mapping[str, str] | None = None,
        with_token: bool = True,
    ) -> Answer:
        """Post fields (files as `(stream, name)`), with a valid form token unless told otherwise."""
        fields = dict(data or {})
        if with_token and "csrf_token" not in fields:
            fields["csrf_token"] = self.form_token()
        response = self._client.post(url, data=fields, headers=_headers(headers, as_json), buffered=True)
        return self._judged(response, url, status)

    def submit(self, url: str, data: Fields | None = None, *, action: str | None = None, status: int = 302) -> Answer:
        """Open `url` and send its form as a person would: what the page filled in, changed by `data`.

        Raises AssertionError for a field that the page does not have: a person could not fill it either.
        """
        page = self.page(url)
        form = page.form(action)
        fields: dict[str, Any] = dict(form.values)
        offered = {element.get("name") for element in page.tree.iter() if element.get("name")}
        for name, value in (data or {}).items():
            assert name in offered, f"{url} offers no field {name!r}, only {sorted(map(str, offered))}"
            fields[name] = value
        return self.post(form.action, fields, status=status, with_token=False)

    def knock(
        self, method: str, url: str, data: Fields | None = None, *, as_json: bool = False, query: Fields | None = None
    ) -> TestResponse:
        """Ask without judging what is answered, only how; what changes something carries a valid form token."""
        fields = None if method == "GET" else {"csrf_token": self.form_token(), **(data or {})}
        response = self._client.open(
            url, method=method, data=fields, query_string=query, headers=_headers(None, as_json), buffered=True
        )
        problems = safe.problems(self.app, response, self.sign_in_token)
        assert not problems, f"{url}:\n  " + "\n  ".join(problems)
        return response

    def follow(self, answer: Answer, *, status: int = 200) -> Page:
        """The page that a redirect leads to."""
        return self.page(answer.location, status=status)

    def form_token(self) -> str:
        """The token of this browser's forms, as any page with a form would give it."""
        with self._client.session_transaction() as kept:
            kept.setdefault("csrf_token", secrets.token_hex(20))
            raw: str = kept["csrf_token"]
        cookie: Any = self.app.session_interface
        token: str = cookie.token_of(raw)
        return token

    @property
    def _cookie_name(self) -> str:
        name: str = self.app.extensions["sign_ins"].cookie_name
        return name

    def _judged(self, response: TestResponse, url: str, status: int) -> Answer:
        answer = Answer(response, url)
        if response.status_code != status:
            told = answer.response.headers.get("Location") or answer.text[:400]
            raise AssertionError(f"{url} answered {response.status_code} instead of {status}: {told}")
        problems = safe.problems(self.app, response, self.sign_in_token)
        if answer.page is not None and not 300 <= status < 400:
            problems += answer.page.problems()
        assert not problems, f"{url}:\n  " + "\n  ".join(problems)
        return answer


def _headers(given: Mapping[str, str] | None, as_json: bool) -> dict[str, str]:
    accept = "application/json" if as_json else "text/html,application/xhtml+xml,*/*;q=0.8"
    return {"Accept": accept, **(given or {})}
