"""What was promised to whom, in which instalments, and which budget line pays which share."""

from django.db import models
from django.db.models import F, Q

from taihu.records.base.fields import EncryptedTextField
from taihu.records.identity.models import Account, Organisation, Person
from taihu.records.ledger.enums import InstalmentState
from taihu.records.ledger.models.journal import Entry
from taihu.records.ledger.models.lines import BudgetLine


class PayeeAccount(models.Model):
    """A bank account to pay into. Never changed: another number is another row, so an approved batch stays what it was."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="payee_accounts")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="payee_accounts"
    )
    holder = models.CharField(max_length=120)
    bank = models.CharField(max_length=120)
    number = EncryptedTextField()
    number_hash = models.CharField(max_length=64)
    tail = models.CharField(max_length=4)
    added_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="payee_account_has_one_owner",
                condition=Q(person__isnull=False) ^ Q(organisation__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(active_to__isnull=True, person__isnull=False),
                name="one_open_account_per_person",
            ),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(active_to__isnull=True, organisation__isnull=False),
                name="one_open_account_per_organisation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank} …{self.tail}"


class Commitment(models.Model):
    """A promise to pay (资金承诺). `origin` and `origin_ref` name, as text, the system and the thing it comes from."""

    key = models.CharField(max_length=120, unique=True, help_text="makes committing idempotent")
    origin = models.CharField(max_length=40)
    origin_ref = models.CharField(max_length=80)
    purpose = models.CharField(max_length=200)
    document = models.CharField(max_length=80, blank=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="commitments")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="commitments"
    )
    beneficiary = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="benefits",
        help_text="for whom an organisation receives it",
    )
    gross = models.BigIntegerField(help_text="fen before deduction of what was already paid")
    deducted = models.BigIntegerField(default=0)
    total = models.BigIntegerField(help_text="fen: gross minus deducted, the sum of the instalments")
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="commitments")
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()
    digest = models.CharField(
        max_length=64, help_text="of the order as given: the same key with another order is refused"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="commitment_has_one_payee", condition=Q(person__isnull=False) ^ Q(organisation__isnull=False)
            ),
            models.CheckConstraint(
                name="commitment_adds_up",
                condition=Q(total__gt=0) & Q(deducted__gte=0) & Q(gross=F("total") + F("deducted")),
            ),
        ]
        indexes = [models.Index(fields=["origin", "origin_ref"])]

    def __str__(self) -> str:
        return f"#{self.pk} {self.purpose}"


class Instalment(models.Model):
    """One payment of a commitment. `recheck` is data for the system that the commitment came from."""

    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    amount = models.BigIntegerField()
    due_date = models.DateField()
    recheck = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=InstalmentState, default=InstalmentState.PLANNED)
    reasons = models.JSONField(default=list, blank=True, help_text="why it is held or was cancelled")
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    announced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["commitment", "number"], name="one_instalment_per_number"),
            models.CheckConstraint(name="instalment_above_zero", condition=Q(amount__gt=0)),
        ]
        indexes = [models.Index(fields=["state", "due_date"]), models.Index(fields=["due_date"])]

    def __str__(self) -> str:
        return f"{self.commitment_id}/{self.number}"


class Share(models.Model):
    """What one budget line pays of one instalment. `entry` is the booking that brought it into its present state."""

    instalment = models.ForeignKey(Instalment, on_delete=models.PROTECT, related_name="shares")
    line = models.ForeignKey(BudgetLine, on_delete=models.PROTECT, related_name="shares")
    amount = models.BigIntegerField()
    offset = models.BigIntegerField(default=0, help_text="fen settled against a recovery instead of paid")
    recalled = models.BigIntegerField(default=0, help_text="fen demanded back after payment")
    state = models.CharField(max_length=10, choices=InstalmentState, default=InstalmentState.PLANNED)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="shares")
    batch = models.ForeignKey(
        "ledger.PaymentBatch", on_delete=models.PROTECT, null=True, blank=True, related_name="shares"
    )
    paid_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instalment", "line"], name="one_share_per_line"),
            models.CheckConstraint(name="share_above_zero", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="share_offset_within", condition=Q(offset__gte=0) & Q(offset__lte=F("amount"))),
            models.CheckConstraint(
                name="share_recalled_within", condition=Q(recalled__gte=0) & Q(recalled__lte=F("amount"))
            ),
        ]
        indexes = [models.Index(fields=["line", "state"])]

    def __str__(self) -> str:
        return f"{self.instalment_id} {self.amount}"
