"""The living style guide: every part of the design system in every state, for those who write pages."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from taihu.portal import charts
from taihu.records.base.clock import now
from taihu.records.identity.permissions import is_officer

PARTS = {
    "foundation": "基础",
    "parts": "部件",
    "openings": "岗位",
    "forms": "表单",
    "figures": "数字",
    "work": "工作台",
    "front": "首页",
}
SPRITE = Path(__file__).parent / "static" / "portal" / "icons.svg"
DISTRICTS = [
    ("320205", "锡山区", 412),
    ("320206", "惠山区", 388),
    ("320211", "滨湖区", 365),
    ("320213", "梁溪区", 471),
    ("320214", "新吴区", 702),
    ("320281", "江阴市", 518),
    ("320282", "宜兴市", 297),
    ("3202JK", "经开区", 0),
]


ROWS = [
    ("数控车工", "无锡蠡湖精工科技有限公司", 800_000, 1_200_000, 13),
    (
        "高级嵌入式软件开发工程师（车规级域控制器与实时操作系统方向，可接受优秀应届毕业生）",
        "江苏省无锡市惠山区长三角（江苏）工业互联网与智能装备创新研究院集团股份有限公司第二分公司",
        2_500_000,
        4_000_000,
        15,
    ),
    ("保洁员", "梁溪区邻里物业", None, None, 12),
]


class SampleForm(forms.Form):
    title = forms.CharField(label="岗位名称", max_length=40, help_text="写职业本身，例如“数控车工”，不写口号。")
    pay = forms.IntegerField(label="月薪下限（元）", min_value=0)
    district = forms.ChoiceField(
        label="工作地点", choices=[("", "请选择"), *((code, name) for code, name, _ in DISTRICTS)]
    )
    kind = forms.ChoiceField(
        label="用工形式", widget=forms.RadioSelect, choices=[("full", "全职"), ("part", "兼职"), ("intern", "实习")]
    )
    degrees = forms.MultipleChoiceField(
        label="接受的学历",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[("51", "大专"), ("31", "本科"), ("21", "硕士研究生")],
    )
    until = forms.DateField(label="有效期至", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    text = forms.CharField(label="职责与要求", widget=forms.Textarea, help_text="发布前会检查有无违法限制条件。")
    paper = forms.FileField(label="营业执照", required=False, help_text="PDF、JPG 或 PNG，不超过 10 MB。")
    agree = forms.BooleanField(label="我已阅读个人信息处理说明", help_text="可以随时在“我的授权”里撤回。")


def show_guide(request: HttpRequest, part: str = "foundation") -> HttpResponse:
    if not (settings.DEBUG or is_officer(request.user, at=now())):
        raise Http404
    if part not in PARTS:
        raise Http404
    context = {"part": part, "parts": PARTS.items(), **_samples(request, part)}
    return render(request, f"design/{part}.html", context)


def _samples(request: HttpRequest, part: str) -> dict[str, Any]:
    at = now()
    if part == "foundation":
        return {"icons": re.findall(r'<symbol id="([a-z-]+)"', SPRITE.read_text(encoding="utf-8"))}
    if part == "parts":
        return {
            "page": Paginator(range(1, 500), 20).get_page(request.GET.get("page", 7)),
            "earlier": at - timedelta(hours=5),
        }
    if part == "forms":
        return {"form": SampleForm(prefix="empty"), "refused_form": SampleForm({"title": "", "pay": "-1"}, prefix="")}
    if part == "figures":
        return _sample_charts()
    return {
        "at": at,
        "earlier": at - timedelta(days=2, hours=3),
        "districts": [_district(*row) for row in DISTRICTS],
        "rows": [_row(at, *row) for row in ROWS],
        "popular": [("数控车工", "#x"), ("集成电路", "#x"), ("护士", "#x"), ("会计", "#x")],
    }


def _row(at: datetime, title: str, employer: str, low: int | None, high: int | None, months: int) -> dict[str, Any]:
    return {
        "url": "#x",
        "title": title,
        "pay_low": low,
        "pay_high": high,
        "pay_months": months,
        "pay_unit": "month",
        "employer": employer,
        "employer_url": "#x",
        "is_verified": low is not None,
        "facts": ["新吴区", "大专及以上", "经验 1–3 年", "招 3 人"],
        "tags": ["数控编程", "五险一金", "双休"],
        "published_at": at - timedelta(hours=27),
    }


def _district(code: str, name: str, count: int) -> dict[str, Any]:
    shade = 0 if not count else min(4, 1 + count // 200)
    return {"code": code, "name": name, "count": count, "url": f"?district={code}", "shade": shade}


def _sample_charts() -> dict[str, Any]:
    months = [f"{month}月" for month in range(1, 13)]
    wanted = [820, 1310, 1640, 1420, 1180, 1090, 1230, 1150, 1370, 1120, 980, 760]
    seeking = [910, 1050, 1280, 1330, 1240, 1460, 1520, 1300, 1190, 1060, 940, None]
    return {
        "bars": charts.bar_chart(
            [charts.Bar(name, count / 350) for _, name, count in DISTRICTS],
            title="各区求人倍率",
            subtitle="本季度登记招聘人数 ÷ 登记求职人数",
            reference=1.0,
            reference_label="供需相当 1.0",
        ),
        "lines": charts.line_chart(
            months,
            [charts.Series("招聘人数", wanted), charts.Series("求职人数", seeking)],
            title="招聘与求职",
            subtitle="人，按月",
        ),
        "stack": charts.stacked_bars(
            months[:6],
            [
                charts.Series(name, [v * f for v in wanted[:6]])
                for name, f in (("制造业", 0.5), ("信息技术", 0.3), ("服务业", 0.2))
            ],
            title="行业构成",
        ),
        "spark": charts.spark_line([float(value) for value in wanted], label="全年招聘人数，3 月最高"),
        "none": charts.bar_chart([], title="没有数据时"),
    }
