"""Calls in the browser: who writes them, what happens to what was typed, and what may change after publication."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from factories import make_account, make_person
from records.cases.office import make_hall
from systems.policies.form_writer import ClientPen

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import Refused
from taihu.records.cases.actions import load_shipped
from taihu.systems.policies.actions.applications import start_application
from taihu.systems.policies.actions.call_texts import discard_call, keep_call_text
from taihu.systems.policies.actions.calls import (
    close_call,
    copy_call,
    correct_call,
    extend_call,
    publish_call,
    save_call,
)
from taihu.systems.policies.call_files import CallError, read_call
from taihu.systems.policies.forms.applications import build_field
from taihu.systems.policies.models import Call, CallChange, CallText
from taihu.systems.policies.windows import window_of

pytestmark = pytest.mark.django_db
TEXT = """call: short
title: {zh: 一次申报, en: One call}
programme: 太湖人才计划
window: {shape: fixed, from: 2026-03-01, to: 2026-04-30}
fields:
  - {name: project, zh: 项目, en: Project}
tracks:
  - {code: one, name: {zh: 类别一, en: Track one}, procedure: taihu-plan}
  - {code: two, name: {zh: 类别二, en: Track two}, procedure: taihu-plan}
"""
PAGES = ("office_call", "office_call_form", "office_call_text", "office_call_preview", "office_call_discard")
DAY = timedelta(days=1)


@pytest.fixture
def hall(at):
    load_shipped(at=at, only=("taihu-plan",))
    return make_hall()


@pytest.fixture
def draft(hall, at):
    return save_call(acting_user=hall.officer, at=at, source=TEXT, office=hall.office)


@pytest.fixture
def published(hall, draft, at):
    return publish_call(acting_user=hall.officer, at=at, call=draft)


def address(name, call):
    return reverse(f"policies:{name}", args=[call.pk])


def everything():
    calls = list(Call.objects.values_list("source", "state", "closes_at"))
    return calls, CallText.objects.count(), CallChange.objects.count(), AuditEntry.objects.count()


def refused(act, **fields):
    before = everything()
    with pytest.raises(Refused) as error:
        act(**fields)
    assert everything() == before
    return error.value.code


# --- who


def test_only_the_leading_office_changes_a_call(client, hall, draft):
    data = {"text": TEXT.replace("项目", "计划"), "document": TEXT, "revision": "0", "do": "save"}
    before = everything()
    answers = {}

    for who, account in (
        ("anonymous", None),
        ("person", make_person().account),
        ("department", hall.science),
        ("district", hall.district_officer),
    ):
        client.logout() if account is None else client.force_login(account)
        answers[who] = [client.post(address(name, draft), data).status_code for name in PAGES[1:]]

    assert answers == {
        "anonymous": [302] * 4, "person": [403] * 4, "department": [403] * 4, "district": [403] * 4,
    }  # fmt: skip
    assert everything() == before


def test_another_office_reads_a_published_call_and_neither_extends_nor_closes_it(client, hall, published):
    client.force_login(hall.science)
    before = everything()

    read = client.get(address("office_call", published))
    writes = [
        client.post(address("office_call", published), {"do": do, "closes_on": "2026-12-31", "reason": "x"}).status_code
        for do in ("extend", "close")
    ]

    assert (read.status_code, writes, everything()) == (200, [403, 403], before)
    assert "延长申报" not in read.content.decode()


def test_the_actions_say_whose_call_it_is(hall, draft, at):
    other, person = hall.district_officer, make_account()
    fields = {"at": at, "call": draft}

    assert refused(publish_call, acting_user=other, **fields) == "other_office"
    assert refused(publish_call, acting_user=person, **fields) == "not_officer"
    assert refused(keep_call_text, acting_user=other, text="x", revision=0, **fields) == "other_office"
    assert refused(discard_call, acting_user=other, **fields) == "other_office"
    publish_call(acting_user=hall.officer, **fields)
    assert refused(correct_call, acting_user=other, reason="x", **fields) == "other_office"
    assert refused(extend_call, acting_user=other, closes_at=at + 90 * DAY, reason="x", **fields) == "other_office"
    assert refused(close_call, acting_user=other, reason="x", **fields) == "other_office"
    assert refused(copy_call, acting_user=other, code="mine", office=hall.office, **fields) == "other_office"


# --- what was typed


def test_what_does_not_load_is_kept_and_the_draft_stays_as_it_was(client, hall, draft):
    client.force_login(hall.officer)
    pen = ClientPen(client, address("office_call_form", draft))
    pen.fill("w/tracks/0/name/zh", "")
    pen.fill("w/tracks/0/name/en", "")
    pen.fill("v/window/to", "2026-02-30")

    pen.press("save")

    draft.refresh_from_db()
    assert (draft.source, pen.page.fields["v/window/to"]) == (TEXT, "2026-02-30")
    assert refused(publish_call, acting_user=hall.officer, at=draft.created_at, call=draft) == "unfinished"


@pytest.mark.parametrize(
    ("broken", "path"),
    [
        (("procedure: taihu-plan", "procedure: none"), "f-v-tracks-0-procedure"),
        (("code: two", "code: one"), "f-v-tracks-1-code"),
        (("zh: 项目", "zh: ''"), "f-v-fields-0-zh"),
        (("to: 2026-04-30", "to: 2026-01-30"), "f-v-window-from"),
        (("{zh: 一次申报, en: One call}", "''"), "f-w-title-zh"),
        (("procedure: taihu-plan}", "procedure: taihu-plan, split: {city: 40%}}"), "n-tracks-0-split"),
        (("procedure: taihu-plan}", "procedure: taihu-plan, panel: {size: x}}"), "f-v-tracks-0-panel-size"),
        (("name: project,", "name: project, type: choice,"), "n-fields-0-choices"),
    ],
)
def test_a_mistake_stands_at_its_field_and_in_the_summary_in_the_language_of_the_page(
    client, hall, draft, broken, path
):
    client.force_login(hall.officer)
    client.cookies["language"] = "en"

    answer = client.post(
        address("office_call_form", draft), {"document": TEXT.replace(*broken), "revision": "0", "do": "check"}
    )

    page = answer.content.decode()
    summary = re.search(r'class="error-summary".*?</div>', page, re.S)[0]
    message = re.search(rf'href="#{path}">(?:[^<：]*：)?([^<]+)</a>', summary)[1]
    assert f'id="{path}"' in page
    assert page.count(message) >= 2
    assert not re.search(r"[\u4e00-\u9fff]", message)


def test_somebody_elses_newer_text_is_not_overwritten(hall, draft, at):
    keep_call_text(acting_user=hall.officer, at=at, call=draft, text=TEXT + "# a\n", revision=0)
    fields = {"at": at, "call": draft, "text": TEXT + "# b\n"}

    assert refused(keep_call_text, acting_user=hall.decider, revision=0, **fields) == "newer_text"
    assert keep_call_text(acting_user=hall.decider, revision=1, **fields).text == TEXT + "# b\n"


def test_form_and_text_are_two_views_of_one_text(client, hall, draft):
    client.force_login(hall.officer)
    typed = TEXT.replace("一次申报", "两次申报")
    client.post(address("office_call_text", draft), {"text": typed, "revision": "0", "do": "save"})
    assert 'value="两次申报"' in client.get(address("office_call_form", draft)).content.decode()

    broken = typed + "tracks: [\n"
    client.post(address("office_call_text", draft), {"text": broken, "revision": "1", "do": "save"})
    form = client.get(address("office_call_form", draft))

    draft.refresh_from_db()
    assert (form.status_code, draft.source, draft.working_text.text) == (302, typed, broken)


# --- published


def test_the_preview_shows_what_applicants_will_see_and_publishes(client, hall, draft):
    client.force_login(hall.officer)

    page = client.get(address("office_call_preview", draft)).content.decode()
    answer = client.post(address("office_call_preview", draft), {"do": "publish"})

    draft.refresh_from_db()
    assert all(word in page for word in ("一次申报", "类别一", "类别二", "项目"))
    assert (answer.status_code, draft.state, draft.published_by) == (302, "published", hall.officer)


def test_a_published_call_changes_only_by_a_correction_that_everybody_reads(client, hall, published, at):
    fields = {"acting_user": hall.officer, "at": at, "call": published}
    typed = TEXT.replace("zh: 项目", "zh: 项目全称")
    assert refused(save_call, source=typed, office=hall.office, **fields) == "not_a_draft"
    assert refused(correct_call, reason="更正名称", **fields) == "nothing_changed"

    keep_call_text(text=typed, revision=0, **fields)
    track = reverse("policies:track", args=["short", "one"])
    assert "项目全称" not in client.get(track).content.decode()
    assert refused(correct_call, reason=" ", **fields) == "reason"
    correct_call(reason="更正名称", **fields)

    published.refresh_from_db()
    assert (published.source, published.state) == (typed, "published")
    assert "项目全称" in client.get(track).content.decode()
    assert "更正名称" in client.get(reverse("policies:call", args=["short"])).content.decode()
    entry = AuditEntry.objects.filter(action="policies.correct_call").get()
    assert (entry.data["reason"], len(entry.data["after"])) == ("更正名称", 64)


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (("to: 2026-04-30", "to: 2026-04-29"), "shorter"),
        (("from: 2026-03-01", "from: 2026-03-02"), "shorter"),
        (("{shape: fixed, from: 2026-03-01, to: 2026-04-30}", "{shape: always}"), "shorter"),
        (("call: short", "call: other"), "code_fixed"),
        (("code: one", "code: three"), "track_used"),
        (("procedure: taihu-plan", "procedure: none"), "no_procedure"),
    ],
)
def test_a_correction_takes_nothing_away_that_was_promised(hall, published, at, broken, code):
    person = make_person()
    start_application(acting_user=person.account, at=at, track=published.tracks.get(code="one"), person=person)
    fields = {"acting_user": hall.officer, "at": at, "call": published}
    keep_call_text(text=TEXT.replace(*broken), revision=0, **fields)

    assert refused(correct_call, reason="更正", **fields) == code


def test_more_time_is_given_openly_and_the_text_says_so(client, hall, published, at):
    client.force_login(hall.officer)

    without = client.post(address("office_call", published), {"do": "extend", "closes_on": "2026-05-31", "reason": ""})
    answer = client.post(
        address("office_call", published), {"do": "extend", "closes_on": "2026-05-31", "reason": "应企业要求"}
    )

    published.refresh_from_db()
    client.logout()
    page = client.get(reverse("policies:call", args=["short"])).content.decode()
    assert (without.status_code, answer.status_code) == (200, 302)
    assert published.closes_at == datetime(2026, 5, 31, 16, 0, tzinfo=UTC)
    assert read_call(published.source)["closes_at"] == published.closes_at
    assert all(word in page for word in ("应企业要求", "4月30日", "5月31日"))


def test_a_call_that_ended_early_says_why_and_opens_again_when_extended(client, hall, published, at):
    fields = {"acting_user": hall.officer, "at": at, "call": published}
    close_call(reason="名额已满", **fields)
    assert "名额已满" in client.get(reverse("policies:call", args=["short"])).content.decode()

    extend_call(closes_at=published.closes_at + DAY, reason="追加名额", **fields)

    assert window_of(published, at=at).is_open
    assert [change.kind for change in published.changes.all()] == ["extended", "closed"]


def test_a_draft_is_thrown_away_and_a_correction_leaves_what_is_published(hall, published, at):
    fields = {"acting_user": hall.officer, "at": at}
    keep_call_text(call=published, text="x", revision=0, **fields)
    discard_call(call=published, **fields)
    assert (Call.objects.get().source, CallText.objects.count()) == (TEXT, 0)

    other = save_call(source=TEXT.replace("call: short", "call: other"), office=hall.office, **fields)
    discard_call(call=other, **fields)
    assert list(Call.objects.values_list("code", flat=True)) == ["short"]


@pytest.mark.parametrize(
    ("field", "typed", "too_much"),
    [
        ("type: text, limit: 5", "五个字以内", "超过了五个字"),
        ("type: long, limit: 5", "五个字以内", "超过了五个字"),
        ("type: integer, limit: 20", "20", "21"),
        ("type: money, limit: 500", "500.00", "500.01"),
    ],
)
def test_a_limit_of_the_call_holds_for_who_fills_in_its_form(field, typed, too_much):
    asked = read_call(TEXT.replace("name: project,", f"name: project, {field},"))["tracks"][0]["fields"][0]

    build_field(asked).clean(typed)
    with pytest.raises(ValidationError):
        build_field(asked).clean(too_much)


# --- windows


def test_several_periods_open_one_after_the_other(hall, at):
    periods = "[{from: 2026-03-01, to: 2026-03-31}, {from: 2026-09-01 09:00, to: 2026-09-30 17:00}]"
    text = TEXT.replace("from: 2026-03-01, to: 2026-04-30", f"periods: {periods}")
    call = save_call(acting_user=hall.officer, at=at, source=text, office=hall.office)
    publish_call(acting_user=hall.officer, at=at, call=call)
    moments = {
        "before": datetime(2026, 2, 28, tzinfo=UTC),
        "first": datetime(2026, 3, 31, 15, 59, tzinfo=UTC),
        "between": datetime(2026, 3, 31, 16, 0, tzinfo=UTC),
        "second": datetime(2026, 9, 1, 1, 0, tzinfo=UTC),
        "after": datetime(2026, 9, 30, 9, 0, tzinfo=UTC),
    }

    found = {name: window_of(call, at=moment) for name, moment in moments.items()}

    assert [name for name, window in found.items() if window.is_open] == ["first", "second"]
    assert found["between"].opens_at == moments["second"]
    assert found["second"].closes_at == moments["after"]


def test_every_year_from_november_into_january_is_two_periods(hall, at):
    periods = "[{from: 01-01, to: 01-31}, {from: 11-01, to: 12-31}]"
    text = TEXT.replace("shape: fixed, from: 2026-03-01, to: 2026-04-30", f"shape: yearly, periods: {periods}")
    call = save_call(acting_user=hall.officer, at=at, source=text, office=hall.office)
    publish_call(acting_user=hall.officer, at=at, call=call)

    assert [window_of(call, at=datetime(2026, month, 15, tzinfo=UTC)).is_open for month in (1, 2, 11, 12)] == [
        True, False, True, True,
    ]  # fmt: skip


WINDOW = "{shape: fixed, from: 2026-03-01, to: 2026-04-30}"
MARCH = "{from: 2026-03-01, to: 2026-03-31}"
PAPER = "code: one, attachments: [{kind: a, zh: 材, en: D, %s}]"


@pytest.mark.parametrize(
    ("old", "new", "path", "words"),
    [
        (WINDOW, "{shape: yearly, from: 02-30, to: 12-31}", "window/from", "01-31"),
        (WINDOW, "{shape: yearly, from: 11-01, to: 01-31}", "window/from", "two periods"),
        (WINDOW, "{shape: fixed, to: 9999-12-31}", "window/to", "no time"),
        (WINDOW, "{shape: fixed, to: 2026-04-30 17:00+01:00}", "window/to", "no time"),
        (WINDOW, f"{{shape: fixed, periods: [{MARCH}, {{to: 2026-05-01}}]}}", "window/periods/1/from", "needs from"),
        (WINDOW, f"{{shape: fixed, periods: [{MARCH}, {{from: 2026-03-20, to: 2026-05-01}}]}}", "window/periods/1/from", "overlap"),
        (WINDOW, f"{{shape: always, periods: [{MARCH}]}}", "window/periods", "only fixed"),
        ("code: one", "code: 一", "tracks/0/code", "small letters"),
        ("code: one", "code: one, split: {city: 150%, district: -50%}", "tracks/0/split/city", "1 to 100"),
        ("code: one", "code: one, instalments: [{share: 100%, months: -3}]", "tracks/0/instalments/0/months", "0 to 600"),
        ("code: one", "code: one, panel: {seize: 5}", "tracks/0/panel/seize", "unknown key"),
        ("code: one", "code: one, panel: {criteria: [{zh: 创新, weight: 60}]}", "tracks/0/panel/criteria", "100"),
        ("code: one", "code: one, preset: {a: [1]}", "tracks/0/preset/a", "one value"),
        ("code: one", "code: one, preset: 5", "tracks/0/preset", "key: value"),
        ("code: one", "code: one, fields: [{name: project, zh: 又, en: Again}]", "tracks/0/fields/0/name", "already"),
        ("code: one", PAPER % "valid_days: ²", "tracks/0/attachments/0/valid_days", "whole number"),
        ("code: one", PAPER % "when: {field: none, equals: x}", "tracks/0/attachments/0/when/field", "no field"),
        ("name: project", "name: project, type: date, limit: 5", "fields/0/limit", "limit"),
        ("zh: 项目", f"zh: {'长' * 201}", "fields/0/zh", "200"),
        ("programme: 太湖人才计划", f"programme: {'长' * 121}", "programme", "120"),
    ],
)  # fmt: skip
def test_what_a_city_could_not_keep_is_refused_where_it_stands(old, new, path, words):
    with pytest.raises(CallError) as error:
        read_call(TEXT.replace(old, new, 1))

    found = {item.path: item for item in error.value.problems}
    assert words in found[path].message("en")
    assert found[path].place.line > 0
