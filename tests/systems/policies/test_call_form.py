"""The form covers the whole language of calls: each opens in it, comes out as it went in, and can be written with it alone."""

from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse
from systems.policies.call_writer import write_call
from systems.policies.form_writer import ClientPen
from systems.policies.town import make_town

from taihu.systems.policies.actions.calls import example_calls, save_call, start_call
from taihu.systems.policies.call_files import read_call
from taihu.systems.policies.editing.plain import read_plain

pytestmark = pytest.mark.django_db
EVERYTHING = (Path(__file__).parent / "call_twins" / "everything.yaml").read_text()


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def officer(client, town):
    client.force_login(town.hall.officer)
    return town.hall.officer


def of_its_own(text, number):
    return text.replace("call: ", f"call: own{number}-", 1)


def page_of(call):
    return reverse("policies:office_call_form", args=[call.pk])


def test_every_call_opens_in_the_form_and_comes_out_as_it_went_in(client, officer, town, at):
    for number, text in enumerate([*example_calls().values(), EVERYTHING]):
        source = of_its_own(text, number)
        call = save_call(acting_user=officer, at=at, source=source, office=town.hall.office)

        ClientPen(client, page_of(call)).press("save")

        kept = call.working_text.text
        assert read_plain(kept) == read_plain(source)
        assert read_call(kept) == read_call(source)


def test_a_call_with_everything_is_written_by_form_alone(client, officer, town, at):
    call = start_call(
        acting_user=officer, at=at, office=town.hall.office, code="begun", title="新", programme="无", document="",
        procedure="taihu-plan", opens_on=date(2026, 1, 1), closes_on=date(2026, 2, 1),
    )  # fmt: skip

    write_call(ClientPen(client, page_of(call)), read_plain(EVERYTHING))

    call.refresh_from_db()
    assert read_call(call.source) == read_call(EVERYTHING)
    assert call.source == call.working_text.text
