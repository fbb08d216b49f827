"""Members complete their own record: only what the clinic allows, and only what is missing.

A phone or e-mail is theirs once they have entered the code that was sent to it. It allows no
message: consents are given one by one, elsewhere.
"""

from collections.abc import Collection
from datetime import date, datetime

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.services.contacts import ContactDraft, contacts_as_drafts
from customers.services.intake.cleaning import Refused, day, emails, phones
from customers.services.records import ChangedMeanwhile, edit, marks_of
from loyalty.exceptions import RuleRefused
from loyalty.models import MemberLink, ProfileField
from loyalty.queries.activities import fillable_fields
from loyalty.refusals import LinkRefused
from loyalty.services.member_claims import pay_complete_profile
from loyalty.services.member_links import (
    CODE_LASTS,
    MOST_CODES_AN_HOUR,
    n_asked,
    read_signed,
    use_code,
)
from tenancy.models import Clinic
from tenancy.queue import enqueue
from tenancy.scope import current_clinic_id

OWN_SALT = "loyalty.member_own"
LABEL = "member page"
NOTHING = {ProfileField.BIRTHDAY: None, ProfileField.GENDER: ""}


@transaction.atomic
def fill_in(
    *, customer: Customer, birth_on: date | None, gender: str, at: datetime, on: date
) -> int:
    """Write birthday and form of address; the points that a complete profile earned.

    None and "": left open. Raises RuleRefused naming the field: not theirs to fill in, filled in
    meanwhile, or a day that cannot be.
    """
    given = {ProfileField.BIRTHDAY: birth_on, ProfileField.GENDER: gender}
    said = {field.value: value for field, value in given.items() if value}
    _refuse_closed(customer, said)
    if birth_on:
        try:
            day("birth_on", birth_on, today=on)
        except Refused as refusal:
            raise RuleRefused("birth_on", refusal.message) from None
    seen = marks_of({field.value: value for field, value in NOTHING.items()})
    try:
        changed = edit(customer=customer, said=said, by=None, at=at, seen=seen, label=LABEL)
    except ChangedMeanwhile as change:
        raise RuleRefused(next(iter(change.now)), _("This is filled in already.")) from None
    return pay_complete_profile(changed, on=on)


@transaction.atomic
def ask_for_address(*, customer: Customer, kind: str, text: str, at: datetime) -> str:
    """Send a code to a phone or e-mail the member says is theirs; a word to enter it with.

    Raises RuleRefused: not theirs to fill in, no such address, or asked too often.
    """
    _refuse_closed(customer, [kind])
    value = _cleaned(kind, text)
    if n_asked(customer, MemberLink.Kind.OWN, at) >= MOST_CODES_AN_HOUR:
        raise RuleRefused(kind, _("Several codes were sent already. Try again in an hour."))
    link = MemberLink.objects.create(
        kind=MemberLink.Kind.OWN, customer=customer, secret_hash="", contact_kind=kind,
        address=value, expires_at=at + CODE_LASTS,
    )  # fmt: skip
    enqueue("loyalty.send_member_code", link_id=link.pk)
    return signing.Signer(salt=OWN_SALT).sign_object([current_clinic_id(), link.pk])


@transaction.atomic
def confirm_address(
    *, customer: Customer, asked: str, code: str, at: datetime, on: date
) -> int | None:
    """Write the address down with the code that was sent to it; the points that a complete profile
    earned, or None for any code that is not right."""
    try:
        clinic_id, link_id = read_signed(asked, salt=OWN_SALT)
    except LinkRefused:
        return None
    if clinic_id != current_clinic_id():
        return None
    mine = MemberLink.objects.filter(pk=int(link_id), kind=MemberLink.Kind.OWN, customer=customer)
    link = use_code(mine, code, at=at)
    if link is None:
        return None
    mine.update(address="")  # it stands in the record now
    drafts = [*contacts_as_drafts(customer, link.contact_kind), ContactDraft(link.address)]
    said = {link.contact_kind: drafts}
    changed = edit(customer=customer, said=said, by=None, at=at, label=LABEL)
    return pay_complete_profile(changed, on=on)


def _refuse_closed(customer: Customer, fields: Collection[str]) -> None:
    open_ = fillable_fields(customer)
    for field in fields:
        if field not in open_:
            raise RuleRefused(field, _("This is filled in already, or the clinic fills it in."))


def _cleaned(kind: str, text: str) -> str:
    """Raises RuleRefused."""
    country = Clinic.objects.get(pk=current_clinic_id()).country
    try:
        is_phone = kind == ProfileField.PHONE
        found = phones([text], country=country) if is_phone else emails([text])
    except Refused as refusal:
        raise RuleRefused(kind, refusal.message) from None
    if len(found) != 1:
        raise RuleRefused(kind, _("Enter one address."))
    return found[0]
