"""The figures of a round as a workbook."""

from __future__ import annotations

from html import unescape

import nh3

from quiz_app.analysis import labels
from quiz_app.analysis.queries import Kept, Learned, Sight
from quiz_app.catalogue.labels import LEVELS
from quiz_app.kernel.work import Reading
from quiz_app.rules.statistics import PaperStatistics
from quiz_app.web.filters import format_datetime
from quiz_app.web.spreadsheet import Column, Sheet, Value, workbook

_ITEMS = (
    Column("Câu", 6, "whole"), Column("Mã câu", 16), Column("Phiên bản", 10, "whole"), Column("Câu dẫn", 60),
    Column("Chuyên đề", 12), Column("Mức", 14), Column("Số lượt có câu", 12, "whole"),
    Column("Tỉ lệ ra", 10, "share"), Column("Bỏ trống", 10, "share"), Column("Tỉ lệ đúng", 10, "share"),
    Column("Đoán mò", 10, "share"), Column("Độ phân biệt", 12, "decimal"), Column("Hiệu suất phân biệt", 12, "share"),
    Column("Đúng, nhóm điểm cao", 14, "share"), Column("Đúng, nhóm điểm thấp", 14, "share"),
    Column("Thời gian trung bình (giây)", 16, "decimal"), Column("Nhận xét", 60),
)  # fmt: skip
_OPTIONS = (
    Column("Câu", 6, "whole"), Column("Mã câu", 16), Column("Phương án", 10), Column("Nội dung", 60),
    Column("Đáp án", 10), Column("Số lượt chọn", 12, "whole"), Column("Tỉ lệ chọn", 10, "share"),
    Column("Nhóm điểm cao", 14, "share"), Column("Nhóm điểm thấp", 14, "share"),
    Column("Tương quan với điểm các câu khác", 18, "decimal"),
)  # fmt: skip


def export(r: Reading, seen: Sight, kept: Kept) -> bytes:
    """Papers, items, and for who may see the keys the options."""
    left = kept.figures.left
    notes = [
        f"{seen.round.contest.title} – {seen.round.title}",
        f"{labels.SAMPLES[seen.sample]}: {left.taken} lượt. Tính lúc {format_datetime(kept.computed_at)}.",
        f"Không tính: {left.unranked} lượt của người không xếp hạng, {left.annulled} lượt đã hủy, "
        f"{left.other_attempts} lượt khác của người đã tính.",
    ]
    figures = [(name, value, words) for name, value, words in paper_lines(kept.figures.papers)]
    columns = (Column("Số liệu", 32), Column("Giá trị", 12, "decimal"), Column("Ý nghĩa", 80))
    sheets = [
        Sheet("Bài thi", "THỐNG KÊ BÀI THI", notes, columns, figures),
        Sheet("Câu hỏi", "THỐNG KÊ CÂU HỎI", notes, _ITEMS, [_item(one, kept, seen) for one in kept.items]),
    ]
    if seen.reads_keys:
        rows = [row for one in kept.items for row in _options(one)]
        sheets.append(Sheet("Phương án", "THỐNG KÊ PHƯƠNG ÁN", notes, _OPTIONS, rows))
    return workbook(sheets, author=r.actor.name)


def paper_lines(papers: PaperStatistics) -> list[tuple[str, float | None, str]]:
    """Each figure of all papers with what it says."""
    return [
        ("Số lượt", papers.papers, ""),
        ("Số câu mỗi đề", papers.length, ""),
        ("Điểm trung bình", papers.mean, ""),
        ("Trung vị", papers.median, "Một nửa số lượt từ mức này trở lên."),
        ("Độ lệch chuẩn", papers.deviation, "Điểm thường cách trung bình chừng ấy."),
        ("Độ lệch (skewness)", papers.skewness, labels.skewness_words(papers.skewness)),
        ("Độ nhọn (kurtosis)", papers.kurtosis, labels.kurtosis_words(papers.kurtosis)),
        ("Cronbach alpha", papers.alpha, labels.alpha_words(papers)),
        ("Sai số chuẩn của điểm", papers.standard_error, "Điểm đo được thường cách điểm “thật” chừng ấy."),
    ]


def _item(one: Learned, kept: Kept, seen: Sight) -> list[Value]:
    figures = one.figures
    said = labels.all_said(one, with_keys=seen.reads_keys)
    return [
        one.number, one.code, one.version, _plain(one.item.stem_html), one.topic, LEVELS[one.level],
        figures.papers, figures.papers / kept.figures.papers.papers, 1 - figures.answered / figures.papers,
        figures.facility, one.guess, figures.discrimination, figures.efficiency,
        figures.upper_right, figures.lower_right,
        None if figures.mean_ms is None else figures.mean_ms / 1000, " ".join(said),
    ]  # fmt: skip


def _options(one: Learned) -> list[list[Value]]:
    return [
        [
            one.number, one.code, labels.letter_of(one, option.option), _plain(one.item.options[option.option]),
            "Đáp án" if option.option in one.keys else "", option.chosen, option.share, option.upper, option.lower,
            option.correlation,
        ]
        for option in one.figures.options
    ]  # fmt: skip


def _plain(html: str) -> str:
    return unescape(nh3.clean(html, tags=set())).strip()
