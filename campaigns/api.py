"""Campaigns by the API: read them, begin one from a template, launch, pause, resume, cancel."""

from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns.api_shapes import (
    LARGEST_ID,
    MOST_UNKNOWN,
    CampaignIn,
    CampaignListIn,
    CampaignOut,
    CampaignPageOut,
    MessageTemplateOut,
    PlanOut,
    figures_as_plain,
)
from campaigns.library import Ready, ready
from campaigns.models import Campaign, Template
from campaigns.queries.progress import progress_of
from campaigns.services import control, launch
from campaigns.services.beginning import Wish, begin
from segmentation.models import Segment
from tenancy.api_keys import ClinicApiMixin
from tenancy.api_pages import page_before
from tenancy.idempotency import IdempotentPostMixin

MORE = ("starts_at", "message_cost_minor", "budget_minor")
DRAFT = {
    "name": "Autumn recall", "ready": "return", "language": "en", "external_ids": ["C-1007"],
    "holdout_percent": 10, "outcome_window_days": 30,
}  # fmt: skip


class CampaignsView(ClinicApiMixin, IdempotentPostMixin, APIView):
    scopes = {"GET": "campaigns.read", "POST": "campaigns.write"}

    @extend_schema(
        operation_id="campaigns_list",
        summary="Read the campaigns, newest first, page by page",
        parameters=[CampaignListIn],
        responses={200: OpenApiResponse(CampaignPageOut, "A page.")},
    )
    def get(self, request: Request) -> Response:
        asked = CampaignListIn(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        rows = Campaign.objects.all()
        if state := wanted.get("state"):
            rows = rows.filter(state=state)
        page, more = page_before(rows, wanted)
        return Response(CampaignPageOut({"results": page, "next_before": more}).data)

    @extend_schema(
        operation_id="campaigns_create",
        summary="Begin a campaign from a template: a draft, nothing is sent yet",
        request=CampaignIn,
        responses={201: OpenApiResponse(CampaignOut, "The draft.")},
        examples=[OpenApiExample("For named customers", value=DRAFT, request_only=True)],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().post(request, *args, **kwargs)

    def write(self, request: Request) -> Response:
        body = CampaignIn(data=request.data)
        body.is_valid(raise_exception=True)
        said, clinic = body.validated_data, request._request.clinic
        wish = Wish(
            name=said["name"],
            words=_words(said, clinic.language),
            segment=_segment(said),
            external_ids=said.get("external_ids", ()),
            holdout_percent=said.get("holdout_percent"),
            no_holdout_reason=said.get("no_holdout_reason", ""),
            outcome_window_days=said.get("outcome_window_days"),
            more={name: said[name] for name in MORE if name in said},
        )
        made = begin(wish=wish, clinic=clinic, by=None, at=timezone.now())
        return Response(_shown(made), status=status.HTTP_201_CREATED)


class CampaignView(ClinicApiMixin, APIView):
    scopes = {"GET": "campaigns.read"}

    @extend_schema(
        operation_id="campaigns_retrieve",
        summary="Read one campaign with its figures, which always add up",
        responses={200: OpenApiResponse(CampaignOut, "The campaign.")},
    )
    def get(self, request: Request, campaign_id: int) -> Response:
        return Response(_shown(_campaign(campaign_id)))


class _ActView(ClinicApiMixin, IdempotentPostMixin, APIView):
    """Something done to one campaign; answered with it as it stands then."""

    scopes = {"POST": "campaigns.send"}
    done_status: ClassVar[int] = status.HTTP_200_OK

    def act(self, request: Request, campaign: Campaign) -> None:
        raise NotImplementedError

    def write(self, request: Request) -> Response:
        campaign = _campaign(self.kwargs["campaign_id"])
        self.act(request, campaign)
        campaign.refresh_from_db()
        return Response(_shown(campaign), status=self.done_status)


def _documented(name: str, summary: str, code: int = 200) -> Any:
    """The schema of one of those views' `post`."""
    return extend_schema(
        operation_id=f"campaigns_{name}",
        summary=summary,
        request=None,
        responses={code: OpenApiResponse(CampaignOut, "The campaign as it stands now.")},
    )


class CampaignLaunchView(_ActView):
    done_status = status.HTTP_202_ACCEPTED

    @_documented("launch", "Launch a draft; refused (409) as the review page would refuse it", 202)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().post(request, *args, **kwargs)

    def act(self, request: Request, campaign: Campaign) -> None:
        launch.confirm(
            campaign=campaign, clinic=request._request.clinic, by=None, at=timezone.now(),
            actor_label=_label(request),
        )  # fmt: skip


class CampaignPauseView(_ActView):
    @_documented("pause", "Pause a running campaign within seconds")
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().post(request, *args, **kwargs)

    def act(self, request: Request, campaign: Campaign) -> None:
        control.pause(campaign=campaign, by=None, actor_label=_label(request))


class CampaignResumeView(_ActView):
    @_documented("resume", "Go on with a paused campaign")
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().post(request, *args, **kwargs)

    def act(self, request: Request, campaign: Campaign) -> None:
        control.resume(campaign=campaign, by=None, actor_label=_label(request))


class CampaignCancelView(_ActView):
    @_documented("cancel", "Stop a campaign for good; what still waits is left out")
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().post(request, *args, **kwargs)

    def act(self, request: Request, campaign: Campaign) -> None:
        control.cancel(campaign=campaign, by=None, actor_label=_label(request))


class TemplatesView(ClinicApiMixin, APIView):
    scopes = {"GET": "campaigns.read"}

    @extend_schema(
        operation_id="campaign_templates_list",
        summary="Read the clinic's own templates",
        responses={200: OpenApiResponse(MessageTemplateOut(many=True), "Those not put away.")},
    )
    def get(self, request: Request) -> Response:
        rows = Template.objects.filter(is_archived=False)
        return Response(MessageTemplateOut(rows, many=True).data)


def _campaign(campaign_id: int) -> Campaign:
    """Raises NotFound, for a foreign id as for an unknown one."""
    known = campaign_id <= LARGEST_ID
    campaign = Campaign.objects.filter(pk=campaign_id).first() if known else None
    if campaign is None:
        raise NotFound
    return campaign


def _words(said: dict[str, Any], home: str) -> Template | Ready:
    if "ready" in said:
        try:
            return ready(said["ready"], said.get("language", home))
        except KeyError:
            raise ValidationError(
                {"ready": [_("There is no such template in the library.")]}
            ) from None
    found = Template.objects.filter(is_archived=False, pk=said["template"]).first()
    if found is None:
        raise ValidationError({"template": [_("There is no such template.")]})
    return found


def _segment(said: dict[str, Any]) -> Segment | None:
    if "segment" not in said:
        return None
    segment = Segment.objects.filter(pk=said["segment"]).first()
    if segment is None:
        raise ValidationError({"segment": [_("There is no such segment.")]})
    return segment


def _label(request: Request) -> str:
    return f"{request.auth.name} (API)"


def _shown(campaign: Campaign) -> dict[str, Any]:
    """CampaignOut: the row, and what belongs beside it."""
    listed = campaign.customer_list
    return PlanOut(campaign).data | {
        "figures": figures_as_plain(progress_of(campaign)),
        "result": f"/api/v1/results/campaigns/{campaign.pk}/" if campaign.launched_on else None,
        "unknown_ids": listed.unknown[:MOST_UNKNOWN] if listed else [],
    }
