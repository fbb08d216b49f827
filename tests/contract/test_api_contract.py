"""The API keeps what its schema promises, tried by schemathesis against a running server.

It stands in the dependency group `contract`, which the plain test run does not install:

    uv sync --inexact --group contract && ./dev test -n0 -m contract

CONTRACT_EXAMPLES says how hard it tries (default 15 a route, some minutes).
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("schemathesis")
pytestmark = [pytest.mark.contract, pytest.mark.django_db(transaction=True)]

CONFIG = Path(__file__).with_name("schemathesis.toml")
MOST_SECONDS = 1800


def test_the_api_keeps_its_schema(live_server, key, schema, tmp_path):
    command = [
        sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
        "--config-file", str(CONFIG), "run", str(schema), "--url", live_server.url,
        "--header", f"Authorization: Bearer {key}", "--checks", "all", "--request-timeout", "60",
        "--max-examples", os.environ.get("CONTRACT_EXAMPLES", "15"),
        "--generation-deterministic", "--no-color",
    ]  # fmt: skip

    done = subprocess.run(
        command, capture_output=True, text=True, timeout=MOST_SECONDS, cwd=tmp_path,
        env={**os.environ, "NO_PROXY": "*"},
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
