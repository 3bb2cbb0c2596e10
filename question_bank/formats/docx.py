"""Word files as authors really type them.

Questions "Câu 1.", "1.", "1)" or counted by Word; options "A.", "a)", counted by Word, several on a line, or in cells;
the key in bold, underlined, colored, highlighted, with an asterisk, in a line "Đáp án: B" or in a table at the end.
Where two of these contradict each other, the block is an error: nobody guesses a key. Holds everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

from question_bank.encodings import refuse_old_fonts
from question_bank.formats.draft import Draft
from question_bank.formats.images import keep
from question_bank.formats.limits import MAX_QUESTIONS
from question_bank.formats.word_file import BOLD, COLOR, HIGHLIGHT, UNDERLINE, Line, Table, WordFile
from question_bank.formats.wordings import indexes, labelled
from question_bank.model import TRUTH_WORDS
from question_bank.parsed import ALL_FIELDS, Collected, Parsed, Problem, Unreadable

HOLDS = ALL_FIELDS | {"item_id", "option_ids", "line_breaks", "images"}

_ASKED = re.compile(r"\s*Câu(?: hỏi)?(?: số)?\s*(\d{1,5})\s*(?:\([^)]{1,30}\))?\s*[.:)\-–/]?\s*", re.IGNORECASE)
_NUMBERED = re.compile(r"\s*(\d{1,5})\s*[.)]\s*(?=\D)")
_OPTION = re.compile(r"\s*(\*?)\s*\(?([A-Za-z])\s*[.)/:]\s*(?=\S|$)")
_NEXT_OPTION = re.compile(r"(?:\t\s*|[ \u00a0]{2,})\(?(?=\*?[A-Za-z][.)/:])")
_TIGHT_OPTION = re.compile(r"\s+(?=\*?[A-H][.)]\s)")
_HEADING = re.compile(r"\s*(?:PHẦN|CHƯƠNG|BÀI|CHUYÊN ĐỀ|Phần|Chương|[IVX]{1,5}[.)])(?:\s|$)")
_KEYS_AHEAD = re.compile(r"\s*(?:BẢNG\s+)?ĐÁP\s+ÁN\s*:?\s*", re.IGNORECASE)
_PAIR = re.compile(r"(?:Câu\s*)?(\d{1,5})\s*[-.:)–]?\s*([A-H](?:\s*[,;]?\s*[A-H])*)(?!\w)", re.IGNORECASE)
_ONLY_PAIRS = re.compile(rf"(?:{_PAIR.pattern}[\s,;|.]*){{2,}}", re.IGNORECASE)
_STAR = re.compile(r"^\*(?!\*)([^*]+)$|^([^*]+?)\s*\(?\*\)?$", re.DOTALL)
_MARKS = ((HIGHLIGHT, "tô nền"), (COLOR, "tô màu"), (UNDERLINE, "gạch chân"), (BOLD, "in đậm"))
_LONGEST_LIST = 2000
_MOST = 0.8
_HOW = "xin in đậm phương án đúng hoặc thêm dòng “Đáp án: B”"


def read(name: str, content: bytes) -> Parsed:
    """The questions of a document. Raises Unreadable for one without any."""
    collected, dropped = Collected(name), list[str]()

    def picture(image: bytes, alt: str) -> str:
        try:
            return f"![{alt.replace('[', '(').replace(']', ')')}]({keep(collected.images, image)})"
        except ValueError as refused:
            dropped.append(str(refused))
            return ""

    file = WordFile(content, picture)
    lines = list(_in_order(list(file.lines())))
    refuse_old_fonts("\n".join(line.text for line in lines))
    reader = _Reader(any(_ASKED.match(line.text) for line in lines))
    for line in lines:
        reader.take(line)
    if not reader.questions:
        raise Unreadable("Không thấy câu hỏi nào. Mỗi câu xin bắt đầu bằng “Câu 1.”, các phương án bằng “A.”, “B.”…")
    keys = reader.keys | _of_tables(file.tables)
    if dropped:
        reader.questions[0].dropped = dropped
    _finish(collected, reader.questions, keys)
    return collected.parsed()


@dataclass(slots=True)
class _Question:
    number: int
    stem: str = ""
    options: list[Line] = field(default_factory=list)
    labels: list[Line] = field(default_factory=list)  # the letters before the options, which may be marked alone
    stars: set[int] = field(default_factory=set)
    said: list[list[str]] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


class _Reader:
    def __init__(self, is_asked: bool) -> None:
        self.is_asked = is_asked  # somewhere stands "Câu 1": then "1." alone opens no question
        self.questions: list[_Question] = []
        self.keys: dict[int, set[str]] = {}
        self.at_the_keys = False
        self.is_closed = True
        self.list_id = ""  # the list of Word that counts the questions; another one is a list inside of a stem
        self.has_inner_list = False

    def take(self, line: Line) -> None:
        text = line.text
        if not text.strip():
            if not line.starts and self.questions and not self.is_closed:
                self._continue(line)
            return
        if self._takes_keys(text):
            return
        opened = self._opens(line)
        if opened:
            number, start = opened
            self.questions.append(_Question(number))
            self.is_closed = False
            rest = line.cut(start)
            self.questions[-1].stem = rest.text
            self._split_stem(rest)
        elif self.questions and not self.is_closed:
            self._take_inside(line)

    def _takes_keys(self, text: str) -> bool:
        heading = _KEYS_AHEAD.fullmatch(text)
        if heading and self.questions and (len(self.questions[-1].options) > 1 or "ảng" in text.lower()):
            self.at_the_keys = True
            return True
        is_list = len(text) < _LONGEST_LIST and _ONLY_PAIRS.fullmatch(text.strip()) is not None
        if not (self.at_the_keys or (self.questions and is_list)):
            return False
        if self.at_the_keys and not _PAIR.search(text):
            self.at_the_keys = bool(re.fullmatch(r"[\s\dA-Ha-h,;.|-]+|Câu|Đáp án|ĐA", text.strip()))
            return self.at_the_keys
        for number, letters in _PAIR.findall(text):
            self.keys.setdefault(int(number), set()).add(letters)
        return True

    def _opens(self, line: Line) -> tuple[int, int] | None:
        """The number of the question that begins here, and where its stem does."""
        last = self.questions[-1].number if self.questions else 0
        asked = _ASKED.match(line.text)
        if asked:
            return int(asked[1]), asked.end()
        if self.is_asked:
            return None
        is_complete = not self.questions or len(self.questions[-1].options) > 1
        if line.numbering == "number":
            is_next = is_complete or line.list_id == self.list_id
            self.list_id = line.list_id if is_next else self.list_id
            return (last + 1, 0) if is_next else None
        numbered = _NUMBERED.match(line.text)
        if not numbered or line.numbering:
            return None
        if is_complete or (int(numbered[1]) == last + 1 and not self.has_inner_list):
            self.has_inner_list = False
            return int(numbered[1]), numbered.end()
        self.has_inner_list = True
        return None

    def _split_stem(self, line: Line) -> None:
        """Options that stand behind the stem on its own line."""
        found = re.search(r"(?:\t\s*|\s{2,})\(?(?=\*?[Aa][.)]\s*\S)", line.text)
        if found and _NEXT_OPTION.search(line.text, found.end()):
            self.questions[-1].stem = line.text[: found.start()]
            self._take_inside(line.cut(found.end()))

    def _take_inside(self, line: Line) -> None:
        question = self.questions[-1]
        said = labelled(line.text) if line.numbering != "letter" else None  # "Đáp án A" as the text of an option
        if said and (said[0] != "key" or not question.said or question.options):
            question.said.append([said[0], said[1]])
            return
        if line.numbering == "letter" or (line.numbering == "number" and self.is_asked and not question.said):
            question.labels.append(line.cut(0, 0))
            question.options.append(line)
            return
        option = _OPTION.match(line.text)
        if option and not question.said and self._is_next(option[2]):
            for part in _options_in(line):
                self._take_option(part)
        elif (
            option
            and question.options
            and not question.said
            and line.starts
            and _looks_out_of_order(option[2], question)
        ):
            question.wrong.append(("Chữ cái của phương án không theo thứ tự A, B, C…", line.text.strip()))
        elif _HEADING.match(line.text) and line.starts and len(question.options) > 1:
            self.is_closed = True
        else:
            self._continue(line)

    def _is_next(self, letter: str) -> bool:
        return ord(letter.upper()) - ord("A") == len(self.questions[-1].options)

    def _take_option(self, line: Line) -> None:
        question = self.questions[-1]
        option = _OPTION.match(line.text)
        start = option.end() if option else 0
        if option and option[1]:
            question.stars.add(len(question.options))
        question.labels.append(line.cut(0, start))
        question.options.append(line.cut(start))

    def _continue(self, line: Line) -> None:
        question = self.questions[-1]
        between = "\n\n" if line.starts and line.cell == 0 else "\n"
        if question.said:
            question.said[-1][1] += between + line.text
        elif question.options:
            question.options[-1].add(between, 0)
            question.options[-1].text += line.text
            question.options[-1].marks += line.marks
        else:
            question.stem += between + line.text


def _options_in(line: Line) -> Iterator[Line]:
    """The options that stand on one line, parted by tabs or wide gaps, or closely if there are three and more."""
    first = _OPTION.match(line.text)
    start, expected = 0, ord(first[2].upper()) + 1 if first else 0
    tight = list(_TIGHT_OPTION.finditer(line.text))
    letters = [line.text[found.end() :].lstrip("*")[0] for found in tight]
    follows = len(letters) > 1 and letters == [chr(expected + index) for index in range(len(letters))]
    for found in tight if follows else _NEXT_OPTION.finditer(line.text):
        letter = line.text[found.end() :].lstrip("*")[:1].upper()
        if letter == chr(expected):
            yield line.cut(start, found.start())
            start, expected = found.end(), expected + 1
    yield line.cut(start)


def _looks_out_of_order(letter: str, question: _Question) -> bool:
    index = ord(letter.upper()) - ord("A")
    return index <= len(question.options) + 1


def _in_order(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines, options in the cells of one table sorted by their letters: A | C over B | D is read A, B, C, D."""
    start = 0
    while start < len(lines):
        end = start + 1
        while lines[start].cell and end < len(lines) and lines[end].cell == lines[start].cell:
            end += 1
        block = [line for line in lines[start:end] if line.text.strip()] if lines[start].cell else lines[start:end]
        letters = [found[2].upper() if found else "" for found in (_OPTION.match(line.text) for line in block)]
        is_grid = lines[start].cell and len(block) > 1 and all(letters) and len(set(letters)) == len(letters)
        yield from (
            (one for _, one in sorted(zip(letters, block, strict=True), key=lambda pair: pair[0])) if is_grid else block
        )
        start = end


def _of_tables(tables: dict[int, Table]) -> dict[int, set[str]]:
    """Keys in a table: numbers over letters, or a number beside a letter in each row."""
    found: dict[int, set[str]] = {}
    for table in tables.values():
        for above, below in pairwise(table):
            for number, letters in zip(above, below, strict=False):
                _pair(found, number, letters)
        for row in table:
            for number, letters in pairwise(row):
                _pair(found, number, letters)
    return found


def _pair(found: dict[int, set[str]], number: str, letters: str) -> None:
    plain = re.sub(r"(?i)câu|[.:)]", "", number).strip()
    if plain.isdecimal() and len(plain) <= 5 and re.fullmatch(r"[A-H](?:\s*[,;]?\s*[A-H])*", letters):
        found.setdefault(int(plain), set()).add(letters)


def _finish(collected: Collected, questions: Sequence[_Question], keys: dict[int, set[str]]) -> None:
    numbers = [question.number for question in questions]
    for question in questions:
        name = re.sub(r"\s+", " ", question.stem).strip()
        draft = Draft(collected.place(name=name if len(name) <= 60 else name[:59] + "…"), how_to_mark=_HOW)
        if collected.blocks >= MAX_QUESTIONS:
            message = f"Tệp có hơn {MAX_QUESTIONS} câu; phần còn lại không được đọc. Xin chia thành nhiều tệp."
            collected.fail(draft.place, Problem(draft.place, message))
            return
        draft.stem = question.stem
        draft.options = [option.text for option in question.options]
        is_truth = any(key == "key" and text.strip() in TRUTH_WORDS for key, text in question.said)
        if is_truth and not draft.options:  # a statement to be judged: nobody types its two options
            draft.options = list(TRUTH_WORDS)
        for part, text in question.said:
            draft.say(part, text)
        for message, value in question.wrong:
            draft.wrong(message, value)
        for message in question.dropped:
            draft.warn(message)
        if question.number in keys and numbers.count(question.number) > 1:
            draft.wrong(f"Bảng đáp án không rõ: tệp có nhiều câu mang số {question.number}; xin đánh số lại.")
        _take_keys(draft, question, keys.get(question.number, set()))
        draft.finish(collected)
    for number in sorted(keys.keys() - set(numbers)):
        place = collected.place(name=f"Bảng đáp án, câu {number}")
        message = f"Bảng đáp án có câu {number} nhưng tệp không có câu ấy; xin kiểm tra số câu."
        collected.fail(place, Problem(place, message, ", ".join(sorted(keys[number]))))


def _take_keys(draft: Draft, question: _Question, listed: set[str]) -> None:
    """Take the key from wherever it is told; two places that tell different things are an error."""
    told: list[tuple[str, set[int]]] = []
    for index, option in enumerate(draft.options):
        star = _STAR.match(option.strip())
        if star:
            draft.options[index] = star[1] or star[2]
            question.stars.add(index)
    if "key" in draft.said:
        with suppress(ValueError):  # the draft itself tells what is wrong with the line
            told.append(("dòng “Đáp án”", set(indexes(draft.said["key"]))))
    told += [("bảng đáp án", set(indexes(letters))) for letters in sorted(listed)]
    if question.stars:
        told.append(("dấu *", question.stars))
    told += [(name, found) for mark, name in _MARKS if (found := _marked(question, mark))]
    if not told:
        return
    first, keys = told[0]
    for other, found in told[1:]:
        if found != keys:
            message = f"Đáp án mâu thuẫn: {first} là {_letters(keys)}, {other} là {_letters(found)}; xin giữ một cách."
            draft.wrong(message)
            break
    if "key" not in draft.said:
        draft.keys = {index for index in keys if index < len(draft.options)}


def _marked(question: _Question, mark: int) -> set[int]:
    """The options of that look, or whose letter has it; none where all are alike."""
    found = {index for index, option in enumerate(question.options) if _is_marked(option, mark)}
    if not found:
        found = {index for index, label in enumerate(question.labels) if _is_marked(label, mark, of=str.isalpha)}
    return found if len(found) < len(question.options) else set()


def _is_marked(line: Line, mark: int, of: Callable[[str], object] = str.strip) -> bool:
    looks = [look for letter, look in zip(line.text, line.marks, strict=True) if of(letter)]
    return bool(looks) and sum(bool(look & mark) for look in looks) >= _MOST * len(looks)


def _letters(found: set[int]) -> str:
    return ", ".join(chr(ord("A") + index) for index in sorted(found))
