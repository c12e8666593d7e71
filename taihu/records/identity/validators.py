"""Numbers and names that people and organisations are known by."""

import re
import unicodedata
from datetime import date, datetime

from django.utils.translation import gettext as _
from opencc import OpenCC
from stdnum import exceptions
from stdnum.cn import ric, uscc

from taihu.records.base.clock import city_date
from taihu.records.base.errors import Refused
from taihu.records.identity.enums import IdType

WORKING_AGE, ADULT_AGE = 16, 18
_PHONE = re.compile(r"\+?\d{6,15}")
_PASSPORT = re.compile(r"[A-Z0-9]{5,20}")
_SUFFIX = re.compile(r"\s+")


def check_id_number(id_type: str, number: str) -> str:
    """Return the compact number, or refuse with what is wrong with it."""
    text = unicodedata.normalize("NFKC", number).strip().upper()
    if id_type != IdType.RESIDENT:
        compact = re.sub(r"[\s-]", "", text)
        if not _PASSPORT.fullmatch(compact):
            raise Refused("id_number", _("证件号码只含字母和数字。"), _("请核对后重新填写。"), field="id_number")
        return compact
    try:
        return str(ric.validate(text))
    except exceptions.ValidationError as error:
        raise Refused(
            "id_number", _("身份证号码不正确。"), _("请核对 18 位号码后重新填写。"), field="id_number"
        ) from error


def birth_date_in(id_type: str, number: str) -> date | None:
    return ric.get_birth_date(number) if id_type == IdType.RESIDENT else None


def check_credit_code(code: str) -> str:
    """Return the compact unified social credit code (GB 32100-2015), or refuse."""
    try:
        return str(uscc.validate(unicodedata.normalize("NFKC", code)))
    except exceptions.ValidationError as error:
        raise Refused(
            "credit_code",
            _("统一社会信用代码不正确。"),
            _("请按营业执照核对 18 位代码后重新填写。"),
            field="credit_code",
        ) from error


def check_phone(number: str) -> str:
    """Digits with an optional leading +; a bare mainland mobile number gets +86."""
    compact = re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", number))
    if re.fullmatch(r"1\d{10}", compact):
        return f"+86{compact}"
    if not _PHONE.fullmatch(compact):
        raise Refused("phone", _("电话号码不正确。"), _("请填写手机号，或带国家区号的号码。"), field="phone")
    return compact


def name_key(name: str) -> str:
    """The name as it is matched: full width, case, spaces and traditional characters folded away."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return _SUFFIX.sub("", _simplify(folded))[:120]


def _simplify(text: str) -> str:
    return str(OpenCC("t2s").convert(text))


def age_on(birth_date: date, at: datetime) -> int:
    """Full years at the city's calendar day."""
    day = city_date(at)
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
