"""GIFT, the text format of Moodle: read as Moodle reads it, but no block is ever dropped without a word.

Holds everything but images: id and topic stand in a comment as Moodle writes it, the rest in comments
"// Mức: 2 – Thông hiểu". Weights and feedback of single answers are told or added to the rationale.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from question_bank.formats.draft import Draft
from question_bank.formats.gift_text import FORMAT, hidden, shown, written
from question_bank.formats.html_text import escaped, looks_like_html, to_markdown
from question_bank.formats.limits import MAX_QUESTIONS
from question_bank.formats.wordings import LABELS, facts_of, labelled
from question_bank.model import TRUTH_WORDS, Item, ItemSet, Kind
from question_bank.parsed import ALL_FIELDS, Collected, Parsed, Problem

HOLDS = ALL_FIELDS | {"item_id", "option_ids", "line_breaks"}

_ID = re.compile(r"\[id:((?:[^\]\\]|\\.)*)\]")
_TITLE = re.compile(r"\s*::(.*?)::", re.DOTALL)
_WEIGHT = re.compile(r"\s*%(-?\d+(?:[.,]\d+)?)%")
_TRUTH = {"T": True, "TRUE": True, "ĐÚNG": True, "F": False, "FALSE": False, "SAI": False}
_BLANK = " _____ "
_TOPIC = re.compile(r"[\w.\-]+")


@dataclass(slots=True)
class _Chunk:
    line: int
    comments: list[str]
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def read(name: str, text: str) -> Parsed:
    """The questions of a file; each block is told by the line where it begins."""
    collected = Collected(name)
    category = ""
    for chunk in _chunks(text):
        if chunk.text.lstrip().startswith("$CATEGORY"):
            category = shown(chunk.text.partition(":")[2]).strip().split("/")[-1].strip()
            continue
        if collected.blocks >= MAX_QUESTIONS:
            place = collected.place(line=chunk.line)
            message = f"Tệp có hơn {MAX_QUESTIONS} câu; phần còn lại không được đọc. Xin chia thành nhiều tệp."
            collected.fail(place, Problem(place, message))
            break
        _read_block(collected, chunk, category)
    return collected.parsed()


def write(item_set: ItemSet) -> bytes:
    """Every item of the set."""
    return ("\n\n".join(_block(item) for item in item_set.items) + "\n").encode("utf-8")


def _chunks(text: str) -> Iterator[_Chunk]:
    """Blocks between empty lines; an answer in braces may hold empty lines, as long as no new question begins there."""
    lines = hidden(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    chunk = _Chunk(0, [], [])
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        is_open = "{" in chunk.text and "}" not in chunk.text[chunk.text.rindex("{") :]
        opens_next = stripped.startswith(("::", "$CATEGORY")) and chunk.lines
        if opens_next or (chunk.lines and chunk.lines[-1].strip().startswith("$CATEGORY")):
            yield chunk
            chunk = _Chunk(0, [], [])
        if stripped.startswith("//"):
            if chunk.lines and not is_open:
                yield chunk
                chunk = _Chunk(0, [], [])
            chunk.comments.append(stripped[2:].strip())
        elif stripped:
            chunk.line = chunk.line or number
            chunk.lines.append(line)
        elif chunk.lines and not (is_open and _closes_later(lines, number)):
            yield chunk
            chunk = _Chunk(0, [], [])
    if chunk.lines:
        yield chunk


def _closes_later(lines: list[str], start: int) -> bool:
    for line in lines[start : start + 200]:
        if "{" in line or line.strip().startswith(("::", "$CATEGORY")):
            return False
        if "}" in line:
            return True
    return False


def _read_block(collected: Collected, chunk: _Chunk, category: str) -> None:
    text = chunk.text
    title = _TITLE.match(text)
    name = shown(title[1]).strip() if title else ""
    text = text[title.end() :] if title else text
    draft = Draft(collected.place(line=chunk.line, name=name), how_to_mark="xin đặt dấu = trước phương án đúng")
    stem, brace, rest = text.partition("{")
    answers, closing, tail = rest.partition("}")
    if brace and not closing:
        draft.wrong("Dấu ngoặc { mở phần phương án nhưng không có dấu } đóng lại.", shown(stem).strip())
        collected.fail(draft.place, *draft.problems)
        return
    form = FORMAT.match(stem)
    form_name = form[1].lower() if form else ""
    draft.stem = _text(draft, stem + (_BLANK + tail if tail.strip() else ""), "")
    for comment in chunk.comments:
        _take_comment(draft, comment)
    if _TOPIC.fullmatch(category) and category not in ("top",) and "topic" not in draft.said:
        draft.say("topic", category)
    other = _other_type(answers if brace else None)
    if other:
        collected.skip(draft.place, *other)
        return
    _take_answers(draft, answers, form_name)
    draft.finish(collected)


def _other_type(answers: str | None) -> tuple[str, str] | None:
    """The type of a block that is no question of choice, as Moodle calls it and in Vietnamese."""
    if answers is None:
        return ("description", "đoạn giới thiệu, không phải câu hỏi")
    inner = answers.partition("####")[0].strip()
    if not inner:
        return ("essay", "tự luận")
    if inner.startswith("#"):
        return ("numerical", "điền số")
    if inner.partition("#")[0].strip().upper() in _TRUTH or "~" in inner:
        return None
    if "->" in inner and "=" in inner:
        return ("matching", "ghép đôi")
    return ("shortanswer", "trả lời ngắn") if "=" in inner else None


def _take_comment(draft: Draft, comment: str) -> None:
    found = _ID.search(comment)
    if found:
        draft.say("id", re.sub(r"\\(.)", r"\1", shown(found[1])))
        return
    said = labelled(comment)
    if said:
        draft.say(said[0], shown(said[1]))


def _take_answers(draft: Draft, answers: str, form: str) -> None:
    answers, _, general = answers.partition("####")
    rationale = [_text(draft, general, form)] if general.strip() else []
    truth = _TRUTH.get(answers.partition("#")[0].strip().upper())
    if truth is not None:
        draft.kind, draft.options = Kind.TRUE_FALSE, list(TRUTH_WORDS)
        draft.keys = {0 if truth else 1}
        rationale += [_text(draft, told, form) for told in answers.split("#")[1:] if told.strip()]
    else:
        rationale += _take_options(draft, answers, form)
    if rationale:
        draft.say("rationale", "\n\n".join(rationale))


def _take_options(draft: Draft, answers: str, form: str) -> list[str]:
    """Take options and keys; gives what is said of single options."""
    parts = re.split(r"([=~])", answers)
    if parts[0].strip():
        draft.wrong("Phương án phải bắt đầu bằng dấu = (đúng) hoặc ~ (sai).", shown(parts[0]).strip())
    is_single = "=" in answers
    told, weights = [], []
    for index, (mark, answer) in enumerate(zip(parts[1::2], parts[2::2], strict=True)):
        weight = _WEIGHT.match(answer)
        share = float(weight[1].replace(",", ".")) if weight else (100.0 if mark == "=" else 0.0)
        text, _, feedback = (answer[weight.end() :] if weight else answer).partition("#")
        draft.options.append(_text(draft, text, form))
        if feedback.strip():
            told.append(f"Phương án {chr(ord('A') + index % 26)}: {_text(draft, feedback, form)}")
        if mark == "=" or (share > 0 and not is_single):
            draft.keys.add(index)
        if share > 0:
            weights.append(share)
    if max(weights, default=0) - min(weights, default=0) > 0.1:
        draft.warn("Điểm riêng của từng phương án không dùng trên hệ thống nên đã bị bỏ.")
    draft.kind = Kind.SINGLE if is_single and len(draft.keys) == 1 else Kind.MULTIPLE
    return told


def _text(draft: Draft, text: str, inherited: str) -> str:
    form = FORMAT.match(text)
    name = form[1].lower() if form else inherited
    plain = shown(text[form.end() :] if form else text).strip()
    if name == "html" or (name in ("", "moodle") and looks_like_html(plain)):
        return to_markdown(plain, lambda src, _alt: _image(draft, src), draft.warn)
    return escaped(plain) if name == "plain" else plain


def _image(draft: Draft, src: str) -> str:
    if src.startswith("/") and not src.startswith("//"):
        return src
    draft.warn("Hình lấy từ nơi khác không được dùng nên đã bị bỏ; xin chèn lại hình trên hệ thống.")
    return ""


def _block(item: Item) -> str:
    facts = facts_of(item)
    rationale = facts.pop("rationale", "")
    item_id = re.sub(r"([\]\\])", r"\\\1", facts.pop("id", ""))
    lines = [f"// [id:{written(item_id)}] [tag:{written(item.topic)}]"] if item_id else []
    lines += [f"// {LABELS[part]}: {written(text)}" for part, text in facts.items()]
    lines.append(f"::{written(item.id)}::[markdown]{written(item.stem)}{{")
    if item.kind is Kind.TRUE_FALSE:
        lines.append("TRUE" if item.options[0].is_key else "FALSE")
    else:
        lines += _option_lines(item)
    if rationale:
        lines.append(f"####{_own(rationale)}")
    return "\n".join([*lines, "}"])


def _option_lines(item: Item) -> Iterator[str]:
    share = f"{100 / max(len(item.keys), 1):.5f}".rstrip("0").rstrip(".")
    for option in item.options:
        if item.kind is Kind.MULTIPLE:
            yield f"~%{share if option.is_key else -100}%{_own(option.text)}"
        else:
            weight = ("%100%" if option.is_key else "%0%") if option.text.startswith("%") else ""
            yield f"{'=' if option.is_key else '~'}{weight}{_own(option.text)}"


def _own(text: str) -> str:
    return ("[markdown]" if text.startswith("[") else "") + written(text)
