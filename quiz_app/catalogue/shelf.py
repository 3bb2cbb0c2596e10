"""The bank's files as the platform offers them: the shipped bank, and the private one where the installation has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from question_bank.model import Bank, Finding, ItemSet
from question_bank.reading import BankUnreadable, read_bank
from quiz_app.catalogue.errors import BankBroken, SetUnknown


@dataclass(frozen=True, slots=True)
class ShelfSet:
    item_set: ItemSet
    is_shipped: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """Sets by slug, and the bank that holds the topics, modules and documents they lean on."""

    bank: Bank
    sets: Mapping[str, ShelfSet]

    def find(self, slug: str) -> ShelfSet:
        """Raises SetUnknown."""
        if slug not in self.sets:
            raise SetUnknown(slug=slug)
        return self.sets[slug]


def read_shelf(bank_dir: Path | None) -> Shelf:
    """Everything that can be published here. Raises BankBroken."""
    try:
        shipped = read_bank()
        private = read_bank(bank_dir) if bank_dir else None
    except BankUnreadable as unreadable:
        raise BankBroken(count=len(unreadable.findings), findings=words(unreadable.findings)) from unreadable
    sets = {item_set.slug: ShelfSet(item_set, True) for item_set in shipped.sets}
    if private is None:
        return Shelf(shipped, sets)
    # The shipped set keeps its name: under another one its public keys would pass for private.
    own = {item_set.slug: ShelfSet(item_set, False) for item_set in private.sets}
    return Shelf(private, own | sets)


def words(findings: Sequence[Finding]) -> str:
    """Findings one a line, with the file and line an author opens."""
    return "\n".join(
        f"{finding.file}, dòng {finding.line}: {finding.message}" if finding.file else finding.message
        for finding in findings
    )
