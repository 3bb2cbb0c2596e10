"""Words of invitations: what is read out and what is pasted into a group."""

from __future__ import annotations

from quiz_app.inviting.kit import Kit
from quiz_app.kernel.errors import Refused

REFUSALS: dict[type[Refused], str] = {}
SHEETS = {"a4": "Áp phích A4", "a3": "Áp phích A3", "man-hinh": "Trang chiếu 16:9 cho màn hình LED, hội trường"}


def loudspeaker(kit: Kit) -> str:
    """Short sentences to be read out, without anything that only an eye can take in."""
    lines = [
        f"{kit.unit.name} trân trọng thông báo.",
        f"{kit.contest.title} được tổ chức trực tuyến.",
        *(f"{when.title}: {when.words}." for when in kit.rounds),
        *kit.who,
    ]
    if kit.prizes:
        lines.append(f"Cơ cấu giải thưởng: {'; '.join(kit.prizes)}.")
    lines += [
        "Mời các đồng chí đăng nhập bằng phiếu tài khoản do chi bộ phát, trên điện thoại hoặc máy tính.",
        "Đồng chí nào cần giúp đỡ, mời liên hệ bí thư chi bộ. Xin trân trọng cảm ơn.",
    ]
    return "\n".join(lines)


def zalo(kit: Kit, address: str) -> str:
    """A message for a group, with the address to come in by."""
    lines = [
        f"📣 {kit.contest.title}",
        f"Kính mời các đồng chí {kit.unit.name} tham gia dự thi trực tuyến.",
        *(f"🗓 {when.title}: {when.words}" for when in kit.rounds),
    ]
    if kit.prizes:
        lines.append(f"🏆 Giải thưởng: {'; '.join(kit.prizes)}")
    return "\n".join([*lines, f"👉 Vào thi: {address}", "Đồng chí nào quên mật khẩu, mời nhắn bí thư chi bộ."])


def registering(address: str, code: str) -> list[str]:
    """What a poster says to somebody on no roster, line by line; `code` where he needs one."""
    lines = [f"Chưa có trong danh sách, đăng ký tại {address}"]
    return [*lines, f"Mã đăng ký: {code}"] if code else lines
