"""Match the whole city: ask for it, do it in stages that survive a kill, store what people will see."""

import json
import resource
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from io import BytesIO
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import transaction

from taihu.engines import matching
from taihu.records.audit.actions import record
from taihu.records.base.bulk import insert_rows
from taihu.records.base.errors import NotAllowed
from taihu.records.base.events import publish
from taihu.records.identity.enums import Purpose
from taihu.records.identity.models import Account, Consent
from taihu.records.identity.permissions import is_officer
from taihu.systems.jobs.enums import RunState
from taihu.systems.jobs.events import MatchFinished, MatchRequested
from taihu.systems.jobs.matching.files import KEEP_RUNS, drop_old_runs, only_run, read_note, read_stage, save_stage
from taihu.systems.jobs.matching.load import Snapshot, load_snapshot
from taihu.systems.jobs.matching.outcomes import fit_acceptance
from taihu.systems.jobs.matching.report import market_report
from taihu.systems.jobs.models import MatchArray, MatchRun, OpeningSlate, PersonSlate

Progress = Callable[[str, float], None]
DEFAULTS = {"candidates": 50, "slate": 10, "mu": 0.02, "sweeps": 5, "exploration": 5, "seed": 20260101}
RECOMMENDED = 20
BATCH = 5000
STAGES = ("load", "candidates", "probabilities", "slates", "store")


def _no_progress(stage: str, share: float) -> None:
    """Nobody watches."""


@transaction.atomic
def request_match(*, at: datetime, acting_user: Account | None, engine: str = "local", **parameters: Any) -> MatchRun:
    """Ask for a match; a worker (or the command line) does it. None as user is the nightly schedule."""
    if acting_user is not None and not is_officer(acting_user, at=at):
        raise NotAllowed("not_officer", "只有经办人员可以启动匹配。", "请用经办人员账户登录。")
    unknown = set(parameters) - set(DEFAULTS)
    if unknown:
        raise ValueError(f"unknown parameters {sorted(unknown)}: known are {sorted(DEFAULTS)}")
    run = MatchRun.objects.create(
        requested_by=acting_user, requested_at=at, engine=engine, parameters={**DEFAULTS, **parameters}
    )
    publish(MatchRequested(run_id=run.pk), at=at)
    record(at=at, action="match.requested", subject=run, acting_user=acting_user, data=run.parameters)
    return run


def perform_match(run: MatchRun, *, at: datetime, progress: Progress = _no_progress) -> MatchRun:
    """Do a requested run, or finish one that was killed. Raises what the engine raises, after marking the run failed."""
    started = time.monotonic()
    with only_run():
        MatchRun.objects.filter(pk=run.pk).update(state=RunState.RUNNING, snapshot_at=at, error="")
        try:
            _perform(run, at=at, started=started, progress=_stored_progress(run, progress))
        except Exception as error:
            MatchRun.objects.filter(pk=run.pk).update(state=RunState.FAILED, error=f"{type(error).__name__}: {error}")
            raise
    run.refresh_from_db()
    return run


def _perform(run: MatchRun, *, at: datetime, started: float, progress: Progress) -> None:
    settings = run.parameters
    progress("load", 0.0)
    snapshot = load_snapshot(at=at)
    digest = snapshot.digest
    progress("candidates", 0.0)
    edges = _candidates(run, snapshot, digest)
    progress("probabilities", 0.0)
    acceptance = fit_acceptance(snapshot)
    chances = matching.probabilities(snapshot.market, edges, q_calibration=acceptance.calibration)
    progress("slates", 0.0)
    sweeps = int(settings["sweeps"])
    slates = matching.slates(
        edges,
        chances,
        snapshot.market.openings.vacancies,
        k=int(settings["slate"]),
        mu=float(settings["mu"]),
        sweeps=sweeps,
        start_load=snapshot.start_load,
        engine=run.engine,
        progress=lambda number, _sweep: progress("slates", (number + 1) / sweeps),
    )
    _save_certificate(run, snapshot, edges, chances, slates)
    progress("store", 0.0)
    _store_slates(run, snapshot, edges, chances, slates, progress)
    report = market_report(snapshot, slates, acceptance)
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    values: dict[str, Any] = {
        "people": len(snapshot.market.people),
        "openings": len(snapshot.market.openings),
        "vacancies": int(snapshot.market.openings.vacancies.sum()),
        "edges": len(edges),
        "objective": slates.objective,
        "upper_bound": slates.upper_bound,
        "snapshot_digest": digest,
        "seconds": round(time.monotonic() - started, 3),
        "peak_rss_bytes": usage,
        "report": report,
    }
    _finish(run, at=at, values=values)


def _candidates(run: MatchRun, snapshot: Snapshot, digest: str) -> matching.Edges:
    """The longest stage: taken from disk when a killed run had finished it for the very same market."""
    settings = run.parameters
    note = read_note(run.pk, "edges")
    if note is not None and note["digest"] == digest:
        return matching.Edges(**read_stage(run.pk, "edges"), openings=len(snapshot.market.openings))
    edges = matching.candidates(
        snapshot.market,
        k=int(settings["candidates"]),
        exploration=int(settings["exploration"]),
        seed=int(settings["seed"]),
        engine=run.engine,
    )
    arrays: dict[str, npt.NDArray[Any]] = {
        name: getattr(edges, name) for name in ("indptr", "opening", "score", "source")
    }
    save_stage(run.pk, "edges", arrays, {"digest": digest})
    return edges


def _save_certificate(
    run: MatchRun,
    snapshot: Snapshot,
    edges: matching.Edges,
    chances: matching.Probabilities,
    slates: matching.Slates,
) -> None:
    arrays: dict[str, npt.NDArray[Any]] = {
        "p": chances.p,
        "q": chances.q,
        "slate_edges": slates.edge,
        "vacancies": snapshot.market.openings.vacancies,
        "weights": slates.weights,
        "start_load": snapshot.start_load,
        "people": snapshot.market.people.ids,
    }
    save_stage(run.pk, "certificate", arrays, {"mu": slates.mu})
    with transaction.atomic():
        MatchArray.objects.filter(run=run).delete()
        small: dict[str, npt.NDArray[Any]] = {
            "opening_ids": snapshot.market.openings.ids,
            "prices": slates.prices,
            "loads": slates.loads,
            "vacancies": snapshot.market.openings.vacancies,
            "rarity": snapshot.rarity,
        }
        MatchArray.objects.bulk_create(
            MatchArray(run=run, name=name, data=pack(array)) for name, array in small.items()
        )
        text = json.dumps(snapshot.vocabulary.to_json(), ensure_ascii=False).encode()
        MatchArray.objects.create(run=run, name="vocabulary", data=zlib.compress(text))


def _store_slates(
    run: MatchRun,
    snapshot: Snapshot,
    edges: matching.Edges,
    chances: matching.Probabilities,
    slates: matching.Slates,
    progress: Progress,
) -> None:
    """Rows in batches; a resumed run begins anew here, which takes seconds and leaves no half-written person."""
    people, openings = snapshot.market.people.ids, snapshot.market.openings.ids
    with transaction.atomic():
        PersonSlate.objects.filter(run=run).delete()
        OpeningSlate.objects.filter(run=run).delete()
        rows = (
            {"person_id": int(people[row]), "openings": openings[shown[shown >= 0]].astype("<i8").tobytes()}
            for row, shown in enumerate(slates.opening)
            if shown[0] >= 0
        )
        written = 0
        while batch := [{"run_id": run.pk, **row} for row in islice(rows, BATCH)]:
            written += insert_rows(PersonSlate, batch, columns=batch[0])
            progress("store", 0.9 * written / len(people))
        insert_rows(
            OpeningSlate, _recommended(run, snapshot, edges, chances), columns=("run_id", "opening_id", "people")
        )


def _recommended(
    run: MatchRun, snapshot: Snapshot, edges: matching.Edges, chances: matching.Probabilities
) -> Iterator[dict[str, Any]]:
    """For every opening the people most likely to apply and be taken, of those who agreed to be recommended."""
    people = snapshot.market.people.ids
    agreed = Consent.objects.filter(purpose=Purpose.RECOMMEND, withdrawn_at__isnull=True)
    agreed_ids = np.fromiter(agreed.values_list("person_id", flat=True).iterator(), np.int64)
    wanted = np.flatnonzero((edges.source & matching.FROM_OPENING) > 0)
    person_of_edge = np.searchsorted(edges.indptr, wanted, side="right") - 1
    allowed = np.isin(people[person_of_edge], agreed_ids)
    wanted, person_of_edge = wanted[allowed], person_of_edge[allowed]
    worth = (chances.p[wanted] * chances.q[wanted]).astype(np.float64)
    opening = np.asarray(edges.opening)[wanted]
    order = np.lexsort((person_of_edge, -worth, opening))
    opening, person_of_edge = opening[order], person_of_edge[order]
    starts = np.searchsorted(opening, np.arange(len(snapshot.market.openings) + 1))
    for row, identifier in enumerate(snapshot.market.openings.ids.tolist()):
        chosen = person_of_edge[starts[row] : min(starts[row] + RECOMMENDED, starts[row + 1])]
        if chosen.size:
            yield {"run_id": run.pk, "opening_id": identifier, "people": people[chosen].astype("<i8").tobytes()}


@transaction.atomic
def _finish(run: MatchRun, *, at: datetime, values: dict[str, Any]) -> None:
    MatchRun.objects.filter(pk=run.pk).update(state=RunState.DONE, finished_at=at, stage="done", progress=1.0, **values)
    keep = set(MatchRun.objects.filter(state=RunState.DONE).order_by("-pk").values_list("pk", flat=True)[:KEEP_RUNS])
    for model in (PersonSlate, OpeningSlate, MatchArray):
        model.objects.exclude(run__in=keep)._raw_delete("default")
    drop_old_runs(keep)
    summary = {key: value for key, value in values.items() if key != "report"}
    publish(MatchFinished(run_id=run.pk), at=at)
    record(at=at, action="match.finished", subject=run, acting_user=run.requested_by, data=summary)


def verify_run(run: MatchRun) -> matching.Certificate:
    """Recompute the certificate of a stored run by the checker that shares no code with the optimiser."""
    edges, stored = read_stage(run.pk, "edges"), read_stage(run.pk, "certificate")
    note = read_note(run.pk, "certificate")
    assert note is not None
    return matching.verify(
        indptr=edges["indptr"],
        opening=edges["opening"],
        p=stored["p"],
        q=stored["q"],
        vacancies=stored["vacancies"],
        slate_edges=stored["slate_edges"],
        weights=stored["weights"],
        mu=note["mu"],
        start_load=stored["start_load"],
    )


def pack(array: npt.NDArray[Any]) -> bytes:
    buffer = BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return zlib.compress(buffer.getvalue(), level=3)


def unpack(data: bytes) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.load(BytesIO(zlib.decompress(bytes(data))), allow_pickle=False)
    return array


def _stored_progress(run: MatchRun, progress: Progress) -> Progress:
    """Pass progress on and keep the run's row current, at most twice a second."""
    last = [0.0]

    def report(stage: str, share: float) -> None:
        progress(stage, share)
        if time.monotonic() - last[0] > 0.5 or share == 0.0:
            last[0] = time.monotonic()
            done = (STAGES.index(stage) + share) / len(STAGES)
            MatchRun.objects.filter(pk=run.pk).update(stage=stage, progress=done)

    return report


def describe_parameters() -> dict[str, Any]:
    """What the public page about matching says of the running configuration."""
    cold = {"p": asdict(matching.Calibration.cold_start_p()), "q": asdict(matching.Calibration.cold_start_q())}
    return {**DEFAULTS, "recommended": RECOMMENDED, "cold_start": cold}
