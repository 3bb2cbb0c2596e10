"""A report as an official document: its parts in the order of the form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quiz_app.reports import said, texts
from quiz_app.reports.charts import Bar, bars
from quiz_app.reports.content import Content
from quiz_app.reports.figures import Figures, MeetingLine, ModuleLine, absent
from quiz_app.reports.official import (
    Annex,
    Block,
    Dash,
    Heading,
    Official,
    Paragraph,
    Picture,
    Profile,
    Table,
    TableColumn,
)
from quiz_app.rules.unit_standing import UnitFigures, mean_score, turnout
from quiz_app.web.filters import format_percent

MOST_BARS = 25  # what is legible on one page; more units are drawn by how many reach which rate
BANDS = ((100, "Đủ 100%"), (90, "Từ 90% đến dưới 100%"), (75, "Từ 75% đến dưới 90%"), (50, "Từ 50% đến dưới 75%"))
LOWEST_BAND = "Dưới 50%"
ROUNDS = (
    TableColumn("Đợt thi", 5), TableColumn("Danh sách", 2, is_number=True), TableColumn("Miễn", 2, is_number=True),
    TableColumn("Tham gia", 2, is_number=True), TableColumn("Tỉ lệ", 2, is_number=True),
    TableColumn("Lượt thi", 2, is_number=True), TableColumn("Điểm TB", 2, is_number=True),
    TableColumn("Hạng", 2, is_number=True),
)  # fmt: skip
UNITS = (
    TableColumn("Đơn vị", 9), TableColumn("Đảng viên", 3, is_number=True), TableColumn("Người thi", 3, is_number=True),
    TableColumn("Tỉ lệ", 3, is_number=True), TableColumn("Lượt thi", 3, is_number=True),
    TableColumn("Điểm TB", 3, is_number=True), TableColumn("Điểm tối đa", 3, is_number=True),
    TableColumn("Hạng", 2, is_number=True),
)  # fmt: skip
MISSING = (
    TableColumn("Đơn vị", 6),
    TableColumn("Phải tham gia", 2, is_number=True),
    TableColumn("Chưa tham gia", 2, is_number=True),
)
MOST_MODULES = 9  # columns beside a unit's name on a landscape page
MEETINGS = (
    TableColumn("Đơn vị", 9), TableColumn("Số buổi", 3, is_number=True),
    TableColumn("Lượt phải có mặt", 3, is_number=True), TableColumn("Lượt có mặt", 3, is_number=True),
    TableColumn("Tỉ lệ", 3, is_number=True),
)  # fmt: skip
MODULES = (
    TableColumn("Chuyên đề", 6),
    TableColumn("Đã học hết", 2, is_number=True),
    TableColumn("Tổng số", 2, is_number=True),
    TableColumn("Tỉ lệ", 2, is_number=True),
)


def composed(content: Content, *, most_lines: int | None = None) -> Official:
    """The document. With `most_lines` a longer list of units is left to the workbook, and the annex says so."""
    words = content.texts
    return Official(
        profile=Profile(words.profile),
        superior=words.superior,
        issuer=words.issuer,
        number=content.number,
        symbol=words.symbol,
        place=words.place,
        dated_on=content.dated_on,
        kind="Báo cáo",
        subject=words.subject,
        blocks=tuple(_body(content)),
        authority=words.authority,
        office=words.office,
        signer=words.signer,
        recipients=texts.lines(words.recipients),
        kept_by=words.kept_by,
        annexes=tuple(_annexes(content, most_lines)),
    )


def _body(content: Content) -> Iterator[Block]:
    figures, words = content.figures, content.texts
    for basis in texts.lines(words.legal_bases):
        yield Paragraph(basis)
    yield Paragraph(f"{words.issuer} báo cáo như sau:")
    yield Heading(1, "Kết quả dự thi")
    if not figures.rounds:
        yield Paragraph(said.NO_ROUNDS)
    else:
        yield Heading(2, "Số liệu chung")
        yield from (Dash(f"{name}: {value}") for name, value in said.key_figures(figures))
        yield Heading(2, "Từng đợt")
        yield _rounds(figures)
    yield from _pictures(figures)
    yield from _winning(figures)
    yield from _elsewhere(figures)
    yield from _study(figures)
    yield from _named(content)
    yield Heading(1, "Cách tính số liệu")
    yield from (Paragraph(source) for source in said.sources(content))
    for title, text in (
        ("Ưu điểm", words.strengths),
        ("Hạn chế", words.shortcomings),
        ("Nguyên nhân", words.causes),
        ("Kiến nghị, đề xuất", words.proposals),
    ):
        if texts.lines(text):
            yield Heading(1, title)
            yield from _written(text)


def _written(text: str) -> Iterator[Block]:
    for line in texts.lines(text):
        yield Dash(line.lstrip("-– ")) if line.startswith(("-", "–")) else Paragraph(line)


def _rounds(figures: Figures) -> Table:
    rows = [
        [
            one.title, said.whole(one.figures.members), said.whole(one.figures.exempt),
            said.whole(one.figures.participants), said.rate(one.figures), said.whole(one.figures.attempts),
            said.mean(one.figures), said.place(one.place, one.ranked),
        ]
        for one in figures.rounds
    ]  # fmt: skip
    total = figures.total
    sums = [
        "Cộng các đợt", said.whole(total.members), said.whole(total.exempt), said.whole(total.participants),
        said.rate(total), said.whole(total.attempts), said.mean(total), said.place(figures.place, figures.ranked),
    ]  # fmt: skip
    return Table("Kết quả từng đợt", ROUNDS, rows, sums if len(rows) > 1 else None)


def _pictures(figures: Figures) -> Iterator[Block]:
    if len(figures.rounds) > 1:
        over_time = [Bar(one.title, _percent(one.figures), said.rate(one.figures)) for one in figures.rounds]
        yield from _drawn("Tỉ lệ tham gia qua các đợt", over_time, 100)
        yield from _drawn("Điểm trung bình qua các đợt (so với điểm tối đa)", _scores(figures), 100)
    units = [one for one in figures.children if turnout(one.figures) is not None]
    if len(units) > MOST_BARS:
        yield from _drawn("Số đơn vị theo tỉ lệ tham gia", *_bands([_percent(one.figures) for one in units]))
    elif len(units) > 1:
        by_turnout = [Bar(one.name, _percent(one.figures), said.rate(one.figures)) for one in units]
        yield from _drawn("Tỉ lệ tham gia theo đơn vị", by_turnout, 100)
    scored = [(one, mean_score(one.figures)) for one in units]
    told = [Bar(one.name, float(mean), said.points(mean)) for one, mean in scored if mean is not None]
    most = max((one.max_score or 0 for one in figures.rounds), default=0)
    if len(told) > MOST_BARS and most:
        shares = [bar.value / most * 100 for bar in told]
        yield from _drawn("Số đơn vị theo điểm trung bình, so với điểm tối đa", *_bands(shares))
    elif 1 < len(told) <= MOST_BARS:
        yield from _drawn("Điểm trung bình theo đơn vị", told, most or max(bar.value for bar in told))


def _scores(figures: Figures) -> list[Bar]:
    """The mean of each round that tells it, in per cent of what could be had."""
    told = [(one, mean_score(one.figures)) for one in figures.rounds]
    return [
        Bar(one.title, float(mean / one.max_score * 100), f"{said.points(mean)}/{said.whole(one.max_score)}")
        for one, mean in told
        if mean is not None and one.max_score
    ]


def _drawn(title: str, rows: Sequence[Bar], top: float) -> Iterator[Block]:
    if not rows:
        return
    yield Heading(2, title)
    yield Picture(bars(rows, top=top), f"{title}: {'; '.join(f'{row.label} {row.words}' for row in rows)}")


def _bands(rates: Sequence[float]) -> tuple[list[Bar], float]:
    """How many reach which per cent."""
    counts: list[tuple[str, int]] = []
    above = float("inf")
    for least, label in (*BANDS, (0, LOWEST_BAND)):
        counts.append((label, sum(least <= rate < above for rate in rates)))
        above = least
    return [Bar(label, count, f"{said.whole(count)} đơn vị") for label, count in counts], max(1, len(rates))


def _percent(figures: UnitFigures) -> float:
    rate = turnout(figures)
    return 0.0 if rate is None else float(rate * 100)


def _winning(figures: Figures) -> Iterator[Block]:
    if not figures.prizes:
        return
    yield Heading(2, "Giải thưởng")
    for one in figures.prizes:
        won = f"{one.title}: {one.winner}" if one.is_for_unit else f"{one.title}: {said.whole(one.count)} đồng chí"
        yield Dash(f"{one.subject}, {won}")


def _elsewhere(figures: Figures) -> Iterator[Block]:
    if not figures.outside:
        return
    yield Heading(2, "Tham gia cuộc thi do nơi khác tổ chức (không tính vào các số trên)")
    yield from (Dash(f"{one.title} ({one.organiser}): {said.whole(one.people)} đồng chí") for one in figures.outside)


def _study(figures: Figures) -> Iterator[Block]:
    modules = figures.own_modules
    if not modules and not figures.asked and not figures.meetings:
        return
    yield Heading(1, "Học tập, sinh hoạt, hỏi đáp")
    if modules:
        rows = [
            [one.module, said.whole(one.finished), said.whole(one.members), _share(one.finished, one.members)]
            for one in modules
        ]
        yield Table("Số người đã học hết từng chuyên đề", MODULES, rows)
    for meeting in figures.meetings[:1]:
        rate = _share(meeting.present, meeting.expected)
        yield Dash(
            f"Sinh hoạt chuyên đề: {said.whole(meeting.meetings)} buổi đã xác nhận, có mặt "
            f"{said.whole(meeting.present)}/{said.whole(meeting.expected)} lượt đảng viên ({rate})"
        )
    for one in figures.asked:
        yield Dash(f"{one.kind}, {one.state.lower()}: {said.whole(one.count)}")


def _share(part: int, whole: int) -> str:
    return said.NOTHING if not whole else format_percent(part / whole)


def _named(content: Content) -> Iterator[Block]:
    named, figures = content.named, content.figures
    praised, lagging = (said.unit_names(figures, ids) for ids in (named.praised, named.lagging))
    draft = " (dự kiến, chờ phê duyệt)" if content.is_draft else ""
    if praised:
        yield Heading(1, f"Đơn vị được biểu dương{draft}")
        if said.rule_words(named.rule):
            yield Paragraph(f"Theo tiêu chí: {said.rule_words(named.rule)}.")
        yield from (Dash(name) for name in praised)
    if lagging:
        yield Heading(1, f"Đơn vị cần đôn đốc{draft}")
        if named.rule.lag_turnout is not None:
            yield Paragraph(f"Theo tiêu chí: {said.lag_words(named.rule)}.")
        yield from (Dash(name) for name in lagging)


def _annexes(content: Content, most_lines: int | None) -> Iterator[Annex]:
    figures = content.figures
    if not figures.units:
        return
    dated = f"(kèm theo Báo cáo của {content.texts.issuer})"
    if most_lines is not None and len(figures.units) > most_lines:
        words = f"Bảng có {said.whole(len(figures.units))} đơn vị, xem tệp Excel kèm theo."
        yield Annex("PHỤ LỤC: KẾT QUẢ THEO ĐƠN VỊ", (Paragraph(dated), Paragraph(words)))
        return
    if figures.rounds:
        yield from _results(figures, dated)
    studied = tuple(_studied(figures))
    if studied:
        number = " 3" if figures.rounds else ""
        yield Annex(f"PHỤ LỤC{number}: HỌC TẬP, SINH HOẠT THEO ĐƠN VỊ", (Paragraph(dated), *studied))


def _results(figures: Figures, dated: str) -> Iterator[Annex]:
    total = figures.total
    rows = [
        [
            "– " * (one.depth - 1) + one.name, said.whole(one.members), said.whole(one.figures.participants),
            said.rate(one.figures), said.whole(one.figures.attempts), said.mean(one.figures),
            said.whole(one.figures.full_marks), said.whole(one.place),
        ]
        for one in figures.units
    ]  # fmt: skip
    sums = [
        "Toàn đơn vị", said.whole(figures.members), said.whole(total.participants), said.rate(total),
        said.whole(total.attempts), said.mean(total), said.whole(total.full_marks), "",
    ]  # fmt: skip
    yield Annex("PHỤ LỤC 1: KẾT QUẢ THEO ĐƠN VỊ", (Paragraph(dated), Table("Cộng các đợt", UNITS, rows, sums)))
    missing = [
        ["– " * (one.depth - 1) + one.name, said.whole(_able(one.figures)), said.whole(absent(one.figures))]
        for one in figures.units
    ]
    all_missing = ["Toàn đơn vị", said.whole(_able(total)), said.whole(absent(total))]
    yield Annex(
        "PHỤ LỤC 2 (LƯU HÀNH NỘI BỘ): SỐ ĐẢNG VIÊN CHƯA THAM GIA",
        (Paragraph(dated), Table("Số lượt người, cộng các đợt", MISSING, missing, all_missing)),
    )


def _studied(figures: Figures) -> Iterator[Table]:
    """How many of each unit right below have read which module to its end, and who came to its meetings."""
    titles = [one.module for one in figures.own_modules]
    lines: dict[int, list[ModuleLine]] = {}
    for one in figures.modules:
        lines.setdefault(one.unit_id, []).append(one)
    names = {one.unit_id: one.name for one in figures.children}
    for start in range(0, len(titles), MOST_MODULES):
        shown = range(start, min(start + MOST_MODULES, len(titles)))
        known = "; ".join(f"CĐ {at + 1}: {titles[at]}" for at in shown)
        columns = (
            TableColumn("Đơn vị", 9),
            TableColumn("Tổng số", 2, is_number=True),
            *(TableColumn(f"CĐ {at + 1}", 2, is_number=True) for at in shown),
        )
        told = {
            unit_id: [said.whole(own[0].members), *(said.whole(own[at].finished) for at in shown)]
            for unit_id, own in lines.items()
        }
        rows = [[name, *told[unit_id]] for unit_id, name in names.items() if unit_id in told]
        yield Table(f"Số người đã học hết từng chuyên đề. {known}.", columns, rows, ["Toàn đơn vị", *told[0]])
    held = {one.unit_id: one for one in figures.meetings}
    if held:
        whole = held.pop(0)
        rows = [_met(names[unit_id], one) for unit_id, one in held.items()]
        yield Table("Sinh hoạt chuyên đề đã xác nhận", MEETINGS, rows, _met("Toàn đơn vị", whole))


def _met(name: str, one: MeetingLine) -> list[str]:
    counts = [said.whole(count) for count in (one.meetings, one.expected, one.present)]
    return [name, *counts, _share(one.present, one.expected)]


def _able(figures: UnitFigures) -> int:
    return figures.members - figures.exempt
