"""Options that only make sense in the last place ("Tất cả các ý trên"), and are not held there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quiz_app.catalogue.models import ItemVersion, Option

LONGEST = 160  # an option about the others is short; longer ones need not be read
_THINGS = r"(?:ý|ý kiến|phương án|đáp án|câu|câu trả lời|nội dung|lựa chọn|trường hợp|nhận định|khẳng định|điều|mục)"
_ABOVE = r"(?:trên|nêu trên|ở trên|kể trên|vừa nêu|trước|đã nêu|đều đúng|đều sai|nói trên)"
_LETTERS = r"[a-h](?: (?:và )?[a-h])+"
_ABOUT_THE_OTHERS = re.compile(
    rf"(?:tất cả|toàn bộ) (?:(?:các|những) )?(?:{_THINGS} )?(?:{_ABOVE}|này)"
    rf"|(?:tất cả|toàn bộ|mọi) (?:(?:các|những) )?{_THINGS}(?: (?:{_ABOVE}|đúng|sai))?"
    rf"|cả (?:\d+|hai|ba|bốn|năm|sáu)(?: {_THINGS})?(?: (?:{_ABOVE}|này|{_LETTERS}))?"
    rf"|(?:cả )?{_LETTERS}"
    r"|cả [1-8](?: (?:và )?[1-8])+"
    rf"|(?:các|những) {_THINGS} {_ABOVE}"
    rf"|không (?:có )?{_THINGS} nào(?: (?:{_ABOVE}|đúng|sai))?"
)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class LooseOption:
    """An item one of whose options speaks of the others and is still shuffled with them. Both texts are HTML."""

    item_version_id: int
    stem_html: str
    option_html: str


def speaks_of_the_others(text: str) -> bool:
    """Whether an option means those above it: "Cả ba ý trên", "Cả A và B đều đúng", "Không có đáp án nào"."""
    words = " ".join(re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold()))
    bare = re.sub(r" (?:là |đều )?(?:đúng|sai)$", "", words)
    return any(_ABOUT_THE_OTHERS.fullmatch(one) for one in (words, bare))


def loose_options(session: Session, version_ids: Collection[int]) -> tuple[LooseOption, ...]:
    """Those of these item versions that have an option which should be held in the last place and is not."""
    rows = session.execute(
        select(ItemVersion.id, ItemVersion.stem_html, Option.text_html)
        .join(Option, Option.item_version_id == ItemVersion.id)
        .where(ItemVersion.id.in_(version_ids), Option.is_pinned.is_(False), func.length(Option.text_html) <= LONGEST)
        .order_by(ItemVersion.id, Option.position)
    )
    return tuple(
        LooseOption(version_id, stem, text) for version_id, stem, text in rows if speaks_of_the_others(_plain(text))
    )


def _plain(html: str) -> str:
    return _TAG.sub(" ", html)
