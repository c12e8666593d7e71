"""An employer's program does by key what its people do in the browser, no more and no less."""

from datetime import timedelta

import pytest
from django.urls import reverse
from factories import make_member, make_opening, make_organisation
from systems.jobs.people import apply_to

from taihu.records.audit.models import AuditEntry
from taihu.records.base.clock import city_date, now
from taihu.records.identity.actions import create_api_key, end_membership, revoke_api_key
from taihu.records.identity.enums import ApiScope, MemberRole
from taihu.systems.jobs.enums import ApplicationState, OpeningState
from taihu.systems.jobs.forms.openings import OpeningForm
from taihu.systems.jobs.models import Opening
from taihu.systems.jobs.validators import OpeningFields

pytestmark = pytest.mark.django_db

BODY = {
    "title": "数控操作工", "description": "操作数控机床完成零件加工。", "requirements": "会看图纸。",
    "occupation_code": "6-18-01-01", "headcount": 3, "area_code": "320214", "address": "示例路 1 号",
    "pay_min": 600_000, "pay_max": 900_000, "pay_months": 13, "education_rank": 2, "experience_min": 12,
    "skill_codes": ["python"],
}  # fmt: skip
OWN = "/api/v1/employer/openings"


@pytest.fixture
def employer():
    return make_organisation(verified_until=now() + timedelta(days=120))


def key_for(employer, *scopes, account=None):
    owner = account or make_member(employer, MemberRole.OWNER)
    scopes = scopes or (ApiScope.READ, ApiScope.WRITE)
    return create_api_key(acting_user=owner, organisation=employer, label="x", scopes=scopes, at=now())


class Program:
    """A client that sends JSON with its key."""

    def __init__(self, client, token):
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def get(self, path="", **asked):
        return self.client.get(OWN + path, asked, headers=self.headers)

    def post(self, path="", body=None):
        return self.client.post(OWN + path, body or {}, content_type="application/json", headers=self.headers)

    def put(self, path, body):
        return self.client.put(OWN + path, body, content_type="application/json", headers=self.headers)


@pytest.fixture
def program(client, employer):
    return Program(client, key_for(employer)[1])


def until(days):
    return {"valid_until": (city_date(now()) + timedelta(days=days)).isoformat()}


def test_an_opening_is_written_changed_published_paused_extended_and_closed(program, employer):
    made = program.post(body=BODY)
    number = made.json()["id"]
    changed = program.put(f"/{number}", BODY | {"title": "数控车工"}).json()
    published = program.post(f"/{number}/publish", until(30)).json()
    extended = program.post(f"/{number}/renew", until(60)).json()
    paused = program.post(f"/{number}/pause").json()
    closed = program.post(f"/{number}/close", {"reason": "filled"}).json()

    assert (made.status_code, changed["title"]) == (201, "数控车工")
    assert (published["state"], published["is_listed"]) == ("published", True)
    assert extended["valid_until"] == until(60)["valid_until"]
    assert (paused["state"], closed["state"]) == ("paused", "closed")
    assert Opening.objects.get().organisation == employer


def test_form_and_api_make_the_same_opening(client, program, employer):
    program.post(body=BODY)
    by_api = Opening.objects.get()
    form = {
        **OpeningForm.initial_of(by_api), "occupation_code": "车工", "skill_codes": "Python",
        "certificate_codes": "", "majors": "", "experience_max": "", "do": "save",
    }  # fmt: skip
    client.force_login(make_member(employer))

    client.post(reverse("jobs:employer_opening_new"), {k: v for k, v in form.items() if v is not None})

    by_form = Opening.objects.exclude(pk=by_api.pk).get()
    same = [f.name for f in Opening._meta.fields if f.name not in ("id", "created_by", "created_at", "updated_at")]
    assert {name: getattr(by_form, name) for name in same} == {name: getattr(by_api, name) for name in same}
    assert AuditEntry.objects.filter(action="opening.created").count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"pay_min": 900_000, "pay_max": 600_000}, "pay_max"),
        ({"experience_min": 60, "experience_max": 12}, "experience_max"),
        ({"area_code": "999999"}, "area_code"),
        ({"title": " "}, "title"),
    ],
)
def test_form_and_api_refuse_the_same_input_at_the_same_field(client, program, employer, changes, field):
    answer = program.post(body=BODY | changes)
    client.force_login(make_member(employer))
    form = {**BODY, "organisation": employer.pk, "occupation_code": "车工", "skill_codes": "Python", "do": "save",
            "employment_type": "full", "pay_basis": "monthly", "pay_min": "6000", "pay_max": "9000", "experience_min": "1"}  # fmt: skip
    units = {"pay": 100, "exp": 12}
    form |= {name: value / units[name[:3]] if name[:3] in units else value for name, value in changes.items()}
    page = client.post(reverse("jobs:employer_opening_new"), form)

    assert (answer.status_code, answer.json()["field"]) == (409, field)
    assert field in page.context["form"].errors
    assert not Opening.objects.exists()


@pytest.mark.parametrize("field", ["occupation_code", "industry_code"])
def test_an_unknown_code_is_refused_by_name(program, field):
    answer = program.post(body=BODY | {field: "nothing"})

    assert (answer.status_code, answer.json()["field"]) == (409, field)


@pytest.mark.parametrize("field", ["title", "description", "area_code"])
def test_what_a_draft_needs_in_the_form_it_needs_here(client, program, employer, field):
    answers = [program.post(body=BODY | {field: ""}), program.post(body={k: v for k, v in BODY.items() if k != field})]
    client.force_login(make_member(employer))
    page = client.post(reverse("jobs:employer_opening_new"), BODY | {"organisation": employer.pk, field: ""})

    assert [answer.status_code for answer in answers] == [422, 422]
    assert field in page.context["form"].errors
    assert not Opening.objects.exists()


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
def test_text_that_no_database_keeps_is_refused(program, text):
    answers = [program.post(body=BODY | {"title": text}), program.post(body=BODY | {"majors": [text]})]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert not Opening.objects.exists()


def test_what_keeps_an_opening_from_being_published_is_in_the_answer(program):
    made = program.post(body=BODY | {"requirements": "限男性", "address": ""}).json()

    refused = program.post(f"/{made['id']}/publish", until(30))

    assert [(row["field"], row["level"], row["excerpt"]) for row in made["findings"]] == [
        ("requirements", "block", "限男性")
    ]
    assert any("第二十四条" in cite for cite in made["findings"][0]["articles"])
    assert [row["field"] for row in made["missing"]] == ["address"]
    assert (refused.status_code, refused.json()["code"]) == (409, "opening_incomplete")
    assert Opening.objects.get().state == OpeningState.DRAFT


def test_flagged_wording_waits_for_an_officer(program):
    number = program.post(body=BODY | {"requirements": "35岁以下"}).json()["id"]

    assert program.post(f"/{number}/publish", until(30)).json()["state"] == "review"


def test_closing_answers_whoever_waits(program, employer):
    at = now()
    opening = make_opening(organisation=employer, published_at=at, valid_through=at + timedelta(days=30))
    application = apply_to(opening, at=at)

    program.post(f"/{opening.pk}/close", {"reason": "cancelled", "note": "谢谢"})

    application.refresh_from_db()
    assert application.state == ApplicationState.REFUSED


def test_a_key_posts_for_branches_and_for_nobody_else(program, employer):
    branch, other = make_organisation(parent=employer), make_organisation()

    assert program.post(body=BODY | {"organisation_id": branch.pk}).status_code == 201
    assert program.post(body=BODY | {"organisation_id": other.pk}).status_code == 404
    assert Opening.objects.get().organisation == branch


@pytest.mark.parametrize("token", ["", "th_wrong", "nothing"])
def test_without_a_working_key_nothing_is_read_or_written(client, employer, token):
    opening = make_opening(organisation=employer)
    program = Program(client, token)

    answers = [
        program.get(),
        program.get(f"/{opening.pk}"),
        program.post(body=BODY),
        program.post(f"/{opening.pk}/pause"),
    ]

    opening.refresh_from_db()
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(401, "key_needed")] * 4
    assert (Opening.objects.count(), opening.state) == (1, OpeningState.PUBLISHED)


def test_a_session_is_no_key(client, employer):
    client.force_login(make_member(employer, MemberRole.OWNER))

    assert client.post(OWN, BODY, content_type="application/json").status_code == 401
    assert not Opening.objects.exists()


@pytest.mark.parametrize("how", ["revoked", "creator left", "suspended"])
def test_a_key_stops_working(client, employer, how):
    make_member(employer, MemberRole.OWNER)
    owner = make_member(employer, MemberRole.OWNER)
    key, token = key_for(employer, account=owner)
    program = Program(client, token)
    assert program.get().status_code == 200

    if how == "revoked":
        revoke_api_key(acting_user=owner, key=key, at=now())
    elif how == "creator left":
        end_membership(acting_user=owner, membership=owner.memberships.get(), at=now())
    else:
        employer.state = "suspended"
        employer.save()

    assert program.get().status_code == 401
    assert program.post(body=BODY).status_code == 401
    assert not Opening.objects.exists()


def test_a_key_does_only_what_it_was_made_for(client, employer):
    reader = Program(client, key_for(employer, ApiScope.READ)[1])
    writer = Program(client, key_for(employer, ApiScope.WRITE)[1])

    assert reader.get().status_code == 200
    assert (reader.post(body=BODY).status_code, writer.get().status_code) == (403, 403)
    assert reader.post(body=BODY).json()["code"] == "scope_missing"
    assert not Opening.objects.exists()


def test_the_openings_of_another_employer_do_not_exist_for_a_key(program):
    at = now()
    opening = make_opening(published_at=at, valid_through=at + timedelta(days=30))
    cited = make_opening(source="某网站", source_id="1")
    before = list(Opening.objects.order_by("pk").values())

    for number in (opening.pk, cited.pk, 10**30):
        answers = [program.get(f"/{number}"), program.put(f"/{number}", BODY)]
        answers += [program.post(f"/{number}/{step}", until(9)) for step in ("publish", "renew")]
        answers += [program.post(f"/{number}/pause"), program.post(f"/{number}/close", {"reason": "filled"})]
        assert {answer.status_code for answer in answers} == {404}
    assert program.get().json()["total"] == 0
    assert list(Opening.objects.order_by("pk").values()) == before


def test_the_list_is_filtered_and_paged_with_a_fixed_number_of_statements(
    program, employer, django_assert_max_num_queries
):
    for _ in range(3):
        make_opening(organisation=employer, published=False)
    make_opening(organisation=employer)

    with django_assert_max_num_queries(10):
        answer = program.get(state="draft").json()

    assert (answer["total"], answer["pages"], len(answer["items"])) == (3, 1, 3)
    assert program.get(state="nothing").status_code == 422


def test_an_opening_that_came_from_a_file_is_told_as_it_is(program, employer):
    opening = make_opening(organisation=employer, published=False, description="长" * 9000, area_code="", pay_min=None)

    answer = program.get(f"/{opening.pk}")

    assert (answer.status_code, len(answer.json()["description"])) == (200, 9000)
    assert "area_code" in [row["field"] for row in answer.json()["missing"]]


def test_the_use_of_a_key_is_noted(program, employer):
    program.get()

    assert employer.api_keys.get().last_used_at is not None


def test_the_description_names_the_key_and_every_refusal(client):
    described = client.get("/api/v1/openapi.json").json()

    operation = described["paths"]["/api/v1/employer/openings"]["post"]
    assert operation["security"] == [{"EmployerKey": []}]
    assert {"201", "401", "403", "409", "422", "429"} <= set(operation["responses"])
    fields = described["components"]["schemas"]["OpeningIn"]["properties"]
    assert set(fields) == set(OpeningFields.__dataclass_fields__)
