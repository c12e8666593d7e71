"""The audit of a match: what it counts, what it keeps quiet about, who may read it, and that no match reads labels."""

import ast
import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from factories import make_account, make_official, make_opening, make_seeker
from systems.jobs.test_match_run import OCCUPATION, agree, run

import taihu
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import deliver_all
from taihu.records.identity.audit_labels import labels_for_audit
from taihu.records.identity.enums import Purpose, Role
from taihu.records.identity.models import Consent, Demographics
from taihu.systems.jobs.actions.fairness import audit_run
from taihu.systems.jobs.actions.runs import request_match, verify_run
from taihu.systems.jobs.matching.fairness import SMALLEST_GROUP, suppressed
from taihu.systems.jobs.models import MatchAudit, OpeningSlate, PersonSlate

pytestmark = pytest.mark.django_db

PAGE = "jobs:office_fairness"


def declare(person, at, *, sex="", age_band=""):
    Consent.objects.create(person=person, purpose=Purpose.AUDIT_STATISTICS, text_version="1", given_at=at)
    Demographics.objects.create(person=person, sex=sex, age_band=age_band, declared_at=at)


@pytest.fixture
def audited(at):
    """Twelve women who know Python and twelve men who know nothing of use, at two openings; three say nothing."""
    for number in range(27):
        skills = ["python"] if number < 12 else ["cpp"]
        person = make_seeker(skill_codes=skills, wanted_occupations=[OCCUPATION]).person
        agree(person, at)
        if number < 24:
            declare(person, at, sex="female" if number < 12 else "male", age_band="25-34")
    for skill in ("python", "java"):
        make_opening(skill_codes=[skill], occupation_code=OCCUPATION)
    return audit_run(run=run(at), at=at)


def table(audit, by, measure):
    return next(row for row in audit.report["tables"] if (row["by"], row["measure"]) == (by, measure))


def test_rates_and_ratios_are_those_of_the_run(audited):
    score = {row["group"]: row for row in table(audited, "sex", "score")["groups"]}

    assert (score["female"]["people"], score["male"]["people"]) == (12, 12)
    assert score["female"]["ratio"] == 1.0
    assert score["male"]["rate"] < score["female"]["rate"]
    assert score["male"]["low"] <= score["male"]["ratio"] <= score["male"]["high"]


def test_people_without_a_label_are_counted_as_unknown(audited):
    assert table(audited, "sex", "shown")["unknown"] == 3
    assert (audited.report["people"], audited.report["declared"]) == (27, 24)


def test_intersections_have_tables_of_their_own(audited):
    groups = [row["group"] for row in table(audited, "both", "selection")["groups"]]

    assert groups == ["female|25-34", "male|25-34"]


def test_the_spread_of_attention_is_reported(audited):
    market = audited.report["market"]

    assert market["openings"] == 2
    assert 0 <= market["gini_openings"] <= 1
    assert 0 <= market["envy"] <= 1
    assert 0 <= market["blocking"] <= market["pairs"]


def test_the_same_run_and_labels_give_the_same_report(audited, at):
    again = audit_run(run=audited.run, at=at)

    assert (again.pk, json.dumps(again.report)) == (audited.pk, json.dumps(audited.report))


def rows_of(*sizes):
    return [
        {"group": name, "people": size, "rate": 0.5, "ratio": 1.0, "low": 0.9, "high": 1.0}
        for name, size in zip("abcdef", sizes, strict=False)
    ]


def test_a_small_group_says_nothing():
    small = suppressed(rows_of(SMALLEST_GROUP - 1, SMALLEST_GROUP - 1, 500))

    assert [row["people"] for row in small] == [None, None, 500]
    assert [row["rate"] for row in small] == [None, None, 0.5]


def test_one_hidden_group_cannot_be_found_by_subtraction():
    one = suppressed(rows_of(3, 40, 500))

    assert [row["people"] for row in one] == [None, None, 500]
    assert [row["rate"] for row in one] == [None, 0.5, 0.5]


def test_large_groups_stay_as_they_are():
    assert suppressed(rows_of(40, 500)) == rows_of(40, 500)


def test_a_label_is_read_only_while_its_consent_holds(at):
    person = make_seeker().person
    declare(person, at, sex="female")
    assert set(labels_for_audit()) == {person.pk}

    Consent.objects.filter(person=person, purpose=Purpose.AUDIT_STATISTICS).update(withdrawn_at=at)
    assert labels_for_audit() == {}


def test_labels_change_nothing_in_a_match(at):
    for number in range(6):
        agree(make_seeker(skill_codes=["python"], wanted_occupations=[OCCUPATION], pay_floor=number).person, at)
    make_opening(skill_codes=["python"], occupation_code=OCCUPATION)
    before = run(at)
    for row in PersonSlate.objects.filter(run=before).select_related("person"):
        declare(row.person, at, sex="female", age_band="55+")
    after = run(at)

    assert after.snapshot_digest == before.snapshot_digest
    for model, key in ((PersonSlate, "person"), (OpeningSlate, "opening")):
        field = "openings" if model is PersonSlate else "people"
        slates = [
            [bytes(value) for value in model.objects.filter(run=done).order_by(key).values_list(field, flat=True)]
            for done in (before, after)
        ]
        assert slates[0] == slates[1]


def test_only_the_audit_reads_the_labels():
    """Whatever imports the labels or their model is listed here; a match, a search or a page of employers is not."""
    allowed = {
        "portal/demo/labels.py",
        "records/identity/actions/consents.py",
        "records/identity/actions/erasure.py",
        "records/identity/audit_labels.py",
        "systems/jobs/actions/fairness.py",
    }
    root = Path(taihu.__file__).parent
    found = set()
    for path in root.rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names = {alias.name for alias in node.names}
                if "Demographics" in names or "audit_labels" in f"{node.module}":
                    found.add(path.relative_to(root).as_posix())
    assert found == allowed


def test_the_audit_does_not_disturb_the_certificate(audited):
    assert verify_run(audited.run).valid


def test_every_finished_match_is_audited(at):
    agree(make_seeker(skill_codes=["python"], wanted_occupations=[OCCUPATION]).person, at)
    make_opening(skill_codes=["python"], occupation_code=OCCUPATION)
    done = run(at)

    deliver_all(at=at)

    assert MatchAudit.objects.get().run == done


def test_an_empty_city_can_be_audited(at):
    assert audit_run(run=run(at), at=at).report["people"] == 0


def test_a_run_that_is_not_done_is_not_audited(at):
    with pytest.raises(Refused):
        audit_run(run=request_match(at=at, acting_user=None), at=at)


def test_who_is_no_officer_audits_nothing(audited, at):
    MatchAudit.objects.all().delete()

    with pytest.raises(NotAllowed):
        audit_run(run=audited.run, at=at, acting_user=make_account())

    assert not MatchAudit.objects.exists()


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.OFFICER, 200), (Role.DECIDER, 200), (Role.AUDITOR, 200), (Role.FINANCE, 403), (Role.CASEWORKER, 403)],
)
def test_the_page_is_for_officers_and_auditors(client, audited, role, status):
    client.force_login(make_official(role))

    assert client.get(reverse(PAGE)).status_code == status


def test_others_neither_read_nor_make_it(client, audited):
    made_at = audited.made_at
    assert client.get(reverse(PAGE)).status_code == 302
    client.force_login(make_account())
    assert client.get(reverse(PAGE)).status_code == 403
    assert client.post(reverse(PAGE)).status_code == 403

    audited.refresh_from_db()
    assert audited.made_at == made_at


def test_an_officer_makes_it_again(client, audited):
    officer = make_official()
    client.force_login(officer)

    client.post(reverse(PAGE))

    audited.refresh_from_db()
    assert audited.made_by == officer


def test_without_a_finished_match_the_page_says_so(client):
    client.force_login(make_official())

    assert client.get(reverse(PAGE)).status_code == 200
    assert client.post(reverse(PAGE)).status_code == 302
    assert client.get(reverse(PAGE), {"run": "7"}).status_code == 404


def test_the_public_reads_the_summary_and_no_openings(client, audited):
    page = client.get(reverse("jobs:fairness"), {"by": "both"})

    assert page.status_code == 200
    assert "most_crowded" not in page.context
    assert [row.name for row in page.context["tables"][0]["rows"]] == ["女 · 25-34", "男 · 25-34"]


def test_the_page_costs_the_same_however_many_audits_there_are(client, audited, at):
    client.force_login(make_official())
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as statements:
            client.get(reverse(PAGE))
        costs.append(len(statements))
        audit_run(run=run(at), at=at)
        audit_run(run=run(at), at=at)

    assert costs[0] == costs[1]
