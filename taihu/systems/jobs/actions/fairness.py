"""Audit a finished match: does it treat groups alike, and does it spread attention (偏差审计)? Never part of a match."""

import json
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from taihu.engines import matching
from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.audit_labels import labels_for_audit
from taihu.records.identity.enums import Purpose
from taihu.records.identity.models import Account, Consent
from taihu.records.identity.permissions import is_auditor, is_officer
from taihu.systems.jobs.actions.runs import unpack
from taihu.systems.jobs.enums import RunState
from taihu.systems.jobs.matching.fairness import RunArrays, fairness_report
from taihu.systems.jobs.matching.files import read_stage
from taihu.systems.jobs.models import MatchArray, MatchAudit, MatchRun, OpeningSlate


@transaction.atomic
def audit_run(*, run: MatchRun, at: datetime, acting_user: Account | None = None) -> MatchAudit:
    """Make the audit of a finished run, or make it again with the labels declared by now. None is the nightly schedule."""
    if acting_user is not None and not (is_officer(acting_user, at=at) or is_auditor(acting_user, at=at)):
        raise NotAllowed("not_officer", _("只有经办人员和审计人员可以做公平检查。"))
    if run.state != RunState.DONE:
        raise Refused("run_not_done", _("这次匹配还没有完成。"), _("请等它完成后再检查。"))
    arrays = _arrays(run)
    agreed = Consent.objects.filter(purpose=Purpose.RECOMMEND, withdrawn_at__isnull=True)
    report = fairness_report(
        arrays,
        recommended=_exposure_to_employers(run),
        may_be_recommended=frozenset(agreed.values_list("person_id", flat=True).iterator()),
        labels=_labels(arrays.people),
        seed=int(run.parameters["seed"]),
    )
    report = json.loads(json.dumps(report, allow_nan=False))
    audit, _is_new = MatchAudit.objects.update_or_create(
        run=run, defaults={"made_at": at, "made_by": acting_user, "report": report}
    )
    data = {"run": run.pk, "people": report["people"], "declared": report["declared"]}
    record(at=at, action="match.audited", subject=audit, acting_user=acting_user, data=data)
    return audit


def _arrays(run: MatchRun) -> RunArrays:
    edges, stored = read_stage(run.pk, "edges"), read_stage(run.pk, "certificate")
    small = {
        row.name: unpack(bytes(row.data))
        for row in MatchArray.objects.filter(run=run, name__in=("loads", "opening_ids"))
    }
    if "people" not in stored or len(small) < 2:
        raise Refused("run_files_gone", _("这次匹配的明细文件已清理。"), _("请查看最近几次匹配，或重新运行。"))
    openings = small["opening_ids"]
    return RunArrays(
        people=np.asarray(stored["people"]),
        opening_ids=openings,
        edges=matching.Edges(**edges, openings=len(openings)),
        chances=matching.Probabilities(stored["p"], stored["q"]),
        slate_edges=np.asarray(stored["slate_edges"], np.int64),
        weights=np.asarray(stored["weights"], np.float64),
        vacancies=np.asarray(stored["vacancies"], np.int64),
        loads=small["loads"],
    )


def _exposure_to_employers(run: MatchRun) -> dict[int, float]:
    """How visible each person is in the lists that employers read: the weight of a place falls with its rank."""
    seen: dict[int, float] = {}
    for packed in OpeningSlate.objects.filter(run=run).order_by("pk").values_list("people", flat=True).iterator():
        people = np.frombuffer(bytes(packed), "<i8")
        for number, weight in zip(people.tolist(), matching.position_weights(people.size).tolist(), strict=True):
            seen[number] = seen.get(number, 0.0) + weight
    return seen


def _labels(people: Any) -> dict[str, list[str]]:
    """Sex, age band and both together, for every row of the run."""
    declared = labels_for_audit()
    found = [declared.get(int(number)) for number in people]
    both = [f"{row.sex}|{row.age_band}" if row and row.sex and row.age_band else "" for row in found]
    return {
        "sex": [row.sex if row else "" for row in found],
        "age_band": [row.age_band if row else "" for row in found],
        "both": both,
    }
