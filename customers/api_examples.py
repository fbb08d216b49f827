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
_RECEIPT = {
    "id": 42,
    "source": "booking",
    "external_id": "C-1007",
    "state": "created",
    "remark": None,
}
CREATED = OpenApiExample("created", value=_RECEIPT, response_only=True)
UNCHANGED = OpenApiExample("unchanged", value=_RECEIPT | {"state": "unchanged"}, response_only=True)
