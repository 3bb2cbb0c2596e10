"""Statements to be judged, and a stem with a list and an image, through a whole sitting."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from question_bank import model as bank
from quiz_app.attempts import services
from quiz_app.attempts.models import Attempt, Response
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue import services as publishing
from quiz_app.rules.drawing import Cell
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.sitting import answer, right_letters, start, wrong_letters
from tests.support.works import Work

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

STATEMENTS = 4
LISTED = "\n\n- Điều **thứ nhất**\n- Điều thứ hai\n\n![Sơ đồ làng](/hinh/so-do.png)"
BLOCKS = re.compile(r"<(p|ul|ol|li|div|h[1-6]|table|blockquote|pre)\b")


def _statements() -> bank.ItemSet:
    """The sample set, its first items as statements that are true and false by turns, with lists and images."""
    (wanted,) = [one for one in contest.sample_bank().sets if one.slug == contest.SET_SLUG]
    items = list(wanted.items)
    for place in range(STATEMENTS):
        is_true = place % 2 == 0
        keys = ((("x", "Đúng"), is_true), (("y", "Sai"), not is_true))
        options = tuple(bank.Option(*words, is_key=is_key, is_pinned=True) for words, is_key in keys)
        stem = items[place].stem.replace("kế hoạch xác định điều gì?", "kế hoạch có nói tới.") + LISTED
        items[place] = replace(items[place], kind=bank.Kind.TRUE_FALSE, options=options, stem=stem)
    return replace(wanted, items=tuple(items))


def _labels(html: str) -> list[str]:
    return re.findall(r"<(?:legend|label)\b.*?</(?:legend|label)>", html, re.DOTALL)


def test_statements_are_drawn_sat_scored_and_reviewed(browse: Browse, commune: Commune, work: Work) -> None:
    with work() as w:
        set_id = contest.publish_sample_bank(w)
        publishing.publish_set(w, _statements(), is_shipped=False)
        cells = (Cell("muc-tieu", 1, 3), Cell("muc-tieu", 2, 3))
        round_ = contest.open_round(w, commune.root, set_id=set_id, cells=cells, show_keys="after_submission").round
    with work(actor=commune.member) as w:
        attempt_id = start(w, round_)
        rows = w.session.scalars(select(Response).where(Response.attempt_id == attempt_id)).all()
        texts = catalogue.paper_items(w.session, [row.item_version_id for row in rows])
        judged = [row for row in rows if len(row.option_order) == 2]
        assert len(judged) == STATEMENTS
        for row in judged:
            shown = texts[row.item_version_id].options
            assert [shown[one] for one in row.option_order] == ["Đúng", "Sai"]
    page = browse.as_(commune.member).get(f"/luot-thi/{attempt_id}?cau={judged[0].position}").response.text
    assert 'src="/hinh/so-do.png"' in page
    assert 'role="list"' in page
    assert [one for one in _labels(page) if BLOCKS.search(one)] == []
    with work(actor=commune.member) as w:
        for row in rows:
            letters = wrong_letters if row is judged[0] else right_letters
            answer(w, attempt_id, row.position, letters(w, attempt_id, row.position))
        services.submit(w, attempt_id, 1)
    with work() as w:
        assert w.session.get_one(Attempt, attempt_id).right_count == len(rows) - 1
