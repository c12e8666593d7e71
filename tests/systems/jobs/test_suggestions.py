"""Names offered while one types: public lists only, by alias too, in the reader's language."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from taihu.records.taxonomy import queries as taxonomy
from taihu.records.taxonomy.enums import Kind
from taihu.systems.jobs.forms.codes import find_code
from taihu.systems.jobs.suggestions import suggest


def names(kind: str, text: str) -> list[str]:
    return [found.name for found in suggest([kind], text)]


@pytest.mark.parametrize(
    ("kind", "typed", "first"),
    [
        (Kind.SKILL, "JS", "JavaScript"),
        (Kind.SKILL, "javascript", "JavaScript"),
        (Kind.CERTIFICATE, "注会", "注册会计师"),
        (Kind.CERTIFICATE, "注册会计", "注册会计师"),
        (Kind.OCCUPATION, "车工", "车工"),
        (Kind.OCCUPATION, "Java开发", "计算机软件工程技术人员"),
        (Kind.UNIVERSITY, "江南", "江南大学"),
    ],
)
def test_the_best_name_comes_first(kind, typed, first):
    assert names(kind, typed)[0] == first


def test_nothing_is_offered_for_nothing_and_every_name_once():
    assert suggest([Kind.SKILL], " ") == []
    found = suggest([Kind.JOB_TITLE, Kind.SKILL, Kind.CERTIFICATE], "会计")
    assert len({suggestion.name for suggestion in found}) == len(found) == 8


def test_groups_of_a_list_are_not_offered():
    groups = {term.name for term in taxonomy.tree(Kind.SKILL).terms if term.level == 1}

    assert groups.isdisjoint(names(Kind.SKILL, "编程"))


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
@pytest.mark.parametrize("kind", [Kind.SKILL, Kind.CERTIFICATE])
def test_every_label_that_a_form_shows_is_understood_when_it_comes_back(kind, language):
    with override(language):
        shown = {term.code: taxonomy.label(kind, term.code, language) for term in taxonomy.tree(kind).terms}
        assert {code: find_code(kind, text) for code, text in shown.items()} == {code: code for code in shown}


@pytest.mark.django_db
def test_anybody_may_ask_for_names_of_the_public_lists_and_of_nothing_else(client):
    address = reverse("jobs_api:suggestions")

    assert client.get(address, {"kind": "certificate", "q": "注会"}).json() == [
        {"kind": "certificate", "code": "cpa", "name": "注册会计师", "within": "财会、金融与法律"}
    ]
    assert client.get(address, {"kind": "people", "q": "王"}).status_code == 404
    assert client.get(address, {"q": "王"}).status_code == 422
