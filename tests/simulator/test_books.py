"""What a clinic sees in its books is consistent with itself."""

import re
import unicodedata

import numpy as np
import pytest


def as_day(instants: np.ndarray) -> np.ndarray:
    return instants.astype("datetime64[D]")


def test_sales_add_up_to_their_lines(world):
    sales, lines = world.sales, world.sale_lines
    by_sale = np.bincount(lines.sale, weights=lines.net_minor, minlength=len(sales))

    assert (sales.net_minor == sales.gross_minor - sales.discount_minor).all()
    assert (by_sale == sales.net_minor).all()
    assert (sales.discount_minor >= 0).all()
    assert (sales.net_minor > 0).all()
    assert (lines.quantity >= 1).all()


def test_refunds_follow_their_sale_and_never_exceed_it(world):
    refunds, sales = world.refunds, world.sales
    paid = sales.net_minor[refunds.sale]

    assert len(refunds) > 20
    assert len(np.unique(refunds.sale)) == len(refunds)
    assert (refunds.amount_minor > 0).all()
    assert (refunds.amount_minor[refunds.is_whole] == paid[refunds.is_whole]).all()
    assert (refunds.amount_minor[~refunds.is_whole] < paid[~refunds.is_whole]).all()
    assert (refunds.occurred_at > sales.occurred_at[refunds.sale]).all()


def test_rows_refer_to_rows_that_exist(world):
    n_customers = len(world.customers)
    for table in (world.sales, world.appointments, world.surveys, world.complaints):
        assert table.customer.min() >= 0
        assert table.customer.max() < n_customers
    assert world.sale_lines.treatment.max() < len(world.treatments)
    with_diary = world.sales.appointment >= 0
    diary = world.appointments.take(world.sales.appointment[with_diary])
    assert (diary.status == "attended").all()
    assert (diary.customer == world.sales.customer[with_diary]).all()
    assert (as_day(diary.starts_at) == as_day(world.sales.occurred_at[with_diary])).all()
    assert (diary.starts_at < world.sales.occurred_at[with_diary]).all()


def test_external_ids_are_unique(world):
    for table in (world.customers, world.appointments, world.sales, world.refunds):
        assert len(np.unique(table.external_id)) == len(table)


def test_nothing_happens_to_a_customer_before_the_record_exists(world):
    created_on = world.customers.created_on
    assert (as_day(world.sales.occurred_at) >= created_on[world.sales.customer]).all()
    assert (world.appointments.booked_on >= created_on[world.appointments.customer]).all()
    assert (world.surveys.answered_on >= created_on[world.surveys.customer]).all()


def test_only_future_appointments_are_booked(world):
    future = as_day(world.appointments.starts_at) > np.datetime64(world.until, "D")
    assert ((world.appointments.status == "booked") == future).all()
    assert 0 < future.sum() < 0.15 * len(world.customers)
    attended = world.appointments.status == "attended"
    assert ((world.appointments.waiting_minutes >= 0) == attended).all()


def test_a_referrer_had_been_at_the_clinic_before_the_newcomer(world):
    customers, sold_on = world.customers, as_day(world.sales.occurred_at)
    person = world.truth.person
    first_day = np.full(person.max() + 1, np.datetime64("2100-01-01"))
    np.minimum.at(first_day, person[world.sales.customer], sold_on)
    referred = np.flatnonzero(customers.referrer >= 0)
    by = customers.referrer[referred]

    assert len(referred) > 0.12 * len(customers)
    assert (customers.source[referred] == world.config.referral_source).all()
    assert (person[by] != person[referred]).all()
    first_record = np.array([np.flatnonzero(person == one)[0] for one in person[referred]])
    assert (first_day[person[by]] < customers.created_on[first_record]).all()


def test_consent_has_an_address_and_a_day(world):
    customers = world.customers
    for consent, given_on, address in (
        (customers.email_consent, customers.email_consent_on, customers.email),
        (customers.sms_consent, customers.sms_consent_on, customers.phone),
    ):
        assert (consent == ~np.isnat(given_on)).all()
        assert (address[consent] != "").all()
        assert 0.5 < consent.mean() < 0.9


def test_emails_are_at_domains_that_belong_to_nobody(world):
    emails = world.customers.email[world.customers.email != ""]
    domains = {email.split("@")[1] for email in emails.tolist()}
    assert domains == {"example.com", "example.net", "example.org"}


def test_phones_come_from_reserved_blocks(world):
    pattern = {
        "zh-hans": r"(\+|00)?(86)?199000\d{3,5}",
        "en": r"(0|(\+|00)440?)(7700900|2079460|1214960|1614960)\d{1,3}",
    }[world.config.language]
    phones = world.customers.phone[world.customers.phone != ""].tolist()
    assert len(phones) > 0.9 * len(world.customers)
    for phone in phones:
        bare = re.sub(r"[^0-9+]", "", unicodedata.normalize("NFKC", phone))
        assert re.fullmatch(pattern, bare), phone


def test_table_with_columns_of_unequal_length_is_refused(world):
    columns = dict(world.branches.columns())
    with pytest.raises(ValueError, match="columns differ in length"):
        type(world.branches)(**{**columns, "name": columns["name"][:-1]})
