"""Rosters as they really arrive: what is sent, and what its sender is told. A row of a table is one line of text.

Every case starts from the commune of `UNITS`; `told` is each thing to mend or to decide in full, `people` is who was
understood, as `name | birth | unit | card`.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import xlsxwriter

UNITS = {
    "XA": "Đảng bộ xã Bát Tràng",
    "GC": "Chi bộ thôn Giang Cao",
    "KL": "Chi bộ thôn Kim Lan",
    "CA": "Đảng bộ Công an xã",
    "CA1": "Chi bộ Công an số 1",
    "T1": "Chi bộ Trường Tiểu học",
    "T2": "Chi bộ Trường Mầm non",
}
BELOW = {"CA1": "CA"}
CARD = "Số thẻ cần đúng 8 chữ số, ví dụ 01.234567. Nên để ô ở dạng chữ (Text) để không mất số 0 ở đầu."
DATE = "Ghi ngày/tháng/năm, ví dụ 05/02/1960; ngày sinh có thể ghi riêng năm."
RANGE = "Ngày nằm ngoài khoảng từ 1900 đến hôm nay."
PHONE = "Ghi một số điện thoại, ví dụ 0912 345 678, hoặc để trống."
NAME = "Ghi đủ họ và tên, chỉ gồm chữ: không có chữ số hay ký hiệu."
UNKNOWN = "Không có đơn vị này trong Đảng bộ xã Bát Tràng. Ghi đúng tên hoặc mã đơn vị."
NO_UNIT = "Chưa ghi chi bộ của người này."
NOBODY = "Không thấy dòng tiêu đề có cột “Họ và tên” và ít nhất một cột khác, hoặc bên dưới không có ai."
TWICE = "Ghi thêm ngày sinh hoặc số thẻ."

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Case:
    """`content` is the file. `refused` is the reason where it is not read at all."""

    name: str
    content: bytes
    people: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    refused: str = ""


def xlsx(*sheets: tuple[str, Rows], merged: Sequence[tuple[str, str]] = ()) -> bytes:
    """A workbook of these sheets; `merged` are ranges of the first one with the text they show."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
    as_date = book.add_format({"num_format": "dd/mm/yyyy"})
    for number, (name, rows) in enumerate(sheets):
        page = book.add_worksheet(name)
        for row, cells in enumerate(rows):
            for column, value in enumerate(cells):
                if isinstance(value, date):
                    page.write_datetime(row, column, value, as_date)
                elif isinstance(value, int | float):
                    page.write_number(row, column, value)
                elif value:
                    page.write_string(row, column, value)
        for place, text in merged if number == 0 else ():
            page.merge_range(place, text)
    book.close()
    return out.getvalue()


def table(*lines: str, head: str = "STT|Họ và tên|Ngày sinh|Chi bộ|Số thẻ") -> list[list[str]]:
    return [line.split("|") for line in (head, *lines)]


def csv(*lines: str, head: str = "Họ và tên;Ngày sinh;Chi bộ;Số thẻ", encoding: str = "utf-8") -> bytes:
    return "\r\n".join((head, *lines, "")).encode(encoding)


def zipped(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def one(*lines: str, head: str = "STT|Họ và tên|Ngày sinh|Chi bộ|Số thẻ") -> bytes:
    return xlsx(("DS", table(*lines, head=head)))


AN = "1|Nguyễn Văn An|05/02/1960|GC|01.234567"
IS_AN = "Nguyễn Văn An | 05/02/1960 | GC | 01.234567"
BINH = "2|Trần Thị Bình|1971|KL|"
IS_BINH = "Trần Thị Bình | 1971 | KL | "


def wrong(column: str, value: str, advice: str, row: int = 2, sheet: str = "DS") -> str:
    return f"{sheet}!{column}{row} “{value}”: {advice}"


def which_unit(text: str, *names: str) -> str:
    choice = "; ".join((*names, "Không đơn vị nào ở trên, bỏ qua những dòng này"))
    return f"Không có đơn vị nào ghi đúng là “{text}”. Đó là đơn vị nào? [{choice}]"


LAYOUT = [
    Case(
        "three title rows and an empty one above the headings",
        xlsx(("DS", [["ĐẢNG BỘ XÃ BÁT TRÀNG"], ["*"], ["DANH SÁCH ĐẢNG VIÊN"], [], *table(AN)])),
        (IS_AN,),
    ),
    Case(
        "the cell of the unit is merged over its people",
        xlsx(
            ("DS", table("1|Nguyễn Văn An|1960||", "2|Trần Thị Bình|1971||", "3|Lê Văn Cúc|1980||")),
            merged=[("D2:D3", "Chi bộ thôn Giang Cao")],
        ),
        ("Nguyễn Văn An | 1960 | GC | ", "Trần Thị Bình | 1971 | GC | "),
        (wrong("D", "", NO_UNIT, 4),),
    ),
    Case(
        "headings merged over two rows, the year of birth by Nam and Nữ",
        xlsx(
            (
                "DS",
                [
                    ["STT", "Họ và tên", "Năm sinh", "", "Chi bộ"],
                    ["", "", "Nam", "Nữ", ""],
                    ["1", "Nguyễn Văn An", "1960", "", "GC"],
                    ["2", "Trần Thị Bình", "", "1971", "KL"],
                ],
            ),
            merged=[("A1:A2", "STT"), ("B1:B2", "Họ và tên"), ("C1:D1", "Năm sinh"), ("E1:E2", "Chi bộ")],
        ),
        ("Nguyễn Văn An | 1960 | GC | ", IS_BINH),
    ),
    Case(
        "a row that numbers the columns below the headings",
        one("(1)|(2)|(3)|(4)|(5)", AN),
        (IS_AN,),
    ),
    Case("headings repeated on every printed page", one(AN, "STT|Họ và tên|Ngày sinh|Chi bộ|Số thẻ", BINH), (IS_AN, IS_BINH)),
    Case(
        "units as rows of their own between the people",
        one(
            "I|Chi bộ thôn Giang Cao (1 đồng chí)", "1|Nguyễn Văn An|1960", "II|CHI BỘ THÔN KIM LAN", "1|Trần Thị Bình|1971",
            head="STT|Họ và tên|Ngày sinh",
        ),
        ("Nguyễn Văn An | 1960 | GC | ", IS_BINH),
    ),
    Case(
        "the unit only in the title above the table",
        xlsx(("Sheet1", [["CHI BỘ THÔN GIANG CAO"], [], *table("1|Nguyễn Văn An|1960", head="STT|Họ và tên|Năm sinh")])),
        ("Nguyễn Văn An | 1960 | GC | ",),
    ),
    Case(
        "a sheet for each unit",
        xlsx(
            ("Thôn Giang Cao", table("1|Nguyễn Văn An|1960", head="TT|Họ tên|Năm sinh")),
            ("KL", table("1|Trần Thị Bình|1971", head="TT|Họ tên|Năm sinh")),
        ),
        ("Nguyễn Văn An | 1960 | GC | ", IS_BINH),
    ),
    Case("totals below the table", one(AN, "|Tổng cộng: 1 đồng chí", "|Cộng|1"), (IS_AN,)),
    Case(
        "signatures below the table",
        one(AN, "", "|||Bát Tràng, ngày 05 tháng 11 năm 2026", "|NGƯỜI LẬP BIỂU||T/M CHI BỘ", "|Lê Văn Lập||Đỗ Văn Ký"),
        (IS_AN,),
    ),
    Case("a family name that begins like a total", one("|Tống Văn Cộng|1960|GC|", "|Công Văn An|1961|GC|"),
         ("Tống Văn Cộng | 1960 | GC | ", "Công Văn An | 1961 | GC | ")),
    Case("trailing blanks and hard spaces", one("1|  Nguyễn \xa0Văn  An \u200b| 05/02/1960 |GC |01.234567 ", "||||", " |  | | "), (IS_AN,)),
    Case("decomposed letters from macOS", xlsx((nfd("Đảng viên"), table(nfd(AN), head=nfd("STT|Họ và tên|Ngày sinh|Chi bộ|Số thẻ")))), (IS_AN,)),
    Case("the name in two columns", one("1|Nguyễn Văn|An|1960|GC", head="STT|Họ và tên đệm|Tên|Năm sinh|Đơn vị"),
         ("Nguyễn Văn An | 1960 | GC | ",)),
    Case("the last name in a column without a heading", one("1|Nguyễn Văn|An|1960|GC", head="STT|Họ và tên||Năm sinh|Đơn vị"),
         ("Nguyễn Văn An | 1960 | GC | ",)),
    Case("other words for the headings", one("1|Nguyễn Văn An|05.02.1960|GC|01 234567", head="Số TT|HỌ TÊN ĐẢNG VIÊN|Ngày, tháng, năm sinh|Chi bộ sinh hoạt|Số thẻ Đảng"), (IS_AN,)),
    Case("names in capitals", one("1|NGUYỄN VĂN AN|05/02/1960|GC|01.234567"), (IS_AN,)),
    Case("a sheet of instructions before the list", xlsx(("Hướng dẫn", [["Xin đọc kỹ"]]), ("DS", table(AN))), (IS_AN,)),
    Case("no headings at all", xlsx(("DS", [["1", "Nguyễn Văn An", "1960"]])), (), (f"!A1 “”: {NOBODY}",)),
    Case("headings and nobody below", one(), (), (f"!A1 “”: {NOBODY}",)),
]  # fmt: skip
VALUES = [
    Case("a real date and a card that lost its zero", xlsx(("DS", [*table(), [1, "Nguyễn Văn An", date(1960, 2, 5), "GC", 1234567]])), (IS_AN,)),
    Case("a date that lost its format", xlsx(("DS", [*table(), [1, "Nguyễn Văn An", 21951, "GC", "01 234567"]])), (IS_AN,)),
    Case("a year as a number", xlsx(("DS", [*table(), [1, "Trần Thị Bình", 1971, "KL"]])), (IS_BINH,)),
    Case("dates as words and with the time of day", one("1|Nguyễn Văn An|Ngày 05 tháng 02 năm 1960|GC|01.234.567", "2|Trần Thị Bình|01/02/1971 00:00:00|KL|"),
         (IS_AN, "Trần Thị Bình | 01/02/1971 | KL | ")),
    Case("a year of two digits", one("1|Nguyễn Văn An|5/2/60|GC|"), (), (wrong("C", "5/2/60", DATE),)),
    Case("month before day", one("1|Nguyễn Văn An|02/25/1960|GC|"), (), (wrong("C", "02/25/1960", DATE),)),
    Case("a day that no month has", one("1|Nguyễn Văn An|31/02/1960|GC|"), (), (wrong("C", "31/02/1960", DATE),)),
    Case("a birth in the future", one("1|Nguyễn Văn An|05/02/2160|GC|"), (), (wrong("C", "05/02/2160", RANGE),)),
    Case("a card of seven digits as text", one("1|Nguyễn Văn An|1960|GC|1234567"), (), (wrong("E", "1234567", CARD),)),
    Case("a card that became a decimal", xlsx(("DS", [*table(), [1, "Nguyễn Văn An", "1960", "GC", 1.234567]])), (), (wrong("E", "1.234567", CARD),)),
    Case("a card with a letter O", one("1|Nguyễn Văn An|1960|GC|O1.234567"), (), (wrong("E", "O1.234567", CARD),)),
    Case("“không có” where there is no card", one("1|Trần Thị Bình|1971|KL|Chưa có"), (IS_BINH,)),
    Case("two phones in one cell", one("1|Trần Thị Bình|KL|0912345678; 0987654321", head="STT|Họ và tên|Chi bộ|SĐT"), (),
         (wrong("D", "0912345678; 0987654321", PHONE),)),
    Case("a card of somebody on probation", one("1|Nguyễn Văn An|GC|01.234567|Dự bị", head="STT|Họ và tên|Chi bộ|Số thẻ|Loại"), (),
         (wrong("D", "01.234567", "Đảng viên dự bị chưa có thẻ: sửa số thẻ hoặc loại đảng viên."),)),
    Case("a member at ten years of age", one("1|Nguyễn Văn An|1960|GC|01/01/1970", head="STT|Họ và tên|Năm sinh|Chi bộ|Ngày vào Đảng"), (),
         (wrong("E", "01/01/1970", "Ngày vào Đảng cách năm sinh chưa đến 16 năm: xem lại hai ngày này."),)),
    Case("official before joining", one("1|Nguyễn Văn An|GC|01/01/1990|01/01/1989", head="STT|Họ và tên|Chi bộ|Ngày vào Đảng|Ngày chính thức"), (),
         (wrong("E", "01/01/1989", "Ngày chính thức sớm hơn ngày vào Đảng: xem lại hai ngày này."),)),
    Case("a category that is none", one("1|Nguyễn Văn An|GC|Ưu tú", head="STT|Họ và tên|Chi bộ|Loại"), (), (wrong("D", "Ưu tú", "Ghi Chính thức hoặc Dự bị."),)),
    Case("a standing that is none", one("1|Nguyễn Văn An|GC|Tốt", head="STT|Họ và tên|Chi bộ|Tình trạng"), (),
         (wrong("D", "Tốt", "Ghi Đang sinh hoạt, Miễn sinh hoạt, Tạm vắng, Đã chuyển, hoặc để trống."),)),
    Case("a name with a number", one("1|An 2|1960|GC|"), (), (wrong("B", "An 2", NAME),)),
    Case("a row without a name", one("1||1960|GC|01.234567"), (), (wrong("B", "", NAME),)),
    Case("a formula as a name", one("1|=HYPERLINK(1)|1960|GC|"), (), (wrong("B", "=HYPERLINK(1)", NAME),)),
    Case("errors that Excel wrote into the cells", one("1|#N/A|#REF!|GC|#VALUE!"), (), (
        wrong("B", "#N/A", NAME), wrong("C", "#REF!", DATE), wrong("E", "#VALUE!", CARD))),
    Case("markup as a name", one("1|<b>An</b>|1960|GC|"), (), (wrong("B", "<b>An</b>", NAME),)),
    Case("a month without its day", one("1|Nguyễn Văn An|02/1960|GC|"), (), (wrong("C", "02/1960", DATE),)),
    Case("a year far off", one("1|Nguyễn Văn An|1860|GC|"), (), (wrong("C", "1860", DATE),)),
    Case("a phone that lost its zero, and one as it is written abroad", xlsx(("DS", [
        ["STT", "Họ và tên", "Chi bộ", "Điện thoại"], [1, "Nguyễn Văn An", "GC", 912345678], [2, "Trần Thị Bình", "KL", "+84 912 345 678"]])),
        ("Nguyễn Văn An |  | GC | ", "Trần Thị Bình |  | KL | ")),
    Case("two addresses in one cell", one("1|Trần Thị Bình|KL|a@xa.vn; b@xa.vn", head="STT|Họ và tên|Chi bộ|Email"), (),
         (wrong("D", "a@xa.vn; b@xa.vn", "Ghi một địa chỉ email, ví dụ ten@vidu.vn, hoặc để trống."),)),
    Case("three things wrong in one row", one("1|An 2|5/2/60|GC|12"), (), (
        wrong("B", "An 2", NAME), wrong("C", "5/2/60", DATE), wrong("E", "12", CARD))),
    Case("the same card twice", one(AN, "2|Lê Văn Hai|1970|KL|01234567"), (IS_AN,),
         (wrong("E", "01.234567", "Người này hoặc số thẻ này đã có ở trang “DS”, dòng 2. Giữ lại một dòng, hoặc sửa số thẻ.", 3),)),
    Case("the same person twice, on two sheets", xlsx(("Một", table(BINH)), ("Hai", table("1|TRẦN THỊ BÌNH|1971|Chi bộ thôn Kim Lan|"))), (IS_BINH,),
         (wrong("B", "Trần Thị Bình", f"Trùng với trang “Một”, dòng 2. Nếu là hai người khác nhau, g{TWICE[1:]}", 2, "Hai"),)),
    Case("the same person twice, once with his card", one("1|Nguyễn Văn An|05/02/1960|GC|", AN), ("Nguyễn Văn An | 05/02/1960 | GC | ",),
         (wrong("B", "Nguyễn Văn An", f"Trùng với trang “DS”, dòng 2. Nếu là hai người khác nhau, g{TWICE[1:]}", 3),)),
    Case("two spellings of one name", one("1|Nguyễn Thi Hoà|05/02/1960|GC|", "2|Nguyễn Thị Hòa|05/02/1960|GC|"), ("Nguyễn Thi Hoà | 05/02/1960 | GC | ",), (
        "“Nguyễn Thị Hòa” và “Nguyễn Thi Hoà” (trang “DS”, dòng 2) cùng đơn vị, cùng ngày sinh, họ tên chỉ khác dấu. "
        "Có phải hai người khác nhau không? [Là hai người khác nhau; Là một người, bỏ qua dòng này]",)),
]  # fmt: skip
PLACES = [
    Case("units without marks, without “Chi bộ”, in capitals, as code", one(
        "1|Lê Văn Một|1960|chi bo thon giang cao|", "2|Lê Văn Hai|1960|Thôn Kim Lan|", "3|Lê Văn Ba|1960|CB TRƯỜNG MẦM NON|", "4|Lê Văn Bốn|1960|ca1|"),
        ("Lê Văn Một | 1960 | GC | ", "Lê Văn Hai | 1960 | KL | ", "Lê Văn Ba | 1960 | T2 | ", "Lê Văn Bốn | 1960 | CA1 | ")),
    Case("a unit as its path, from either end", one(
        "1|Lê Văn Một|1960|Đảng bộ Công an xã / Chi bộ Công an số 1|", "2|Lê Văn Hai|1960|Chi bộ Công an số 1 - Đảng bộ Công an xã|",
        "3|Lê Văn Ba|1960|Đảng bộ xã Bát Tràng > Thôn Kim Lan|"),
        ("Lê Văn Một | 1960 | CA1 | ", "Lê Văn Hai | 1960 | CA1 | ", "Lê Văn Ba | 1960 | KL | ")),
    Case("a slip in the name of a unit", one("1|Lê Văn Một|1960|Chi bộ thôn Giang Caoo|", "2|Lê Văn Hai|1961|Chi bộ thôn Giang Caoo|"), (),
         (which_unit("Chi bộ thôn Giang Caoo", "Chi bộ thôn Giang Cao"),)),
    Case("a unit that is near two", one("1|Lê Văn Một|1960|Chi bộ Công an xã số 2|"), (),
         (which_unit("Chi bộ Công an xã số 2", "Đảng bộ Công an xã › Chi bộ Công an số 1", "Đảng bộ Công an xã"),)),
    Case("decomposed letters in a unit that is misspelt", one(nfd("1|Lê Văn Một|1960|Chi bộ thôn Giang Kao|")), (),
         (which_unit("Chi bộ thôn Giang Kao", "Chi bộ thôn Giang Cao"),)),
    Case("a unit of nowhere", one("1|Lê Văn Một|1960|Chi bộ phường Hoàn Kiếm|"), (), (wrong("D", "Chi bộ phường Hoàn Kiếm", UNKNOWN),)),
    Case("no unit", one("1|Lê Văn Một|1960||"), (), (wrong("D", "", NO_UNIT),)),
]  # fmt: skip
TCVN3 = "Hä vµ tªn;Ngµy sinh;Chi bé\r\nNguyÔn V¨n An;1960;Th«n Giang Cao\r\nTrÇn ThÞ B×nh;1971;Th«n Kim Lan\r\n"
VNI = "Hoï vaø teân;Ngaøy sinh;Chi boä\r\nNguyeãn Vaên An;1960;Thoân Giang Cao\r\nTraàn Thò Bình;1971;Thoân Kim Lan\r\n"
OLD_FONT = (
    "tệp dùng bảng mã cũ {}, hệ thống không đọc được tiếng Việt trong đó. Mời đồng chí mở công cụ chuyển mã của UniKey "
    "(Ctrl+Shift+F6), chọn nguồn {}, đích Unicode, chuyển xong lưu lại rồi gửi."
)
SAVE_AS = "Mời đồng chí mở bằng Excel, chọn Lưu thành, kiểu Excel Workbook (.xlsx) rồi gửi lại."
LINE = "Nguyễn Văn An;05/02/1960;GC;01.234567"
FILES = [
    Case("a .csv of Excel: semicolons and a mark at the start", csv(LINE, encoding="utf-8-sig"), (IS_AN,)),
    Case("a .csv with commas and quotes", csv('"Nguyễn Văn An","05/02/1960","GC","01,234567"'.replace("01,2", "01.2"), head="Họ và tên,Ngày sinh,Chi bộ,Số thẻ"), (IS_AN,)),
    Case("text with tabs in UTF-16", csv(LINE.replace(";", "\t"), head="Họ và tên\tNgày sinh\tChi bộ\tSố thẻ", encoding="utf-16"), (IS_AN,)),
    Case("a .csv that names its delimiter and lost the zero of a card", csv("Nguyễn Văn An;05/02/1960;GC;1234567", head="sep=;\r\nHọ và tên;Ngày sinh;Chi bộ;Số thẻ"), (IS_AN,)),
    Case("a .csv in Windows-1258", csv("Nguyê\u0303n Văn An;05/02/1960;GC;01.234567", "Trâ\u0300n Thi\u0323 Bi\u0300nh;1971;KL;", head="Ho\u0323 va\u0300 tên;Nga\u0300y sinh;Chi bô\u0323;Sô\u0301 the\u0309", encoding="cp1258"), (IS_AN, IS_BINH)),
    Case("an error in a .csv", csv("Nguyễn Văn An;5/2/60;GC;"), (), (wrong("B", "5/2/60", DATE, 2, "CSV"),)),
    Case("a .csv in TCVN3", TCVN3.encode("latin-1"), refused=OLD_FONT.format("TCVN3 (ABC)", "TCVN3 (ABC)")),
    Case("a .csv in VNI", VNI.encode("latin-1"), refused=OLD_FONT.format("VNI", "VNI Windows")),
    Case("a workbook in TCVN3", xlsx(("DS", [line.split(";") for line in TCVN3.splitlines()])), refused=OLD_FONT.format("TCVN3 (ABC)", "TCVN3 (ABC)")),
    Case("an old .xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, refused=f"tệp là Excel đời cũ (.xls). {SAVE_AS}"),
    Case("a workbook with a password", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), refused="tệp có mật khẩu. Mời đồng chí bỏ mật khẩu rồi gửi lại."),
    Case("a page of the web named .xls", "<html><table><tr><td>Họ và tên</td></tr></table>".encode(), refused=f"tệp không phải là .xlsx hay .csv. {SAVE_AS}"),
    Case("one column without delimiters", "Họ và tên\r\nNguyễn Văn An\r\n".encode(), refused="tệp .csv không có dấu ; dấu phẩy hay dấu tab giữa các cột. Mời đồng chí lưu lại từ Excel rồi gửi."),
    Case("a sheet of LibreOffice", zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
         refused="tệp là OpenDocument (.ods). Mời đồng chí mở bằng LibreOffice, chọn Lưu thành kiểu .xlsx rồi gửi lại."),
    Case("a document of Word", zipped({"word/document.xml": b"<w/>"}), refused="tệp không phải là bảng tính .xlsx."),
    Case("a picture", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(range(256)) * 8, refused=f"tệp không phải là .xlsx hay .csv. {SAVE_AS}"),
    Case("an empty file", b"", refused=f"tệp không phải là .xlsx. {SAVE_AS}"),
]  # fmt: skip
CASES = [*LAYOUT, *VALUES, *PLACES, *FILES]
