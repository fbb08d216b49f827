from datetime import UTC, datetime

import pytest

from customers.models import Customer, Sale, SaleLine
from customers.services.intake import sale_lines
from tests.customers.imports.conftest import bring_in, counts, do, problems, upload
from tests.factories.customers import TreatmentFactory

HEADER = "invoice,customer id,date,item,quantity,price\n"


def rows(*lines: str) -> str:
    return HEADER + "".join(f"{line}\n" for line in lines)


def net(external_id: str) -> int:
    return Sale.objects.get(external_id=external_id).net_minor


@pytest.fixture
def ann(clinic):
    bring_in("id,name\nC1,Ann\nC2,Bea\n")
    return Customer.objects.get(name="Ann")


def test_rows_of_one_invoice_are_the_lines_of_one_sale(ann):
    done = bring_in(
        rows("S1,C1,2026-04-01 10:30,Peel,2,100", "S1,C1,2026-04-01 10:31,Cream,1,58.50"), "sales"
    )

    sale = Sale.objects.get()
    assert counts(done) == (1, 0, 0, 0)
    assert (sale.customer, sale.kind, sale.net_minor, sale.currency) == (ann, "sale", 25850, "CNY")
    assert sale.occurred_at == datetime(2026, 4, 1, 2, 30, tzinfo=UTC)  # 10:30 in Shanghai
    lines = sale.lines.values_list("item_name", "quantity", "net_minor")
    assert list(lines) == [("Peel", 2, 20000), ("Cream", 1, 5850)]


@pytest.mark.parametrize("n_rows", [1, 2, 3, 100])
def test_scattered_rows_of_an_invoice_meet_across_chunks(ann, small_chunks, n_rows):
    small_chunks(n_rows)
    content = rows(
        "S1,C1,2026-04-01,Peel,1,100",
        "S2,C2,2026-04-02,Peel,1,70",
        "S3,C1,2026-04-03,Cream,1,10",
        "S1,C1,2026-04-01,Cream,1,50",
        "S2,C2,2026-04-02,Cream,1,5",
    )

    done = bring_in(content, "sales")
    again = bring_in(content, "sales")

    assert (net("S1"), net("S2"), net("S3")) == (15000, 7500, 1000)
    assert (counts(done), done.n_rows) == ((3, 0, 0, 0), 5)
    assert counts(again) == (0, 0, 3, 0)


def test_sum_below_zero_is_a_refund_of_no_sale(ann):
    bring_in(rows("C536,C1,2026-04-01,Peel,-2,100"), "sales")

    refund = Sale.objects.get()
    assert (refund.kind, refund.net_minor, refund.refund_of) == ("refund", -20000, None)


def test_invoice_beginning_with_c_and_paid_is_a_sale(ann):
    bring_in(rows("C2026-7,C1,2026-04-01,Peel,1,100"), "sales")

    assert Sale.objects.get().kind == "sale"


def test_refund_finds_its_sale_even_when_the_newest_stands_first(ann, small_chunks):
    small_chunks(1)
    content = (
        "invoice,customer id,date,amount,refund of\n"
        "R1,C1,2026-04-05,-40,S1\nS1,C1,2026-04-01,100,\n"
    )

    tried = do(upload(content, "sales"), dry=True)
    done = bring_in(content, "sales")

    refund = Sale.objects.get(external_id="R1")
    assert (counts(tried), counts(done)) == ((2, 0, 0, 0), (2, 0, 0, 0))
    assert refund.refund_of == Sale.objects.get(external_id="S1")


def test_one_bad_row_refuses_its_whole_sale_and_no_other(ann):
    done = bring_in(
        rows(
            "S1,C1,2026-04-01,Peel,1,100",
            "S2,C1,2026-04-01,Peel,1,70",
            "S1,C1,2026-04-01,Cream,one,50",
        ),
        "sales",
    )

    assert (counts(done), Sale.objects.get().external_id) == ((1, 0, 0, 2), "S2")
    assert problems(done) == [
        (2, "external_id", "sale_refused"),
        (4, "quantity", "integer_invalid"),
    ]
    assert done.problems.get(line=2).params == {"line": 4}


def test_row_broken_beyond_its_invoice_number_refuses_that_sale(ann):
    done = bring_in(
        rows("S1,C1,2026-04-01,Peel,1,100", "S1,C1,2026-04-01,Cream, white,1,50"), "sales"
    )

    assert counts(done) == (0, 0, 0, 2)
    assert {code for _line, _field, code in problems(done)} == {
        "sale_refused",
        "row_too_many_cells",
    }


def test_sale_of_nobody_is_refused(ann):
    done = bring_in(rows("S1,,2026-04-01,Peel,1,100", "S2,C1,2026-04-01,Peel,1,1"), "sales")

    assert counts(done) == (1, 0, 0, 1)
    assert problems(done) == [(2, "customer_external_id", "customer_missing")]


def test_unknown_customer_is_refused_by_name_where_others_are_known(ann):
    done = bring_in(rows("S1,C9,2026-04-01,Peel,1,100", "S2,C1,2026-04-01,Peel,1,1"), "sales")

    assert done.report["unknown_customers"] == "refuse"
    assert problems(done) == [(2, "customer_external_id", "unknown_customer")]
    assert done.problems.get().params == {"id": "C9", "source": "file"}
    assert "C9" in done.problems.get().message


def test_file_that_knows_nobody_is_the_source_of_customers_too(clinic, small_chunks):
    small_chunks(1)
    content = rows("S1,C9,2026-04-01,Peel,1,100", "S2,C9,2026-03-01,Peel,1,1")

    tried = do(upload(content, "sales"), dry=True)
    done = bring_in(content, "sales")

    made = Customer.objects.get()
    assert tried.report["n_customers_created"] == done.report["n_customers_created"] == 1
    assert (counts(tried), counts(done)) == ((2, 0, 0, 0), (2, 0, 0, 0))
    assert (made.name, list(made.tag_links.values_list("tag__name", flat=True))) == (
        "C9",
        ["From a sales file"],
    )


def test_unknown_customers_can_be_refused_outright(clinic):
    options = {"options": {"unknown_customers": "refuse"}}

    done = bring_in(rows("S1,C9,2026-04-01,Peel,1,100"), "sales", mapping=options)

    assert (counts(done), Customer.objects.count()) == ((0, 0, 0, 1), 0)


def test_one_invoice_of_two_customers_is_refused(ann):
    done = bring_in(rows("S1,C1,2026-04-01,Peel,1,100", "S1,C2,2026-04-01,Peel,1,100"), "sales")

    assert [code for _line, _field, code in problems(done)] == ["several_customers"] * 2


def test_amount_with_sign_and_grouping(ann):
    bring_in('invoice,customer id,date,amount\nS1,C1,2026-04-01,"¥1,280.00"\n', "sales")

    assert net("S1") == 128000


def test_less_paid_than_price_is_a_discount(ann):
    bring_in("单号,客户编号,日期,项目,数量,单价,实收\nS1,C1,2026-04-01,光子,2,680,1000\n", "sales")

    sale = Sale.objects.get()
    assert (sale.gross_minor, sale.discount_minor, sale.net_minor) == (136000, 36000, 100000)


def test_amounts_that_disagree_are_refused(ann):
    content = "invoice,customer id,date,gross,discount,amount\nS1,C1,2026-04-01,100,10,80\n"

    done = bring_in(content, "sales")

    assert problems(done) == [(2, "line_net", "amounts_disagree")]
    assert done.problems.get().params == {
        "gross": "100.00",
        "discount": "10.00",
        "net": "80.00",
    }


def test_line_for_nothing_is_fine(ann):
    bring_in(rows("S1,C1,2026-04-01,Peel,1,100", "S1,C1,2026-04-01,Sample,1,0"), "sales")

    assert (net("S1"), SaleLine.objects.count()) == (10000, 2)


def test_formula_as_a_price_is_refused(ann):
    done = bring_in(rows("S1,C1,2026-04-01,Peel,1,=1+1"), "sales")

    assert problems(done) == [(2, "unit_price", "formula")]


def test_other_currency_than_the_clinics_refuses_the_file(ann):
    stored = upload(rows("S1,C1,2026-04-01,Peel,1,1"), "sales",
                    mapping={"options": {"currency": "USD"}})  # fmt: skip

    done = do(stored)

    assert (done.state, done.report["failed"][0][0]) == ("failed", "import_currency")


def test_customer_is_found_by_phone(ann):
    bring_in("id,name,phone\nC1,Ann,13800138000\n")

    bring_in("invoice,phone,date,amount\nS1,138-0013-8000,2026-04-01,10\n", "sales")

    assert Sale.objects.get().customer == ann


def test_rows_that_lie_too_far_apart_refuse_the_file(ann, monkeypatch):
    from customers.services.imports import plan

    monkeypatch.setattr(plan, "MAX_HELD_CHARS", 1_000)
    lines = [f"S{n % 5},C1,2026-04-01,Peel,1,1" for n in range(10)]

    done = do(upload(rows(*lines), "sales"))
    sorted_done = bring_in(rows(*sorted(lines)[:2]), "sales")

    assert done.report["failed"][0][0] == "import_scattered"
    assert sorted_done.state == "done"


def test_sale_with_too_many_lines_is_refused_with_all_of_its_rows(ann, monkeypatch):
    """Lines are cleaned while the file is read; what is wrong with them is still said."""
    monkeypatch.setattr(sale_lines, "MAX_LINES", 2)
    many = [f"S1,C1,2026-04-01,Peel {n},1,10" for n in range(3)]

    done = bring_in(rows(*many, "S2,C1,2026-04-01,Peel,1,10"), "sales")

    assert counts(done) == (1, 0, 0, 3)
    assert [code for _line, _field, code in problems(done)] == ["too_many"] * 3


def test_lines_find_the_treatments_of_the_catalogue(ann):
    peel = TreatmentFactory(code="P1", name="Peel")

    bring_in(rows("S1,C1,2026-04-01,PEEL,1,10", "S1,C1,2026-04-01,Cream,1,5"), "sales")

    lines = SaleLine.objects.order_by("line_no").values_list("treatment", "item_name")
    assert list(lines) == [(peel.pk, "PEEL"), (None, "Cream")]
