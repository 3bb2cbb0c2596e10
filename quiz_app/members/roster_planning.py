"""What a roster would change, row by row: people found, compared, and what is wrong or doubtful told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from quiz_app.kernel.text import search_key, sort_key
from quiz_app.members.models import Category, Member, Standing
from quiz_app.members.roster_entry import Entry, Problem
from quiz_app.members.roster_matching import AT_ONCE, GONE, NEW, SKIP, Doubt, Known, RosterMembers
from quiz_app.members.roster_plan import Kind, Question, Record, Summary, parts
from quiz_app.members.roster_units import RosterUnits, Unclear

CHANGEABLE = (
    "unit_id",
    "full_name",
    "category",
    "standing",
    "gender",
    "born_on",
    "card_number",
    "joined_on",
    "official_on",
    "position",
    "phone",
    "email",
    "note",
)


@dataclass(frozen=True, slots=True)
class _Meant:
    """A row with its unit and the member it means; None for somebody new."""

    entry: Entry
    home: int
    member: Known | None


@dataclass(slots=True)
class Planner:
    """Walks a roster once. `answers` are what a person has decided, by the key of the question.

    Those who `stay` never leave by it: who imports the roster is not shut out by a file that forgot him, nor are
    operators, who need not be on any roster.
    """

    units: RosterUnits
    members: RosterMembers
    answers: Mapping[str, str]
    summary: Summary
    stay: Collection[int] = ()
    _by_card: dict[str, Entry] = field(default_factory=dict)
    _by_person: dict[tuple[int, str, object], list[Entry]] = field(default_factory=dict)
    _by_letters: dict[tuple[int, str, object], Entry] = field(default_factory=dict)
    _taken: dict[int, Entry] = field(default_factory=dict)
    _mentioned: set[int] = field(default_factory=set)

    def records(self, entries: Iterable[Entry]) -> Iterator[Record]:
        """A record for every row in the order of the file; behind them who is in no row, where the file is complete."""
        for part in parts(entries, AT_ONCE):
            foreign = self.members.foreign_cards(part)
            decided = [self._decided(entry, foreign) for entry in part]
            known_ids = [one.member.id for one in decided if isinstance(one, _Meant) and one.member is not None]
            full = self.members.full(known_ids)
            for one in decided:
                if isinstance(one, Record):
                    yield one
                elif one.member is None:
                    yield _new(one.entry, one.home)
                else:
                    yield self._compared(full[one.member.id], one.entry, one.home)
        missing = [
            known
            for known in self.members.all.values()
            if not known.is_gone
            and not known.has_registered
            and known.id not in self._taken
            and known.id not in self._mentioned
            and known.id not in self.stay
        ]
        self.summary.not_in_file = len(missing)
        if self.summary.is_complete:
            for known in sorted(missing, key=lambda one: (self.units.names[one.unit_id], one.name_key, one.id)):
                yield _left(known)

    def _decided(self, entry: Entry, foreign: set[str]) -> Record | _Meant:
        problems = list(entry.problems)
        home = self.units.of(entry)
        if isinstance(home, Problem):
            problems.append(home)
        elif isinstance(home, Unclear):
            answer = self._unit_answer(home)
            if answer == SKIP:
                return _record(Kind.SKIPPED, entry)
            if answer is None and not home.candidates:
                problems.append(self.units.unknown(entry))
            elif answer is None and not problems:
                return _record(Kind.DOUBTFUL, entry, question=self._unit_question(home))
            elif isinstance(answer, int):
                home = answer
        if entry.card_number in foreign:
            advice = f"Số thẻ này đang thuộc một người ngoài {self.units.root.name}. Kiểm tra lại số thẻ."
            problems.append(entry.problem("card_number", entry.card_number or "", advice))
        if isinstance(home, int) and (double := self._double(entry, home)) is not None:
            problems.append(double)
        if problems or not isinstance(home, int):
            return _record(Kind.ERROR, entry, problems=tuple(problems))
        return self._matched(entry, home)

    def _matched(self, entry: Entry, home: int) -> Record | _Meant:
        meant = self.members.meant_by(entry, home)
        if isinstance(meant, Doubt):
            self._mentioned.update(known.id for known in meant.candidates)
            question = self._person_question(entry, meant)
            answer = self._answer(question)
            if answer is None:
                return _record(Kind.DOUBTFUL, entry, home, question=question)
            if answer == SKIP:
                return _record(Kind.SKIPPED, entry, home)
            chosen = answer.removeprefix("member:")
            meant = self.members.all[int(chosen)] if chosen.isdigit() else None
        if meant is None:
            return self._unlike_others(entry, home)
        first = self._taken.setdefault(meant.id, entry)
        if first is not entry:
            return _record(Kind.ERROR, entry, home, problems=(_told_twice(entry, first),))
        return _Meant(entry, home, meant)

    def _unlike_others(self, entry: Entry, home: int) -> Record | _Meant:
        """Somebody new, unless the file has him already in a slightly different spelling."""
        letters = (home, search_key(entry.full_name), entry.born_on)
        first = self._by_letters.setdefault(letters, entry)
        if first is entry or entry.born_on is None or (entry.card_number and first.card_number):
            return _Meant(entry, home, None)
        question = Question(
            f"same:{entry.sheet}:{entry.row}",
            f"“{entry.full_name}” và “{first.full_name}” ({_place(first)}) cùng đơn vị, cùng ngày sinh, "
            "họ tên chỉ khác dấu. Có phải hai người khác nhau không?",
            ((NEW, "Là hai người khác nhau"), (SKIP, "Là một người, bỏ qua dòng này")),
        )
        answer = self._answer(question)
        if answer is None:
            return _record(Kind.DOUBTFUL, entry, home, question=question)
        return _record(Kind.SKIPPED, entry, home) if answer == SKIP else _Meant(entry, home, None)

    def _double(self, entry: Entry, home: int) -> Problem | None:
        """The same person twice in the file: by card, or by unit, name and birth unless two cards tell them apart."""
        if entry.card_number and (first := self._by_card.setdefault(entry.card_number, entry)) is not entry:
            return _told_twice(entry, first)
        alike = self._by_person.setdefault((home, entry.name_key, entry.born_on), [])
        first_alike = next((one for one in alike if not (one.card_number and entry.card_number)), None)
        alike.append(entry)
        return None if first_alike is None else _told_twice(entry, first_alike)

    def _compared(self, member: Member, entry: Entry, home: int) -> Record:
        wanted = _wanted(entry, home)
        if member.born_on is not None and entry.born_on is not None and entry.born_year_only:
            wanted.pop("born_on")  # a year alone never replaces a known day
            if entry.born_on.year != member.born_on.year:
                wanted["born_on"] = entry.born_on
        if member.sort_key == entry.name_key:
            wanted.pop("full_name")  # Hòa and Hoà, or capitals, are no change
        if self.members.all[member.id].has_registered:
            wanted.setdefault("category", _category_of(entry).value)
        if member.standing in GONE:
            wanted.setdefault("standing", Standing.ACTIVE.value)  # he is listed again
        after = {name: value for name, value in wanted.items() if getattr(member, name) != value}
        before = {name: getattr(member, name) for name in after}
        if "born_on" in after:
            after["born_year_only"], before["born_year_only"] = entry.born_year_only, member.born_year_only
        if after.get("standing") in GONE and member.standing not in GONE:
            self.summary.gone += 1
        kind = Kind.MOVED if "unit_id" in after else Kind.CHANGED if after else Kind.UNCHANGED
        return _record(kind, entry, home, member_id=member.id, values=after, before=before)

    def _answer(self, question: Question) -> str | None:
        """What was decided; an answer that is no longer among the options is none."""
        answer = self.answers.get(question.key)
        return answer if answer in {value for value, _ in question.options} else None

    def _unit_answer(self, unclear: Unclear) -> int | str | None:
        answer = self._answer(self._unit_question(unclear))
        return int(answer.removeprefix("unit:")) if answer and answer != SKIP else answer

    def _unit_question(self, unclear: Unclear) -> Question:
        options = [(f"unit:{unit_id}", self.units.path(unit_id)) for unit_id in unclear.candidates]
        return Question(
            f"unit:{search_key(unclear.text)}",
            f"Không có đơn vị nào ghi đúng là “{unclear.text}”. Đó là đơn vị nào?",
            (*options, (SKIP, "Không đơn vị nào ở trên, bỏ qua những dòng này")),
        )

    def _person_question(self, entry: Entry, doubt: Doubt) -> Question:
        options = [
            (f"member:{known.id}", f"Là {known.full_name}{_born(known.born)}, {self.units.names[known.unit_id]}")
            for known in doubt.candidates
        ]
        has_owner = any(known.card_number and known.card_number == entry.card_number for known in doubt.candidates)
        if not has_owner:
            options.append((NEW, "Là người mới, chưa có trong hệ thống"))
        text = f"{entry.full_name}{_born(_entry_born(entry))}: {doubt.reason[:1].lower()}{doubt.reason[1:]}"
        return Question(f"row:{entry.sheet}:{entry.row}", text, (*options, (SKIP, "Bỏ qua dòng này")))


def _record(kind: Kind, entry: Entry, home: int | None = None, **facts: Any) -> Record:
    return Record(kind, entry.sheet, entry.row, entry.full_name, home, born=_entry_born(entry), **facts)


def _new(entry: Entry, home: int) -> Record:
    values = {
        "category": (entry.category or _category_of(entry)).value,
        "standing": (entry.standing or Standing.ACTIVE).value,
        "born_year_only": entry.born_year_only,
        **{name: getattr(entry, name) for name in CHANGEABLE if name not in {"unit_id", "category", "standing"}},
        "unit_id": home,
    }
    return _record(Kind.NEW, entry, home, values=values)


def _left(known: Known) -> Record:
    values, before = {"standing": Standing.LEFT.value}, {"standing": Standing.ACTIVE.value}
    return Record(Kind.LEFT, "", 0, known.full_name, known.unit_id, known.id, known.born, values, before)


def _told_twice(entry: Entry, first: Entry) -> Problem:
    if entry.card_number and entry.card_number == first.card_number:
        advice = f"Người này hoặc số thẻ này đã có ở {_place(first)}. Giữ lại một dòng, hoặc sửa số thẻ."
        return entry.problem("card_number", entry.card_number, advice)
    advice = f"Trùng với {_place(first)}. Nếu là hai người khác nhau, ghi thêm ngày sinh hoặc số thẻ."
    return entry.problem("full_name", entry.full_name, advice)


def _place(entry: Entry) -> str:
    return f"trang “{entry.sheet}”, dòng {entry.row}"


def _born(words: str) -> str:
    return f", sinh {words}" if words else ""


def _entry_born(entry: Entry) -> str:
    if entry.born_on is None:
        return ""
    return str(entry.born_on.year) if entry.born_year_only else entry.born_on.strftime("%d/%m/%Y")


def _wanted(entry: Entry, home: int) -> dict[str, Any]:
    """What the row says of each field; fields of which it says nothing are left out."""
    said: dict[str, Any] = {"unit_id": home}
    for name in CHANGEABLE:
        value = home if name == "unit_id" else getattr(entry, name)
        if value is not None and value != "":
            said[name] = value.value if isinstance(value, Category | Standing) else value
    return said


def keys_of(full_name: str) -> dict[str, str]:
    """What goes with a name into its row."""
    return {"sort_key": sort_key(full_name), "search_key": search_key(full_name)}


def _category_of(entry: Entry) -> Category:
    """What a new member is where the file does not say: on probation once joined, full with a card or a date of it."""
    is_on_probation = entry.joined_on is not None and entry.card_number is None and entry.official_on is None
    return Category.PROBATIONARY if is_on_probation else Category.FULL
