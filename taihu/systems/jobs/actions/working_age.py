"""The legal age limits of work (禁止使用童工规定, 劳动法): the only use of a birth date in the job market."""

from datetime import datetime

from django.utils.translation import gettext as _

from taihu.records.base.errors import Refused
from taihu.records.identity.models import Person
from taihu.records.identity.validators import ADULT_AGE, WORKING_AGE, age_on
from taihu.systems.jobs.models import Opening

# 劳动法 第六十四条、未成年工特殊保护规定 第三条：矿山、火工与爆破、木材采运、潜水不得安排未满十八周岁者。
_CLOSED_TO_MINORS = ("6-16-01", "6-11-09", "6-29-02-07", "5-02-04", "5-04-02-03", "6-30-04-04")


def is_minor(person: Person, at: datetime) -> bool:
    return person.birth_date is not None and age_on(person.birth_date, at) < ADULT_AGE


def check_working_age(person: Person, opening: Opening, at: datetime) -> None:
    """Refuse where the law forbids the work; an unknown age is asked for, not guessed."""
    if person.birth_date is None:
        raise Refused(
            "birth_date_missing",
            _("投递前需要您的出生日期：它只用来核对法定就业年龄，不会交给单位，也不参与推荐。"),
            _("请填写出生日期。"),
            field="birth_date",
        )
    if age_on(person.birth_date, at) < WORKING_AGE:
        raise Refused(
            "under_16",
            _("未满十六周岁不能应聘（《禁止使用童工规定》第二条）。"),
            _("年满十六周岁后欢迎再来，也可以先了解职业教育。"),
        )
    if is_minor(person, at) and opening.occupation_code.startswith(_CLOSED_TO_MINORS):
        raise Refused(
            "closed_to_minors",
            _("这类工作依法不得安排未满十八周岁的劳动者（《劳动法》第六十四条）。"),
            _("可以选择其他职业的岗位。"),
        )
