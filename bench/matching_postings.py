"""Synthetic people against real postings: import a file of postings, then match the demo city's people with them.

    python bench/matching_postings.py FILE [--map zhaopin] [--people 20000]

The postings lie in other cities, so people look for work without a limit of area. Works in a temporary data folder on SQLite;
prints one JSON object.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.match_database import matched, write_city

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--map", dest="mapping", default="zhaopin")
    parser.add_argument("--people", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="taihu-bench-") as folder:
        os.environ |= {"TAIHU_DATA": folder, "DJANGO_SETTINGS_MODULE": "taihu.portal.settings", "PYTHONPATH": str(ROOT)}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        print(json.dumps(measure(options), ensure_ascii=False, indent=1))


def measure(options: argparse.Namespace) -> dict:
    from taihu.records.base.clock import now
    from taihu.systems.jobs.actions.imports import import_file
    from taihu.systems.jobs.models import Opening, OpeningSlate, PersonSlate, Profile

    write_city(options.people, 1)
    Opening.objects.all().delete()
    Profile.objects.update(wanted_areas=[])
    started = time.perf_counter()
    batch = import_file(at=now(), path=options.file, mapping=options.mapping)
    imported = time.perf_counter() - started
    found = matched()
    slates = PersonSlate.objects.count()
    return {
        "command": " ".join(sys.argv),
        "load_average": round(os.getloadavg()[0], 1),
        "rows": batch.rows,
        "listed": Opening.objects.filter(is_listed=True).count(),
        "import_seconds": round(imported, 1),
        "match": found,
        "people_with_a_slate": slates,
        "openings_with_recommended_people": OpeningSlate.objects.count(),
    }


if __name__ == "__main__":
    main()
