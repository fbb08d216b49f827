import re
import tomllib

from devstack.state import ROOT

REQUIREMENT = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ]+)")


def locked_for_production() -> dict[str, str]:
    """Name → version of everything the project's own dependencies reach in uv.lock."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    packages = {package["name"]: package for package in lock["package"]}
    waiting = list(packages["clinic-crm"]["dependencies"])
    reached: dict[str, str] = {}
    seen = set()
    while waiting:
        wanted = waiting.pop()
        package = packages[wanted["name"]]
        reached[wanted["name"]] = package["version"]
        for extra in ("", *wanted.get("extra", [])):
            if (wanted["name"], extra) not in seen:
                seen.add((wanted["name"], extra))
                waiting += dependencies(package, extra)
    return reached


def dependencies(package: dict, extra: str) -> list[dict]:
    if extra:
        return package["optional-dependencies"][extra]
    return package.get("dependencies", [])


def test_requirements_are_the_locks():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    written = dict(
        match.group("name", "version") for line in lines if (match := REQUIREMENT.match(line))
    )

    assert written == locked_for_production(), (
        "uv export --no-hashes --no-default-groups --no-header --no-annotate writes it anew"
    )
