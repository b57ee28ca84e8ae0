"""Families: which account is a sub-account, and whose. Known from the log alone.

Owns the words in which that is asked. Invariant: a sub-account has one main account, which is none itself.
"""

from __future__ import annotations

from bedesten.services.accounts.fold_accounts import AccountsFold


class Families:
    """Every family."""

    def __init__(self, fold: AccountsFold) -> None:
        self._fold = fold

    def main_of(self, account: int) -> int:
        """Return the main account of a family: the account itself, unless it is a sub-account."""
        return self._fold.parents.get(account, account)

    def family(self, account: int) -> list[int]:
        """Return everybody in the account's family, the main account first, then by number."""
        main = self.main_of(account)
        return [main, *self._fold.children.get(main, ())]

    def is_sub(self, account: int) -> bool:
        """Return whether it is a sub-account."""
        return account in self._fold.parents
