"""The templates that come with the software: dated examples, each with where it was seen."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources

from taihu.records.cases.procedures.loader import load_procedure
from taihu.records.cases.procedures.tree import Procedure


def shipped_sources() -> dict[str, str]:
    folder = resources.files("taihu.records.cases") / "data" / "procedures"
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".yaml")), key=lambda item: item.name)
    return {item.name: item.read_text("utf-8") for item in files}


@cache
def _shipped(properties: tuple[str, ...] | None) -> tuple[Procedure, ...]:
    return tuple(load_procedure(text, name, properties=properties) for name, text in shipped_sources().items())


def shipped_procedures(properties: Iterable[str] | None = None) -> tuple[Procedure, ...]:
    """Every shipped template, checked; raises ProcedureError."""
    return _shipped(None if properties is None else tuple(properties))
