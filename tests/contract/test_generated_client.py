"""A client generated from the schema talks to a running server: what integrators will do."""

import importlib
import subprocess
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

pytest.importorskip("openapi_python_client")
pytestmark = [pytest.mark.contract, pytest.mark.django_db(transaction=True)]

PACKAGE = "clinic_crm_api_client"


@pytest.fixture
def generated(live_server, key, schema, tmp_path, monkeypatch) -> SimpleNamespace:
    """The generated package, with a client signed in by the key."""
    config = tmp_path / "config.yml"
    config.write_text("post_hooks: []\n")  # nobody reads it, so nobody need format it
    made = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(schema),
         "--config", str(config), "--meta", "none", "--fail-on-warning",
         "--output-path", str(tmp_path / PACKAGE)],
        capture_output=True, text=True, timeout=180, cwd=tmp_path,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout[-3000:] + made.stderr[-3000:]
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module
    yield SimpleNamespace(
        client=module(PACKAGE).AuthenticatedClient(base_url=live_server.url, token=key),
        models=module(f"{PACKAGE}.models"),
        call=lambda tag, name: module(f"{PACKAGE}.api.{tag}.{name}").sync_detailed,
        types=module(f"{PACKAGE}.types"),
    )
    for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
        del sys.modules[name]


def test_a_generated_client_writes_reads_and_understands_errors(generated):
    client, models = generated.client, generated.models

    created = generated.call("customers", "customers_upsert")(
        client=client,
        body=models.CustomerIn(source="booking", external_id="G-1", name="李雷",
                               phones=["13900139000"]),
        idempotency_key="first",
    )  # fmt: skip
    assert created.status_code == 201
    assert (created.parsed.external_id, created.parsed.state) == ("G-1", "created")

    found = generated.call("customers", "customers_read")(created.parsed.id, client=client)
    assert (found.parsed.name, found.parsed.phones) == ("李雷", ["+8613900139000"])
    named = generated.call("customers", "customers_find")("booking", "G-1", client=client)
    assert named.parsed.id == created.parsed.id

    missing = generated.call("customers", "customers_find")("booking", "nobody", client=client)
    assert missing.status_code == 404
    assert isinstance(missing.parsed, models.Problem)
    assert missing.parsed.errors[0].code == "not_found"

    refused = generated.call("sales", "sales_upsert")(
        client=client,
        body=models.SaleIn(source="booking", external_id="G-S", customer_external_id="G-1",
                           net_minor=5, currency="USD", occurred_at=datetime.now(UTC)),
    )  # fmt: skip
    assert refused.status_code == 400
    assert refused.parsed.errors[0].pointer == "#/currency"


def test_a_generated_client_sends_many_and_reads_them_page_by_page(generated):
    client, models = generated.client, generated.models
    items = [models.CustomerItem(external_id=f"B-{n}", name=f"客户{n}") for n in range(5)]
    items.append(models.CustomerItem(external_id="B-5", name="X", phones=["12"]))

    sent = generated.call("customers", "customers_bulk_upsert")(
        client=client, body=models.CustomerBulkIn(source="booking", items=items)
    )

    assert sent.status_code == 207
    assert (sent.parsed.n_created, sent.parsed.n_refused) == (5, 1)
    assert sent.parsed.results[5].errors[0].pointer == "#/items/5/phones"
    listed, cursor, has_more = [], generated.types.UNSET, True
    while has_more:
        page = generated.call("customers", "customers_list")(
            client=client, limit=2, cursor=cursor
        ).parsed
        listed += [customer.name for customer in page.results]
        cursor, has_more = page.next_cursor, page.has_more
    assert {f"客户{n}" for n in range(5)} < set(listed)
    assert len(listed) == len(set(listed)) == 6  # five, and the one of the examples


def test_a_generated_client_reads_the_booking_card_and_every_list(generated):
    client = generated.client
    card = generated.call("booking_cards", "booking_cards_find")(
        "booking", "C-1007", client=client
    ).parsed

    assert (card.name, card.warnings.has_allergy, card.tier) == ("王小明", False, None)
    for tag, name, n in (
        ("appointments", "appointments_list", 1), ("sales", "sales_list", 1),
        ("treatments", "treatments_list", 1), ("deletions", "deletions_list", 0),
    ):  # fmt: skip
        page = generated.call(tag, name)(client=client)
        assert (page.status_code, len(page.parsed.results)) == (200, n), name
