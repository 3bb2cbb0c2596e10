"""QTI 2.1 and 2.2 packages, also single items: choiceInteraction with one or several answers.

Holds everything: the id as identifier, each option's id as the identifier of its choice, pinning as `fixed`, the
rationale as modal feedback, the rest as `data-` attributes of the item body. Beside a text stands its Markdown; it
counts only as long as the text still shows the same, so an edit made elsewhere wins.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from urllib.parse import unquote
from xml.etree.ElementTree import Element, tostring

from question_bank.formats.archive import Archive, child, children, local, xml
from question_bank.formats.draft import Draft
from question_bank.formats.html_text import to_markdown, to_xhtml
from question_bank.formats.images import keep
from question_bank.formats.limits import MAX_QUESTIONS
from question_bank.formats.wordings import NAMES
from question_bank.model import TRUTH_WORDS, Kind
from question_bank.parsed import ALL_FIELDS, Collected, Parsed, Problem, Unreadable

HOLDS = ALL_FIELDS | {"item_id", "option_ids", "line_breaks", "images"}

_INTERACTIONS = {
    "extendedTextInteraction": "tự luận", "textEntryInteraction": "điền vào chỗ trống",
    "inlineChoiceInteraction": "chọn từ điền chỗ trống", "matchInteraction": "ghép đôi",
    "associateInteraction": "ghép đôi", "gapMatchInteraction": "ghép vào chỗ trống",
    "graphicGapMatchInteraction": "ghép trên hình", "orderInteraction": "sắp xếp",
    "hotspotInteraction": "chọn trên hình",
    "graphicOrderInteraction": "sắp xếp trên hình", "graphicAssociateInteraction": "ghép trên hình",
    "selectPointInteraction": "chọn điểm", "positionObjectInteraction": "đặt hình", "sliderInteraction": "thanh trượt",
    "hottextInteraction": "chọn chữ", "mediaInteraction": "nghe nhìn", "uploadInteraction": "nộp tệp",
    "drawingInteraction": "vẽ", "customInteraction": "tự chế", "endAttemptInteraction": "kết thúc lượt",
    "portableCustomInteraction": "tự chế",
}  # fmt: skip
_TRUTH = {"true": 0, "đúng": 0, "t": 0, "false": 1, "sai": 1, "f": 1}


def read(name: str, content: bytes) -> Parsed:
    """The items of a package, or a single one. Raises Unreadable for what is neither."""
    collected = Collected(name)
    if not content.startswith(b"PK"):
        _read_item(collected, "", xml(content), lambda _path: None)
        return collected.parsed()
    archive = Archive(content)
    manifest = min((one for one in archive.names if posixpath.basename(one) == "imsmanifest.xml"), key=len)
    for entry in _item_files(archive, manifest):
        place = collected.place(name=entry)
        if collected.blocks >= MAX_QUESTIONS:
            message = f"Gói có hơn {MAX_QUESTIONS} câu; phần còn lại không được đọc. Xin chia thành nhiều gói."
            collected.fail(place, Problem(place, message))
            break
        try:
            root = archive.xml_of(entry)
        except KeyError:
            collected.fail(place, Problem(place, "Gói thiếu tệp của câu này; xin xuất lại từ phần mềm nguồn."))
        except Unreadable as refused:
            collected.fail(place, Problem(place, str(refused)))
        else:
            _read_item(collected, entry, root, _finder(archive, entry))
    return collected.parsed()


def _item_files(archive: Archive, manifest: str) -> list[str]:
    """The files of the items, in the manifest's order; a path that leaves the package leads to none."""
    folder = posixpath.dirname(manifest)
    found = []
    for resource in archive.xml_of(manifest).iter():
        if local(resource) == "resource" and "item" in resource.get("type", "").casefold():
            href = resource.get("href", "") or next((one.get("href", "") for one in children(resource, "file")), "")
            found.append(posixpath.normpath(posixpath.join(folder, unquote(href))))
    return list(dict.fromkeys(found))


def _finder(archive: Archive, entry: str) -> Callable[[str], bytes | None]:
    def find(path: str) -> bytes | None:
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(entry), unquote(path)))
        return archive.bytes_of(wanted) if wanted in archive.names else None

    return find


def _read_item(collected: Collected, entry: str, root: Element, find: Callable[[str], bytes | None]) -> None:
    title = root.get("title", "")
    place = collected.place(name=entry or title or root.get("identifier", ""))
    if local(root) != "assessmentItem":
        collected.skip(place, local(root), "tài liệu không phải câu hỏi")
        return
    draft = Draft(place, how_to_mark="xin khai báo correctResponse")
    body = child(root, "itemBody")
    interactions = [one for one in root.iter() if local(one).endswith("Interaction")]
    other = [one for one in interactions if local(one) != "choiceInteraction"]
    if not interactions:
        collected.skip(place, "none", "không có phần trả lời")
        return
    if other or len(interactions) > 1 or body is None:
        first = local((other or interactions)[0])
        label = _INTERACTIONS.get(first, first) if other else "nhiều phần trả lời"
        collected.skip(place, first, label)
        return
    _Item(draft, collected.images, find).take(root, body, interactions[0])
    draft.finish(collected)


class _Item:
    def __init__(self, draft: Draft, images: dict[str, bytes], find: Callable[[str], bytes | None]) -> None:
        self.draft, self.images, self.find = draft, images, find

    def take(self, root: Element, body: Element, interaction: Element) -> None:
        draft = self.draft
        for part in NAMES:
            if f"data-{part.replace('_', '-')}" in body.keys():  # noqa: SIM118 - an Element is no mapping
                draft.say(part, body.get(f"data-{part.replace('_', '-')}", ""))
        if "id" not in draft.said and root.get("identifier"):
            draft.say("id", root.get("identifier", ""))
        draft.stem = self._stem(body, interaction)
        choices = list(children(interaction, "simpleChoice"))
        names = [choice.get("identifier", "") for choice in choices]
        draft.options = [self.text(choice) for choice in choices]
        if "option_ids" not in draft.said:
            draft.say("option_ids", ", ".join(names))
        if "pinned" not in draft.said:
            fixed = [str(index + 1) for index, one in enumerate(choices) if one.get("fixed") == "true"]
            draft.say("pinned", ", ".join(fixed))
        right = self._right(root, interaction.get("responseIdentifier", "RESPONSE"))
        draft.keys = {index for index, one in enumerate(names) if one in right}
        if right - set(names):
            draft.wrong("Đáp án chỉ tới phương án không có trong câu; xin sửa lại.", ", ".join(sorted(right)))
        if "kind" not in draft.said:
            draft.kind = self._kind(root, interaction)
        feedback = [self.text(one) for one in root.iter() if local(one) == "modalFeedback"]
        rationale = "\n\n".join(dict.fromkeys(filter(None, feedback)))
        if rationale:
            draft.say("rationale", rationale)

    def text(self, element: Element) -> str:
        """The Markdown of what an element shows."""
        shown = to_markdown(_inner(element), self._image, self.draft.warn)
        own = element.get("data-markdown")
        if own is not None and to_markdown(to_xhtml(own), lambda src, _alt: src, lambda _word: None) == shown:
            return own
        return shown

    def _stem(self, body: Element, interaction: Element) -> str:
        own = next((one for one in body.iter() if one.get("data-part") == "stem"), None)
        if own is not None:
            return self.text(own)
        rest = Element("div")
        rest.extend(_without(body, interaction))
        rest.text = body.text
        parts = [to_markdown(_inner(rest), self._image, self.draft.warn)]
        parts += [self.text(prompt) for prompt in children(interaction, "prompt")]
        return "\n\n".join(filter(None, parts))

    def _right(self, root: Element, response: str) -> set[str]:
        for declaration in children(root, "responseDeclaration"):
            if declaration.get("identifier", "RESPONSE") == response:
                correct = child(declaration, "correctResponse")
                values = children(correct, "value") if correct is not None else ()
                return {(value.text or "").strip() for value in values} or self._mapped(declaration)
        return set()

    @staticmethod
    def _mapped(declaration: Element) -> set[str]:
        mapping = child(declaration, "mapping")
        entries = children(mapping, "mapEntry") if mapping is not None else ()
        return {one.get("mapKey", "") for one in entries if not one.get("mappedValue", "0").startswith(("0", "-"))}

    def _kind(self, root: Element, interaction: Element) -> Kind:
        words = [_TRUTH.get(text.strip().casefold()) for text in self.draft.options]
        if words == [0, 1]:
            self.draft.options = list(TRUTH_WORDS)
            return Kind.TRUE_FALSE
        declared = {one.get("identifier"): one.get("cardinality") for one in children(root, "responseDeclaration")}
        cardinality = declared.get(interaction.get("responseIdentifier", "RESPONSE"))
        return Kind.MULTIPLE if cardinality == "multiple" and interaction.get("maxChoices") != "1" else Kind.SINGLE

    def _image(self, src: str, _alt: str) -> str:
        if src.startswith("/") and not src.startswith("//"):
            return src
        if ":" in src or src.startswith("//"):
            self.draft.warn("Hình lấy từ nơi khác không được dùng nên đã bị bỏ; xin chèn lại hình trên hệ thống.")
            return ""
        content = self.find(src)
        if content is None:
            self.draft.warn(f"Không thấy hình “{src[:80]}” trong gói nên hình bị bỏ.")
            return ""
        try:
            return keep(self.images, content)
        except ValueError as refused:
            self.draft.warn(str(refused))
            return ""


def _inner(element: Element) -> str:
    inside = "".join(tostring(one, encoding="unicode") for one in element if local(one) != "feedbackInline")
    text = (element.text or "").replace("&", "&amp;").replace("<", "&lt;")
    return text + inside


def _without(body: Element, interaction: Element) -> list[Element]:
    """The children of a body, with the interaction taken out wherever it stands."""
    for parent in body.iter():
        if interaction in list(parent):
            parent.remove(interaction)
            break
    return list(body)
