from taihu.records.ledger.models.batches import BankReturn, BankReturnRow, Payment, PaymentBatch
from taihu.records.ledger.models.commitments import Commitment, Instalment, PayeeAccount, Share
from taihu.records.ledger.models.journal import BookAccount, Entry, Posting
from taihu.records.ledger.models.lines import BudgetChange, BudgetLine, Override
from taihu.records.ledger.models.recoveries import Receipt, Recovery, RecoveryShare

__all__ = [
    "BankReturn",
    "BankReturnRow",
    "BookAccount",
    "BudgetChange",
    "BudgetLine",
    "Commitment",
    "Entry",
    "Instalment",
    "Override",
    "PayeeAccount",
    "Payment",
    "PaymentBatch",
    "Posting",
    "Receipt",
    "Recovery",
    "RecoveryShare",
    "Share",
]
