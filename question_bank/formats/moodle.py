"""Moodle XML: multichoice and truefalse, texts as HTML, Markdown or plain, pictures inside as base64.

Holds everything: id as idnumber, topic and level as tags, rationale as general feedback, the rest in elements `meta`
that Moodle passes over. Own texts are written in Moodle's own Markdown format, so nothing is converted.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote
from xml.etree.ElementTree import Element, SubElement, indent

from question_bank.formats.archive import child, children, xml, xml_bytes
from question_bank.formats.draft import Draft
from question_bank.formats.html_text import escaped, looks_like_html, to_markdown
from question_bank.formats.images import keep
from question_bank.formats.limits import MAX_QUESTIONS
from question_bank.formats.wordings import LABELS, facts_of, labelled, part_named
from question_bank.markup import images_in
from question_bank.model import TRUTH_WORDS, Item, ItemSet, Kind
from question_bank.parsed import ALL_FIELDS, Collected, Parsed, Problem

HOLDS = ALL_FIELDS | {"item_id", "option_ids", "line_breaks", "images"}

_TYPES = {
    "essay": "tự luận", "matching": "ghép đôi", "numerical": "điền số", "shortanswer": "trả lời ngắn",
    "cloze": "điền vào chỗ trống", "multianswer": "điền vào chỗ trống", "description": "đoạn giới thiệu",
    "calculated": "tính toán", "calculatedsimple": "tính toán", "calculatedmulti": "tính toán", "ordering": "sắp xếp",
    "ddwtos": "kéo thả", "ddmarker": "kéo thả", "ddimageortext": "kéo thả", "gapselect": "chọn từ điền chỗ trống",
    "randomsamatch": "ghép đôi ngẫu nhiên", "stack": "toán STACK", "coderunner": "lập trình",
}  # fmt: skip
_FORMATS = {"html": "html", "markdown": "markdown", "plain_text": "plain", "moodle_auto_format": "auto", "": "html"}
_PLUGIN = "@@PLUGINFILE@@/"
_TRUTH = {"true": 0, "đúng": 0, "false": 1, "sai": 1}
_TOPIC = re.compile(r"[\w.\-]+")


def read(name: str, content: bytes) -> Parsed:
    """The questions of a file, each named by its title. Raises Unreadable for what is no sound XML."""
    collected, category = Collected(name), ""
    for question in children(xml(content), "question"):
        type_name = question.get("type", "")
        if type_name == "category":
            category = _plain(child(question, "category")).split("/")[-1].strip()
            continue
        place = collected.place(name=_plain(child(question, "name"))[:200])
        if collected.blocks >= MAX_QUESTIONS:
            message = f"Tệp có hơn {MAX_QUESTIONS} câu; phần còn lại không được đọc. Xin chia thành nhiều tệp."
            collected.fail(place, Problem(place, message))
            break
        if type_name not in ("multichoice", "truefalse"):
            collected.skip(place, type_name or "?", _TYPES.get(type_name, type_name or "không rõ"))
            continue
        draft = Draft(place, how_to_mark="xin chấm điểm dương cho phương án đúng")
        _Question(draft, collected.images).take(question, category)
        draft.finish(collected)
    return collected.parsed()


def write(item_set: ItemSet, images: Mapping[str, bytes]) -> bytes:
    """Every item of the set with its pictures."""
    quiz = Element("quiz")
    for item in item_set.items:
        _write_item(quiz, item, images)
    indent(quiz)
    return xml_bytes(quiz)


class _Question:
    def __init__(self, draft: Draft, images: dict[str, bytes]) -> None:
        self.draft, self.images = draft, images

    def take(self, question: Element, category: str) -> None:
        draft = self.draft
        draft.stem = self.text(child(question, "questiontext"))
        for meta in children(question, "meta"):
            part = part_named(meta.get("name", ""))
            if part:
                draft.say(part, meta.text or "")
        if "id" not in draft.said and _plain(child(question, "idnumber")):
            draft.say("id", _plain(child(question, "idnumber")))
        self._take_tags(question)
        if "topic" not in draft.said and _TOPIC.fullmatch(category) and category != "top":
            draft.say("topic", category)
        told = self._take_truth(question) if question.get("type") == "truefalse" else self._take_choices(question)
        general = self.text(child(question, "generalfeedback"))
        rationale = "\n\n".join(filter(None, [general, *told]))
        if rationale:
            draft.say("rationale", rationale)

    def text(self, element: Element | None) -> str:
        """The Markdown of a text with its pictures."""
        if element is None:
            return ""
        form = _FORMATS.get(element.get("format", ""), "html")
        inner = child(element, "text")
        source = (inner.text or "" if inner is not None else element.text or "").strip()
        files = {file.get("name", ""): file.text or "" for file in children(element, "file")}
        if form == "plain":
            return escaped(source)
        if form == "html" or (form == "auto" and looks_like_html(source)):
            return to_markdown(source, lambda src, _alt: self._image(src, files), self.draft.warn)
        for address in set(re.findall(rf"{re.escape(_PLUGIN)}[^\s)]+", source)):
            source = source.replace(address, self._image(address, files))
        return source

    def _image(self, src: str, files: Mapping[str, str]) -> str:
        if src.startswith(_PLUGIN):
            name = unquote(src.removeprefix(_PLUGIN))
            try:
                return keep(self.images, base64.b64decode(files[name], validate=False))
            except KeyError:
                self.draft.warn(f"Không thấy hình “{name}” trong tệp nên hình bị bỏ.")
            except binascii.Error:
                self.draft.warn(f"Hình “{name}” bị hỏng nên bị bỏ.")
            except ValueError as refused:
                self.draft.warn(str(refused))
            return ""
        if src.startswith("/") and not src.startswith("//"):
            return src
        self.draft.warn("Hình lấy từ nơi khác không được dùng nên đã bị bỏ; xin chèn lại hình trên hệ thống.")
        return ""

    def _take_tags(self, question: Element) -> None:
        tags = child(question, "tags")
        for tag in children(tags, "tag") if tags is not None else ():
            said = labelled(_plain(tag))
            if said and said[0] not in self.draft.said:
                self.draft.say(*said)

    def _take_truth(self, question: Element) -> list[str]:
        self.draft.kind, self.draft.options = Kind.TRUE_FALSE, list(TRUTH_WORDS)
        told = []
        for answer in children(question, "answer"):
            index = _TRUTH.get(self.text(answer).strip().casefold())
            if index is not None and _share(answer) > 0:
                self.draft.keys.add(index)
            told.append(self.text(child(answer, "feedback")))
        return told

    def _take_choices(self, question: Element) -> list[str]:
        draft = self.draft
        is_single = _plain(child(question, "single")).casefold() not in ("false", "0")
        told, shares = [], []
        for index, answer in enumerate(children(question, "answer")):
            draft.options.append(self.text(answer))
            shares.append(_share(answer))
            feedback = self.text(child(answer, "feedback"))
            if feedback:
                told.append(f"Phương án {chr(ord('A') + index % 26)}: {feedback}")
        best = max(shares, default=0)
        draft.keys = {index for index, share in enumerate(shares) if share > 0 and (not is_single or share == best)}
        given = [share for share in shares if share > 0]
        if given and max(given) - min(given) > 0.1:
            draft.warn("Điểm riêng của từng phương án không dùng trên hệ thống nên đã bị bỏ.")
        draft.kind = Kind.SINGLE if is_single else Kind.MULTIPLE
        return told


def _plain(element: Element | None) -> str:
    if element is None:
        return ""
    inner = child(element, "text")
    return ((inner if inner is not None else element).text or "").strip()


def _share(answer: Element) -> float:
    try:
        return float(answer.get("fraction", "0").replace(",", "."))
    except ValueError:
        return 0


def _write_item(quiz: Element, item: Item, images: Mapping[str, bytes]) -> None:
    facts = facts_of(item)
    rationale = facts.pop("rationale", "")
    is_truth = item.kind is Kind.TRUE_FALSE
    question = SubElement(quiz, "question", type="truefalse" if is_truth else "multichoice")
    SubElement(SubElement(question, "name"), "text").text = item.id
    _write_text(question, "questiontext", item.stem, images)
    _write_text(question, "generalfeedback", rationale, images)
    SubElement(question, "defaultgrade").text = str(item.points or 1)
    SubElement(question, "idnumber").text = facts.pop("id", "")
    if not is_truth:
        SubElement(question, "single").text = "true" if item.kind is Kind.SINGLE else "false"
        SubElement(question, "shuffleanswers").text = "true"
        SubElement(question, "answernumbering").text = "ABCD"
    for option in item.options:
        share = 100 / max(len(item.keys), 1) if option.is_key else (-100 if item.kind is Kind.MULTIPLE else 0)
        text = ("true" if option.text == TRUTH_WORDS[0] else "false") if is_truth else option.text
        answer = _write_text(question, "answer", text, images)
        answer.set("fraction", f"{share:.5f}".rstrip("0").rstrip("."))
    tags = SubElement(question, "tags")
    for part in ("topic", "level"):
        if part in facts:
            SubElement(SubElement(tags, "tag"), "text").text = f"{LABELS[part]}: {facts[part]}"
    for part, text in facts.items():
        SubElement(question, "meta", name=LABELS[part]).text = text


def _write_text(parent: Element, name: str, text: str, images: Mapping[str, bytes]) -> Element:
    element = SubElement(parent, name, format="markdown")
    inner = SubElement(element, "text")
    for address in dict.fromkeys(images_in(text)):
        if address in images:
            file = address.rpartition("/")[2]
            text = text.replace(f"]({address}", f"]({_PLUGIN}{quote(file)}")
            picture = SubElement(element, "file", name=file, path="/", encoding="base64")
            picture.text = base64.b64encode(images[address]).decode("ascii")
    inner.text = text
    return element
