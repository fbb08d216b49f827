"""The booking system's door: customers, appointments, sales and the catalogue, in and out."""

from dataclasses import dataclass

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers import api_examples as examples
from customers.api_described import bulk, listed, one
from customers.api_doors import APPOINTMENTS, CUSTOMERS, INTERACTIONS, SALES, TREATMENTS
from customers.api_pages import page_of
from customers.api_records import (
    BulkView,
    Door,
    ListView,
    MergeAwareView,
    NamedRecordView,
    RecordView,
)
from customers.queries import feed
from customers.serializers_lists import DeletionListIn
from customers.serializers_out import DeletionPageOut
from tenancy.api_keys import ClinicApiMixin


@dataclass(frozen=True)
class RecordViews:
    """The four routes of one kind of record: list and upsert, bulk, by our id, by their own."""

    noun: str
    many: type[ListView]
    bulk: type[BulkView]
    one: type[RecordView]
    named: type[NamedRecordView]


def _views(
    door: Door, noun: str, example: dict, by_id: type[RecordView] = RecordView
) -> RecordViews:
    name = noun.title()
    read, write = {"GET": f"{noun}s.read"}, {"POST": f"{noun}s.write"}

    def view(base: type, called: str, scopes: dict[str, str]) -> type:
        return type(called, (base,), {"door": door, "scopes": scopes, "__module__": __name__})

    return RecordViews(
        noun,
        listed(door, noun, example)(view(ListView, f"{name}sView", read | write)),
        bulk(door, noun, example)(view(BulkView, f"{name}sBulkView", write)),
        one(door, noun, by="id")(view(by_id, f"{name}View", read)),
        one(door, noun, by="name")(view(NamedRecordView, f"Named{name}View", read)),
    )


RECORDS = (
    _views(CUSTOMERS, "customer", examples.CUSTOMER, MergeAwareView),
    _views(APPOINTMENTS, "appointment", examples.APPOINTMENT),
    _views(SALES, "sale", examples.SALE),
    _views(INTERACTIONS, "interaction", examples.INTERACTION),
    _views(TREATMENTS, "treatment", examples.TREATMENT),
)


class DeletionsView(ClinicApiMixin, APIView):
    """What the other lists cannot tell: which records are gone."""

    scopes = {"GET": "customers.read"}

    @extend_schema(
        operation_id="deletions_list",
        summary="List deleted and merged records, oldest first",
        description="Read it after the other lists, with a cursor of its own.",
        parameters=[DeletionListIn],
        responses=DeletionPageOut,
    )
    def get(self, request: Request) -> Response:
        query = DeletionListIn(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        marks = feed.deletions()
        if since := wanted.get("updated_since"):
            marks = feed.changed_since(marks, since)
        if kind := wanted.get("kind"):
            marks = marks.filter(kind=kind)
        found, about = page_of(marks, wanted, is_lookup=False)
        survivors = feed.survivors_of(found)
        for mark in found:
            mark.merged_into = survivors.get(mark.record_id) if mark.kind == "customer" else None
        return Response(DeletionPageOut({**about, "results": found}).data)
