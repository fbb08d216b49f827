import csv
import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from analytics.exceptions import ExperimentRefused
from analytics.experiment_files.refusals import in_words, message
from analytics.experiment_files.sentences import sentences
from analytics.services.experiments import Loaded, import_experiment
from tenancy.management.clinic_command import ClinicCommand
from tenancy.models import Clinic

SHOWN_REFUSALS = 20


class Command(ClinicCommand):
    """The file, the mapping and the JSON are told in docs/experiments.md."""

    help = "Load a past experiment from a file, one row a customer, and read it out."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV, TSV, XLSX, also gzipped")
        parser.add_argument("--mapping", type=Path, metavar="FILE.json", help="default: guessed")
        parser.add_argument("--name", default="", help="default: the name of the file")
        parser.add_argument("--json", action="store_true", help="for machines: nothing rounded")
        parser.add_argument(
            "--errors", type=Path, metavar="FILE.csv", help="where to write the refused rows"
        )

    def work(self, clinic: Clinic, **options: Any) -> None:
        try:
            loaded = import_experiment(
                path=options["file"],
                name=options["name"],
                mapping=_mapping(options["mapping"]),
                at=timezone.now(),
            )
        except ExperimentRefused as refusal:
            if options["json"]:
                told = {"error": {"code": refusal.code, "message": refusal.message}}
                self.stdout.write(json.dumps(told, ensure_ascii=False))
            raise
        if options["errors"]:
            _write_errors(loaded, options["errors"])
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(loaded), ensure_ascii=False, indent=2))
        else:
            self._tell(loaded)

    def _tell(self, loaded: Loaded) -> None:
        result, file = loaded.experiment.result, loaded.file
        rows = result["rows"]
        self.stdout.write(
            f"«{loaded.experiment.name}» {loaded.status}: {rows['read']:,} rows read, "
            f"{rows['used']:,} used, {rows['refused']:,} refused."
        )
        for guess in file.chosen.guesses:
            self.stdout.write(f"Guessed. {guess}")
        if result["control"]:
            said = "" if file.mapping.options.control else "Guessed. "
            self.stdout.write(f"{said}Control: «{result['control']}».")
        self._refusals(loaded)
        self.stdout.write("")
        for line in _table(result):
            self.stdout.write(line)
        self._checks(result)
        self.stdout.write("")
        for sentence in sentences(result):
            self.stdout.write(sentence)

    def _refusals(self, loaded: Loaded) -> None:
        for reason in loaded.experiment.result["rows"]["reasons"]:
            where = f"column «{reason['column']}»" if reason["column"] else "whole row"
            self.stdout.write(f"  {reason['n']:,} × {where}: {in_words(reason['code'])}")
        for one in loaded.file.refused[:SHOWN_REFUSALS]:
            where = f", column «{one.column}»" if one.column else ""
            self.stdout.write(f"  row {one.row}{where}: {message(one)}")
        if (n_more := len(loaded.file.refused) - SHOWN_REFUSALS) > 0:
            self.stdout.write(f"  … and {n_more:,} more; --errors writes them all")

    def _checks(self, result: dict[str, Any]) -> None:
        split, balance = result["split"], result["balance"]
        if split:
            plan = "planned" if split["is_plan_given"] else "equal"
            state = "BROKEN" if split["is_broken"] else "fits"
            self.stdout.write(f"Split against {plan} shares: {state}, p = {split['p_value']:.3g}.")
        if balance and balance["degrees_of_freedom"]:
            state = "BROKEN" if balance["is_broken"] else "balanced"
            worst = balance["differences"][0]
            self.stdout.write(
                f"Traits before: {state}, joint p = {balance['p_value']:.3g}; largest difference "
                f"{worst['smd']:+.3f} standard deviations («{worst['trait']}»)."
            )


def _table(result: dict[str, Any]) -> list[str]:
    """Every arm and outcome, and the difference to the control where there is one."""
    effects = {(one["arm"], one["outcome"]): one for one in result["effects"]}
    lines = [f"{'arm':<24} {'outcome':<16} {'n':>8} {'value':>12}  difference (95 %), p, verdict"]
    for arm in result["arms"]:
        name = arm["name"] or "everybody"
        for outcome, rate in arm["outcomes"].items():
            said = "–" if rate["rate"] is None else f"{100 * rate['rate']:.2f} %"
            lines.append(_line(name, outcome, arm["n"], said, effects.get((arm["name"], outcome))))
        for outcome, money in arm["money"].items():
            said = "–" if money["mean"] is None else f"{money['mean']:,.4f}"
            lines.append(_line(name, outcome, arm["n"], said, effects.get((arm["name"], outcome))))
    return lines


def _line(arm: str, outcome: str, n: int, said: str, effect: dict[str, Any] | None) -> str:
    line = f"{arm[:24]:<24} {outcome[:16]:<16} {n:>8,} {said:>12}"
    if effect is None or effect["low"] is None:
        return line
    scale, unit = (100, " points") if effect["kind"] == "rate" else (1, "")
    low, high = effect["low"] * scale, effect["high"] * scale
    return (
        f"{line}  {effect['difference'] * scale:+.3f}{unit} ({low:+.3f} to {high:+.3f}), "
        f"p = {effect['p_value']:.2g}, corrected {effect['p_corrected']:.2g}: "
        f"{effect['verdict'].replace('_', ' ')}"
    )


def _as_json(loaded: Loaded) -> dict[str, Any]:
    experiment, file = loaded.experiment, loaded.file
    result = dict(experiment.result)
    result["rows"] = result["rows"] | {
        "refusals": [
            {"row": one.row, "column": one.column, "value": one.value, "code": one.code,
             "message": message(one)}
            for one in file.refused
        ]
    }  # fmt: skip
    return {
        "format": result.pop("format"),
        "experiment": {
            "id": experiment.pk,
            "name": experiment.name,
            "file": experiment.file_name,
            "sha256": experiment.digest,
            "status": loaded.status,
        },
        "guessed": list(file.chosen.guesses),
        "sentences": sentences(result),
        **result,
    }


def _write_errors(loaded: Loaded, path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "column", "value", "reason"])
        for one in loaded.file.refused:
            writer.writerow([one.row, one.column or "", one.value, message(one)])


def _mapping(path: Path | None) -> Any:
    if path is None:
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise CommandError(f"{path} is no JSON file: {error}") from None
