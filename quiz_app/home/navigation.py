"""What stands around every page: the main entries for this person, who he is, and whom he may call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for
from sqlalchemy.exc import SQLAlchemyError

from quiz_app.asking.policy import Permission as AskingPermission
from quiz_app.attempts.policy import Permission as AttemptPermission
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.policy import Permission as CataloguePermission
from quiz_app.contests.policy import Permission as ContestPermission
from quiz_app.home import guides
from quiz_app.kernel.access import NOBODY, Actor, Role
from quiz_app.kernel.errors import Overloaded, RoleAtRest
from quiz_app.leaderboard.policy import Permission as BoardPermission
from quiz_app.meetings.policy import Permission as MeetingPermission
from quiz_app.members.policy import Permission as MemberPermission
from quiz_app.participation.policy import Permission as ParticipationPermission
from quiz_app.reports.policy import Permission as ReportPermission
from quiz_app.units import queries as units
from quiz_app.web.guard import current_actor, held_back_by, reading


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the navigation, for everybody or for who holds one of the roles.

    Its own pages are those whose endpoints begin with `family` (or with one of them), or else those of its blueprint.
    """

    label: str
    endpoint: str
    icon: str
    roles: frozenset[Role] | None = None
    family: str | tuple[str, ...] = ""

    def holds(self, endpoint: str) -> bool:
        if self.family:
            return endpoint.startswith(self.family)
        return endpoint.partition(".")[0] == self.endpoint.partition(".")[0]

    def is_for(self, actor: Actor) -> bool:
        return self.roles is None or not self.roles.isdisjoint(actor.roles)


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    icon: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Viewer:
    name: str
    unit_name: str
    account_url: str
    sign_out_url: str


BANK = Entry("Bộ câu hỏi", "authoring_shelf.sets", "edit", CataloguePermission.CATALOGUE_LIST.roles, "authoring")
# A phone shows the first four and folds the rest: what members and secretaries need daily stands first.
ENTRIES = (
    Entry("Trang đầu", "home.index", "home"),
    Entry("Học tập", "study.modules", "book", family=("study.", "practice.", "practice_mock.")),
    Entry("Dự thi", "attempts.rounds", "quiz", AttemptPermission.ATTEMPT_READ.roles),
    Entry("Xếp hạng", "leaderboard.index", "trophy", BoardPermission.BOARD_VIEW.roles),
    Entry("Tham gia", "participation.desk", "people", ParticipationPermission.PARTICIPATION_VIEW.roles),
    Entry("Báo cáo", "reports.index", "document", ReportPermission.REPORTS_READ.roles),
    Entry("Văn bản", "catalogue.documents", "document"),
    Entry("Sinh hoạt", "meetings.index", "calendar", MeetingPermission.MEETINGS_ATTEND.roles, "meetings"),
    Entry("Hỏi – đáp", "asking.published", "help", family="asking"),
    Entry("Tổ chức thi", "contests_manage.contests", "calendar", ContestPermission.CONTEST_READ.roles),
    BANK,
    Entry("Vai trò", "members_roles.held", "lock", MemberPermission.ROLES_MANAGE.roles),
    Entry("Việc chạy nền", "operations.jobs", "settings", frozenset({Role.OPERATOR, Role.ORGANISER})),
)


def init(app: Flask) -> None:
    """Give every page its frame."""
    app.context_processor(frame)


def navigation(actor: Actor, endpoint: str | None, *, keeps_bank: bool) -> Sequence[Link]:
    """The entries that the actor may use; the one of the page shown is marked, by its feature.

    `keeps_bank`: whether his role is one on the whole house, which the bank asks for.
    """
    return [
        Link(entry.label, _address(entry.endpoint), entry.icon, entry.holds(endpoint or ""))
        for entry in ENTRIES
        if entry.is_for(actor) and (keeps_bank or entry is not BANK)
    ]


def frame() -> dict[str, Any]:
    """The layouts' variables. Never raises: a page that says the server is busy must not ask it anything more."""
    actor, viewer, contact, keeps_bank = NOBODY, None, None, False
    try:
        actor = current_actor()
        if actor.unit_id is not None:
            with reading() as r:
                around = units.around(r.session, actor.unit_id)
                viewer, contact = _viewer(actor, around.unit_name), around.contact
                keeps_bank = catalogue.is_keeper(r.session, actor)
    except (Overloaded, SQLAlchemyError):
        actor = NOBODY
    return {
        "actor": actor,
        "navigation": navigation(actor, request.endpoint, keeps_bank=keeps_bank),
        "keeps_bank": keeps_bank,
        "viewer": viewer,
        "contact": contact,
        "home_url": _address("home.index"),
        "help_url": _address("home_help.guide", guides.leading(actor)),
        "sign_in_url": _address("members.sign_in"),
        "waits_for": _waits_for(actor),
        "ask_url": _ask_url(actor),
        "foot_links": [
            Link("Kiểm tra biên nhận", _address("attempts_receipts.check")),
            Link("Quyền riêng tư", _address("home.privacy")),
        ],
    }


def _address(endpoint: str, slug: str | None = None) -> str:
    """The address of one of the few pages that are named on every page, worked out once by each process."""
    if request.script_root:  # only that would make it another, and who asks may name many
        return url_for(endpoint, slug=slug)
    known: dict[tuple[str, str | None], str] = current_app.extensions.setdefault("frame_addresses", {})
    found = known.get((endpoint, slug))
    if found is None:
        found = known[endpoint, slug] = url_for(endpoint, slug=slug)
    return found


def _waits_for(actor: Actor) -> str | None:
    """What a page tells him to give so that his roles wake; not where he is just doing so."""
    if not actor.held_back or (request.endpoint or "").startswith("members_second_factor."):
        return None
    return "password" if held_back_by() is RoleAtRest else "code"


def _ask_url(actor: Actor) -> str | None:
    """Where to ask about the page shown; nowhere for who has no account, nor on a device lent for one attempt."""
    if not actor.may(AskingPermission.ASKING_SEND) or actor.only_attempt is not None:
        return None
    return url_for("asking.ask", trang=request.path)


def _viewer(actor: Actor, unit_name: str) -> Viewer:
    return Viewer(
        name=actor.name,
        unit_name=unit_name,
        account_url=_address("members.account"),
        sign_out_url=_address("members.sign_out"),
    )
