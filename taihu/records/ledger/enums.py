from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """Whose budget it is (资金层级)."""

    NATIONAL = "national", _("国家")
    PROVINCE = "province", _("省")
    CITY = "city", _("市级")
    DISTRICT = "district", _("市（县）区级")


class AccountKind(models.TextChoices):
    """The books of one budget line. The first two are where its money comes from and are never above zero."""

    APPROPRIATION = "appropriation", _("预算拨入")
    OVERRIDE = "override", _("超额承诺")
    FREE = "free", _("可用额度")
    COMMITTED = "committed", _("已承诺")
    CLEARED = "cleared", _("复核通过待付")
    TRANSIT = "transit", _("在支付批次中")
    PAID = "paid", _("已支付")
    RECEIVABLE = "receivable", _("应追回")
    RECOVERED = "recovered", _("已追回")
    WAIVED = "waived", _("免予追回")


SOURCES = frozenset({AccountKind.APPROPRIATION, AccountKind.OVERRIDE})


class EntryKind(models.TextChoices):
    APPROPRIATE = "appropriate", _("下达或调整预算")
    CARRY = "carry", _("结转下年")
    OVERRIDE = "override", _("批准超额承诺")
    REPAY = "repay", _("冲回超额承诺")
    COMMIT = "commit", _("承诺")
    CLEAR = "clear", _("复核通过")
    HOLD = "hold", _("暂停支付")
    CANCEL = "cancel", _("取消分期")
    BATCH = "batch", _("列入支付批次")
    UNBATCH = "unbatch", _("退出支付批次")
    PAY = "pay", _("银行已支付")
    RETURN = "return", _("银行退回")
    OFFSET = "offset", _("抵扣")
    DEMAND = "demand", _("要求退回")
    RECEIVE = "receive", _("收到退款")
    WAIVE = "waive", _("免予追回")
    REVERSE = "reverse", _("冲正")


class ChangeKind(models.TextChoices):
    APPROVED = "approved", _("年初预算")
    SUPPLEMENT = "supplement", _("追加")
    REDUCTION = "reduction", _("调减")
    CARRY_IN = "carry_in", _("上年结转")
    CARRY_OUT = "carry_out", _("结转下年")


class InstalmentState(models.TextChoices):
    """Where an instalment, or one budget line's share of it, stands (分期状态)."""

    PLANNED = "planned", _("待到期")
    HELD = "held", _("暂停，待处理")
    CLEARED = "cleared", _("复核通过，待支付")
    BATCHED = "batched", _("支付中")
    PAID = "paid", _("已支付")
    RETURNED = "returned", _("银行退回")
    CANCELLED = "cancelled", _("已取消")
    RECOVERED = "recovered", _("已追回")


# In which account the money of a share lies in each state.
ACCOUNT_OF_STATE = {
    InstalmentState.PLANNED: AccountKind.COMMITTED,
    InstalmentState.HELD: AccountKind.COMMITTED,
    InstalmentState.CLEARED: AccountKind.CLEARED,
    InstalmentState.BATCHED: AccountKind.TRANSIT,
    InstalmentState.PAID: AccountKind.PAID,
    InstalmentState.RETURNED: AccountKind.CLEARED,
    InstalmentState.CANCELLED: AccountKind.FREE,
    InstalmentState.RECOVERED: AccountKind.RECOVERED,
}
# An instalment with shares in several states shows the first of these that one of its shares is in.
STATE_ORDER = (
    InstalmentState.RETURNED,
    InstalmentState.BATCHED,
    InstalmentState.CLEARED,
    InstalmentState.HELD,
    InstalmentState.PLANNED,
    InstalmentState.PAID,
    InstalmentState.RECOVERED,
    InstalmentState.CANCELLED,
)
OPEN_STATES = (
    InstalmentState.PLANNED,
    InstalmentState.HELD,
    InstalmentState.CLEARED,
    InstalmentState.BATCHED,
    InstalmentState.RETURNED,
)


class BatchState(models.TextChoices):
    PROPOSED = "proposed", _("待审批")
    APPROVED = "approved", _("已审批，待导出")
    EXPORTED = "exported", _("已送银行，待回单")
    SETTLED = "settled", _("已全部有结果")
    REJECTED = "rejected", _("已退回")


class PaymentState(models.TextChoices):
    WAITING = "waiting", _("等待银行结果")
    PAID = "paid", _("已支付")
    FAILED = "failed", _("银行退回")
    VOID = "void", _("未送出")


class RowOutcome(models.TextChoices):
    """What became of one row of a bank's answer."""

    PAID = "paid", _("支付成功")
    FAILED = "failed", _("支付失败")
    TAKEN_BACK = "taken_back", _("付款后退汇")
    KNOWN = "known", _("以前已入账")
    UNMATCHED = "unmatched", _("对不上")


class RecoveryState(models.TextChoices):
    OPEN = "open", _("追回中")
    SETTLED = "settled", _("已结清")
    WITHDRAWN = "withdrawn", _("已撤销")


class RecoveryReason(models.TextChoices):
    """Why money goes back (追回事由)."""

    LEFT = "left", _("离开本市或单位")
    FALSE_EVIDENCE = "false_evidence", _("材料不实")
    RESOLD = "resold", _("限售期内转让住房")
    ACCEPTANCE_FAILED = "acceptance_failed", _("验收不合格")
    PROMISE_BROKEN = "promise_broken", _("承诺事项未兑现")
    PAID_IN_ERROR = "paid_in_error", _("错付、重复支付")
    OTHER = "other", _("其他")


class ReceiptKind(models.TextChoices):
    RECEIVED = "received", _("收到退款")
    WAIVED = "waived", _("经决定免予追回")
    OFFSET = "offset", _("从后续分期抵扣")
