"""English fragments (`locale/en/<area>.po`), merged and compiled; traditional Chinese generated from the same msgids."""

import re
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import normalize, read_po

from taihu.engines.text.script import traditional as in_traditional

SOURCES = Path(__file__).resolve().parents[1] / "locale"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
HEADER = """msgid ""
msgstr ""
"Language: en\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""
HAN = re.compile(r"[\u3400-\u9fff]")

Key = tuple[str, str]
Plural = str | tuple[str, ...] | list[str] | None


class CatalogueError(Exception):
    """The fragments contradict each other or the text that they translate."""


@dataclass(frozen=True)
class Entry:
    """One translated message and the fragment that holds it; `ids` is `(singular, plural)` where there is a plural."""

    context: str
    ids: tuple[str, ...]
    strings: tuple[str, ...]
    place: str

    @property
    def key(self) -> Key:
        return self.context, self.ids[0]


def _parts(text: Plural) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def read_fragment(path: Path) -> Catalog:
    with path.open("rb") as handle:
        return read_po(handle, locale="en", abort_invalid=True)


def read_entries(folder: Path = SOURCES / "en") -> dict[Key, Entry]:
    """Every finished translation of every fragment; raise where two fragments disagree or placeholders differ."""
    entries: dict[Key, Entry] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.po")):
        for message in read_fragment(path):
            ids, strings = _parts(message.id), _parts(message.string)
            if not all(ids) or not ids or message.fuzzy or not strings or not all(strings):
                continue
            entry = Entry(message.context or "", ids, strings, f"{path.name}:{message.lineno}")
            other = entries.setdefault(entry.key, entry)
            if (other.strings, other.ids) != (entry.strings, entry.ids):
                problems.append(f"{entry.place}: {entry.ids[0]!r} is translated otherwise in {other.place}")
            problems += _misfits(entry)
    if problems:
        raise CatalogueError("\n".join(problems))
    return entries


def _misfits(entry: Entry) -> list[str]:
    wanted = set(PLACEHOLDER.findall(entry.ids[-1]))
    return [
        f"{entry.place}: {entry.ids[0]!r} needs {sorted(wanted)}, its translation has {sorted(found)}"
        for string in entry.strings[-1:]
        if (found := set(PLACEHOLDER.findall(string))) != wanted
    ]


def traditional(entries: dict[Key, Entry], overrides: Path = SOURCES / "zh_Hant" / "overrides.po") -> list[Entry]:
    """The same messages in traditional Chinese with Taiwan's words; `overrides.po` corrects single ones."""
    fixed: dict[Key, str] = {}
    if overrides.exists():
        for message in read_fragment(overrides):
            if message.id and message.string:
                fixed[message.context or "", _parts(message.id)[0]] = _parts(message.string)[0]
    unknown = [key[1] for key in fixed if key not in entries]
    if unknown:
        raise CatalogueError(f"{overrides.name} corrects messages that no longer exist: {unknown}")
    return [
        Entry(entry.context, entry.ids, (fixed.get(entry.key) or in_traditional(entry.ids[-1]),), "generated")
        for entry in entries.values()
        if HAN.search(entry.ids[0])
    ]


def write_catalogue(folder: Path, language: str, entries: list[Entry]) -> None:
    target = folder / language / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True, exist_ok=True)
    catalog = Catalog(locale=language)
    for entry in entries:
        strings = entry.strings if len(entry.ids) > 1 else entry.strings[0]
        catalog.add(entry.ids if len(entry.ids) > 1 else entry.ids[0], strings, context=entry.context or None)
    draft = target.with_suffix(".draft")
    with draft.open("wb") as handle:
        write_mo(handle, catalog)
    draft.replace(target)


def compile_catalogues(folder: Path, sources: Path = SOURCES) -> int:
    """Write `<folder>/<language>/LC_MESSAGES/django.mo`; return how many messages there are."""
    entries = read_entries(sources / "en")
    write_catalogue(folder, "en", list(entries.values()))
    write_catalogue(folder, "zh_Hant", traditional(entries, sources / "zh_Hant" / "overrides.po"))
    return len(entries)


def add_missing(path: Path, missing: list[Message]) -> int:
    """Append untranslated messages to a fragment, to be filled in by hand; return how many are new there."""
    known = {(m.context or "", _parts(m.id)[0]) for m in read_fragment(path)} if path.exists() else set()
    text = path.read_text(encoding="utf-8") if path.exists() else HEADER
    fresh = [m for m in missing if (m.context or "", _parts(m.id)[0]) not in known]
    for message in fresh:
        context = f"msgctxt {normalize(message.context)}\n" if message.context else ""
        singular, *plural = _parts(message.id)
        text += f"\n{context}msgid {normalize(singular)}\n"
        text += f'msgid_plural {normalize(plural[0])}\nmsgstr[0] ""\nmsgstr[1] ""\n' if plural else 'msgstr ""\n'
    path.write_text(text, encoding="utf-8")
    return len(fresh)
