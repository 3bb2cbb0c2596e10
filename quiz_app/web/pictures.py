"""Pictures that people send: judged by their content, and drawn anew without anything but their pixels."""

from __future__ import annotations

import io

from PIL import Image, ImageOps

from quiz_app.kernel.errors import Refused

LIMIT_MB = 5
LIMIT_MEGAPIXELS = 20
LONGEST_SIDE = 1600  # no screen of a member shows more, and his line carries every byte
CONTENT_TYPES = {".png": "image/png", ".jpg": "image/jpeg"}
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
_FORMATS = ("PNG", "JPEG", "WEBP")


class ImageTooLarge(Refused):
    """More bytes or more pixels than an image may have. Facts: limit_mb, megapixels."""

    status = 413


class ImageKindRefused(Refused):
    """The content is no PNG, JPEG or WebP."""

    status = 422


class ImageMoves(Refused):
    """An image of several frames."""

    status = 422


class ImageUnreadable(Refused):
    """The image is broken: its pixels cannot be read."""

    status = 422


WORDS: dict[type[Refused], str] = {
    ImageTooLarge: "Hình quá lớn. Hệ thống nhận hình không quá {limit_mb} MB và không quá {megapixels} triệu điểm ảnh.",
    ImageKindRefused: "Chỉ nhận hình PNG, JPEG hoặc WebP. Tệp vừa gửi thuộc loại khác.",
    ImageMoves: "Không nhận hình động. Mời đồng chí chọn một hình tĩnh.",
    ImageUnreadable: "Tệp hình bị hỏng, không đọc được. Mời đồng chí mở hình trên máy rồi lưu lại thành tệp khác.",
}


def redrawn(content: bytes) -> tuple[bytes, str]:
    """The pixels alone, and the suffix of their format: what a camera or an attacker wrote beside them stays behind.

    Raises ImageTooLarge, ImageKindRefused, ImageMoves, ImageUnreadable.
    """
    if len(content) > LIMIT_MB * 1024 * 1024:
        raise ImageTooLarge(limit_mb=LIMIT_MB, megapixels=LIMIT_MEGAPIXELS)
    if not content.startswith(_SIGNATURES):
        raise ImageKindRefused
    try:
        # Opening reads the head alone, so a size that would fill the memory is refused before any pixel is made.
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            if image.width * image.height > LIMIT_MEGAPIXELS * 1_000_000:
                raise ImageTooLarge(limit_mb=LIMIT_MB, megapixels=LIMIT_MEGAPIXELS)
            if getattr(image, "n_frames", 1) > 1:
                raise ImageMoves
            return _drawn(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageTooLarge(limit_mb=LIMIT_MB, megapixels=LIMIT_MEGAPIXELS) from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError):  # what broken files make of the decoders
        raise ImageUnreadable from None


def _drawn(image: Image.Image) -> tuple[bytes, str]:
    is_photo = image.format == "JPEG" or (image.format == "WEBP" and not image.has_transparency_data)
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    plain = upright.convert("RGB" if is_photo or not upright.has_transparency_data else "RGBA")
    bare = Image.frombytes(plain.mode, plain.size, plain.tobytes())
    out = io.BytesIO()
    if is_photo:
        bare.save(out, "JPEG", quality=85, optimize=True)
        return out.getvalue(), ".jpg"
    bare.save(out, "PNG", optimize=True)
    return out.getvalue(), ".png"
