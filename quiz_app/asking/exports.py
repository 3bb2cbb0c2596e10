"""The counts as a file: numbers by kind and state, and not one word of what anybody wrote."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from quiz_app.asking import labels
from quiz_app.asking.models import Kind, State
from quiz_app.web.spreadsheet import Column, Sheet, Value, workbook


def counts_file(
    unit_name: str, since: date, until: date, counts: Mapping[tuple[Kind, State], int], *, author: str
) -> bytes:
    """An .xlsx file: a row for each kind, a column for each state."""
    rows: list[list[Value]] = [
        [labels.KINDS[kind], *(counts[kind, state] for state in State), sum(counts[kind, state] for state in State)]
        for kind in Kind
    ]
    columns = [
        Column("Loại", 16),
        *(Column(labels.STATES[state], 14, "whole") for state in State),
        Column("Cộng", 12, "whole"),
    ]
    notes = [unit_name, f"Gửi từ {since:%d/%m/%Y} đến hết {until:%d/%m/%Y}"]
    return workbook([Sheet("Số lượng", "CÂU HỎI, ĐỀ XUẤT, BÁO LỖI", notes, columns, rows)], author=author)
