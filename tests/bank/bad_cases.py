"""The corpus of files that are not taken as they are; what is said of each stands in corpus/expected.toml."""

from __future__ import annotations

from functools import cache

from tests.bank.bad_files import (
    CHOICES,
    DTD,
    ITEM_QTI,
    LAUGHS,
    answers,
    encrypted,
    far_cell,
    lying,
    package,
    question,
    quiz,
    replaced,
    stem,
    word,
    xlsx,
    zipped,
)  # fmt: skip

XXE = DTD.format(entities='<!ENTITY x SYSTEM "file:///etc/passwd">')
BILLION = DTD.format(entities=f'<!ENTITY a0 "ha">{LAUGHS}')


@cache
def cases() -> dict[str, tuple[str, bytes]]:
    """By name, each file's own name and what is in it; made when first asked for, for some are large."""
    safe = xlsx(["", "Một?", "x", "y", "", "A"])
    return {
        "empty": ("a.docx", b"  \n"),
        "old word": ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        "pdf renamed": ("a.docx", b"%PDF-1.7 abc"),
        "program renamed": ("a.xlsx", b"MZ\x90\0abc"),
        "picture renamed": ("a.gift", b"\x89PNG\r\n\x1a\nabc"),
        "rtf": ("a.docx", b"{\\rtf1 abc}"),
        "binary": ("a.txt", b"abc\0\1\2\3def"),
        "web page": ("a.xml", b"<!DOCTYPE html><html><body>x</body></html>"),
        "other xml": ("a.xml", b"<?xml version='1.0'?><note/>"),
        "qti 1.2": ("a.xml", b"<?xml version='1.0'?><questestinterop/>"),
        "csv": ("a.csv", "Câu hỏi;A;B\nMột?;x;y\n".encode()),
        "prose": ("a.txt", "Kính gửi đồng chí.\n".encode()),
        "not a zip": ("a.xlsx", b"PK\x03\x04broken"),
        "foreign zip": ("a.zip", zipped(("a.txt", "x"))),
        "open document": ("a.ods", zipped(("mimetype", "x"), ("content.xml", "<x/>"))),
        "encrypted": ("a.xlsx", encrypted(safe)),
        "lying size": ("a.xlsx", lying(safe)),
        "bomb": ("a.xlsx", replaced(safe, "xl/worksheets/sheet1.xml", b"0" * 60_000_000)),
        "many entries": (
            "a.zip",
            zipped(("imsmanifest.xml", "<manifest/>"), *((f"{n}.xml", "") for n in range(11_001))),
        ),
        "nested zip": ("a.zip", package(extra=[("b.zip", zipped(("c", "d")))])),
        "dots": ("a.zip", package(extra=[("../../etc/passwd", "x")])),
        "absolute": ("a.zip", package(extra=[("/etc/passwd", "x")])),
        "drive": ("a.zip", package(extra=[("C:\\x.xml", "x")])),
        "symlink": ("a.zip", zipped(("imsmanifest.xml", "<manifest/>"), links=["q.xml"])),
        "macro": ("a.xlsm", replaced(safe, "xl/vbaProject.bin", b"x")),
        "macro word": ("a.docm", replaced(word("Câu 1. Một?"), "word/vbaProject.bin", b"x")),
        "xxe xlsx": ("a.xlsx", replaced(safe, "xl/workbook.xml", XXE + "<x>&x;</x>")),
        "laughs docx": ("a.docx", replaced(word("x"), "word/document.xml", BILLION + "<x>&a8;</x>")),
        "xxe moodle": (
            "a.xml",
            (XXE + "<quiz><question type='multichoice'><name><text>&x;</text></name></question></quiz>").encode(),
        ),
        "laughs moodle": ("a.xml", (BILLION + "<quiz>&a8;</quiz>").encode()),
        "deep xml": ("a.xml", b"<quiz>" + b"<a>" * 3000 + b"</a>" * 3000 + b"</quiz>"),
        "broken xml": ("a.xml", b"<quiz>\n<question></quiz>"),
        "no header": ("a.xlsx", xlsx(["x", "y"], head=["Họ tên", "Đơn vị"], sheet="Danh sách")),
        "empty sheet": ("a.xlsx", xlsx(head=[])),
        "row faults": ("a.xlsx", xlsx(["", "", "x", "", "z", "D", "Tự luận", "5", "nhiều", "hôm qua"])),
        "no key": ("a.xlsx", xlsx(["", "Một?", "x", "y"])),
        "two keys, one allowed": ("a.xlsx", xlsx(["", "Một?", "x", "y", "z", "A, B", "Một đáp án"])),
        "formula fault": ("a.xlsx", xlsx(["", "Một?", "x", "#REF!", "", "A"])),
        "true or false of three": ("a.xlsx", xlsx(["", "Một?", "x", "y", "z", "A", "Đúng – sai"])),
        "far cell": ("a.xlsx", far_cell()),
        "old font xlsx": (
            "a.xlsx",
            xlsx(["", "C¬ quan l·nh ®¹o cao nhÊt cña §¶ng céng s¶n ViÖt Nam?", "§¹i héi", "Bé ChÝnh trÞ", "", "A"]),
        ),
        "word without questions": ("a.docx", word("Kính gửi các đồng chí")),
        "word no key": ("a.docx", word("Câu 1. Một?", "A. x", "B. y")),
        "word letter missing": ("a.docx", word("Câu 1. Một?", "A. x", "C. y", "Đáp án: A")),
        "word one option": ("a.docx", word("Câu 1. Một?", "A. x", "Đáp án: A")),
        "word key beyond": ("a.docx", word("Câu 1. Một?", "A. x", "B. y", "Đáp án: D")),
        "word key words": ("a.docx", word("Câu 1. Một?", "A. x", "B. y", "Đáp án: xem sau")),
        "word contradiction": ("a.docx", word("Câu 1. Một?", "*A. x", "B. y", "Đáp án: B")),
        "word key of nobody": ("a.docx", word("Câu 1. Một?", "A. x", "B. y", "BẢNG ĐÁP ÁN", "1-A, 7-B")),
        "word numbers twice": (
            "a.docx",
            word("Câu 1. Một?", "A. x", "B. y", "Câu 1. Hai?", "A. z", "B. t", "BẢNG ĐÁP ÁN", "1-A"),
        ),
        "gift kinds": (
            "a.gift",
            (
                "::tl::Viết đi {}\n\n::gd::Ghép {=a -> b =c -> d}\n\n::so::Mấy? {#5:1}\n\n"
                "::ngan::Tên? {=Huế =Hue}\n\nChỉ là lời dẫn.\n"
            ).encode(),
        ),
        "gift open brace": ("a.gift", "::một::Câu hỏi {=a ~b\n\n::hai::Câu {=a ~b}\n".encode()),
        "gift no mark": ("a.gift", "Câu hỏi {a b}\n\n::x::Câu {~a ~b}\n".encode()),
        "aiken no answer": ("a.txt", "Một?\nA. x\nB. y\n".encode()),
        "aiken key beyond": ("a.txt", "Một?\nA. x\nB. y\nANSWER: D\n".encode()),
        "aiken order": ("a.txt", "Một?\nA. x\nC. y\nANSWER: A\n".encode()),
        "aiken stray": ("a.txt", "Một?\nA. x\nB. y\nghi chú\nANSWER: A\n".encode()),
        "moodle kinds": (
            "a.xml",
            quiz(
                question(stem("x"), "essay", "tl"),
                question(stem("x"), "matching", "gd"),
                question(stem("x"), "lạ", "l"),
            ),
        ),
        "moodle no key": ("a.xml", quiz(question(stem("Một?") + answers(0, 0)))),
        "moodle script": (
            "a.xml",
            quiz(question(stem("<p onclick='x()'>Một?</p><script>alert(1)</script>") + answers(100, 0))),
        ),
        "moodle remote image": (
            "a.xml",
            quiz(question(stem('Một? <img src="http://xau.vn/a.png" alt="hình">') + answers(100, 0))),
        ),
        "moodle svg": (
            "a.xml",
            quiz(
                question(
                    '<questiontext format="html"><text>Một? &lt;img src="@@PLUGINFILE@@/a.png"&gt;</text>'
                    '<file name="a.png" encoding="base64">PHN2Zz48L3N2Zz4=</file></questiontext>' + answers(100, 0)
                )
            ),
        ),
        "moodle shares": ("a.xml", quiz(question(stem("Một?") + answers(100, 50, 0)))),
        "qti kinds": (
            "a.zip",
            package(
                ITEM_QTI.format(key="A", stem="s", body='<extendedTextInteraction responseIdentifier="RESPONSE"/>'),
                ITEM_QTI.format(key="A", stem="s", body="<p/>"),
            ),
        ),
        "qti missing file": ("a.zip", package(hrefs=["khong-co.xml"])),
        "qti leaves the package": ("a.zip", package(hrefs=["../../etc/passwd"])),
        "qti broken item": ("a.zip", package("<assessmentItem>")),
        "qti key of nobody": ("a.zip", package(ITEM_QTI.format(key="Z", stem="Một?", body=CHOICES))),
        "qti image leaves": (
            "a.zip",
            package(ITEM_QTI.format(key="A", stem='Một? <img src="../../../etc/passwd" alt="h"/>', body=CHOICES)),
        ),
        "no question in a package": ("a.zip", package()),
        "no question in moodle": ("a.xml", quiz()),
        "toml syntax": ("a.toml", b'title = "x"\nuse = \n'),
        "toml fields": (
            "a.toml",
            (
                'title = "x"\nuse = "practice"\n[[items]]\nid = "a"\nkind = "lạ"\nlevel = 9\nstem = ""\nbien = 1\n'
            ).encode(),
        ),
    }
