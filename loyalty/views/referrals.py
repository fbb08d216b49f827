"""Friends: who brings most, what it earned, whom one customer brought."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.queries import visible_customers
from customers.queries.referrals import brought_rows
from loyalty.codes import shown
from loyalty.models import Referral
from loyalty.qr import qr_svg
from loyalty.queries.referrals import brought_by, known_code, promoters, terms_now, tree_of
from loyalty.refusals import FieldRefused
from loyalty.reward_forms import TermsForm, terms_initial
from loyalty.services.referrals import code_of, save_terms
from tenancy.access import requires
from tenancy.clock import local_day

PAGE = 50
N_LATELY = 8


@requires("loyalty.view")
@require_safe
def referral_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(promoters(branch=request.branch), PAGE).get_page(request.GET.get("page"))
    lately = Referral.objects.select_related("referrer", "friend")
    if request.branch:
        lately = lately.filter(referrer__home_branch=request.branch)
    context = {
        "page": page,
        "rows": [(one, brought_by(one)) for one in page],
        "lately": lately[:N_LATELY],
        "terms": terms_now(),
        "tab": "referrals",
    }
    return render(request, "loyalty/referrals.html", context)


@requires("loyalty.view")
@require_safe
def referral_tree(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Whom this customer brought; a friend of a friend counts for the friend, not again here."""
    customers = visible_customers(request.branch).annotate(brought=brought_rows())
    customer = get_object_or_404(customers, pk=customer_id)
    tree = tree_of(customer.pk)
    ids = [one.pk for one in tree]
    seen = set(visible_customers(request.branch).filter(pk__in=ids).values_list("pk", flat=True))
    code = known_code(customer)
    context = {
        "customer": customer,
        "brought": brought_by(customer),
        "tree": [(one, one.pk in seen) for one in tree],
        "code": shown(code),
        "qr": qr_svg(code, _("QR code for friends")) if code else "",
    }
    return render(request, "loyalty/referral_tree.html", context)


@requires("loyalty.redeem")
@require_POST
def referral_code(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Make the code this customer hands on; asked for again it stays."""
    customer = get_object_or_404(visible_customers(request.branch), pk=customer_id)
    code_of(customer)
    return redirect("loyalty:referral-tree", customer.pk)


@requires("loyalty.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def referral_terms(request: HttpRequest) -> HttpResponse:
    form = TermsForm(request.POST or None, currency=request.clinic.currency)
    terms_initial(form, terms_now())
    if request.method == "POST" and form.is_valid():
        today = local_day(request.clinic.zone, timezone.now())
        try:
            save_terms(said=form.terms(), by=request.membership, today=today)
        except FieldRefused as refusal:
            form.show(refusal)
        else:
            messages.success(request, _("Saved. It holds for first visits from now on."))
            return redirect("loyalty:referrals")
    status = 422 if form.errors else 200
    return render(request, "loyalty/referral_terms.html", {"form": form}, status=status)
