"""The API keeps what its schema promises, tried by schemathesis against a running server.

It stands in the dependency group `contract`, which the plain test run does not install:

    uv sync --inexact --group contract && ./dev test -n0 -m contract
"""

import os
import subprocess
import sys

import pytest

from tenancy.roles import API_SCOPES
from tenancy.scope import clinic_scope
from tenancy.services.keys import create_api_key
from tests.factories.tenancy import ClinicFactory

pytest.importorskip("schemathesis")
pytestmark = [pytest.mark.contract, pytest.mark.django_db(transaction=True)]

# A well-formed record may still break a rule (an unknown customer, a refund too high).
LEFT_OUT = "positive_data_acceptance"


def test_the_api_keeps_its_schema(live_server, transactional_db):
    clinic = ClinicFactory(slug="contract")
    with clinic_scope(clinic.pk):
        key, _record = create_api_key(name="contract", scopes=list(API_SCOPES))
    command = [
        sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run",
        f"{live_server.url}/api/schema/", "--header", f"Authorization: Bearer {key}",
        "--checks", "all", "--exclude-checks", LEFT_OUT, "--max-examples", os.environ.get("CONTRACT_EXAMPLES", "30"),
        "--generation-deterministic", "--no-color",
    ]  # fmt: skip

    done = subprocess.run(
        command, capture_output=True, text=True, timeout=1500, env={**os.environ, "NO_PROXY": "*"}
    )

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
