"""Who brought whom, in one batch of customers on their way in."""

from django.utils.translation import gettext as _

from customers.services.intake.batch import Batch, Refused
from customers.services.intake.customer_drafts import Draft
from customers.services.intake.identities import IdentityBook
from customers.services.referrals import closing_circles


def find_referrers(batch: Batch, drafts: list[Draft], book: IdentityBook) -> None:
    """Say who brought whom, by the ids of the source; whoever is no other customer is refused."""
    by_key = {draft.key: draft.pk for draft in drafts}
    for draft in drafts:
        text = draft.record.referrer_external_id
        if text is None:
            continue
        pk = by_key.get(text.strip()) or book.customer_by_id(text.strip())
        if text and (pk is None or pk == draft.pk):
            try:
                batch.leave_out_or_refuse(draft.key, _unknown_referrer(text))
            except Refused as reason:
                batch.refuse(draft.key, reason)
            continue
        draft.said["referrer_id"] = pk
    _refuse_circles(batch, drafts)


def _refuse_circles(batch: Batch, drafts: list[Draft]) -> None:
    links = {d.pk: d.said["referrer_id"] for d in drafts if "referrer_id" in d.said}
    circular = closing_circles(links)
    for draft in drafts:
        if draft.pk not in circular or draft.key not in batch.standing:
            continue
        del draft.said["referrer_id"]
        try:
            batch.leave_out_or_refuse(draft.key, _referrer_circle())
        except Refused as reason:
            batch.refuse(draft.key, reason)


def _referrer_circle() -> Refused:
    return Refused(
        "referrer_external_id",
        "referrer_circle",
        _("This referrer was brought by the customer, directly or through friends. Correct it."),
    )


def _unknown_referrer(text: str) -> Refused:
    return Refused(
        "referrer_external_id",
        "unknown_referrer",
        _("No other customer has the id «%(text)s». Send the referrer first.")
        % {"text": text[:80]},
    )
