"""Translations: each area keeps its own part; here the parts become Django's one catalogue.

`locale/<language>/parts/<area>.po` → `locale/<language>/LC_MESSAGES/django.po` and `.mo`.
"""

import re
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

from devstack.errors import DevError

# Babel reads over a missing quote and drops a letter or the whole text; so we look ourselves.
LINE = re.compile(
    r"""\s*(\#.*|((msgctxt|msgid|msgid_plural|msgstr(\[\d+\])?)\s+)?"([^"\\]|\\.)*")?\s*$"""
)

Key = tuple[str | None, str]


@dataclass
class Merged:
    """One language's whole catalogue, and what is wrong with its parts (one line each)."""

    catalogue: Catalog
    faults: list[str] = field(default_factory=list)


def build(root: Path) -> str:
    """Merge and compile every language. Raises DevError naming the file of each fault."""
    faults: list[str] = []
    n_languages = n_messages = 0
    for folder in sorted(root.glob("locale/*/parts")):
        merged = merge(sorted(folder.glob("*.po")), language=folder.parent.name)
        faults += merged.faults
        _write(merged.catalogue, folder.parent / "LC_MESSAGES")
        n_languages += 1
        n_messages += len(merged.catalogue)
    if faults:
        raise DevError(
            f"{len(faults)} faults in the translations.",
            output="\n".join(faults),
            mend="mend the .po parts named above.",
        )
    return f"{n_messages} messages, {n_languages} language{'' if n_languages == 1 else 's'}"


def merge(parts: list[Path], *, language: str) -> Merged:
    """Put the parts together; a text two parts translate differently is a fault naming both."""
    merged = Merged(Catalog(locale=language, charset="utf-8", fuzzy=False))
    origins: dict[Key, tuple[Path, Message]] = {}
    for part in parts:
        for message in _messages(part, language, merged.faults):
            key = (message.context, _first(message.id))
            if key not in origins:
                origins[key] = (part, message)
                merged.catalogue[message.id] = message
            elif origins[key][1].string != message.string:
                merged.faults.append(_conflict(key, *origins[key], part, message))
    return merged


def _messages(part: Path, language: str, faults: list[str]) -> list[Message]:
    """The translated messages of a part; what is empty, fuzzy or ill-formed becomes a fault."""
    try:
        text = part.read_text(encoding="utf-8")
        catalogue = read_po(StringIO(text), locale=language, abort_invalid=True)
    except (PoFileError, ValueError) as error:
        faults.append(f"{_name(part)}: cannot be read: {error}")
        return []
    if odd := [number for number, line in enumerate(text.splitlines(), 1) if not LINE.match(line)]:
        faults.append(f"{_name(part)}: line {odd[0]} is no whole line of a .po file")
        return []
    good = []
    for message in catalogue:
        if not message.id:
            continue  # the header
        problem = _problem(message, catalogue)
        if problem:
            faults.append(f"{_name(part)}: «{_first(message.id)}» {problem}")
        else:
            good.append(message)
    return good


def _problem(message: Message, catalogue: Catalog) -> str:
    forms = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    if not all(forms):
        return "has no translation"
    if message.fuzzy:
        return "is marked fuzzy"
    return "; ".join(str(error) for error in message.check(catalogue))


def _conflict(key: Key, first: Path, one: Message, second: Path, other: Message) -> str:
    return (
        f"«{key[1]}» is «{_first(one.string)}» in {_name(first)} "
        f"and «{_first(other.string)}» in {_name(second)}"
    )


def _first(text: str | list[str] | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]


def _name(part: Path) -> str:
    return "/".join(part.parts[-3:])


def _write(catalogue: Catalog, folder: Path) -> None:
    """Both files, but only when their content changes: a running server watches them."""
    folder.mkdir(exist_ok=True)
    for name, write in (("django.po", write_po), ("django.mo", write_mo)):
        partial = folder / f".{name}"
        with partial.open("wb") as file:
            write(file, catalogue)
        partial.replace(folder / name)
