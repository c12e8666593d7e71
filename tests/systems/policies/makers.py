"""Makers of facts, published policies and lists for the tests of the policies."""

from datetime import date, timedelta

from factories import AT, make_official, make_person

from taihu.records.facts.models import Fact, Source
from taihu.records.identity.enums import Purpose, Role
from taihu.records.identity.models import Consent
from taihu.systems.policies.actions.direct import request_direct_runs, set_direct
from taihu.systems.policies.actions.forecasts import perform_forecast, request_forecast
from taihu.systems.policies.actions.policies import check_text, columns_of
from taihu.systems.policies.actions.runs import perform_run
from taihu.systems.policies.enums import VersionState
from taihu.systems.policies.models import PolicyVersion

SINCE = date(2020, 1, 1)
# Two conditions and an amount: enough for every group.
SAMPLE = """
policy: sample
version: "1"
title: {zh: 安居补贴（测试）, en: Settling grant (test)}
document: 测试〔2026〕1号
level: city
effective: {from: 2026-01-01}
conditions:
  all:
    - {id: hukou, text: {zh: 本市户籍, en: registered here}, article: 第一条, evidence: [户口簿], test: hukou_in_city}
    - {id: months, text: {zh: 参保满六个月, en: six months insured}, article: 第二条,
       test: "months_run(insurance where insurance.in_city, applied) >= 6"}
    - {id: full-time, text: {zh: 全职, en: full time}, article: 第三条, test: is_full_time}
amount: if is_returnee then 2万 else 1万
payers: {city: 60%, district: 40%}
cases:
  - name: one
    at: 2026-02-01
    given: {hukou_in_city: true, insurance: [{in_city: true, from: 2025-01-01}], is_full_time: true, is_returnee: false}
    expect: {status: yes, amount: 1万}
"""
# As little as a policy can say, with a step that bites.
TINY = """
policy: tiny
version: "1"
title: {zh: 小例, en: Tiny}
document: 示例〔2026〕1号
effective: {from: 2026-01-01}
conditions:
  all:
    - {id: adult, text: {zh: 满十八周岁, en: aged 18}, article: 一, test: "years(birth_date, applied) >= 18"}
    - {id: worker, text: 全职工作, test: is_full_time}
amount: {base: 1万, steps: [{cap: 50% * monthly_rent * 12, text: 不超过租金的一半}]}
payers: {city: 60%, district: 40%}
cases:
  - name: adult
    at: 2026-02-01
    given: {birth_date: 2000-01-01, is_full_time: true, monthly_rent: 1000元}
    expect: {status: yes, amount: 6000元}
"""
GOOD = {
    "hukou_in_city": True,
    "insurance": [{"in_city": True, "from": "2024-01-01"}],
    "is_full_time": True,
    "is_returnee": False,
}


def know(person, **facts):
    """Write facts as a department would have told them a month ago."""
    values = {"valid_from": SINCE, "known_from": AT - timedelta(days=30), "source": Source.DEPARTMENT}
    return Fact.objects.bulk_create(
        Fact(person=person, property=name, value=value, source_name="示例部门", **values)
        for name, value in facts.items()
    )


def make_known(consents=True, **facts):
    """A person of whom the registers know this; `facts` change or, as None, leave out what a good case has."""
    person = make_person()
    know(person, **{name: value for name, value in {**GOOD, **facts}.items() if value is not None})
    if consents:
        Consent.objects.create(person=person, purpose=Purpose.POLICY, text_version="test", given_at=AT)
    return person


def publish_text(text=SAMPLE, *, at=AT):
    """A published version, without the editor's steps before publication."""
    values = columns_of(check_text(text).policy, text)
    return PolicyVersion.objects.create(
        **values, state=VersionState.PUBLISHED, created_at=at, changed_at=at, published_at=at
    )


def make_list(*, at=AT):
    """The month's list of the sample policy, drawn."""
    version = publish_text(at=at)
    set_direct(acting_user=make_official(Role.DECIDER), at=at, version=version, is_direct=True)
    return draw(at=at)


def draw(*, at=AT):
    direct = request_direct_runs(acting_user=make_official(), at=at)[0]
    perform_run(direct.run, at=at, processes=1)
    direct.refresh_from_db()
    return direct


def make_forecast(*, acting_user, at, version, day, is_sample=False):
    """A forecast that was asked for and computed."""
    asked = request_forecast(acting_user=acting_user, at=at, version=version, day=day, is_sample=is_sample)
    return perform_forecast(asked, at=at)
