"""What the documents point to exists."""

import re
from pathlib import Path

from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def found(pattern: str) -> list[tuple[Path, str]]:
    return [
        (page, text) for page in PAGES for text in re.findall(pattern, page.read_text(encoding="utf-8"), re.MULTILINE)
    ]


def test_every_link_between_documents_leads_somewhere():
    links = found(r"\]\((?!https?://|#)([^)#\s]+)")

    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []


def test_every_command_in_the_documents_is_one():
    commands = found(r"(?:`|^)(?:python -m )?taihu ([a-z]+)")

    assert {(page.name, name) for page, name in commands if name not in get_commands()} == set()


def test_every_benchmark_in_the_documents_is_one():
    modules = found(r"python -m bench\.(\w+)") + found(r"bench/(\w+)\.py")

    assert {(page.name, name) for page, name in modules if not (ROOT / "bench" / f"{name}.py").exists()} == set()
