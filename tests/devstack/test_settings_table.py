import re

from devstack.state import ROOT


def test_every_setting_is_documented():
    settings = (ROOT / "clinic_crm" / "settings.py").read_text()
    read = set(re.findall(r'(?:_read\w*|env\.\w+)\(\s*"([A-Z][A-Z_]+)"', settings))
    documented = set(
        re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    )

    assert read == documented
