"""The file of a backup: a compressed tar whose last member lists every other with its hash."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from quiz_app.operations.errors import ArchiveAltered, ArchiveBroken

MANIFEST = "manifest.json"
FORMAT = 1
CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `counts` are the rows per table at the instant of the dump.

    `audit_head`: how far the audit's chain reached, empty where nothing was sealed yet.
    """

    made_at: str
    engine: str
    revision: str
    counts: dict[str, int]
    parts: dict[str, str]
    audit_head: str = ""
    format: int = FORMAT


def pack(
    target: Path,
    parts: Iterable[tuple[str, Path]],
    *,
    made_at: str,
    engine: str,
    revision: str,
    counts: dict[str, int],
    audit_head: str = "",
) -> Manifest:
    """Write an archive of these parts (name within, file). It appears under its name only when it is complete."""
    draft = target.with_name(target.name + ".part")
    hashes: dict[str, str] = {}
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # only the service's account may read it
    with os.fdopen(descriptor, "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as tar:
            for name, path in parts:
                hashes[name] = _add(tar, name, path)
            manifest = Manifest(made_at, engine, revision, counts, hashes, audit_head)
            written = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
            member = tarfile.TarInfo(MANIFEST)
            member.size = len(written)
            tar.addfile(member, io.BytesIO(written))
        raw.flush()
        os.fsync(raw.fileno())
    draft.replace(target)
    return manifest


def _add(tar: tarfile.TarFile, name: str, path: Path) -> str:
    with path.open("rb") as source:
        member = tarfile.TarInfo(name)
        member.size = os.fstat(source.fileno()).st_size
        member.mode = 0o600
        hashing = _Hashing(source)
        tar.addfile(member, hashing)
        return hashing.digest.hexdigest()


class _Hashing(io.RawIOBase):
    """Hashes what is read through it, so that list and content are of the same bytes."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        found = self._source.read(size)
        self.digest.update(found)
        return found


def check(archive: Path) -> Manifest:
    """Read the whole archive against its list. Raises ArchiveBroken or ArchiveAltered."""
    return _read(archive, None)


def unpack(archive: Path, folder: Path) -> Manifest:
    """Like `check`, and put every part into `folder`."""
    return _read(archive, folder)


def _read(archive: Path, folder: Path | None) -> Manifest:
    found: dict[str, str] = {}
    manifest: Manifest | None = None
    with _opened(archive) as tar:
        for member in tar:
            if not member.isreg() or not _is_plain(member.name) or member.name in found or manifest is not None:
                raise ArchiveAltered(part=member.name)
            content = tar.extractfile(member)
            if content is None:
                raise ArchiveBroken
            if member.name == MANIFEST:
                manifest = _manifest(content.read())
                continue
            found[member.name] = _copied(content, folder / member.name if folder else None)
    if manifest is None:
        raise ArchiveBroken
    for name in sorted(found.keys() | manifest.parts.keys()):
        if found.get(name) != manifest.parts.get(name):
            raise ArchiveAltered(part=name)
    return manifest


@contextmanager
def _opened(archive: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(archive, mode="r:gz") as tar:
            yield tar
            _read_to_the_end(tar)
    except (EOFError, tarfile.TarError, gzip.BadGzipFile, zlib.error) as error:
        raise ArchiveBroken from error


def _read_to_the_end(tar: tarfile.TarFile) -> None:
    """The checksum of the compressed stream stands at its end, behind what a tar reader looks at."""
    stream: Any = tar.fileobj
    while stream.read(CHUNK):
        pass


def _is_plain(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and "\0" not in name


def _manifest(content: bytes) -> Manifest:
    try:
        stored: dict[str, Any] = json.loads(content)
        manifest = Manifest(**stored)
    except (ValueError, TypeError) as error:
        raise ArchiveAltered(part=MANIFEST) from error
    if manifest.format != FORMAT:
        raise ArchiveAltered(part=MANIFEST)
    return manifest


def _copied(content: IO[bytes], target: Path | None) -> str:
    digest = hashlib.sha256()
    if target is None:
        while chunk := content.read(CHUNK):
            digest.update(chunk)
        return digest.hexdigest()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as copy:
        while chunk := content.read(CHUNK):
            digest.update(chunk)
            copy.write(chunk)
    return digest.hexdigest()
