"""What pages about people must do: write down who has opened them, and mask the numbers of cards."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import delete, select, update
from werkzeug.test import TestResponse

from quiz_app.kernel.work import Work
from quiz_app.members.models import Account, Member
from quiz_app.privacy.models import DataView
from quiz_app.privacy.seen_views import VIEWED
from tests.architecture.callers import OWNER
from tests.architecture.matrix import ROWS
from tests.support.browse import Browse
from tests.support.build import Commune

CARD = "07.654321"
# Where the whole number is what is asked for: one's own copy, lists that secretaries keep, slips to sign in with.
SHOWN = frozenset({"privacy.copy", "people_members.export", "members_slips.print_file", "members_slips.print_member"})


def give_card(w: Work, commune: Commune) -> None:
    """The colleague has a card, and signs in by its number."""
    member_id = commune.colleague.id
    w.session.execute(update(Member).where(Member.id == member_id).values(card_number=CARD))
    w.session.execute(update(Account).where(Account.member_id == member_id).values(username=CARD.replace(".", "")))


def shows_card(endpoint: str, answered: TestResponse) -> bool:
    """Whether the number of a card stands in an answer unmasked, where it should not."""
    if endpoint in SHOWN or answered.is_streamed:
        return False
    found = answered.get_data(as_text=False)
    return any(number.encode() in found for number in (CARD, CARD.replace(".", "")))


def unwritten(house: Any, browse: Browse) -> dict[str, set[str]]:
    """The declared pages that did not write down who had opened them, with what they wrote instead."""
    wrong = {}
    for endpoint, seen in VIEWED.items():
        if endpoint.startswith("results_corrections."):  # this world's correction is about an item, and of nobody
            continue
        for caller in sorted(ROWS[endpoint].inside - {OWNER})[:1]:
            with house.db.writing() as session:
                session.execute(delete(DataView))
            with house.app.test_request_context():
                url = url_for(endpoint, **{name: house.world[part] for name, part in ROWS[endpoint].values.items()})
            browse.as_nobody()
            browse.use_sign_in_token(house.tokens[caller])
            browse.knock("GET", url, {})
            with house.db.reading() as session:
                written = set(session.scalars(select(DataView.seen)))
            if written != {seen.value}:
                wrong[f"{endpoint} by {caller}"] = written
    return wrong
