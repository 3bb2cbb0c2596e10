"""Who may call an endpoint, and the transaction in which a view works.

Each view carries exactly one of `public`, `signed_in` and `requires`, under its route decorator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Protocol, TypeVar

from flask import Flask, Response, abort, current_app, g, request
from sqlalchemy import Column, ColumnElement
from sqlalchemy.orm import Session

from quiz_app.kernel.access import NOBODY, Actor, FeaturePermission, Role
from quiz_app.kernel.busy import as_overloaded
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import NotAllowed, NoticesOwed, ProofNeeded, Refused, SecondFactorNeeded, SignInNeeded
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.work import Reading, Work, viewing, working

View = TypeVar("View", bound=Callable[..., Any])
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FRESH_FOR = timedelta(minutes=10)
_acts = count()


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """A row of the caller's that a view always asks for, in the same statement as who he is.

    The first of the `columns` is never empty; `where` is told what the address names.
    """

    columns: tuple[Column[Any], ...]
    member: Column[Any]
    where: ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Guard:
    """What an endpoint asks of its caller. `in_work`: judged inside the view's own transaction (hot paths).

    `within_attempt`: a sign-in that was opened for one attempt gets in too, unless the address names another attempt.
    `fresh`: only shortly after the caller has shown who he is.
    `brief`: the view mostly asks for nothing else, so who calls is asked without a transaction (pages that are kept),
    with what the view wants `beside`.
    `before_notices`: open to who has yet to answer the notices, as the pages of a sitting under way are.
    """

    is_public: bool = False
    permission: FeaturePermission | None = None
    in_work: bool = False
    within_attempt: bool = False
    afterwards: bool = False
    fresh: bool = False
    before_notices: bool = False
    brief: bool = False
    beside: Beside | None = None

    @property
    def is_for_every_member(self) -> bool:
        return self.permission is not None and Role.MEMBER in self.permission.roles


@dataclass(frozen=True, slots=True)
class Identity:
    """Who sent the request, at which instant, and whether the sign-in's last use should be noted.

    `proved_at`: when he last showed who he is; None where somebody else opened the sign-in for him, and once it has
    rested. `held_back_by`: what wakes the grants that the actor does not have yet.
    """

    actor: Actor
    now: datetime
    is_touch_due: bool = False
    proved_at: datetime | None = None
    held_back_by: type[Refused] = SecondFactorNeeded

    @property
    def is_fresh(self) -> bool:
        return self.proved_at is not None and self.now - self.proved_at <= FRESH_FOR


class SignIns(Protocol):
    """What the guard needs to know of sign-ins; the members feature provides it."""

    cookie_name: str

    def identify(self, session: Session, token: str) -> Identity: ...
    def glance(
        self, token: str, beside: Beside | None, values: Mapping[str, Any]
    ) -> tuple[Identity, Mapping[str, Any] | None]: ...
    def asking(self, token: str) -> dict[str, Any]: ...
    def touch(self, session: Session, identity: Identity) -> None: ...


def public(view: View) -> View:
    """Anybody may call this."""
    return _guarded(view, Guard(is_public=True))


def signed_in(view: View) -> View:
    """Anybody who is signed in may call this; what he may see is settled by the queries."""
    return _guarded(view, Guard())


def before_notices(view: View) -> View:
    """Anybody who is signed in may call this, and also who has yet to answer the notices: it is where he does."""
    return _guarded(view, Guard(before_notices=True))


def requires(
    permission: FeaturePermission,
    *,
    in_work: bool = False,
    within_attempt: bool = False,
    afterwards: bool = False,
    fresh: bool = False,
    brief: bool = False,
    beside: Beside | None = None,
) -> Callable[[View], View]:
    """Only actors who hold `permission` may call this. With `in_work` the view must open `work()` before it answers.

    `within_attempt` marks the pages of a sitting and what they show: they alone open to a sign-in made for one attempt,
    and those that name an attempt only where it is that one. `afterwards` marks what can wait for those who still sit.
    `fresh` marks acts that weigh much: who has not shown who
    he is for a while is asked first, and what he posts meanwhile is refused. `brief` marks pages that seldom need a
    transaction.
    """
    guard = Guard(
        permission=permission,
        in_work=in_work,
        within_attempt=within_attempt,
        afterwards=afterwards,
        fresh=fresh,
        brief=brief,
        beside=beside,
    )
    return lambda view: _guarded(view, guard)


def _guarded(view: View, guard: Guard) -> View:
    view.guard = guard  # type: ignore[attr-defined] # a mark on the function, read through the url map
    return view


def guard_of(app: Flask, endpoint: str) -> Guard | None:
    return getattr(app.view_functions[endpoint], "guard", None)


def database() -> Database:
    found: Database = current_app.extensions["database"]
    return found


def current_actor() -> Actor:
    """The caller of this request; nobody where no valid sign-in came with it."""
    return _identity().actor


def is_fresh() -> bool:
    """Whether the caller has shown who he is a short while ago."""
    return _identity().is_fresh


def held_back_by() -> type[Refused] | None:
    """What the caller is asked for before his sleeping roles wake; None where none sleeps."""
    identity = _identity()
    return identity.held_back_by if identity.actor.held_back else None


def asked_at() -> datetime:
    """The instant at which it was settled who sent this request; a refusal of its unit of work was judged by it."""
    return _identity().now


@contextmanager
def reading() -> Iterator[Reading]:
    """The request's read-only transaction. It stays open until the answer is rendered."""
    identity = _identity()
    if "reading" not in g:
        g.reading = _stack().enter_context(viewing(database(), actor=identity.actor, now=identity.now))
    with as_overloaded():  # the transaction outlives this block, so what fails within it is told here
        yield g.reading


@contextmanager
def work() -> Iterator[Work]:
    """A unit of work for the caller, committed at the end of the block."""
    guard: Guard | None = g.pop("pending_guard", None)
    if guard is None:
        with working(database(), actor=current_actor()) as w:
            yield w
    else:
        with database().writing() as session:
            identity = _identify(session)
            g.identity = identity
            _judge(guard, identity)
            yield Work(session, identity.actor, identity.now)
    _note_act()


def acts() -> int:
    """A number that is another after each unit of work of this process that not every member may do.

    What is kept of pages under it never outlives what an organiser has been told is done.
    """
    return acts_of(current_app)


def acts_of(app: Flask) -> int:
    """The same of an application in hand."""
    found: int = app.extensions["acts"]
    return found


def _note_act() -> None:
    guard = guard_of(current_app, request.endpoint) if request.endpoint else None
    if guard is not None and guard.permission is not None and not guard.is_for_every_member:
        current_app.extensions["acts"] = next(_acts)


def at_once(statement: Prepared, values: Mapping[str, Any]) -> Any | None:
    """The row of a statement that is the caller's whole unit of work and asks itself who he is (members' `caller`).

    None where it changed nothing, for whatever reason: nothing was judged then, and `work()` must follow. For acts that
    every member may do, before he has answered the notices too; others need their roles judged.
    """
    guard: Guard | None = g.get("pending_guard")
    if guard is None or guard.fresh or not guard.within_attempt or not guard.is_for_every_member:
        raise RuntimeError(f"{request.endpoint} is not for every member in the middle of a sitting")
    token = sign_in_token()
    if token is None:
        return None
    rows = statement.at_once(database(), {**values, **_sign_ins().asking(token)})
    if not rows:
        return None
    g.pop("pending_guard")
    return rows[0]


def beside() -> Mapping[str, Any] | None:
    """The caller's row that the view asks for `beside`; None where he has none."""
    found: Mapping[str, Any] | None = g.beside
    return found


def forget_identity() -> None:
    """Ask again who calls: the sign-in was changed in this request."""
    g.pop("identity", None)


def ask_nobody() -> None:
    """Answer this request without asking who calls: there is no time for that."""
    g.identity = Identity(NOBODY, database().adjusted(None))


def init(app: Flask, sign_ins: SignIns) -> None:
    app.extensions["sign_ins"] = sign_ins
    app.extensions["acts"] = next(_acts)
    app.jinja_env.globals["is_fresh"] = is_fresh
    app.before_request(_before)
    app.after_request(_after)
    app.teardown_request(_teardown)


def _before() -> None:
    if request.endpoint is None:
        return
    guard = guard_of(current_app, request.endpoint)
    if guard is None:
        raise RuntimeError(f"{request.endpoint} has no guard")
    if "\0" in request.path:  # no row can bear such a name, and PostgreSQL fails when asked for it
        abort(404)
    if request.method not in SAFE_METHODS and request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403)
    if guard.in_work and request.method not in SAFE_METHODS:
        g.pending_guard = guard
        return
    if guard.is_public:
        return
    _judge(guard, _identity())


def passes(app: Flask, endpoint: str, identity: Identity) -> bool:
    """Whether this endpoint opens to a caller whose sign-in holds no part of what `_reached` looks at."""
    guard = guard_of(app, endpoint)
    if guard is None or identity.actor.only_attempt is not None:
        return False
    try:
        _judge(guard, identity)
    except Refused:
        return False
    return True


def _judge(guard: Guard, identity: Identity) -> None:
    actor = identity.actor
    if not actor.is_signed_in:
        raise SignInNeeded
    if actor.owes_notices and not (guard.before_notices or guard.within_attempt):
        raise NoticesOwed
    if guard.permission is None or actor.may(guard.permission):
        if guard.fresh and not identity.is_fresh:
            raise ProofNeeded
        return
    if any(grant.role in guard.permission.roles for grant in actor.held_back):
        raise identity.held_back_by
    raise NotAllowed


def _identity() -> Identity:
    known: Identity | None = g.get("identity")
    if known is not None:
        return known
    token = sign_in_token()
    if token is None:
        nobody = Identity(NOBODY, database().adjusted(None))
        g.identity = nobody
        return nobody
    guard = guard_of(current_app, request.endpoint) if request.endpoint else None
    if guard is not None and guard.brief:
        identity, g.beside = _sign_ins().glance(token, guard.beside, request.view_args or {})
        identity = _reached(identity)
    elif request.method in SAFE_METHODS:
        session = _stack().enter_context(database().reading())
        with as_overloaded():
            identity = _identify(session)
        g.reading = Reading(session, identity.actor, identity.now)
    else:
        with database().reading() as session:
            identity = _identify(session)
    if identity.is_touch_due:
        with database().writing() as session:
            _sign_ins().touch(session, identity)
    g.identity = identity
    return identity


def _identify(session: Session) -> Identity:
    token = sign_in_token()
    if token is None:
        return Identity(NOBODY, database().now(session))
    return _reached(_sign_ins().identify(session, token))


def _reached(identity: Identity) -> Identity:
    """Who acts here: nobody where the sign-in does not reach."""
    actor = identity.actor
    if actor.only_attempt is None or _reaches(actor.only_attempt):
        return identity
    return replace(identity, actor=replace(NOBODY, account_id=actor.account_id, session_id=actor.session_id))


def _reaches(only_attempt: int) -> bool:
    """Whether a sign-in for one attempt opens this request's address."""
    guard = guard_of(current_app, request.endpoint) if request.endpoint else None
    asked = (request.view_args or {}).get("attempt_id", only_attempt)
    return guard is not None and guard.within_attempt and asked == only_attempt


def sign_in_token() -> str | None:
    """What the browser carries to be known by; not whether that still holds."""
    return request.cookies.get(_sign_ins().cookie_name)


def _sign_ins() -> SignIns:
    found: SignIns = current_app.extensions["sign_ins"]
    return found


def _stack() -> ExitStack:
    if "stack" not in g:
        g.stack = ExitStack()
    stack: ExitStack = g.stack
    return stack


def _after(response: Response) -> Response:
    if g.pop("pending_guard", None) is not None and response.status_code < 400:
        raise RuntimeError(f"{request.endpoint} answered without asking who calls")
    return response


def _teardown(_error: BaseException | None) -> None:
    stack: ExitStack | None = g.pop("stack", None)
    if stack is not None:
        stack.close()
