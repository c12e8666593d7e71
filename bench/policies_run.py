"""The whole city from the database to stored results: `taihu policies run` for 1,954,000 people under every shipped policy.

python -m bench.policies_run [people] [--keep FOLDER]

Fills a fresh SQLite database with synthetic people and about thirteen facts each (the indexes are those of the
migrations), publishes the example policies, then runs the command in a process of its own as an operator would, kills it
once in the middle and lets it go on, and verifies the stored results. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

PEOPLE = 1_954_000
EMPLOYERS = 20_000
CHUNK = 50_000
KNOWN = "2026-01-05 02:00:00"
DAY = "2026-03-10"
EPOCH = np.datetime64("1970-01-01")
KINDS = ("enterprise", "research_institute", "institution_other", "government", "bank", "self_employed")
LEVELS = ("college", "bachelor", "bachelor", "bachelor", "master", "master", "doctor")
SCHOOLS = ("tsinghua", "pku", "zju", "mit", "jiangnan", "suda", "nju", "njtech")
CLASSES = ("A3", "B1", "B2", "B3", "C1", "C2", "D1", "D2", "D3", "B", "C", "D", "E")


def days(rng: np.random.Generator, n: int, first: str, last: str) -> np.ndarray:
    low, high = np.datetime64(first), np.datetime64(last)
    return np.datetime_as_string(low + rng.integers(0, int((high - low).astype(int)), n).astype("timedelta64[D]"))


def flags(rng: np.random.Generator, n: int, share: float) -> np.ndarray:
    return np.where(rng.random(n) < share, "true", "false")


def text(values: np.ndarray) -> np.ndarray:
    return np.char.add(np.char.add('"', values.astype(str)), '"')


def some(rng: np.random.Generator, ids: np.ndarray, share: float) -> np.ndarray:
    return ids if share >= 1 else ids[rng.random(len(ids)) < share]


def scalars(rng: np.random.Generator, ids: np.ndarray) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """(property, people, JSON values) of one chunk of people."""
    dates = {
        "hukou_since": (0.6, "2000-01-01", "2026-01-01"),
        "first_insured_on": (0.7, "2010-01-01", "2026-01-01"),
        "arrived_on": (0.4, "2015-01-01", "2026-01-01"),
        "introduced_on": (0.1, "2022-01-01", "2026-01-01"),
        "contract_from": (0.4, "2018-01-01", "2026-01-01"),
        "contract_to": (0.4, "2026-06-01", "2032-01-01"),
        "class_recognised_on": (0.01, "2021-01-01", "2026-01-01"),
    }
    for name, (share, first, last) in dates.items():
        who = some(rng, ids, share)
        yield name, who, text(days(rng, len(who), first, last))
    bools = {
        "hukou_in_city": (1, 0.6),
        "in_public_housing": (1, 0.03),
        "is_full_time": (0.6, 0.9),
        "works_in_urban_districts": (0.7, 0.8),
        "rent_registered": (0.3, 0.7),
        "commitment_signed": (0.05, 1),
        "is_returnee": (0.1, 0.3),
    }
    for name, (share, true) in bools.items():
        who = some(rng, ids, share)
        yield name, who, flags(rng, len(who), true)
    yield "homes_in_city", ids, rng.integers(0, 3, len(ids)).astype(str)
    who = some(rng, ids, 0.2)
    yield "work_years", who, rng.integers(0, 30, len(who)).astype(str)
    who = some(rng, ids, 0.05)
    yield "shortage_points", who, rng.integers(40, 120, len(who)).astype(str)
    who = some(rng, ids, 0.01)
    yield "talent_class", who, text(rng.choice(CLASSES, len(who)))
    who = some(rng, ids, 0.7)
    numbers = np.char.zfill(rng.integers(0, EMPLOYERS, len(who)).astype(str), 8)
    yield "insured_by", who, text(np.char.add("91320200MA", numbers))
    pairs = ids[: len(ids) // 2 * 2].reshape(-1, 2)[: len(ids) // 4]
    yield "household", pairs.ravel(), np.char.add(np.char.add("[", pairs[:, ::-1].ravel().astype(str)), "]")


def lists(rng: np.random.Generator, ids: np.ndarray) -> Iterator[tuple[str, np.ndarray, list[str]]]:
    n = len(ids)
    level, school = rng.choice(LEVELS, n), rng.choice(SCHOOLS, n)
    done = days(rng, n, "2005-06-01", "2025-07-01")
    has = rng.random(n) < 0.55
    yield "degree", ids, [
        f'[{{"level": "{a}", "mode": "full_time", "university": "{b}", "university_kind": "p211", "country": "CN",'
        f' "diploma_on": "{c}", "degree_on": "{c}", "is_certified": true, "is_joint_programme": false}}]' if ok else "[]"
        for a, b, c, ok in zip(level, school, done, has, strict=True)
    ]  # fmt: skip
    first, later = days(rng, n, "2010-01-01", "2023-01-01"), days(rng, n, "2023-02-01", "2026-01-01")
    spans = rng.integers(0, 3, n)
    one = '{{"kind": "enterprise_pension", "payer": "employer", "area": "320211", "in_city": true, "is_urban": true,'
    one += ' "is_back_payment": false, "from": "{}"{}}}'
    made = []
    for a, b, k in zip(first, later, spans, strict=True):
        rows = [one.format(a, ', "to": "2023-01-31"')] if k == 2 else []
        made.append("[" + ", ".join([*rows, one.format(b, "")] if k else rows) + "]")
    yield "insurance", ids, made
    deed, price, kind = days(rng, n, "2012-01-01", "2026-01-01"), rng.integers(60, 500, n), rng.random(n)
    yield "home", ids, [
        f'[{{"area": "320211", "is_urban": true, "kind": "commercial_new", "owner": "self", "ordinal": 1,'
        f' "deed_on": "{a}", "price": {b * 1_000_000}}}]' if c < 0.45 else "[]"
        for a, b, c in zip(deed, price, kind, strict=True)
    ]  # fmt: skip
    paid = days(rng, n, "2019-01-01", "2026-01-01")
    yield (
        "benefit",
        ids,
        [
            f'[{{"programme": "rent", "amount": 1000000, "paid_on": "{a}"}}]' if c > 0.97 else "[]"
            for a, c in zip(paid, kind, strict=True)
        ],
    )
    for name, levels in (("skill", ("senior", "technician", "senior_technician")), ("title", ("middle", "senior"))):
        who = some(rng, ids, 0.25)
        grade, since = rng.choice(levels, len(who)), days(rng, len(who), "2010-01-01", "2025-01-01")
        yield name, who, [f'[{{"level": "{a}", "granted_on": "{b}"}}]' for a, b in zip(grade, since, strict=True)]


def fill(path: Path, people: int) -> dict[str, Any]:
    """People and facts straight into the tables that the migrations made; the indexes are dropped and made again."""
    started = time.monotonic()
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA synchronous=OFF")
    indexes = database.execute(
        "SELECT name, sql FROM sqlite_master WHERE type='index' AND tbl_name='facts_fact' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        database.execute(f'DROP INDEX "{name}"')
    rng = np.random.default_rng(20260310)
    database.execute("BEGIN")
    database.executemany(
        "INSERT INTO identity_organisation (id, credit_code, name, name_key, short_name, kind_code, industry_code, size_code,"
        " area_code, address, description, website, is_agency, state, source, created_at)"
        f" VALUES (?, ?, ?, ?, '', '', '', '', '320211', '', '', '', 0, 'verified', 'bench', '{KNOWN}')",
        ((n + 1, f"91320200MA{n:08}", f"bench {n}", f"bench {n}") for n in range(EMPLOYERS)),
    )
    insert = (
        "INSERT INTO facts_fact (person_id, organisation_id, property, value, valid_from, known_from, source, source_name)"
        f" VALUES (?, ?, ?, ?, '2019-01-01', '{KNOWN}', 'department', 'bench')"
    )
    kinds = rng.choice(KINDS, EMPLOYERS)
    database.executemany(insert, ((None, n + 1, "employer_kind", f'"{kinds[n]}"') for n in range(EMPLOYERS)))
    rows = 0
    for low in range(0, people, CHUNK):
        ids = np.arange(low + 1, min(low + CHUNK, people) + 1)
        born = days(rng, len(ids), "1960-01-01", "2004-01-01")
        database.executemany(
            "INSERT INTO identity_person (id, name, id_type, id_number, phone, phone_hash, email, birth_date, area_code,"
            f" is_synthetic, created_at) VALUES (?, 'bench', '', '', '', '', '', ?, '', 1, '{KNOWN}')",
            zip(ids.tolist(), born.tolist(), strict=True),
        )
        for name, who, values in scalars(rng, ids):
            database.executemany(
                insert, ((p, None, name, v) for p, v in zip(who.tolist(), values.tolist(), strict=True))
            )
            rows += len(who)
        for name, who, made in lists(rng, ids):
            database.executemany(insert, ((p, None, name, v) for p, v in zip(who.tolist(), made, strict=True)))
            rows += len(who)
    database.execute("COMMIT")
    for _, sql in indexes:
        database.execute(sql)
    database.execute("ANALYZE")
    database.close()
    return {"fact_rows": rows, "fill_s": round(time.monotonic() - started, 1)}


def command(*words: str, **more: Any) -> list[str]:
    return [sys.executable, "-m", "taihu", *words]


def run_once(folder: Path) -> dict[str, Any]:
    started = time.monotonic()
    done = subprocess.run(
        command("policies", "run", "--at", DAY, "--json"), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {"wall_s": round(time.monotonic() - started, 1), **found}


def kill_and_go_on(folder: Path, after: float) -> dict[str, Any]:
    process = subprocess.Popen(
        command("policies", "run", "--at", DAY),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(after)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return run_once(folder)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("people", nargs="?", type=int, default=PEOPLE)
    parser.add_argument("--keep", type=Path, help="a folder to fill, or to use again if it is filled")
    options = parser.parse_args()
    temporary = None if options.keep else tempfile.TemporaryDirectory()
    folder = options.keep or Path(temporary.name if temporary else "")
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["TAIHU_DATA"] = str(folder)
    note = folder / "bench.json"
    if not note.exists():
        subprocess.run(command("migrate", "-v", "0"), check=True)
        subprocess.run(command("policies", "import"), check=True, stdout=subprocess.DEVNULL)
        filled = fill(next(folder.glob("*.sqlite3")), options.people)
        note.write_text(json.dumps(filled))
    first = run_once(folder)
    again = kill_and_go_on(folder, first["wall_s"] - 0.6 * first["seconds"])
    check = subprocess.run(command("policies", "verify"), capture_output=True, text=True, check=False)
    names = ("run", "wall_s", "seconds", "people", "peak_rss_bytes", "facts_digest", "results_digest")
    print(
        json.dumps(
            {
                "command": "python -m bench.policies_run " + str(options.people),
                **json.loads(note.read_text()),
                "whole": {name: first[name] for name in names},
                "killed_half_way_then": {name: again[name] for name in names},
                "equal_results": first["results_digest"] == again["results_digest"],
                "verified": json.loads(check.stdout),
                "policies": first["policies"],
                "contradictions": first["contradictions"],
                "database_mib": next(folder.glob("*.sqlite3")).stat().st_size // 2**20,
            },
            ensure_ascii=False,
            indent=1,
        )
    )
    if temporary:
        temporary.cleanup()


if __name__ == "__main__":
    main()
