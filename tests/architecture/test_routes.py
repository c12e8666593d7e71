"""Every route of every system, tried by somebody without an account and by somebody who has no business there."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from taihu.records.audit.models import AuditEntry
from tests.factories import make_account

pytestmark = pytest.mark.django_db
FILLING = {
    "int": "987654321",
    "str": "nothing",
    "slug": "nothing",
    "path": "nothing",
    "uuid": "0" * 8 + "-0000-0000-0000-" + "0" * 12,
}
OTHERS = ("account/", "api/", "static/")  # the libraries' own pages and the API have tests of their own


def routes() -> Iterator[tuple[str, str]]:
    """Name and address of every page, its places filled with what does not exist."""
    yield from _walk("", "", get_resolver().url_patterns)


def _walk(prefix: str, names: str, patterns: list[URLPattern | URLResolver]) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if route.startswith(OTHERS):
            continue
        if isinstance(pattern, URLResolver):
            inner = f"{names}{pattern.namespace}:" if pattern.namespace else names
            yield from _walk(route, inner, pattern.url_patterns)
        else:
            yield f"{names}{pattern.name}", "/" + _fill(route, pattern)


def _fill(route: str, pattern: URLPattern) -> str:
    for name, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        route = route.replace(f"<{kind}:{name}>", FILLING[kind]).replace(f"<{name}>", "nothing")
    return route


EVERY = sorted(routes())

# Whoever adds a page for everybody, or one that any account has for itself, says so here.
PUBLIC = {
    "accessibility", "health", "privacy", "front", "jobs:openings", "jobs:opening", "jobs:employer", "jobs:algorithm", "jobs:fairness",
    "jobs:atom", "jobs:job_feed", "jobs:robots", "jobs:sitemap", "jobs:sitemap_page", "jobs:complain", "jobs:complaint",
    "jobs:employer_start", "jobs:stop_alerts", "policies:list", "policies:direct_notices", "policies:calls", "policies:notices",
}  # fmt: skip
OWN = {
    "join", "jobs:employer_register", "jobs:employer_check_code", "jobs:invitations", "jobs:profile", "jobs:applications",
    "jobs:resumes", "jobs:resume_new", "jobs:save_search", "jobs:saved_searches",
    "policies:entitlements", "policies:entitlements_agree",
    "me:home", "me:inbox", "me:keys", "me:data", "me:seen", "me:mandates", "me:consents", "me:contact", "me:erase",
    "policies:my_applications", "policies:my_payments", "policies:my_payee_account",
}  # fmt: skip


@pytest.fixture
def index():
    from taihu.systems.jobs.search import indexing

    indexing.rebuild()


def answers(client, method: str) -> dict[str, int]:
    found = {}
    for name, address in EVERY:
        response = getattr(client, method)(address)
        found[name] = response.status_code
        if response.streaming:
            b"".join(response.streaming_content)  # read to the end, which closes the file
    return found


def test_nobody_reads_without_an_account_what_is_not_for_everybody(client, index):
    found = answers(client, "get")

    assert {name for name, status in found.items() if status == 200} - PUBLIC == set()
    assert {name for name, status in found.items() if status >= 500} == set()


def test_an_account_without_a_role_reads_only_what_is_its_own(client, index):
    client.force_login(make_account())

    found = answers(client, "get")

    assert {name for name, status in found.items() if status == 200} - PUBLIC - OWN == set()
    assert {name for name, status in found.items() if status >= 500} == set()


def test_posting_without_an_account_changes_nothing_but_the_count_of_attempts(client, index):
    with CaptureQueriesContext(connection) as told:
        found = {name: client.post(address).status_code for name, address in EVERY}

    assert {name for name, status in found.items() if status >= 500} == set()
    written = [q["sql"] for q in told.captured_queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [sql for sql in written if "django_session" not in sql and "base_allowance" not in sql] == []


def test_posting_where_one_has_no_business_leaves_no_act_behind(client, index):
    """The first visit to one's own pages makes the record of the person; nothing else may happen."""
    client.force_login(make_account())

    found = {name: client.post(address).status_code for name, address in EVERY if name not in OWN}

    assert {name for name, status in found.items() if status >= 500} == set()
    assert set(AuditEntry.objects.values_list("action", flat=True)) <= {"identity.register_person"}
