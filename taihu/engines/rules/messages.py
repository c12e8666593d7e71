"""Texts of the problems: code -> (what is wrong, the same in English, what to change, the same in English)."""

from __future__ import annotations

import json
from importlib import resources


def _load() -> dict[str, tuple[str, str, str, str]]:
    raw = json.loads((resources.files("taihu.engines.rules") / "data" / "messages.json").read_text("utf-8"))
    return {code: (texts[0], texts[1], texts[2], texts[3]) for code, texts in raw.items()}


MESSAGES = _load()
