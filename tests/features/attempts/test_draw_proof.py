"""A stored paper beside the same paper drawn again, and how even the papers of a round are."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from quiz_app.attempts import draw_proof, evenness, services
from quiz_app.attempts.models import Attempt, Response
from quiz_app.attempts.verify import differences
from quiz_app.contests import services as contests
from quiz_app.contests.models import BlueprintCell, PoolItem, Round
from quiz_app.kernel.errors import Missing
from quiz_app.members.models import Member
from quiz_app.rules.drawing import Cell
from tests.support import contest
from tests.support.build import Commune
from tests.support.sitting import at
from tests.support.works import View, Work


@pytest.fixture
def round_(work: Work, commune: Commune, banks: None) -> Round:
    with work(now=at(-90)) as w:
        return contest.open_round(w, commune.root, attempts_allowed=None).round


def sit(work: Work, member: Member, round_: Round, minute: float) -> int:
    with work(actor=member, now=at(minute)) as w:
        attempt_id = services.start(w, round_.id, is_demonstration_site=False)
        services.submit(w, attempt_id, 1)
        return attempt_id


def items_of(work: Work, attempt_id: int) -> set[int]:
    with work() as w:
        return set(w.session.scalars(select(Response.item_version_id).where(Response.attempt_id == attempt_id)))


def test_every_stored_paper_is_what_the_draw_gives(work: Work, commune: Commune, round_: Round) -> None:
    people = (commune.member, commune.colleague, commune.stranger)
    ids = [sit(work, person, round_, 3 * number) for number in range(4) for person in people]
    with work() as w:
        for attempt_id in ids:
            proof = draw_proof.prove(w.session, attempt_id)
            assert proof.matches
            assert len(proof.stored) == contest.PAPER_LENGTH
            assert proof.shows_seed
            assert proof.secret is None
        assert list(differences(w.session, with_draws=True)) == []
        with pytest.raises(Missing):
            draw_proof.prove(w.session, 1)


def test_the_seed_follows_from_the_secret_and_the_attempt_alone(work: Work, commune: Commune, round_: Round) -> None:
    attempt_id = sit(work, commune.member, round_, 0)
    with work() as w:
        secret = w.session.get_one(Round, round_.id).draw_secret
        seed = hmac.new(secret.encode(), str(attempt_id).encode(), hashlib.sha256).hexdigest()
        assert w.session.get_one(Attempt, attempt_id).seed == seed


def _swap_items(session: Session, attempt_id: int, _round: Round) -> None:
    one, other = (session.get_one(Response, (attempt_id, position)) for position in (1, 2))
    for name in ("item_version_id", "option_order", "points"):
        held = getattr(one, name)
        setattr(one, name, getattr(other, name))
        setattr(other, name, held)


def _turn_options(session: Session, attempt_id: int, _round: Round) -> None:
    row = session.get_one(Response, (attempt_id, 1))
    row.option_order = row.option_order[::-1]


def _add_points(session: Session, attempt_id: int, _round: Round) -> None:
    session.get_one(Response, (attempt_id, 1)).points += 1


def _change_seed(session: Session, attempt_id: int, _round: Round) -> None:
    session.get_one(Attempt, attempt_id).seed = "0" * 64


def _change_letters(session: Session, attempt_id: int, _round: Round) -> None:
    session.get_one(Response, (attempt_id, 1)).letters = "DCBA"


def _shrink_pool(session: Session, attempt_id: int, round_: Round) -> None:
    unused = select(Response.item_version_id).where(Response.attempt_id == attempt_id)
    session.execute(delete(PoolItem).where(PoolItem.round_id == round_.id, PoolItem.item_version_id.not_in(unused)))


def _ask_for_more(session: Session, attempt_id: int, round_: Round) -> None:
    session.execute(update(BlueprintCell).where(BlueprintCell.round_id == round_.id).values(count=9))


@pytest.mark.parametrize(
    "tamper",
    [_swap_items, _turn_options, _add_points, _change_seed, _change_letters, _shrink_pool, _ask_for_more],
)
def test_whatever_was_changed_shows(
    work: Work, commune: Commune, round_: Round, tamper: Callable[[Session, int, Round], None]
) -> None:
    attempt_id = sit(work, commune.member, round_, 0)
    with work() as w:
        tamper(w.session, attempt_id, round_)
    with work() as w:
        assert not draw_proof.prove(w.session, attempt_id).matches
        (found,) = list(draw_proof.differences(w.session))
        assert found.startswith(f"attempt {attempt_id}: the paper is not what the draw gives")


def test_an_open_attempt_keeps_its_seed_and_a_round_its_secret(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.member) as w:
        attempt_id = services.start(w, round_.id, is_demonstration_site=False)
    with work() as w:
        proof = draw_proof.prove(w.session, attempt_id)
        assert (proof.matches, proof.shows_seed, proof.secret) == (True, False, None)
        w.session.get_one(Round, round_.id).finalised_at = w.now
    with work() as w:
        assert draw_proof.prove(w.session, attempt_id).secret == round_.draw_secret


def test_two_papers_of_one_member_overlap_as_little_as_the_pool_allows(
    work: Work, commune: Commune, round_: Round
) -> None:
    """Each cell repeats only what is left over when the rest of it is used up."""
    for person in (commune.member, commune.colleague, commune.probationer, commune.stranger):
        first, second = (items_of(work, sit(work, person, round_, 3 * number)) for number in range(2))
        with work() as w:
            sources = draw_proof.sources(w.session, w.session.get_one(Round, round_.id))
        groups = {item.item_version_id: item.group for item in sources.pool}
        stock = Counter(groups.values())
        for cell in sources.cells:
            assert cell.topic is not None
            assert cell.level is not None
            group = (cell.topic, cell.level)
            repeated = sum(groups[item] == group for item in first & second)
            assert repeated == max(0, 2 * cell.count - stock[group])
    with work() as w:
        assert list(draw_proof.differences(w.session)) == []


def test_attempts_are_found_by_code_and_by_name(work: Work, view: View, commune: Commune, round_: Round) -> None:
    own = [sit(work, commune.member, round_, minute) for minute in (0, 3)]
    sit(work, commune.stranger, round_, 0)
    with work() as w:
        code = w.session.get_one(Attempt, own[1]).receipt_code
    assert code is not None
    with view(actor=commune.organiser) as r:
        found = r.session.get_one(Round, round_.id)
        for spelling in (code, code.lower(), f"{code[:4]} {code[4:8]}-{code[8:]}"):
            assert [one.attempt.id for one in draw_proof.find(r, found, spelling)] == [own[1]]
        by_name = draw_proof.find(r, found, commune.member.search_key)
        assert [one.attempt.id for one in by_name] == own
        assert draw_proof.find(r, found, "  ") == []
        assert draw_proof.find(r, found, "khongcoai") == []
        assert draw_proof.managed_proof(r, own[0])[1].id == commune.member.id
    with view(actor=commune.organiser_elsewhere) as r, pytest.raises(Missing):
        draw_proof.managed_proof(r, own[0])


def test_the_command_says_whether_a_paper_matches(app: Flask, work: Work, commune: Commune, round_: Round) -> None:
    attempt_id = sit(work, commune.member, round_, 0)
    runner = app.test_cli_runner()
    told = runner.invoke(args=["attempts", "prove-draw", str(attempt_id)])
    assert told.exit_code == 0
    assert "KHỚP" in told.output
    with work() as w:
        assert w.session.get_one(Attempt, attempt_id).seed in told.output
    assert round_.draw_secret not in told.output
    assert runner.invoke(args=["attempts", "verify", "--draws"]).exit_code == 0
    with work() as w:
        _swap_items(w.session, attempt_id, round_)
    told = runner.invoke(args=["attempts", "prove-draw", str(attempt_id)])
    assert told.exit_code == 1
    assert "KHÔNG KHỚP" in told.output
    told = runner.invoke(args=["attempts", "verify", "--draws"])
    assert told.exit_code == 1
    assert f"attempt {attempt_id}: the paper is not what the draw gives" in told.output
    assert runner.invoke(args=["attempts", "prove-draw", "1"]).exit_code == 1
    with work(actor=commune.member, now=at(5)) as w:
        still_open = services.start(w, round_.id, is_demonstration_site=False)
        seed = w.session.get_one(Attempt, still_open).seed
    told = runner.invoke(args=["attempts", "prove-draw", str(still_open)])
    assert seed not in told.output
    assert "chỉ cho xem sau khi lượt thi kết thúc" in told.output


def test_exposure_counts_real_papers_and_expects_what_the_blueprint_says(
    work: Work, commune: Commune, round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: Counter[int] = Counter()
    for person in (commune.member, commune.colleague, commune.stranger):
        drawn.update(items_of(work, sit(work, person, round_, 0)))
    with work() as w:
        found = evenness.evenness(w.session, w.session.get_one(Round, round_.id))
        assert found is not None
        assert found.papers == 3
        assert {item.item_version_id: item.drawn for item in found.items if item.drawn} == drawn
        shares = {(item.topic, item.level): item.expected_share for item in found.items}
        assert shares == pytest.approx(
            {("muc-tieu", 1): 2 / 3, ("muc-tieu", 2): 1 / 3, ("giai-phap", 1): 2 / 3, ("giai-phap", 2): 1 / 3}
        )
        assert (found.tried, found.deviation, found.is_uneven) == (0, 0, False)
        assert found.columns() == [(3.0, evenness.PAPERS)]
    monkeypatch.setattr(evenness, "FEWEST_ANSWERS", 1)
    with work() as w:
        # whoever met them got items of one half right and the others wrong: papers differ by what they hold of each
        easy = [item.item_version_id for item in found.items][::2]
        w.session.execute(update(Response).values(is_right=Response.item_version_id.in_(easy)))
        found = evenness.evenness(w.session, w.session.get_one(Round, round_.id))
        assert found is not None
        assert found.tried == len(drawn)
        assert {item.facility for item in found.items} <= {None, 0.0, 1.0}
        spread = found.simulation.spread
        assert spread.maximum - spread.minimum > found.one_question > found.deviation > 0
        assert not found.is_uneven  # of a thousand papers two always lie far apart; the usual one is what counts
        assert replace(found, simulation=replace(found.simulation, scores=(1.0, 5.0))).is_uneven
        assert sum(count for _, count in found.columns()) == evenness.PAPERS


def test_a_draft_is_judged_by_what_it_would_draw(work: Work, commune: Commune, round_: Round) -> None:
    with work() as w:
        draft = contests.create_round(w, round_.contest_id, contest.terms(w.now, contest.publish_sample_bank(w)))
        assert evenness.evenness(w.session, draft) is None
        contests.set_blueprint(w, draft.id, [Cell("muc-tieu", None, 3)])
        found = evenness.evenness(w.session, w.session.get_one(Round, draft.id))
        assert found is not None
        assert found.papers == 0
        assert {item.expected_share for item in found.items if item.topic == "giai-phap"} == {0.0}
        total = sum(item.expected_share for item in found.items)
        assert total == pytest.approx(3)
        contests.set_blueprint(w, draft.id, [Cell("muc-tieu", None, 99)])
        assert evenness.evenness(w.session, w.session.get_one(Round, draft.id)) is None
