"""The described API is called with whatever its description allows, and with what it does not: it never breaks."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from ninja.throttling import AnonRateThrottle
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from taihu.systems.jobs.search import indexing
from tests.factories import make_opening, make_organisation

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EXAMPLES = 60


@pytest.fixture
def described(db, monkeypatch):
    """A small market behind the real application; the limit per minute would only make the calls meaningless."""
    monkeypatch.setattr(AnonRateThrottle, "allow_request", lambda self, request: True)
    for signal in (request_started, request_finished):  # as in the test client: the test's connection stays open
        signal.disconnect(close_old_connections)
    employer = make_organisation()
    for title in ("数控车工", "软件工程师", "护士"):
        make_opening(title=title, organisation=employer)
    indexing.rebuild()
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def operation_names():
    from taihu.systems.jobs.api import api

    paths = api.get_openapi_schema()["paths"]
    return sorted(f"{method.upper()} {path}" for path, methods in paths.items() for method in methods)


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", operation_names())
def test_nothing_that_is_asked_breaks_the_api(described, name, mode):
    operations = {one.label: one for one in (found.ok() for found in described.get_all_operations())}
    operation = operations[name]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def attack(case):
        case.validate_response(case.call(), checks=CHECKS)

    try:
        attack()
    except Unsatisfiable:
        pytest.skip("nothing of this kind can be asked here")
