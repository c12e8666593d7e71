from datetime import date, timedelta

import pytest

from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.facts.actions import add_fact, correct_fact, receive_answer, send_exchange
from taihu.records.facts.models import Exchange, Fact, Source
from taihu.records.facts.queries import facts_as_of, history_of, values_as_of
from taihu.records.identity.actions import register_person
from taihu.records.identity.enums import IdType
from tests.factories import make_account, make_official, make_organisation, make_person

pytestmark = pytest.mark.django_db
JANUARY, MARCH, MAY = date(2026, 1, 1), date(2026, 3, 1), date(2026, 5, 1)
NUMBERS = ["11010519491231002X", "320200199001010013"]


def add(subject, at, value="91110000600037341L", **fields):
    defaults = {"property_name": "insured_by", "valid_from": JANUARY, "source": Source.DEPARTMENT}
    return add_fact(**{"acting_user": None, "at": at, "subject": subject, "value": value, **defaults, **fields})


def make_known_people(at):
    return [
        register_person(acting_user=None, at=at, name=f"测试{i}", id_type=IdType.RESIDENT, id_number=number)
        for i, number in enumerate(NUMBERS)
    ]


def test_a_fact_holds_from_its_first_day_until_the_day_of_its_end(at):
    person = make_person()
    add(person, at, valid_to=MARCH)

    holds = [facts_as_of(person, day).count() for day in (JANUARY - timedelta(1), JANUARY, MARCH - timedelta(1), MARCH)]

    assert holds == [0, 1, 1, 0]


def test_a_contradiction_in_an_overlapping_period_is_refused_and_names_what_is_known(at):
    person = make_person()
    add(person, at, "A", valid_to=MARCH)

    with pytest.raises(Refused, match=r"2026-01-01 – 2026-03-01.*“A”"):
        add(person, at, "B", valid_from=date(2026, 2, 28))
    assert Fact.objects.count() == 1

    add(person, at, "B", valid_from=MARCH)
    assert values_as_of(person, MARCH) == {"insured_by": ["B"]}


def test_a_property_with_several_values_holds_them_side_by_side(at):
    person = make_person()
    for value in ("电工", "焊工"):
        add(person, at, value, property_name="certificate")

    assert values_as_of(person, JANUARY) == {"certificate": ["电工", "焊工"]}


def test_saying_the_same_again_changes_nothing(at):
    person = make_person()

    assert add(person, at) == add(person, at)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"valid_from": MAY}, "fact_future"),
        ({"valid_to": JANUARY}, "fact_period"),
        ({"value": ""}, "fact_value"),
        ({"property_name": "nonsense"}, "unknown_property"),
        ({"property_name": "insured_staff", "value": 3}, "fact_subject"),
        ({"property_name": "taxed_income", "value": 1.5}, "fact_value"),
    ],
)
def test_what_cannot_be_is_refused(at, fields, code):
    with pytest.raises(Refused) as refused:
        add(make_person(), at, **fields)

    assert (refused.value.code, Fact.objects.count()) == (code, 0)


def test_some_properties_may_be_known_ahead(at):
    assert add(make_organisation(), at, True, property_name="licence_valid", valid_from=MAY).value is True


def test_a_correction_overwrites_nothing_and_an_old_decision_can_be_replayed(at):
    person = make_person()
    wrong = add(person, at, "A")

    correct_fact(acting_user=None, fact=wrong, at=at + timedelta(days=9), reason="录入错误", value="B")

    assert values_as_of(person, MARCH) == {"insured_by": ["B"]}
    assert values_as_of(person, MARCH, known_at_moment=at) == {"insured_by": ["A"]}
    assert history_of(person).count() == 2
    with pytest.raises(Refused, match="已经更正"):
        correct_fact(acting_user=None, fact=wrong, at=at + timedelta(days=10), reason="再改", value="C")


def test_a_correction_that_contradicts_leaves_the_old_row(at):
    person = make_person()
    wrong = add(person, at, "A", valid_to=MARCH)
    add(person, at, "B", valid_from=MARCH)

    with pytest.raises(Refused):
        correct_fact(acting_user=None, fact=wrong, at=at, reason="x", value="C", valid_to=MAY)

    wrong.refresh_from_db()
    assert (wrong.known_to, Fact.objects.count()) == (None, 2)


@pytest.mark.parametrize("source", [Source.SELF, Source.DEPARTMENT, Source.EMPLOYER])
def test_strangers_may_not_speak_of_a_person(at, source):
    with pytest.raises(NotAllowed):
        add(make_person(), at, acting_user=make_account(), source=source)

    assert Fact.objects.count() == 0


def test_a_person_speaks_for_themselves_but_not_for_a_department(at):
    person = make_person()
    assert add(person, at, acting_user=person.account, source=Source.SELF).verified_by is None

    with pytest.raises(NotAllowed):
        add(person, at, acting_user=person.account)


def test_a_list_goes_out_and_its_answer_becomes_facts(at):
    people, officer = make_known_people(at), make_official()
    exchange, sent = send_exchange(
        acting_user=officer, at=at, department="社保中心（示例）", property_name="insured_by", people=people
    )
    lines = sent.decode("utf-8-sig").splitlines()
    assert lines == ["姓名,证件号码,结果,开始日期,结束日期", f"测试0,{NUMBERS[0]},,,", f"测试1,{NUMBERS[1]},,,"]
    assert people[0].disclosures.get().viewer == "社保中心（示例）"

    answer = "\r\n".join(
        [
            lines[0],
            f"测试0,{NUMBERS[0]},91110000600037341L,2026-01-01,",
            f"另一人,{NUMBERS[1]},91110000600037341L,2026-01-01,",
            "陌生人,320000199001010000,91110000600037341L,2026-01-01,",
            f"测试1,{NUMBERS[1]},91110000600037341L,一月,",
            f"测试1,{NUMBERS[1]},,,",
        ]
    ).encode("gb18030")
    report = receive_answer(acting_user=officer, exchange=exchange, content=answer, at=at)

    assert (report.rows, report.added) == (5, 1)
    assert [(row["line"], row["code"]) for row in report.unmatched] == [
        (3, "name_differs"),
        (4, "nobody"),
        (5, "dates"),
    ]
    assert (exchange.state, exchange.rows_matched, exchange.rows_unmatched) == (Exchange.State.ANSWERED, 1, 3)
    assert NUMBERS[1] not in str(exchange.unmatched)
    with pytest.raises(Refused, match="已经导入"):
        receive_answer(acting_user=officer, exchange=exchange, content=answer, at=at)


ANSWER_HEAD = "姓名,证件号码,结果,开始日期,结束日期"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("姓名,号码\n".encode(), "answer_columns"),
        (b"\xff\xff\x00", "answer_encoding"),
        (ANSWER_HEAD.encode("utf-16-le"), "answer_encoding"),
        (f"{ANSWER_HEAD}\na,b\x00,c,,\n".encode(), "answer_encoding"),
        (f"{ANSWER_HEAD},结果\na,b,c,,,d\n".encode(), "answer_columns"),
        (f"{ANSWER_HEAD}\n".encode(), "answer_empty"),
    ],
)
def test_an_answer_of_another_shape_changes_nothing(at, content, code):
    officer = make_official()
    exchange, _ = send_exchange(
        acting_user=officer, at=at, department="x", property_name="insured_by", people=make_known_people(at)
    )

    with pytest.raises(Refused) as refused:
        receive_answer(acting_user=officer, exchange=exchange, content=content, at=at)

    exchange.refresh_from_db()
    assert (refused.value.code, exchange.state, Fact.objects.count()) == (code, Exchange.State.SENT, 0)


def test_an_answer_that_contradicts_is_listed_and_the_rest_is_taken(at):
    people, officer = make_known_people(at), make_official()
    add(people[0], at, "A")
    exchange, _ = send_exchange(acting_user=officer, at=at, department="x", property_name="insured_by", people=people)
    rows = [f"{person.name},{person.id_number},B,2026-02-01," for person in people]
    content = "\n".join(["姓名,证件号码,结果,开始日期,结束日期", *rows]).encode()

    report = receive_answer(acting_user=officer, exchange=exchange, content=content, at=at)

    assert (report.added, [row["code"] for row in report.unmatched]) == (1, ["fact_contradiction"])
