import gettext

import pytest

from devstack import catalogues
from devstack.errors import DevError

HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""


@pytest.fixture
def part(tmp_path):
    def write(name: str, body: str):
        path = tmp_path / "locale" / "zh_Hans" / "parts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + body)

    return write


def fault_of(root) -> str:
    with pytest.raises(DevError) as failure:
        catalogues.build(root)
    return failure.value.output


def test_parts_become_one_compiled_catalogue(tmp_path, part):
    part("care.po", 'msgid "Task"\nmsgstr "任务"\n')
    part("loyalty.po", 'msgid "Task"\nmsgstr "任务"\n\nmsgid "Points"\nmsgstr "积分"\n')

    assert catalogues.build(tmp_path) == "2 messages, 1 language"

    with (tmp_path / "locale/zh_Hans/LC_MESSAGES/django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert [compiled.gettext(text) for text in ("Task", "Points")] == ["任务", "积分"]


def test_plurals_and_contexts_survive_the_merge(tmp_path, part):
    part("care.po", 'msgctxt "verb"\nmsgid "Call"\nmsgstr "致电"\n')
    part(
        "loyalty.po",
        'msgctxt "noun"\nmsgid "Call"\nmsgstr "通话"\n\n'
        '#, python-format\nmsgid "%(n)s point"\nmsgid_plural "%(n)s points"\n'
        'msgstr[0] "%(n)s 积分"\n',
    )

    catalogues.build(tmp_path)

    with (tmp_path / "locale/zh_Hans/LC_MESSAGES/django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.pgettext("verb", "Call") == "致电"
    assert compiled.pgettext("noun", "Call") == "通话"
    assert compiled.ngettext("%(n)s point", "%(n)s points", 5) == "%(n)s 积分"


def test_different_translations_are_an_error_naming_both_files(tmp_path, part):
    part("care.po", 'msgid "Task"\nmsgstr "任务"\n')
    part("loyalty.po", 'msgid "Task"\nmsgstr "工作"\n')

    assert fault_of(tmp_path) == (
        "«Task» is «任务» in zh_Hans/parts/care.po and «工作» in zh_Hans/parts/loyalty.po"
    )


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('msgid "Task"\nmsgstr ""\n', "«Task» has no translation"),
        ('#, fuzzy\nmsgid "Task"\nmsgstr "任务"\n', "«Task» is marked fuzzy"),
        (
            '#, python-format\nmsgid "%(n)s tasks"\nmsgstr "%(m)s 个任务"\n',
            "«%(n)s tasks» unknown named placeholder 'm'",
        ),
    ],
)
def test_unfinished_translation_is_named(tmp_path, part, body, fault):
    part("care.po", body)

    assert f"zh_Hans/parts/care.po: {fault}" in fault_of(tmp_path)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('msgid "Task"\nmsgstr "任务\n', "line 7 is no whole line of a .po file"),
        ('msgid "Task"\nmsgstr 任务\n', "line 7 is no whole line of a .po file"),
        ('<<<<<<< ours\nmsgid "Task"\nmsgstr "任务"\n', "cannot be read"),
    ],
)
def test_ill_formed_part_is_named(tmp_path, part, body, fault):
    part("care.po", body)

    assert fault_of(tmp_path).startswith(f"zh_Hans/parts/care.po: {fault}")
