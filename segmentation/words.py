"""Values in the reader's language: money, days, «a, b or c»."""

from datetime import date
from decimal import Decimal

from babel import Locale, dates, numbers
from django.utils.translation import get_language, pgettext


def enumerated(names: list[str], operator: str = "has_any") -> str:
    """«a, b or c»; where all are asked for «a, b and c»."""
    last = pgettext("values", " and ") if operator == "has_all" else pgettext("values", " or ")
    if len(names) < 2:
        return "".join(names)
    return pgettext("values", ", ").join(names[:-1]) + last + names[-1]


def money_text(amount_minor: int, currency: str) -> str:
    """¥1,280 or ¥1,280.50: whole units where there are no minor ones."""
    digits = numbers.get_currency_precision(currency)
    amount = Decimal(amount_minor).scaleb(-digits)
    pattern = "¤#,##0" if amount == amount.to_integral_value() else "¤#,##0." + "0" * digits
    text = numbers.format_currency(
        amount, currency, format=pattern, locale=reader_locale(), currency_digits=False
    )
    return str(text).removeprefix("CN")


def day_text(iso: str) -> str:
    return str(dates.format_date(date.fromisoformat(iso), locale=reader_locale()))


def reader_locale() -> Locale:
    return Locale.parse("zh_Hans_CN" if (get_language() or "en").startswith("zh") else "en_GB")
