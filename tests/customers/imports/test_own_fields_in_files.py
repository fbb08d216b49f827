"""A clinic's own fields as columns of a customers' file."""

import io

import pytest

from customers.files.headers import guess_mapping
from customers.models import Customer, CustomerChange
from customers.services import imports
from customers.services.custom_fields import save_field
from customers.services.imports.shapes import shape_in_clinic
from tests.customers.imports.conftest import AT, bring_in, counts, problems, upload
from tests.factories.customers import IdentityFactory

HEADER = "id,name,Shoe size,VIP since,Blood,Glasses,Motto\n"


@pytest.fixture
def own(clinic, owner):
    for label, kind, more in (
        ("Shoe size", "number", {}),
        ("VIP since", "date", {}),
        ("Blood", "choice", {"choices": ["A", "B", "0"]}),
        ("Glasses", "yes_no", {}),
        ("Motto", "text", {}),
    ):
        save_field(field=None, label=label, kind=kind, by=owner, **more)


def test_own_fields_are_guessed_read_and_kept_by_type(own):
    done = bring_in(f'{HEADER}C1,Ann,"38.5",2020年3月5日,A,是,carpe diem\n')

    assert counts(done) == (1, 0, 0, 0)
    assert Customer.objects.get().custom == {
        "shoe_size": 38.5, "vip_since": "2020-03-05", "blood": "A", "glasses": True,
        "motto": "carpe diem",
    }  # fmt: skip
    assert not CustomerChange.objects.exists()  # what somebody is created with is no change


def test_blank_cell_says_nothing_and_the_same_file_changes_nothing(own):
    content = f"{HEADER}C1,Ann,38,2020-03-05,A,yes,x\n"
    bring_in(content)

    again = bring_in(content)
    other = bring_in(f"{HEADER}C1,Ann,39,,,,\n")

    assert (counts(again), counts(other)) == ((0, 0, 1, 0), (0, 1, 0, 0))
    assert Customer.objects.get().custom["shoe_size"] == 39
    assert Customer.objects.get().custom["blood"] == "A"
    [change] = CustomerChange.objects.all()
    assert (change.field, change.old, change.new) == ("custom.shoe_size", "38", "39")


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ("C1,Ann,large,,,,", "custom.shoe_size", "number_invalid"),
        ("C1,Ann,=1+1,,,,", "custom.shoe_size", "formula"),
        ("C1,Ann,,2020-02-30,,,", "custom.vip_since", "date_impossible"),
        ("C1,Ann,,,AB,,", "custom.blood", "custom_value_invalid"),
        ("C1,Ann,,,,maybe,", "custom.glasses", "boolean_unknown"),
        (f"C1,Ann,,,,,{'x' * 501}", "custom.motto", "custom_value_invalid"),
    ],
)
def test_wrong_value_is_refused_by_column(own, row, field, code):
    done = bring_in(f"{HEADER}{row}\n")

    assert problems(done) == [(2, field, code)]
    [(_line, label, words)] = imports.problem_lines(done, done.problems.all())
    assert label in HEADER and len(words) > 15
    out = io.StringIO()
    imports.write_error_file(done, out)
    assert label in out.getvalue()


def test_taking_it_back_restores_own_values(own):
    bring_in(f"{HEADER}C1,Ann,38,,,,\n")
    done = bring_in(f"{HEADER}C1,Ann,39,2020-03-05,,,\n")

    imports.ask_for_revert(import_file=done, by=None, in_background=False)
    imports.work(import_id=done.pk, at=AT)

    assert Customer.objects.get().custom == {"shoe_size": 38}


def test_field_that_was_put_aside_is_named_when_the_file_is_run(own, owner):
    from customers.models import CustomField

    stored = upload(f"{HEADER}C1,Ann,38,,,,\n")
    CustomField.objects.filter(key="shoe_size").update(is_active=False)
    imports.ask_for_import(import_file=stored, by=None, in_background=False)
    imports.work(import_id=stored.pk, at=AT)

    stored.refresh_from_db()
    assert (stored.state, stored.report["failed"][0][0]) == ("failed", "mapping_unknown_field")


@pytest.mark.parametrize(
    ("label", "key", "headers"),
    [
        ("Postcode", "", ["postcode", "ZIP", "邮编", "Postal code"]),
        ("省份", "state", ["State", "province", "省"]),
        ("soc_sec_id", "", ["soc_sec_id", "SSN", "身份证号", "Passport No."]),
        ("身份证", "id_card", ["身份证号码", "soc sec id"]),
        ("Company", "", ["单位", "Employer"]),
        ("最爱的花", "", ["最爱的花"]),
    ],
)
def test_headers_of_what_clinics_often_add_are_guessed(clinic, owner, label, key, headers):
    made = save_field(field=None, label=label, kind="text", by=owner, key=key)

    for header in headers:
        [guess] = guess_mapping([header], shape_in_clinic("customers"))
        assert guess.field == f"custom.{made.key}", header


def test_own_field_never_takes_a_header_of_ours(clinic, owner):
    save_field(field=None, label="Phone", kind="text", by=owner)

    guesses = guess_mapping(["id", "name", "phone"], shape_in_clinic("customers"))

    assert [guess.field for guess in guesses] == ["external_id", "name", "phone"]


def test_other_clinics_fields_are_not_offered(own, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        names = [field.name for field in shape_in_clinic("customers").fields]

    assert not [name for name in names if name.startswith("custom.")]


def test_file_without_own_fields_leaves_them_alone(own):
    customer = IdentityFactory(
        source="file", external_id="C1", customer__custom={"motto": "x"}
    ).customer

    bring_in("id,name\nC1,Ann\n")

    customer.refresh_from_db()
    assert (customer.name, customer.custom) == ("Ann", {"motto": "x"})
