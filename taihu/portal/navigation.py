"""What each hat sees beside its pages. A row whose address does not exist is left out."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from taihu.portal.roles import EMPLOYER, PERSON, first_address
from taihu.records.identity.enums import Role


@dataclass
class Item:
    label: str
    url: str
    icon: str
    current: bool = False
    count: int = 0
    heading: str | Promise = ""
    starts_group: bool = False


Row = tuple[str, str | Promise, str]
# Rows under a heading; a workspace that is short needs none.
Section = tuple[str | Promise, tuple[Row, ...]]

ACCOUNT: tuple[Row, ...] = (
    ("me:inbox", _("消息"), "message"),
    ("me:home", _("账户与设置"), "settings"),
    ("me:seen", _("谁看过我的资料"), "eye"),
    ("me:consents", _("授权管理"), "shield"),
    ("me:mandates", _("代办"), "people"),
    ("me:data", _("我的数据"), "download"),
)
WORK: dict[str, tuple[Section, ...]] = {
    PERSON: (
        (
            _("求职"),
            (
                ("jobs:my_matches", _("推荐给我的岗位"), "match"),
                ("jobs:applications", _("我的投递"), "send"),
                ("jobs:invitations", _("单位邀请"), "mail"),
                ("jobs:profile", _("我的资料与意向"), "person"),
                ("jobs:resumes", _("简历"), "document"),
                ("jobs:saved_searches", _("保存的搜索"), "bookmark"),
            ),
        ),
        (
            _("政策"),
            (
                ("policies:entitlements", _("我能享受什么"), "shield"),
                ("policies:my_applications", _("我的申报"), "document"),
                ("policies:my_payments", _("我的补贴"), "money"),
            ),
        ),
    ),
    EMPLOYER: (
        (
            "",
            (("jobs:employer_home", _("工作台"), "home"),),
        ),
        (
            _("招聘"),
            (
                ("jobs:employer_openings", _("岗位"), "briefcase"),
                ("jobs:employer_board", _("候选人"), "people"),
            ),
        ),
        (
            _("单位"),
            (
                ("jobs:employer_organisation", _("单位与核验"), "building"),
                ("jobs:employer_branches", _("分支机构"), "network"),
                ("jobs:employer_members", _("成员"), "person"),
                ("jobs:employer_keys", _("程序接口"), "api"),
            ),
        ),
        (
            _("政策与资金"),
            (
                ("policies:employer_applications", _("政策申报"), "document"),
                ("policies:employer_payments", _("单位资金"), "money"),
            ),
        ),
    ),
    Role.OFFICER: (
        (
            "",
            (("desk", _("工作台"), "home"),),
        ),
        (
            _("人才市场"),
            (
                ("jobs:office_verifications", _("单位核验"), "building"),
                ("jobs:office_duplicates", _("重复的单位"), "network"),
                ("jobs:office_reviews", _("岗位审核"), "briefcase"),
                ("jobs:office_complaints", _("投诉"), "warning"),
                ("jobs:office_takedowns", _("下架记录"), "flag"),
                ("jobs:office_imports", _("导入岗位"), "download"),
                ("jobs:office_runs", _("每晚撮合"), "match"),
                ("jobs:office_supply", _("供求"), "chart"),
            ),
        ),
        (
            _("申报"),
            (
                ("policies:office_cases", _("申报办理"), "send"),
                ("policies:office_checks", _("部门联审"), "network"),
                ("policies:office_notices", _("公示"), "list"),
                ("policies:office_calls", _("申报通知"), "calendar"),
                ("policies:office_corrections", _("更正申请"), "refresh"),
            ),
        ),
        (
            _("人才政策"),
            (
                ("policies:office_policies", _("政策"), "document"),
                ("policies:editor", _("政策编写"), "edit"),
                ("policies:office_runs", _("全市核算"), "chart"),
                ("policies:office_direct", _("免申即享"), "check"),
            ),
        ),
        (
            _("资金"),
            (
                ("policies:finance_held", _("暂停，待处理"), "warning"),
                ("policies:finance_recoveries", _("追回"), "history"),
            ),
        ),
        (
            _("监督"),
            (
                ("jobs:office_fairness", _("公平检查"), "scales"),
                ("jobs:office_audit", _("操作日志"), "link"),
            ),
        ),
    ),
    Role.CASEWORKER: (
        ("", (("jobs:caseworker_home", _("我代办的人"), "people"), ("me:mandates", _("代办"), "people"))),
    ),
    Role.AUDITOR: (
        (
            _("监督"),
            (
                ("jobs:office_audit", _("操作日志"), "link"),
                ("jobs:office_fairness", _("公平检查"), "scales"),
            ),
        ),
        (
            _("人才政策"),
            (
                ("policies:office_policies", _("政策"), "document"),
                ("policies:office_runs", _("全市核算"), "chart"),
            ),
        ),
        (
            _("资金"),
            (
                ("policies:finance", _("资金工作台"), "money"),
                ("policies:finance_lines", _("预算项目"), "list"),
                ("policies:finance_batches", _("支付批次"), "check"),
            ),
        ),
    ),
    Role.ADMINISTRATOR: (("", (("me:units", _("单位"), "building"), ("me:offices", _("角色与账户"), "people"))),),
    Role.FINANCE: (
        (
            "",
            (
                ("policies:finance", _("资金工作台"), "home"),
                ("policies:finance_lines", _("预算项目"), "list"),
                ("policies:finance_calendar", _("分期日历"), "calendar"),
                ("policies:finance_due", _("到期与复核"), "hourglass"),
                ("policies:finance_held", _("暂停，待处理"), "warning"),
                ("policies:finance_direct", _("免申即享拨付"), "people"),
                ("policies:finance_batches", _("支付批次"), "money"),
                ("policies:finance_recoveries", _("追回"), "history"),
                ("policies:finance_forecast", _("支出预测"), "chart"),
            ),
        ),
    ),
    Role.EXPERT: (("", (("policies:reviews", _("评审任务"), "scales"),)),),
}
WORK[Role.DECIDER] = (*WORK[Role.OFFICER], ("", (("policies:finance", _("资金工作台"), "money"),)))
PUBLIC: tuple[Row, ...] = (
    ("jobs:openings", _("找岗位"), "search"),
    ("policies:list", _("人才政策"), "document"),
    ("policies:calls", _("项目申报"), "send"),
    ("jobs:employer_start", _("单位招聘"), "building"),
    ("jobs:algorithm", _("推荐怎么算"), "match"),
)


def build(rows: tuple[Row, ...], request: HttpRequest, *, counts: dict[str, int] | None = None) -> list[Item]:
    counts = counts or {}
    return [
        Item(str(label), url, icon, current=request.path == url, count=counts.get(name, 0))
        for name, label, icon in rows
        if (url := first_address(name))
    ]


def _mark_above(items: list[Item], path: str) -> None:
    """On a page below an entry, that entry is the current one; a home above everything is not."""
    if any(item.current for item in items):
        return
    homes = {item.url for item in items if any(o.url != item.url and o.url.startswith(item.url) for o in items)}
    above = [item for item in items if path.startswith(item.url) and item.url not in homes]
    if above:
        max(above, key=lambda item: len(item.url)).current = True


def side_navigation(request: HttpRequest, kind: str, *, unread: int) -> list[Item]:
    work: list[Item] = []
    for heading, rows in WORK.get(kind, ()):
        _start_group(items := build(rows, request), heading)
        work += items
    _mark_above(work, request.path)
    known = {item.url for item in work}
    account = [item for item in build(ACCOUNT, request, counts={"me:inbox": unread}) if item.url not in known]
    _start_group(account, _("账户") if work else "")
    return [*work, *account]


def _start_group(items: list[Item], heading: str | Promise) -> None:
    if items:
        items[0].starts_group, items[0].heading = True, heading
