"""How much of one file is read. A set of ten thousand questions stays far below each of these."""

from __future__ import annotations

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 64 * 1024 * 1024
MAX_ENTRIES = 11_000  # a QTI package holds one file for each question
MAX_OFFICE_ENTRIES = 500
MAX_RATIO = 200  # how many times larger than packed one entry may be
MAX_RATIO_FROM = 1024 * 1024
MAX_QUESTIONS = 10_000
MAX_ROWS = 20_000
MAX_COLUMNS = 60
MAX_SHEETS = 50
MAX_TEXT = 20_000  # characters of one stem, option or rationale
MAX_OPTIONS = 26
MAX_PARAGRAPHS = 400_000
MAX_DEPTH = 100
MAX_IMAGE_BYTES = 2 * 1024 * 1024
MAX_IMAGES_BYTES = 16 * 1024 * 1024
MEMORY_BYTES = 1024 * 1024 * 1024  # address space of the child process
CPU_S = 60
