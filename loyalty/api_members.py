"""A member's own facts for the clinic's own app: what they see, the way in, their yes and no."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api_names import customer_or_not_found
from customers.models import Consent
from customers.services.consent import ConsentChange, apply_changes
from loyalty.api_shapes import (
    LinkOut,
    MemberConsentIn,
    MemberConsentOut,
    MemberOut,
    member_as_plain,
)
from loyalty.queries.member_facts import member_facts
from loyalty.queries.referrals import known_code
from loyalty.services import member_links
from tenancy.api_keys import ClinicApiMixin
from tenancy.clock import local_day


class MemberView(ClinicApiMixin, APIView):
    scopes = {"GET": "customers.read"}

    @extend_schema(
        operation_id="members_read",
        summary="What a member sees: points, tier, coupons, what to fetch, rewards, consents",
        responses={200: OpenApiResponse(MemberOut, "The same as their own page.")},
    )
    def get(self, request: Request, source: str, external_id: str) -> Response:
        customer = customer_or_not_found(source, external_id)
        clinic = request._request.clinic
        facts = member_facts(customer, on=local_day(clinic.zone, timezone.now()))
        plain = member_as_plain(facts, code=known_code(customer), currency=clinic.currency)
        return Response(MemberOut(plain).data)


class MemberLinkView(ClinicApiMixin, APIView):
    scopes = {"POST": "loyalty.write"}

    @extend_schema(
        operation_id="members_link",
        summary="Make an address that opens the member's page once, within 30 minutes",
        request=None,
        responses={201: LinkOut},
    )
    def post(self, request: Request, source: str, external_id: str) -> Response:
        url = member_links.make_link(
            customer=customer_or_not_found(source, external_id), at=timezone.now()
        )
        return Response(LinkOut({"url": url}).data, status=status.HTTP_201_CREATED)


class MemberConsentView(ClinicApiMixin, APIView):
    """The newest word holds; the proof says how it can be shown."""

    scopes = {"POST": "customers.write"}

    @extend_schema(
        operation_id="members_consent",
        summary="Note a member's yes or no, said in the app",
        request=MemberConsentIn,
        responses={200: MemberConsentOut},
        examples=[
            OpenApiExample(
                "A yes",
                value={"purpose": "marketing", "channel": "email", "is_given": True,
                       "text_version": "app-3", "proof": "tap 5512"},
                request_only=True,
            )
        ],
    )  # fmt: skip
    def post(self, request: Request, source: str, external_id: str) -> Response:
        said, now = MemberConsentIn.read(request.data), timezone.now()
        customer = customer_or_not_found(source, external_id)
        change = ConsentChange(customer.pk, said_at=now, **said)
        apply_changes([change], at=now, source="app")
        holds = Consent.objects.filter(
            customer=customer,
            purpose=said["purpose"],
            channel=said["channel"],
            withdrawn_at__isnull=True,
        ).exists()
        return Response(MemberConsentOut({"is_given": holds, "detail": _("Noted.")}).data)
