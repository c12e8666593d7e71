"""A person's pages: consent first, reasons for everything, nobody else's."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from factories import AT, make_account, make_organisation, make_person
from systems.policies.makers import SAMPLE, SINCE, make_known, make_list, publish_text
from systems.policies.town import apply_for, make_doctor, make_town, track

from taihu.records.base import clock
from taihu.records.facts.models import Fact
from taihu.records.identity.models import Consent, Disclosure
from taihu.systems.policies.actions.policies import import_examples
from taihu.systems.policies.models import CorrectionRequest, OptOut, PolicyVersion

pytestmark = pytest.mark.django_db
HOME = "policies:entitlements"


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    for name in ("person", "public", "whose"):
        monkeypatch.setattr(f"taihu.systems.policies.views.{name}.now", lambda: AT)
    assert clock


def sign_in(client, person):
    client.force_login(person.account)
    return person


def get(client, name, *args):
    return client.get(reverse(f"policies:{name}", args=args))


def test_without_consent_nothing_is_read(client):
    publish_text()
    sign_in(client, make_known(consents=False))

    page = get(client, "entitlements")

    assert "同意并查看" in page.content.decode()
    assert not Disclosure.objects.exists()
    assert get(client, "entitlement", "sample", "1").status_code == 302
    assert get(client, "entitlements_json").status_code == 409


def test_consent_is_given_by_one_click_and_shown_as_purpose(client):
    publish_text()
    person = sign_in(client, make_known(consents=False))

    client.post(reverse("policies:entitlements_agree"))

    assert Consent.objects.filter(person=person, purpose="policy", withdrawn_at__isnull=True).exists()
    assert "¥10,000" in get(client, "entitlements").content.decode()


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, ["现在可以享受", "¥10,000"]),
        ({"insurance": [{"in_city": True, "from": "2025-12-01"}]}, ["2026-05-01 起符合"]),
        ({"is_full_time": None}, ["需要核实", "全职"]),
        ({"hukou_in_city": False}, ["差一项", "本市户籍"]),
        ({"is_returnee": None}, ["计算金额还缺：留学回国人员"]),
    ],
)
def test_the_page_says_where_a_person_stands(client, facts, words):
    publish_text()
    sign_in(client, make_known(**facts))

    text = get(client, "entitlements").content.decode()

    assert all(word in text for word in words)


def test_reading_is_logged_once_a_day(client):
    publish_text()
    person = sign_in(client, make_known())

    get(client, "entitlements")
    get(client, "entitlement", "sample", "1")

    seen = Disclosure.objects.get(person=person)
    assert (seen.purpose, seen.ground, seen.viewer_account_id) == ("policy", "consent", person.account_id)


def test_the_reasons_name_article_value_source_and_day(client):
    publish_text()
    sign_in(client, make_known(hukou_in_city=False))

    text = get(client, "entitlement", "sample", "1").content.decode()

    assert all(word in text for word in ["第一条", "本市户籍：否", "示例部门", "2026-02-08 核对"])


def test_english_reads_english(client):
    publish_text()
    sign_in(client, make_known())
    client.cookies["django_language"] = "en"
    client.post(reverse("preferences"), {"language": "en", "next": "/"})

    text = get(client, "entitlement", "sample", "1").content.decode()

    assert "Settling grant (test)" in text
    assert "six months insured" in text


def test_contradictions_are_told_and_do_not_refuse(client):
    publish_text()
    person = sign_in(client, make_known())
    from systems.policies.makers import know

    know(person, is_full_time=False)

    text = get(client, "entitlements").content.decode()

    assert "互相矛盾" in text
    assert "需要核实" in text


def test_the_number_of_statements_does_not_grow_with_policies(client, django_assert_max_num_queries):
    publish_text()
    person = sign_in(client, make_known())
    get(client, "entitlements")
    import_examples(acting_user=None, at=AT)
    get(client, "entitlements")
    assert person.pk

    with django_assert_max_num_queries(40) as many:
        get(client, "entitlements")

    assert len(many) <= 40


def test_the_result_can_be_taken_along(client):
    publish_text()
    sign_in(client, make_known())

    data = get(client, "entitlements_json").json()

    assert data["policies"][0]["payable_fen"] == 1_000_000
    assert data["day"] == "2026-03-10"


def test_declining_payment_without_application(client):
    person = sign_in(client, make_known())
    make_list()
    assert "列入名单" in get(client, "entitlements").content.decode()

    client.post(reverse("policies:entitlement_direct", args=["sample"]), {"do": "out"})

    assert OptOut.objects.filter(person=person, policy="sample", ended_at__isnull=True).exists()
    assert "本人不参加" in get(client, "entitlements").content.decode()


def test_a_wrong_record_is_struck_out_and_another_added(client):
    publish_text()
    person = sign_in(client, make_known())
    page = reverse("policies:correct", args=["insurance"])
    assert "下面哪些记录不对" in client.get(page).content.decode()

    client.post(
        page,
        {"wrong": ["0"], "in_city": "true", "from": "2025-01-01", "valid_from": "2025-01-01", "reason": "日期不对"},
    )

    request = CorrectionRequest.objects.get(person=person)
    assert request.value == [{"from": "2025-01-01", "in_city": True}]
    assert "日期不对" not in get(client, "entitlements").content.decode()
    assert "待核实" in get(client, "facts").content.decode()
    client.post(reverse("policies:correction_withdraw", args=[request.pk]))
    request.refresh_from_db()
    assert request.state == "withdrawn"


def test_a_correction_that_says_nothing_is_returned_with_the_reason(client):
    publish_text()
    sign_in(client, make_known())

    page = client.post(reverse("policies:correct", args=["insurance"]), {"valid_from": "2025-01-01", "reason": "不对"})

    assert page.status_code == 200
    assert "请勾选不对的记录" in page.content.decode()
    assert not CorrectionRequest.objects.exists()


@pytest.mark.parametrize("name", ["entitlements", "facts", "entitlements_json"])
def test_visitors_are_sent_to_sign_in(client, name):
    assert get(client, name).status_code == 302


def test_another_person_sees_their_own_and_cannot_touch_a_request(client):
    publish_text()
    owner = make_known()
    client.force_login(owner.account)
    client.post(
        reverse("policies:correct", args=["is_full_time"]),
        {"value": "false", "valid_from": "2025-01-01", "reason": "兼职"},
    )
    request = CorrectionRequest.objects.get()

    client.force_login(make_person(account=make_account()).account)
    answer = client.post(reverse("policies:correction_withdraw", args=[request.pk]))

    assert answer.status_code == 404
    request.refresh_from_db()
    assert request.state == "requested"


def test_a_condition_reads_as_sentences_and_keeps_its_formula_in_a_disclosure(client):
    publish_text()
    sign_in(client, make_known(insurance=[{"in_city": True, "from": "2025-12-01"}]))

    text = get(client, "entitlement", "sample", "1").content.decode()

    assert "到申请日，参保（在本市）连续至少6个月。" in text
    assert "到申请日，参保连续是4个月，还差2个月。" in text
    assert "情况不变的话，2026-05-01起符合，到那天再申报。" in text
    before, formula = text.split("≥ 6", 1)
    assert before.rindex("<details") > before.rindex("<li")
    assert "</details>" in formula


def test_what_is_missing_can_be_added_on_the_spot(client):
    publish_text()
    sign_in(client, make_known(is_full_time=None))

    text = get(client, "entitlement", "sample", "1").content.decode()

    assert "还不知道：全职工作（由单位提供）。" in text
    assert reverse("policies:correct", args=["is_full_time"]) in text


def test_the_list_leads_to_an_application_and_to_the_one_that_runs(client):
    make_town()
    person = sign_in(client, make_doctor())
    begin = reverse("policies:track", args=["wuxi-allowances", "purchase"])
    before = get(client, "entitlements").content.decode()
    application = apply_for(track("wuxi-allowances", "purchase"), person, None)

    after = get(client, "entitlements").content.decode()
    reasons = get(client, "entitlement", "wuxi-young-purchase", "2024").content.decode()

    progress = reverse("policies:application", args=[application.pk])
    assert (begin in before, progress in before) == (True, False)
    assert (begin in after, progress in after) == (False, True)
    assert (begin in reasons, progress in reasons) == (False, True)


def test_what_is_paid_without_application_says_so_until_it_is_declined(client):
    publish_text()
    PolicyVersion.objects.update(is_direct=True)
    sign_in(client, make_known())

    before = get(client, "entitlements").content.decode()
    client.post(reverse("policies:entitlement_direct", args=["sample"]), {"do": "out"})

    assert "不用申报：每月自动核对" in before
    assert "不用申报：每月自动核对" not in get(client, "entitlements").content.decode()


def test_every_way_to_a_correction_leads_somewhere_and_the_employers_facts_have_none(client):
    publish_text(SAMPLE.replace("test: is_full_time", "test: is_full_time and employer_kind == 'enterprise'"))
    employer = make_organisation(credit_code="91320200MA1DOCTOR1")
    Fact.objects.create(
        organisation=employer, property="employer_kind", value="enterprise", valid_from=SINCE,
        known_from=AT - timedelta(days=1), source="department",
    )  # fmt: skip
    sign_in(client, make_known(insured_by=employer.credit_code))

    pages = [get(client, "facts"), get(client, "entitlement", "sample", "1")]

    for page in pages:
        text = page.content.decode()
        links = set(re.findall(r'href="(/me/facts/[^"]+/correct/)"', text))
        assert "单位类型" in text
        assert "由单位更正" in text
        assert reverse("policies:correct", args=["hukou_in_city"]) in links
        assert {client.get(link).status_code for link in links} == {200}


def test_traditional_pages_are_traditional_in_the_words_of_rules_too(client):
    publish_text()
    sign_in(client, make_known(is_full_time=None))
    client.cookies["language"] = "zh-hant"

    text = get(client, "entitlement", "sample", "1").content.decode()

    assert "安居補貼（測試）" in text
    assert "還不知道：全職工作（由單位提供）。" in text
    assert "本市户籍" not in text


def test_codes_are_shown_by_their_names(client):
    publish_text(SAMPLE.replace("test: is_full_time", "test: \"any(degree where degree.university != 'pku')\""))
    sign_in(client, make_known(degree=[{"level": "master", "university": "zju", "country": "CN"}]))

    text = get(client, "entitlement", "sample", "1").content.decode()

    assert "硕士 · 浙江大学 · 中国" in text
    assert "zju" not in text
