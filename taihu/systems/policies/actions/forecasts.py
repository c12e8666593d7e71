"""Forecast what a draft would do to the city: ask for it, compute it where nobody waits, store figures and people."""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.engines.rules.errors import PolicyError
from taihu.engines.rules.sets import PolicySet
from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.facts.parts import pack
from taihu.records.identity.models import Account
from taihu.systems.policies.editing.forecasting import (
    SAMPLE,
    CityFacts,
    Effect,
    city_facts,
    effect_of,
    facts_needed,
)
from taihu.systems.policies.enums import RunState, VersionState
from taihu.systems.policies.events import ForecastRequested
from taihu.systems.policies.models import Forecast, ForecastChange, PolicyVersion
from taihu.systems.policies.permissions import can_edit_policies, can_publish_policies
from taihu.systems.policies.rulebook import beside, published_rules, published_versions, rules_digest

LOADING = 0.85
OPEN = (RunState.WAITING, RunState.RUNNING)


@transaction.atomic
def request_forecast(
    *, acting_user: Account, at: datetime, version: PolicyVersion, day: date, is_sample: bool = False
) -> Forecast:
    """Ask what the published rules and this draft would change; a worker computes it. One at a time for a draft.

    A sample answers sooner, but does not allow publication.
    """
    if not (can_edit_policies(acting_user, at=at) or can_publish_policies(acting_user, at=at)):
        raise NotAllowed("not_officer", _("只有经办人员和审批负责人可以测算。"))
    current = PolicyVersion.objects.select_for_update(of=("self",)).select_related("replaces").get(pk=version.pk)
    _rules_with(current)
    _refuse_second(current, at)
    forecast = Forecast.objects.create(
        version=current, day=day, is_sample=is_sample, made_by=acting_user, made_at=at, report={}
    )
    publish(ForecastRequested(forecast_id=forecast.pk), at=at)
    data = {"version": current.key, "day": day, "is_sample": is_sample}
    record(at=at, acting_user=acting_user, action="policies.forecast_requested", subject=forecast, data=data)
    return forecast


def _refuse_second(version: PolicyVersion, at: datetime) -> None:
    """One that was killed makes room; one that lives does not."""
    running = version.forecasts.filter(state__in=OPEN).first()
    if running is None:
        return
    if not running.is_interrupted(at=at):
        raise Refused("forecast_running", _("这份草稿正在测算。"), _("请等它结束。"))
    version.forecasts.filter(state__in=OPEN).update(state=RunState.FAILED, error=_("测算中断了。"))


def _rules_with(version: PolicyVersion) -> PolicySet:
    """What would be published with this draft. Refused where it is none any more or does not load."""
    if version.state != VersionState.DRAFT:
        raise Refused("not_a_draft", _("只有草稿需要测算。"))
    others = [item for item in published_versions() if item.key != version.key]
    try:
        return beside(others, {version.key: version.text}, version.replaces)
    except PolicyError as error:
        raise Refused("policy_text", error.text(), _("请先改正文本。"), field="text") from error


def perform_forecast(forecast: Forecast, *, at: datetime) -> Forecast:
    """Compute a requested forecast, or one whose worker was killed. Raises what went wrong, after marking it failed."""
    started = time.monotonic()
    rows = Forecast.objects.filter(pk=forecast.pk, state__in=OPEN)
    if not rows.update(state=RunState.RUNNING, seen_at=at, progress=0.0):
        raise Refused("forecast_over", _("这次测算已经结束。"))
    try:
        _perform(forecast, at=at, started=started)
    except Exception as error:
        text = str(error) if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
        rows.update(state=RunState.FAILED, error=text[:2000])
        raise
    forecast.refresh_from_db()
    return forecast


def _perform(forecast: Forecast, *, at: datetime, started: float) -> None:
    tell = _teller(forecast, at, started)
    version = PolicyVersion.objects.select_related("replaces").get(pk=forecast.version_id)
    before, after = published_rules(), _rules_with(version)
    tell("load", 0.0)
    facts = city_facts(
        after.catalogue,
        at=at,
        at_most=SAMPLE if forecast.is_sample else None,
        only=facts_needed(before, after, version.key),
        progress=lambda share: tell("load", LOADING * share),
    )
    tell("evaluate", LOADING)
    effect = effect_of(before, after, version.key, facts.table, forecast.day)
    tell("store", 0.98)
    _store(forecast, version, before, facts, effect, at=at, seconds=time.monotonic() - started)


def _teller(forecast: Forecast, at: datetime, started: float) -> Callable[[str, float], None]:
    """Keep the row current, at most twice a second; whoever was given up as dead stops."""
    last = [0.0]

    def tell(stage: str, share: float) -> None:
        elapsed = time.monotonic() - started
        if elapsed - last[0] < 0.5 and stage == "load" and share:
            return
        last[0] = elapsed
        running = Forecast.objects.filter(pk=forecast.pk, state=RunState.RUNNING)
        if not running.update(stage=stage, progress=share, seen_at=at + timedelta(seconds=elapsed)):
            raise Refused("forecast_over", _("这次测算已经结束。"))

    return tell


@transaction.atomic
def _store(
    forecast: Forecast,
    version: PolicyVersion,
    before: PolicySet,
    facts: CityFacts,
    effect: Effect,
    *,
    at: datetime,
    seconds: float,
) -> None:
    """Names are kept of the newest forecast of a draft only; figures of all."""
    done = Forecast.objects.filter(pk=forecast.pk, state=RunState.RUNNING).update(
        state=RunState.DONE,
        stage="done",
        progress=1.0,
        digest=version.digest,
        rules_digest=rules_digest(before),
        facts_digest=facts.digest,
        facts_at=facts.known_at,
        people=facts.table.n,
        is_whole_city=facts.is_whole_city,
        report=effect.report,
        seconds=round(seconds, 3),
    )
    if not done:
        raise Refused("forecast_over", _("这次测算已经结束。"))
    ForecastChange.objects.filter(forecast__version=version).delete()
    ForecastChange.objects.bulk_create(
        ForecastChange(
            forecast=forecast,
            policy=policy,
            people=pack({"ids": facts.ids[rows], "before": old, "after": new}),
        )
        for policy, (rows, old, new) in effect.changed.items()
        if len(rows)
    )
    data = {"version": version.key, "people": facts.table.n, "day": forecast.day}
    record(at=at, acting_user=forecast.made_by, action="policies.forecast", subject=forecast, data=data)
