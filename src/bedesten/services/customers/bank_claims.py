"""Bank accounts that customers claimed and the operator believed: entered as verified, in every currency that moves by bank."""

from __future__ import annotations

from bedesten.domain.fiat import FiatTerms
from bedesten.services.customers.kyc import OnBank
from bedesten.services.customers.kyc_records import BankClaim
from bedesten.services.fiat.bank_accounts import BankAccounts


def keep_claims(bank_accounts: BankAccounts, terms: FiatTerms) -> OnBank:
    """Return what enters a claimed bank account. It raises BankRefused, Overloaded, Stopped."""

    async def keep(account: int, claim: BankClaim, holder: str) -> None:
        for currency in terms.currencies:
            await bank_accounts.add(
                account, currency.asset, bank=claim.code, branch=claim.branch, number=claim.account, holder=holder,
                is_verified=True,
            )  # fmt: skip

    return keep
