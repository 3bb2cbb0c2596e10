"""The pictures of questions: known by their content, and only of the kinds that every browser shows safely."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from question_bank.formats.limits import MAX_IMAGE_BYTES, MAX_IMAGES_BYTES
from question_bank.markup import images_in
from question_bank.model import Item, ItemSet

PREFIX = "/hinh-cau-hoi/"


def image_address(content: bytes) -> str:
    """The address under which texts name a picture: the same content has the same address, so nothing is stored twice.

    Raises ValueError, with the reason in words, for what is not a PNG, JPEG, GIF or WebP picture or too large.
    """
    suffix = image_suffix(content)
    if not suffix:
        raise ValueError("Hình không phải là PNG, JPEG, GIF hay WebP nên bị bỏ; xin lưu lại hình rồi chèn lại.")
    if len(content) > MAX_IMAGE_BYTES:
        raise ValueError(f"Hình lớn hơn {MAX_IMAGE_BYTES // 1024 // 1024} MB nên bị bỏ; xin thu nhỏ rồi chèn lại.")
    return f"{PREFIX}{hashlib.sha256(content).hexdigest()[:32]}{suffix}"


def image_suffix(content: bytes) -> str:
    """ ".png", ".jpg", ".gif" or ".webp", told by the content; "" for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return ".png"
    if content.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return ".gif"
    return ".webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else ""


def keep(images: dict[str, bytes], content: bytes) -> str:
    """Put a picture to the others and give its address. Raises ValueError, with the reason, where it is not taken."""
    address = image_address(content)
    if sum(map(len, images.values())) + len(content) > MAX_IMAGES_BYTES:
        raise ValueError("Tệp có quá nhiều hình nên hình này bị bỏ; xin chia thành nhiều tệp.")
    images[address] = content
    return address


def texts_of(item: Item) -> Iterator[str]:
    """Every text of an item that may show pictures."""
    yield item.stem
    yield from (option.text for option in item.options)
    yield item.rationale


def used_images(item_set: ItemSet, images: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those of the pictures that the set shows."""
    shown = {address for item in item_set.items for text in texts_of(item) for address in images_in(text)}
    return {address: content for address, content in images.items() if address in shown}
