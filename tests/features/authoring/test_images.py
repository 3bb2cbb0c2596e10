"""Images of questions: drawn anew without what was hidden in them, refused before they do harm."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from quiz_app.authoring import images
from quiz_app.kernel.errors import Missing, Refused
from quiz_app.web.pictures import ImageKindRefused, ImageMoves, ImageTooLarge, ImageUnreadable
from tests.support.browse import Browse
from tests.support.build import Commune

SECRET = b"toa do nha rieng 21.03"


def drawn(kind: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else (255, 0, 0, 128)).save(out, kind, **options)
    return out.getvalue()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims so many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "mode", "suffix", "drawn_as"),
    [
        ("PNG", "RGB", ".png", "PNG"),
        ("PNG", "RGBA", ".png", "PNG"),
        ("JPEG", "RGB", ".jpg", "JPEG"),
        ("WEBP", "RGB", ".jpg", "JPEG"),
        ("WEBP", "RGBA", ".png", "PNG"),
    ],
)
def test_an_image_is_drawn_anew(tmp_path: Path, kind: str, mode: str, suffix: str, drawn_as: str) -> None:
    name = images.keep(tmp_path, drawn(kind, mode=mode))
    path = images.path_of(tmp_path, name)
    assert path.suffix == suffix
    with Image.open(path) as kept:
        assert (kept.format, kept.size) == (drawn_as, (40, 30))
    assert images.keep(tmp_path, drawn(kind, mode=mode)) == name
    assert [one.name for one in path.parent.iterdir()] == [name]


def test_nothing_but_the_pixels_is_kept(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif[0x0112] = 6  # the camera was held upright
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", SECRET.decode())
    sent = [
        drawn("JPEG", exif=exif.tobytes(), comment=SECRET),
        drawn("PNG", pnginfo=words) + SECRET + b"<script>alert(1)</script>",
        drawn("WEBP", exif=exif.tobytes()),
    ]
    for content in sent:
        assert SECRET in content
        kept = images.path_of(tmp_path, images.keep(tmp_path, content)).read_bytes()
        assert SECRET not in kept
        assert b"script" not in kept
    with Image.open(images.path_of(tmp_path, images.keep(tmp_path, sent[0]))) as upright:
        assert upright.size == (30, 40)


def test_a_large_photo_is_made_as_small_as_screens_are(tmp_path: Path) -> None:
    name = images.keep(tmp_path, drawn("JPEG", (3200, 1600)))
    with Image.open(images.path_of(tmp_path, name)) as kept:
        assert kept.size == (1600, 800)


MOVING = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
HOSTILE: dict[str, tuple[bytes, type[Refused]]] = {
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', ImageKindRefused),
    "gif": (drawn("GIF"), ImageKindRefused),
    "bmp": (drawn("BMP"), ImageKindRefused),
    "html as png": (b"<!doctype html><script>alert(1)</script>", ImageKindRefused),
    "nothing": (b"", ImageKindRefused),
    "moving png": (drawn("PNG", save_all=True, append_images=MOVING), ImageMoves),
    "moving webp": (drawn("WEBP", save_all=True, append_images=MOVING), ImageMoves),
    "bomb of 25 megapixels": (bomb(5000, 5000), ImageTooLarge),
    "bomb of 100 megapixels": (bomb(10_000, 10_000), ImageTooLarge),
    "bomb of 4 gigapixels": (bomb(65_000, 65_000), ImageTooLarge),
    "too many bytes": (b"\xff\xd8\xff" + b"\0" * (5 * 1024 * 1024), ImageTooLarge),
    "only a head": (b"\x89PNG\r\n\x1a\n", ImageUnreadable),
    "pixels missing": (bomb(300, 300), ImageUnreadable),
    "cut off": (drawn("JPEG", (900, 900))[:-3000], ImageUnreadable),
    "sound in a RIFF": (b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 40, ImageUnreadable),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_still_image_is_refused(tmp_path: Path, name: str) -> None:
    content, refusal = HOSTILE[name]
    with pytest.raises(refusal):
        images.keep(tmp_path, content)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("name", ["../../app.sqlite3", "a.png", f"{'0' * 64}.svg", f"{'0' * 64}.png", ".hidden"])
def test_only_names_of_images_lead_to_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(Missing):
        images.path_of(tmp_path, name)


def test_an_image_is_sent_described_and_shown(browse: Browse, commune: Commune) -> None:
    browse.as_(commune.author)
    fields = {"image": (io.BytesIO(drawn()), "ban do.svg"), "alt": "Bản đồ [xã]"}
    words = browse.post("/bien-soan/hinh", fields, status=200, as_json=True).json["markdown"]
    assert words.startswith("![Bản đồ (xã)](/hinh/")
    address = words[words.index("(/") + 1 : -1]
    browse.as_(commune.member)
    shown = browse.get(address).response
    assert shown.headers["Content-Type"] == "image/png"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert browse.as_nobody().get(address, status=302).location.startswith("/dang-nhap")


def test_a_description_is_asked_for(browse: Browse, commune: Commune) -> None:
    browse.as_(commune.author)
    answer = browse.post("/bien-soan/hinh", {"image": (io.BytesIO(drawn()), "a.png")}, status=422, as_json=True)
    assert answer.json["fields"] == {"alt": ["Đồng chí chưa mô tả hình."]}
