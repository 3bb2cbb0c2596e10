"""`make paper`: a report as LibreOffice draws it, with the product's own fonts, and two of its pages for the guide.

Needs soffice, pdftotext, pdffonts and pdftoppm, which no test of `make test` asks for.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from quiz_app.reports import composing, docx, naming
from quiz_app.reports.content import Content
from quiz_app.reports.figures import Figures, MeetingLine, ModuleLine, PrizeLine, RoundLine, UnitLine
from quiz_app.reports.models import Kind
from quiz_app.reports.naming import Rule
from quiz_app.reports.texts import Texts
from quiz_app.rules.unit_standing import UnitFigures, add
from quiz_app.web.pdf import FONTS

IMAGES = Path(__file__).parent / "images"
PROGRAMS = {
    "soffice": "libreoffice-writer",
    "pdftotext": "poppler-utils",
    "pdffonts": "poppler-utils",
    "pdftoppm": "poppler-utils",
}
LONGEST_S = 180
WRITTEN = ("ĐẢNG CỘNG SẢN VIỆT NAM", "Số 03-BC/ĐU", "ngày 05 tháng 7 năm 2026", "Nguyễn Thị Ẩn", "Ước Lễ")
CELLS = (
    "thôn Cửu Việt",
    "thôn Đông Dư",
    "thôn Giang Cao",
    "thôn Kim Lan",
    "thôn Ước Lễ",
    "Trạm Y tế",
    "Trường Tiểu học",
)
TEXTS = Texts(
    profile="hd05-2026",
    superior="Đảng bộ thành phố Hà Nội",
    issuer="Đảng bộ xã Bát Tràng",
    symbol="BC/ĐU",
    place="Bát Tràng",
    subject="Sơ kết học tập và dự thi sáu tháng đầu năm 2026",
    authority="T/M Ban Thường vụ",
    office="Bí thư",
    signer="Nguyễn Thị Ẩn",
    recipients="Ban Thường vụ Thành ủy\nCác chi bộ trực thuộc",
    kept_by="Văn phòng",
    legal_bases="Căn cứ Kế hoạch số 12-KH/ĐU ngày 03 tháng 02 năm 2026 của Đảng ủy xã;",
    strengths="- Các chi bộ tham gia đông, đúng thời gian.\n- Nhiều đồng chí cao tuổi tự thi trên điện thoại.",
    shortcomings="Một số chi bộ tham gia chậm ở tuần đầu.",
    causes="Mưa bão, mất điện hai ngày.",
    proposals="Đề nghị mở thêm một đợt thi ôn tập.",
)


def sample() -> Content:
    """A commune with made-up figures: two rounds, seven chi bộ."""
    rounds = [_round("Tuần 1", 0), _round("Tuần 2", 1)]
    units = tuple(
        UnitLine(number, f"Chi bộ {name}", 1, 18 + number, number, add(_cell(number, 0), _cell(number, 1)))
        for number, name in enumerate(CELLS, start=1)
    )
    total = add(rounds[0].figures, rounds[1].figures)
    meetings = (MeetingLine(0, 3, 462, 401),)
    modules = (ModuleLine(0, "Những điểm mới của Nghị quyết", 96, 154),)
    prizes = (PrizeLine("Tuần 1", "Giải Nhất", is_for_unit=False, winner="", count=1),)
    figures = Figures(
        unit_id=99, unit_name=TEXTS.issuer, starts_on="2026-01-01", ends_on="2026-06-30",
        counted_at="2026-07-01T02:00:00+00:00", rounds=tuple(rounds), waiting=(), members=rounds[1].figures.members,
        total=total, place=None, ranked=0, units=units, modules=modules, meetings=meetings,
        outside=(), asked=(), prizes=prizes,
    )  # fmt: skip
    named = naming.proposed(figures, Rule(praise_turnout=90, praise_mean=1400, smallest=5))
    return Content(3, date(2026, 7, 5), Kind.MIDYEAR, TEXTS, named, figures, "b9ba000ee8793b72" * 4)


def _cell(number: int, round_: int) -> UnitFigures:
    members, sat = 18 + number, 12 + number * 5 // 6 + round_
    return UnitFigures(number, members, 1, sat, sat, sat + number, sat * (13 + number % 4), number % 3, sat)


def _round(title: str, at: int) -> RoundLine:
    total, *others = (_cell(number, at) for number in range(1, len(CELLS) + 1))
    for other in others:
        total = add(total, other)
    closed = "2026-06-01T10:00:00+00:00"
    return RoundLine(title, "Tìm hiểu Nghị quyết", closed, total, 2, 20, 20, None, 0, at == 0, False, True)


def main() -> int:
    missing = sorted({package for name, package in PROGRAMS.items() if shutil.which(name) is None})
    if missing:
        print(f"Missing on this machine: apt-get install {' '.join(missing)}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="bao-cao-") as name:
        folder = Path(name)
        document = composing.composed(sample())
        (folder / "bao-cao.docx").write_bytes(docx.written(document))
        profile = f"-env:UserInstallation=file://{folder / 'office'}"
        _run("soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", name, str(folder / "bao-cao.docx"))
        file = str(folder / "bao-cao.pdf")
        fonts = [line.split() for line in _run("pdffonts", file).splitlines()[2:]]
        if not fonts or not all("Tinos" in font[0] and font[-5] == "yes" for font in fonts):
            print(f"Letters that are not in the file: {fonts}", file=sys.stderr)
            return 1
        words = re.sub(r"\s+", " ", _run("pdftotext", file, "-"))
        lost = [text for text in WRITTEN if text not in words]
        if lost:
            print(f"Not on the pages: {lost}", file=sys.stderr)
            return 1
        for page, image in ((1, "bao-cao-dau"), (3, "bao-cao-cuoi")):
            about = ("-png", "-r", "62", "-gray", "-singlefile", "-f", str(page), "-l", str(page))
            _run("pdftoppm", *about, file, str(IMAGES / image))
    print("docs/images/bao-cao-*.png: please look at them")
    return 0


def _run(*command: str) -> str:
    done = subprocess.run(  # noqa: S603 # programs of this machine, on files of our own
        command, check=True, capture_output=True, text=True, timeout=LONGEST_S, env=os.environ | FONTS
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
