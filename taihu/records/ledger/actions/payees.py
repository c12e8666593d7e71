"""Bank accounts to pay into."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.fields import keyed_hash
from taihu.records.identity.models import Account, Organisation, Person
from taihu.records.ledger.enums import PaymentState
from taihu.records.ledger.models import PayeeAccount, Payment
from taihu.records.ledger.permissions import can_set_payee_account

UNIONPAY = "62"


@transaction.atomic
def set_payee_account(
    *,
    acting_user: Account | None,
    at: datetime,
    payee: Person | Organisation,
    holder: str,
    bank: str,
    number: str,
) -> PayeeAccount:
    """Name the account to be paid into; payments already in a batch keep the account they were approved with."""
    if not can_set_payee_account(acting_user, payee, at=at):
        raise NotAllowed("not_yours", _("只有本人、代办人或单位负责人可以登记收款账户。"))
    holder, bank = " ".join(holder.split()), " ".join(bank.split())
    if _folded(holder) != _folded(payee.name):
        raise Refused(
            "holder_differs",
            _("户名与登记的姓名（名称）不一致，银行会退回。"),
            _("请使用本人或本单位的账户。"),
            field="holder",
        )
    if not bank:
        raise Refused("bank_needed", _("请填写开户银行。"), field="bank")
    number = check_account_number(number)
    current = PayeeAccount.objects.select_for_update().filter(active_to__isnull=True, **_owner(payee)).first()
    if current is not None and current.number_hash == keyed_hash(number) and current.bank == bank:
        return current
    if current is not None:
        PayeeAccount.objects.filter(pk=current.pk).update(active_to=at)
    account = PayeeAccount.objects.create(
        **_owner(payee),
        holder=holder,
        bank=bank,
        number=number,
        number_hash=keyed_hash(number),
        tail=number[-4:],
        added_by=acting_user,
        active_from=at,
    )
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.set_payee_account",
        subject=payee,
        data={"account": account.pk, "tail": account.tail},
    )
    return account


def _owner(payee: Person | Organisation) -> dict[str, Person | Organisation]:
    return {"person" if isinstance(payee, Person) else "organisation": payee}


def _folded(name: str) -> str:
    return "".join(name.split()).casefold()


def check_account_number(number: str) -> str:
    """Digits only; a UnionPay card must have the right check digit (GB/T 14504, Luhn)."""
    digits = "".join(number.split()).replace("-", "")
    if not (digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 30):
        raise Refused("account_number", _("账号应为 8 至 30 位数字。"), _("请核对后再填。"), field="number")
    if digits.startswith(UNIONPAY) and 16 <= len(digits) <= 19 and not luhn(digits):
        raise Refused(
            "account_check_digit", _("卡号校验位不对，可能有一位写错了。"), _("请对照银行卡核对。"), field="number"
        )
    return digits


def luhn(digits: str) -> bool:
    """Is the last digit the check digit of the rest?

    >>> luhn("79927398713")
    True
    """
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def erase_unneeded_accounts(payee: Person) -> int:
    """Delete the numbers of accounts no payment waits for; what was paid keeps its last four digits."""
    rows = PayeeAccount.objects.filter(person=payee).exclude(payments__state=PaymentState.WAITING)
    return rows.delete()[1].get("ledger.PayeeAccount", 0)


def has_waiting_payments(payee: Person) -> bool:
    return Payment.objects.filter(account__person=payee, state=PaymentState.WAITING).exists()
