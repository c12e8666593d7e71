"""A caseworker turns to one person's matters: allowed by a mandate, written down, and told to the person."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import NotAllowed
from taihu.records.identity.models import Account, Person
from taihu.records.identity.permissions import acts_for
from taihu.systems.jobs.actions.notices import tell_person


@transaction.atomic
def begin_acting(*, acting_user: Account, person: Person, at: datetime) -> None:
    """The person hears of it once a day and caseworker; each act afterwards names both."""
    if not acts_for(acting_user, person, at=at):
        raise NotAllowed(
            "no_mandate", _("这位求职者没有授权您代办，或授权已结束。"), _("请先提出代办申请，由本人同意。")
        )
    record(at=at, action="caseworker.began", subject=person, acting_user=acting_user, on_behalf_of=str(person))
    tell_person(
        person,
        "caseworker_began",
        key=f"{person.pk}:{acting_user.pk}:{city_date(at):%Y%m%d}",
        at=at,
        path="/me/mandates/",
        data={"caseworker": acting_user.display_name or _("就业服务专员")},
    )
