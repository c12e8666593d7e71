"""`taihu match` on a city's database, everything included: load, match, store, explain on read; and the pages that read it.

    python bench/match_database.py [--people 200000] [--openings 20000] [--pages 200] [--profile]

Works in a temporary data folder on SQLite with the synthetic people and employers of the demo city; prints one JSON object.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
SEED = 5
DISTINCT = 20_000
CHUNK = 5000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--openings", type=int, default=20_000)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument(
        "--profile", action="store_true", help="print where the time of the match goes, on standard error"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="taihu-bench-") as folder:
        os.environ |= {"TAIHU_DATA": folder, "TAIHU_DEBUG": "0", "DJANGO_SETTINGS_MODULE": "taihu.portal.settings"}
        os.environ["PYTHONPATH"] = str(ROOT)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        started = time.perf_counter()
        write_city(options.people, options.openings)
        report = {
            "command": " ".join(sys.argv),
            "cores": len(os.sched_getaffinity(0)),
            "load_average": os.getloadavg()[0],
        }
        report["generate_seconds"] = round(time.perf_counter() - started, 1)
        report["match"] = profiled() if options.profile else matched()
        report["my_matches_page"] = pages(options.pages)
        print(json.dumps(report, ensure_ascii=False, indent=1))


def write_city(people: int, openings: int) -> None:
    from taihu.portal.demo.city import CityDraw
    from taihu.records.base.bulk import insert_rows
    from taihu.records.base.clock import now
    from taihu.records.identity.models import Account, Consent, Organisation, Person
    from taihu.systems.jobs.models import Opening, Profile

    draw, rng = CityDraw(seed=SEED, at=now()), random.Random(SEED)
    organisations = Organisation.objects.bulk_create(draw.organisations(max(200, openings // 6)))
    drawn = list(draw.openings(min(openings, DISTINCT), organisations))
    insert_rows(Opening, (row_of(drawn[n % len(drawn)]) for n in range(openings)), columns=row_of(drawn[0]))
    pairs = list(draw.people(min(people, DISTINCT)))
    accounts = [
        {"id": n, "email": f"p{n}@example.test", "password": "!", "created_at": draw.at} for n in range(1, people + 1)
    ]
    insert_rows(Account, accounts, columns=[name for name in accounts[0] if name != "id"])
    person = row_of(pairs[0][0])
    insert_rows(
        Person, ({**row_of(pairs[n % len(pairs)][0]), "account_id": n + 1} for n in range(people)), columns=person
    )
    insert_rows(
        Profile,
        (varied(row_of(pairs[n % len(pairs)][1]), n + 1, rng) for n in range(people)),
        columns=row_of(pairs[0][1]),
    )
    consent = {"text_version": "bench", "given_at": draw.at - timedelta(days=1)}
    insert_rows(
        Consent,
        (
            {"person_id": n + 1, "purpose": purpose, **consent}
            for n in range(people)
            for purpose in ("matching", "recommend")
        ),
        columns=["person_id", "purpose", *consent],
    )


def row_of(item) -> dict:
    """The columns of an unsaved object."""
    fields = [field for field in item._meta.concrete_fields if field.attname != "id"]
    return {field.attname: getattr(item, field.attname) for field in fields}


def varied(row: dict, number: int, rng: random.Random) -> dict:
    """Another person of the same trade: other areas, pay and years."""
    areas = rng.sample(
        ["320205", "320206", "320211", "320213", "320214", "320281", "320282", "3202JK"], rng.randrange(1, 4)
    )
    floor = max(200_000, row["pay_floor"] + rng.randrange(-5, 6) * 20_000)
    months = max(0, row["experience_months"] + rng.randrange(-6, 18))
    wanted = [] if not row["wanted_areas"] else areas
    return {**row, "person_id": number, "pay_floor": floor, "experience_months": months, "wanted_areas": wanted}


def matched() -> dict:
    """By the command itself, in a process of its own."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "taihu", "match", "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    wall = time.perf_counter() - started
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = json.loads(done.stdout.splitlines()[-1])
    return {**found, "command_seconds": round(wall, 1), "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1)}


def profiled() -> dict:
    import cProfile
    import pstats

    from taihu.records.base.clock import now
    from taihu.systems.jobs.actions.runs import perform_match, request_match

    run = request_match(at=now(), acting_user=None)
    profile, moments = cProfile.Profile(), []
    profile.enable()
    run = perform_match(run, at=now(), progress=lambda stage, share: moments.append((stage, time.perf_counter())))
    profile.disable()
    pstats.Stats(profile, stream=sys.stderr).sort_stats("cumtime").print_stats(60)
    first = {}
    for stage, moment in moments:
        first.setdefault(stage, moment)
    marks = [*first.items(), ("end", time.perf_counter())]
    stages = {name: round(after - at, 1) for (name, at), (_next, after) in pairwise(marks)}
    return {"seconds": run.seconds, "stages": stages, "gap": run.gap, "edges": run.edges}


def pages(times: int) -> dict:
    """*My matches* with reasons, as different people, each for the first time; the process is warm."""
    from django.test import Client

    from taihu.records.identity.models import Account
    from taihu.systems.jobs.models import PersonSlate

    people = list(PersonSlate.objects.order_by("pk").values_list("person_id", flat=True)[: times + 5])
    seconds, client = [], Client(SERVER_NAME="localhost")
    for person in people:
        client.force_login(Account.objects.get(person=person))
        started = time.perf_counter()
        response = client.get("/me/matches/")
        seconds.append(time.perf_counter() - started)
        assert response.status_code == 200, response.status_code
    seconds = sorted(seconds[5:])
    p50, p95 = (round(1000 * seconds[int(len(seconds) * share)], 1) for share in (0.5, 0.95))
    return {"times": len(seconds), "p50_ms": p50, "p95_ms": p95}


if __name__ == "__main__":
    main()
