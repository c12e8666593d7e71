"""What the policies do when something happened. Thin: ids in, one action."""

from datetime import datetime, time

from taihu.records.base.clock import city_date
from taihu.records.base.events import SLOW, handles
from taihu.records.base.schedules import schedule
from taihu.records.facts.properties import register_resolver
from taihu.systems.policies import payment_receivers  # noqa: F401 - registers re-checks and messages
from taihu.systems.policies.actions import own_data  # noqa: F401 - registers what is held of people
from taihu.systems.policies.actions.announcements import tell_answer, tell_listed
from taihu.systems.policies.actions.direct import request_direct_runs
from taihu.systems.policies.actions.forecasts import perform_forecast
from taihu.systems.policies.actions.runs import perform_run
from taihu.systems.policies.declared import declared_property
from taihu.systems.policies.enums import RunState
from taihu.systems.policies.events import (
    CorrectionDecided,
    DirectRunNoticed,
    DirectRunsDue,
    ForecastRequested,
    RunRequested,
)
from taihu.systems.policies.models import CorrectionRequest, DirectRun, Forecast, PolicyRun

schedule("policies.direct_runs", DirectRunsDue, time_of_day=time(3, 30))
register_resolver(declared_property)


@handles(RunRequested, lane=SLOW)
def evaluate_city(event: RunRequested, at: datetime) -> None:
    run = PolicyRun.objects.get(pk=event.run_id)
    if run.state in {RunState.WAITING, RunState.RUNNING}:
        perform_run(run, at=at)


@handles(ForecastRequested, lane=SLOW)
def forecast_draft(event: ForecastRequested, at: datetime) -> None:
    forecast = Forecast.objects.filter(pk=event.forecast_id).first()
    if forecast is not None and forecast.is_open:
        perform_forecast(forecast, at=at)


@handles(DirectRunsDue)
def draw_monthly_lists(event: DirectRunsDue, at: datetime) -> None:
    if city_date(at).day == 1:
        request_direct_runs(acting_user=None, at=at)


@handles(DirectRunNoticed)
def tell_people_on_the_list(event: DirectRunNoticed, at: datetime) -> None:
    direct = DirectRun.objects.select_related("version").filter(pk=event.direct_run_id).first()
    if direct is not None:
        tell_listed(direct, at=at)


@handles(CorrectionDecided)
def tell_the_answer(event: CorrectionDecided, at: datetime) -> None:
    request = CorrectionRequest.objects.select_related("person__account").filter(pk=event.request_id).first()
    if request is not None:
        tell_answer(request, at=at)
