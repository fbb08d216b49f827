"""Loading an experiment from a file: read, checked, kept once a file."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from analytics.exceptions import ExperimentRefused
from analytics.experiment_files.reading import ExperimentFile, read_experiment
from analytics.experiment_files.result import result_of
from analytics.models import Experiment
from tenancy.models import Membership

IMPORTED, REPLACED, UNCHANGED = "imported", "replaced", "unchanged"
MOST_KEPT_REFUSALS = 200


@dataclass(frozen=True)
class Loaded:
    """status: imported, replaced (the same file says something else, by another mapping or
    because it is read better than it was) or unchanged."""

    experiment: Experiment
    status: str
    file: ExperimentFile


@transaction.atomic
def import_experiment(
    *, path: Path, name: str = "", mapping: Any = None, by: Membership | None = None, at: datetime
) -> Loaded:
    """Read a file and keep what it says. Raises ExperimentRefused, saying what to do."""
    digest = _digest(path)
    file = read_experiment(path, name=path.name, mapping=mapping)
    kept = Experiment.objects.select_for_update().filter(digest=digest).first()
    result, asked = result_of(file), mapping or {}
    if kept and kept.mapping == asked and kept.result == json.loads(json.dumps(result)):
        return Loaded(kept, UNCHANGED, file)
    experiment = kept or Experiment(digest=digest)
    experiment.name = (name or file.mapping.options.name or path.stem)[:200]
    experiment.file_name = path.name[:255]
    experiment.mapping, experiment.result = asked, result
    experiment.n_read, experiment.n_used = file.n_read, len(file.arm)
    experiment.refused = [
        {"row": one.row, "column": one.column, "code": one.code}
        for one in file.refused[:MOST_KEPT_REFUSALS]
    ]
    experiment.imported_by, experiment.imported_at = by, at
    experiment.save()
    return Loaded(experiment, REPLACED if kept else IMPORTED, file)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ExperimentRefused(
            _("%(file)s cannot be read: %(why)s.") % {"file": path, "why": error.strerror}
        ) from None
