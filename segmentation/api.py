"""Scores by the API: read them, ask for a run, and how good the forecast is."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api_names import customer_id_or_not_found
from segmentation.models import CustomerScore, Layer, Stage
from segmentation.score_queries import current_run, identified
from segmentation.services.score_jobs import KIND, ask_for_run
from segmentation.why import explain
from tenancy.api_keys import ClinicApiMixin
from tenancy.api_pages import AfterIn, page_after
from tenancy.clock import local_day
from tenancy.models import Job


class ReasonOut(serializers.Serializer):
    """points: what it adds to the churn probability (or takes away), 0.1 for ten points."""

    kind = serializers.CharField()
    text = serializers.CharField()
    points = serializers.FloatField()


class ScoreOut(serializers.Serializer):
    """Empty fields: nothing can be said. reasons: only where the risk is medium or high."""

    id = serializers.IntegerField(help_text=_("Our id of the customer."))
    source = serializers.CharField(allow_null=True)
    external_id = serializers.CharField(allow_null=True)
    as_of = serializers.DateField(
        help_text=_("The day whose facts were known: the run's, or today where something happened.")
    )
    recency_days = serializers.IntegerField(allow_null=True)
    frequency = serializers.IntegerField()
    monetary_minor = serializers.IntegerField()
    r = serializers.IntegerField(allow_null=True)
    f = serializers.IntegerField(allow_null=True)
    m = serializers.IntegerField(allow_null=True)
    stage = serializers.ChoiceField(Stage.choices)
    stage_since_on = serializers.DateField()
    layer = serializers.ChoiceField(Layer.choices)
    churn_probability = serializers.FloatField(allow_null=True)
    p_alive = serializers.FloatField(allow_null=True)
    expected_purchases = serializers.FloatField(allow_null=True)
    expected_spend_minor = serializers.IntegerField(allow_null=True)
    clv_minor = serializers.IntegerField(allow_null=True)
    historical_value_minor = serializers.IntegerField()
    next_due_on = serializers.DateField(allow_null=True)
    next_due_from_on = serializers.DateField(allow_null=True)
    next_due_until_on = serializers.DateField(allow_null=True)
    next_due_treatment = serializers.CharField(allow_null=True, help_text=_("Its code."))
    reasons = ReasonOut(many=True)


class ScorePageOut(serializers.Serializer):
    results = ScoreOut(many=True)
    next_after = serializers.IntegerField(allow_null=True)


class ForecastReportOut(serializers.Serializer):
    """report: counts, who spoke, how every way to forecast did on the tested day, the card."""

    as_of = serializers.DateField()
    finished_at = serializers.DateTimeField()
    n_customers = serializers.IntegerField()
    rules = serializers.JSONField()
    report = serializers.JSONField()


class ScoreJobOut(serializers.Serializer):
    """A run asked for. state: queued, running, done or failed (error says why)."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(Job.State.choices)
    n_done = serializers.IntegerField()
    n_total = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_blank=True)


SCORE: dict[str, Any] = {
    "id": 42, "source": "booking", "external_id": "C-1007", "as_of": "2026-06-30",
    "recency_days": 160, "frequency": 6, "monetary_minor": 1_240_000, "r": 2, "f": 4, "m": 4,
    "stage": "dormant", "stage_since_on": "2026-06-02", "layer": "at_risk",
    "churn_probability": 0.71, "p_alive": 0.44, "expected_purchases": 0.4,
    "expected_spend_minor": 190_000, "clv_minor": 130_000, "historical_value_minor": 420_000,
    "next_due_on": "2026-05-06", "next_due_from_on": "2026-04-14",
    "next_due_until_on": "2026-06-04", "next_due_treatment": "BTX",
    "reasons": [{"kind": "wait", "text": "55 days past the usual interval for Botulinum toxin",
                 "points": 0.21}],
}  # fmt: skip


class ScoresView(ClinicApiMixin, APIView):
    scopes = {"GET": "scores.read"}

    @extend_schema(
        operation_id="scores_list",
        summary="Read the current scores of all customers, page by page",
        parameters=[AfterIn],
        responses={
            200: OpenApiResponse(
                ScorePageOut, "In the order in which customers became known.",
                examples=[OpenApiExample("A page", value={"results": [SCORE], "next_after": 42})],
            )
        },
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked, run = AfterIn.read(request.query_params.dict()), current_run()
        if run is None:
            return Response({"results": [], "next_after": None})
        page, next_after = page_after(identified(run), asked, key="customer_id")
        shown = [_shown(request, score) for score in page]
        return Response({"results": shown, "next_after": next_after})


class ScoreView(ClinicApiMixin, APIView):
    scopes = {"GET": "scores.read"}

    @extend_schema(
        operation_id="scores_retrieve",
        summary="Read a customer's current score, with the reasons",
        responses={
            200: OpenApiResponse(
                ScoreOut, "The score.", examples=[OpenApiExample("At risk", value=SCORE)]
            )
        },
    )
    def get(self, request: Request, source: str, external_id: str) -> Response:
        customer_id = customer_id_or_not_found(source, external_id)
        run = current_run()
        score = run and identified(run).filter(customer=customer_id).first()
        if score is None:
            raise NotFound
        return Response(_shown(request, score) | {"source": source, "external_id": external_id})


class ForecastReportView(ClinicApiMixin, APIView):
    scopes = {"GET": "scores.read"}
    may_be_missing = True  # nothing is scored yet

    @extend_schema(
        operation_id="score_report_retrieve",
        summary="How good the churn forecast is",
        responses={200: OpenApiResponse(ForecastReportOut, "The report card of the current run.")},
    )
    def get(self, request: Request) -> Response:
        run = current_run()
        if run is None:
            raise NotFound
        return Response(ForecastReportOut(run).data)


class ScoreRunsView(ClinicApiMixin, APIView):
    scopes = {"POST": "scores.run"}

    @extend_schema(
        operation_id="score_runs_create",
        summary="Score everybody now, as of the last finished day",
        request=None,
        responses={202: OpenApiResponse(ScoreJobOut, "The run that was asked for, or waits.")},
    )
    def post(self, request: Request) -> Response:
        return Response(ScoreJobOut(ask_for_run(by=None)).data, status=202)


class ScoreRunView(ClinicApiMixin, APIView):
    scopes = {"GET": "scores.read"}

    @extend_schema(
        operation_id="score_runs_retrieve",
        summary="Where a run stands",
        responses={200: OpenApiResponse(ScoreJobOut, "The run.")},
    )
    def get(self, request: Request, job_id: int) -> Response:
        job = Job.objects.filter(kind=KIND, pk=job_id).first() if job_id < 2**63 else None
        if job is None:
            raise NotFound
        return Response(ScoreJobOut(job).data)


def _shown(request: Request, score: CustomerScore) -> dict[str, Any]:
    clinic = request._request.clinic
    why = explain(score, local_day(clinic.zone, timezone.now()), currency=clinic.currency)
    treatment = score.next_due_treatment
    said = {
        "id": score.customer_id,
        "source": score.source,
        "external_id": score.external_id,
        "as_of": score.told_on,
        "next_due_treatment": treatment.code if treatment else None,
        "reasons": [vars(reason) for reason in why.reasons] if why else [],
    }
    fields = ScoreOut().fields
    return ScoreOut({name: getattr(score, name, None) for name in fields} | said).data
