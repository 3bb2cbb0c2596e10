"""Between the bank's values and the rows that keep drafts of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from difflib import SequenceMatcher
from typing import Any

from question_bank import model as bank
from question_bank.document_writing import document_from_plain, document_to_plain
from question_bank.similarity import bare, same_spelling
from question_bank.study_writing import module_from_plain, module_to_plain
from question_bank.writing import item_from_plain, item_to_plain
from quiz_app.authoring.models import Draft, Intent, Kind
from quiz_app.kernel.text import search_key

_DENYING = {same_spelling(word) for word in ("không", "chưa", "chẳng", "trừ", "sai")}
_HALF, _ALIKE = 0.5, 0.7
LETTERS = "abcdefghijklmnopqrstuvwxyz"
Content = bank.Item | bank.StudyModule | bank.Document


def item_of(draft: Draft) -> bank.Item:
    """The item as written so far; it may lack anything but its id."""
    return item_from_plain(draft.content)


def module_of(draft: Draft) -> bank.StudyModule:
    """The module as written so far."""
    return module_from_plain(draft.content)


def document_of(draft: Draft) -> bank.Document:
    """The document as written so far."""
    return document_from_plain(draft.content)


def of(draft: Draft) -> Content:
    """What the draft holds, whichever kind it is."""
    readers: dict[str, Callable[[Draft], Content]] = {
        Kind.ITEM.value: item_of,
        Kind.MODULE.value: module_of,
        Kind.DOCUMENT.value: document_of,
    }
    return readers[draft.kind](draft)


def kind_and_code(content: Content) -> tuple[Kind, str]:
    """What a content is and goes by."""
    if isinstance(content, bank.Item):
        return Kind.ITEM, content.id
    return (Kind.MODULE if isinstance(content, bank.StudyModule) else Kind.DOCUMENT), content.slug


def put(draft: Draft, content: Content) -> None:
    """Put a content into the draft's row, with what lists and searches read of it."""
    values = columns(content)
    for name, value in values.items():
        setattr(draft, name, value)


def columns(content: Content) -> dict[str, Any]:
    """The columns of a draft that follow from its content."""
    topic, level, source = "", None, None
    if isinstance(content, bank.StudyModule):
        texts = [content.title, content.summary, *(lesson.title for lesson in content.lessons)]
        plain, title, topic, source = module_to_plain(content), content.title, content.topic, content.source
    elif isinstance(content, bank.Document):
        texts = [content.title, content.number, content.issuer, *(section.heading for section in content.sections)]
        plain, title = document_to_plain(content), content.title
    else:
        texts = [content.id, content.stem, *(option.text for option in content.options)]
        plain, title, level, source = item_to_plain(content), content.stem, content.level, content.source
        topic = content.topic
    return {
        "content": plain,
        "title": title,
        "search_key": search_key(" ".join(texts)),
        "topic": topic,
        "level": level,
        "source": str(source) if source else "",
    }


def empty_item(code: str, topic: str) -> bank.Item:
    """What an author begins with: four empty options, the first being the key until he says otherwise."""
    options = tuple(bank.Option(letter, "") for letter in LETTERS[:4])
    return bank.Item(code, bank.Kind.SINGLE, topic, 1, "", options, "", bank.Source())


def next_option_ids(spent: Collection[str], count: int) -> list[str]:
    """So many ids that no option of the item ever bore: one letter, then a letter and a number."""
    found: list[str] = []
    number = 0
    while len(found) < count:
        round_of_letters = [letter if number == 0 else f"{letter}{number}" for letter in LETTERS]
        found += [one for one in round_of_letters if one not in spent]
        number += 1
    return found[:count]


def next_code(slug: str, taken: Collection[str]) -> str:
    """The next id of a set: its slug and a number above every one that was ever used."""
    prefix = f"{slug}-"
    numbers = [code.removeprefix(prefix) for code in taken if code.startswith(prefix)]
    highest = max((int(number) for number in numbers if number.isdecimal()), default=0)
    return f"{prefix}{highest + 1:03}"


def told_as_typo(before: Content, after: Content) -> str:
    """What of a change is more than a typo, in words; empty where it may be one."""
    if not isinstance(before, bank.Item) or not isinstance(after, bank.Item):
        return ""
    if before.kind is not after.kind:
        return "loại câu hỏi"
    if {option.id for option in before.options} != {option.id for option in after.options}:
        return "số phương án"
    if {option.id for option in before.keys} != {option.id for option in after.keys}:
        return "đáp án"
    told, tells = _texts(before), _texts(after)
    means = ((_figures, "con số"), (_denials, "chữ phủ định"))
    found = [words for of, words in means if any(of(told[part]) != of(tells[part]) for part in told)]
    found += ["phần lớn câu chữ" for part in told if _is_rewritten(told[part], tells[part])]
    return found[0] if found else ""


def _texts(item: bank.Item) -> dict[str, str]:
    return {"": item.stem} | {option.id: option.text for option in item.options}


def _figures(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def _denials(text: str) -> int:
    return sum(word in _DENYING for word in same_spelling(text).split())


def _is_rewritten(before: str, after: str) -> bool:
    """Whether less than half of the words stayed, marks aside; of one or two words any may be the mistyped one."""
    one, other = bare(before).split(), bare(after).split()
    kept = SequenceMatcher(None, one, other, autojunk=False).ratio()
    return kept < _HALF and SequenceMatcher(None, bare(before), bare(after), autojunk=False).ratio() < _ALIKE


def intents(basis: int | None) -> tuple[Intent, ...]:
    """What a draft may be meant as, by whether it starts from something published."""
    return (Intent.NEW,) if basis is None else (Intent.TYPO, Intent.MEANING, Intent.RETIRE)
