"""An employer reports that a member of staff left (15 日内报告): payments stop until an officer has looked."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.cases.enums import CaseOutcome
from taihu.records.identity.models import Account
from taihu.records.identity.permissions import can_recruit_for
from taihu.records.ledger.actions import hold_instalments
from taihu.records.ledger.enums import InstalmentState
from taihu.systems.policies.actions import letters
from taihu.systems.policies.models import Application
from taihu.systems.policies.queries.money import application_instalments

REPORT_WITHIN = timedelta(days=15)
_MAY_STOP = (InstalmentState.PLANNED, InstalmentState.CLEARED)


@transaction.atomic
def report_leaver(*, acting_user: Account, application: Application, at: datetime, left_on: date) -> Application:
    """Write down the last day of work; what is not paid yet is held, the office is told. A late report is marked as late."""
    case = application.case
    if case is None or case.organisation is None or not can_recruit_for(acting_user, case.organisation):
        raise NotAllowed("not_employer", _("只有申报单位可以报告离职。"))
    if application.person is None or case.submitted_at is None or case.outcome == CaseOutcome.REFUSED:
        raise Refused("nothing_to_stop", _("这项申报没有需要停发的补贴。"))
    if application.left_on is not None:
        raise Refused("left_before", _("已经报告过离职。"))
    if left_on > city_date(at):
        raise Refused("left_future", _("离职日期在将来。"), _("请在离职后报告。"), field="left_on")
    application.left_on, application.left_reported_at = left_on, at
    application.save(update_fields=["left_on", "left_reported_at"])
    stopped = _stop(acting_user, application, at)
    data = {"left_on": left_on.isoformat(), "late": is_late(application), "held": stopped}
    record(at=at, acting_user=acting_user, action="policies.report_leaver", subject=application, data=data)
    words = {"name": str(application.person), "organisation": case.organisation.name, "day": left_on.isoformat()}
    readers = letters.deciders_of(case.office_unit, at)
    letters.tell(readers, "left", key=str(application.pk), at=at, path=f"/office/cases/{case.pk}/", data=words)
    return application


def is_late(application: Application) -> bool:
    if application.left_on is None or application.left_reported_at is None:
        return False
    return city_date(application.left_reported_at) > application.left_on + REPORT_WITHIN


def _stop(acting_user: Account, application: Application, at: datetime) -> int:
    if application.commitment_id is None:
        return 0
    rows = application_instalments(application).filter(state__in=_MAY_STOP, due_date__gt=application.left_on)
    instalments = list(rows.select_related("commitment"))
    if not instalments:
        return 0
    reason = str(_("单位报告已于 %(day)s 离职。") % {"day": application.left_on})
    return hold_instalments(acting_user=None, at=at, instalments=instalments, reason=reason)
