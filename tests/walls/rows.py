"""One row of every tenant model, made from the registry: nothing to extend for a new model.

The foreign clinic's rows all carry the same id and a canary in every text, so that any id in any
place and any text in any answer is recognised.
"""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tenancy.models import Clinic, TenantForeignKey, User
from tenancy.walls import tenant_models

CANARY = "CANARY"
FOREIGN_ID = 900_001
UNKNOWN_ID = 900_002
A_RULE = {
    "match": "all",
    "conditions": [{"attribute": "frequency", "operator": "gte", "value": 0}],
}

# JSON that pages read by name.
LADDER_RULES = {
    "rungs": [{"tier": 1, "name": "P", "entry": {}, "keep": None, "is_invited": False}],
    "window_days": 365, "year": None, "grace_days": 0, "falls_on": None,
    "protected_until_on": None,
}  # fmt: skip
RECEIPT = {
    "programme": "P", "tier": None, "rules": LADDER_RULES, "purchases": [], "folded": None,
    "kinds": [], "from_on": "2025-05-02", "until_on": "2026-05-01", "currency": "CNY",
}  # fmt: skip
EXPERIMENT = {
    "format": "clinic_crm.experiment/1", "no_effect_because": "no_arm", "arms": [], "effects": [],
    "columns": {"arm": None, "outcomes": [], "money": [], "traits": [], "ignored": [],
                "happened": []},
    "rows": {"read": 1, "used": 1, "refused": 0, "reasons": []}, "currency": None, "control": None,
    "split": None, "balance": None, "n_comparisons": 0, "between_arms": [], "winners": {},
}  # fmt: skip
RUN_RULES = {"rfm_window_days": 730, "churn": {"horizon_days": 180}}
RUN_REPORT = {
    "n_rows": 1, "stages": {"active": 1}, "n_purchasers": 1, "n_at_risk": 1, "seconds": 0.1,
    "churn_model": "prior", "n_training": 0, "auc": None, "brier": None, "n_tested": 0,
    "tested_on": None,
}  # fmt: skip


def _another_customer(made: dict[str, models.Model]) -> models.Model:
    """A second customer, for tables of two different ones."""
    one = made["customers.customer"]
    other, _is_new = type(one).objects.get_or_create(
        pk=one.pk + 1_000, defaults={"name": one.name, "known_since_on": date(2026, 5, 1)}
    )
    return other


# What a generic value would break: a rule the database keeps, or JSON with a shape.
SPECIAL: dict[str, dict[str, Any]] = {
    "customers.sale": {"kind": "sale", "gross_minor": 700, "net_minor": 700, "discount_minor": 0,
                       "refund_of": None},
    "customers.customer": {"referrer": None, "merged_into": None, "erased_at": None},
    "customers.duplicatepair": {"second": _another_customer, "reasons": []},
    "customers.merge": {"merged": _another_customer, "journal": []},
    "customers.appointment": {"ends_at": None},
    "customers.note": {"deleted_at": None},
    "customers.consent": {"withdrawn_at": None},
    "segmentation.scorerun": {"is_current": True, "is_held": False, "rules": RUN_RULES,
                              "report": RUN_REPORT},
    "analytics.readout": {"is_final": False},
    "campaigns.clinicholdout": {"rate": 0.1},
    "analytics.experiment": {"result": EXPERIMENT, "n_read": 1, "n_used": 1},
    "loyalty.tierchange": {"receipt": RECEIPT},
    "loyalty.ladderversion": {"rules": LADDER_RULES},
    "loyalty.ladderdraft": {"rules": LADDER_RULES, "forecast": {}},
    "loyalty.earnrule": {"replaces": None, "until_on": None},
    "loyalty.programmeclosure": {"closed_on": date(2026, 5, 1), "reopened_on": date(2026, 5, 2)},
    "loyalty.adjustmentrequest": {"decided_by": None, "entry": None},
    "loyalty.ledgerentry": {"undoes": None, "transfer_key": "", "idempotency_key": "sale:1"},
    "loyalty.hold": {"made_at": lambda _made: datetime.now(UTC) - timedelta(days=2),
                     "entry": None},
    "loyalty.offer": {"amount_minor": 100, "off_rate": 0, "gift": "", "n_used": 0, "occasion": ""},
    "loyalty.redemption": {"handed_over_at": None, "undone_at": None},
    "loyalty.couponuse": {"used_at": None},
    "loyalty.referral": {"refusal": ""},
    "segmentation.segment": {"rule": A_RULE},
    "campaigns.message": {"skip_reason": "", "state": "queued", "unclear_at": None},
    "campaigns.campaign": {"holdout_rate": 0.1, "send_from_hour": None, "send_until_hour": None},
    "tenancy.membership": {"branch": None},  # who sees the whole clinic may open every page
    "tenancy.apikey": {"revoked_at": None, "expires_at": None, "scopes": ["customers.read"]},
    "tenancy.job": {"n_done": 0, "n_total": 0},
    "customers.importfile": {"kind": "customers", "mapping": {}, "report": {}},
    "customers.guardian": {"guardian": None},
    "customers.customfield": {"choices": ["a choice"]},
    "customers.healthaccess": {"reason": "treatment"},
}  # fmt: skip


def make_rows(clinic: Clinic, *, text: str, pk: int | None, user: User) -> dict[str, models.Model]:
    """One row of every tenant model in this clinic's open scope, by model label.

    text: stands in every free text; pk: the id of every row (None: as they come).
    """
    made: dict[str, models.Model] = {}
    waiting = list(tenant_models())
    while waiting:
        ready = [model for model in waiting if _is_ready(model, made)]
        assert ready, f"references in a circle: {waiting}"
        for model in ready:
            values = _values(model, made, text, user) | ({"pk": pk} if pk else {})
            made[model._meta.label_lower] = model.objects.create(**values)
            waiting.remove(model)
    return made


def _is_ready(model: type[models.Model], made: dict) -> bool:
    targets = [
        field.related_model
        for field in model._meta.local_fields
        if isinstance(field, TenantForeignKey) and field.related_model is not model
    ]
    return all(target._meta.label_lower in made for target in targets)


def _values(model, made: dict, text: str, user: User) -> dict[str, Any]:
    special = SPECIAL.get(model._meta.label_lower, {})
    values = {}
    for field in model._meta.local_fields:
        if field.primary_key or field.name == "clinic" or field.generated:
            continue
        if getattr(field, "auto_now_add", False):
            continue
        value = special[field.name] if field.name in special else _value(field, made, text, user)
        values[field.name] = value(made) if callable(value) else value
    return values


def _value(field: models.Field, made: dict, text: str, user: User) -> Any:
    if isinstance(field, TenantForeignKey):
        return made.get(field.related_model._meta.label_lower)
    if isinstance(field, models.ForeignKey):
        return user if field.related_model is User else None
    if field.choices:
        return field.choices[0][0]
    if field.has_default() and isinstance(field, models.CharField):
        return field.get_default()  # a code of ours, not somebody's text
    if isinstance(field, models.CharField | models.TextField):
        return _text(field, text)
    for kind, value in _BY_KIND:
        if isinstance(field, kind):
            return value() if callable(value) else value
    raise AssertionError(f"tests/walls/rows.py has no value for {field!r}")


def _text(field: models.Field, text: str) -> str:
    if field.name == "currency":
        return "CNY"
    if field.max_length and field.max_length < len(text):
        return ""
    return f"{text}-{field.name}"[: field.max_length]


_BY_KIND: list[tuple[type[models.Field], Any]] = [
    (models.BooleanField, True),
    (models.DateTimeField, lambda: datetime.now(UTC) - timedelta(days=1)),
    (models.DateField, date(2026, 5, 1)),
    (models.UUIDField, uuid.uuid4),
    (models.FloatField, 0.5),
    (models.DecimalField, 1),
    (models.IntegerField, 1),
    (models.BinaryField, b"{}"),
    (models.JSONField, dict),
    (ArrayField, list),
]
