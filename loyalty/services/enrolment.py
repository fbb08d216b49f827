"""One step from a customer to a member: at the desk, by a QR code, by another system."""

import secrets
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Customer
from loyalty.exceptions import RuleRefused
from loyalty.models import Account, Joining, Programme
from loyalty.queries.ladders import rules_of_tiers
from loyalty.services.awards import open_account
from loyalty.services.ladders import write_version
from loyalty.services.programme import Rung, Terms, check_ladder, check_terms, terms_as_fields
from loyalty.services.rules import Asked, add_rule
from segmentation.models import Segment
from segmentation.queries import segment_customers
from tenancy.models import Membership
from tenancy.queue import enqueue


@transaction.atomic
def enrol(
    *,
    programme: Programme,
    customer: Customer,
    through: str,
    on: date,
    by: Membership | None = None,
) -> Account:
    """The customer's account; who is a member already keeps theirs and the way they came.

    Raises RuleRefused: the programme takes nobody in any more, or not this customer.
    """
    if programme.is_closed_on(on):
        raise RuleRefused("programme", _("This programme takes nobody in any more."))
    if not is_eligible(programme, customer, on=on):
        segment = programme.eligible_segment
        message = _("This programme is for «%(segment)s», and the customer is not among them.")
        raise RuleRefused("programme", message % {"segment": segment.name if segment else ""})
    account = open_account(programme=programme, customer_id=customer.pk)
    _joining, is_new = Joining.objects.get_or_create(
        account=account, defaults={"through": through, "actor": by, "joined_on": on}
    )
    if is_new:
        enqueue("loyalty.accrue_sales")
        enqueue("loyalty.judge_tiers")
    return account


def is_eligible(programme: Programme, customer: Customer, *, on: date) -> bool:
    if programme.eligible_segment is None:
        return True
    return segment_customers(programme.eligible_segment, on=on).filter(pk=customer.pk).exists()


@transaction.atomic
def add_programme(
    *,
    terms: Terms,
    ladder: list[Rung],
    starts_on: date,
    today: date,
    segment: Segment | None,
    by: Membership | None,
) -> Programme:
    """A second programme beside the default one, for who is in a segment (None: for everybody).

    Raises ProgrammeRefused, LadderRefused.
    """
    check_terms(terms)
    check_ladder(ladder)
    if Programme.objects.filter(name=terms.name.strip()).exists():
        raise RuleRefused("name", _("There is a programme of this name already."))
    programme = Programme.objects.create(
        starts_on=starts_on, is_default=False, eligible_segment=segment,
        join_code=secrets.token_urlsafe(9), **terms_as_fields(terms),
    )  # fmt: skip
    for rank, rung in enumerate(ladder):
        programme.tiers.create(
            name=rung.name.strip(), rank=rank, min_spend_minor=rung.min_spend_minor,
            benefits=rung.benefits.strip(), has_priority_booking=rung.has_priority_booking,
        )  # fmt: skip
    rules = rules_of_tiers(programme)
    write_version(programme=programme, rules=rules, effective_on=starts_on, by=by)
    rate = Asked("rate", max(starts_on, today), points_per_unit=terms.points_per_unit)
    add_rule(programme=programme, asked=rate, today=today, by=by)
    return programme


@transaction.atomic
def join_code_of(programme: Programme) -> str:
    """What the QR code at the desk says; made when it is first asked for."""
    if not programme.join_code:
        programme.join_code = secrets.token_urlsafe(9)
        programme.save(update_fields=["join_code"])
    return programme.join_code
