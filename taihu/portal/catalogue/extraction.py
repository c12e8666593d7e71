"""Find the interface text in Python files and templates."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Message
from django.utils.translation.template import templatize

from taihu.portal.catalogue.fragments import HAN, Entry, Key

PACKAGE = Path(__file__).resolve().parents[2]
TEMPLATE_KINDS = {".html", ".txt", ".xml"}
# function name → (position of the context, of the singular, of the plural)
FUNCTIONS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
TEMPLATE_CALL = re.compile(r"\b(?:_|n?p?gettext)\(.*?\)(?= |$)")


def extract(under: Path = PACKAGE) -> list[Message]:
    """Every message with Han characters below a folder, in order of place, with its places."""
    found: dict[Key, Message] = {}
    for path in sorted(under.rglob("*")):
        if path.suffix == ".py" and "migrations" not in path.parts:
            calls = _python_calls(path.read_text(encoding="utf-8"))
        elif path.suffix in TEMPLATE_KINDS and "templates" in path.parts:
            calls = _template_calls(path.read_text(encoding="utf-8"), str(path))
        else:
            continue
        place = path.relative_to(PACKAGE.parent).as_posix() if path.is_relative_to(PACKAGE.parent) else str(path)
        for line, context, ids in calls:
            if not any(HAN.search(text) for text in ids):
                continue
            message = found.setdefault(
                (context, ids[0]), Message(ids if len(ids) > 1 else ids[0], context=context or None)
            )
            message.locations.append((place, line))
    return list(found.values())


def _python_calls(source: str, first_line: int = 0) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in FUNCTIONS:
            continue
        context_at, singular_at, plural_at = FUNCTIONS[name]
        texts = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
        if len(texts) <= max(singular_at, plural_at or 0, context_at or 0):
            continue
        ids = (texts[singular_at],) if plural_at is None else (texts[singular_at], texts[plural_at])
        context = texts[context_at] if context_at is not None else ""
        if all(isinstance(text, str) for text in ids) and isinstance(context, str):
            yield first_line + node.lineno, context, tuple(str(text) for text in ids)


def _template_calls(source: str, origin: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    for number, line in enumerate(templatize(source, origin=origin).splitlines()):
        for call in TEMPLATE_CALL.finditer(line):
            text = call.group()
            try:
                yield from _python_calls(text, number)
            except SyntaxError as error:
                raise SyntaxError(f"{origin}:{number + 1}: the translated text {text!r} cannot be read") from error


def find_missing(messages: list[Message], entries: dict[Key, Entry]) -> list[Message]:
    """Messages without an English translation."""
    return [m for m in messages if (m.context or "", m.id if isinstance(m.id, str) else m.id[0]) not in entries]
