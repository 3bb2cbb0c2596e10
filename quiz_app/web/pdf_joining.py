"""Files that `pdf.of_page` made as parts, joined to one: so a long print takes no more memory than a piece of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

CATALOG, PAGES = 1, 2  # numbers of the two objects that are new
_BEGIN_DATA = b">>\nstream\n"
_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_XREF = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")
_ENTRY = re.compile(rb"^(\d{10}) \d{5} n", re.MULTILINE)


def joined(files: Sequence[bytes]) -> bytes:
    """All pages, in their order. The files must be parts: of PDF 1.4, whose objects stand each for itself."""
    kept: list[bytes] = [b"", b""]
    kids: list[bytes] = []
    count = 0
    for file in files:
        shift = len(kept)
        own = [_shifted(each, shift) for each in _objects(file)]
        catalog = next(each for each in own if b"/Type /Catalog" in each)
        root = int(_matched(rb"/Pages (\d+) 0 R", catalog)) - shift - 1
        count += int(_matched(rb"/Count (\d+)", own[root]))
        own[root] = own[root].replace(b"/Type /Pages", b"/Type /Pages/Parent %d 0 R" % PAGES, 1)
        kids.append(b"%d 0 R" % (root + shift + 1))
        kept += own
    kept[CATALOG - 1] = b"<</Type /Catalog/Pages %d 0 R/Lang (vi)>>" % PAGES
    kept[PAGES - 1] = b"<</Type /Pages/Kids [%s]/Count %d>>" % (b" ".join(kids), count)
    return _written(kept)


def _objects(file: bytes) -> list[bytes]:
    """The bodies of a file's objects, the first of them number 1."""
    xref = int(_matched(_XREF, file[-64:]))
    starts = [int(found) for found in _ENTRY.findall(file, xref)]
    ends = dict(zip(sorted(starts), [*sorted(starts)[1:], xref], strict=True))
    bodies = [file[start : ends[start]] for start in starts]
    return [body[body.index(b"obj") + 3 : body.rindex(b"endobj")].strip(b"\n") for body in bodies]


def _shifted(body: bytes, shift: int) -> bytes:
    """The same with other numbers in its references; what it holds as data stays as it is."""
    head, begin, data = body.partition(_BEGIN_DATA)
    return _REFERENCE.sub(lambda found: b"%d 0 R" % (int(found[1]) + shift), head) + begin + data


def _matched(pattern: bytes | re.Pattern[bytes], text: bytes) -> bytes:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError("no part of a longer PDF file")
    return found[1]


def _written(bodies: Sequence[bytes]) -> bytes:
    made = bytearray(b"%PDF-1.4\n%\xf0\x9f\x96\xa4\n")
    starts: list[int] = []
    for number, body in enumerate(bodies, start=1):
        starts.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    xref = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    for start in starts:
        made += b"%010d 00000 n \n" % start
    made += b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, CATALOG, xref)
    return bytes(made)
