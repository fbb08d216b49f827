"""One reason at a time, their order, and what must hold for any facts at all."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.gates import SEND, Facts, Reason, decide, is_minor

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 5, 1, 12, 0, tzinfo=SHANGHAI)
FINE = Facts(at=NOON, birth_on=date(1990, 1, 1))

# In the order in which they win.
REFUSALS = {
    Reason.CAMPAIGN_CANCELLED: {"campaign_state": "cancelled"},
    Reason.TOO_LATE: {"is_window_over": True},
    Reason.EXPIRED: {"is_expired": True},
    Reason.ERASED: {"is_erased": True},
    Reason.DECEASED: {"is_deceased": True},
    Reason.NO_ADDRESS: {"has_valid_address": False},
    Reason.SUPPRESSED: {"is_suppressed": True},
    Reason.NO_CONSENT: {"has_consent": False},
    Reason.CLINIC_HOLDOUT: {"is_in_clinic_holdout": True},
    Reason.MINOR: {"birth_on": date(2010, 1, 1)},
    Reason.ADVERSE_EVENT: {"has_open_adverse_event": True},
    Reason.OPEN_COMPLAINT: {"has_open_complaint": True},
    Reason.CONTRAINDICATION: {"has_contraindication": True},
    Reason.CLINICAL_INTERVAL: {"is_in_clinical_interval": True},
    Reason.RETURNED: {"has_returned": True},
    Reason.BOOKED: {"has_booking": True},
    Reason.FREQUENCY_CAP: {"n_recent_messages": 4},
    Reason.OVER_BUDGET: {"is_over_budget": True},
    Reason.EMPTY_FIELD: {"has_empty_field": True},
}
MARKETING_ONLY = {
    Reason.MINOR, Reason.ADVERSE_EVENT, Reason.OPEN_COMPLAINT, Reason.CONTRAINDICATION,
    Reason.CLINICAL_INTERVAL, Reason.RETURNED, Reason.BOOKED, Reason.FREQUENCY_CAP,
    Reason.OVER_BUDGET, Reason.CLINIC_HOLDOUT,
}  # fmt: skip


def test_nothing_against_it_sends():
    assert decide(FINE) == SEND
    assert decide(FINE).may_send


@pytest.mark.parametrize(("reason", "change"), REFUSALS.items())
def test_each_refusal_has_its_own_reason(reason, change):
    verdict = decide(replace(FINE, **change))

    assert verdict.reason == reason
    assert not verdict.may_send


@pytest.mark.parametrize("first", range(len(REFUSALS) - 1))
def test_the_earlier_reason_wins(first):
    reasons = list(REFUSALS)
    all_from_here_on = {}
    for reason in reasons[first:]:
        all_from_here_on |= REFUSALS[reason]

    assert decide(replace(FINE, **all_from_here_on)).reason == reasons[first]


def test_every_reason_is_reachable_except_the_one_given_at_enrolment():
    assert set(Reason) - set(REFUSALS) == {Reason.SHARED_ADDRESS}


@pytest.mark.parametrize(("reason", "change"), REFUSALS.items())
def test_a_service_message_is_exempt_only_from_what_belongs_to_marketing(reason, change):
    verdict = decide(replace(FINE, is_service=True, **change))

    assert verdict.reason == (None if reason in MARKETING_ONLY else reason)


@pytest.mark.parametrize(
    ("counted", "is_over"),
    [
        ({"n_1_day": 1, "max_1_day": 2}, False),
        ({"n_1_day": 2, "max_1_day": 2}, True),
        ({"n_7_days": 3, "max_7_days": 3}, True),
        ({"n_7_days": 30, "max_7_days": None}, False),
        ({"n_recent_messages": 4}, True),
    ],
)
def test_each_window_has_a_cap_of_its_own(counted, is_over):
    verdict = decide(replace(FINE, **counted))

    assert (verdict.reason == Reason.FREQUENCY_CAP) is is_over


def test_outside_the_campaigns_hours_it_waits_until_they_begin():
    opens_at = NOON.replace(day=4, hour=10)

    assert decide(replace(FINE, opens_at=opens_at)).until == opens_at


@pytest.mark.parametrize("state", ["paused", "launching", "draft"])
def test_a_campaign_that_stands_still_waits_for_a_person(state):
    verdict = decide(replace(FINE, campaign_state=state, has_consent=False))

    assert (verdict.must_wait, verdict.until, verdict.reason) == (True, None, None)


@pytest.mark.parametrize(
    ("clock", "ends"),
    [
        ((20, 59), None),
        ((21, 0), datetime(2026, 5, 2, 9, tzinfo=SHANGHAI)),
        ((23, 59), datetime(2026, 5, 2, 9, tzinfo=SHANGHAI)),
        ((0, 0), datetime(2026, 5, 1, 9, tzinfo=SHANGHAI)),
        ((8, 59), datetime(2026, 5, 1, 9, tzinfo=SHANGHAI)),
        ((9, 0), None),
    ],
)
def test_quiet_hours_over_midnight_wait_until_their_end(clock, ends):
    verdict = decide(replace(FINE, at=NOON.replace(hour=clock[0], minute=clock[1])))

    assert (verdict.must_wait, verdict.until) == (ends is not None, ends)


def test_quiet_hours_at_midday_wait_until_their_end():
    siesta = replace(FINE, quiet_from_hour=12, quiet_until_hour=14)

    assert decide(siesta).until == NOON.replace(hour=14)
    assert decide(replace(siesta, at=NOON.replace(hour=14))) == SEND


def test_same_hour_twice_means_no_quiet_hours():
    assert decide(replace(FINE, quiet_from_hour=12, quiet_until_hour=12)) == SEND


def test_a_message_that_waits_is_judged_when_its_hour_comes():
    night = replace(FINE, at=NOON.replace(hour=22), has_consent=False)

    assert decide(night).reason is None
    assert decide(replace(night, at=decide(night).until)).reason == Reason.NO_CONSENT


@pytest.mark.parametrize(
    ("birth_on", "on", "minor"),
    [
        (date(2008, 5, 2), date(2026, 5, 1), True),
        (date(2008, 5, 1), date(2026, 5, 1), False),
        (date(2008, 2, 29), date(2026, 2, 28), True),
        (date(2008, 2, 29), date(2026, 3, 1), False),
        (None, date(2026, 5, 1), False),
    ],
)
def test_eighteenth_birthday_on_the_clinics_day(birth_on, on, minor):
    assert is_minor(birth_on, on) is minor


instants = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)).map(
    lambda at: at.replace(tzinfo=ZoneInfo("America/New_York"))
)
any_facts = st.builds(
    Facts,
    at=instants,
    campaign_state=st.sampled_from(["running", "paused", "cancelled", "finished"]),
    is_window_over=st.booleans(),
    respects_quiet_hours=st.booleans(),
    quiet_from_hour=st.integers(0, 23),
    quiet_until_hour=st.integers(0, 23),
    has_valid_address=st.booleans(),
    is_suppressed=st.booleans(),
    has_consent=st.booleans(),
    birth_on=st.none() | st.dates(date(1950, 1, 1), date(2023, 1, 1)),
    has_returned=st.booleans(),
    has_booking=st.booleans(),
    n_recent_messages=st.integers(0, 9),
    max_recent_messages=st.integers(0, 9),
    has_empty_field=st.booleans(),
)


@given(any_facts)
def test_any_facts_get_exactly_one_answer(facts):
    verdict = decide(facts)

    assert [verdict.may_send, verdict.must_wait, verdict.reason is not None].count(True) == 1


@given(any_facts)
def test_who_said_no_is_never_written_to(facts):
    if facts.is_suppressed or not facts.has_consent or not facts.has_valid_address:
        assert not decide(facts).may_send


@given(any_facts)
def test_a_wait_ends_later_within_a_day_and_outside_quiet_hours(facts):
    until = decide(facts).until
    if until is not None:
        assert facts.at < until <= facts.at + timedelta(days=1)
        assert not decide(replace(facts, at=until)).must_wait
