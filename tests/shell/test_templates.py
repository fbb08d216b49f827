"""What holds for every template: strict content security, real icons, complete Chinese."""

import ast
import gettext
import json
import re
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.urls import Resolver404, resolve

from devstack import catalogues

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted(ROOT.glob("templates/**/*.html"))
APPS = ("analytics", "campaigns", "care", "clinic_crm", "customers", "loyalty", "segmentation", "tenancy")  # fmt: skip # noqa: E501
MODULES = sorted(path for app in APPS for path in ROOT.glob(f"{app}/**/*.py"))

# The content security policy refuses all of these, and the page breaks silently.
REFUSED = re.compile(r"""\sstyle=["']|\son[a-z]+=["']|hx-on|javascript:|<style|<script(?![^>]*\s(src=|type="application/json"))""")  # fmt: skip # noqa: E501
ICON = re.compile(r"""\{% icon "([a-z0-9-]+)"|<c-[a-z-]+[^>]*\sicon="([a-z0-9-]+)\"""")
TRANSLATE = re.compile(r"""\{%\s*trans(?:late)?\s+(["'])(.+?)\1(?:\s+context\s+["'](.+?)["'])?""")
ARGUMENT = re.compile(r"""[=: (]_\((["'])(.+?)\1\)""")
BLOCK = re.compile(r"\{%\s*blocktrans(?:late)?\b(.*?)%\}(.*?)\{%\s*endblocktrans", re.DOTALL)
CALLS = {"_": 0, "gettext": 0, "gettext_lazy": 0, "ngettext": 0, "ngettext_lazy": 0, "pgettext": 1, "pgettext_lazy": 1}  # fmt: skip # noqa: E501


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_nothing_the_content_security_policy_refuses(path):
    if "messages" in path.parts:
        pytest.skip("mail needs inline styles and is never served by us")
    assert REFUSED.findall(path.read_text(encoding="utf-8")) == []


LITERAL_ADDRESS = re.compile(r"""\s(?:href|action|hx-get|hx-post)="(/[a-z][^"{#?]*)\"""")


def test_every_address_written_out_leads_somewhere():
    """Most are made by `{% url %}`, which cannot be wrong; the rest must not go stale."""
    written = {
        (relative(path), address)
        for path in TEMPLATES
        for address in LITERAL_ADDRESS.findall(path.read_text(encoding="utf-8"))
        if not address.startswith("/static/")
    }
    assert {pair for pair in written if not leads_somewhere(pair[1])} == set()
    assert not leads_somewhere("/customers/import/")


def leads_somewhere(address: str) -> bool:
    try:
        resolve(address)
    except Resolver404:
        return False
    return True


def test_every_icon_exists():
    built = ROOT / "frontend" / "dist" / "icons.json"
    if not built.exists():
        pytest.skip("the front end is not built")
    known = json.loads(built.read_text(encoding="utf-8"))
    used = {
        (relative(path), first or second)
        for path in TEMPLATES
        for first, second in ICON.findall(path.read_text(encoding="utf-8"))
    }
    assert {pair for pair in used if pair[1] not in known} == set()


@pytest.fixture(scope="module")
def chinese() -> set[str]:
    """Every text with a Chinese translation, ours and Django's; context and text joined by EOT."""
    merged = catalogues.merge(sorted(ROOT.glob("locale/zh_Hans/parts/*.po")), language="zh_Hans")
    texts = set()
    for message in merged.catalogue:
        first = message.id[0] if isinstance(message.id, tuple) else message.id
        texts.add(f"{message.context}\x04{first}" if message.context else first)
    return texts | _djangos()


def _djangos() -> set[str]:
    path = Path(django.__file__).parent / "conf/locale/zh_Hans/LC_MESSAGES/django.mo"
    with path.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog
    return {key if isinstance(key, str) else key[0] for key in catalogue}


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_templates_are_complete_in_chinese(path, chinese):
    assert sorted(set(texts_of_template(path.read_text(encoding="utf-8"))) - chinese) == []


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_modules_are_complete_in_chinese(path, chinese):
    assert sorted(set(texts_of_module(path.read_text(encoding="utf-8"))) - chinese) == []


def texts_of_template(source: str) -> Iterator[str]:
    for _quote, text, context in TRANSLATE.findall(source):
        text = text.replace("%", "%%")
        yield f"{context}\x04{text}" if context else text
    for _quote, text in ARGUMENT.findall(source):
        yield text.replace("%", "%%")
    for options, body in BLOCK.findall(source):
        singular = body.split("{% plural %}")[0].replace("%", "%%")
        if "trimmed" in options.split():
            singular = " ".join(line.strip() for line in singular.strip().splitlines())
        yield re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", singular)


def texts_of_module(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        at = CALLS.get(node.func.id)
        if at is None or len(node.args) <= at or not isinstance(node.args[at], ast.Constant):
            continue
        text = node.args[at].value
        if re.search(r"[\u3400-\u9fff]", text):
            continue  # a language's own name for itself
        yield f"{node.args[0].value}\x04{text}" if at else text
