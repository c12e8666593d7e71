"""The form alone can write every policy that the language can: each is written from an empty page and compared with its twin."""

from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse
from factories import AT, make_official
from systems.policies.form_writer import ClientPen, write_policy

from taihu.systems.policies.actions.editing import start_policy
from taihu.systems.policies.editing.plain import read_plain
from taihu.systems.policies.rulebook import example_texts

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
TWINS = Path(__file__).parent / "twins"


@pytest.fixture
def officer(client):
    account = make_official()
    client.force_login(account)
    return account


def begin(officer):
    return start_policy(
        acting_user=officer,
        at=AT,
        policy="begun",
        version="0",
        title="新",
        document="无",
        effective_from=date(2020, 1, 1),
    )


def written(client, officer, text):
    version = begin(officer)
    write_policy(ClientPen(client, reverse("policies:editor_form", args=[version.pk])), read_plain(text))
    version.refresh_from_db()
    return version


SHIPPED = ("wuxi-class-d.yaml", "hangzhou-living-a.yaml", "wuxi-top-team.yaml", "fuyang-topup.yaml")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_policy_written_by_form_alone_is_the_shipped_policy(client, officer, name):
    text = example_texts()[name]

    version = written(client, officer, text)

    assert read_plain(version.working_text.text) == read_plain(text)


@pytest.mark.once
@pytest.mark.parametrize("name", sorted(path.name for path in TWINS.glob("*.yaml")))
def test_a_policy_with_everything_of_its_own_is_written_by_form_alone(client, officer, name):
    text = (TWINS / name).read_text()

    version = written(client, officer, text)

    assert read_plain(version.working_text.text) == read_plain(text)
    assert version.text == version.working_text.text
