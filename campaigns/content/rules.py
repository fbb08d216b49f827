# ruff: noqa: E501 - a table, one entry a line
"""What each rule is about: why the words are trouble, what to write instead."""

import re
from dataclasses import dataclass
from functools import lru_cache

from campaigns.content import paraphrases, patterns_en, patterns_zh


@dataclass(frozen=True)
class Rule:
    """The texts are English message ids; whoever shows them translates.

    spares_denials: «we cannot guarantee a result» is harmless.
    """

    id: str
    name: str
    why: str
    what_to_do: str
    spares_denials: bool = False


RULES: dict[str, Rule] = {rule.id: rule for rule in (
    Rule("effect_promise", "Promise of an effect",
         "An advertisement for medical treatment must not assert or promise an effect.",
         "Say what is done and how long it takes; leave the effect to the doctor's consultation.", True),
    Rule("safety_promise", "Promise of safety",
         "An advertisement for medical treatment must not promise that it is safe, painless or without side effects.",
         "Drop the promise, or say that every treatment has risks which the doctor explains.", True),
    Rule("cure_rate", "Rate of cure or success",
         "Rates of cure, success or satisfaction must not be advertised.",
         "Leave the figure out.", True),
    Rule("before_after", "Before and after",
         "Before and after must not be compared in the name or with the picture of a patient.",
         "Leave the comparison and its pictures out.", True),
    Rule("testimonial", "Words of a patient",
         "Patients must not testify in an advertisement for medical treatment, named or not.",
         "Leave the quotation out; ask readers for their own feedback instead.", True),
    Rule("endorsement", "Recommended by others",
         "Celebrities, doctors, associations, authorities and the army must not recommend medical treatment.",
         "Leave the recommendation out.", True),
    Rule("absolute_words", "Superlative",
         "Superlatives such as «national level», «highest» and «best» are not allowed in advertisements.",
         "Say the plain fact: since when, how many, which."),
    Rule("drug_or_device", "Drug or device",
         "Prescription drugs, botulinum toxin and brands of injectables or devices must not be advertised to the public.",
         "Speak of the appointment or consultation, not of the product."),
    Rule("disease_name", "Name of a disease",
         "An advertisement must not name diseases, and a message must not tell others what somebody has.",
         "Write «your treatment» or «your appointment»."),
    Rule("body_anxiety", "Anxiety about looks",
         "Looks must not be tied to success, luck or failure.",
         "Speak of the service and the person's own wish."),
    Rule("minors", "Minors",
         "Cosmetic treatment must not be offered to minors.",
         "Address adults only.", True),
    Rule("comparison", "Comparison with others",
         "Effect and safety must not be compared with those of other clinics.",
         "Say what you do, without the others.", True),
    Rule("price_trick", "Price",
         "A former price must have been asked, and «free» or «at a loss» must be true in full.",
         "Say the price of the price list and until when the offer holds."),
    Rule("pressure", "Pressure",
         "Pressure makes people complain and opt out.",
         "Say the day the offer ends, once."),
    Rule("provider_words", "Words the SMS gateway refuses",
         "The large SMS gateways refuse marketing with these words, and may close the account.",
         "Write «care», «appointment», «membership day» instead."),
    Rule("signature_missing", "No signature",
         "An SMS must begin with the sender's registered signature in 【 】.",
         "Begin with 【name of the clinic】."),
    Rule("opt_out_missing", "No way to opt out",
         "Commercial messages must say how to refuse further ones.",
         "End with «拒收请回复R», or «Reply STOP to opt out»."),
    Rule("sender_missing", "No sender",
         "A commercial message must say who sends it and how to reach them.",
         "Fill in the clinic's postal address in the settings."),
)}  # fmt: skip


_TABLES = (
    patterns_zh.CHINESE, patterns_en.ENGLISH, paraphrases.CHINESE, paraphrases.ENGLISH,
)  # fmt: skip


@lru_cache(maxsize=1)
def patterns() -> dict[str, re.Pattern]:
    """{rule id: one expression for both languages}"""
    return {
        rule_id: re.compile("|".join(
            f"(?:{one})"
            for table in _TABLES
            for one in table.get(rule_id, ())
        ))
        for rule_id in {rule_id for table in _TABLES for rule_id in table}
    }  # fmt: skip


DENIAL = re.compile(f"{patterns_zh.DENIED}|{patterns_en.DENIED}")
CLAUSE_END = re.compile(r"[,。;!?:\n]|\.(?=\s|$)")
