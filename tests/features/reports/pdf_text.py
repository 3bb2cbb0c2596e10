"""The text of a PDF file by its own tables of letters, as any reader that copies from it gets it."""

from __future__ import annotations

import re
import zlib


def text_of(file: bytes) -> str:
    """All that is written on the pages, without the gaps between words that are only drawn."""
    objects = _objects(file)
    letters = {name: _letters(objects, int(font)) for name, font in _fonts(objects)}
    told = []
    for body in objects.values():
        content = _stream(body) if b"/ObjStm" not in body else b""
        if b" Tf" not in content:
            continue
        font: dict[int, str] = {}
        for name, written in re.findall(rb"/(\S+) [\d.-]+ Tf|<([0-9a-fA-F]+)>", content):
            if name:
                font = letters.get(name, {})
            codes = bytes.fromhex(written.decode())
            told += [font.get(int.from_bytes(codes[at : at + 2]), "") for at in range(0, len(codes), 2)]
        told.append("\n")
    return "".join(told)


def embedded(file: bytes) -> dict[str, bool]:
    """Each font of the file by its name, and whether its letters are in the file."""
    objects = _objects(file)
    found = (re.search(rb"/FontName /(?:\w+\+)?([\w-]+)", body) for body in objects.values())
    names = [(match[1].decode(), match.string) for match in found if match]
    return {name: b"/FontFile" in body for name, body in names}


def _objects(file: bytes) -> dict[int, bytes]:
    """The objects of a file by their numbers, those that lie packed within others too."""
    found = {int(number): body for number, body in re.findall(rb"(\d+) 0 obj(.*?)endobj", file, re.DOTALL)}
    for body in [body for body in found.values() if b"/ObjStm" in body]:
        packed, first = _stream(body), re.search(rb"/First (\d+)", body)
        assert first is not None
        start = int(first[1])
        places = [int(word) for word in packed[:start].split()]
        ends = [*places[3::2], len(packed) - start]
        for number, at, end in zip(places[::2], places[1::2], ends, strict=True):
            found[number] = packed[start + at : start + end]
    return found


def _fonts(objects: dict[int, bytes]) -> list[tuple[bytes, bytes]]:
    tables = [body for body in objects.values() if b"/Font" in body or re.search(rb"/\S+ \d+ 0 R", body)]
    fonts = {number for number, body in objects.items() if b"/ToUnicode" in body}
    pairs = [pair for body in tables for pair in re.findall(rb"/(\S+) (\d+) 0 R", body)]
    return [(name, number) for name, number in pairs if int(number) in fonts]


def _letters(objects: dict[int, bytes], font: int) -> dict[int, str]:
    table = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    assert table is not None
    cmap = _stream(objects[int(table[1])])
    pairs = re.findall(rb"<([0-9a-fA-F]+)> <([0-9a-fA-F]+)>", cmap)
    return {int(code, 16): bytes.fromhex(letter.decode()).decode("utf-16-be") for code, letter in pairs}


def _stream(body: bytes) -> bytes:
    found = re.search(rb"stream\r?\n(.*?)\r?\nendstream", body, re.DOTALL)
    if found is None:
        return b""
    return zlib.decompress(found[1]) if b"FlateDecode" in body else found[1]
