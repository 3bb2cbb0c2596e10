"""Questions in and out as files: read apart, planned in full, confirmed by a person, taken in as drafts at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from question_bank import formats
from question_bank.formats import Format, Parsed, ParsedItem, Problem, limited
from question_bank.formats.limits import MAX_BYTES
from question_bank.markup import images_in
from question_bank.model import ItemSet
from question_bank.parsed import Unreadable
from question_bank.plan import Entry, EntryKind, Plan, plan, resolved
from quiz_app.authoring import images, queries, writing
from quiz_app.authoring.errors import PlanOutOfDate, UploadGone, UploadRefused
from quiz_app.authoring.models import SetDraft
from quiz_app.authoring.policy import Action
from quiz_app.catalogue import published
from quiz_app.contests import seals
from quiz_app.kernel import files
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.web.pictures import ImageKindRefused, ImageMoves, ImageTooLarge, ImageUnreadable

KEPT_FOR = timedelta(days=1)
_NAME = re.compile(r"[0-9a-f]{64}")


class Answer(StrEnum):
    """What a person says of a question that is nearly the same as a known one."""

    NEW = "new"
    SAME = "same"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits to be confirmed: under its sender, its set and its hash."""

    folder: Path
    sha256: str
    name: str

    @property
    def content(self) -> bytes:
        return (self.folder / "content").read_bytes()

    @property
    def parsed(self) -> Parsed:
        return Parsed.from_json((self.folder / "parsed.json").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking a file in did."""

    new: int
    changed: int
    unchanged: int
    skipped: int
    errors: int


def take_upload(data_dir: Path, member_id: int, slug: str, name: str, content: bytes, *, now: datetime) -> Upload:
    """Read a file in a process of its own and keep it for a day, its images with it.

    Raises UploadRefused where it is not even opened; what cannot be read in it is an error of the plan.
    """
    if len(content) > MAX_BYTES:
        raise UploadRefused(reason=f"tệp lớn hơn {MAX_BYTES // 1024 // 1024} MB")
    if not content:
        raise UploadRefused(reason="tệp không có nội dung")
    parsed = _with_kept_images(data_dir, limited.read(name, content))
    digest = hashlib.sha256(content).hexdigest()
    folder = _folder(data_dir, member_id, slug, digest)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "content").write_bytes(content)
    (folder / "parsed.json").write_text(parsed.to_json(), encoding="utf-8")
    (folder / "name").write_text(name, encoding="utf-8")
    return Upload(folder, digest, name)


def kept_upload(data_dir: Path, member_id: int, slug: str, sha256: str) -> Upload:
    """An upload of this person. Raises UploadGone once it was taken in or a day has passed."""
    folder = _folder(data_dir, member_id, slug, sha256)
    if not _NAME.fullmatch(sha256) or not (folder / "parsed.json").is_file():
        raise UploadGone
    return Upload(folder, sha256, (folder / "name").read_text(encoding="utf-8"))


def planned(r: Reading, slug: str, parsed: Parsed) -> Plan:
    """What taking the file into a set would change. Raises Missing, SetSealed."""
    set_ = queries.set_draft(r, slug)
    seals.require_open(r, slug)
    return _plan(r, set_, parsed)


def note_look(w: Work, slug: str) -> None:
    """Put on record that the actor was shown keys of a set beside those of a file. Raises Missing."""
    set_ = queries.set_draft(w, slug)
    w.record(Action.DRAFT_KEYS_VIEWED, f"set_draft:{set_.id}", kind="set", code=slug)


def fingerprint(found: Plan) -> str:
    """Stands for a plan as it was shown: what is confirmed is that one and no other."""
    return hashlib.sha256(found.to_json().encode()).hexdigest()


def take_in(w: Work, slug: str, upload: Upload, *, shown: str, answers: Mapping[int, Answer]) -> tuple[Taken, Plan]:
    """Make drafts of what a file says that is new or other. `answers` are by the place of the entry in the plan.

    Raises Missing, SetSealed, PlanOutOfDate where the set changed since the plan was shown or an answer is missing.
    """
    parsed = upload.parsed
    set_ = queries.set_draft(w, slug)
    seals.require_open(w, slug)
    writing.hold_drafts(w, set_)  # nobody saves between the plan and what comes of it
    found = _plan(w, set_, parsed)
    if fingerprint(found) != shown:
        raise PlanOutOfDate
    entries = tuple(_answered(index, entry, answers) for index, entry in enumerate(found.entries))
    wanted = (EntryKind.NEW, EntryKind.CHANGED)
    writing.add_items(w, slug, [entry.item for entry in entries if entry.kind in wanted and entry.item is not None])
    taken = Taken(
        new=sum(entry.kind is EntryKind.NEW for entry in entries),
        changed=sum(entry.kind is EntryKind.CHANGED for entry in entries),
        unchanged=sum(entry.kind is EntryKind.UNCHANGED for entry in entries),
        skipped=len(parsed.skipped) + sum(entry.kind is EntryKind.DOUBTFUL for entry in entries),
        errors=len(parsed.errors) + sum(entry.kind is EntryKind.ERROR for entry in entries),
    )
    w.record(
        Action.SET_IMPORTED,
        f"set_draft:{set_.id}",
        slug=slug,
        file_name=upload.name,
        sha256=upload.sha256,
        new=taken.new,
        changed=taken.changed,
        skipped=taken.skipped,
        errors=taken.errors,
    )
    return taken, replace(found, entries=entries)


def result_sheet(upload: Upload, found: Plan) -> bytes:
    """The sheet that was sent with a column "Kết quả", or one that lists each block. Raises UploadRefused."""
    try:
        return limited.result_sheet(upload.name, upload.content, upload.parsed, found)
    except Unreadable as refused:
        raise UploadRefused(reason=str(refused)) from refused


def export(w: Work, data_dir: Path, slug: str, format: Format) -> bytes:  # noqa: A002 - as in question_bank.formats
    """The set as it would be if every draft were published, as a file; put on record. Raises Missing, SetSealed."""
    set_ = queries.set_draft(w, slug)
    seals.require_open(w, slug)
    whole = queries.as_written(w.session, set_)
    content = formats.write(whole, format, published.frame(w.session).documents, _used_images(data_dir, whole))
    w.record(
        Action.SET_EXPORTED,
        f"set_draft:{set_.id}",
        slug=slug,
        format=format.value,
        items=len(whole.items),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return content


def _plan(r: Reading, set_: SetDraft, parsed: Parsed) -> Plan:
    existing = queries.as_written(r.session, set_)
    return plan(
        parsed.items,
        existing,
        published.other_sets(r.session, set_.slug),
        spent_ids=queries.spent_codes(r.session, set_),
        spent_options=queries.spent_option_ids_of_set(r.session, set_.slug),
    )


def _answered(index: int, entry: Entry, answers: Mapping[int, Answer]) -> Entry:
    if entry.kind is not EntryKind.DOUBTFUL:
        return entry
    answer = answers.get(index)
    if answer is None or (answer is Answer.SAME and entry.merged is None):
        raise PlanOutOfDate
    return entry if answer is Answer.SKIP else resolved(entry, is_same=answer is Answer.SAME)


def _with_kept_images(data_dir: Path, parsed: Parsed) -> Parsed:
    """The same with its images kept here, under the addresses that texts bear from now on.

    One that cannot be kept stands in the texts by its description, and its question says so.
    """
    kept: dict[str, str] = {}
    for address, content in parsed.images.items():
        with suppress(ImageKindRefused, ImageMoves, ImageTooLarge, ImageUnreadable):
            kept[address] = images.PREFIX + images.keep(data_dir, content)
    items = tuple(_with_images(one, parsed.images.keys(), kept) for one in parsed.items)
    return replace(parsed, items=items, images={})


def _with_images(parsed: ParsedItem, named: Collection[str], kept: Mapping[str, str]) -> ParsedItem:
    lost: set[str] = set()

    def shown(text: str) -> str:
        for address in named:
            if address in kept:
                text = text.replace(f"]({address})", f"]({kept[address]})")
            elif f"]({address})" in text:
                lost.add(address)
                text = re.sub(r"!\[([^\]]*)\]\(" + re.escape(address) + r"\)", r"\1", text)
        return text

    item = parsed.item
    options = tuple(replace(option, text=shown(option.text)) for option in item.options)
    item = replace(item, stem=shown(item.stem), rationale=shown(item.rationale), options=options)
    said = "Hình không dùng được (hỏng, quá lớn hoặc là hình động) nên chỉ còn lời mô tả; xin chèn lại sau khi nhập."
    warnings = tuple(Problem(parsed.place, said, address) for address in sorted(lost))
    return replace(parsed, item=item, warnings=parsed.warnings + warnings)


def _used_images(data_dir: Path, whole: ItemSet) -> dict[str, bytes]:
    found = {}
    for address in _addresses(whole):
        with suppress(Missing):  # an image that is not kept here is told by the page that shows it
            found[address] = images.path_of(data_dir, address.removeprefix(images.PREFIX)).read_bytes()
    return found


def _addresses(whole: ItemSet) -> Iterator[str]:
    for item in whole.items:
        for text in (item.stem, item.rationale, *(option.text for option in item.options)):
            yield from images_in(text)


def _folder(data_dir: Path, member_id: int, slug: str, sha256: str) -> Path:
    return data_dir / "uploads" / "bank" / f"{member_id}-{slug}-{sha256}"


def forget_old(data_dir: Path, now: datetime) -> int:
    """Delete what nobody confirmed within a day; how many files were sent."""
    return files.forget((data_dir / "uploads" / "bank").glob("*"), now - KEPT_FOR)
