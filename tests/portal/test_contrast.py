"""Colours are measured, not judged by eye: WCAG 2.2 AA for every pair that the style sheets use, in both themes."""

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).resolve().parents[2] / "taihu/portal/static/portal/tokens.css").read_text(encoding="utf-8")
TEXT, LARGE = 4.5, 3.0
GROUNDS = ("paper", "surface", "sunken")
PAIRS = [
    *[
        (ink, ground, TEXT)
        for ink in ("ink", "ink-soft", "ink-faint", "lake", "lake-strong", "clay")
        for ground in GROUNDS
    ],
    *[(colour, ground, TEXT) for colour in ("rose", "moss", "reed") for ground in ("paper", "surface")],
    *[(colour, f"{colour}-wash", TEXT) for colour in ("moss", "reed", "rose", "sky", "clay", "lake")],
    *[(ink, f"{wash}-wash", TEXT) for ink in ("ink", "ink-soft") for wash in ("moss", "reed", "rose", "sky", "lake")],
    ("lake-strong", "lake-wash", TEXT),
    ("rose-strong", "rose-wash", TEXT),
    ("on-lake", "lake", TEXT),
    ("on-lake", "lake-strong", TEXT),
    ("on-rose", "rose", TEXT),
    ("on-rose", "rose-strong", TEXT),
    ("surface", "clay", TEXT),
    ("ink", "mark", TEXT),
    *[(ink, ground, TEXT) for ink in ("on-deep", "on-deep-soft") for ground in ("deep", "deep-2")],
    *[("line-strong", ground, LARGE) for ground in ("paper", "surface")],
    *[("focus", ground, LARGE) for ground in GROUNDS],
    *[("focus-deep", ground, LARGE) for ground in ("deep", "deep-2")],
    *[(f"chart-{number}", "surface", LARGE) for number in range(1, 7)],
]


def read_block(start: str) -> dict[str, str]:
    body = TOKENS.split(start, 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6});", body))


LIGHT = read_block("  :root {")
DARK_BY_SYSTEM = read_block(':root:not([data-theme="light"]) {')
DARK_BY_SWITCH = read_block('\n  :root[data-theme="dark"] {')


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_every_pair_of_colours_is_readable_in_both_themes(front: str, ground: str, least: float) -> None:
    found = {
        name: contrast(theme[front], theme[ground]) for name, theme in (("light", LIGHT), ("dark", DARK_BY_SYSTEM))
    }

    assert {name: round(value, 2) for name, value in found.items() if value < least} == {}


def test_the_dark_theme_is_the_same_by_system_and_by_switch() -> None:
    assert DARK_BY_SYSTEM == DARK_BY_SWITCH


def test_the_dark_theme_names_every_colour() -> None:
    assert set(DARK_BY_SYSTEM) == set(LIGHT)


def test_black_on_white_has_the_known_contrast() -> None:
    assert round(contrast("#000000", "#ffffff"), 1) == 21.0
