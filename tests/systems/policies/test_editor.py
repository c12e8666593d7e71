"""The editor: what the form does to a text, what is kept, who may, and what must be true before a text binds the city."""

from datetime import date
from html.parser import HTMLParser

import pytest
from django.urls import reverse
from factories import AT, make_account, make_official
from systems.policies.makers import TINY, make_forecast

from taihu.engines.rules.sets import load_policies
from taihu.records.audit.models import AuditEntry
from taihu.records.base.clock import now
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import deliver_all
from taihu.records.identity.enums import Role
from taihu.systems.policies.actions.editing import discard_draft, keep_text, start_policy, start_version
from taihu.systems.policies.actions.policies import publish_version, save_draft
from taihu.systems.policies.enums import VersionState
from taihu.systems.policies.models import Forecast, PolicyVersion, WorkingText
from taihu.systems.policies.rulebook import published_rules

pytestmark = pytest.mark.django_db
DRAFT_PAGES = ["editor_form", "editor_text", "editor_changes", "editor_forecast", "editor_publish", "editor_discard"]
PUBLIC_NAMES = ["editor", "editor_new", "editor_facts", "editor_language"]


@pytest.fixture
def officer(client):
    account = make_official()
    client.force_login(account)
    return account


@pytest.fixture
def decider():
    return make_official(Role.DECIDER)


@pytest.fixture
def draft(officer):
    return save_draft(acting_user=officer, at=AT, text=TINY)


def publish(draft, decider):
    forecast = make_forecast(acting_user=decider, at=AT, version=draft, day=AT.date())
    return publish_version(acting_user=decider, at=AT, version=draft, forecast=forecast)


def address(name, version):
    return reverse(f"policies:{name}", args=[version.pk])


class _Fields(HTMLParser):
    """What a browser would send back from the form as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.depth = 0
        self.open = ""

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.depth += tag == "form" and given.get("id") == "editor-form"
        name = given.get("name") or ""
        if not self.depth:
            return
        if tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.found[name] = given.get("value") or ""
        elif tag in ("textarea", "select"):
            self.open = name
            self.found[name] = ""
        elif tag == "option" and "selected" in given:
            self.found[self.open] = given.get("value") or ""

    def handle_data(self, data):
        if self.open and self.lasttag == "textarea":
            self.found[self.open] += data

    def handle_endtag(self, tag):
        if tag in ("textarea", "select"):
            self.open = ""
        if tag == "form":
            self.depth = 0


def fields_of(client, version):
    parser = _Fields()
    parser.feed(client.get(address("editor_form", version)).content.decode())
    return parser.found


@pytest.mark.parametrize("name", PUBLIC_NAMES)
def test_pages_open_for_officers_only(client, officer, name):
    page = reverse(f"policies:{name}")

    own = client.get(page)
    client.force_login(make_account())
    stranger = client.get(page)
    client.logout()
    anonymous = client.get(page)

    assert (own.status_code, stranger.status_code, anonymous.status_code) == (200, 403, 302)


@pytest.mark.parametrize("name", DRAFT_PAGES)
def test_pages_of_a_draft_open_for_officers_only(client, draft, name):
    page = address(name, draft)

    own = client.get(page)
    client.force_login(make_account())
    stranger = client.get(page)
    client.logout()
    anonymous = client.get(page)

    assert (own.status_code, stranger.status_code, anonymous.status_code) == (200, 403, 302)


@pytest.mark.parametrize("name", [*DRAFT_PAGES, "editor_check", "editor_revise", "editor_withdraw"])
def test_nobody_else_changes_anything(client, draft, name):
    before = (PolicyVersion.objects.get().text, AuditEntry.objects.count(), WorkingText.objects.count())
    data = {"text": TINY.replace("1万", "9万"), "revision": "0", "do": "save", "reason": "x", "day": "2026-03-01"}

    client.force_login(make_account())
    stranger = client.post(address(name, draft), data)
    client.logout()
    anonymous = client.post(address(name, draft), data)

    assert (stranger.status_code, anonymous.status_code) == (403, 302)
    assert (PolicyVersion.objects.get().text, AuditEntry.objects.count(), WorkingText.objects.count()) == before


def test_an_auditor_reads_but_does_not_write(client, draft):
    client.force_login(make_official(Role.AUDITOR))

    read = client.get(address("editor_text", draft))
    written = client.post(address("editor_text", draft), {"text": TINY, "revision": "0", "do": "save"})

    assert (read.status_code, written.status_code, WorkingText.objects.count()) == (200, 403, 0)
    assert "保存草稿" not in read.content.decode()


# --- the form


def test_the_form_sent_back_untouched_changes_nothing_but_the_layout(client, draft):
    before = load_policies({"a": TINY}).policies[0]

    response = client.post(address("editor_form", draft), {**fields_of(client, draft), "do": "save"})

    draft.refresh_from_db()
    after = load_policies({"a": draft.text}).policies[0]
    assert response.status_code == 302
    assert (after.root, after.layers, after.cases, after.title) == (
        before.root,
        before.layers,
        before.cases,
        before.title,
    )


def test_every_shipped_policy_survives_the_form(client, officer):
    from taihu.systems.policies.rulebook import example_texts

    texts = example_texts()
    whole = {policy.file: policy for policy in load_policies(texts).policies}
    for name in (
        "wuxi-housing-2024.yaml",
        "huzhou-purchase.yaml",
        "wuxi-class-d.yaml",
        "hangzhou-living-a.yaml",
        "wuxi-top-team.yaml",
    ):
        version = save_draft(acting_user=officer, at=AT, text=texts[name])
        client.post(address("editor_form", version), {**fields_of(client, version), "do": "save"})
        version.refresh_from_db()
        after = load_policies({name: version.text}).policies[0]
        before = whole[name]
        assert version.working_text.revision == 1
        assert (after.root, after.layers, after.schedules, after.tables, after.selectors, after.cases, after.exclusion) == (
            before.root, before.layers, before.schedules, before.tables, before.selectors, before.cases, before.exclusion,
        )  # fmt: skip


def test_a_clause_is_added_moved_and_saved_without_scripts(client, draft):
    page = address("editor_form", draft)
    added = client.post(page, {**fields_of(client, draft), "do": "add:test conditions/all"})
    assert "conditions/all/2" in added.content.decode()
    assert not WorkingText.objects.exists()
    data = {
        **fields_of(client, draft),
        "document": added.context["document"],
        "w/conditions/all/2/text/zh": "未列入失信名单",
        "v/conditions/all/2/test": "not on_bad_list",
        "v/conditions/all/2/id": "honest",
    }

    moved = client.post(page, {**data, "do": "up: conditions/all/2"})
    saved = client.post(page, {"document": moved.context["document"], "revision": "0", "do": "save"})

    draft.refresh_from_db()
    assert saved.status_code == 302
    assert [clause.id for clause in load_policies({"a": draft.text}).policies[0].root.items] == [
        "adult",
        "honest",
        "worker",
    ]


def test_a_finding_stands_at_its_field(client, draft):
    data = {**fields_of(client, draft), "v/conditions/all/0/test": "years(birthday, applied) >= 18", "do": "check"}

    response = client.post(address("editor_form", draft), data)

    node = response.context["view"].conditions.children[0]
    assert "birth_date" in node.findings[0]
    assert response.context["view"].conditions.children[1].findings == ()


def test_what_does_not_load_is_kept_and_the_draft_stays(client, draft):
    data = {**fields_of(client, draft), "v/conditions/all/0/test": "years(birthday, applied) >= 18", "do": "save"}

    client.post(address("editor_form", draft), data)

    draft.refresh_from_db()
    assert "birthday" in draft.working_text.text
    assert "birthday" not in draft.text
    assert "birthday" in client.get(address("editor_form", draft)).content.decode()


def test_a_part_that_is_no_yaml_is_shown_again_with_what_is_wrong(client, draft):
    data = {**fields_of(client, draft), "y/cases/0/given": "birth_date: [2000", "do": "check"}

    response = client.post(address("editor_form", draft), data)

    assert "birth_date: [2000" in response.content.decode()
    assert response.context["view"].cases[0].findings


@pytest.mark.parametrize(
    "command",
    [
        "up: nothing/7",
        "remove: conditions/all/99",
        "add:bomb x",
        "wrap:of conditions",
        "regroup:any conditions",
        "x",
        "rename:a/b define",
    ],
)
def test_a_made_up_command_breaks_nothing(client, draft, command):
    response = client.post(address("editor_form", draft), {**fields_of(client, draft), "do": command})

    assert response.status_code == 200
    assert PolicyVersion.objects.get().text == draft.text


def test_the_fragment_for_htmx_is_part_of_the_page(client, draft):
    data = {**fields_of(client, draft), "do": "add:test conditions/all"}

    page = client.post(address("editor_form", draft), data).content.decode()
    part = client.post(address("editor_form", draft), data, headers={"hx-request": "true"}).content.decode()

    def bare(text):
        return [line for line in text.split("\n") if "csrfmiddlewaretoken" not in line and line.strip()]

    assert "\n".join(bare(part)) in "\n".join(bare(page))


# --- the text


def test_the_text_names_line_and_column_and_keeps_what_was_typed(client, draft):
    wrong = TINY.replace("birth_date, applied", "birthday, applied")

    client.post(address("editor_text", draft), {"text": wrong, "revision": "0", "do": "save"})
    page = client.get(address("editor_text", draft))

    assert "birthday" in page.context["text"]
    assert page.context["look"].findings[0].number == 9
    assert (
        page.context["look"]
        .findings[0]
        .line[page.context["look"].findings[0].marker.index("^") :]
        .startswith("birthday")
    )


def test_the_check_answers_without_storing(client, draft):
    response = client.post(
        address("editor_check", draft), {"text": TINY.replace("6000元", "1元")}, headers={"hx-request": "true"}
    )

    assert response.context["look"].failed == 1
    assert AuditEntry.objects.filter(action="policies.keep_text").count() == 0


def test_an_older_page_does_not_overwrite_a_newer_text(officer, draft):
    keep_text(acting_user=officer, at=AT, version=draft, text=TINY, revision=0)

    with pytest.raises(Refused) as refused:
        keep_text(acting_user=make_official(), at=AT, version=draft, text="x", revision=0)

    assert refused.value.code == "newer_text"
    assert draft.working_text.text == TINY


# --- versions and publication


def test_a_policy_from_nothing_loads(officer):
    made = start_policy(
        acting_user=officer,
        at=AT,
        policy="new-one",
        version="2026",
        title="新政策",
        document="某〔2026〕1号",
        effective_from=date(2026, 7, 1),
    )

    assert (made.state, made.key, made.effective_from) == (VersionState.DRAFT, "new-one@2026", date(2026, 7, 1))


def test_a_new_version_takes_over_from_its_date(officer, decider, draft):
    first = publish(draft, decider)
    second = start_version(
        acting_user=officer, at=AT, base=first, version="2", document="示例〔2026〕9号", effective_from=date(2026, 6, 1)
    )
    more = second.text.replace("base: 1万", "base: 2万") + TINY[TINY.index("cases:") :].replace(
        "2026-02-01", "2026-07-01"
    )
    keep_text(acting_user=officer, at=AT, version=second, text=more, revision=0)
    second.refresh_from_db()

    publish(second, decider)

    spans = {
        policy.version: (policy.selectors[-1].start, policy.selectors[-1].end) for policy in published_rules().policies
    }
    assert spans["1"][1] == spans["2"][0] == (date(2026, 6, 1) - date(1970, 1, 1)).days


def test_a_new_version_begins_later_and_keeps_its_name(officer, decider, draft):
    first = publish(draft, decider)

    with pytest.raises(Refused) as early:
        start_version(
            acting_user=officer, at=AT, base=first, version="2", document="x", effective_from=date(2025, 1, 1)
        )
    second = start_version(
        acting_user=officer, at=AT, base=first, version="2", document="x", effective_from=date(2027, 1, 1)
    )
    with pytest.raises(Refused) as renamed:
        save_draft(
            acting_user=officer, at=AT, text=second.text.replace("policy: tiny", "policy: other"), version=second
        )

    assert (early.value.code, renamed.value.code) == ("too_early", "other_policy")


def test_nothing_is_published_unseen(decider, draft):
    with pytest.raises(Refused) as refused:
        publish_version(acting_user=decider, at=AT, version=draft)

    assert refused.value.code == "no_forecast"
    assert PolicyVersion.objects.get().state == VersionState.DRAFT


def test_a_forecast_of_another_text_does_not_count(officer, decider, draft):
    forecast = make_forecast(acting_user=decider, at=AT, version=draft, day=AT.date())
    keep_text(acting_user=officer, at=AT, version=draft, text=TINY.replace("1万", "3万"), revision=0)

    with pytest.raises(Refused) as refused:
        publish_version(acting_user=decider, at=AT, version=draft, forecast=forecast)

    assert refused.value.code == "old_forecast"


def test_a_forecast_from_before_another_publication_does_not_count(officer, decider, draft):
    forecast = make_forecast(acting_user=decider, at=AT, version=draft, day=AT.date())
    publish(save_draft(acting_user=officer, at=AT, text=TINY.replace("policy: tiny", "policy: other")), decider)

    with pytest.raises(Refused) as refused:
        publish_version(acting_user=decider, at=AT, version=draft, forecast=forecast)

    assert refused.value.code == "old_forecast"


def test_whoever_writes_does_not_publish(decider, draft):
    PolicyVersion.objects.update(created_by=decider)
    forecast = make_forecast(acting_user=decider, at=AT, version=draft, day=AT.date())

    with pytest.raises(Refused) as refused:
        publish_version(acting_user=decider, at=AT, version=draft, forecast=forecast)

    assert refused.value.code == "four_eyes"


def test_the_decider_publishes_on_the_page_what_was_forecast(client, decider, draft):
    client.force_login(decider)
    client.post(address("editor_forecast", draft), {"day": "2026-03-10", "scope": "city"})
    deliver_all(at=now())
    forecast = Forecast.objects.get()
    assert "我已看过影响" in client.get(address("editor_publish", draft)).content.decode()

    response = client.post(address("editor_publish", draft), {"forecast": forecast.pk})

    draft.refresh_from_db()
    assert (response.status_code, draft.state, draft.published_by) == (302, VersionState.PUBLISHED, decider)
    assert AuditEntry.objects.get(action="policies.publish").data["forecast"] == forecast.pk


def test_an_officer_sees_why_publishing_is_not_theirs(client, officer, draft):
    response = client.post(address("editor_publish", draft), {"forecast": "7"})

    assert response.status_code == 403
    assert PolicyVersion.objects.get().state == VersionState.DRAFT


def test_a_draft_is_thrown_away_with_a_trace_and_a_published_one_is_not(officer, decider, draft):
    other = publish(save_draft(acting_user=officer, at=AT, text=TINY.replace("policy: tiny", "policy: other")), decider)

    discard_draft(acting_user=officer, at=AT, version=draft)
    with pytest.raises(Refused):
        discard_draft(acting_user=officer, at=AT, version=other)
    with pytest.raises(NotAllowed):
        discard_draft(acting_user=make_account(), at=AT, version=other)

    assert list(PolicyVersion.objects.values_list("policy", flat=True)) == ["other"]
    assert AuditEntry.objects.get(action="policies.discard").data["key"] == "tiny@1"


def test_withdrawing_on_the_page_needs_a_reason(client, decider, draft):
    version = publish(draft, decider)
    client.force_login(decider)

    empty = client.post(address("editor_withdraw", version), {"reason": ""})
    done = client.post(address("editor_withdraw", version), {"reason": "到期"})

    version.refresh_from_db()
    assert (empty.status_code, done.status_code, version.state) == (200, 302, VersionState.WITHDRAWN)


def test_changes_are_shown_by_clause(client, officer, decider, draft):
    first = publish(draft, decider)
    second = start_version(
        acting_user=officer, at=AT, base=first, version="2", document="x", effective_from=date(2027, 1, 1)
    )
    keep_text(acting_user=officer, at=AT, version=second, text=second.text.replace(">= 18", ">= 20"), revision=0)

    changes = client.get(address("editor_changes", second)).context["changes"]

    adult = next(item for item in changes if item.name == "adult")
    assert (adult.kind, [(item.key, item.old[-2:], item.new[-2:]) for item in adult.fields]) == (
        "changed",
        [("test", "18", "20")],
    )
    assert next(item for item in changes if item.section == "cases").kind == "removed"


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_policies_takes_a_fixed_number_of_statements(client, officer, django_assert_num_queries, count):
    for number in range(count):
        save_draft(acting_user=officer, at=AT, text=TINY.replace("policy: tiny", f"policy: tiny{number}"))
    client.get(reverse("policies:editor"))

    with django_assert_num_queries(9):
        client.get(reverse("policies:editor"))


def test_every_example_of_the_help_page_loads():
    from taihu.systems.policies.editing.help import AMOUNTS, CONDITIONS, DATES, RECORDS
    from taihu.systems.policies.rulebook import example_texts

    head = "policy: help-me\nversion: '1'\ntitle: t\ndocument: d\neffective: {from: 2024-01-01}\n"
    for part, body in (
        (CONDITIONS, 'conditions: {{id: a, text: a, test: "{}"}}\namount: 1元\n'),
        (RECORDS, 'conditions: {{id: a, text: a, test: "{}"}}\namount: 1元\n'),
        (AMOUNTS, 'conditions: {{id: a, text: a, test: is_full_time}}\namount: "{}"\n'),
        (
            DATES,
            'conditions: {{id: a, text: a, test: is_full_time}}\namount: 1元\ninstalments: [{{parts: [{{share: 100%, due: "{}"}}]}}]\n',
        ),
    ):
        for entry in part.entries:
            assert load_policies({**example_texts(), "help.yaml": head + body.format(entry.written)}).policies
