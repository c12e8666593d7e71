"""Draw the list of people who are paid without applying, out of an evaluation that was just made."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import transaction
from django.utils.translation import gettext as _

from taihu.engines.rules.civil import from_days
from taihu.engines.rules.results import Evaluation, PolicyResult
from taihu.records.audit.actions import record
from taihu.records.base.language import language
from taihu.records.facts.tables import LoadedFacts
from taihu.records.identity.enums import Ground, Purpose
from taihu.records.identity.models import Disclosure
from taihu.systems.policies.claims import claimed
from taihu.systems.policies.enums import DirectState, EntryState, Group
from taihu.systems.policies.models import DirectEntry, DirectRun, OptOut, PolicyRun
from taihu.systems.policies.queries.officer import contradiction_words
from taihu.systems.policies.standing import NUMBER, groups

Array = npt.NDArray[Any]
BATCH = 2000


def draw_lists(run: PolicyRun, facts: LoadedFacts, evaluation: Evaluation, *, at: datetime) -> None:
    """Fill the lists that wait for this run; one that was filled before it was killed is left as it is."""
    for direct in DirectRun.objects.filter(run=run, state=DirectState.WAITING).select_related("version").order_by("pk"):
        draw_list(direct, facts, evaluation[direct.version.key], at=at)


@transaction.atomic
def draw_list(direct: DirectRun, facts: LoadedFacts, result: PolicyResult, *, at: datetime) -> None:
    """Entitled people with amounts, people for a human to check, people who do not want it; claimed ones are left out."""
    policy = direct.version.policy
    taken = claimed(policy) | set(_listed_before(direct))
    declined = set(OptOut.objects.filter(policy=policy, ended_at__isnull=True).values_list("person_id", flat=True))
    entries = [
        entry
        for entry in (*_payable(direct, facts, result), *_to_check(direct, facts, result))
        if entry.person_id not in taken
    ]
    for entry in entries:
        if entry.person_id in declined:
            entry.state = EntryState.OPTED_OUT
    DirectEntry.objects.bulk_create(entries, batch_size=BATCH)
    seen = [entry.person_id for entry in entries if entry.state in {EntryState.LISTED, EntryState.MANUAL}]
    _disclose(direct, seen, at)
    DirectRun.objects.filter(pk=direct.pk).update(state=DirectState.LISTED, listed_at=at)
    counts = {state: sum(entry.state == state for entry in entries) for state in EntryState.values}
    data = {"entries": {state: count for state, count in counts.items() if count}, "claimed": len(taken)}
    record(at=at, action="policies.direct_listed", subject=direct, acting_user=direct.created_by, data=data)


def _listed_before(direct: DirectRun) -> Iterator[int]:
    """People on an earlier list of any version of the policy that was not cancelled."""
    rows = DirectEntry.objects.filter(
        direct_run__version__policy=direct.version.policy, state__in=[EntryState.LISTED, EntryState.HANDED]
    ).exclude(direct_run__state=DirectState.CANCELLED)
    yield from rows.exclude(direct_run=direct).values_list("person_id", flat=True).iterator()


def _payable(direct: DirectRun, facts: LoadedFacts, result: PolicyResult) -> Iterator[DirectEntry]:
    for place in np.flatnonzero(result.payable > 0).tolist():
        parts = zip(result.due[place].tolist(), result.parts[place].tolist(), strict=True)
        yield DirectEntry(
            direct_run=direct,
            person_id=int(facts.ids[result.rows[place]]),
            state=EntryState.LISTED,
            amount=int(result.payable[place]),
            payers={payer: int(amounts[place]) for payer, amounts in result.payers.items() if amounts[place]},
            instalments=[[from_days(due).isoformat(), amount] for due, amount in parts if due and amount],
        )


def _to_check(direct: DirectRun, facts: LoadedFacts, result: PolicyResult) -> Iterator[DirectEntry]:
    rows = np.flatnonzero(groups(result) == NUMBER[Group.CHECK])
    leaves = [clause for clause in result.policy.clauses if clause.op == "test"]
    open_ = {clause.id: result.clause_unknown(clause.index)[rows] for clause in leaves}
    notes = _contradictory(facts)
    for place, row in enumerate(rows.tolist()):
        yield DirectEntry(
            direct_run=direct,
            person_id=int(facts.ids[row]),
            state=EntryState.MANUAL,
            open_clauses=[name for name, is_open in open_.items() if is_open[place]],
            note=(_("资料互相矛盾：%(names)s") % {"names": "；".join(notes[row])})[:300] if row in notes else "",
        )


def _contradictory(facts: LoadedFacts) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for item in facts.contradictions:
        words = contradiction_words(item.code, item.name, language())
        for row in item.rows.tolist():
            found.setdefault(row, []).append(words)
    return found


def _disclose(direct: DirectRun, people: list[int], at: datetime) -> None:
    """Everybody on the list can see that it was made (个人信息保护法 第十三条第三项, 第三十五条)."""
    Disclosure.objects.bulk_create(
        (
            Disclosure(
                person_id=person,
                at=at,
                viewer=_("免申即享名单（%(title)s）") % {"title": direct.version.title},
                purpose=Purpose.POLICY,
                ground=Ground.DUTY,
                what=_("政策核算用到的社保、学历、住房等数据"),
            )
            for person in people
        ),
        batch_size=BATCH,
    )
