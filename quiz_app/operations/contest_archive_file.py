"""The file of a contest's archive: a ZIP of one file of lines per table, and the list of them with their hashes.

Nothing in it depends on when or where it was written but the list's own instant and hand.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from quiz_app.operations import contest_archive_labels as labels
from quiz_app.operations.archive import CHUNK, MANIFEST
from quiz_app.operations.contest_archive_errors import (
    ContestArchiveAltered,
    ContestArchiveBroken,
    ContestArchiveIncomplete,
    ContestArchiveLine,
    ContestArchiveOther,
    ContestArchiveTooLarge,
    ContestArchiveUnknown,
)
from quiz_app.operations.contest_archive_parts import ORDER

FORMAT = 1
LARGEST_MANIFEST = 4 * 1024**2
LARGEST_PART = 4 * 1024**3
LARGEST_TOTAL = 8 * 1024**3
LONGEST_LINE = 4 * 1024**2
MOST_SHRUNK = 300  # lines of a table shrink thirtyfold at most; what shrinks more is meant to fill a disk
WITHOUT_TIME = (1980, 1, 1, 0, 0, 0)
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, RuntimeError, OSError)


@dataclass(frozen=True, slots=True)
class Listed:
    """A part as the list has it."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds, and from where. `rosters`: by round, the hash of who might take part. `tables`: those
    that are published.
    """

    format: int
    product: str
    revision: str
    made_at: str
    made_by: str
    contest: dict[str, Any]
    files: dict[str, Listed]
    rosters: dict[str, str]
    tables: list[dict[str, Any]]

    @property
    def rows(self) -> int:
        return sum(listed.rows for listed in self.files.values())


def part_name(table: str) -> str:
    """How the file of a table is called within an archive."""
    return f"tables/{table}.jsonl"


class Writer:
    """Writes an archive part by part; it stands under its name only when it is complete."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.files: dict[str, Listed] = {}

    def part(self, table: str, lines: Iterable[bytes]) -> None:
        """Write the file of a table, a line at a time."""
        digest, rows = hashlib.sha256(), 0
        with self._archive.open(_entry(part_name(table)), "w", force_zip64=True) as target:
            for line in lines:
                target.write(line)
                digest.update(line)
                rows += 1
        self.files[part_name(table)] = Listed(rows, digest.hexdigest())

    def manifest(self, manifest: Manifest) -> None:
        content = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
        self._archive.writestr(_entry(MANIFEST), content)


@contextmanager
def writing(target: Path) -> Iterator[Writer]:
    """A new archive, left out where the block ends with an exception."""
    draft = target.with_name(target.name + ".part")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)  # only the service's account may read it
    try:
        with os.fdopen(descriptor, "w+b") as raw:
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                yield Writer(archive)
            raw.flush()
            os.fsync(raw.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def reading(source: Path) -> Iterator[Reader]:
    """An archive whose list, names and sizes have been looked at. Raises what is wrong with it."""
    try:
        archive = zipfile.ZipFile(source)
    except BROKEN as error:
        raise ContestArchiveBroken from error
    with archive:
        entries = _sound_entries(archive)
        yield Reader(archive, entries, _manifest(archive, entries))


class Reader:
    """Reads an archive part by part, never more than a line at a time."""

    def __init__(self, archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], manifest: Manifest) -> None:
        self._archive = archive
        self._entries = entries
        self.manifest = manifest

    def prove(self) -> None:
        """Hold every part against the list. Raises ContestArchiveAltered."""
        for name, listed in self.manifest.files.items():
            digest = hashlib.sha256()
            with _opened(self._archive, self._entries[name]) as content:
                while chunk := content.read(CHUNK):
                    digest.update(chunk)
            if digest.hexdigest() != listed.sha256:
                raise ContestArchiveAltered(part=name)

    def lines(self, table: str) -> Iterator[tuple[int, bytes]]:
        """The lines of a table's file with their numbers. Raises ContestArchiveLine, ContestArchiveAltered."""
        name = part_name(table)
        found = 0
        with _opened(self._archive, self._entries[name]) as content:
            while line := content.readline(LONGEST_LINE + 1):
                found += 1
                if len(line) > LONGEST_LINE:
                    raise ContestArchiveLine(part=name, line=found, why=labels.TOO_LONG_LINE)
                yield found, line
        listed = self.manifest.files[name].rows
        if found != listed:
            why = labels.OTHER_COUNT.format(part=name, found=found, listed=listed)
            raise ContestArchiveLine(part=name, line=found, why=why)


@contextmanager
def _opened(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    try:
        with archive.open(entry) as content:
            yield content
    except BROKEN as error:
        raise ContestArchiveAltered(part=entry.filename) from error


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, WITHOUT_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = 0o600 << 16
    return entry


def _sound_entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The entries by name: each known, once, plain and of a size that can be. No name is ever used as a path."""
    known = {MANIFEST, *map(part_name, ORDER)}
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        name = entry.filename
        if name not in known:
            raise ContestArchiveUnknown(part=name[:100])
        if name in entries:
            raise ContestArchiveAltered(part=name)
        if entry.file_size > LARGEST_PART or entry.file_size > MOST_SHRUNK * entry.compress_size + CHUNK:
            raise ContestArchiveTooLarge(part=name)
        entries[name] = entry
    if sum(entry.file_size for entry in entries.values()) > LARGEST_TOTAL:
        raise ContestArchiveTooLarge(part=archive.filename)
    for name in (MANIFEST, *map(part_name, ORDER)):
        if name not in entries:
            raise ContestArchiveIncomplete(part=name)
    return entries


def _manifest(archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo]) -> Manifest:
    if entries[MANIFEST].file_size > LARGEST_MANIFEST:
        raise ContestArchiveTooLarge(part=MANIFEST)
    with _opened(archive, entries[MANIFEST]) as content:
        written = content.read()
    try:
        stored = json.loads(written)
        theirs = stored["format"]
        if theirs != FORMAT:
            raise ContestArchiveOther(theirs=str(theirs)[:20], ours=FORMAT)
        files = {str(name): Listed(**listed) for name, listed in stored.pop("files").items()}
        is_sound = (
            all(isinstance(stored[name], str) for name in ("product", "revision", "made_at", "made_by"))
            and type(stored["contest"]["id"]) is int
            and isinstance(stored["rosters"], dict)
            and isinstance(stored["tables"], list)
        )
        manifest = Manifest(files=files, **stored)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ContestArchiveAltered(part=MANIFEST) from error
    if not is_sound or files.keys() != entries.keys() - {MANIFEST}:
        raise ContestArchiveAltered(part=MANIFEST)
    return manifest
