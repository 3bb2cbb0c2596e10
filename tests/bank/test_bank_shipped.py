"""What is shipped: free of findings, and of the size and shape the product promises."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from question_bank.checks import check
from question_bank.model import Bank, Kind, Use
from question_bank.reading import read_bank

TOPICS = ("II.1.1", "II.1.2", "II.1.3", "II.1.4", "II.1.5", "II.1.6", "II.1.7", "II.1.8", "II.2-IV")
# Matters on which other texts disagree with the plan, or which name people: never a question.
NEVER_ASKED = re.compile(
    r"đột phá|quan điểm|trụ cột|GRDP|bốn vấn đề|04 vấn đề|Bí thư (?:Thành ủy|Đảng ủy)|Chủ tịch", re.I
)
# What a stem says when it asks for nothing but a number.
RECALLS = re.compile(r"bao nhiêu|lần thứ mấy|ngày nào|năm nào|mang số", re.I)


@pytest.fixture(scope="module")
def bank() -> Bank:
    return read_bank()


def test_nothing_is_left_to_mend(bank: Bank) -> None:
    assert [str(finding) for finding in check(bank)] == []


def test_there_is_enough_for_every_use(bank: Bank) -> None:
    uses = Counter(item_set.use for item_set, _ in bank.items())
    assert uses[Use.LESSON] >= 80
    assert uses[Use.PRACTICE] >= 70
    assert uses[Use.CONTEST] >= 115
    assert uses.total() >= 250


def test_every_topic_can_be_practised_at_every_level(bank: Bank) -> None:
    practice = [item for item_set, item in bank.items() if item_set.use is Use.PRACTICE]
    topics = Counter(item.topic for item in practice)
    cells = Counter((item.topic, item.level) for item in practice)
    assert all(topics[topic] >= 7 for topic in TOPICS)
    assert all(cells[topic, level] >= 2 for topic in TOPICS for level in (1, 2, 3))


def test_a_quarter_asks_to_apply_or_to_tell_apart(bank: Bank) -> None:
    items = [item for _, item in bank.items()]
    highest = [item for item in items if item.level == 3]
    assert 4 * len(highest) >= len(items)
    assert [item.id for item in highest if RECALLS.search(item.stem)] == []


def test_each_topic_has_its_module_in_the_order_of_the_plan(bank: Bank) -> None:
    assert tuple(topic.code for topic in bank.topics) == TOPICS
    assert tuple(module.topic for module in bank.modules) == TOPICS
    assert [module.position for module in bank.modules] == list(range(1, 10))


def test_every_lesson_has_check_questions(bank: Bank) -> None:
    asked = Counter(item.lesson for item_set, item in bank.items() if item_set.use is Use.LESSON)
    lessons = {f"{module.slug}/{lesson.slug}" for module in bank.modules for lesson in module.lessons}
    assert {lesson: asked[lesson] for lesson in lessons if asked[lesson] < 2} == {}


def test_whoever_practises_is_led_to_the_very_lesson(bank: Bank) -> None:
    """One of the module of its topic, that leans on the section in which the answer stands; no summary."""
    lessons = {f"{module.slug}/{one.slug}": (module, one) for module in bank.modules for one in module.lessons}
    for item in (item for item_set, item in bank.items() if item_set.use is Use.PRACTICE):
        assert item.lesson is not None, item.id
        module, lesson = lessons[item.lesson]
        assert (module.topic, module.document) == (item.topic, item.source.document), item.id
        assert item.source.section in lesson.sections, item.id
        assert lesson.slug != "tom-tat", item.id


def test_the_contest_set_fills_its_paper_five_times_over(bank: Bank) -> None:
    contest = bank.item_set("hanoi-18-minh-hoa")
    assert contest is not None
    assert "minh họa" in contest.title
    cells = Counter((item.topic, item.level) for item in contest.items)
    assert all(cells[topic, level] >= 3 for topic in TOPICS for level in (1, 2, 3))
    assert sum(cell.count for cell in contest.blueprint) == 15
    assert {cell.topic for cell in contest.blueprint} == {topic for topic, _ in cells}
    assert len(contest.items) >= 5 * 15
    assert {item.kind for item in contest.items} == {Kind.SINGLE, Kind.MULTIPLE}


def test_keys_are_not_given_away(bank: Bank) -> None:
    for item_set in bank.sets:
        single = [item for item in item_set.items if item.kind is Kind.SINGLE]
        positions = Counter([option.is_key for option in item.options].index(True) for item in single)
        assert max(positions.values()) <= 0.4 * len(single)
        assert set(positions) == {0, 1, 2, 3}
        longest = [
            item for item in single if all(_is_longer(item.keys[0].text, o.text) for o in item.options if not o.is_key)
        ]
        assert len(longest) <= 0.4 * len(single)


def _is_longer(one: str, other: str) -> bool:
    return len(one) > len(other)


def test_options_weigh_about_the_same(bank: Bank) -> None:
    for _, item in bank.items():
        lengths = [len(option.text) for option in item.options]
        assert max(lengths) <= 2.5 * min(lengths) + 12, item.id
        assert len(item.options) == 4


def test_nothing_disputed_is_asked(bank: Bank) -> None:
    for _, item in bank.items():
        asked = " ".join((item.stem, *(option.text for option in item.options)))
        assert not NEVER_ASKED.search(asked), item.id


def test_lessons_are_short_and_in_sections(bank: Bank) -> None:
    for module in bank.modules:
        assert 3 <= len(module.lessons) <= 7
        for lesson in module.lessons:
            words = [word for word in lesson.body.split() if any(map(str.isalnum, word))]
            assert 150 <= len(words) <= 350, lesson.slug
            assert lesson.body.count("\n## ") >= 2
            assert lesson.sections


def test_every_module_ends_with_its_summary(bank: Bank) -> None:
    for module in bank.modules:
        last = module.lessons[-1]
        assert (last.slug, last.title.startswith("Tóm tắt: ")) == ("tom-tat", True), module.slug
        assert module.section in last.sections
        assert "## Dễ nhầm\n" in last.body, module.slug


def test_the_plan_has_its_whole_outline(bank: Bank) -> None:
    plan = bank.document("ke-hoach-bat-trang")
    assert plan is not None
    anchors = [section.anchor for section in plan.sections]
    assert anchors == [
        *("i", "i-1", "i-2", "ii", "ii-1"),
        *(f"ii-1-{number}" for number in range(1, 9)),
        *("ii-2", "ii-2-1", "ii-2-2", "ii-2-3", "iii", "iii-1", "iii-2", "iv", "iv-1", "iv-2", "iv-2-1", "iv-2-2"),
        *(f"iv-{number}" for number in range(3, 8)),
    ]
    assert [section.depth for section in plan.sections] == [anchor.count("-") + 1 for anchor in anchors]
    assert (plan.number, plan.dated_on) == ("", None), "the text at hand states neither"
