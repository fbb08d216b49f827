"""Lists of customers that somebody pasted or uploaded: ids, phones or e-mails, one a line.

A phone may belong to a family: then all of them are on the list, and the list says how many such
lines there were. What nobody is found by is kept and shown, so that it can be mended.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from customers.files.cells import read_email, read_phones
from customers.files.refusals import CellRefused
from customers.models import ContactPoint, Customer, Identity
from segmentation.models import CustomerList, CustomerListEntry
from segmentation.services.segments import TURN, clean_name
from segmentation.usage import refuse_if_used, uses_of_list
from tenancy.exceptions import DomainError
from tenancy.models import Branch, Clinic, Membership
from tenancy.scope import current_clinic_id
from tenancy.services.audit import record
from tenancy.turns import wait_for_turn

MOST_LINES = 100_000
LONGEST_LINE = 254
MOST_UNKNOWN_KEPT = 1_000
CHUNK = 5_000


@dataclass
class Found:
    """by_line: what was written → ids of the customers it names."""

    by_line: dict[str, set[int]] = field(default_factory=dict)

    @property
    def customer_ids(self) -> set[int]:
        return set().union(*self.by_line.values())

    @property
    def unknown(self) -> list[str]:
        return [line for line, ids in self.by_line.items() if not ids]

    @property
    def n_shared(self) -> int:
        return sum(len(ids) > 1 for ids in self.by_line.values())


def lines_of_text(text: str) -> list[str]:
    """One value a line; of a table its first column. Each once. Raises DomainError."""
    firsts = (line.replace("\t", ",").replace(";", ",").split(",")[0] for line in text.splitlines())
    lines = list(dict.fromkeys(one.strip(" \"'\ufeff\u3000") for one in firsts))
    lines = [one for one in lines if one]
    if not lines:
        raise DomainError(_("Paste or upload at least one line."), code="list_empty")
    if len(lines) > MOST_LINES:
        raise DomainError(
            _("%(n)s lines are too many: at most %(most)s.")
            % {"n": len(lines), "most": MOST_LINES},
            code="list_too_long",
        )
    for number, one in enumerate(lines, start=1):
        if "\x00" in one or len(one) > LONGEST_LINE:
            raise DomainError(
                _("Line %(n)s is no id, phone or e-mail: it is too long or no text.")
                % {"n": number},
                code="list_line_refused",
            )
    return lines


def find(lines: Sequence[str], *, branch: Branch | None) -> Found:
    """Customers by external id, e-mail or phone, in this order; of a branch only its own."""
    country = Clinic.objects.get(pk=current_clinic_id()).country
    found = Found({line: set() for line in lines})
    for start in range(0, len(lines), CHUNK):
        chunk = lines[start : start + CHUNK]
        _add(found, {line: line for line in chunk}, Identity.objects.all(), "external_id")
        rest = [line for line in chunk if not found.by_line[line]]
        emails = {line: address for line in rest if (address := _email(line))}
        points = ContactPoint.objects.filter(kind=ContactPoint.Kind.EMAIL)
        _add(found, emails, points, "value")
        phones = {line: phone for line in rest if (phone := _phone(line, country))}
        points = ContactPoint.objects.filter(kind=ContactPoint.Kind.PHONE)
        _add(found, phones, points, "value")
    return _seen_by(found, branch)


def _add(found: Found, values: dict[str, str], rows: QuerySet, column: str) -> None:
    """values: line → the value as it is stored."""
    lines_of: dict[str, list[str]] = {}
    for line, value in values.items():
        lines_of.setdefault(value, []).append(line)
    known = rows.order_by().filter(**{f"{column}__in": list(lines_of)})
    for value, customer_id in known.values_list(column, "customer"):
        for line in lines_of[value]:
            found.by_line[line].add(customer_id)


def _seen_by(found: Found, branch: Branch | None) -> Found:
    """Without those who were merged away or erased, or are another branch's."""
    seen: set[int] = set()
    ids = sorted(found.customer_ids)
    for start in range(0, len(ids), CHUNK):
        customers = Customer.objects.filter(pk__in=ids[start : start + CHUNK])
        customers = customers.filter(home_branch=branch) if branch else customers
        seen |= set(customers.values_list("pk", flat=True))
    return Found({line: ids & seen for line, ids in found.by_line.items()})


def _email(line: str) -> str:
    try:
        return (read_email(line).value or "") if "@" in line else ""
    except CellRefused:
        return ""


def _phone(line: str, country: str) -> str:
    try:
        read = read_phones(line, region=country).value
    except CellRefused:
        return ""
    return read[0].e164 if read else ""


@transaction.atomic
def create_list(
    *, name: str, lines: Sequence[str], branch: Branch | None, by: Membership | None
) -> CustomerList:
    """Raises DomainError for the name, or when nobody is found."""
    found = find(lines, branch=branch)
    unknown = found.unknown
    if not found.customer_ids:
        raise DomainError(
            _("Nobody was found by these %(n)s lines. The first is “%(line)s”.")
            % {"n": len(lines), "line": lines[0][:40]},
            code="list_finds_nobody",
        )
    made = CustomerList(
        name=clean_name(name), created_by=by, n_given=len(lines), n_unknown=len(unknown),
        n_shared=found.n_shared, unknown=unknown[:MOST_UNKNOWN_KEPT],
    )  # fmt: skip
    return _keep(made, found.customer_ids, by=by)


@transaction.atomic
def list_of(*, name: str, customer_ids: Collection[int], by: Membership | None) -> CustomerList:
    """A list of customers that somebody ticked. A name that is taken gets a number behind it.

    customer_ids: of the open clinic, seen by whoever ticked them.
    """
    wait_for_turn(TURN)
    taken = set(CustomerList.objects.filter(name__startswith=name).values_list("name", flat=True))
    numbered = (f"{name} ({n})" for n in count(2))
    free = name if name not in taken else next(one for one in numbered if one not in taken)
    made = CustomerList(name=clean_name(free), created_by=by, n_given=len(customer_ids))
    return _keep(made, customer_ids, by=by)


def _keep(
    made: CustomerList, customer_ids: Collection[int], *, by: Membership | None
) -> CustomerList:
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise DomainError(
            _("There is a list “%(name)s” already. Choose another name.") % {"name": made.name},
            code="name_taken",
        ) from None
    _write(made, sorted(customer_ids))
    record(action="customer_list.created", by=by, subject=made)
    return made


def _write(made: CustomerList, customer_ids: Iterable[int]) -> None:
    entries = (
        CustomerListEntry(customer_list=made, customer_id=pk, clinic_id=current_clinic_id())
        for pk in customer_ids
    )
    CustomerListEntry.objects.bulk_create(entries, batch_size=CHUNK)


@transaction.atomic
def delete_list(*, customer_list: CustomerList, by: Membership | None) -> None:
    """Raises DomainError naming the segments that ask for it."""
    wait_for_turn(TURN)
    list_id = customer_list.pk
    refuse_if_used(
        customer_list.name, uses_of_list(customer_list),
        what_for=_("“%(name)s” is used by %(users)s and stays."),
    )  # fmt: skip
    customer_list.delete()
    record(action="customer_list.deleted", by=by, detail={"customer_list": list_id})
