"""Segments by the API: what there are, how they read, how many are in them, and who."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.models import Identity
from segmentation.limits import rule_limits
from segmentation.models import Segment, SegmentMembership
from segmentation.queries import count_and_value, segment_customers
from segmentation.rule_refusals import RuleRefused
from segmentation.rules import ChoiceBook
from segmentation.sentences import sentence_of
from tenancy.api_keys import ClinicApiMixin
from tenancy.api_pages import MOST_ID, AfterIn, page_after

MOST_SEGMENTS_A_PAGE = 100


class SegmentPageIn(AfterIn):
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_SEGMENTS_A_PAGE, default=MOST_SEGMENTS_A_PAGE
    )


class SegmentOut(serializers.Serializer):
    """n_members, refreshed_at: by the last look; null until somebody looked."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    sentence = serializers.CharField(
        allow_blank=True, help_text=_("The rule in words; empty where it cannot be read any more.")
    )
    refusal = serializers.CharField(
        allow_blank=True, help_text=_("Why the rule cannot be used; empty where it can.")
    )
    n_members = serializers.IntegerField(allow_null=True)
    refreshed_at = serializers.DateTimeField(allow_null=True)
    rule_version = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class SegmentWholeOut(SegmentOut):
    rule = serializers.JSONField(help_text=_("As it is stored: groups of conditions."))


class SegmentPageOut(serializers.Serializer):
    results = SegmentOut(many=True)
    next_after = serializers.IntegerField(allow_null=True)


class SegmentCountOut(serializers.Serializer):
    """Counted in this moment. net_minor: what they spent in all, in the clinic's currency."""

    n = serializers.IntegerField()
    net_minor = serializers.IntegerField()
    counted_at = serializers.DateTimeField()


class SegmentMemberOut(serializers.Serializer):
    """source, external_id: the first name under which another system knows the customer."""

    id = serializers.IntegerField(help_text=_("Our id of the customer."))
    source = serializers.CharField(allow_null=True)
    external_id = serializers.CharField(allow_null=True)
    entered_at = serializers.DateTimeField()


class SegmentMemberPageOut(serializers.Serializer):
    results = SegmentMemberOut(many=True)
    next_after = serializers.IntegerField(allow_null=True)


SEGMENT: dict[str, Any] = {
    "id": 7, "name": "Lapsed", "sentence": "Customers whose last visit was more than 90 days ago",
    "refusal": "", "n_members": 412, "refreshed_at": "2026-06-30T19:04:00Z", "rule_version": 1,
    "updated_at": "2026-05-02T08:00:00Z",
}  # fmt: skip
WHOLE = SEGMENT | {
    "rule": {"format": 2, "match": "all", "conditions": [
        {"attribute": "last_visit", "operator": "more_than_days_ago", "value": 90}]},
}  # fmt: skip
MEMBER: dict[str, Any] = {
    "id": 42, "source": "booking", "external_id": "C-1007", "entered_at": "2026-06-30T19:04:00Z",
}  # fmt: skip


class SegmentsView(ClinicApiMixin, APIView):
    scopes = {"GET": "segments.read"}

    @extend_schema(
        operation_id="segments_list",
        summary="Read the clinic's segments, page by page",
        parameters=[SegmentPageIn],
        responses={
            200: OpenApiResponse(
                SegmentPageOut, "In the order in which they were made.",
                examples=[OpenApiExample("A page", value={"results": [SEGMENT], "next_after": 7})],
            )
        },
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = SegmentPageIn.read(request.query_params.dict())
        page, next_after = page_after(Segment.objects.all(), asked)
        book = ChoiceBook()
        shown = [SegmentOut(_shown(request, segment, book)).data for segment in page]
        return Response({"results": shown, "next_after": next_after})


class SegmentView(ClinicApiMixin, APIView):
    scopes = {"GET": "segments.read"}

    @extend_schema(
        operation_id="segments_retrieve",
        summary="Read a segment, with its rule and the sentence it reads as",
        responses={
            200: OpenApiResponse(
                SegmentWholeOut, "The segment.", examples=[OpenApiExample("Lapsed", value=WHOLE)]
            )
        },
    )
    def get(self, request: Request, segment_id: int) -> Response:
        segment = _segment_or_404(segment_id)
        shown = _shown(request, segment, ChoiceBook()) | {"rule": segment.rule}
        return Response(SegmentWholeOut(shown).data)


class SegmentCountView(ClinicApiMixin, APIView):
    scopes = {"GET": "segments.read"}
    may_be_refused = True  # the rule: too costly, or it names what is gone

    @extend_schema(
        operation_id="segments_count",
        summary="Count who meets a segment's rule now, and what they spent",
        responses={200: OpenApiResponse(SegmentCountOut, "Counted to the end.")},
    )
    def get(self, request: Request, segment_id: int) -> Response:
        found = segment_customers(_segment_or_404(segment_id))
        with rule_limits(found, reads_all=True):
            totals = count_and_value(found, cap=None)
        counted = {"n": totals.n, "net_minor": totals.net_minor, "counted_at": timezone.now()}
        return Response(SegmentCountOut(counted).data)


class SegmentMembersView(ClinicApiMixin, APIView):
    scopes = {"GET": "segments.read"}

    @extend_schema(
        operation_id="segments_members",
        summary="Read who is in a segment by the last look, page by page",
        parameters=[AfterIn],
        responses={
            200: OpenApiResponse(
                SegmentMemberPageOut, "In the order in which customers became known.",
                examples=[OpenApiExample("A page", value={"results": [MEMBER], "next_after": 42})],
            )
        },
    )  # fmt: skip
    def get(self, request: Request, segment_id: int) -> Response:
        asked = AfterIn.read(request.query_params.dict())
        members = _members_of(_segment_or_404(segment_id))
        page, next_after = page_after(members, asked, key="customer_id")
        shown = [SegmentMemberOut(vars(one) | {"id": one.customer_id}).data for one in page]
        return Response({"results": shown, "next_after": next_after})


def _segment_or_404(segment_id: int) -> Segment:
    segment = Segment.objects.filter(pk=segment_id).first() if segment_id <= MOST_ID else None
    if segment is None:
        raise NotFound
    return segment


def _members_of(segment: Segment) -> QuerySet[SegmentMembership]:
    first = Identity.objects.filter(customer=OuterRef("customer")).order_by("pk")
    return SegmentMembership.objects.filter(segment=segment, left_at__isnull=True).annotate(
        source=Subquery(first.values("source")[:1]),
        external_id=Subquery(first.values("external_id")[:1]),
    )


def _shown(request: Request, segment: Segment, book: ChoiceBook) -> dict[str, Any]:
    fields = ("id", "name", "n_members", "refreshed_at", "rule_version", "updated_at", "refusal")
    told = {name: getattr(segment, name) for name in fields}
    currency = request._request.clinic.currency
    try:
        return told | {"sentence": sentence_of(segment.rule, currency=currency, book=book)}
    except RuleRefused as refusal:
        return told | {"sentence": "", "refusal": refusal.reason}
