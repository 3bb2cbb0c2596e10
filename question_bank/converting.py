"""`python -m question_bank convert`: a file of questions in one format becomes one in another."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from question_bank import formats
from question_bank.formats import Format
from question_bank.model import ItemSet, Use
from question_bank.parsed import Parsed
from question_bank.plan import Entry, EntryKind, plan
from question_bank.similarity import bare

COMPLETE, INCOMPLETE, NOTHING = 0, 1, 2

HELP = "đổi tệp câu hỏi sang định dạng khác"
_EPILOG = (
    "Mã kết thúc: 0 khi mọi câu đều được chuyển; 1 khi đã ghi tệp nhưng có câu bị bỏ qua hoặc có lỗi; "
    "2 khi không ghi tệp nào. Định dạng: " + ", ".join(f"{one.value} ({one.label})" for one in Format) + "."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.epilog = _EPILOG
    parser.add_argument("source", metavar="VÀO", type=Path, help="tệp câu hỏi cần đổi")
    parser.add_argument("target", metavar="RA", type=Path, help="tệp kết quả")
    parser.add_argument("--to", type=Format, choices=list(Format), help="định dạng ra (mặc định: theo đuôi tệp RA)")
    parser.add_argument("--set", default="", help="tên bộ, dùng để đặt mã cho câu chưa có mã (mặc định: tên tệp VÀO)")
    parser.add_argument("--title", default="", help="tiêu đề của bộ")
    parser.add_argument("--use", type=Use, choices=list(Use), help="mục đích của bộ (mặc định: practice)")
    parser.add_argument("--force", action="store_true", help="ghi đè nếu tệp RA đã có")


def convert(asked: argparse.Namespace) -> int:
    """Run the command and give its exit code."""
    source: Path = asked.source
    target: Path = asked.target
    format_ = asked.to or next((one for one in Format if one.suffix == target.suffix.lower()), None)
    if format_ is None:
        return _refused(f"Không biết định dạng của “{target}”; xin thêm --to.")
    if target.exists() and not asked.force:
        return _refused(f"Tệp “{target}” đã có; thêm --force nếu muốn ghi đè.")
    try:
        parsed = formats.read(source.name, source.read_bytes())
    except OSError:
        return _refused(f"Không mở được tệp “{source}”.")
    item_set, entries = _set_of(asked, parsed)
    left_out = formats.left_out(item_set, format_)
    _print_counts(parsed, entries)
    for item_id in left_out:
        print(f"Không ghi: câu “{item_id}” có nhiều đáp án, {format_.label} không chứa được.")
    if len(item_set.items) == len(left_out):
        return _refused("Không có câu nào để ghi.")
    try:
        target.write_bytes(formats.write(item_set, format_, images=parsed.images))
    except OSError:
        return _refused(f"Không ghi được tệp “{target}”.")
    print(f"Đã ghi {len(item_set.items) - len(left_out)} câu vào {target} ({format_.label}).")
    is_complete = len(item_set.items) == parsed.blocks and not left_out
    return COMPLETE if is_complete else INCOMPLETE


def _set_of(asked: argparse.Namespace, parsed: Parsed) -> tuple[ItemSet, tuple[Entry, ...]]:
    slug = asked.set or re.sub(r"\s+", "-", bare(asked.source.stem.replace("_", " "))) or "bo-cau-hoi"
    head = parsed.head
    title = asked.title or (head.title if head else "") or asked.source.stem
    use = asked.use or (head.use if head else Use.PRACTICE)
    entries = plan(parsed.items, ItemSet(slug, title, use, ())).entries
    items = tuple(entry.item for entry in entries if entry.item is not None)
    blueprint = head.blueprint if head else ()
    return ItemSet(slug, title, use, items, head.summary if head else "", blueprint), entries


def _print_counts(parsed: Parsed, entries: tuple[Entry, ...]) -> None:
    counts = f"{len(parsed.items)} câu hỏi + {len(parsed.skipped)} bỏ qua + {len(parsed.errors)} lỗi"
    print(f"{parsed.blocks} mục trong tệp = {counts}.")
    for skipped in parsed.skipped:
        print(f"Bỏ qua: {skipped.place}: {skipped.message}")
    for problem in parsed.problems:
        print(f"Lỗi: {problem}")
    for entry in entries:
        if entry.kind is EntryKind.ERROR:
            print(f"Lỗi: {entry.place}: {entry.message}")
        elif entry.message:
            print(f"Lưu ý: {entry.place}: {entry.message}")


def _refused(message: str) -> int:
    print(message, file=sys.stderr)
    return NOTHING
