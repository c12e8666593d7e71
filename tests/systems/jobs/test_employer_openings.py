"""An employer writes, checks, publishes and ends openings in the browser; nobody else may."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from factories import make_account, make_member, make_official, make_opening, make_organisation, make_person
from openpyxl import load_workbook
from systems.jobs.people import apply_to

from taihu.records.audit.models import AuditEntry
from taihu.records.base.clock import city_date, now
from taihu.records.base.events import deliver_all
from taihu.records.identity.enums import MemberRole
from taihu.systems.jobs.actions.openings import expire_openings, warn_of_ending
from taihu.systems.jobs.actions.oversight import decide_review, take_down
from taihu.systems.jobs.enums import ApplicationState, OpeningState
from taihu.systems.jobs.forms.openings import OpeningForm
from taihu.systems.jobs.models import Opening

pytestmark = pytest.mark.django_db

FORM = {
    "title": "数控操作工", "description": "操作数控机床完成零件加工。", "requirements": "会看图纸。",
    "occupation_code": "车工", "employment_type": "full", "headcount": "3", "education_rank": "2",
    "experience_min": "1", "skill_codes": "Python", "pay_basis": "monthly", "pay_min": "6000", "pay_max": "9000",
    "pay_months": "13", "area_code": "320214", "address": "示例路 1 号",
}  # fmt: skip


@pytest.fixture
def employer():
    return make_organisation(verified_until=now() + timedelta(days=120), name="无锡甲示例有限公司")


@pytest.fixture
def recruiter(client, employer):
    account = make_member(employer)
    client.force_login(account)
    return account


def write(client, employer, **changes):
    data = FORM | {"organisation": employer.pk, "do": "save"} | changes
    return client.post(reverse("jobs:employer_opening_new"), data)


def at_address(name, opening):
    return reverse(f"jobs:employer_{name}", args=[opening.pk])


def publish(client, opening, days=30):
    day = city_date(now()) + timedelta(days=days)
    return client.post(at_address("publish", opening), {"valid_through": day.isoformat()})


def published(employer, **fields):
    at = now()
    times = {"published_at": at, "refreshed_at": at, "valid_through": at + timedelta(days=30), "organisation": employer}
    return make_opening(**times | fields)


def test_words_yuan_and_years_become_codes_fen_and_months(client, employer, recruiter):
    write(client, employer)

    opening = Opening.objects.get()
    assert (opening.occupation_code, opening.skill_codes) == ("6-18-01-01", ["python"])
    assert (opening.pay_min, opening.pay_max, opening.pay_months) == (600_000, 900_000, 13)
    assert (opening.experience_min, opening.state, opening.created_by) == (12, OpeningState.DRAFT, recruiter)


@pytest.mark.parametrize(
    ("basis", "low", "high", "fen"),
    [
        ("daily", "200", "260", (435_000, 565_500)),
        ("hourly", "25", "30.5", (435_000, 530_700)),
        ("yearly", "120000", "180000", (1_000_000, 1_500_000)),
    ],
)
def test_pay_by_day_hour_or_year_is_kept_by_month_and_shown_as_it_was_written(
    client, employer, recruiter, basis, low, high, fen
):
    write(client, employer, pay_basis=basis, pay_min=low, pay_max=high, pay_months="12")

    opening = Opening.objects.get()
    shown = OpeningForm.initial_of(opening)
    assert (opening.pay_min, opening.pay_max) == fen
    assert (str(shown["pay_min"]), str(shown["pay_max"])) == (low, high.replace("30.5", "30.50"))


def test_a_draft_that_is_saved_unchanged_stays_the_same(client, employer, recruiter):
    write(client, employer, experience_min="2.5", experience_max="4", pay_basis="hourly", pay_min="21.5", pay_max="33")
    opening = Opening.objects.get()
    before = Opening.objects.filter(pk=opening.pk).values().get()

    form = OpeningForm([employer], initial=OpeningForm.initial_of(opening))
    data = {field.html_name: field.value() for field in form if field.value() not in (None, "")} | {"do": "save"}
    client.post(at_address("opening_edit", opening), data)

    after = Opening.objects.filter(pk=opening.pk).values().get()
    assert {k: v for k, v in after.items() if k != "updated_at"} == {
        k: v for k, v in before.items() if k != "updated_at"
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"occupation_code": "㐀㐁㐂"}, "occupation_code"),
        ({"skill_codes": "Python、㐀㐁㐂"}, "skill_codes"),
        ({"pay_min": "9000", "pay_max": "6000"}, "pay_max"),
        ({"pay_min": "1"}, "pay_min"),
        ({"experience_min": "5", "experience_max": "2"}, "experience_max"),
        ({"headcount": "0"}, "headcount"),
        ({"area_code": "999999"}, "area_code"),
        ({"pay_basis": "undisclosed"}, "pay_basis"),
    ],
)
def test_bad_input_is_an_error_of_its_field_and_nothing_typed_is_lost(client, employer, recruiter, changes, field):
    response = write(client, employer, **changes)

    form = response.context["form"]
    assert list(form.errors) == [field]
    assert form["description"].value() == FORM["description"]
    assert not Opening.objects.exists()


def test_what_is_typed_is_checked_and_the_article_is_cited(client, employer, recruiter):
    response = client.post(reverse("jobs:employer_check_text"), FORM | {"requirements": "限男性，35岁以下，会看图纸"})

    page = response.content.decode()
    assert "<mark>限男性</mark>" in page
    assert "人力资源市场暂行条例》第二十四条" in page
    assert page.index("禁止发布") < page.index("需要审核")


def test_the_same_check_is_there_without_scripts(client, employer, recruiter):
    fragment = client.post(reverse("jobs:employer_check_text"), FORM | {"requirements": "限男性"}).content.decode()

    page = write(client, employer, requirements="限男性", do="check").content.decode()

    assert fragment.strip() in page
    assert not Opening.objects.exists()


def test_an_unlawful_opening_is_blocked_with_its_article_until_it_is_rewritten(client, employer, recruiter):
    write(client, employer, requirements="限男性，会看图纸。")
    opening = Opening.objects.get()

    page = client.get(at_address("publish", opening)).content.decode()
    refused = publish(client, opening)
    opening.refresh_from_db()
    assert "第二十四条" in page
    assert "<mark>限男性</mark>" in page
    assert refused.context["form"].errors
    assert opening.state == OpeningState.DRAFT

    data = FORM | {"organisation": employer.pk, "do": "publish"}
    assert client.post(at_address("opening_edit", opening), data).url == at_address("publish", opening)
    publish(client, opening)
    opening.refresh_from_db()
    assert (opening.state, opening.is_listed) == (OpeningState.PUBLISHED, True)


def test_an_incomplete_opening_says_what_the_law_misses(client, employer, recruiter):
    write(client, employer, requirements="", pay_min="", pay_max="")
    opening = Opening.objects.get()

    response = client.get(at_address("publish", opening))
    publish(client, opening)

    opening.refresh_from_db()
    assert [label for _name, label, is_there in response.context["checklist"] if not is_there] == [
        "招聘条件",
        "基本劳动报酬",
    ]
    assert opening.state == OpeningState.DRAFT


def test_flagged_wording_waits_and_the_officer_s_answer_is_told_and_shown(client, employer, recruiter):
    write(client, employer, requirements="35岁以下，会看图纸。")
    opening = Opening.objects.get()
    publish(client, opening)
    opening.refresh_from_db()
    assert opening.state == OpeningState.REVIEW
    assert "等待经办人员审核" in client.get(at_address("opening", opening)).content.decode()

    decide_review(
        acting_user=make_official(), at=now(), review=opening.reviews.get(), is_approved=False, reason="请删去年龄"
    )
    deliver_all(at=now())

    page = client.get(at_address("opening", opening)).content.decode()
    assert "审核没有通过" in page
    assert "请删去年龄" in page
    assert "请删去年龄" in client.get(reverse("jobs:employer_home")).content.decode()
    assert recruiter.notifications.get().kind == "opening_returned"


def test_rewriting_flagged_wording_publishes_without_waiting(client, employer, recruiter):
    write(client, employer, requirements="35岁以下，会看图纸。")
    opening = Opening.objects.get()
    publish(client, opening)

    client.post(at_address("opening_edit", opening), FORM | {"organisation": employer.pk, "do": "save"})

    opening.refresh_from_db()
    assert (opening.state, opening.is_listed) == (OpeningState.PUBLISHED, True)
    assert not opening.reviews.filter(decided_at__isnull=True).exists()


def test_a_live_opening_can_not_become_unlawful_or_incomplete(client, employer, recruiter):
    opening = published(employer)
    for changes in ({"requirements": "限男性"}, {"requirements": ""}):
        response = client.post(
            at_address("opening_edit", opening), FORM | {"organisation": employer.pk, "do": "save"} | changes
        )
        assert "requirements" in response.context["form"].errors

    opening.refresh_from_db()
    assert (opening.requirements, opening.is_listed) == ("熟悉 Python 和数据库。", True)


def test_an_opening_is_paused_published_again_extended_and_closed_with_a_reason(client, employer, recruiter):
    opening = published(employer)

    client.post(at_address("pause", opening))
    opening.refresh_from_db()
    assert (opening.state, opening.is_listed) == (OpeningState.PAUSED, False)
    publish(client, opening, days=10)
    client.post(at_address("renew", opening), {"valid_through": (city_date(now()) + timedelta(days=90)).isoformat()})
    opening.refresh_from_db()
    assert (opening.valid_through - now()).days == 90

    response = client.post(at_address("close", opening), {"reason": ""})
    assert response.context["form"].errors["reason"]
    client.post(at_address("close", opening), {"reason": "filled"})
    opening.refresh_from_db()
    assert (opening.state, opening.is_listed) == (OpeningState.CLOSED, False)
    page = client.get(at_address("opening", opening)).content.decode()
    for words in ("结束招聘", "已经招满", "延期", "暂停"):
        assert words in page


@pytest.mark.parametrize("days", [0, 181])
def test_validity_is_half_a_year_at_most(client, employer, recruiter, days):
    write(client, employer)
    opening = Opening.objects.get()

    response = publish(client, opening, days=days if days else days - 1)

    assert response.context["form"].errors["valid_through"]
    opening.refresh_from_db()
    assert opening.state == OpeningState.DRAFT


def test_closing_answers_whoever_still_waits(client, employer, recruiter):
    opening = published(employer)
    application = apply_to(opening, at=now())

    client.post(at_address("close", opening), {"reason": "cancelled", "note": "谢谢您的时间"})

    application.refresh_from_db()
    assert (application.state, application.refusal_reason) == (ApplicationState.REFUSED, "cancelled")


def test_only_a_draft_that_nobody_saw_is_deleted(client, employer, recruiter):
    write(client, employer)
    draft, live = Opening.objects.get(), published(employer)

    client.post(at_address("discard", draft))
    refused = client.post(at_address("discard", live))

    assert list(Opening.objects.all()) == [live]
    assert refused.status_code == 409
    assert AuditEntry.objects.filter(action="opening.discarded").count() == 1


def test_a_copy_starts_from_the_other_one_and_is_a_draft(client, employer, recruiter):
    opening = published(employer, title="原来的岗位")

    response = client.get(reverse("jobs:employer_opening_new"), {"copy": opening.pk})

    assert response.context["form"]["title"].value() == "原来的岗位"
    assert Opening.objects.count() == 1


def test_the_preview_is_the_page_of_seekers_before_anybody_else_sees_it(client, employer, recruiter):
    write(client, employer)
    opening = Opening.objects.get()

    page = client.get(at_address("preview", opening))
    client.logout()

    assert "数控操作工" in page.content.decode()
    assert "基本劳动报酬" in page.content.decode()
    assert client.get(reverse("jobs:opening", args=[opening.pk])).status_code == 404


def test_a_takedown_shows_article_and_reason_and_is_told(client, employer, recruiter):
    opening = published(employer)

    take_down(acting_user=make_official(), at=now(), opening=opening, article="就业促进法第四十一条", reason="收取押金")
    deliver_all(at=now())

    page = client.get(at_address("opening", opening)).content.decode()
    assert "就业促进法第四十一条" in page
    assert "收取押金" in page
    assert recruiter.notifications.filter(kind="opening_taken_down").count() == 1


def test_members_are_told_once_before_an_opening_ends_and_when_it_has(client, employer, recruiter):
    opening = published(employer, valid_through=now() + timedelta(days=5))

    for _ in range(2):
        warn_of_ending(at=now())
        expire_openings(at=now() + timedelta(days=6))

    opening.refresh_from_db()
    assert opening.state == OpeningState.EXPIRED
    assert sorted(recruiter.notifications.values_list("kind", flat=True)) == ["opening_ended", "opening_ending"]


def test_the_list_is_filtered_by_state_word_and_branch(client, employer, recruiter):
    branch = make_organisation(parent=employer, verified_until=now() + timedelta(days=90))
    one, two = published(employer, title="会计"), published(branch, title="出纳")
    draft = make_opening(organisation=employer, published=False, title="会计主管")
    published(make_organisation(), title="会计")

    def shown(**asked):
        return {opening.pk for opening, _ in client.get(reverse("jobs:employer_openings"), asked).context["rows"]}

    assert shown() == {one.pk, two.pk, draft.pk}
    assert shown(state="draft") == {draft.pk}
    assert shown(q="会计") == {one.pk, draft.pk}
    assert shown(organisation=branch.pk) == {two.pk}
    assert shown(organisation="99999999999999999999") == {one.pk, two.pk, draft.pk}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_export_holds_the_own_openings_and_no_formula(client, employer, recruiter, kind):
    published(employer, title="=1+1", description="+cmd|' /C calc'!A0")
    published(make_organisation(), title="别人的岗位")

    content = client.get(reverse("jobs:employer_openings_export", args=[kind])).content

    if kind == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    else:
        rows = [list(row) for row in load_workbook(io.BytesIO(content)).active.values]
    assert len(rows) == 2
    assert (rows[1][0], rows[1][1]) == ("'=1+1", "'+cmd|' /C calc'!A0")


def test_the_export_of_the_same_openings_is_the_same_bytes(client, employer, recruiter):
    published(employer)
    address = reverse("jobs:employer_openings_export", args=["xlsx"])

    assert client.get(address).content == client.get(address).content


OWN_PAGES = ("opening", "opening_edit", "preview", "publish", "renew", "close", "discard")


@pytest.mark.parametrize("who", ["anonymous", "seeker", "other employer", "officer"])
def test_nobody_else_opens_or_changes_an_opening(client, employer, who):
    opening = published(employer)
    draft = make_opening(organisation=employer, published=False)
    account = {
        "seeker": lambda: make_person().account,
        "other employer": lambda: make_member(make_organisation(), MemberRole.OWNER),
        "officer": make_official,
    }
    if who != "anonymous":
        client.force_login(account[who]())
    before = list(Opening.objects.order_by("pk").values())
    allowed = {302, 404, 403}

    for row in (opening, draft):
        for name in OWN_PAGES:
            assert client.get(at_address(name, row)).status_code in allowed
        day = (city_date(now()) + timedelta(days=20)).isoformat()
        for name in ("opening_edit", "publish", "renew", "pause", "take_back", "close", "discard"):
            data = FORM | {"organisation": employer.pk, "valid_through": day, "reason": "filled", "do": "save"}
            assert client.post(at_address(name, row), data).status_code in allowed
    posted = client.post(reverse("jobs:employer_opening_new"), FORM | {"organisation": employer.pk})

    assert posted.status_code in {200, 302, 403}, "another employer's own form does not offer this employer"
    assert list(Opening.objects.order_by("pk").values()) == before


def test_a_viewer_looks_and_changes_nothing(client, employer):
    opening = published(employer)
    client.force_login(make_member(employer, MemberRole.VIEWER))
    before = list(Opening.objects.values())

    assert client.get(at_address("opening", opening)).status_code == 200
    answers = [client.post(at_address(name, opening)) for name in ("pause", "close", "opening_edit", "publish")]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert list(Opening.objects.values()) == before


def test_a_link_opens_the_right_opening_whichever_hat_is_worn(client, employer):
    account = make_member(employer)
    other = make_organisation()
    other.memberships.create(account=account, role=MemberRole.RECRUITER, created_at=now())
    client.force_login(account)
    client.post(reverse("jobs:employer_open", args=[employer.pk]))

    assert client.get(at_address("opening", published(other))).status_code == 200


def test_an_imported_citation_is_nobody_s_own_opening(client, employer, recruiter):
    opening = published(employer, source="某招聘网", source_id="1")

    assert client.get(at_address("opening", opening)).status_code == 404


@pytest.mark.parametrize("name", ["employer_openings", "employer_home"])
def test_the_number_of_statements_does_not_grow_with_the_openings(client, employer, recruiter, name):
    counts = []
    for _round in range(2):
        for _number in range(1 if not counts else 2):
            apply_to(published(employer, valid_through=now() + timedelta(days=3)), at=now())
            make_opening(organisation=employer, published=False)
        client.get(reverse(f"jobs:{name}"))
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(f"jobs:{name}"))
        counts.append(len(captured))

    assert counts[0] == counts[1]
    assert counts[0] <= 16


@pytest.mark.slow
def test_the_check_of_words_is_limited(client, employer, recruiter):
    answers = {client.post(reverse("jobs:employer_check_text"), {"title": "x"}).status_code for _ in range(121)}

    assert answers == {200, 429}


def test_a_stranger_sees_the_way_in(client):
    assert "登记单位" in client.get(reverse("jobs:employer_start")).content.decode()
    client.force_login(make_account())
    assert reverse("jobs:employer_register") in client.get(reverse("jobs:employer_start")).content.decode()
