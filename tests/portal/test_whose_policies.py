"""Every page of the policies over a demo city where all of it exists: what is somebody's stays theirs.

The pages come from the URL configuration: whoever adds one says in `WITH` what it is tried with.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver, resolve

from taihu.portal.demo.build import build_city
from taihu.portal.demo.policies import evaluate_policies
from taihu.portal.screens import PLACES, SCREENS
from taihu.records.base.clock import now
from taihu.records.cases.models import Attachment
from taihu.records.identity.enums import MemberRole
from taihu.records.identity.models import Account
from taihu.systems.policies.api import api
from taihu.systems.policies.models import PolicyVersion
from tests.factories import make_account, make_member, make_organisation, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

EVERYBODY = {
    "list", "direct_notices", "direct_notice", "version", "check", "text", "calls", "call", "track", "notices", "notice",
    "object", "objection",
}  # fmt: skip
# Pages that show whoever asks their own, and where anybody may begin something of their own.
OWN = {
    "entitlements", "entitlements_json", "entitlements_agree", "entitlement", "entitlement_direct", "facts", "correct",
    "my_applications", "my_payments", "my_payee_account", "apply",
}  # fmt: skip
EMPLOYERS = {
    "employer_applications", "employer_payments", "employer_payee_account", "employer_start", "employer_confirm",
}  # fmt: skip
# Pages without a picture: what fills them.
WITH = {
    "application_letter": "/me/policy-applications/{refused_application}/letter/",
    "application_letter_pdf": "/me/policy-applications/{refused_application}/letter.pdf",
    "document": "/policy-documents/{document}/",
    "document_remove": "/policy-documents/{document}/remove/",
    "entitlement_direct": "/me/entitlements/wuxi-young-purchase/direct/",
    "correction_withdraw": "/me/facts/requests/{correction}/withdraw/",
    "text": "/policies/wuxi-housing/2024/text.yaml",
    "direct_notice": "/policies/lists/{direct_run}/",
    "objection": "/objections/nothing/",
    "office_case_letter_pdf": "/office/cases/{case_appeal}/letter.pdf",
    "office_case_file": "/office/cases/{case_appeal}/file.zip",
    "office_exchange": "/office/checks/1/",
    "office_evidence": "/office/objections/{objection}/evidence/",
    "office_direct_decide": "/office/policies/direct/{direct_run}/decide/",
    "office_correction_file": "/office/policies/corrections/{correction}/evidence/",
    **{
        f"office_call_{what}": f"/office/calls/{{call_number}}/{what}/"
        for what in ("form", "text", "preview", "discard")
    },
    "office_switch_direct": "/office/policies/{young_purchase}/direct/",
    "review_document": "/reviews/{sheet}/documents/{document}/",
    "editor_check": "/office/policies/editor/{policy_draft}/check/",
    "editor_discard": "/office/policies/editor/{policy_draft}/discard/",
    "editor_revise": "/office/policies/editor/{young_purchase}/revise/",
    "editor_withdraw": "/office/policies/editor/{young_purchase}/withdraw/",
    "finance_line_carry": "/finance/lines/{budget_line}/carry/",
    "finance_release": "/finance/returned/{held}/",
    "finance_approve": "/finance/batches/{batch}/approve/",
    "finance_reject": "/finance/batches/{batch}/reject/",
    "finance_give_up": "/finance/batches/{batch}/give-up/",
    "finance_export": "/finance/batches/{batch}/export.csv",
    "finance_import": "/finance/batches/{batch}/answer/",
    "finance_receive": "/finance/recoveries/{recovery}/receive/",
    "finance_waive": "/finance/recoveries/{recovery}/waive/",
    "finance_withdraw": "/finance/recoveries/{recovery}/withdraw/",
    "finance_commit": "/finance/applications/{own_purchase}/",
    "finance_direct_pay": "/finance/direct/{direct_run}/",
}


class Page(NamedTuple):
    name: str
    address: str


def pages() -> list[Page]:
    """Every page once, filled with what exists; the pictures know most of them."""
    places = {name: find() for name, find in PLACES.items()}
    places["document"] = Attachment.objects.filter(case__submitted_at__isnull=False).latest("pk").pk
    known: dict[str, str] = {}
    for template in [*WITH.values(), *(screen.path.split("?")[0] for screen in SCREENS if screen.status == 200)]:
        address = template.format(**places)
        if "None" not in address and (match := resolve(address)).namespace == "policies":
            known.setdefault(match.url_name or "", address)
    patterns = _patterns()
    known |= {str(row.name): f"/{row.pattern}" for row in patterns if not row.pattern.converters}
    assert {row.name for row in patterns} - set(known) == set(), "say in WITH what these pages are tried with"
    return [Page(name, known[name]) for name in sorted(str(row.name) for row in patterns)]


def _patterns() -> list[URLPattern]:
    resolver = next(row for row in get_resolver().url_patterns if getattr(row, "namespace", "") == "policies")
    return [row for row in resolver.url_patterns if isinstance(row, URLPattern)]


def codes(client, account: Account | None, method: str, every: list[Page]) -> dict[str, tuple[int, bytes]]:
    client.logout()
    if account is not None:
        client.force_login(account)
    found = {}
    for page in every:
        answer = getattr(client, method)(page.address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        to_login = answer.status_code == 302 and answer.url.startswith("/account/login/")
        found[page.name] = (401 if to_login else answer.status_code, body)
    return found


def api_codes(client, draft: PolicyVersion) -> Iterator[tuple[str, int]]:
    """Each operation of the API, asked for a version that is not published yet."""
    client.logout()
    for _prefix, router in api._routers:
        for path in router.path_operations:
            address = path.replace("{policy}", draft.policy).replace("{version}", draft.version).lstrip("/")
            for method in ("GET", "POST", "PUT", "DELETE"):
                answer = client.generic(method, f"/api/v1/policies/{address}", "{}", content_type="application/json")
                yield ("draft" if address else "list"), answer.status_code


def written(told: CaptureQueriesContext) -> list[str]:
    acts = [query["sql"] for query in told.captured_queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    kept = ("django_session", "base_allowance", "account_accountsession", "last_login")
    return [sql for sql in acts if not any(name in sql for name in kept)]


def test_what_is_somebodys_opens_for_nobody_else_and_nobody_elses_request_changes_it(client):
    at = now()
    accounts = build_city(seed=7, at=at, people=80, employers=20, openings=20, progress=lambda stage, share: None)
    evaluate_policies(at=at)
    every = pages()
    shared = [page for page in every if page.name not in EVERYBODY | OWN]
    stranger = make_account()
    make_person(account=stranger, name="路人甲")
    employer = make_member(make_organisation(), MemberRole.OWNER)
    make_person(account=employer, name="路人乙")
    theirs = [accounts.seeker.person.name, accounts.seeker.email]

    visitor = codes(client, None, "get", every)
    strangers = codes(client, stranger, "get", every)
    employers = codes(client, employer, "get", every)
    with CaptureQueriesContext(connection) as told:
        posted = {
            "visitor": codes(client, None, "post", [page for page in every if page.name not in EVERYBODY]),
            "stranger": codes(client, stranger, "post", shared),
            "employer": codes(client, employer, "post", [page for page in shared if page.name not in EMPLOYERS]),
        }

    open_to_all = {name for name, (code, _body) in visitor.items() if code == 200}
    assert open_to_all <= EVERYBODY
    assert {name for name, (code, _body) in visitor.items() if code not in (200, 401, 404)} == set()
    assert {name for name, (code, _body) in strangers.items() if code in (200, 302)} <= EVERYBODY | OWN
    assert {name for name, (code, _body) in employers.items() if code in (200, 302)} <= EVERYBODY | OWN | EMPLOYERS
    for found in (strangers, employers):
        assert {name for name, (code, _body) in found.items() if code >= 500} == set()
        seen = {name for name, (_code, body) in found.items() if any(word.encode() in body for word in theirs)}
        assert seen == set()
    for who, found in posted.items():
        assert {(who, name) for name, (code, _body) in found.items() if code not in (401, 403, 404, 405)} == set()
    assert written(told) == []

    draft = PolicyVersion.objects.filter(state="draft").latest("pk")
    with CaptureQueriesContext(connection) as told:
        answers = set(api_codes(client, draft))
    assert answers <= {("list", 200), ("draft", 404), ("list", 405), ("draft", 405)}
    assert written(told) == []
