"""Evaluate the whole city: ask for it, do it in stages that survive a kill, store what can be looked up and explained."""

import hashlib
import os
import resource
import time
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import transaction
from django.utils.translation import gettext as _

from taihu.engines.rules.evaluate import compile_policies, evaluate
from taihu.engines.rules.results import Evaluation, PolicyResult
from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.facts.parts import BLOCK, join, load_city, pack, read_part
from taihu.records.facts.reading import Belief
from taihu.records.facts.tables import LoadedFacts
from taihu.records.identity.models import Account
from taihu.systems.policies.actions.direct_lists import draw_lists
from taihu.systems.policies.enums import Group, RunState
from taihu.systems.policies.events import RunFinished, RunRequested
from taihu.systems.policies.files import KEEP_RUNS, drop_old_facts, facts_folder, only_run, runs_folder
from taihu.systems.policies.models import PolicyRun, PolicyVersion, RunBlock, RunResult
from taihu.systems.policies.permissions import can_start_runs
from taihu.systems.policies.rulebook import published_versions, rules_digest, rules_of
from taihu.systems.policies.standing import CODES, NUMBER, conditions_of, groups

Array = npt.NDArray[Any]
Progress = Callable[[str, float], None]
STAGES = ("load", "evaluate", "store")
SHARES = {"load": (0.0, 0.7), "evaluate": (0.7, 0.1), "store": (0.8, 0.2)}


def _quiet(stage: str, share: float) -> None:
    """Nobody watches."""


@transaction.atomic
def request_run(
    *,
    at: datetime,
    acting_user: Account | None,
    day: date | None = None,
    keys: Iterable[str] = (),
    announce: bool = True,
) -> PolicyRun:
    """Ask for an evaluation of everybody; a worker (or the command line) does it. None as user is the schedule.

    `day` is the application date that is assumed, today by default; `keys` (id or id@version) narrow the policies.
    """
    if acting_user is not None and not can_start_runs(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以启动全市核算。"))
    versions = chosen_versions(keys)
    if not versions:
        raise Refused("no_policies", _("还没有发布任何政策。"), _("请先发布政策，再启动核算。"))
    run = PolicyRun.objects.create(
        day=day or city_date(at), known_at=at, requested_by=acting_user, requested_at=at, rules_digest=""
    )
    run.versions.set(versions)
    if announce:
        publish(RunRequested(run_id=run.pk), at=at)
    data = {"day": run.day, "policies": [version.key for version in versions]}
    record(at=at, action="policies.run_requested", subject=run, acting_user=acting_user, data=data)
    return run


def chosen_versions(keys: Iterable[str]) -> list[PolicyVersion]:
    """Published versions by id or id@version, all of them without a choice, with those that they read."""
    published = list(published_versions())
    wanted = list(keys)
    if not wanted:
        return published
    known = {name for version in published for name in (version.key, version.policy)}
    unknown = [key for key in wanted if key not in known]
    if unknown:
        raise Refused(
            "unknown_policy",
            _("没有发布过这些政策：%(keys)s。") % {"keys": "、".join(unknown)},
            _("已发布的有：%(keys)s。") % {"keys": "、".join(version.key for version in published)},
        )
    kept = {policy.key for policy in rules_of(published).only(wanted).policies}
    return [version for version in published if version.key in kept]


def perform_run(
    run: PolicyRun, *, at: datetime, progress: Progress = _quiet, processes: int | None = None
) -> PolicyRun:
    """Do a requested run, or finish one that was killed. Raises what went wrong, after marking the run failed."""
    started = time.monotonic()
    with only_run():
        PolicyRun.objects.filter(pk=run.pk).update(state=RunState.RUNNING, error="")
        try:
            _perform(run, at=at, started=started, progress=_stored(run, progress), processes=processes)
        except Exception as error:
            text = f"{type(error).__name__}: {error}"[:2000]
            PolicyRun.objects.filter(pk=run.pk).update(state=RunState.FAILED, error=text)
            raise
    run.refresh_from_db()
    return run


def _perform(run: PolicyRun, *, at: datetime, started: float, progress: Progress, processes: int | None) -> None:
    versions = {version.key: version for version in run.versions.all()}
    policies = rules_of(sorted(versions.values(), key=lambda version: version.key))
    program = compile_policies(policies)
    progress("load", 0.0)
    count = min(2, os.cpu_count() or 1) if processes is None else processes
    facts = load_city(
        policies.catalogue,
        Belief(run.day, run.known_at),
        facts_folder(run),
        processes=count,
        progress=lambda share: progress("load", share),
    )
    progress("evaluate", 0.0)
    evaluation = evaluate(program, facts.table, run.day)
    progress("store", 0.0)
    _forget_other_results(run, facts.digest, rules_digest(policies))
    results = [(versions[item.policy.key], item, groups(item)) for item in evaluation.results]
    _store(run, facts, results, progress)
    draw_lists(run, facts, evaluation, at=at)
    report = _report(facts, results)
    _finish(run, at=at, started=started, report=report, people=len(facts.ids))


def _forget_other_results(run: PolicyRun, facts_digest: str, digest: str) -> None:
    """Stored blocks stay only if they come from the very same facts and rules."""
    row = PolicyRun.objects.get(pk=run.pk)
    with transaction.atomic():
        if (row.facts_digest, row.rules_digest) != (facts_digest, digest):
            RunBlock.objects.filter(run=run).delete()
            RunResult.objects.filter(run=run).delete()
        PolicyRun.objects.filter(pk=run.pk).update(facts_digest=facts_digest, rules_digest=digest)


Stored = tuple[PolicyVersion, PolicyResult, Array]


def _store(run: PolicyRun, facts: LoadedFacts, results: list[Stored], progress: Progress) -> None:
    """Block by block, each in a transaction of its own; blocks that a killed run left whole are kept."""
    numbers = np.unique(facts.ids // BLOCK).tolist()
    there = set(RunBlock.objects.filter(run=run).values_list("number", flat=True))
    for place, number in enumerate(numbers):
        if number not in there:
            low, high = np.searchsorted(facts.ids, [number * BLOCK, (number + 1) * BLOCK])
            with transaction.atomic():
                _store_block(run, facts, results, number, slice(int(low), int(high)))
        progress("store", (place + 1) / len(numbers))


def _store_block(run: PolicyRun, facts: LoadedFacts, results: list[Stored], number: int, rows: slice) -> None:
    arrays: dict[str, Array] = {"ids": facts.ids[rows]}
    found: list[list[str]] = []
    for item in facts.contradictions:
        inside = item.rows[(item.rows >= rows.start) & (item.rows < rows.stop)] - rows.start
        if len(inside):
            arrays[f"rows{len(found)}"] = inside.astype(np.int32)
            found.append([item.code, item.name])
    RunResult.objects.bulk_create(
        RunResult(
            run=run, number=number, version=version, data=_packed(result, group, rows), counts=_counts(group[rows])
        )
        for version, result, group in results
    )
    RunBlock.objects.create(run=run, number=number, people=pack(arrays), contradictions=found)


def _packed(result: PolicyResult, group: Array, rows: slice) -> bytes:
    low, high = np.searchsorted(result.rows, [rows.start, rows.stop])
    arrays = {
        "status": result.status[rows],
        "group": group[rows],
        "holds": result.holds[:, rows],
        "rows": result.rows[low:high] - np.int32(rows.start),
        "amount": result.amount[low:high],
        "payable": result.payable[low:high],
        "lost_to": result.lost_to[low:high],
        "ground": result.ground[low:high],
    }
    if result.unknown is not None:
        arrays["unknown"] = result.unknown[:, rows]
    return pack(arrays)


def _counts(group: Array) -> dict[str, int]:
    found = np.bincount(group, minlength=len(CODES))
    return {code.value: int(found[number]) for number, code in enumerate(CODES) if found[number]}


def _report(facts: LoadedFacts, results: list[Stored]) -> dict[str, Any]:
    """What pages and the command show: per policy people by group, money, and which conditions stop whom."""
    policies = {}
    for version, result, group in results:
        paid = result.payable > 0
        policies[version.key] = {
            "groups": _counts(group),
            "amount": int(result.amount.sum()),
            "payable": int(result.payable.sum()),
            "paid": int(paid.sum()),
            "clauses": _clause_counts(result, group),
        }
    return {
        "policies": policies,
        "contradictions": [[item.code, item.name, len(item.rows)] for item in facts.contradictions],
    }


def _clause_counts(result: PolicyResult, group: Array) -> dict[str, list[int]]:
    """Clause → [people for whom it fails, it alone fails, it is open]."""
    near = group == NUMBER[Group.NEAR]
    top = {clause.index for clause in conditions_of(result.policy)}
    found = {}
    for clause in result.policy.clauses:
        fails = result.clause_fails(clause.index)
        alone = int((fails & near).sum()) if clause.index in top else 0
        found[clause.id] = [int(fails.sum()), alone, int(result.clause_unknown(clause.index).sum())]
    return found


@transaction.atomic
def _finish(run: PolicyRun, *, at: datetime, started: float, report: dict[str, Any], people: int) -> None:
    values: dict[str, Any] = {
        "people": people,
        "results_digest": _results_digest(run),
        "seconds": round(time.monotonic() - started, 3),
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "report": report,
    }
    PolicyRun.objects.filter(pk=run.pk).update(
        state=RunState.DONE, finished_at=at, stage="done", progress=1.0, **values
    )
    drop_old_facts(PolicyRun.objects.filter(state=RunState.DONE).order_by("-pk")[:KEEP_RUNS])
    publish(RunFinished(run_id=run.pk), at=at)
    data = {key: value for key, value in values.items() if key != "report"}
    record(at=at, action="policies.run_finished", subject=run, acting_user=run.requested_by, data=data)


def _results_digest(run: PolicyRun) -> str:
    found = hashlib.sha256()
    rows = RunResult.objects.filter(run=run).order_by("number", "version__policy", "version__version")
    for number, policy, version, data in rows.values_list(
        "number", "version__policy", "version__version", "data"
    ).iterator(chunk_size=50):
        found.update(f"{number}{policy}@{version}".encode() + bytes(data))
    return found.hexdigest()


def city_facts(run: PolicyRun, catalogue: Any) -> LoadedFacts:
    """The facts that a recent run was computed from, out of its files; Refused when they were cleaned up."""
    paths = sorted(facts_folder(run).glob("[0-9]*.npz")) if facts_folder(run).is_dir() else []
    paths = [path for path in paths if not path.name.endswith(".part.npz")]
    if not paths:
        raise Refused("run_files_gone", _("这次核算的明细文件已清理。"), _("请重新运行一次全市核算。"))
    return join(catalogue, [read_part(path) for path in paths])


def evaluate_again(run: PolicyRun, processes: int = 1) -> tuple[LoadedFacts, Evaluation]:
    """The facts as they were known for the run, read anew from the database, and everybody evaluated on them."""
    policies = rules_of(sorted(run.versions.all(), key=lambda version: version.key))
    with TemporaryDirectory(dir=runs_folder()) as folder:
        facts = load_city(policies.catalogue, Belief(run.day, run.known_at), Path(folder), processes=processes)
    return facts, evaluate(compile_policies(policies), facts.table, run.day)


def verify_run(run: PolicyRun) -> dict[str, Any]:
    """Evaluate a stored run anew and compare the facts and every stored block byte for byte."""
    facts, evaluation = evaluate_again(run)
    versions = {version.key: version for version in run.versions.all()}
    stored = {
        (number, version): bytes(data)
        for number, version, data in RunResult.objects.filter(run=run).values_list("number", "version_id", "data")
    }
    differing = 0
    for item in evaluation.results:
        group = groups(item)
        for number in np.unique(facts.ids // BLOCK).tolist():
            low, high = np.searchsorted(facts.ids, [number * BLOCK, (number + 1) * BLOCK])
            fresh = _packed(item, group, slice(int(low), int(high)))
            differing += stored.pop((number, versions[item.policy.key].pk), b"") != fresh
    same_facts = facts.digest == run.facts_digest
    return {
        "agrees": same_facts and not differing and not stored,
        "same_facts": same_facts,
        "differing_blocks": differing + len(stored),
    }


def _stored(run: PolicyRun, progress: Progress) -> Progress:
    """Pass progress on and keep the run's row current, at most twice a second."""
    last = [0.0]

    def report(stage: str, share: float) -> None:
        progress(stage, share)
        if time.monotonic() - last[0] > 0.5 or share == 0.0:
            last[0] = time.monotonic()
            start, width = SHARES[stage]
            PolicyRun.objects.filter(pk=run.pk).update(stage=stage, progress=start + width * share)

    return report
