"""Options that only make sense in the last place ("Tất cả các ý trên"), and are not held there."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select

from question_bank.wording import speaks_of_the_others
from quiz_app.catalogue.models import Item, ItemVersion, Option
from quiz_app.contests import seals
from quiz_app.kernel.work import Reading

LONGEST = 160  # an option about the others is short; longer ones need not be read
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class LooseOption:
    """An item one of whose options speaks of the others and is still shuffled with them. Both texts are HTML."""

    item_version_id: int
    stem_html: str
    option_html: str


def loose_options(r: Reading, version_ids: Collection[int]) -> tuple[LooseOption, ...]:
    """Those of these item versions that have an option which should be held in the last place and is not.

    Sealed ones are not told of: their words are nobody's to read.
    """
    rows = r.session.execute(
        select(ItemVersion.id, ItemVersion.stem_html, Option.text_html)
        .join(Option, Option.item_version_id == ItemVersion.id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(
            ItemVersion.id.in_(version_ids),
            Option.is_pinned.is_(False),
            func.length(Option.text_html) <= LONGEST,
            ~seals.sealed(r.now),
        )
        .order_by(ItemVersion.id, Option.position)
    )
    return tuple(
        LooseOption(version_id, stem, text) for version_id, stem, text in rows if speaks_of_the_others(_plain(text))
    )


def _plain(html: str) -> str:
    return _TAG.sub(" ", html)
