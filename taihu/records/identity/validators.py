"""Numbers and names that people and organisations are known by."""

import re
import unicodedata
from datetime import date, datetime
from functools import cache

from django.utils.translation import gettext as _
from opencc import OpenCC
from stdnum import exceptions
from stdnum.cn import ric, uscc

from taihu.records.base.clock import city_date
from taihu.records.base.errors import Refused
from taihu.records.identity.enums import IdType

WORKING_AGE, ADULT_AGE = 16, 18
CREDIT_CODE_LENGTH = 18
CREDIT_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
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
    """Return the compact unified social credit code (GB 32100-2015), or refuse with what is wrong with it."""
    trouble = credit_code_trouble(code)
    if trouble or not code.strip():
        raise Refused(
            "credit_code",
            _("统一社会信用代码不正确。"),
            trouble or _("请按营业执照核对 18 位代码后重新填写。"),
            field="credit_code",
        )
    return str(uscc.compact(_half_width(code)))


def credit_code_trouble(code: str) -> str:
    """What is wrong with a credit code, for somebody who is typing it; empty when it is right or not begun."""
    compact = uscc.compact(_half_width(code))
    strange = next((character for character in compact if character not in CREDIT_CODE_ALPHABET), "")
    if not compact:
        return ""
    if strange in tuple("IOZSV"):
        return _("代码里没有字母“%(letter)s”，请看是不是数字 1、0、2、5。") % {"letter": strange}
    if strange:
        return _("代码只有数字和大写字母，不能有“%(letter)s”。") % {"letter": strange}
    if len(compact) < CREDIT_CODE_LENGTH:
        return _("还差 %(n)s 位，一共 18 位。") % {"n": CREDIT_CODE_LENGTH - len(compact)}
    if len(compact) > CREDIT_CODE_LENGTH:
        return _("多了 %(n)s 位，一共 18 位。") % {"n": len(compact) - CREDIT_CODE_LENGTH}
    if not compact[:8].isdecimal():
        return _("前 8 位只有数字，请对照营业执照核对。")
    if not uscc.is_valid(compact):
        return _("校验码不符，有一位写错了，请对照营业执照逐位核对。")
    return ""


def _half_width(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper()


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


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


def _simplify(text: str) -> str:
    return str(_converter().convert(text))


def age_on(birth_date: date, at: datetime) -> int:
    """Full years at the city's calendar day."""
    day = city_date(at)
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
