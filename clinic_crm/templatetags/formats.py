"""How figures, money and times are printed: reader's language, clinic's currency and clock.

`{% load formats %}` in a template. Money is always given in minor units.
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from django import template
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

register = template.Library()

NOTHING = "–"
# Inside one clinic «¥» is not ambiguous, so English readers are spared «CN¥».
SHORT_SYMBOLS = {
    "CNY": "¥", "JPY": "¥", "USD": "$", "HKD": "HK$", "TWD": "NT$", "SGD": "S$", "AUD": "A$",
}  # fmt: skip
Number = int | float | Decimal


def reading_locale() -> Locale:
    """Babel's locale for the language of this page."""
    return Locale.parse("zh_Hans_CN" if (get_language() or "en").startswith("zh") else "en_GB")


def format_money(amount_minor: int, currency: str, *, decimals: int | None = None) -> str:
    """A sum as text; decimals: None for the currency's own, 0 for whole units."""
    locale = reading_locale()
    digits = numbers.get_currency_precision(currency)
    amount = Decimal(amount_minor).scaleb(-digits)
    shown = digits if decimals is None else min(decimals, digits)
    pattern = "¤#,##0" + ("." + "0" * shown if shown else "")
    text = numbers.format_currency(
        amount, currency, format=pattern, locale=locale, currency_digits=False
    )
    symbol = numbers.get_currency_symbol(currency, locale)
    return text.replace(symbol, SHORT_SYMBOLS.get(currency, symbol)).replace("-", "−", 1)


def _zone(context: Context) -> ZoneInfo:
    clinic = _clinic(context)
    return ZoneInfo(clinic.timezone) if clinic else timezone.get_current_timezone()


def _clinic(context: Context):
    request = context.get("request")
    return getattr(request, "clinic", None) or context.get("clinic")


@register.simple_tag(takes_context=True)
def money(context: Context, amount_minor: int | None, currency: str = "", decimals=None) -> str:
    """`{% money sale.net_minor %}`, `{% money total_minor decimals=0 %}` → ¥1,280.00"""
    if amount_minor is None or amount_minor == "":
        return NOTHING
    clinic = _clinic(context)
    code = currency or (clinic.currency if clinic else "CNY")
    return format_money(int(amount_minor), code, decimals=decimals)


@register.filter
def number(value: Number | None, decimals: int = 0) -> str:
    """`{{ n_customers|number }}` → 12,840; `{{ ratio|number:2 }}` → 1.25"""
    if value is None or value == "":
        return NOTHING
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return numbers.format_decimal(value, format=pattern, locale=reading_locale()).replace("-", "−")


@register.filter
def compact(value: Number | None) -> str:
    """`{{ n|compact }}` → 12.8K, in Chinese 1.3万"""
    if value is None or value == "":
        return NOTHING
    return numbers.format_compact_decimal(value, locale=reading_locale(), fraction_digits=1)


@register.filter
def percent(rate: Number | None, decimals: int = 0) -> str:
    """`{{ repurchase_rate|percent:1 }}`: a rate of 0–1 → 34.2%"""
    if rate is None or rate == "":
        return NOTHING
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + "%"
    return numbers.format_percent(rate, format=pattern, locale=reading_locale()).replace("-", "−")


@register.filter
def signed(value: Number | None, decimals: int = 0) -> str:
    """`{{ change|signed }}` → +12 or −3: a change always shows its sign"""
    if value is None or value == "":
        return NOTHING
    return ("+" if value > 0 else "") + number(value, decimals)


@register.filter
def points(rate_difference: Number | None, decimals: int = 1) -> str:
    """`{{ uplift|points }}`: a difference of rates (0–1) in percentage points → +4.3 points"""
    if rate_difference is None or rate_difference == "":
        return NOTHING
    text = signed(rate_difference * 100, decimals)
    return _("%(number)s points") % {"number": text}


@register.filter
def in_points(rate_difference: Number | None, decimals: int = 1) -> str:
    """`{{ rise|in_points }}`: a size rather than a change, without a sign → 4.3 points"""
    if rate_difference is None or rate_difference == "":
        return NOTHING
    return _("%(number)s points") % {"number": number(rate_difference * 100, decimals)}


@register.filter
def day(value: date | datetime | None, style: str = "medium") -> str:
    """`{{ sale.sold_on|day }}` → 3 Mar 2026 / 2026年3月3日; style: short, medium, long, month
    (March 2026), month_day (3 March)"""
    if not value:
        return NOTHING
    if style == "month":
        return dates.format_skeleton("yMMMM", value, locale=reading_locale())
    if style == "month_day":
        return dates.format_skeleton("MMMMd", value, locale=reading_locale())
    return dates.format_date(value, format=style, locale=reading_locale())


@register.simple_tag(takes_context=True)
def moment(context: Context, value: datetime | None) -> str:
    """`{% moment message.sent_at %}`: date and time on the clinic's clock"""
    return _moment_text(value, _zone(context)) if value else NOTHING


def _moment_text(value: datetime, zone: ZoneInfo) -> str:
    locale = reading_locale()
    pattern = "y年M月d日 HH:mm" if locale.language == "zh" else "d MMM y, HH:mm"
    return dates.format_datetime(value, format=pattern, tzinfo=zone, locale=locale)


@register.simple_tag(takes_context=True)
def ago(context: Context, value: date | datetime | None, now: datetime | None = None) -> str:
    """`{% ago visit.ended_at %}` → «3 days ago», the exact time on hover. Days stay whole days."""
    if not value:
        return NOTHING
    zone, now = _zone(context), now or timezone.now()
    today = now.astimezone(zone).date()
    if isinstance(value, datetime):
        on, exact = value.astimezone(zone).date(), _moment_text(value, zone)
        text = _since(value - now) if on == today else _days_since((on - today).days)
    else:
        exact, text = day(value), _days_since((value - today).days)
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, text)


def _since(distance: timedelta) -> str:
    if abs(distance) < timedelta(seconds=45):
        return _("just now")
    return dates.format_timedelta(
        distance, add_direction=True, threshold=0.95, locale=reading_locale()
    )


def _days_since(n_days: int) -> str:
    named = {0: _("today"), -1: _("yesterday"), 1: _("tomorrow")}
    if n_days in named:
        return named[n_days]
    return dates.format_timedelta(
        timedelta(days=n_days),
        add_direction=True,
        granularity="day",
        threshold=4.2,  # days up to four weeks, weeks up to four months: close enough to act on
        locale=reading_locale(),
    )


@register.filter
def initials(name: str, n_characters: int = 2) -> str:
    """«王小明» → 小明, «Anna Berg» → AB, «Harley & Rose» → HR: for an avatar without photo."""
    words = [word for word in re.split(r"[\s·.@]+", str(name or "")) if word[:1].isalnum()]
    if not words:
        return "?"
    if re.match(r"[\u3400-\u9fff]", words[0]):
        return words[0][-n_characters:]
    return "".join(word[0] for word in (words[0], *words[1:][:1]))[:n_characters].upper()
