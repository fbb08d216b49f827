"""The log of erasures beside the database: an old backup does not know of them.

One line of JSON an erasure, digests and numbers only, in `MEDIA_ROOT/erasures/<clinic>.jsonl`. It
must be kept where a restore of the database does not reach it (docs/operations.md).
"""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.conf import settings

FOLDER = "erasures"


def log_path(clinic_id: int) -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER / f"{clinic_id}.jsonl"


def note_erasure(
    clinic_id: int, customer_id: int, digests: Mapping[str, str], key_mark: str, at: datetime
) -> None:
    path = log_path(clinic_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = {
        "customer": customer_id,
        "erased_at": at.isoformat(),
        "key": key_mark,
        "digests": dict(digests),
    }
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())
