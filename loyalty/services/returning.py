"""Points of one redemption go back to whose they were."""

from datetime import date

from django.utils.translation import gettext as _

from loyalty.models import LedgerEntry
from loyalty.services.posting import post
from tenancy.models import Membership


def give_back(*, redeemed_key: str, on: date, actor: Membership | None) -> LedgerEntry:
    """Undo the redemption that was made under this key; once, however often it is asked for."""
    spent = LedgerEntry.objects.select_related("account").get(
        idempotency_key=f"redemption:{redeemed_key}"
    )
    return post(
        account=spent.account,
        kind=LedgerEntry.Kind.ADJUSTMENT,
        points=-spent.points,
        on=on,
        key=f"undo:{spent.pk}",
        actor=actor,
        reason=_("Undone: %(reason)s") % {"reason": spent.reason},
    )
