"""Command line for authors: `python -m question_bank check | stats | preview | convert`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from question_bank.checks import check
from question_bank.converting import HELP, add_arguments, convert
from question_bank.model import LEVELS, Bank, Finding, Item, ItemSet, Use
from question_bank.reading import SHIPPED, BankUnreadable, is_shipped, read_bank

_USE_NAMES = {Use.LESSON: "ôn sau bài học", Use.PRACTICE: "tự luyện", Use.CONTEST: "rút đề thi"}
_LEVEL_NAMES = {1: "nhận biết", 2: "thông hiểu", 3: "vận dụng"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code: 0, 1 where something has to be mended, 2 where nothing was written."""
    asked = _parser().parse_args(arguments)
    if asked.command == "convert":
        return convert(asked)
    folder: Path = asked.dir
    try:
        bank = read_bank(folder)
    except BankUnreadable as unreadable:
        _print_findings(unreadable.findings, folder, sys.stderr if asked.command != "check" else sys.stdout)
        return 1
    if asked.command == "check":
        return _check(bank, folder)
    if asked.command == "stats":
        return _stats(bank, is_json=asked.json)
    return _preview(bank, asked.set)


def stats(bank: Bank) -> dict[str, object]:
    """Counts of a bank, ready for JSON; topics and uses without items are there with 0."""
    items = [item for _, item in bank.items()]
    topics = Counter(item.topic for item in items)
    levels = Counter(item.level for item in items)
    uses = Counter(item_set.use for item_set, _ in bank.items())
    return {
        "items": len(items),
        "modules": len(bank.modules),
        "lessons": sum(len(module.lessons) for module in bank.modules),
        "documents": len(bank.documents),
        "sets": len(bank.sets),
        "by_topic": {topic.code: topics[topic.code] for topic in bank.topics},
        "by_level": {str(level): levels[level] for level in LEVELS},
        "by_use": {use.value: uses[use] for use in Use},
        "by_kind": dict(sorted(Counter(item.kind.value for item in items).items())),
        "by_set": {item_set.slug: len(item_set.items) for item_set in bank.sets},
    }


def _check(bank: Bank, folder: Path) -> int:
    beside = () if is_shipped(folder) else read_bank().sets
    findings = check(bank, beside)
    _print_findings(findings, folder, sys.stdout)
    if findings:
        print(f"Có {len(findings)} điểm cần sửa.", file=sys.stderr)
        return 1
    print(f"Không có điểm nào cần sửa trong {sum(len(item_set.items) for item_set in bank.sets)} câu hỏi.")
    return 0


def _print_findings(findings: Sequence[Finding], folder: Path, stream: TextIO) -> None:
    for finding in findings:
        file = os.path.relpath(folder / finding.file)
        print(f"{file}:{finding.line}: {finding.code} {finding.message}", file=stream)


def _stats(bank: Bank, *, is_json: bool) -> int:
    counts = stats(bank)
    if is_json:
        print(json.dumps(counts, ensure_ascii=False, indent=2))
        return 0
    names = {
        "items": "Câu hỏi",
        "modules": "Chuyên đề",
        "lessons": "Bài học",
        "documents": "Văn bản",
        "sets": "Bộ câu hỏi",
        "by_topic": "Theo chủ đề",
        "by_level": "Theo mức độ",
        "by_use": "Theo mục đích",
        "by_kind": "Theo loại câu",
        "by_set": "Theo bộ",
    }
    for key, value in counts.items():
        shown = ", ".join(f"{part}: {count}" for part, count in value.items()) if isinstance(value, dict) else value
        print(f"{names[key]}: {shown}")
    return 0


def _preview(bank: Bank, slug: str) -> int:
    item_set = bank.item_set(slug)
    if item_set is None:
        known = ", ".join(known.slug for known in bank.sets) or "chưa có bộ nào"
        print(f"Không có bộ câu hỏi “{slug}”. Các bộ hiện có: {known}.", file=sys.stderr)
        return 1
    print("\n".join(_set_lines(bank, item_set)))
    return 0


def _set_lines(bank: Bank, item_set: ItemSet) -> list[str]:
    lines = [item_set.title, f"{len(item_set.items)} câu hỏi; mục đích: {_USE_NAMES[item_set.use]}", ""]
    for number, item in enumerate(item_set.items, start=1):
        lines += [*_item_lines(bank, number, item), ""]
    return lines


def _item_lines(bank: Bank, number: int, item: Item) -> list[str]:
    document = bank.document(item.source.document)
    section = document.section(item.source.section) if document else None
    where = f"{document.title}, mục {section.heading}" if document and section else str(item.source)
    lines = [f"Câu {number} [{item.id}] – {item.topic}, mức {item.level} ({_LEVEL_NAMES[item.level]})", item.stem]
    lines += [f"  {'*' if option.is_key else ' '} {option.id}) {option.text}" for option in item.options]
    lines += [f"  Giải thích: {item.rationale}", f"  Nguồn: {where}"]
    if item.lesson:
        lines.append(f"  Bài học: {item.lesson}")
    return lines


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--dir", type=Path, default=SHIPPED, help="thư mục ngân hàng (mặc định: bộ kèm theo)")
    parser = argparse.ArgumentParser(prog="python -m question_bank", description="Công cụ cho người biên soạn.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", parents=[shared], help="tìm những điểm cần sửa")
    counts = commands.add_parser("stats", parents=[shared], help="đếm câu hỏi, chuyên đề, văn bản")
    counts.add_argument("--json", action="store_true", help="in dạng JSON")
    preview = commands.add_parser("preview", parents=[shared], help="in một bộ câu hỏi để đọc, có đáp án")
    preview.add_argument("set", help="tên thư mục của bộ câu hỏi")
    add_arguments(commands.add_parser("convert", help=HELP, description=f"Lệnh này {HELP}."))
    return parser


if __name__ == "__main__":
    sys.exit(main())
