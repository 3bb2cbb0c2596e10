"""What taking in a file would change in a set: worked out in full before anything is written, for a person to confirm.

An item is known by its id; where the file carries none, by exactly the same stem. Everything that is only nearly the
same is a question to the person and never merged. Options are known by id, else by the same text, never by position;
an option whose text is exactly that of another one has been moved, and keeps the id of its text, so that no key swaps.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from question_bank import normalise
from question_bank.differences import PART_LABELS, Change, changes_between
from question_bank.model import Item, ItemSet, Kind, Option
from question_bank.parsed import ALL_FIELDS, NOWHERE, BlockPlace, ParsedItem
from question_bank.similarity import bare, earlier_twins
from question_bank.writing import item_from_plain, item_to_plain

__all__ = ["PART_LABELS", "Change", "Entry", "EntryKind", "Plan", "plan", "resolved", "with_ids"]

_FAR_PERCENT = 30
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class EntryKind(StrEnum):
    """What becomes of one question of the file."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DOUBTFUL = "doubtful"
    ERROR = "error"

    @property
    def label(self) -> str:
        """The word for it on a screen and in the result sheet."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    EntryKind.NEW: "Câu mới",
    EntryKind.CHANGED: "Có sửa đổi",
    EntryKind.UNCHANGED: "Không đổi",
    EntryKind.DOUBTFUL: "Cần đồng chí xác định",
    EntryKind.ERROR: "Có lỗi",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One question of the file against the set.

    `item` is what would be stored, `before` what stands there now. A doubtful entry names its `twin`; its `item` is the
    question taken as a new one, `merged` the twin with the file's wording, where the twin is of the same set.
    """

    kind: EntryKind
    item: Item | None
    before: Item | None = None
    changes: tuple[Change, ...] = ()
    twin: str = ""
    message: str = ""
    place: BlockPlace = NOWHERE
    merged: Item | None = None

    @property
    def is_key_changed(self) -> bool:
        """Whether what counts as right would be another answer than before."""
        return any(change.part == "key" for change in self.changes)


@dataclass(frozen=True, slots=True)
class Plan:
    """One entry for each question of the file, in its order; `untouched` are items of the set the file leaves out."""

    slug: str
    entries: tuple[Entry, ...]
    untouched: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[EntryKind, int]:
        """How many entries there are of each kind."""
        return {kind: sum(entry.kind is kind for entry in self.entries) for kind in EntryKind}

    @property
    def is_no_op(self) -> bool:
        """Whether the set already says all that the file says."""
        return all(entry.kind is EntryKind.UNCHANGED for entry in self.entries)

    @property
    def summary(self) -> str:
        """The plan in one sentence."""
        if self.entries and self.is_no_op:
            return f"Cả {len(self.entries)} câu trong tệp đã có và không đổi: không có gì để nhập."
        parts = [f"{count} {kind.label[0].lower()}{kind.label[1:]}" for kind, count in self.counts.items() if count]
        return ", ".join(parts) + "." if parts else "Tệp không có câu hỏi nào dùng được."

    def to_json(self) -> str:
        """The whole as text; `from_json` gives an equal value back."""
        return json.dumps(
            {
                "slug": self.slug,
                "entries": [_entry_plain(entry) for entry in self.entries],
                "untouched": list(self.untouched),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """What `to_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        plain = json.loads(text)
        return cls(plain["slug"], tuple(_entry_of(one) for one in plain["entries"]), tuple(plain["untouched"]))


def plan(
    items: Sequence[ParsedItem],
    existing: ItemSet,
    beside: Sequence[ItemSet] = (),
    *,
    spent_ids: Collection[str] = (),
    spent_options: Mapping[str, Collection[str]] | None = None,
) -> Plan:
    """The plan for the questions of a file, to be taken into the set `existing`.

    `beside` are the other sets, whose ids and stems count too. `spent_ids` and `spent_options` (by item) are ids of
    items and options that were given once and are no longer in sight: they are never given again.
    """
    planner = _Planner(items, existing, beside, frozenset(spent_ids), spent_options or {})
    entries = tuple(planner.entry(index) for index in range(len(items)))
    return Plan(existing.slug, entries, tuple(item.id for item in existing.items if item.id not in planner.claimed))


def resolved(entry: Entry, *, is_same: bool) -> Entry:
    """A doubtful entry after the person's word: the twin in other words, or a question of its own.

    Raises ValueError where the entry is not doubtful, or its twin is not one that this file may change.
    """
    if entry.kind is not EntryKind.DOUBTFUL or (is_same and entry.merged is None):
        raise ValueError(entry.kind)
    if not is_same:
        return replace(entry, kind=EntryKind.NEW, before=None, changes=(), merged=None)
    kind = EntryKind.CHANGED if entry.changes else EntryKind.UNCHANGED
    return replace(entry, kind=kind, item=entry.merged, merged=None)


class _Planner:
    def __init__(
        self,
        parsed: Sequence[ParsedItem],
        existing: ItemSet,
        beside: Sequence[ItemSet],
        spent_ids: frozenset[str],
        spent_options: Mapping[str, Collection[str]],
    ) -> None:
        self.parsed, self.existing, self.spent_options = parsed, existing, spent_options
        self.known = {item.id: item for item in existing.items}
        self.elsewhere = {item.id: other.slug for other in beside for item in other.items}
        self.spent = spent_ids - self.known.keys()
        self.claimed: dict[str, BlockPlace] = {}
        self.taken = {one.item.id for one in parsed} | self.known.keys() | self.elsewhere.keys() | spent_ids
        self.ids: dict[int, str] = {}  # what each entry of the file is stored under
        self.matches = self._by_id_or_stem()
        self._find_twins(beside)

    def entry(self, index: int) -> Entry:
        parsed = self.parsed[index]
        error = self._id_error(parsed)
        if error:
            return Entry(EntryKind.ERROR, None, message=error, place=parsed.place)
        known = self.matches.get(index)
        entry = self._of_known(parsed, known) if known else self._of_stranger(index, parsed)
        stored = entry.item.id if entry.item else ""
        self.ids[index] = stored
        self.claimed[stored] = parsed.place
        return entry

    def _by_id_or_stem(self) -> dict[int, Item]:
        matches = {index: self.known[one.item.id] for index, one in enumerate(self.parsed) if one.item.id in self.known}
        free: dict[str, list[Item]] = {}
        matched = {item.id for item in matches.values()}
        for item in self.existing.items:
            if item.id not in matched:
                free.setdefault(normalise.same(item.stem), []).append(item)
        for index, one in enumerate(self.parsed):
            alike = free.get(normalise.same(one.item.stem), [])
            if one.item.id or not alike:
                continue
            best = max(alike, key=lambda item: _shared_options(item, one.item))
            alike.remove(best)
            matches[index] = best
        return matches

    def _find_twins(self, beside: Sequence[ItemSet]) -> None:
        self.twins: dict[int, tuple[Item, str] | int] = {}
        strangers = [index for index in range(len(self.parsed)) if index not in self.matches]
        if not strangers:
            return
        others = [(item, item_set.slug) for item_set in (self.existing, *beside) for item in item_set.items]
        texts = [bare(item.stem) for item, _ in others] + [bare(self.parsed[index].item.stem) for index in strangers]
        for position, (earlier, _) in earlier_twins(texts).items():
            if position < len(others):
                continue
            index = strangers[position - len(others)]
            self.twins[index] = others[earlier] if earlier < len(others) else strangers[earlier - len(others)]

    def _id_error(self, parsed: ParsedItem) -> str:
        item_id = parsed.item.id
        if not item_id:
            return ""
        if item_id in self.claimed:
            return f"Mã “{item_id}” dùng hai lần trong tệp ({self.claimed[item_id]}); mỗi câu phải có mã riêng."
        if item_id in self.elsewhere:
            return f"Mã “{item_id}” là của một câu thuộc bộ “{self.elsewhere[item_id]}”; xin để trống mã để có mã mới."
        if item_id in self.spent:
            return f"Mã “{item_id}” từng dùng cho một câu đã bỏ; xin để trống mã để có mã mới."
        return ""

    def _of_known(self, parsed: ParsedItem, known: Item) -> Entry:
        item = merged(parsed, known, self.spent_options.get(known.id, ()))
        changes = changes_between(known, item)
        if not changes:
            return Entry(EntryKind.UNCHANGED, item, known, (), "", _warned(parsed), parsed.place)
        words = []
        if any(change.part == "key" for change in changes):
            words.append("ĐÁP ÁN THAY ĐỔI, xin đọc lại thật kỹ.")
        if _is_far(known.stem, item.stem):
            words.append("Câu dẫn khác hẳn câu cũ; nếu đây là câu mới, xin xóa mã câu trong tệp rồi gửi lại.")
        return Entry(EntryKind.CHANGED, item, known, changes, "", _warned(parsed, *words), parsed.place)

    def _of_stranger(self, index: int, parsed: ParsedItem) -> Entry:
        item = fresh(parsed, parsed.item.id or self._new_id())
        missing = [label for name, label in (("topic", "chuyên đề"), ("level", "mức")) if name not in parsed.fields]
        words = [f"Tệp không ghi {' và '.join(missing)}; xin bổ sung khi soạn."] if missing else []
        found = self.twins.get(index)
        if found is None:
            return Entry(EntryKind.NEW, item, None, (), "", _warned(parsed, *words), parsed.place)
        if isinstance(found, int):
            question = (
                f"Câu dẫn giống hoặc gần giống câu ở {self.parsed[found].place}. Đây có phải là hai câu khác nhau?"
            )
            twin = self.ids.get(found, "")
            return Entry(EntryKind.DOUBTFUL, item, None, (), twin, _warned(parsed, question), parsed.place)
        known, slug = found
        question = f"Câu dẫn giống hoặc gần giống câu “{known.id}” của bộ “{slug}”. Đây là câu ấy hay là câu mới?"
        if slug != self.existing.slug or known.id in self.claimed:
            return Entry(EntryKind.DOUBTFUL, item, None, (), known.id, _warned(parsed, question), parsed.place)
        same = merged(parsed, known, self.spent_options.get(known.id, ()))
        changes = changes_between(known, same)
        message = _warned(parsed, question)
        return Entry(EntryKind.DOUBTFUL, item, known, changes, known.id, message, parsed.place, same)

    def _new_id(self) -> str:
        start = f"{self.existing.slug or 'cau'}-"
        numbers = [
            int(one[len(start) :]) for one in self.taken if one.startswith(start) and one[len(start) :].isdecimal()
        ]
        new = f"{start}{max(numbers, default=0) + 1:03}"
        self.taken.add(new)
        return new


def fresh(parsed: ParsedItem, item_id: str) -> Item:
    """The question as a new item of that id."""
    options = with_ids(parsed.item.options, (), frozenset())
    return replace(parsed.item, id=item_id, options=_pinned_words(parsed.item.kind, options))


def merged(parsed: ParsedItem, known: Item, spent: Collection[str] = ()) -> Item:
    """The known item in the words of the file; what the file does not speak of stays."""
    item = parsed.item
    kept = {name: getattr(known, name) for name in ALL_FIELDS - {"pinned", "kind"} - parsed.fields}
    options = with_ids(item.options, known.options, frozenset(spent))
    if "pinned" not in parsed.fields:
        pinned = {option.id for option in known.options if option.is_pinned}
        options = tuple(replace(option, is_pinned=option.id in pinned) for option in options)
    kind = item.kind
    if "kind" not in parsed.fields and {kind, known.kind} == {Kind.SINGLE, Kind.MULTIPLE} and len(item.keys) == 1:
        kind = known.kind
    return replace(item, id=known.id, kind=kind, options=_pinned_words(kind, options), **kept)


def with_ids(options: Sequence[Option], known: Sequence[Option], spent: frozenset[str]) -> tuple[Option, ...]:
    """The options under the ids of the known ones that say the same, wherever they stand now; others keep their own
    where it is free, or get one that nobody ever bore."""
    given: dict[int, str] = {}
    texts = {option.id: normalise.same(option.text) for option in known}
    for is_own in (True, False):  # an option that kept id and text goes first, then those whose text has moved
        for index, option in enumerate(options):
            same = [one for one, text in texts.items() if text == normalise.same(option.text)]
            free = [one for one in same if one not in given.values() and (one == option.id or not is_own)]
            if index not in given and free:
                given[index] = free[0]
    for index, option in enumerate(options):
        if index not in given and option.id and option.id not in given.values():
            given[index] = option.id
    unused = iter(_unused_ids({*texts, *given.values(), *spent, *(option.id for option in options)}, len(options)))
    return tuple(replace(option, id=given.get(index) or next(unused)) for index, option in enumerate(options))


def _unused_ids(taken: set[str], count: int) -> list[str]:
    names = [*_LETTERS, *(f"o{number}" for number in range(27, 27 + len(taken) + count))]
    return [name for name in names if name not in taken]


def _pinned_words(kind: Kind, options: tuple[Option, ...]) -> tuple[Option, ...]:
    return tuple(replace(option, is_pinned=True) for option in options) if kind is Kind.TRUE_FALSE else options


def _shared_options(known: Item, item: Item) -> int:
    return len({normalise.same(one.text) for one in known.options} & {normalise.same(one.text) for one in item.options})


def _is_far(before: str, after: str) -> bool:
    one, other = set(bare(before).split()), set(bare(after).split())
    return 100 * len(one & other) < _FAR_PERCENT * len(one | other)


def _warned(parsed: ParsedItem, *words: str) -> str:
    return " ".join([*words, *(warning.message for warning in parsed.warnings)])


def _entry_plain(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.kind.value,
        **{
            name: item_to_plain(item) if item else None
            for name, item in (("item", entry.item), ("before", entry.before), ("merged", entry.merged))
        },
        "changes": [asdict(change) for change in entry.changes],
        "twin": entry.twin,
        "message": entry.message,
        "place": asdict(entry.place),
    }


def _entry_of(plain: Mapping[str, Any]) -> Entry:
    item, before, merged_item = (
        item_from_plain(plain[name]) if plain[name] else None for name in ("item", "before", "merged")
    )
    return Entry(
        EntryKind(plain["kind"]),
        item,
        before,
        tuple(Change(**change) for change in plain["changes"]),
        plain["twin"],
        plain["message"],
        BlockPlace(**plain["place"]),
        merged_item,
    )
