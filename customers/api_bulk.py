"""The answer to many records at once: one result for each, in their order."""

from collections import Counter
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from rest_framework.exceptions import ErrorDetail
from rest_framework.response import Response

from customers.serializers import Unusable
from customers.services.api_intake import Brought
from customers.services.intake import Outcome
from tenancy.problem_items import items_of

STATES = ("created", "updated", "unchanged", "refused")


class BulkAnswer:
    """items: as they were sent; own_id: the field that names each of them."""

    def __init__(self, items: Sequence[Any], *, own_id: str) -> None:
        self._results = [
            {"index": index, "external_id": _own_id(item, own_id), "state": "refused",
             "id": None, "remark": None, "errors": []}
            for index, item in enumerate(items)
        ]  # fmt: skip
        self._sent: list[int] = []  # which items the intake was given

    def usable(
        self, checked: Sequence[dict | Unusable], record: Callable[[dict], Any]
    ) -> list[Any]:
        """Records of the items whose shape is right; the others are refused here."""
        records = []
        for index, item in enumerate(checked):
            if isinstance(item, Unusable):
                self._refuse(index, item.detail)
            else:
                self._sent.append(index)
                records.append(record(item))
        return records

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Note what became of the records that `usable` gave, in their order."""
        for index, outcome in zip(self._sent, outcomes, strict=True):
            told = {"field": outcome.field, "code": outcome.code, "detail": outcome.message}
            if outcome.state == "refused":
                self._refuse(index, detail_of(outcome))
                continue
            self._results[index] |= {
                "state": outcome.state, "id": outcome.id, "remark": told if outcome.code else None,
            }  # fmt: skip

    def _refuse(self, index: int, detail: Any) -> None:
        place = ("items", str(index))
        self._results[index]["errors"] = list(items_of(detail, in_body=True, under=place))

    @property
    def n_refused(self) -> int:
        return sum(result["state"] == "refused" for result in self._results)

    @property
    def data(self) -> dict[str, Any]:
        counts = Counter(result["state"] for result in self._results)
        return {f"n_{state}": counts[state] for state in STATES} | {"results": self._results}


def detail_of(outcome: Outcome) -> dict[str, Any]:
    """Why a record was refused, as DRF nests errors: an own field stands in `custom`."""
    error = [ErrorDetail(outcome.message, outcome.code)]
    name, _dot, inner = outcome.field.partition(".")
    return {name: {inner: error} if inner else error}


def brought_by(response: Response) -> Brought | None:
    """What an answer says of the records that were sent; None when it says nothing of any."""
    data = response.data
    if response.status_code in {200, 201, 207}:
        if "results" not in data:
            return Brought(n_taken=1)
        errors = [result["errors"][0]["code"] for result in data["results"] if result["errors"]]
        refusal = errors[0] if errors else ""
        return Brought(len(data["results"]) - len(errors), len(errors), refusal)
    if response.status_code == HTTPStatus.BAD_REQUEST and (errors := data.get("errors")):
        return Brought(0, 1, str(errors[0]["code"]))
    return None


def _own_id(item: Any, name: str) -> str | None:
    found = item.get(name) if isinstance(item, dict) else None
    return found if isinstance(found, str) else None
