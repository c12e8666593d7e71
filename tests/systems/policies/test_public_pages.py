"""What everybody may read, the calculator that stores nothing, and the read API."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from factories import AT, make_official
from systems.policies.makers import SAMPLE, publish_text

from taihu.records.identity.enums import Role
from taihu.systems.policies.actions.policies import import_examples, save_draft, withdraw_version
from taihu.systems.policies.models import PolicyVersion

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr("taihu.systems.policies.views.public.now", lambda: AT)


def page(client, name, *args, **query):
    return client.get(reverse(f"policies:{name}", args=args), query)


def test_the_list_finds_by_words_number_and_level(client):
    import_examples(acting_user=None, at=AT)

    assert "无锡十项措施购房补贴" in page(client, "list").content.decode()
    found = page(client, "list", q="锡人才办 3号").content.decode()
    assert "无锡十项措施购房补贴" in found
    assert "徐州购房券" not in found
    assert "没有找到政策" in page(client, "list", q="没有这样的").content.decode()


def test_drafts_are_nobodys_to_read(client):
    save_draft(acting_user=make_official(), at=AT, text=SAMPLE)

    assert "安居补贴" not in page(client, "list").content.decode()
    for name in ("version", "check", "text"):
        assert page(client, name, "sample", "1").status_code == 404


def test_the_statements_of_the_list_do_not_grow(client):
    publish_text()
    with CaptureQueriesContext(connection) as few:
        page(client, "list")
    import_examples(acting_user=None, at=AT)
    with CaptureQueriesContext(connection) as many:
        page(client, "list")

    assert len(few) == len(many)


def test_every_shipped_policy_is_a_readable_page_and_a_calculator(client):
    import_examples(acting_user=None, at=AT)

    for version in PolicyVersion.objects.all():
        text = page(client, "version", version.policy, version.version).content.decode()
        assert version.title in text
        assert "示例政策" in text
        assert "算例" in text
        assert page(client, "check", version.policy, version.version).status_code == 200


def test_a_withdrawn_version_stays_readable_and_says_so(client):
    version = publish_text()
    withdraw_version(acting_user=make_official(Role.DECIDER), at=AT, version=version, reason="已由新办法替代")

    text = page(client, "version", "sample", "1").content.decode()

    assert "这个版本已停用" in text
    assert "已由新办法替代" in text


def test_the_text_is_given_as_a_plain_download(client):
    publish_text()

    answer = page(client, "text", "sample", "1")

    assert answer.content.decode() == SAMPLE
    assert answer["Content-Disposition"].startswith("attachment")


def answers_of(response):
    found = re.search(r'name="answers" value="([^"]*)"', response.content.decode())
    return found[1].replace("&quot;", '"')


def question_of(response):
    found = re.search(r'name="question" value="([^"]*)"', response.content.decode())
    return found[1] if found else ""


def test_the_calculator_asks_until_it_knows_and_stores_nothing(client):
    publish_text()
    address = reverse("policies:check", args=["sample", "1"])
    response = client.get(address)
    replies = {
        "hukou_in_city": {"do": "answer", "value": "true"},
        "insurance": {"do": "answer", "in_city": "true", "from": "2024-01-01"},
        "is_full_time": {"do": "answer", "value": "true"},
        "is_returnee": {"do": "answer", "value": "true"},
    }
    asked = []
    with CaptureQueriesContext(connection) as statements:
        while question := question_of(response):
            asked.append(question)
            reply = {"answers": answers_of(response), "question": question, **replies[question]}
            response = client.post(address, reply)

    assert sorted(asked) == sorted(replies)
    assert "¥20,000" in response.content.decode()
    writes = [item["sql"] for item in statements if item["sql"].startswith(("INSERT", "UPDATE"))]
    assert all("base_allowance" in sql for sql in writes)


def test_what_is_not_known_is_skipped_and_stays_open(client):
    publish_text()
    address = reverse("policies:check", args=["sample", "1"])
    response = client.get(address)
    for _ in range(6):
        question = question_of(response)
        if not question:
            break
        response = client.post(address, {"answers": answers_of(response), "question": question, "do": "skip"})

    assert question_of(response) == ""
    assert "缺少信息" in response.content.decode()


@pytest.mark.parametrize(
    "answers",
    ["", "nonsense", "[1]", '{"given": {"hukou_in_city": "perhaps"}, "skipped": []}', '{"given": {"x": 1}, "skipped": [2]}',
     '{"given": {"degree": "x"}, "skipped": []}', '{"given": []}', '{"given": {"insurance": [1]}, "skipped": [], "day": []}'],
)  # fmt: skip
def test_answers_that_the_page_did_not_write_begin_anew(client, answers):
    publish_text()

    response = client.post(reverse("policies:check", args=["sample", "1"]), {"answers": answers, "do": "answer"})

    assert response.status_code == 200
    assert question_of(response)


def test_an_answer_out_of_range_comes_back_with_the_reason(client):
    publish_text()
    response = client.get(reverse("policies:check", args=["sample", "1"]))
    reply = {
        "answers": answers_of(response),
        "question": "insurance",
        "do": "answer",
        "from": "2026-01-01",
        "to": "2025-01-01",
    }

    response = client.post(reverse("policies:check", args=["sample", "1"]), reply)

    assert "结束日期早于开始日期" in response.content.decode()
    assert question_of(response) == "insurance"


def test_the_api_lists_shows_and_checks(client):
    publish_text()

    listed = client.get("/api/v1/policies/").json()
    shown = client.get("/api/v1/policies/sample/1").json()
    facts = {"hukou_in_city": True, "insurance": [{"in_city": True, "from": "2024-01-01"}], "is_full_time": True}
    checked = client.post(
        "/api/v1/policies/sample/1/check",
        json.dumps({"facts": {**facts, "is_returnee": False}, "at": "2026-03-10"}),
        content_type="application/json",
    ).json()

    assert [item["policy"] for item in listed] == ["sample"]
    assert "text" not in listed[0]
    assert shown["text"] == SAMPLE
    assert (checked["group"], checked["payable_fen"]) == ("entitled", 1_000_000)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/v1/policies/sample/9/check", {"facts": {}}, 404),
        ("/api/v1/policies/sample/1/check", {"facts": {"hukou_in_city": "perhaps"}}, 422),
        ("/api/v1/policies/sample/1/check", {"facts": {"insurance": "x"}}, 422),
        ("/api/v1/policies/sample/1/check", {"language": "fr"}, 422),
    ],
)
def test_the_api_refuses_with_cause_and_next_step(client, path, body, status):
    publish_text()

    answer = client.post(path, json.dumps(body), content_type="application/json")

    assert answer.status_code == status
    assert set(answer.json()) == {"code", "message", "next_step"}
