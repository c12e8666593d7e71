"""Figures in words: pay, money, shares and ages, the way each language writes them."""

import datetime as dt

from django.utils.translation import gettext, ngettext

YUAN = 100
WAN = 10_000


def money_text(fen: int) -> str:
    """Write fen as yuan with thousands separators; fen are shown only when there are any."""
    sign, whole, rest = "-" if fen < 0 else "", abs(fen) // YUAN, abs(fen) % YUAN
    return f"{sign}¥{whole:,}" + (f".{rest:02d}" if rest else "")


def share_text(value: float, digits: int = 1) -> str:
    return f"{100 * value:.{digits}f}%"


def pay_text(
    low: int | None, high: int | None, *, months: int = 12, unit: str = "month", language: str = "zh-hans"
) -> str:
    """Write a pay range given in fen per unit, such as `1.2-1.8万·14薪` or `¥12,000-18,000 / month`."""
    low, high = low or high, high or low
    if low is None or high is None:
        return gettext("面议")
    chinese = language.startswith("zh")
    text = _chinese_range(low, high) if chinese and unit == "month" else _plain_range(low, high)
    units = {
        "month": "" if chinese else gettext("月"),
        "day": gettext("天"),
        "hour": gettext("小时"),
        "year": gettext("年"),
    }
    if units[unit]:
        text += f" / {units[unit]}" if not chinese else f"/{units[unit]}"
    if months != 12 and unit == "month":
        text += gettext("·%(months)d薪") % {"months": months}
    return text


def _chinese_range(low: int, high: int) -> str:
    """Below ten thousand yuan people say 8000元, above it 1.2万."""
    low_yuan, high_yuan = low / YUAN, high / YUAN
    if high_yuan < WAN:
        return f"{low_yuan:.0f}元" if low == high else f"{low_yuan:.0f}–{high_yuan:.0f}元"
    if low_yuan < WAN:
        return f"{low_yuan:.0f}元–{_wan(high_yuan)}万"
    return f"{_wan(low_yuan)}万" if low == high else f"{_wan(low_yuan)}–{_wan(high_yuan)}万"


def _wan(yuan: float) -> str:
    return f"{yuan / WAN:.2f}".rstrip("0").rstrip(".")


def _plain_range(low: int, high: int) -> str:
    low_yuan, high_yuan = f"{low / YUAN:,.0f}", f"{high / YUAN:,.0f}"
    return f"¥{low_yuan}" if low == high else f"¥{low_yuan}–{high_yuan}"


def age_text(value: dt.datetime, at: dt.datetime) -> str:
    """Say how long before `at` (or after it) `value` lies."""
    seconds = (at - value).total_seconds()
    if seconds < 0:
        return _ahead_text(-seconds)
    if seconds < 60:
        return gettext("刚刚")
    if seconds < 3600:
        count = int(seconds // 60)
        return ngettext("%(n)d 分钟前", "%(n)d 分钟前", count) % {"n": count}
    if seconds < 86400:
        count = int(seconds // 3600)
        return ngettext("%(n)d 小时前", "%(n)d 小时前", count) % {"n": count}
    count = int(seconds // 86400)
    if count < 60:
        return ngettext("%(n)d 天前", "%(n)d 天前", count) % {"n": count}
    return ngettext("%(n)d 个月前", "%(n)d 个月前", count // 30) % {"n": count // 30}


def _ahead_text(seconds: float) -> str:
    if seconds < 3600:
        return gettext("一小时内")
    if seconds < 86400:
        count = int(seconds // 3600)
        return ngettext("%(n)d 小时后", "%(n)d 小时后", count) % {"n": count}
    count = int(seconds // 86400)
    return ngettext("%(n)d 天后", "%(n)d 天后", count) % {"n": count}
