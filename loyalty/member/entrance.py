"""How a member gets in: a link from the desk or a message, a code, WeChat. And an invitation."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.models import Identity
from loyalty.codes import shown
from loyalty.member import wechat
from loyalty.member.door import let_in
from loyalty.member.forms import AskForm, EnterForm
from loyalty.member.sending import kinds_that_can_be_sent
from loyalty.models import MemberSession
from loyalty.queries.referrals import terms_in_force
from loyalty.refusals import CodeMistyped, CodeUnknown, LinkRefused
from loyalty.services import member_links
from loyalty.services.referrals import owner_of
from tenancy.acting import acting
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.rate_limits import count_use
from tenancy.scope import clinic_scope

ASKS_A_MINUTE = 3  # of one address
CLINIC_ASKS_A_MINUTE = 60
STATE_SALT = "loyalty.member_wechat"
STATE_SECONDS = 600
STATE_COOKIE = "member_wechat"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks and uses nothing up, for message scanners open every link; POST lets in."""
    try:
        clinic_id, secret = member_links.read_signed(token, salt=member_links.LINK_SALT)
        clinic = Clinic.objects.get(pk=clinic_id, is_active=True)
    except (LinkRefused, Clinic.DoesNotExist):
        return render(request, "member/bad_link.html", status=404)
    if request.method != "POST":
        return render(request, "member/open.html", {"house": clinic})
    try:
        with _scope(clinic):
            cookie = member_links.open_link(secret, at=timezone.now())
    except LinkRefused:
        return render(request, "member/bad_link.html", {"house": clinic}, status=404)
    return let_in(redirect("member:home"), cookie)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, clinic: str) -> HttpResponse:
    """Where should the code go? The answer is the same whether we know the address or not."""
    house = _house(clinic)
    with _scope(house):
        kinds = kinds_that_can_be_sent()
    form = AskForm(request.POST or None, kinds=kinds)
    if request.method == "POST" and form.is_valid():
        if not _may_ask(house, form.cleaned_data["address"]):
            return render(request, "member/too_often.html", {"house": house}, status=429)
        with _scope(house):
            asked = member_links.ask_code(
                kind=form.kind(), text=form.cleaned_data["address"], at=timezone.now()
            )
        return _code_page(request, house, EnterForm(initial={"asked": asked}))
    context = {
        "house": house,
        "form": form,
        "has_wechat": wechat.is_on(),
    }
    return render(request, "member/ask.html", context, status=422 if form.errors else 200)


@never_cache
@require_POST
def enter(request: HttpRequest, clinic: str) -> HttpResponse:
    house, form = _house(clinic), EnterForm(request.POST)
    if not form.is_valid():
        return _code_page(request, house, form, status=422)
    cookie = None
    try:
        asked = form.cleaned_data["asked"]
        clinic_id, link_id = member_links.read_signed(asked, salt=member_links.ASK_SALT)
    except LinkRefused:
        clinic_id, link_id = 0, "0"
    if clinic_id == house.pk:
        with _scope(house):
            cookie = member_links.enter_code(
                link_id=int(link_id), code=form.cleaned_data["code"], at=timezone.now()
            )
    if cookie is None:
        form.add_error("code", LinkRefused().message)
        return _code_page(request, house, form, status=422)
    return let_in(redirect("member:home"), cookie)


def _code_page(
    request: HttpRequest, house: Clinic, form: EnterForm, status: int = 200
) -> HttpResponse:
    context = {"house": house, "form": form}
    return render(request, "member/enter.html", context, status=status)


def _may_ask(house: Clinic, address: str) -> bool:
    """Counted by address and by clinic; the address itself is not written anywhere."""
    word = hashlib.sha256(f"{house.pk}:{address.strip().lower()}".encode()).hexdigest()[:32]
    now = time.time()
    uses = (
        count_use(f"member-ask:{word}", limit=ASKS_A_MINUTE, now=now),
        count_use(f"member-asks:{house.pk}", limit=CLINIC_ASKS_A_MINUTE, now=now),
    )
    return all(use is None or use.is_within for use in uses)


@never_cache
@require_safe
def wechat_start(request: HttpRequest, clinic: str) -> HttpResponse:
    house = _house(clinic)
    if not wechat.is_on():
        raise Http404
    state = signing.dumps([house.pk, signing.b62_encode(time.time_ns())], salt=STATE_SALT)
    back = settings.PUBLIC_URL + reverse("member:wechat-back")
    response = redirect(wechat.authorize_url(back=back, state=state))
    response.set_cookie(
        STATE_COOKIE,
        state,
        max_age=STATE_SECONDS,
        path="/m/wechat/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@never_cache
@require_safe
def wechat_back(request: HttpRequest) -> HttpResponse:
    """The state must be the one this browser was sent away with, or it is somebody else's login."""
    state = request.GET.get("state", "")
    if not wechat.is_on() or not state or state != request.COOKIES.get(STATE_COOKIE):
        return render(request, "member/bad_link.html", status=404)
    try:
        clinic_id, _when = signing.loads(state, salt=STATE_SALT, max_age=STATE_SECONDS)
        house = Clinic.objects.get(pk=clinic_id, is_active=True)
        openid = wechat.openid_of(request.GET.get("code", ""))
    except (signing.BadSignature, ValueError, Clinic.DoesNotExist, wechat.WeChatUnavailable):
        return render(request, "member/bad_link.html", status=404)
    with _scope(house):
        known = Identity.objects.filter(
            source="wechat",
            external_id=openid,
            customer__merged_into__isnull=True,
            customer__erased_at__isnull=True,
        )
        identity = known.select_related("customer").first()
        if identity is None:
            return render(request, "member/unknown_wechat.html", {"house": house}, status=404)
        via = MemberSession.Via.WECHAT
        cookie = member_links.begin_session(customer=identity.customer, via=via, at=timezone.now())
    response = let_in(redirect("member:home"), cookie)
    response.delete_cookie(STATE_COOKIE, path="/m/wechat/")
    return response


@require_safe
def invitation(request: HttpRequest, clinic: str, code: str) -> HttpResponse:
    """What a friend sees: the clinic, what both get, the code. Never whose it is."""
    house = _house(clinic)
    with _scope(house):
        try:
            owner_of(code)
        except (CodeMistyped, CodeUnknown):
            return render(request, "member/bad_link.html", {"house": house}, status=404)
        terms = terms_in_force(local_day(house.zone, timezone.now()))
        context = {"house": house, "code": shown(code.upper()), "terms": terms}
        return render(request, "member/invitation.html", context)


def _house(slug: str) -> Clinic:
    return get_object_or_404(Clinic, slug=slug, is_active=True)


@contextmanager
def _scope(house: Clinic) -> Iterator[None]:
    with acting("self:0", house.name), clinic_scope(house.pk):
        yield
