"""The demo city's policies: the shipped examples published, the registers' answers, an evaluation and a monthly list."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import chain, islice

import numpy as np
from django.db import transaction

from taihu.portal.demo.accounts import DemoAccounts
from taihu.portal.demo.registers import ANSWERED, PEOPLE, SINCE, Answers, RegisterDraw, rows_of
from taihu.records.base.clock import city_date
from taihu.records.facts.models import Fact, Source
from taihu.records.facts.properties import INSURED_BY
from taihu.records.identity.enums import Purpose
from taihu.records.identity.models import Consent, Organisation
from taihu.systems.jobs.models import Profile
from taihu.systems.policies.actions.corrections import request_correction
from taihu.systems.policies.actions.direct import request_direct_runs, set_direct
from taihu.systems.policies.actions.editing import keep_text, start_version
from taihu.systems.policies.actions.forecasts import perform_forecast, request_forecast
from taihu.systems.policies.actions.policies import import_examples
from taihu.systems.policies.actions.runs import perform_run
from taihu.systems.policies.models import PolicyVersion

BATCH = 2_000
KINDS = {"institution": "institution_other", "state": "enterprise"}
# A district of another city, for the example of a district's top-up.
ELSEWHERE = "330111"
DIRECT = "wuxi-young-purchase"
TEXT_VERSION = "demo-1"
REWRITTEN = "wuxi-housing"
CASE = """cases:
- name: C2 within five years
  at: {year}-03-01
  given:
    talent_class: C2
    is_full_time: true
    class_recognised_on: 2023-03-01
    home: [{{is_urban: true, kind: commercial_new, ordinal: 1, price: 200万, deed_on: 2026-01-10}}]
    benefit: []
  expect: {{status: yes, amount: 25万}}
"""


def build_policies(
    *,
    seed: int,
    at: datetime,
    organisations: Sequence[Organisation],
    profiles: Sequence[Profile],
    accounts: DemoAccounts,
) -> None:
    """Publish the examples and write what the registers answered. Rows in bulk; the caller's transaction."""
    import_examples(acting_user=None, at=at - timedelta(days=40))
    draw = RegisterDraw(seed=seed, at=at, organisations=organisations)
    chosen = profiles[:PEOPLE]
    hired = set(Fact.objects.filter(property=INSURED_BY.name).values_list("person_id", flat=True))
    facts = chain.from_iterable(rows_of(_without_second_employer(found, hired), at) for found in draw.answers(chosen))
    while batch := list(islice(facts, BATCH)):
        Fact.objects.bulk_create(batch)
    _employers(organisations, at)
    _households(seed, chosen, at)
    _consents(seed, profiles, at)
    _draft(accounts, at)
    request_correction(
        acting_user=accounts.seeker,
        at=at - timedelta(days=2),
        person=profiles[0].person,
        property_name="work_years",
        value=3,
        valid_from=city_date(at) - timedelta(days=30),
        reason="毕业后一直在无锡工作，资料里没有工作年限。",
    )
    version = PolicyVersion.objects.get(policy=DIRECT)
    set_direct(acting_user=accounts.officials["decider"], at=at, version=version, is_direct=True)


def _draft(accounts: DemoAccounts, at: datetime) -> None:
    """A version that is being written, with a forecast, for whoever opens the editor."""
    officer = accounts.officials["officer"]
    base = PolicyVersion.objects.get(policy=REWRITTEN)
    start = date(at.year + 1, 1, 1)
    draft = start_version(
        acting_user=officer,
        at=at,
        base=base,
        version=str(start.year),
        document=base.document_number,
        effective_from=start,
    )
    text = draft.text.replace("C2: 20万", "C2: 25万").replace(
        "class_recognised_on + 3 years", "class_recognised_on + 5 years"
    )
    text = text.replace("首次认定后三年内", "首次认定后五年内").replace("within three years", "within five years")
    keep_text(acting_user=officer, at=at, version=draft, text=text + CASE.format(year=start.year), revision=0)
    draft.refresh_from_db()
    perform_forecast(request_forecast(acting_user=officer, at=at, version=draft, day=start), at=at)


def _without_second_employer(found: Answers, hired: "set[int] | set[int | None]") -> Answers:
    """Whoever was hired in the market is insured there: the city's history told so before."""
    if found.person.pk in hired:
        found.values.pop(INSURED_BY.name, None)
    return found


def _employers(organisations: Sequence[Organisation], at: datetime) -> None:
    values = {"valid_from": SINCE, "known_from": at - ANSWERED, "source": Source.DEPARTMENT}
    rows = []
    for number, organisation in enumerate(organisations):
        kind = KINDS.get(organisation.kind_code, "enterprise")
        if organisation.industry_code.startswith("M"):
            kind = "research_institute" if number % 3 == 0 else kind
        source = "市市场监督管理局（示例）"
        rows.append(Fact(organisation=organisation, property="employer_kind", value=kind, source_name=source, **values))
        if number < 3:
            rows.append(
                Fact(organisation=organisation, property="employer_area", value=ELSEWHERE, source_name=source, **values)
            )
    Fact.objects.bulk_create(rows, batch_size=BATCH)


def _households(seed: int, profiles: Sequence[Profile], at: datetime) -> None:
    """One person in five lives with another of the list; a couple is told of by both."""
    people = [profile.person for profile in profiles[1:]]
    order = np.random.default_rng([seed, 43]).permutation(len(people))[: len(people) // 5 // 2 * 2]
    rows = []
    for first, second in order.reshape(-1, 2).tolist():
        for one, other in ((first, second), (second, first)):
            rows.append(
                Fact(
                    person=people[one], property="household", value=[people[other].pk], valid_from=SINCE,
                    known_from=at - ANSWERED, source=Source.DEPARTMENT, source_name="市公安局（示例）",
                )
            )  # fmt: skip
    Fact.objects.bulk_create(rows, batch_size=BATCH)


def _consents(seed: int, profiles: Sequence[Profile], at: datetime) -> None:
    agrees = np.random.default_rng([seed, 47]).random(len(profiles)) < 0.6
    agrees[0] = True
    Consent.objects.bulk_create(
        (
            Consent(
                person=profile.person,
                purpose=Purpose.POLICY,
                text_version=TEXT_VERSION,
                given_at=profile.person.created_at,
            )
            for profile, does in zip(profiles, agrees, strict=True)
            if does
        ),
        batch_size=BATCH,
    )


def evaluate_policies(*, at: datetime) -> None:
    """The city's first evaluation, with the list of people who are paid without application this month."""
    with transaction.atomic():
        lists = request_direct_runs(acting_user=None, at=at)
    perform_run(lists[0].run, at=at, processes=1)
