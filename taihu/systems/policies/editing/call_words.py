"""The names under which the form shows the values of a call, and where a value stands, in the reader's language."""

import re
from collections.abc import Mapping
from itertools import pairwise

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Lists and mappings, whose mistakes are shown beside them.
HOLDERS = frozenset(
    (
        "window", "periods", "fields", "attachments", "tracks", "choices", "preset", "split", "instalments", "panel", "criteria",
        "when",
    )
)  # fmt: skip
#: By the list or mapping in which a value stands, and its key.
LABELS: Mapping[str, str | Promise] = {
    "title": _("标题"),
    "programme": _("计划名称"),
    "document": _("文号"),
    "call": _("编号"),
    "summary": _("说明（给申请人看）"),
    "example": _("示例，不是现行政策"),
    "window": _("申报时间"),
    "window/shape": _("方式"),
    "window/from": _("从"),
    "window/to": _("到（当天有效）"),
    "window/periods": _("各时段"),
    "periods/from": _("从"),
    "periods/to": _("到（当天有效）"),
    "fields": _("要填写的内容"),
    "fields/name": _("项目代码"),
    "fields/zh": _("项目文字"),
    "fields/en": _("项目文字（英文）"),
    "fields/type": _("填写方式"),
    "fields/required": _("是否必需"),
    "fields/limit": _("最多几个字（可空）"),
    "fields/fact": _("城市已有的事实（可空，查到就不用填）"),
    "fields/help": _("填写提示（可空）"),
    "fields/choices": _("选项"),
    "choices/zh": _("选项文字"),
    "choices/en": _("选项文字（英文）"),
    "choices/code": _("选项代码"),
    "attachments": _("要提供的材料"),
    "attachments/kind": _("材料代码"),
    "attachments/zh": _("材料名称"),
    "attachments/en": _("材料名称（英文）"),
    "attachments/by": _("由谁提供"),
    "attachments/required": _("是否必需"),
    "attachments/accept": _("文件类型"),
    "attachments/valid_days": _("几天内有效（可空）"),
    "attachments/note": _("说明（可空）"),
    "when/field": _("只在这个项目（代码）…（可空）"),
    "when/equals": _("…填成这个值时要"),
    "tracks": _("申报类别"),
    "tracks/name": _("类别名称"),
    "tracks/category": _("大类（可空，同一大类排在一起）"),
    "tracks/code": _("类别编号"),
    "tracks/applicant": _("由谁申报"),
    "tracks/unit": _("受理部门"),
    "tracks/department": _("通知里的部门名称（可空）"),
    "tracks/procedure": _("办理流程"),
    "tracks/policy": _("按哪项政策核算（可空）"),
    "tracks/closes": _("提前截止于（可空）"),
    "tracks/personal_deadline": _("个人期限（可空，如 arrived_on + 5 years）"),
    "tracks/support": _("支持内容（可空）"),
    "tracks/split": _("谁出多少"),
    "tracks/instalments": _("分几期"),
    "tracks/preset": _("选了这一类别就定下的流程数据"),
    "tracks/panel": _("评审"),
    "panel/size": _("评审专家人数（可空，按流程）"),
    "panel/criteria": _("评审标准"),
    "criteria/zh": _("评审标准"),
    "criteria/en": _("评审标准（英文）"),
    "criteria/weight": _("权重"),
    "instalments/share": _("比例"),
    "instalments/months": _("决定后几个月"),
}
NUMBERED: Mapping[str, str | Promise] = {
    "tracks": _("申报类别"),
    "fields": _("填写项目"),
    "attachments": _("材料"),
    "choices": _("选项"),
    "periods": _("时段"),
    "criteria": _("评审标准"),
    "instalments": _("期"),
}


def label_of(path: str) -> str:
    """What the form calls a value; a key that it does not know stays as it is."""
    keys = path.split("/")
    holder = next((key for key in reversed(keys[:-1]) if key in HOLDERS), "")
    words = ("zh", "en")
    if keys[-1] in words and f"{holder}/{keys[-1]}" not in LABELS and len(keys) > 1:
        return label_of("/".join(keys[:-1]))
    return str(LABELS.get(f"{holder}/{keys[-1]}" if holder else keys[-1], keys[-1]))


def name_of(path: str) -> str:
    """What a mistake calls a value: its label without what is added in brackets."""
    return re.sub(r"\s*[（(].*[）)]$", "", label_of(path))


def place_of(path: str) -> str:
    """Which track, which field of it: `类别 2 · 填写项目 1`."""
    keys = path.split("/")
    found = [
        f"{NUMBERED[key]} {int(number) + 1}" for key, number in pairwise(keys) if key in NUMBERED and number.isdigit()
    ]
    return " · ".join(found)
