"""A small private bank, written to disk piece by piece so that each test can spoil exactly one thing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SET_HEAD = 'title = "Bộ thử"\nuse = "contest"\n'


@dataclass(frozen=True)
class Folder:
    """A bank on disk."""

    path: Path

    def write(self, name: str, text: str) -> Path:
        """Put one file into the bank."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file


def item_text(
    item_id: str = "x-1",
    *,
    kind: str = "single",
    topic: str = "II.1.5",
    level: int = 1,
    stem: str = "Có bao nhiêu vấn đề dân sinh cấp bách?",
    options: tuple[tuple[str, str, bool], ...] = (("a", "Ba", False), ("b", "Năm", True), ("c", "Mười", False)),
    rationale: str = "Kế hoạch nêu năm vấn đề.",
    source: str = '{ document = "ke-hoach-bat-trang", section = "ii-1-5" }',
    extra: str = "",
) -> str:
    """A sound item as TOML; every part of it can be spoilt by name."""
    rows = "".join(
        f'  {{ id = "{option_id}", text = "{text}"{", key = true" if is_key else ""} }},\n'
        for option_id, text, is_key in options
    )
    return (
        f'[[items]]\nid = "{item_id}"\nkind = "{kind}"\ntopic = "{topic}"\nlevel = {level}\nstem = "{stem}"\n'
        f'options = [\n{rows}]\nrationale = "{rationale}"\nsource = {source}\n{extra}\n'
    )
