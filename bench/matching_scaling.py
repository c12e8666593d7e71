"""Candidates and slates from 20,000 to 2,000,000 people with the same 200,000 openings: cost grows linearly.

python -m bench.matching_scaling [largest] [openings] [--svg FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.matching_city import city
from bench.matching_measure import measured, report
from taihu.engines.matching import candidates, probabilities, slates

SIZES = (20_000, 60_000, 200_000, 600_000, 2_000_000)
WIDTH, HEIGHT, LEFT, BOTTOM = 640, 360, 70, 50


def chart(curve: list[dict[str, float]]) -> str:
    """Processor seconds over people as an SVG picture, with the straight line of the last two points."""
    most, people = max(row["processor_seconds"] for row in curve), curve[-1]["people"]

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            round(LEFT + (WIDTH - LEFT - 20) * x / people, 1),
            round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 20) * y / (most * 1.05), 1),
        )

    points = [place(row["people"], row["processor_seconds"]) for row in curve]
    (x0, y0), (x1, y1), (before, least) = place(0, 0), points[-1], points[-2]
    start = round(y1 + (least - y1) * (x1 - x0) / (x1 - before), 1)
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="4" fill="#0b6e75"/>' for x, y in points)
    labels = "".join(
        f'<text x="{x - 8}" y="{y - 8}" text-anchor="end">{row["processor_seconds"]:.0f} s</text>'
        for (x, y), row in list(zip(points, curve, strict=True))[2:]
    )
    ticks = "".join(
        f'<text x="{place(n, 0)[0]}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{n / 1e6:.3g}</text>'
        for n in (0, people / 4, people / 2, 3 * people / 4, people)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif" '
        f'font-size="13" fill="#333"><title>Processor seconds of a whole run over millions of people</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<path d="M{x0} 20V{y0}H{WIDTH - 20}" fill="none" stroke="#888"/>'
        f'<path d="M{x0} {start}L{x1} {y1}" stroke="#bbb" stroke-dasharray="5 4"/>{dots}{labels}{ticks}'
        f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 10}" text-anchor="middle">million people</text>'
        f'<text x="18" y="{HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 18 {HEIGHT / 2})">processor seconds</text>'
        "</svg>\n"
    )


def main() -> None:
    """Run and report."""
    words, picture = sys.argv[1:], None
    if "--svg" in words:
        at = words.index("--svg")
        picture, words = Path(words[at + 1]), words[:at] + words[at + 2 :]
    largest, openings = [*map(int, words), *[SIZES[-1], 200_000][len(words) :]]
    candidates(city(200, 100), 5)
    curve = []
    for people in (size for size in SIZES if size <= largest):
        market = city(people, openings)
        edges, search = measured(lambda market=market: candidates(market, 50))
        chances, rate = measured(lambda market=market, edges=edges: probabilities(market, edges))
        result, allocate = measured(
            lambda market=market, edges=edges, chances=chances: slates(edges, chances, market.openings.vacancies)
        )
        total = sum(part["processor_seconds"] for part in (search, rate, allocate))
        curve.append(
            {
                "people": people, "openings": openings, "edges": len(edges), "candidates": search, "probabilities": rate,
                "slates": allocate, "gap": round(result.gap, 6), "processor_seconds": round(total, 2),
                "processor_microseconds_per_person": round(total / people * 1e6, 1),
            }
        )  # fmt: skip
        print(curve[-1], file=sys.stderr, flush=True)
    if picture:
        picture.write_text(chart(curve), encoding="utf-8")
    report({"curve": curve})


if __name__ == "__main__":
    main()
