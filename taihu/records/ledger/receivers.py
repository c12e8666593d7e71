"""What the ledger does when a day begins, and what it holds of people."""

from datetime import datetime, time
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from taihu.records.base.events import handles
from taihu.records.base.schedules import schedule
from taihu.records.identity.actions import DataHolder, register_holder
from taihu.records.identity.models import Person
from taihu.records.ledger.actions.announcements import announce_due
from taihu.records.ledger.actions.payees import erase_unneeded_accounts, has_waiting_payments
from taihu.records.ledger.enums import OPEN_STATES
from taihu.records.ledger.events import DayBegan
from taihu.records.ledger.models import Instalment, PayeeAccount
from taihu.records.ledger.queries.payees import payments_of

schedule("ledger.day", DayBegan, time_of_day=time(0, 30))


@handles(DayBegan)
def look_at_what_is_due(event: DayBegan, at: datetime) -> None:
    announce_due(at=at)


def _export(person: Person) -> Any:
    accounts = PayeeAccount.objects.filter(person=person).order_by("pk")
    return {
        "accounts": [
            {"bank": row.bank, "number": row.number, "from": row.active_from, "to": row.active_to} for row in accounts
        ],
        "instalments": list(
            payments_of(person).values(
                "commitment__purpose", "commitment__document", "number", "amount", "due_date", "state"
            )
        ),
    }


def _obstacle(person: Person, at: datetime) -> str:
    if has_waiting_payments(person):
        return _("有款项正在由银行支付：请等结果出来。")
    if Instalment.objects.filter(commitment__person=person, state__in=OPEN_STATES).exists():
        return _("还有待支付的分期：请先放弃或领取后再删除资料。")
    return ""


def _erase(person: Person, at: datetime) -> None:
    erase_unneeded_accounts(person)


register_holder(
    DataHolder(
        "ledger",
        gettext_lazy("资金发放记录和收款账户"),
        export=_export,
        erase=_erase,
        kept=gettext_lazy(
            "资金发放和追回的会计记录去掉姓名和账号后依法保存三十年（《会计档案管理办法》第十四条），收款账号立即删除。"
        ),
        obstacle=_obstacle,
    )
)
