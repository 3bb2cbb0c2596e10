"""Writes docs/du-lieu-ca-nhan.md: what is kept about people, why, how long, who sees it, as privacy.schema has it."""

from __future__ import annotations

from pathlib import Path

from quiz_app.privacy.schema import PERSONAL, SEEN_BY, SIGNED

PAGE = Path(__file__).parent / "du-lieu-ca-nhan.md"
HEAD = (
    "# Dữ liệu cá nhân\n\n"
    "Hệ thống giữ những gì về mỗi người, để làm gì, đến bao giờ, ai xem được. Trang này viết ra từ "
    "`quiz_app/privacy/schema.py` bằng lệnh `python -m docs.make_personal_data`; mọi cột của cơ sở dữ liệu đều phải "
    "khai ở đó.\n\n"
    "Căn cứ: Luật Bảo vệ dữ liệu cá nhân số 91/2025/QH15, Nghị định 356/2025/NĐ-CP. Danh sách đảng viên, kết quả thi "
    "và nhật ký hoạt động được coi là dữ liệu nhạy cảm.\n\n"
    "| Nội dung | Để làm gì | Giữ đến khi nào | Ai xem được | Người ấy nhận bản sao | Cột |\n"
    "|---|---|---|---|---|---|\n"
)
TAIL = (
    "\nNgoài ra, mã số người đã làm (lập, sửa, duyệt, công bố) được giữ cùng {count} loại nội dung khác, lâu như chính "
    "nội dung ấy, để truy vết.\n"
)


def text() -> str:
    """The whole page."""
    rows = []
    for name, kept in PERSONAL.items():
        columns = ", ".join(f"`{column}`" for column in (*kept.given, *kept.withheld))
        given = "có" if kept.owner and kept.given else "không"
        cells = (kept.title, kept.purpose, kept.retention, SEEN_BY[kept.purpose], given, f"`{name}`: {columns}")
        rows.append("| " + " | ".join(cells) + " |")
    return HEAD + "\n".join(rows) + "\n" + TAIL.format(count=len(SIGNED))


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
