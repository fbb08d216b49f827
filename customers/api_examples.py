"""Examples of the booking API, printed in /api/docs/ and sent by the tests."""

from drf_spectacular.utils import OpenApiExample

CUSTOMER = {
    "source": "booking",
    "external_id": "C-1007",
    "name": "王小明",
    "gender": "female",
    "birth_on": "1990-03-05",
    "phones": ["138 0013 8000"],
    "emails": ["xiaoming@mail.example"],
    "tags": ["laser"],
    "consents": [
        {
            "purpose": "marketing",
            "channel": "email",
            "is_given": True,
            "at": "2026-05-01T14:30:00+08:00",
        }
    ],
}
APPOINTMENT = {
    "source": "booking",
    "external_id": "A-5512",
    "customer_external_id": "C-1007",
    "starts_at": "2026-05-20T14:00:00+08:00",
    "ends_at": "2026-05-20T15:00:00+08:00",
    "status": "booked",
}
SALE = {
    "source": "booking",
    "external_id": "S-90210",
    "customer_external_id": "C-1007",
    "occurred_at": "2026-05-20T15:10:00+08:00",
    "gross_minor": 150000,
    "discount_minor": 22000,
    "net_minor": 128000,
    "lines": [
        {"item_code": "BTX", "item_name": "Botulinum toxin", "quantity": 1, "net_minor": 98000},
        {"item_code": "SPF50", "item_name": "Sun screen", "quantity": 2, "net_minor": 30000},
    ],
}
INTERACTION = {
    "source": "booking",
    "external_id": "I-31",
    "customer_external_id": "C-1007",
    "kind": "call",
    "channel": "phone",
    "direction": "in",
    "occurred_at": "2026-05-18T10:05:00+08:00",
    "summary": "Asked for a later time",
    "version": 3,
}
TREATMENT = {
    "code": "BTX",
    "name": "Botulinum toxin",
    "category": "Injection",
    "interval_days": 120,
    "interval_min_days": 90,
    "interval_max_days": 150,
    "price_minor": 98000,
}


def receipts(names: dict[str, str]) -> dict[str, OpenApiExample]:
    """What an upsert answers, by state. names: those by which the source knows the record."""
    remark = {} if "code" in names else {"remark": None}
    return {
        state: OpenApiExample(
            state, value={"id": 42, **names, "state": state, **remark}, response_only=True
        )
        for state in ("created", "unchanged")
    }


_TAKEN = {
    "index": 0, "external_id": "C-1007", "state": "created", "id": 42, "remark": None, "errors": [],
}  # fmt: skip
_REFUSED = {
    "index": 1, "external_id": "C-1008", "state": "refused", "id": None, "remark": None,
    "errors": [
        {"code": "phone_invalid", "detail": "This is no phone number.", "attr": "items.1.phones",
         "pointer": "#/items/1/phones"},
    ],
}  # fmt: skip
_COUNTS = {"n_created": 1, "n_updated": 0, "n_unchanged": 0, "n_refused": 0}
ALL_TAKEN = OpenApiExample(
    "all taken", value={**_COUNTS, "results": [_TAKEN]}, response_only=True, status_codes=[200]
)
SOME_REFUSED = OpenApiExample(
    "some refused",
    value={**_COUNTS, "n_refused": 1, "results": [_TAKEN, _REFUSED]},
    response_only=True,
    status_codes=[207],
)
MERGED = OpenApiExample(
    "merged", value={"id": 41, "merged_into": 42}, response_only=True, status_codes=[308]
)
