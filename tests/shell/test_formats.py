"""How figures, money and times read in both languages."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.utils import translation

from clinic_crm.templatetags import formats

SHANGHAI = SimpleNamespace(timezone="Asia/Shanghai", currency="CNY")
NOON_UTC = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)  # 20:00 in Shanghai


@pytest.fixture(params=["en", "zh-hans"])
def language(request):
    with translation.override(request.param):
        yield request.param


def render(source: str, **values) -> str:
    template = Template("{% load formats %}" + source)
    return template.render(Context({"clinic": SHANGHAI, **values}))


@pytest.mark.parametrize(
    ("minor", "currency", "decimals", "text"),
    [
        (128_000, "CNY", None, "¥1,280.00"),
        (128_050, "CNY", 0, "¥1,280"),
        (-5, "CNY", None, "−¥0.05"),
        (1_280, "JPY", None, "¥1,280"),
        (128_000, "USD", None, "$1,280.00"),
        (0, "CNY", None, "¥0.00"),
        (1_280_000, "KWD", None, "KWD1,280.000"),
    ],
)
def test_money_comes_from_minor_units(language, minor, currency, decimals, text):
    printed = formats.format_money(minor, currency, decimals=decimals)
    assert printed.replace("\xa0", "") == text


def test_money_takes_the_clinics_currency(language):
    assert render("{% money x %}", x=128_000) == "¥1,280.00"


@pytest.mark.parametrize(
    "tag", ["{% money x %}", "{{ x|number }}", "{{ x|percent }}", "{% ago x %}"]
)
def test_nothing_known_is_a_dash(language, tag):
    assert render(tag, x=None) == "–"


def test_numbers(language):
    assert formats.number(12840) == "12,840"
    assert formats.number(-1.25, 2) == "−1.25"
    assert formats.percent(0.3421, 1) == "34.2%"
    assert formats.signed(3) == "+3"


def test_compact_counts_in_the_readers_units():
    with translation.override("zh-hans"):
        assert formats.compact(12_840) == "1.3万"
    with translation.override("en"):
        assert formats.compact(12_840) == "12.8K"


@pytest.mark.parametrize(
    ("language", "text"), [("en", "4 April 4.3 points"), ("zh-hans", "4月4日 4.3 个百分点")]
)
def test_a_day_of_any_year_and_a_size_have_no_sign_and_no_leading_nought(language, text):
    with translation.override(language):
        told = render(
            '{{ day|day:"month_day" }} {{ rise|in_points }}', day=date(2026, 4, 4), rise=0.043
        )

    assert told.strip() == text


def test_days_are_the_clinics_days():
    late = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)  # already the 11th in Shanghai
    with translation.override("en"):
        text = render("{% ago x now=now %}", x=date(2026, 3, 11), now=late)
        assert text == '<time datetime="2026-03-11" title="11 Mar 2026">today</time>'


@pytest.mark.parametrize(
    ("distance", "text"),
    [
        (timedelta(seconds=-10), "just now"),
        (timedelta(minutes=-5), "5 minutes ago"),
        (timedelta(hours=-21), "yesterday"),
        (timedelta(days=-12), "12 days ago"),
        (timedelta(days=-163), "5 months ago"),
        (timedelta(days=3), "in 3 days"),
    ],
)
def test_times_read_as_people_say_them(distance, text):
    with translation.override("en"):
        printed = render("{% ago x now=now %}", x=NOON_UTC + distance, now=NOON_UTC)
    assert f">{text}</time>" in printed


def test_exact_time_is_on_the_clinics_clock():
    assert render("{% moment x %}", x=NOON_UTC) == "10 Mar 2026, 20:00"
    with translation.override("zh-hans"):
        assert render("{% moment x %}", x=NOON_UTC) == "2026年3月10日 20:00"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("王小明", "小明"),
        ("Anna Berg", "AB"),
        ("Anna", "A"),
        ("Harley & Rose", "HR"),
        ("", "?"),
        ("  ", "?"),
        ("lin@x.cn", "LX"),
    ],
)
def test_initials(name, text):
    assert formats.initials(name) == text
