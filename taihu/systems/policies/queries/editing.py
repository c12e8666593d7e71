"""Drafts, versions and forecasts, as the editor reads them."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from taihu.records.base.errors import Refused
from taihu.records.identity.models import Account
from taihu.systems.policies.enums import RunState, VersionState
from taihu.systems.policies.models import Forecast, PolicyVersion, WorkingText
from taihu.systems.policies.rulebook import published_rules, rules_digest


def drafts() -> QuerySet[PolicyVersion]:
    """Drafts, the one changed last first, with what they replace and who typed last."""
    rows = PolicyVersion.objects.filter(state=VersionState.DRAFT).defer("text", "working_text__text", "replaces__text")
    return rows.select_related("replaces", "created_by", "working_text__changed_by").order_by("-changed_at", "-pk")


def settled_versions() -> list[PolicyVersion]:
    """Published and withdrawn versions by policy, the newest first.

    Each has `successor`, the published version that takes over from it, and `ends_on`, the first day on which it holds
    no more.
    """
    rows = PolicyVersion.objects.exclude(state=VersionState.DRAFT).defer("text")
    found = list(rows.order_by("policy", "-effective_from", "-pk"))
    after = {item.replaces_id: item for item in found if item.replaces_id and item.state == VersionState.PUBLISHED}
    for item in found:
        later = after.get(item.pk)
        ends = [day for day in (item.effective_to, later.effective_from if later else None) if day]
        item.successor, item.ends_on = later, min(ends, default=None)  # type: ignore[attr-defined]
    return found


def authors_of(version: PolicyVersion) -> list[Account]:
    """Whose words a draft is: who began it and who typed last."""
    kept = WorkingText.objects.filter(version=version).select_related("changed_by").first()
    return [account for account in (version.created_by, kept.changed_by if kept else None) if account is not None]


def newest_forecast(version: PolicyVersion) -> Forecast | None:
    """The newest one that came to its end."""
    return _forecasts(version).filter(state=RunState.DONE).first()


def latest_attempt(version: PolicyVersion) -> Forecast | None:
    """The newest one, whatever became of it."""
    return _forecasts(version).first()


def _forecasts(version: PolicyVersion) -> QuerySet[Forecast]:
    return version.forecasts.select_related("made_by").order_by("-made_at", "-pk")


def why_not_publishable(version: PolicyVersion, forecast: Forecast | None) -> Refused | None:
    """Why a forecast does not allow publishing; None when it is of this text, these rules and the whole city."""
    ask = _("请重新测算并查看结果，再发布。")
    if forecast is None or forecast.version_id != version.pk:
        return Refused("no_forecast", _("还没有看过这份草稿对全市的影响。"), _("请先测算并查看结果，再发布。"))
    if forecast.digest != version.digest:
        return Refused("old_forecast", _("测算之后，草稿又改过。"), ask)
    if forecast.rules_digest != rules_digest(published_rules()):
        return Refused("old_forecast", _("测算之后，其他政策或名单有变化。"), ask)
    if not forecast.is_whole_city:
        return Refused("sample_forecast", _("这次测算只用了部分人员。"), _whole_city(forecast))
    return None


def _whole_city(forecast: Forecast) -> str:
    return _("请按全市重新测算。") if forecast.is_sample else _("请先完成一次全市核算，再测算。")
