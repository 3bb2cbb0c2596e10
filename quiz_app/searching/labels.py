"""Words of this feature: the names of what is found."""

from __future__ import annotations

from quiz_app.catalogue.searchable import Kind
from quiz_app.kernel.errors import Refused
from quiz_app.searching.queries import Shelf

REFUSALS: dict[type[Refused], str] = {}
KINDS = {
    Kind.DOCUMENT: "Văn bản",
    Kind.SECTION: "Mục của văn bản",
    Kind.LESSON: "Bài học",
    Kind.RATIONALE: "Giải thích câu hỏi ôn",
}
SHELVES = {Shelf.DOCUMENTS: "Văn bản", Shelf.LESSONS: "Bài học", Shelf.RATIONALES: "Giải thích"}
EVERYTHING = "Tất cả"
EXAMPLE = "Ví dụ: phương châm sáu rõ"
