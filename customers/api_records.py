"""What every kind of record of the booking API has: list, one, upsert of one and of many."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers import api_conditions as conditions
from customers.api_bulk import BulkAnswer, brought_by, detail_of
from customers.api_pages import page_of
from customers.models import Customer, FeedMark
from customers.queries import feed
from customers.services import api_intake
from customers.services.intake import Outcome
from customers.services.intake.batch import MAX_SOURCE
from tenancy.api_keys import ClinicApiMixin
from tenancy.idempotency import REPLAY_HEADER, IdempotentPostMixin
from tenancy.scope import clinic_scope
from tenancy.strict_json import MAX_BODY_BYTES
from tenancy.turns import wait_for_turn

Body = dict[str, Any]


class Gone(APIException):
    status_code = 410
    default_code = "gone"
    default_detail = _("This record was deleted. Forget its id.")


@dataclass(frozen=True)
class Door:
    """One kind of record. `named`: the fields by which its source knows it, the own id last.

    rows: all of them, with what `shape_out` prints. narrowed: by what a list is asked for.
    upsert: (source, records, each with its version or None) → outcomes; source is None where the
    kind has none.
    receipt: (body, outcome) → what an upsert of one answers.
    """

    kind: FeedMark.Kind
    named: tuple[str, ...]
    shape_in: type[serializers.Serializer]
    bulk_in: type[serializers.Serializer]
    query_in: type[serializers.Serializer]
    shape_out: type[serializers.Serializer]
    page_out: type[serializers.Serializer]
    receipt_out: type[serializers.Serializer]
    rows: Callable[[], QuerySet]
    narrowed: Callable[[QuerySet, Body], QuerySet]
    find: Callable[[Body], int | None]
    upsert: Callable[[str | None, Sequence[tuple[Any, Any]]], list[Outcome]]

    def shown(self, pk: int) -> Body | None:
        """One record as we answer it."""
        record = self.rows().filter(pk=pk).first()
        return None if record is None else self.shape_out(record).data


class CountedMixin:
    """Counts what a key brought, taken or refused. Stands before ClinicApiMixin: a refused request
    leaves nothing behind, so it is counted once its transaction is over."""

    request: Request

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> Response:
        response = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        key = getattr(request, "api_key", None)
        is_first = REPLAY_HEADER not in response.headers
        brought = brought_by(response) if request.method == "POST" and is_first else None
        if key is not None and brought is not None:
            now, source = timezone.now(), self._source()
            with clinic_scope(key.clinic_id):
                api_intake.count(key=key, source=source, brought=brought, at=now)
        return response

    def _source(self) -> str:
        """As the request says it, "" where that is no name of a source."""
        try:
            body = self.request.data
        except APIException:  # no JSON at all, which has been answered
            return ""
        said = body.get("source", "") if isinstance(body, dict) else ""
        is_name = isinstance(said, str) and len(said) <= MAX_SOURCE and said.isprintable()
        return said.strip() if is_name else ""


class ListView(CountedMixin, ClinicApiMixin, IdempotentPostMixin, APIView):
    """GET: a page in the order of changes. POST: create or update one."""

    door: Door
    takes_conditions = True

    def get(self, request: Request) -> Response:
        door = self.door
        query = door.query_in(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        marks = feed.marks_of(door.kind)
        if since := wanted.get("updated_since"):
            marks = feed.changed_since(marks, since)
        if wanted.keys() - {"updated_since", "limit", "cursor"}:
            marks = feed.of_records(marks, door.narrowed(door.rows(), wanted))
        found, about = page_of(marks, wanted, is_lookup=door.named[-1] in wanted)
        records = door.rows().in_bulk([mark.record_id for mark in found])
        shown = [records[mark.record_id] for mark in found if mark.record_id in records]
        return Response(door.page_out({**about, "results": shown}).data)

    def write(self, request: Request) -> Response:
        door = self.door
        serializer = door.shape_in(data=request.data)
        serializer.is_valid(raise_exception=True)
        said = dict(serializer.validated_data)
        if conditions.is_conditional(request):
            self._check_conditions(request, said)
        versioned = (serializer.record(said), said.get("version"))
        [outcome] = door.upsert(said.get("source"), [versioned])
        if outcome.state == "refused":
            raise ValidationError(detail_of(outcome))
        names = {name: said[name].strip() for name in door.named}
        receipt = {**names, "id": outcome.id, "state": outcome.state, "remark": _remark(outcome)}
        code = status.HTTP_201_CREATED if outcome.state == "created" else status.HTTP_200_OK
        return Response(door.receipt_out(receipt).data, status=code)

    def _check_conditions(self, request: Request, said: Body) -> None:
        """Nobody changes the record between this look and our writing."""
        door = self.door
        wait_for_turn(f"intake:{said.get('source') or 'treatments'}")
        pk = door.find(said)
        if pk is not None:
            model = door.rows().model
            list(model.objects.filter(pk=pk).select_for_update().values_list("pk"))
        conditions.check(request, None if pk is None else door.shown(pk))


class BulkView(CountedMixin, ClinicApiMixin, IdempotentPostMixin, APIView):
    """POST: many at once, each taken or refused by itself."""

    door: Door
    max_body_bytes = 8 * MAX_BODY_BYTES

    def write(self, request: Request) -> Response:
        serializer = self.door.bulk_in(data=request.data)
        serializer.is_valid(raise_exception=True)
        said = serializer.validated_data
        item = serializer.fields["items"].child
        answer = BulkAnswer(request.data["items"], own_id=self.door.named[-1])
        records = answer.usable(
            said["items"], lambda data: (item.record(data), data.get("version"))
        )
        answer.settle(self.door.upsert(said.get("source"), records))
        return Response(answer.data, status=207 if answer.n_refused else 200)


class RecordView(ClinicApiMixin, APIView):
    """GET: one by our id."""

    door: Door
    has_etag = True

    def get(self, request: Request, record_id: int) -> Response:
        shown = self.door.shown(record_id)
        if shown is None:
            raise self._missing(record_id)
        return conditions.answer(request, shown)

    def _missing(self, record_id: int) -> APIException:
        marks = feed.deletions().filter(kind=self.door.kind, record_id=record_id)
        return Gone() if marks.exists() else NotFound()


class MergeAwareView(RecordView):
    """One customer by our id; who was merged into another is looked for there: 308."""

    is_merge_aware = True

    def get(self, request: Request, record_id: int) -> Response:
        merged = Customer.with_merged.filter(pk=record_id, merged_into__isnull=False)
        survivor = merged.values_list("merged_into", flat=True).first()
        if survivor is None:
            return super().get(request, record_id)
        here = request.path.removesuffix(f"{record_id}/")
        return Response(
            {"id": record_id, "merged_into": survivor},
            status=status.HTTP_308_PERMANENT_REDIRECT,
            headers={"Location": f"{here}{survivor}/"},
        )


class NamedRecordView(ClinicApiMixin, APIView):
    """GET: one by the id its source gave it."""

    door: Door
    has_etag = True

    def get(self, request: Request, **names: str) -> Response:
        is_possible = "".join(names.values()).isprintable()  # NUL is no text to Postgres
        pk = self.door.find(names) if is_possible else None
        shown = None if pk is None else self.door.shown(pk)
        if shown is None:
            raise NotFound
        return conditions.answer(request, shown)


def _remark(outcome: Outcome) -> Body | None:
    if not outcome.code:
        return None
    return {"field": outcome.field, "code": outcome.code, "detail": outcome.message}
