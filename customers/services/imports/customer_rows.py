"""A row of a customers' file → a customer as the intake takes it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from customers.files.cells import Phone
from customers.models import Consent
from customers.services.imports.chunks import Chunk, Prepared
from customers.services.imports.columns import Columns
from customers.services.imports.refusing import Problem
from customers.services.imports.shapes import OWN
from customers.services.intake import ConsentRecord, CustomerRecord

HAN = re.compile(r"[\u4e00-\u9fff]")
MAX_NAME_IN_ID = 60
SAME_NAME = {
    "gender": "gender", "birth_on": "birth_on", "occupation": "occupation",
    "education": "education", "city": "city", "district": "district", "address": "address",
    "source": "acquisition_source", "branch": "home_branch", "consultant": "consultant",
    "referrer_external_id": "referrer_external_id", "notes": "notes", "died_on": "died_on",
    "zone": "zone",
    "created_on": "known_since_on",
}  # fmt: skip
FIELD_OF = {record: field for field, record in SAME_NAME.items()} | {
    "phones": "phone", "emails": "email", "identities": "card_number",
    "consents": "marketing_consent",
}  # fmt: skip


def prepare_customers(chunk: Chunk, columns: Columns) -> Prepared[CustomerRecord]:
    """Every row of the chunk as a customer, a repetition, or refused."""
    read = columns.read([group.rows[0] for group in chunk.groups])
    own = [name for name in read.values if name.startswith(OWN)]
    prepared = Prepared[CustomerRecord](chunk.n_rows, chunk.next_position, read.normalised)
    for position, group in enumerate(chunk.groups):
        problems = read.problems.get(position)
        if problems is None and group.is_same:
            prepared.n_repeated += 1
            continue
        if problems is None and group.repeats_line is not None:
            problems = [Problem("external_id", "duplicate_id", {"line": group.repeats_line})]
        if problems is None:
            made = customer_of(
                {
                    name: value
                    for name, values in read.values.items()
                    if (value := values[position]) is not None
                }
            )
            if not isinstance(made, Problem):
                if own:
                    made = replace(made, custom=_own_values(read.values, own, position))
                prepared.taken.append((group, made))
                continue
            problems = [made]
        prepared.refused.append((group.rows[0], problems))
    return prepared


def _own_values(
    values: Mapping[str, Sequence[Any]], own: Sequence[str], position: int
) -> dict[str, Any] | None:
    said = {
        name.removeprefix(OWN): value
        for name in own
        if (value := values[name][position]) is not None
    }
    return said or None


def customer_of(values: Mapping[str, Any]) -> CustomerRecord | Problem:
    """The customer a row tells of, or why it tells of none. A blank cell says nothing.

    Without a customer number the id is made of what else the row is known by, so that the same
    row finds the same customer again; a phone alone will not do, families share one.
    """
    name = full_name(values)
    if not name:
        return Problem("name", "name_missing", {})
    phones: tuple[Phone, ...] = values.get("phone", ())
    external_id = values.get("external_id") or _id_of_contacts(values, phones, name)
    if not external_id:
        return Problem("external_id", "identity_missing", {})
    said = {record: values[field] for field, record in SAME_NAME.items() if field in values}
    return CustomerRecord(
        external_id,
        name=name,
        phones=tuple(phone.e164 for phone in phones) or None,
        emails=(values["email"],) if "email" in values else None,
        identities=_identities(values) or None,
        tags=_tags(values) or None,
        consents=_consents(values),
        **said,
    )


def full_name(values: Mapping[str, Any]) -> str:
    """Family name first and without a space where it is written in Chinese."""
    if name := values.get("name"):
        return name
    family, given = values.get("family_name", ""), values.get("given_name", "")
    if HAN.search(family + given):
        return family + given
    return f"{given} {family}".strip()


def _id_of_contacts(values: Mapping[str, Any], phones: tuple[Phone, ...], name: str) -> str:
    for field in ("card_number", "wechat"):
        if field in values:
            return f"{field}:{values[field]}"
    contact = phones[0].e164 if phones else values.get("email")
    return f"{contact} {name[:MAX_NAME_IN_ID]}"[:120] if contact else ""


def _identities(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    sources = {"card_number": "card", "wechat": "wechat"}
    return tuple((source, values[field]) for field, source in sources.items() if field in values)


def _tags(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The skin type has no field of its own; as a tag it can be searched and segmented by."""
    tags: tuple[str, ...] = values.get("tags", ())
    if skin := values.get("skin_type"):
        tags += (f"肤质:{skin}"[:60] if HAN.search(skin) else f"skin: {skin}"[:60],)
    return tags


def _consents(values: Mapping[str, Any]) -> tuple[ConsentRecord, ...] | None:
    """A yes counts for the channels the row has an address for; a no for all of them."""
    is_given = values.get("marketing_consent")
    if is_given is None:
        return None
    channels = list(Consent.Channel.values)
    if is_given:
        needs = {"email": "email", "sms": "phone", "phone": "phone", "wechat": "wechat"}
        channels = [channel for channel in channels if needs[channel] in values]
    purpose = Consent.Purpose.MARKETING.value
    return tuple(ConsentRecord(purpose, channel, is_given) for channel in channels)
