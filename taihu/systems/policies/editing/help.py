"""The language on one page: what can be written, what it means, an example that loads (a test loads every one)."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Entry:
    written: str
    means: str | Promise


@dataclass(frozen=True)
class Part:
    slug: str
    title: str | Promise
    lead: str | Promise
    entries: tuple[Entry, ...]


CONDITIONS = Part(
    "conditions",
    _("条件里的判断"),
    _("一条判断是一个能回答“是、否、不知道”的式子。不知道的交人工核实，从不当作不符合。"),
    (
        Entry("is_full_time", _("是非类事实直接写名称")),
        Entry("not on_bad_list", _("否定")),
        Entry("work_years >= 5", _("比较：== != < <= > >=")),
        Entry("talent_class in ['A1', 'A2']", _("属于其中之一；not in 是不属于")),
        Entry("wage_tax_last_year >= 10万", _("金额要带单位：元、万、亿")),
        Entry("is_full_time and (is_returnee or work_years >= 3)", _("并且、或者，用括号分清先后")),
        Entry("applied < class_recognised_on + 3 years", _("日期加减期限：years、months、days")),
        Entry("years(birth_date, applied) < 35", _("两个日期之间的整年；months、days 同理")),
        Entry(
            "years(birth_date, start_of_year(applied)) < 35",
            _("以当年1月1日计算；还有 end_of_last_year、start_of_month、start_of_next_month"),
        ),
        Entry("year(applied) - year(arrived_on) <= 3 and month(applied) >= 7", _("年份和月份")),
        Entry("known(chosen_in_group)", _("是否有值：本身总有答案")),
        Entry("at(hukou_in_city, class_recognised_on)", _("有历史的事实在某一天的值")),
        Entry("listed(major, 'shortage_majors', applied)", _("在某一天有效的名单里")),
        Entry("holds('wuxi-rent')", _("是否符合另一项政策；amount_of('…') 是它的金额，class_of('…') 是认定的类别")),
    ),
)
RECORDS = Part(
    "records",
    _("一个人的多条记录"),
    _("学历、参保、住房、已享受的待遇等，一个人可以有多条。写“记录.字段”，用 where 挑选。"),
    (
        Entry("any(home where home.is_urban and home.ordinal == 1)", _("有没有这样的记录")),
        Entry("count(home where home.owner == 'spouse') == 0", _("几条")),
        Entry("max(degree.level) >= 'master'", _("最大；min 最小")),
        Entry("sum(benefit.amount where benefit.programme == 'rent') < 10万", _("合计")),
        Entry("latest(home.price by home.deed_on) > 100万", _("最近一条的值；earliest 最早")),
        Entry(
            "months_run(insurance where insurance.in_city and not insurance.is_back_payment, applied) >= 6",
            _("截至某日的连续月数，补缴不计"),
        ),
        Entry("months_covered(insurance where insurance.in_city, applied) >= 12", _("累计月数；可写起止两个日期")),
        Entry("longest_run(insurance where insurance.in_city, applied) >= 12", _("最长连续月数")),
        Entry("run_start(insurance where insurance.in_city, applied) <= 2026-01-01", _("连续缴费从哪个月开始")),
        Entry("month_reached(insurance where insurance.in_city, 12) <= applied", _("第几个月落在哪个月")),
    ),
)
AMOUNTS = Part(
    "amounts",
    _("金额"),
    _("金额由标准开始，一步一步加减封顶。一步只做一件事，每一步都会向申请人列出。"),
    (
        Entry("20万", _("固定金额")),
        Entry("if max(degree.level) == 'doctor' then 10万 else 5万", _("按情况")),
        Entry("80% * monthly_rent", _("按比例；乘除四舍五入到分")),
        Entry("min(monthly_rent * 12, 1.5万)", _("较小者；max 较大者")),
        Entry("round_down(wage_tax_last_year, 100元)", _("向下取整；round_up 向上，round_half_up 四舍五入")),
        Entry(
            "sum(min(50% * benefit.amount, 1万) where benefit.programme == 'rent')", _("逐条先算，这里每条封顶，再合计")
        ),
        Entry("amount_of('wuxi-rent')", _("另一项政策的金额")),
    ),
)
DATES = Part(
    "dates",
    _("付款日期"),
    _("每期写比例或金额、到期日；recheck 写付款前要再核的条件编号。"),
    (
        Entry("applied", _("申请当日")),
        Entry("applied + 1 year", _("一年后")),
        Entry("start_of_next_month(applied)", _("下月1日")),
        Entry("add_months(start_of_year(applied), 6)", _("当年7月1日")),
    ),
)
PARTS = (CONDITIONS, RECORDS, AMOUNTS, DATES)
