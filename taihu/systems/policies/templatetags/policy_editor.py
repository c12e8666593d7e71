"""Words for the codes of the policy language, and how tall a field should be."""

import re
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from taihu.engines.rules.errors import Problem
from taihu.records.base.language import language

register = template.Library()
WORDS: dict[str, str | Promise] = {
    "": _("不限"),
    "all": _("以下全部符合"),
    "any": _("以下任一符合"),
    "none": _("以下均不存在"),
    "of": _("以下至少符合几项"),
    "cap": _("不超过"),
    "floor": _("不少于"),
    "deduct": _("扣除"),
    "add": _("加上"),
    "share": _("乘以比例"),
    "uplift": _("上浮"),
    "times": _("乘以"),
    "limit": _("累计不超过"),
    "round_down": _("向下取整到"),
    "round_up": _("向上取整到"),
    "round_half_up": _("四舍五入到"),
    "national": _("国家级"),
    "province": _("省级"),
    "city": _("市级"),
    "district": _("区级"),
    "each": _("各自享受"),
    "higher": _("由金额较高的一方享受"),
    "one": _("只能一方享受"),
    "best": _("取金额最高的"),
    "first": _("取次序最前的"),
    "choose": _("由本人选择"),
    "lifetime": _("终身"),
    "year": _("年度"),
    "person": _("个人"),
    "household": _("家庭"),
    "project": _("项目"),
    "employer": _("单位"),
    "yes": _("符合"),
    "no": _("不符合"),
    "unknown": _("待核实"),
    "not_applicable": _("适用其他版本"),
    "needs_decision": _("待集体决策"),
    "exception": _("破格：不符合的条件可以批准"),
}
PARTS: dict[str, str | Promise] = {
    "policy": _("基本信息"),
    "version": _("版本"),
    "title": _("名称"),
    "rows": _("各行"),
    "at": _("申请日期"),
    "household": _("家庭"),
    "facts": _("事实"),
    "records": _("记录"),
    "enums": _("选项表"),
    "lists": _("有日期的名单"),
    "selects": _("哪些申请适用这一版"),
    "decision": _("由集体决策决定"),
    "editions": _("各期"),
    "fields": _("字段"),
    "values": _("选项"),
    "source": _("来源"),
    "body": _("决策机构"),
    "at_most": _("一事一议最高金额"),
    "id": _("编号"),
    "document": _("文号"),
    "issuer": _("发文机关"),
    "effective": _("生效日期"),
    "define": _("名称"),
    "tables": _("标准表"),
    "conditions": _("条件"),
    "classes": _("类别"),
    "payment_conditions": _("付款前的条件"),
    "amount": _("金额"),
    "layers": _("金额分层"),
    "total": _("合计之后"),
    "payers": _("负担比例"),
    "instalments": _("分期"),
    "exclusion": _("互斥组"),
    "shared_caps": _("合计上限"),
    "cases": _("算例"),
    "text": _("文字"),
    "test": _("判断"),
    "article": _("依据条款"),
    "evidence": _("材料"),
    "base": _("标准"),
    "steps": _("步骤"),
    "parts": _("各期"),
    "when": _("适用情况"),
    "given": _("情况"),
    "expect": _("应得结果"),
    "group": _("组"),
    "employer": _("单位"),
    "bool": _("是或否"),
    "int": _("整数"),
    "decimal": _("数"),
    "money": _("金额"),
    "date": _("日期"),
    "code": _("代码"),
    "enum": _("选项"),
}
LINE = 46


@register.filter
def labelled(codes: str) -> list[tuple[str, str | Promise]]:
    """Choices from codes joined by commas."""
    return [(code, WORDS[code] if code in WORDS else PARTS[code]) for code in codes.split(",")]


@register.filter
def part_name(code: str) -> str | Promise:
    """The word for a key of a policy, a payer or a kind of value; what has none stays as it is."""
    head, dot, rest = code.partition(" · ")
    word = PARTS.get(head) or WORDS.get(head) or head
    return f"{word} · {rest}" if dot else word


@register.filter
def difference(found: Problem) -> str:
    """How a case came out otherwise than written, in the reader's language."""
    return f"{found.message(language())}{_('；')}{found.fix(language())}"


@register.filter
def as_id(path: str) -> str:
    """A path as the id of an element, which scripts and style sheets can name."""
    return re.sub(r"[^\w-]", "-", path)


@register.filter
def rows_for(text: Any) -> int:
    """Rows that show a text of this length."""
    lines = str(text or "").split("\n")
    return min(12, sum(1 + len(line) // LINE for line in lines))


@register.filter
def linecount(text: Any) -> int:
    return min(20, max(3, str(text or "").count("\n") + 1))
