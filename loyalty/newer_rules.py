"""When points stand in the way of taking an import back: once some of them were spent."""

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import ImportFile
from customers.newer_rows import register
from loyalty.models import Account, LedgerEntry

REDEMPTION = LedgerEntry.Kind.REDEMPTION
SPENT = _("Points spent since then")


def _by_hand_or_spent(_file: ImportFile) -> Q:
    return Q(entries__kind=REDEMPTION) | Q(entries__actor__isnull=False)


def _spent_later(_file: ImportFile) -> Q:
    """Of an entry of a sale: its account paid with points afterwards, perhaps with these."""
    later = Q(account__entries__created_at__gt=F("created_at"))
    return Q(account__entries__kind=REDEMPTION) & later


def register_rules() -> None:
    register(Account, SPENT, _by_hand_or_spent)
    register(LedgerEntry, SPENT, _spent_later)
