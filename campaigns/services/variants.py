"""Who gets which variant, as SQL: the same stable hash as `campaigns.arms.choose`."""

from typing import Any

from campaigns.journeys import Stop
from campaigns.models import Campaign
from tenancy.models import Clinic

PLACE = "('x' || substr(md5({key} || ':' || {customer}), 1, 8))::bit(32)::bigint"
LANGUAGES = ("en", "zh-hans")


def variant_key(campaign: Campaign, step: int) -> str:
    """What the hash of a step's variants is keyed by: steps split independently."""
    return f"campaign:{campaign.pk}:step:{step}"


def variant_sql(campaign: Campaign, stop: Stop, clinic: Clinic) -> tuple[str, dict[str, Any], bool]:
    """(expression over `enrolment` and `customer`, its parameters, whether it needs `customer`).

    The row of the customer's language, where the variant has one, else the plain one.
    """
    variants = [variant for variant in stop.variants if variant.variant_id is not None]
    if not variants:
        return "NULL::bigint", {}, False
    needs_customers = any(len(variant.by_language) > 1 for variant in variants)
    if len(variants) == 1:
        return _of_language(variants[0], clinic), {}, needs_customers
    place = PLACE.format(key="%(variant_key)s", customer="enrolment.customer_id")
    branches, total = [], 0
    for variant in variants:
        total += variant.share
        limit = total * 2**32 // 100
        branches.append(f"WHEN {place} < {limit} THEN {_of_language(variant, clinic)}")
    sql = f"CASE {' '.join(branches)} ELSE {_of_language(variants[-1], clinic)} END"
    return sql, {"variant_key": variant_key(campaign, stop.number)}, needs_customers


def plain_variant_sql(stop: Stop) -> tuple[str, bool]:
    """(expression over `placed.variant_place`, whether it needs one): the variant of an enrolment.

    Whatever the language: the row that holds the share.
    """
    variants = [variant for variant in stop.variants if variant.variant_id is not None]
    if not variants:
        return "NULL::bigint", False
    if len(variants) == 1:
        return str(variants[0].variant_id), False
    branches, total = [], 0
    for variant in variants:
        total += variant.share
        limit = total * 2**32 // 100
        branches.append(f"WHEN placed.variant_place < {limit} THEN {variant.variant_id}")
    return f"CASE {' '.join(branches)} ELSE {variants[-1].variant_id} END", True


def _of_language(variant, clinic: Clinic) -> str:
    """Numbers and our own codes only, so nothing of a person's stands in the statement."""
    plain = str(variant.variant_id)
    cases = [
        f"WHEN '{language}' THEN {variant.by_language[language].variant_id}"
        for language in LANGUAGES
        if language in variant.by_language
    ]
    if not cases:
        return plain
    known = ", ".join(f"'{language}'" for language in LANGUAGES)
    home = clinic.language if clinic.language in LANGUAGES else "en"
    spoken = f"CASE WHEN customer.language IN ({known}) THEN customer.language ELSE '{home}' END"
    return f"CASE {spoken} {' '.join(cases)} ELSE {plain} END"
