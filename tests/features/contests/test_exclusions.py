"""Who is left out of a contest's ranking: he may practise, his results follow at once, and so do the boards."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import select

from quiz_app.attempts import excluding, services
from quiz_app.attempts.models import Result
from quiz_app.attempts.verify import differences
from quiz_app.contests import exclusions
from quiz_app.contests import services as contests
from quiz_app.contests.errors import ChangeLocked
from quiz_app.contests.models import Exclusion, Round
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.errors import BadInput, Missing, Refused
from quiz_app.leaderboard import queries as leaderboard
from quiz_app.leaderboard import scope
from quiz_app.members.models import Member
from tests.features.attempts.test_races import together
from tests.support import contest
from tests.support.build import Commune
from tests.support.sitting import at
from tests.support.works import View, Work

pytestmark = pytest.mark.usefixtures("banks")

REASON = "Người thân của thành viên tổ ra đề"


@pytest.fixture
def opened(work: Work, commune: Commune) -> contest.Opened:
    with work(now=at(-90)) as w:
        return contest.open_round(w, commune.root, attempts_allowed=None)


def sit(work: Work, member: Member, round_: Round, minute: float) -> None:
    with work(actor=member, now=at(minute)) as w:
        services.submit(w, services.start(w, round_.id, is_demonstration_site=False), 1)


def exclude(work: Work, commune: Commune, opened: contest.Opened, member: Member) -> int:
    with work(actor=commune.organiser) as w:
        return excluding.exclude(w, opened.contest.id, member.id, REASON)


def readmit(work: Work, commune: Commune, opened: contest.Opened, member: Member) -> int:
    with work(actor=commune.organiser) as w:
        return excluding.readmit(w, opened.contest.id, member.id)


def ranked(work: Work, round_: Round) -> set[int]:
    with work() as w:
        assert list(differences(w.session)) == []
        return set(w.session.scalars(select(Result.member_id).where(Result.round_id == round_.id, Result.is_ranked)))


def on_board(view: View, commune: Commune, round_: Round) -> set[int]:
    """Who finds himself on the board of everybody."""
    found = set()
    for person in (commune.member, commune.colleague, commune.probationer):
        with view(actor=person, now=at(10)) as r:
            asked = scope.of_round(r.session.get_one(Round, round_.id), at(10))
            found |= {person.id for row in leaderboard.top_people(r, asked) if row.is_own}
    return found


def test_results_and_boards_follow_at_once(work: Work, view: View, commune: Commune, opened: contest.Opened) -> None:
    sit(work, commune.member, opened.round, 1)
    sit(work, commune.colleague, opened.round, 1)
    both = {commune.member.id, commune.colleague.id}
    assert ranked(work, opened.round) == on_board(view, commune, opened.round) == both
    assert exclude(work, commune, opened, commune.member) == 1
    assert ranked(work, opened.round) == on_board(view, commune, opened.round) == {commune.colleague.id}
    sit(work, commune.member, opened.round, 3)
    assert ranked(work, opened.round) == {commune.colleague.id}
    assert exclude(work, commune, opened, commune.probationer) == 0
    sit(work, commune.probationer, opened.round, 4)
    assert ranked(work, opened.round) == {commune.colleague.id}
    assert readmit(work, commune, opened, commune.member) == 1
    assert ranked(work, opened.round) == on_board(view, commune, opened.round) == both


def test_the_list_says_why_and_the_audit_who(work: Work, commune: Commune, opened: contest.Opened) -> None:
    exclude(work, commune, opened, commune.member)
    with work(actor=commune.organiser) as w:
        assert excluding.exclude(w, opened.contest.id, commune.member.id, "Lý do khác") == 0
    with work() as w:
        (row,) = exclusions.excluded(w.session, opened.contest.id)
        assert (row.member.id, row.unit.id, row.exclusion.reason) == (commune.member.id, commune.first.id, "Lý do khác")
    assert readmit(work, commune, opened, commune.member) == 0
    assert readmit(work, commune, opened, commune.member) == 0
    with work() as w:
        entries = w.session.execute(
            select(AuditEntry.action, AuditEntry.actor_member_id, AuditEntry.subject)
            .where(AuditEntry.action.startswith("contest.exclusion"))
            .order_by(AuditEntry.id)
        ).all()
        subject = f"contest:{opened.contest.id}"
        assert [tuple(entry) for entry in entries] == [
            ("contest.exclusion_added", commune.organiser.id, subject),
            ("contest.exclusion_removed", commune.organiser.id, subject),
        ]
        assert w.session.scalars(select(Exclusion)).all() == []


def test_what_is_final_stays_and_other_rounds_follow(work: Work, commune: Commune, opened: contest.Opened) -> None:
    with work(now=at(-80)) as w:
        later = contests.create_round(w, opened.contest.id, contest.terms(at(-80), opened.set_id))
        contests.set_blueprint(w, later.id, contest.BLUEPRINT)
        contests.publish_round(w, later.id)
    for round_ in (opened.round, later):
        sit(work, commune.member, round_, 1)
    with work() as w:
        w.session.get_one(Round, opened.round.id).finalised_at = at(2)
    assert exclude(work, commune, opened, commune.member) == 1
    assert ranked(work, opened.round) == {commune.member.id}
    assert ranked(work, later) == set()
    with work() as w:
        w.session.get_one(Round, later.id).finalised_at = at(3)
    with pytest.raises(ChangeLocked):
        readmit(work, commune, opened, commune.member)
    assert ranked(work, later) == set()


def test_only_its_organisers_exclude_and_only_whom_it_invites(
    work: Work, commune: Commune, opened: contest.Opened
) -> None:
    with work(actor=commune.organiser_elsewhere) as w, pytest.raises(Missing):
        excluding.exclude(w, opened.contest.id, commune.member.id, REASON)
    with work() as w:
        narrow = contests.create_contest(
            w, title="Cuộc thi của chi bộ", unit_id=commune.first.id, is_demonstration=False
        )
    with work(actor=commune.organiser) as w:
        with pytest.raises(Missing):
            excluding.exclude(w, narrow.id, commune.stranger.id, REASON)
        with pytest.raises(BadInput):
            excluding.exclude(w, narrow.id, commune.member.id, "  ")
        assert excluding.exclude(w, narrow.id, commune.member.id, REASON) == 0
    with work() as w:
        assert w.session.scalars(select(Exclusion.contest_id)).all() == [narrow.id]


def test_a_submission_at_the_same_moment_is_not_ranked_either(
    work: Work, commune: Commune, opened: contest.Opened
) -> None:
    """Whichever comes first: the submission finds the list, or its result is keyed anew."""
    for number in range(15):
        people = (commune.member, commune.colleague, commune.probationer)
        attempts = []
        for person in people:
            with work(actor=person, now=at(2 * number)) as w:
                attempts.append(services.start(w, opened.round.id, is_demonstration_site=False))

        def submit(person: Member, attempt_id: int, minute: float) -> None:
            with work(actor=person, now=at(minute)) as w:
                services.submit(w, attempt_id, 1)

        acts: list[Callable[[], object]] = [
            *(partial(submit, person, own, 2 * number + 1) for person, own in zip(people, attempts, strict=True)),
            *(partial(exclude, work, commune, opened, person) for person in people),
        ]
        assert not [one for one in together(acts) if isinstance(one, Refused)]
        assert ranked(work, opened.round) == set()
        for person in people:
            readmit(work, commune, opened, person)
        assert ranked(work, opened.round) == {person.id for person in people}
