"""What an author has to mend before a bank may be published.

Every finding carries a fixed code; `CODES` lists them with their meaning. The checks look at values only, so they serve
a bank read from files and items written in a form alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from question_bank import document_checks
from question_bank.model import TRUTH_WORDS, Audience, Bank, Finding, Item, ItemSet, Kind, Place, Use
from question_bank.similarity import bare, earlier_twins, same_spelling
from question_bank.wording import denies_twice, speaks_of_the_others

CODES = {
    "KEY_MISSING": "câu hỏi chưa có đáp án",
    "KEY_COUNT": "số đáp án không hợp với loại câu hỏi",
    "OPTION_COUNT": "câu hỏi có ít hơn hai hoặc nhiều hơn tám phương án",
    "STEM_EMPTY": "câu dẫn để trống",
    "OPTION_EMPTY": "phương án để trống",
    "OPTION_TWIN": "hai phương án giống nhau",
    "OPTION_ID_TWICE": "mã phương án dùng hai lần trong một câu",
    "STEM_DUPLICATE": "câu dẫn trùng",
    "STEM_NEAR": "câu dẫn gần trùng",
    "KEY_POSITION": "đáp án luôn ở một vị trí",
    "KEY_LENGTH": "đáp án dễ nhận ra vì dài nhất",
    "OPTION_LENGTHS": "độ dài các phương án quá chênh lệch",
    "OPTION_LOOSE": "phương án nói về các phương án khác chưa được giữ ở cuối",
    "TRUTH_WORDS": "câu đúng – sai phải có đúng hai phương án “Đúng” và “Sai”",
    "DENIES_TWICE": "câu hỏi phủ định hai lần",
    "IMAGE_ALT": "hình chưa có lời mô tả",
    "RATIONALE_MISSING": "thiếu giải thích",
    "SOURCE_MISSING": "thiếu nguồn",
    "SOURCE_DAYS": "ngày hết hiệu lực của nguồn trước ngày bắt đầu",
    "SECTION_UNKNOWN": "nguồn không có trong thư viện văn bản",
    "TOPIC_UNKNOWN": "chủ đề chưa khai báo",
    "LESSON_MISSING": "câu hỏi của bài học chưa ghi bài học",
    "LESSON_UNKNOWN": "bài học không tồn tại",
    "AUDIENCE_UNKNOWN": "đối tượng của chuyên đề không có trong danh sách",
    "LESSON_NONE": "chuyên đề chưa có bài học",
    "LESSON_EMPTY": "bài học chưa có nội dung",
    "TITLE_EMPTY": "chuyên đề hoặc bài học chưa có tên",
    "SUMMARY_EMPTY": "chuyên đề chưa có lời giới thiệu",
    "NOT_NFC": "chữ chưa ở dạng Unicode dựng sẵn (NFC)",
    "BLUEPRINT_SHORT": "ô ma trận đề không đủ câu hỏi",
    "ID_TWICE": "mã dùng hai lần",
    "USE_SHARED": "một câu hỏi dùng cho hai mục đích",
    **document_checks.CODES,
}

Progress = Callable[[int, int], None]

# What may be published all the same, once a person has said why; everything else has to be mended.
WAIVABLE = frozenset({"STEM_NEAR", "KEY_POSITION", "KEY_LENGTH", "OPTION_LENGTHS", "OPTION_LOOSE", "DENIES_TWICE"})

POSITION_FROM = 6
LENGTH_FROM = 40
LENGTH_SHARE = 0.40
_TOLD_EVERY = 100
OPTIONS_ALLOWED = range(2, 9)
# Short options differ in length by nature ("Năm", "Mười hai"); from here on length tells something.
LENGTHS_FROM = 40
KEY_LONGER = 1.5
LONGEST_TO_SHORTEST = 3


_ALT_MISSING = re.compile(r"!\[\s*\]\(")


@dataclass(frozen=True, slots=True)
class _Known:
    topics: frozenset[str]
    lessons: frozenset[str]
    sections: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, bank: Bank) -> _Known:
        return cls(
            topics=frozenset(topic.code for topic in bank.topics),
            lessons=frozenset(f"{module.slug}/{lesson.slug}" for module in bank.modules for lesson in module.lessons),
            sections=frozenset(
                (document.slug, section.anchor) for document in bank.documents for section in document.sections
            ),
        )


def check(bank: Bank, beside: Sequence[ItemSet] = (), progress: Progress | None = None) -> list[Finding]:
    """All findings, ordered by file, line and code; an empty list means the bank may be published.

    `beside` are sets published from elsewhere (the shipped ones, for a private bank): ids and stems may not repeat
    theirs, but they are not checked themselves. `progress` is told, every hundred items, how many of all are done.
    """
    known = _Known.of(bank)
    findings: list[Finding] = []
    everything = list(bank.items())
    for done, (item_set, item) in enumerate(everything, start=1):
        findings += [finding for one_check in _ITEM_CHECKS for finding in one_check(known, item_set, item)]
        if progress and (done % _TOLD_EVERY == 0 or done == len(everything)):
            progress(done, len(everything))
    for item_set in bank.sets:
        findings += [*_key_position(item_set), *_key_length(item_set), *_blueprint(known, item_set)]
    findings += [
        *_ids(bank, beside),
        *_stems(bank, beside),
        *_references(bank, known),
        *_modules(bank),
        *document_checks.check_documents(bank.documents),
        *_other_ids(bank),
        *_other_texts(bank),
    ]
    return sorted(set(findings), key=lambda finding: (finding.file, finding.line, finding.code, finding.message))


def _finding(place: Place, code: str, message: str) -> Finding:
    if code not in CODES:
        raise KeyError(code)
    return Finding(place.file, place.line, code, message)


def _of_item(item: Item, part: str, code: str, message: str) -> Finding:
    return replace(_finding(item.place, code, message), item=item.id, part=part)


def _keys(_known: _Known, _set: ItemSet, item: Item) -> Iterator[Finding]:
    keys = len(item.keys)
    if keys == 0:
        yield _of_item(item, "options", "KEY_MISSING", f"Câu “{item.id}” chưa đánh dấu đáp án nào.")
    elif item.kind is not Kind.MULTIPLE and keys != 1:
        yield _of_item(item, "options", "KEY_COUNT", f"Câu “{item.id}” chỉ được có một đáp án, hiện có {keys}.")
    elif item.kind is Kind.MULTIPLE and keys == len(item.options):
        yield _of_item(item, "options", "KEY_COUNT", f"Câu “{item.id}” có mọi phương án đều đúng; cần phương án sai.")


def _options(_known: _Known, _set: ItemSet, item: Item) -> Iterator[Finding]:
    if item.kind is Kind.TRUE_FALSE:
        if [(option.text, option.is_pinned) for option in item.options] != [(word, True) for word in TRUTH_WORDS]:
            message = f"Câu “{item.id}” là câu đúng – sai: cần đúng hai phương án “Đúng”, “Sai”, giữ nguyên thứ tự."
            yield _of_item(item, "options", "TRUTH_WORDS", message)
        return
    for option in item.options:
        if not option.text.strip():
            message = f"Câu “{item.id}”: phương án “{option.id}” đang để trống."
            yield _of_item(item, f"option:{option.id}", "OPTION_EMPTY", message)
    if len(item.options) not in OPTIONS_ALLOWED:
        message = f"Câu “{item.id}” có {len(item.options)} phương án; cần từ 2 đến 8."
        yield _of_item(item, "options", "OPTION_COUNT", message)
    seen: dict[str, str] = {}
    for option in item.options:
        spelling = same_spelling(option.text)
        if spelling and spelling in seen:
            message = f"Câu “{item.id}”: phương án “{option.id}” trùng với phương án “{seen[spelling]}”."
            yield _of_item(item, f"option:{option.id}", "OPTION_TWIN", message)
        seen.setdefault(spelling, option.id)
    for option_id, times in Counter(option.id for option in item.options).items():
        if times > 1:
            message = f"Câu “{item.id}” dùng mã phương án “{option_id}” {times} lần."
            yield _of_item(item, f"option:{option_id}", "OPTION_ID_TWICE", message)


def _grounds(known: _Known, _set: ItemSet, item: Item) -> Iterator[Finding]:
    if not item.rationale.strip():
        yield _of_item(item, "rationale", "RATIONALE_MISSING", f"Câu “{item.id}” chưa có phần giải thích.")
    if not item.source:
        yield _of_item(item, "source", "SOURCE_MISSING", f"Câu “{item.id}” chưa ghi đủ nguồn (văn bản và mục).")
    elif (item.source.document, item.source.section) not in known.sections:
        message = (
            f"Câu “{item.id}”: thư viện không có mục “{item.source.section}” của văn bản “{item.source.document}”."
        )
        yield _of_item(item, "source", "SECTION_UNKNOWN", message)


def _source_days(_known: _Known, _set: ItemSet, item: Item) -> Iterator[Finding]:
    first, last = item.source.valid_from, item.source.valid_until
    if first and last and last < first:
        message = f"Câu “{item.id}”: nguồn hết hiệu lực ({last:%d/%m/%Y}) trước ngày bắt đầu ({first:%d/%m/%Y})."
        yield _of_item(item, "source", "SOURCE_DAYS", message)


def _belonging(known: _Known, item_set: ItemSet, item: Item) -> Iterator[Finding]:
    if item.topic not in known.topics:
        yield _of_item(item, "topic", "TOPIC_UNKNOWN", f"Câu “{item.id}”: chưa khai báo chủ đề “{item.topic}”.")
    if item.lesson is None:
        if item_set.use is Use.LESSON:
            yield _of_item(item, "lesson", "LESSON_MISSING", f"Câu “{item.id}” chưa ghi thuộc bài học nào.")
    elif item.lesson not in known.lessons:
        yield _of_item(item, "lesson", "LESSON_UNKNOWN", f"Câu “{item.id}”: không có bài học “{item.lesson}”.")


def _wording(_known: _Known, _set: ItemSet, item: Item) -> Iterator[Finding]:
    if not item.stem.strip():
        yield _of_item(item, "stem", "STEM_EMPTY", f"Câu “{item.id}” chưa có câu dẫn.")
    if denies_twice(item.stem, [option.text for option in item.options if item.kind is not Kind.TRUE_FALSE]):
        yield _of_item(item, "stem", "DENIES_TWICE", f"Câu “{item.id}” phủ định hai lần, dễ hiểu lầm; xin viết lại.")
    for option in item.options:
        if not option.is_pinned and speaks_of_the_others(option.text):
            message = f"Câu “{item.id}”: phương án “{option.id}” nói về các phương án khác nhưng chưa được giữ ở cuối."
            yield _of_item(item, f"option:{option.id}", "OPTION_LOOSE", message)
    if _ALT_MISSING.search("\n".join((item.stem, *(option.text for option in item.options)))):
        message = f"Câu “{item.id}” có hình chưa kèm lời mô tả cho người không nhìn được hình."
        yield _of_item(item, "stem", "IMAGE_ALT", message)


def _lengths(_known: _Known, _set: ItemSet, item: Item) -> Iterator[Finding]:
    if len(item.options) < OPTIONS_ALLOWED.start or max(len(option.text) for option in item.options) <= LENGTHS_FROM:
        return
    keys = [len(option.text) for option in item.options if option.is_key]
    others = [len(option.text) for option in item.options if not option.is_key]
    if keys and others and max(keys) > KEY_LONGER * max(others):
        message = f"Câu “{item.id}”: đáp án dài hơn hẳn các phương án khác, dễ đoán; xin viết cho cân."
        yield _of_item(item, "options", "OPTION_LENGTHS", message)
    elif max(keys + others) > LONGEST_TO_SHORTEST * min(keys + others):
        message = f"Câu “{item.id}”: phương án dài nhất gấp hơn {LONGEST_TO_SHORTEST} lần phương án ngắn nhất."
        yield _of_item(item, "options", "OPTION_LENGTHS", message)


def _item_text(_known: _Known, _set: ItemSet, item: Item) -> Iterator[Finding]:
    if not _is_nfc(item.id, item.stem, item.rationale, *(option.text for option in item.options)):
        yield _of_item(item, "stem", "NOT_NFC", f"Câu “{item.id}” có chữ chưa ở dạng Unicode dựng sẵn (NFC).")


_ITEM_CHECKS: tuple[Callable[[_Known, ItemSet, Item], Iterator[Finding]], ...] = (
    _keys,
    _options,
    _lengths,
    _wording,
    _grounds,
    _source_days,
    _belonging,
    _item_text,
)


def _key_position(item_set: ItemSet) -> Iterator[Finding]:
    positions = [
        [option.is_key for option in item.options].index(True)
        for item in item_set.items
        if item.kind is Kind.SINGLE and len(item.keys) == 1
    ]
    if len(positions) >= POSITION_FROM and len(set(positions)) == 1:
        message = f"Cả {len(positions)} câu một đáp án đều có đáp án ở vị trí thứ {positions[0] + 1}; xin đổi chỗ."
        yield _finding(item_set.place, "KEY_POSITION", message)


def _key_length(item_set: ItemSet) -> Iterator[Finding]:
    if len(item_set.items) < LENGTH_FROM:
        return
    telling = sum(_is_key_longest(item) for item in item_set.items)
    if telling > LENGTH_SHARE * len(item_set.items):
        message = f"{telling} trên {len(item_set.items)} câu có đáp án là phương án dài nhất; xin viết lại cho cân."
        yield _finding(item_set.place, "KEY_LENGTH", message)


def _is_key_longest(item: Item) -> bool:
    keys = [len(option.text) for option in item.options if option.is_key]
    others = [len(option.text) for option in item.options if not option.is_key]
    return bool(keys and others) and max(keys) > max(others)


def _blueprint(known: _Known, item_set: ItemSet) -> Iterator[Finding]:
    available = Counter((item.topic, item.level) for item in item_set.items)
    wanted: Counter[tuple[str, int]] = Counter()
    for cell in item_set.blueprint:
        if cell.topic not in known.topics:
            yield _finding(cell.place, "TOPIC_UNKNOWN", f"Ma trận đề: chưa khai báo chủ đề “{cell.topic}”.")
        wanted[cell.topic, cell.level] += cell.count
        if wanted[cell.topic, cell.level] > available[cell.topic, cell.level]:
            message = (
                f"Ma trận đề: ô chủ đề “{cell.topic}”, mức {cell.level} cần {wanted[cell.topic, cell.level]} câu, "
                f"bộ này chỉ có {available[cell.topic, cell.level]}."
            )
            yield _finding(cell.place, "BLUEPRINT_SHORT", message)


def _ids(bank: Bank, beside: Sequence[ItemSet]) -> Iterator[Finding]:
    first = {item.id: item_set for item_set in beside for item in item_set.items}
    for item_set, item in bank.items():
        if item.id not in first:
            first[item.id] = item_set
            continue
        earlier = first[item.id]
        code = "ID_TWICE" if earlier.use is item_set.use else "USE_SHARED"
        yield _of_item(item, "id", code, f"Mã câu hỏi “{item.id}” đã dùng trong bộ “{earlier.slug}”.")


def _stems(bank: Bank, beside: Sequence[ItemSet]) -> Iterator[Finding]:
    known = [(item_set, item) for item_set in beside for item in item_set.items]
    everything = [*known, *bank.items()]
    twins = earlier_twins([bare(item.stem) for _, item in everything])
    for index, (earlier_index, is_same) in twins.items():
        item_set, item = everything[index]
        earlier_set, earlier = everything[earlier_index]
        if index < len(known) or item.id == earlier.id:
            continue
        how, code = ("trùng", "STEM_DUPLICATE") if is_same else ("gần trùng", "STEM_NEAR")
        if item_set.use is not earlier_set.use:
            code = "USE_SHARED"
        message = f"Câu “{item.id}” có câu dẫn {how} với câu “{earlier.id}” của bộ “{earlier_set.slug}”."
        yield replace(_of_item(item, "stem", code, message), twin=f"{earlier_set.slug}/{earlier.id}")


def _references(bank: Bank, known: _Known) -> Iterator[Finding]:
    for topic in bank.topics:
        if (topic.document, topic.section) not in known.sections:
            message = f"Chủ đề “{topic.code}”: thư viện không có mục “{topic.section}” của văn bản “{topic.document}”."
            yield _finding(topic.place, "SECTION_UNKNOWN", message)
    for module in bank.modules:
        if module.topic not in known.topics:
            message = f"Chuyên đề “{module.slug}”: chưa khai báo chủ đề “{module.topic}”."
            yield _finding(module.place, "TOPIC_UNKNOWN", message)
        wanted = [(module.place, module.section)]
        wanted += [(lesson.place, section) for lesson in module.lessons for section in lesson.sections]
        for place, section in wanted:
            if (module.document, section) not in known.sections:
                message = f"Thư viện không có mục “{section}” của văn bản “{module.document}”."
                yield _finding(place, "SECTION_UNKNOWN", message)


def _modules(bank: Bank) -> Iterator[Finding]:
    for module in bank.modules:
        if not module.title.strip():
            yield _finding(module.place, "TITLE_EMPTY", f"Chuyên đề “{module.slug}” chưa có tên.")
        if not module.summary.strip():
            yield _finding(module.place, "SUMMARY_EMPTY", f"Chuyên đề “{module.slug}” chưa có lời giới thiệu.")
        for audience in sorted({*module.audiences} - {*Audience}):
            known = ", ".join(Audience)
            message = f"Chuyên đề “{module.slug}”: đối tượng “{audience}” không có. Các đối tượng: {known}."
            yield _finding(module.place, "AUDIENCE_UNKNOWN", message)
        if not module.lessons:
            yield _finding(module.place, "LESSON_NONE", f"Chuyên đề “{module.slug}” chưa có bài học nào.")
        for lesson in module.lessons:
            if not lesson.title.strip():
                yield _finding(lesson.place, "TITLE_EMPTY", f"Bài học “{lesson.slug}” chưa có tên.")
            if not lesson.sections:
                message = f"Bài học “{lesson.slug}” chưa ghi dựa trên mục nào của văn bản."
                yield _finding(lesson.place, "SOURCE_MISSING", message)
            if not lesson.body.strip():
                yield _finding(lesson.body_place, "LESSON_EMPTY", f"Bài học “{lesson.slug}” chưa có nội dung.")
            if _ALT_MISSING.search(lesson.body):
                message = f"Bài học “{lesson.slug}” có hình chưa kèm lời mô tả cho người không nhìn được hình."
                yield _finding(lesson.body_place, "IMAGE_ALT", message)


def _other_ids(bank: Bank) -> Iterator[Finding]:
    names = [(topic.place, f"chủ đề {topic.code}") for topic in bank.topics]
    names += [(module.place, f"vị trí chuyên đề {module.position}") for module in bank.modules]
    for module in bank.modules:
        names += [(lesson.place, f"bài học {module.slug}/{lesson.slug}") for lesson in module.lessons]
    for document in bank.documents:
        names += [(section.place, f"mục {document.slug}#{section.anchor}") for section in document.sections]
    seen: set[str] = set()
    for place, name in names:
        if name in seen:
            yield _finding(place, "ID_TWICE", f"Mã hoặc số thứ tự dùng hai lần: {name}.")
        seen.add(name)


def _other_texts(bank: Bank) -> Iterator[Finding]:
    texts = [(topic.place, topic.title) for topic in bank.topics]
    texts += [(item_set.place, item_set.title + item_set.summary) for item_set in bank.sets]
    for module in bank.modules:
        texts.append((module.place, module.title + module.summary))
        texts += [(lesson.place, lesson.title) for lesson in module.lessons]
        for lesson in module.lessons:
            texts += [
                (Place(lesson.body_place.file, lesson.body_place.line + offset), line)
                for offset, line in enumerate(lesson.body.split("\n"))
            ]
    for document in bank.documents:
        texts.append((document.place, document.number + document.issuer + document.title + document.abstract))
        texts += [(section.place, section.heading + section.abstract) for section in document.sections]
    for place, text in texts:
        if not _is_nfc(text):
            yield _finding(place, "NOT_NFC", "Có chữ chưa ở dạng Unicode dựng sẵn (NFC).")


def _is_nfc(*texts: str) -> bool:
    return all(unicodedata.is_normalized("NFC", text) for text in texts)
