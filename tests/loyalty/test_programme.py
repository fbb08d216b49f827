from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from loyalty.exceptions import LadderRefused, ProgrammeExists, ProgrammeRefused
from loyalty.liability import liability_minor
from loyalty.models import EarnRule, Programme
from loyalty.queries.programmes import rate_on
from loyalty.services.programme import Rung, Terms, check_ladder, create_programme, edit_programme
from tests.factories.loyalty import LADDER, make_programme

TERMS = Terms(name="Points", points_per_unit=Decimal(1), point_value_minor=Decimal(1))


def test_a_clinic_has_one_programme(clinic):
    make_programme()

    with pytest.raises(ProgrammeExists):
        make_programme()


@pytest.mark.parametrize(
    ("ladder", "rung", "field"),
    [
        ([], 0, "name"),
        ([Rung("Pearl", 1)], 0, "entry"),
        ([Rung("Pearl", -1)], 0, "entry"),
        ([Rung("Pearl", 0), Rung("", 5)], 1, "name"),
        ([Rung("Pearl", 0), Rung("x" * 81, 5)], 1, "name"),
        ([Rung("Pearl", 0), Rung(" pearl ", 5)], 1, "name"),
        ([Rung("Pearl", 0), Rung("Jade", 0)], 1, "entry"),
        ([Rung("Pearl", 0), Rung("Jade", 9), Rung("Gold", 9)], 2, "entry"),
        ([Rung("Pearl", 0), Rung("Jade", 9), Rung("Gold", 8)], 2, "entry"),
        ([Rung("Pearl", 0), Rung("Jade", 10**16)], 1, "entry"),
        ([Rung(str(n), n) for n in range(13)], 12, "name"),
    ],
)
def test_a_ladder_that_cannot_stand_names_the_rung(ladder, rung, field):
    with pytest.raises(LadderRefused) as refusal:
        check_ladder(ladder)

    assert (refusal.value.rung, refusal.value.field) == (rung, field)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("points_per_unit", Decimal("-0.001")),
        ("points_per_unit", Decimal(10_001)),
        ("point_value_minor", Decimal(-1)),
        ("breakage_rate", Decimal("1.01")),
        ("points_expire_after_days", 0),
        ("points_expire_after_days", 36_501),
        ("tier_window_days", 0),
    ],
)
def test_terms_that_cannot_be_name_their_field(clinic, field, value):
    with pytest.raises(ProgrammeRefused) as refusal:
        create_programme(
            terms=replace(TERMS, **{field: value}), ladder=LADDER, starts_on=date(2026, 1, 1)
        )

    assert refusal.value.field == field
    assert Programme.objects.count() == 0


def test_a_new_rate_is_a_new_rule_from_its_day(clinic):
    programme = make_programme(starts_on=date(2026, 1, 1))
    may, june = date(2026, 5, 1), date(2026, 6, 1)
    for rate, on in [(1, may), (2, may), (3, may), (3, june)]:
        terms = replace(TERMS, points_per_unit=Decimal(rate))
        edit_programme(programme=programme, terms=terms, ladder=LADDER, on=on)

    rules = EarnRule.objects.order_by("pk").values_list("effective_on", "points_per_unit")
    assert list(rules) == [(date(2026, 1, 1), 1), (may, 2), (may, 3)]  # nothing is edited
    assert [rate_on(programme, date(2026, 4, 30)), rate_on(programme, june)] == [1, 3]
    assert rate_on(programme, date(2025, 12, 31)) is None


def test_liability_is_outstanding_times_value_less_breakage():
    assert liability_minor(1_000, Decimal("1.5"), Decimal("0.2")) == 1_200
    assert liability_minor(1, Decimal("0.5")) == 1  # half a cent is rounded up
    assert liability_minor(0, Decimal(5)) == 0
