"""Twelve policies, about eighty clauses, two exclusion groups, for a synthetic city: this engine, polars and OpenFisca-core.

python -m bench.rules_city [people]

The same rules, drawn from one seeded list, are written as policy files, as polars expressions and as OpenFisca variables. The
rivals get date conditions already turned into thresholds. All results are compared: every clause bit, every amount before
and after the exclusion groups (OpenFisca: bits and amounts before the groups). Prints JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from taihu.engines.rules.catalogue import Catalogue, load_catalogue
from taihu.engines.rules.civil import from_days, shift, to_days
from taihu.engines.rules.compare import what_if
from taihu.engines.rules.evaluate import compile_policies, evaluate, update
from taihu.engines.rules.explain import explain
from taihu.engines.rules.results import Evaluation, Lost
from taihu.engines.rules.sets import PolicySet, load_policies
from taihu.engines.rules.table import FactsTable

AT = dt.date(2024, 6, 1)
POLICIES, CLAUSES, ROUNDS = 12, 80, 7
INTS = {f"n{number}": high for number, high in enumerate((4, 9, 60, 3, 100, 40, 12, 6, 120, 5, 30))}
BOOLS = tuple(f"b{number}" for number in range(6))
DATES = ("birth", "arrived", "graduated", "deed")
MONEY = ("price", "tax", "revenue")
CATALOGUE = "facts:\n" + "".join(
    [f"  {name}: {{type: int, max: {high}, zh: {name}, en: {name}}}\n" for name, high in INTS.items()]
    + [f"  {name}: {{type: bool, zh: {name}, en: {name}}}\n" for name in BOOLS]
    + [f"  {name}: {{type: date, zh: {name}, en: {name}}}\n" for name in DATES]
    + [f"  {name}: {{type: money, max: 1000万, zh: {name}, en: {name}}}\n" for name in MONEY]
)
Clause = tuple[str, str, int]


def clauses() -> list[list[Clause]]:
    """The conditions of each policy as (operation, column, number)."""
    rng = np.random.default_rng(11)
    found: list[list[Clause]] = []
    for policy in range(POLICIES):
        size = CLAUSES // POLICIES + (policy < CLAUSES % POLICIES)
        names = rng.choice([*INTS, *BOOLS, *DATES, *MONEY], size, replace=False)
        found.append([_clause(str(name), rng) for name in names])
    return found


def _clause(name: str, rng: np.random.Generator) -> Clause:
    if name in BOOLS:
        return "is", name, 1
    if name in DATES:
        return (
            ("younger", name, int(rng.integers(30, 46)))
            if name == "birth"
            else ("within", name, int(rng.integers(3, 9)))
        )
    if name in MONEY:
        return "ge", name, int(rng.integers(1, 30)) * 10**6
    high = INTS[name]
    return ("ge", name, max(1, high // 4)) if rng.random() < 0.5 else ("le", name, high * 3 // 4)


def columns(n: int) -> dict[str, np.ndarray]:
    """A synthetic city; no real person."""
    rng = np.random.default_rng(7)
    found: dict[str, np.ndarray] = {name: rng.integers(0, high + 1, n).astype(np.int16) for name, high in INTS.items()}
    found |= {name: rng.random(n) < 0.8 for name in BOOLS}
    start = {"birth": 1965, "arrived": 2014, "graduated": 2012, "deed": 2015}
    for name, year in start.items():
        low = to_days(dt.date(year, 1, 1))
        found[name] = rng.integers(low, to_days(dt.date(2024, 5, 1)) if name != "birth" else low + 13_000, n).astype(
            np.int32
        )
    found |= {name: rng.integers(0, 10**5, n) * 10_000 for name in MONEY}
    return found


def standard(policy: int) -> tuple[int, int]:
    """Yuan for low and high n0 (a degree), before the cap of 80 % of the price."""
    return 10_000 * (policy + 1), 25_000 * (policy + 2)


def group(policy: int) -> str:
    return "homes" if policy < 4 else "living" if policy < 7 else ""


def policy_files(rules: list[list[Clause]], more: int = 0) -> dict[str, str]:
    """The rules in the language; `more` yuan are added to every standard, for the comparison of two versions."""
    files = {}
    for number, items in enumerate(rules):
        low, high = standard(number)
        lines = [
            f"policy: p{number}\nversion: '1'\ntitle: p{number}\ndocument: none\neffective: {{from: 2024-01-01}}",
            f"amount:\n  base: if n0 >= 3 then {high + more}元 else {low + more}元\n  steps: [{{cap: 80% * price}}]",
            "payers: {city: 60%, district: 40%}\nconditions:\n  all:",
        ]
        for index, (op, name, value) in enumerate(items):
            test = {
                "is": name,
                "younger": f"years({name}, applied) < {value}",
                "within": f"applied < {name} + {value} years",
                "ge": f"{name} >= {value // 100}元" if name in MONEY else f"{name} >= {value}",
                "le": f"{name} <= {value}",
            }[op]
            lines.append(f"    - {{id: c{index}, text: c, test: {json.dumps(test)}}}")
        if group(number):
            lines.append(f"exclusion: {{group: {group(number)}, rule: best, order: {number}}}")
        files[f"p{number:02}.yaml"] = "\n".join(lines) + "\n"
    return files


def threshold(op: str, years: int) -> int:
    """The date condition as a bound of the raw column: column > bound."""
    day = to_days(AT)
    return next(bound for bound in range(day - 366 * years, day) if shift(bound + 1, 12 * years) > day)


def plain(op: str, value: int) -> tuple[str, int]:
    return ("gt", threshold(op, value)) if op in ("younger", "within") else (op, value)


# --- polars


def with_polars(data: dict[str, np.ndarray], rules: list[list[Clause]]) -> Callable[[], Any]:
    import polars as pl

    frame = pl.DataFrame(data)
    outputs = []
    for number, items in enumerate(rules):
        tests = [_polars_test(pl, *item) for item in items]
        bits = sum(
            (test.cast(pl.UInt16) * (1 << index) for index, test in enumerate(tests)), start=pl.lit(0, pl.UInt16)
        )
        low, high = standard(number)
        whole = pl.min_horizontal(
            pl.when(pl.col("n0") >= 3).then(high * 100).otherwise(low * 100).cast(pl.Int64), (pl.col("price") * 8 // 10)
        )
        amount = pl.when(pl.all_horizontal(tests)).then(whole).otherwise(0)
        outputs += [bits.alias(f"bits{number}"), amount.alias(f"amount{number}")]
    paid = []
    for number in range(POLICIES):
        rivals = [other for other in range(POLICIES) if group(other) and group(other) == group(number)]
        mine = pl.col(f"amount{number}")
        better = [mine > pl.col(f"amount{other}") for other in rivals if other < number]
        better += [mine >= pl.col(f"amount{other}") for other in rivals if other > number]
        paid.append(
            (pl.when(pl.all_horizontal(better)).then(mine).otherwise(0) if better else mine).alias(f"paid{number}")
        )
    query = frame.lazy().select(outputs).with_columns(paid)
    return lambda: query.collect(engine="streaming")


def _polars_test(pl: Any, op: str, name: str, value: int) -> Any:
    op, value = plain(op, value)
    column = pl.col(name)
    return {"is": column, "ge": column >= value, "le": column <= value, "gt": column > value}[op]


# --- OpenFisca


def with_openfisca(data: dict[str, np.ndarray], rules: list[list[Clause]], n: int) -> Callable[[], Any]:
    from openfisca_core.entities import build_entity
    from openfisca_core.periods import DateUnit
    from openfisca_core.simulations import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    person = build_entity("person", "persons", "person", is_person=True)
    system = TaxBenefitSystem([person])

    def add(name: str, kind: type, formula: Any = None) -> None:
        body = {"value_type": kind, "entity": person, "definition_period": DateUnit.MONTH, "label": name}
        system.add_variable(type(name, (Variable,), body | ({"formula": formula} if formula else {})))

    for name in data:
        add(name, bool if name in BOOLS else int)
    for number, items in enumerate(rules):
        for index, item in enumerate(items):
            add(f"p{number}c{index}", bool, _fisca_test(*item))
        add(f"p{number}", int, _fisca_amount(number, len(items)))
    inputs = {name: values if values.dtype == bool else values.astype(np.int32) for name, values in data.items()}

    def run() -> Any:
        simulation = SimulationBuilder().build_default_simulation(system, n)
        for name, values in inputs.items():
            simulation.set_input(name, "2024-06", values)
        for number in range(POLICIES):
            simulation.calculate(f"p{number}", "2024-06")
        return simulation

    return run


def _fisca_test(op: str, name: str, value: int) -> Any:
    op, value = plain(op, value)
    compare = {"is": lambda a: a, "ge": lambda a: a >= value, "le": lambda a: a <= value, "gt": lambda a: a > value}[op]
    return lambda person, period: compare(person(name, period))


def _fisca_amount(number: int, size: int) -> Any:
    low, high = standard(number)

    def formula(person: Any, period: Any) -> Any:
        holds = person(f"p{number}c0", period)
        for index in range(1, size):
            holds = holds & person(f"p{number}c{index}", period)
        whole = np.where(person("n0", period) >= 3, high * 100, low * 100)
        return holds * np.minimum(whole, person("price", period) // 10 * 8)

    return formula


# --- comparison


def check_polars(ours: Evaluation, theirs: Any, rules: list[list[Clause]], n: int) -> None:
    for number, item in enumerate(ours.results):
        bits = theirs[f"bits{number}"].to_numpy()
        for index in range(len(rules[number])):
            assert (item.clause_holds(index + 1) == ((bits >> index) & 1).astype(bool)).all()
        for name, values in (("amount", item.amount), ("paid", item.payable)):
            dense = np.zeros(n, np.int64)
            dense[item.rows] = values
            assert (dense == theirs[f"{name}{number}"].to_numpy()).all()


def check_openfisca(ours: Evaluation, theirs: Any, rules: list[list[Clause]], n: int) -> None:
    for number, item in enumerate(ours.results):
        for index in range(len(rules[number])):
            assert (item.clause_holds(index + 1) == theirs.calculate(f"p{number}c{index}", "2024-06")).all()
        dense = np.zeros(n, np.int64)
        dense[item.rows] = item.amount
        assert (dense == theirs.calculate(f"p{number}", "2024-06")).all()


def timed(runs: dict[str, Callable[[], Any]], rounds: int) -> tuple[dict[str, dict[str, float]], dict[str, Any]]:
    """Interleaved rounds after one warm-up: median and least wall and processor seconds."""
    results = {name: run() for name, run in runs.items()}
    walls: dict[str, list[float]] = {name: [] for name in runs}
    cpus: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            wall, cpu = time.perf_counter(), time.process_time()
            results[name] = run()
            walls[name].append(time.perf_counter() - wall)
            cpus[name].append(time.process_time() - cpu)
    return {
        name: {
            "wall_median_s": round(statistics.median(walls[name]), 5),
            "wall_min_s": round(min(walls[name]), 5),
            "cpu_median_s": round(statistics.median(cpus[name]), 5),
        }
        for name in runs
    }, results


def small_figures(
    policies: PolicySet, newer: PolicySet, catalogue: Catalogue, table: FactsTable, full: Evaluation
) -> dict[str, Any]:
    """Explanation, changed people, what-if."""
    program, second = compile_policies(policies), compile_policies(newer)
    changed = np.random.default_rng(3).choice(table.n, min(1_000, table.n), replace=False)
    person = table.person(policies.catalogue, 5)
    runs: dict[str, Callable[[], Any]] = {
        "explain one person, all policies": lambda: explain(policies, person, AT),
        "1,000 changed people": lambda: update(full, program, table, changed),
    }
    figures, _ = timed(runs, 30)
    third = load_policies(
        {**policy_files(clauses()), "p05.yaml": policy_files(clauses(), more=1_000)["p05.yaml"]}, catalogue
    )
    what_ifs: dict[str, Callable[[], Any]] = {
        "what-if, every standard changed": lambda: what_if(program, second, table, AT),
        "what-if, one policy changed": lambda: what_if(policies, third, table, AT),
        "what-if, one policy changed, only what it touches": lambda: what_if(
            policies, third, table, AT, only_touched=True
        ),
    }
    comparison, _ = timed(what_ifs, 3)
    return figures | comparison


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    rules, data = clauses(), columns(n)
    catalogue = load_catalogue(CATALOGUE, "bench")
    policies = load_policies(policy_files(rules), catalogue)
    table = FactsTable.from_arrays(catalogue, n, columns=data)
    program = compile_policies(policies)
    runs = {"taihu": lambda: evaluate(program, table, AT), "polars": with_polars(data, rules)}
    runs["openfisca"] = with_openfisca(data, rules, n)
    times, results = timed(runs, ROUNDS)
    check_polars(results["taihu"], results["polars"], rules, n)
    check_openfisca(results["taihu"], results["openfisca"], rules, n)
    full = results["taihu"]
    losers = sum(int((item.lost_to != Lost.NOTHING).sum()) for item in full.results)
    paid = sum(int((item.payable > 0).sum()) for item in full.results)
    del results
    newer = load_policies(policy_files(rules, more=1_000), catalogue)
    times |= small_figures(policies, newer, catalogue, table, full)
    from importlib.metadata import version

    print(
        json.dumps(
            {
                "command": "python -m bench.rules_city " + str(n),
                "people": n,
                "policies": POLICIES,
                "clauses": CLAUSES,
                "columns": len(data),
                "paid": paid,
                "excluded": losers,
                "equal": True,
                "seconds": times,
                "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "python": platform.python_version(),
                "versions": {name: version(name) for name in ("numpy", "polars", "openfisca-core")},
                "at": from_days(to_days(AT)).isoformat(),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
