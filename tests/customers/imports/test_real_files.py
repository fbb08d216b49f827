"""The real files, where they are at hand."""

import gzip
from itertools import islice

import pytest

from customers.models import Customer, Sale
from customers.services import imports
from tests.customers.imports.conftest import bring_in, counts, do, problems, upload


def test_chinese_customers_are_the_same_in_both_encodings(
    clinic, other_clinic, in_clinic, shared_data
):
    folder = shared_data / "customers"
    facts = ("name", "gender", "birth_on", "acquisition_source", "contact_points__value")

    utf8 = bring_in((folder / "zh_customers.csv").read_bytes())
    of_utf8 = sorted(map(str, Customer.objects.values_list(*facts)))
    with in_clinic(other_clinic):
        gb18030 = bring_in((folder / "zh_customers_gb18030.csv").read_bytes())
        assert sorted(map(str, Customer.objects.values_list(*facts))) == of_utf8
        refused = problems(gb18030)

    assert (utf8.n_rows, counts(utf8)) == (420, (414, 0, 0, 6))
    assert counts(gb18030) == counts(utf8)
    assert refused == problems(utf8)
    assert gb18030.report["normalised"] == utf8.report["normalised"]


def test_first_rows_of_a_real_shop(clinic, shared_data):
    path = shared_data / "sales" / "online_retail_2011.csv.gz"
    with gzip.open(path, "rb") as file:
        content = b"".join(islice(file, 3_001))

    done = bring_in(content, "sales")
    again = bring_in(content, "sales")

    assert done.n_rows == 3_000
    assert {code for _line, _field, code in problems(done)} == {"customer_missing"}
    assert Sale.objects.filter(kind="refund", net_minor__lt=0).exists()
    assert counts(again) == (0, 0, done.n_created, done.n_refused)


def messy_files():
    from tests.customers.files.conftest import SHARED

    folder = SHARED / "messy"
    return sorted(p for p in folder.rglob("*.*") if p.suffix in {".csv", ".xlsx", ".gz"})


@pytest.mark.parametrize("path", messy_files(), ids=lambda path: path.name)
def test_messy_file_is_read_or_refused_in_words(clinic, path):
    """Whatever is in it: a preview, or a reason; never another error."""
    from django.utils import timezone

    try:
        stored = upload(path.read_bytes(), "customers", name=path.name)
    except imports.ImportRefused as refused:
        assert len(refused.message) > 20
        return
    preview = imports.preview_of(stored, clinic=clinic, at=timezone.now())
    done = do(stored)

    assert preview.columns
    assert (done.state == "done") == preview.is_complete
