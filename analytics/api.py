"""Results by the API: what campaigns earned, and what loaded experiments say."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.models import Experiment
from analytics.queries.campaign_study import campaign_study
from analytics.queries.result_json import result_as_json
from campaigns.models import Campaign
from tenancy.api_keys import ClinicApiMixin
from tenancy.clock import local_day
from tenancy.models import Clinic

MOST_LISTED = 100
MOST_ID = 2**63


class CampaignResultRowOut(serializers.Serializer):
    """closes_on: the last day on which a return counts; null while nobody knows."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    launched_on = serializers.DateField()
    closes_on = serializers.DateField(source="ends_for_all_on", allow_null=True)


class ExperimentRowOut(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    file_name = serializers.CharField()
    digest = serializers.CharField(help_text="SHA-256 of the file.")
    n_read = serializers.IntegerField()
    n_used = serializers.IntegerField()
    imported_at = serializers.DateTimeField()


class CampaignResultsView(ClinicApiMixin, APIView):
    scopes = {"GET": "results.read"}

    @extend_schema(
        operation_id="campaign_results_list",
        summary="Campaigns that have a result, newest first, at most a hundred",
        responses={200: OpenApiResponse(CampaignResultRowOut(many=True), "Launched campaigns.")},
    )
    def get(self, request: Request) -> Response:
        launched = Campaign.objects.filter(launched_on__isnull=False)
        rows = launched.order_by("-launched_on", "-pk")[:MOST_LISTED]
        return Response(CampaignResultRowOut(rows, many=True).data)


class CampaignResultView(ClinicApiMixin, APIView):
    scopes = {"GET": "results.read"}

    @extend_schema(
        operation_id="campaign_results_retrieve",
        summary="What one campaign earned beyond what would have come anyway",
        responses={200: OpenApiResponse(OpenApiTypes.OBJECT, "As told in docs/experiments.md.")},
    )
    def get(self, request: Request, campaign_id: int) -> Response:
        campaign = _found(Campaign, campaign_id)
        clinic = Clinic.objects.get(pk=campaign.clinic_id)
        study = campaign_study(campaign, on=local_day(clinic.zone, timezone.now()))
        if study is None:
            raise NotFound
        return Response(result_as_json(study, currency=clinic.currency))


class ExperimentsView(ClinicApiMixin, APIView):
    scopes = {"GET": "results.read"}

    @extend_schema(
        operation_id="experiments_list",
        summary="Experiments loaded from files, newest first, at most a hundred",
        responses={200: OpenApiResponse(ExperimentRowOut(many=True), "Experiments.")},
    )
    def get(self, request: Request) -> Response:
        rows = Experiment.objects.order_by("-imported_at", "-pk")[:MOST_LISTED]
        return Response(ExperimentRowOut(rows, many=True).data)


class ExperimentView(ClinicApiMixin, APIView):
    scopes = {"GET": "results.read"}

    @extend_schema(
        operation_id="experiments_retrieve",
        summary="What one experiment says, as the import told it",
        responses={200: OpenApiResponse(OpenApiTypes.OBJECT, "As told in docs/experiments.md.")},
    )
    def get(self, request: Request, experiment_id: int) -> Response:
        return Response(_found(Experiment, experiment_id).result)


def _found(model: Any, pk: int) -> Any:
    row = model.objects.filter(pk=pk).first() if pk < MOST_ID else None
    if row is None:
        raise NotFound
    return row
