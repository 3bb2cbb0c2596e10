"""A name that the rules keep within a unit stays there, whoever has looked at the kept board before."""

from __future__ import annotations

import pytest
from flask import Flask

from quiz_app.contests.models import NamesShown
from quiz_app.members.models import Member
from tests.features.leaderboard.build import consent
from tests.features.leaderboard.test_boards import sat
from tests.features.leaderboard.test_skeletons import keep, told
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("names", NamesShown)
def test_each_reads_the_names_that_are_his_to_read_on_a_kept_board(
    work: Work, commune: Commune, browse: Browse, app: Flask, *, names: NamesShown, is_reversed: bool
) -> None:
    round_ = sat(work, commune, names=names)
    with work() as w:
        for member in (commune.colleague, commune.stranger, commune.probationer):
            consent(w, member)
        w.session.get_one(Member, commune.probationer.id).unit_id = commune.second.id  # his result stays where it was
    readers = [commune.member, commune.colleague, commune.stranger, commune.probationer, commune.secretary]
    urls = [
        f"/bang-xep-hang/{place}/{board}"
        for place in (round_.id, f"cuoc-thi/{round_.contest_id}")
        for board in ("toan-xa", "chi-bo")
    ]
    fresh = {reader.id: [told(browse.as_(reader).page(url)) for url in urls] for reader in readers}
    names_read = {reader.id: commune.colleague.full_name in str(fresh[reader.id][0]) for reader in readers}
    if names is NamesShown.OWN_UNIT:
        assert (names_read[commune.member.id], names_read[commune.stranger.id]) == (True, False)
    keep(app)
    for reader in [*readers, *readers][:: -1 if is_reversed else 1]:
        browse.as_(reader)
        assert [told(browse.page(url)) for url in urls] == fresh[reader.id], reader.full_name
