# ruff: noqa: E501 - a table, one entry a line
"""Packs of rules with their source, each with a version: what a text was checked against is kept.

A reading aid, no legal advice. A pack is changed by adding a new version, with its day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

Severity = Literal["block", "warn"]


@dataclass(frozen=True)
class Cited:
    """cites: the places of the sources. is_final: no person may override it."""

    severity: Severity
    cites: tuple[str, ...]
    is_final: bool = False


@dataclass(frozen=True)
class Pack:
    """effective_on: since when the youngest source is in force. channels: where it applies."""

    id: str
    version: str
    effective_on: date
    title: str
    source: str
    countries: frozenset[str]
    channels: frozenset[str]
    rules: Mapping[str, Cited]


_EVERY = frozenset({"email", "sms", "wechat", "phone"})
_AD = "中华人民共和国广告法"
_MEDICAL = "医疗广告管理办法"
_GUIDE = "医疗美容广告执法指南（2021）"
_SMS = "通信短信息服务管理规定"
_PRICE = "明码标价和禁止价格欺诈规定"
_CAP = "UK CAP Code"

CN_MEDICAL_ADS = Pack(
    id="cn-medical-ads", version="2026.2", effective_on=date(2022, 7, 1),
    title="China: advertising of medical aesthetics",
    source=f"{_AD}（2021 修正）、{_MEDICAL}（2006）、{_GUIDE}、{_PRICE}（2022）",
    countries=frozenset({"CN"}), channels=_EVERY,
    rules={
        "effect_promise": Cited("block", (f"{_AD} 第十六条（一）", f"{_MEDICAL} 第七条（二）", f"{_GUIDE} 第五条（四）")),
        "safety_promise": Cited("block", (f"{_AD} 第十六条（一）", f"{_GUIDE} 第五条（四）")),
        "cure_rate": Cited("block", (f"{_AD} 第十六条（二）", f"{_MEDICAL} 第七条（三）")),
        "before_after": Cited("block", (f"{_GUIDE} 第五条（五）", f"{_MEDICAL} 第七条（六）")),
        "testimonial": Cited("block", (f"{_MEDICAL} 第七条（六）", f"{_GUIDE} 第五条（五）")),
        "endorsement": Cited("block", (f"{_AD} 第十六条（四）", f"{_MEDICAL} 第七条（六）（七）", f"{_GUIDE} 第五条（六）")),
        "absolute_words": Cited("block", (f"{_AD} 第九条（三）",)),
        "drug_or_device": Cited("block", (f"{_AD} 第十五条", f"{_MEDICAL} 第七条（一）", f"{_GUIDE} 第五条（二）")),
        "disease_name": Cited("warn", (f"{_MEDICAL} 第七条（一）",)),
        "body_anxiety": Cited("block", (f"{_GUIDE} 第五条（一）",)),
        "minors": Cited("block", (f"{_AD} 第四十条",)),
        "comparison": Cited("block", (f"{_AD} 第十六条（三）", f"{_AD} 第十三条")),
        "price_trick": Cited("warn", (f"{_PRICE} 第十九条", f"{_AD} 第二十八条")),
        "pressure": Cited("warn", (f"{_AD} 第二十八条",)),
    },
)  # fmt: skip

CN_SMS = Pack(
    id="cn-sms", version="2026.1", effective_on=date(2015, 6, 30),
    title="China: commercial SMS and its gateways",
    source=f"{_SMS}（工业和信息化部令第31号）、{_AD} 第四十三条；content rules of the large gateways",
    countries=frozenset({"CN"}), channels=frozenset({"sms"}),
    rules={
        "provider_words": Cited("block", ("content rules of the large SMS gateways",)),
        "signature_missing": Cited("block", (f"{_AD} 第四十三条", "signature rules of the SMS gateways"), True),
        "opt_out_missing": Cited("block", (f"{_AD} 第四十三条", f"{_SMS} 第三章"), True),
    },
)  # fmt: skip

CN_MAIL = Pack(
    id="cn-mail", version="2026.1", effective_on=date(2006, 3, 30),
    title="China: commercial e-mail",
    source=f"互联网电子邮件服务管理办法（信息产业部令第38号）、{_AD} 第四十三条",
    countries=frozenset({"CN"}), channels=frozenset({"email"}),
    rules={
        "opt_out_missing": Cited("block", (f"{_AD} 第四十三条", "互联网电子邮件服务管理办法 第十四条"), True),
        "sender_missing": Cited("warn", (f"{_AD} 第四十三条",)),
    },
)  # fmt: skip

UK_ADS = Pack(
    id="uk-ads", version="2026.2", effective_on=date(2022, 5, 25),
    title="United Kingdom: advertising of cosmetic treatment",
    source="UK Code of Non-broadcast Advertising (CAP Code), PECR 2003",
    countries=frozenset({"GB"}), channels=_EVERY,
    rules={
        "effect_promise": Cited("block", (f"{_CAP} 3.7", f"{_CAP} 12.1")),
        "safety_promise": Cited("block", (f"{_CAP} 3.1", f"{_CAP} 12.1")),
        "cure_rate": Cited("warn", (f"{_CAP} 3.7",)),
        "before_after": Cited("warn", (f"{_CAP} 3.1",)),
        "testimonial": Cited("warn", (f"{_CAP} 3.45",)),
        "endorsement": Cited("warn", (f"{_CAP} 12.18",)),
        "absolute_words": Cited("warn", (f"{_CAP} 3.7",)),
        "drug_or_device": Cited("block", (f"{_CAP} 12.12",)),
        "body_anxiety": Cited("block", (f"{_CAP} 1.3",)),
        "minors": Cited("block", (f"{_CAP} 12.25",)),
        "comparison": Cited("warn", (f"{_CAP} 3.33",)),
        "price_trick": Cited("warn", (f"{_CAP} 3.17",)),
        "pressure": Cited("warn", (f"{_CAP} 3.31",)),
        "opt_out_missing": Cited("block", ("PECR 2003 reg. 22–23",), True),
        "sender_missing": Cited("warn", ("PECR 2003 reg. 23",)),
    },
)  # fmt: skip

PACKS: tuple[Pack, ...] = (CN_MEDICAL_ADS, CN_SMS, CN_MAIL, UK_ADS)


def packs_for(country: str) -> tuple[Pack, ...]:
    """Of a clinic's country (two letters). Where we have no pack, the strictest: China's."""
    own = tuple(pack for pack in PACKS if country in pack.countries)
    return own or packs_for("CN")
