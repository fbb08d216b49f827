from datetime import date

import pytest

from customers.models import Consent, ContactPoint, Customer, Identity
from tests.customers.imports.conftest import bring_in, counts, do, problems, upload

HEADER = "编号,姓名,手机,性别,生日,来源,标签\n"


def test_row_becomes_customer_with_everything_the_file_says(clinic):
    done = bring_in(HEADER + "C1,王小明,138 0013 8000,男,1990年3月5日,小红书,VIP、敏感肌\n")

    made = Customer.objects.get()
    assert counts(done) == (1, 0, 0, 0)
    assert (made.name, made.gender, made.birth_on) == ("王小明", "male", date(1990, 3, 5))
    assert made.acquisition_source == "小红书"
    assert list(made.contact_points.values_list("value", flat=True)) == ["+8613800138000"]
    assert sorted(made.tag_links.values_list("tag__name", flat=True)) == ["VIP", "敏感肌"]
    assert list(made.identities.values_list("source", "external_id")) == [("file", "C1")]


def test_same_file_again_changes_nothing(clinic):
    content = HEADER + "C1,王小明,13800138000,,,,\nC2,李静,13900139000,女,,,VIP\n"
    bring_in(content)
    stamps = list(Customer.objects.values_list("pk", "updated_at"))

    again = bring_in(content)

    assert counts(again) == (0, 0, 2, 0)
    assert list(Customer.objects.values_list("pk", "updated_at")) == stamps


def test_normalised_cells_are_counted_by_kind(clinic):
    rows = "C1,王小明,138 0013 8000,,1990年3月5日,,\nC2,李静,13900139000,,1991-01-02,,\n"

    done = bring_in(HEADER + rows)

    assert done.report["normalised"] == {"phones": 1, "dates": 1}


@pytest.mark.parametrize(
    "written", ["1990-03-05", "1990/3/5", "1990年3月5日", "5 Mar 1990", "19900305"]
)
def test_date_in_five_formats_is_one_day(clinic, written):
    bring_in(f"id,name,birthday\nC1,Ann,{written}\n")

    assert Customer.objects.get().birth_on == date(1990, 3, 5)


def test_date_that_reads_two_ways_is_refused_until_the_order_is_chosen(clinic):
    content = "id,name,birthday\nC1,Ann,03/04/1990\n"

    refused = bring_in(content)
    chosen = bring_in(content, mapping={"options": {"day_first": True}})

    assert problems(refused) == [(2, "birth_on", "date_ambiguous")]
    assert counts(chosen) == (1, 0, 0, 0)
    assert Customer.objects.get().birth_on == date(1990, 4, 3)


def test_every_bad_cell_of_a_row_is_named_and_good_rows_go_on(clinic):
    rows = "C1,,1.38E+10,飞机,1990-02-31,,\nC2,李静,13900139000,女,,,\n"

    done = bring_in(HEADER + rows)

    assert counts(done) == (1, 0, 0, 1)
    assert problems(done) == [
        (2, "phone", "phone_scientific"),
        (2, "gender", "gender_unknown"),
        (2, "birth_on", "date_impossible"),
    ]
    assert [p.row for p in done.problems.all()] == [
        ["C1", "", "1.38E+10", "飞机", "1990-02-31", "", ""],
        [],
        [],
    ]


def test_same_id_with_other_details_is_refused_with_the_first_line(clinic, small_chunks):
    small_chunks(1)

    done = bring_in("id,name\nC1,Ann\nC2,Bea\nC1,Anna\n")

    assert counts(done) == (2, 0, 0, 1)
    assert problems(done) == [(4, "external_id", "duplicate_id")]
    assert done.problems.get().params == {"line": 2}
    assert Customer.objects.filter(name="Ann").count() == 1


def test_same_row_twice_is_unchanged(clinic):
    done = bring_in("id,name\nC1,Ann\nC1,Ann\n")

    assert counts(done) == (1, 0, 1, 0)


def test_row_without_number_is_known_by_its_contact_and_name(clinic):
    content = "name,phone\n王小明,13800138000\n王大明,13800138000\n"
    bring_in(content)

    again = bring_in(content)

    assert counts(again) == (0, 0, 2, 0)  # a family shares a phone: two customers
    assert sorted(Identity.objects.values_list("external_id", flat=True)) == [
        "+8613800138000 王大明",
        "+8613800138000 王小明",
    ]


def test_row_with_nothing_to_know_it_by_is_refused(clinic):
    done = bring_in("name,phone\nAnn,\n")

    assert problems(done) == [(2, "external_id", "identity_missing")]


def test_consent_counts_only_for_the_channels_of_the_row(clinic):
    bring_in("id,name,email,phone,optin\nC1,Ann,a@mail.example,,yes\n")

    assert list(Consent.objects.values_list("purpose", "channel")) == [("marketing", "email")]


def test_blank_cell_says_nothing(clinic):
    bring_in("id,name,email\nC1,Ann,a@mail.example\n")

    again = bring_in("id,name,email\nC1,Ann,\n")

    assert counts(again) == (0, 0, 1, 0)
    assert ContactPoint.objects.count() == 1


def test_formula_in_a_name_stays_text(clinic):
    bring_in('id,name\nC1,"=HYPERLINK(""http://x"")"\n')

    assert Customer.objects.get().name == '=HYPERLINK("http://x")'


def test_chinese_family_and_given_name_are_joined_without_space(clinic):
    bring_in("id,姓,名\nC1,王,小明\n")

    assert Customer.objects.get().name == "王小明"


def test_unknown_consultant_is_left_out_and_said(clinic):
    done = bring_in("id,name,consultant\nC1,Ann,Nobody\n")

    assert counts(done) == (1, 0, 0, 0)
    [(n_rows, line, _message)] = done.report["remarks"].values()
    assert (n_rows, line) == (1, 2)


def test_dry_run_says_what_would_be_and_keeps_nothing(clinic):
    bring_in("id,name\nC1,Ann\nC2,Bea\n")
    stored = upload("id,name,birthday\nC1,Anna,\nC2,Bea,\nC3,Cyn,\nC4,Dee,31/31/1990\n")

    tried = do(stored, dry=True)

    assert (tried.state, counts(tried)) == ("checked", (1, 1, 1, 1))
    assert problems(tried) == [(5, "birth_on", "date_impossible")]
    assert sorted(Customer.objects.values_list("name", flat=True)) == ["Ann", "Bea"]

    done = do(stored)

    assert (done.state, counts(done)) == ("done", (1, 1, 1, 1))
    assert problems(done) == [(5, "birth_on", "date_impossible")]


def test_two_clinics_with_the_same_ids_do_not_meet(clinic, other_clinic, in_clinic):
    bring_in("id,name\nC1,Ann\n")
    with in_clinic(other_clinic):
        done = bring_in("id,name\nC1,Bea\n")
        assert counts(done) == (1, 0, 0, 0)
        assert Customer.objects.get().name == "Bea"

    assert Customer.objects.get().name == "Ann"
