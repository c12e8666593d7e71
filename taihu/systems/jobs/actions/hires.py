"""A hire is claimed by the employer and confirmed by social insurance. The two are counted apart, never added."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import Refused
from taihu.records.base.events import publish
from taihu.records.facts.models import Fact, Source
from taihu.records.facts.properties import INSURED_BY
from taihu.systems.jobs.actions.applications import tell_employer_moved, tell_moved
from taihu.systems.jobs.actions.steps import employer_party
from taihu.systems.jobs.enums import ApplicationState
from taihu.systems.jobs.events import HireClaimed, HireConfirmed
from taihu.systems.jobs.models import Application, Hire

EARLIEST = timedelta(days=366)


@transaction.atomic
def claim_hire(*, acting_user: Any, application: Application, start_date: date, at: datetime) -> Hire:
    """The employer says that the person started. Claiming again returns the same claim."""
    party = employer_party(acting_user, application.opening)
    Application.objects.select_for_update().get(pk=application.pk)
    existing = Hire.objects.filter(application=application).first()
    if existing is not None:
        return existing
    if Application.objects.values_list("state", flat=True).get(pk=application.pk) != ApplicationState.ACCEPTED:
        raise Refused("not_accepted", _("求职者还没有接受录用。"), _("请先发出录用意向，等待本人答复。"))
    if not city_date(at) - EARLIEST <= start_date <= city_date(at):
        raise Refused(
            "start_date", _("入职日期应在过去一年之内，且不晚于今天。"), _("请在入职以后登记。"), field="start_date"
        )
    hire = Hire.objects.create(application=application, start_date=start_date, claimed_by=acting_user, claimed_at=at)
    record(
        at=at,
        action="jobs.hire.claim",
        subject=hire,
        acting_user=party.account,
        data={"application": application.pk, "start_date": start_date.isoformat()},
    )
    publish(HireClaimed(hire_id=hire.pk), at=at)
    tell_moved(application, "hire_claimed", at=at, start_date=start_date.isoformat())
    _confirm_if_known(hire, at)
    return hire


def _confirm_if_known(hire: Hire, at: datetime) -> None:
    facts = Fact.objects.filter(
        person=hire.application.person_id, property=INSURED_BY.name, known_to__isnull=True
    ).order_by("valid_from", "pk")
    for fact in facts:
        if confirm_hire(fact=fact, at=at):
            return


def confirm_hires_of(*, fact_ids: list[int], at: datetime) -> int:
    """What the social-insurance facts just recorded confirm."""
    facts = Fact.objects.filter(pk__in=fact_ids, property=INSURED_BY.name).order_by("pk")
    return sum(confirm_hire(fact=fact, at=at) for fact in facts)


@transaction.atomic
def confirm_hire(*, fact: Fact, at: datetime) -> bool:
    """Confirm the claimed hire of this person at this employer, if insurance did not begin before the month of the start.

    Only a department's own word counts: a fact that a person or an employer declared confirms nothing.
    """
    if fact.property != INSURED_BY.name or fact.source != Source.DEPARTMENT or fact.known_to is not None:
        return False
    hire = (
        Hire.objects.filter(
            application__person=fact.person_id,
            application__opening__organisation__credit_code=fact.value or "-",
            confirmed_at__isnull=True,
        )
        .select_related("application__opening__organisation", "application__person")
        .order_by("pk")
        .first()
    )
    if hire is None or fact.valid_from < hire.start_date.replace(day=1):
        return False
    if not Hire.objects.filter(pk=hire.pk, confirmed_at__isnull=True).update(confirming_fact=fact, confirmed_at=at):
        return False
    record(at=at, action="jobs.hire.confirm", subject=hire, data={"fact": fact.pk})
    publish(HireConfirmed(hire_id=hire.pk, fact_id=fact.pk), at=at)
    tell_employer_moved(hire.application, "hire_confirmed", at=at)
    tell_moved(hire.application, "hire_confirmed", at=at)
    return True
