"""A member's own details: what is known, and what they may fill in themselves."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from customers.queries.contacts import masked
from loyalty.exceptions import RuleRefused
from loyalty.member.door import member_page
from loyalty.member.forms import EnterForm, OwnAddressForm, OwnFactsForm
from loyalty.member.sending import kinds_that_can_be_sent
from loyalty.models import ProfileField
from loyalty.queries.activities import fillable_fields
from loyalty.refusals import LinkRefused
from loyalty.services.member_profile import ask_for_address, confirm_address, fill_in
from tenancy.clock import local_day

FACTS = (ProfileField.BIRTHDAY, ProfileField.GENDER)


@dataclass(frozen=True)
class Known:
    """One line of the details; value: "" where it is missing, addresses masked."""

    field: ProfileField
    value: object


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def profile(request: HttpRequest) -> HttpResponse:
    """Birthday and form of address are written at once; an address asks for a code first."""
    if request.method != "POST":
        return _page(request)
    if "address" in request.POST:
        return _ask(request)
    form = OwnFactsForm(request.POST, fields=fillable_fields(request.member))
    if not form.is_valid() or not form.fields:
        return _page(request, facts=form, status=422)
    said, now = form.cleaned_data, timezone.now()
    try:
        points = fill_in(
            customer=request.member, birth_on=said.get("birth_on"), gender=said.get("gender", ""),
            at=now, on=local_day(request.clinic.zone, now),
        )  # fmt: skip
    except RuleRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _page(request, facts=form, status=422)
    return _thank(request, points)


def _ask(request: HttpRequest) -> HttpResponse:
    kind = request.POST.get("kind", "")
    if kind not in kinds_that_can_be_sent():
        raise Http404
    form = OwnAddressForm(request.POST, kind=kind)
    if form.is_valid():
        try:
            asked = ask_for_address(customer=request.member, kind=kind, at=timezone.now(),
                                    text=form.cleaned_data["address"])  # fmt: skip
            return _page(request, code=EnterForm(initial={"asked": asked}))
        except RuleRefused as refusal:
            form.add_error("address", refusal.message)
    return _page(request, address=form, status=422)


@require_POST
@member_page
def confirm(request: HttpRequest) -> HttpResponse:
    """The code that was sent to the new address."""
    form, now = EnterForm(request.POST), timezone.now()
    if form.is_valid():
        points = confirm_address(
            customer=request.member, asked=form.cleaned_data["asked"], at=now,
            code=form.cleaned_data["code"], on=local_day(request.clinic.zone, now),
        )  # fmt: skip
        if points is not None:
            return _thank(request, points)
        form.add_error("code", LinkRefused().message)
    return _page(request, code=form, status=422)


def _thank(request: HttpRequest, points: int) -> HttpResponse:
    said = _("Thank you, noted.")
    if points:
        said = _("Thank you. Your profile is complete: %(n)s points are yours.") % {"n": points}
    messages.success(request, said)
    return redirect("member:profile")


def _page(
    request: HttpRequest,
    *,
    facts: OwnFactsForm | None = None,
    address: OwnAddressForm | None = None,
    code: EnterForm | None = None,
    status: int = 200,
) -> HttpResponse:
    fillable = fillable_fields(request.member)
    kinds = [kind for kind in kinds_that_can_be_sent() if kind in fillable]
    refused = {address["kind"].value(): address} if address else {}
    context = {
        "house": request.clinic,
        "member": request.member,
        "lines": _known(request),
        "facts": facts or OwnFactsForm(fields=fillable),
        "addresses": [refused.get(kind) or OwnAddressForm(kind=kind) for kind in kinds],
        "code": code,
    }
    return render(request, "member/profile.html", context, status=status)


def _known(request: HttpRequest) -> list[Known]:
    member = request.member
    held: dict[str, str] = {}
    for point in member.contact_points.filter(is_valid=True):
        held.setdefault(point.kind, masked(point.kind, point.value))
    values = {ProfileField.BIRTHDAY: member.birth_on, ProfileField.GENDER:
              member.get_gender_display() if member.gender else ""}  # fmt: skip
    return [Known(field, values.get(field) or held.get(field, "")) for field in ProfileField]
