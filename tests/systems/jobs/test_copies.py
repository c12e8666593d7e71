"""Of an employer's openings that say nearly the same, one is shown."""

from datetime import timedelta

import pytest
from django.urls import reverse
from factories import AT, make_member, make_opening, make_organisation

from taihu.records.base.clock import now
from taihu.systems.jobs.actions.openings import (
    change_opening,
    close_opening,
    expire_openings,
    pause_opening,
    publish_opening,
)
from taihu.systems.jobs.enums import OpeningState
from taihu.systems.jobs.models import Opening
from taihu.systems.jobs.validators import OpeningFields

pytestmark = pytest.mark.django_db
TEXT = "负责数控车床的日常操作、首件检验和设备点检，按图纸和工艺卡完成轴类零件的加工，并如实填写生产记录。"
UNTIL = AT + timedelta(days=30)


@pytest.fixture
def employer():
    return make_organisation()


@pytest.fixture
def recruiter(employer):
    return make_member(employer)


@pytest.fixture
def post(employer, recruiter):
    def post(**fields) -> Opening:
        values = {"title": "数控车工", "description": TEXT, "state": OpeningState.DRAFT, "is_listed": False}
        opening = make_opening(organisation=employer, **(values | fields))
        return publish_opening(acting_user=recruiter, at=AT, opening=opening, valid_through=UNTIL)

    return post


def test_a_copy_is_linked_and_only_the_first_is_shown(post):
    first, second = post(), post(title="数控车工（急招）")

    assert (first.is_listed, first.duplicate_of) == (True, None)
    assert (second.state, second.is_listed, second.duplicate_of) == (OpeningState.PUBLISHED, False, first)


@pytest.mark.parametrize(
    "other", [{"title": "电焊工"}, {"area_code": "320281"}, {"description": "负责仓库收发货和盘点。" * 5}]
)
def test_another_title_place_or_text_is_another_opening(post, other):
    post()

    assert post(**other).is_listed


def test_the_same_words_of_another_employer_are_no_copy(post):
    post()
    other = make_organisation(name="另一家有限公司")
    draft = make_opening(
        organisation=other, title="数控车工", description=TEXT, state=OpeningState.DRAFT, is_listed=False
    )

    opening = publish_opening(acting_user=make_member(other), at=AT, opening=draft, valid_through=UNTIL)

    assert (opening.is_listed, opening.duplicate_of) == (True, None)


@pytest.mark.parametrize("end", ["paused", "closed", "expired"])
def test_when_the_shown_one_ends_its_copy_is_shown(post, recruiter, end):
    first, second, third = post(), post(), post()
    at = AT + timedelta(days=1)
    if end == "paused":
        pause_opening(acting_user=recruiter, at=at, opening=first)
    elif end == "closed":
        close_opening(acting_user=recruiter, at=at, opening=first)
    else:
        Opening.objects.filter(pk=first.pk).update(valid_through=at)
        expire_openings(at=at)

    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.is_listed, second.duplicate_of, third.is_listed, third.duplicate_of) == (True, None, False, second)


def test_a_copy_that_says_something_else_now_is_shown(post, recruiter):
    post()
    copy = post()
    names = OpeningFields.__dataclass_fields__
    fields = OpeningFields(**{name: getattr(copy, name) for name in names} | {"title": "电焊工"})

    change_opening(acting_user=recruiter, at=AT, opening=copy, fields=fields)

    copy.refresh_from_db()
    assert (copy.is_listed, copy.duplicate_of) == (True, None)


def test_the_employer_is_warned_before_publishing_and_told_afterwards(client, post, employer, recruiter):
    first = post()
    client.force_login(recruiter)
    draft = make_opening(
        organisation=employer, title="数控车工", description=TEXT, state=OpeningState.DRAFT, is_listed=False
    )

    Opening.objects.filter(pk=first.pk).update(valid_through=now() + timedelta(days=30))
    warning = client.get(reverse("jobs:employer_publish", args=[draft.pk])).content.decode()
    copy = post()
    page = client.get(reverse("jobs:employer_opening", args=[copy.pk])).content.decode()

    for text in (warning, page):
        assert "和另一个岗位几乎相同" in text
        assert reverse("jobs:employer_opening", args=[first.pk]) in text


def test_a_link_to_the_copy_leads_to_the_one_that_is_shown(client, post):
    first, copy = post(), post()

    response = client.get(reverse("jobs:opening", args=[copy.pk]))

    assert (response.status_code, response.url) == (302, reverse("jobs:opening", args=[first.pk]))
