from django.db import models
from django.db.models import Q

from taihu.records.facts.models import Fact
from taihu.records.identity.models import Account, Consent, Person
from taihu.systems.jobs import enums
from taihu.systems.jobs.models.openings import Opening


class Application(models.Model):
    """A person applies to an opening. The CV is a snapshot: what was handed over, not what it became later."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="applications")
    opening = models.ForeignKey(Opening, on_delete=models.PROTECT, related_name="applications")
    state = models.CharField(max_length=12, choices=enums.ApplicationState, default=enums.ApplicationState.SUBMITTED)
    origin = models.CharField(max_length=12, choices=enums.Origin, default=enums.Origin.SEARCH)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="+")
    resume = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    applied_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    applied_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    answer_due_at = models.DateTimeField(help_text="without an answer by then the system answers honestly itself")
    answered_at = models.DateTimeField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    refusal_reason = models.CharField(max_length=16, choices=enums.RefusalReason, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "opening"],
                condition=~Q(state__in=["withdrawn", "refused", "declined", "obsolete", "unanswered"]),
                name="one_open_application",
            )
        ]
        indexes = [
            models.Index(fields=["opening", "state"]),
            models.Index(fields=["person", "-applied_at"]),
            models.Index(fields=["state", "answer_due_at"]),
        ]

    def __str__(self) -> str:
        return f"#{self.person_id} → {self.opening_id}: {self.state}"


class ApplicationEvent(models.Model):
    """One step in an application's life, as both sides may read it."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    on_behalf_of = models.CharField(max_length=200, blank=True)
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12)
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"


class Message(models.Model):
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="messages")
    sender = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    is_from_employer = models.BooleanField()
    body = models.TextField()
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.body[:40]


class Invitation(models.Model):
    """An employer asks a recommended person to apply; the name stays hidden until the person agrees."""

    opening = models.ForeignKey(Opening, on_delete=models.CASCADE, related_name="invitations")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="invitations")
    state = models.CharField(max_length=8, choices=enums.InvitationState, default=enums.InvitationState.SENT)
    message = models.TextField(blank=True)
    sent_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["opening", "person"], name="invited_once")]

    def __str__(self) -> str:
        return f"{self.opening_id} → #{self.person_id}"


class HiddenPerson(models.Model):
    """A recommended person whom an employer does not want to see for this opening again."""

    opening = models.ForeignKey(Opening, on_delete=models.CASCADE, related_name="hidden_people")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=16, choices=enums.RefusalReason)
    hidden_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    hidden_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["opening", "person"], name="person_hidden_once")]

    def __str__(self) -> str:
        return f"{self.opening_id} hides #{self.person_id}"


class Interview(models.Model):
    """Times offered for one application; the person takes one."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="interviews")
    mode = models.CharField(max_length=8, choices=enums.InterviewMode)
    place = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"interview {self.pk}"


class InterviewSlot(models.Model):
    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="slots")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    chosen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["interview"], condition=Q(chosen_at__isnull=False), name="one_chosen_slot"),
            models.CheckConstraint(name="slot_in_order", condition=Q(ends_at__gt=models.F("starts_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%F %T}"


class Offer(models.Model):
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="offers")
    pay = models.BigIntegerField(help_text="fen a month")
    pay_months = models.PositiveSmallIntegerField(default=12)
    start_date = models.DateField()
    text = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=enums.OfferState, default=enums.OfferState.OPEN)
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application"], condition=Q(state="open"), name="one_open_offer")
        ]

    def __str__(self) -> str:
        return f"offer {self.pk}: {self.state}"


class Hire(models.Model):
    """A hire is *claimed* by an employer until a social-insurance fact *confirms* it. The two are never added."""

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="hire")
    start_date = models.DateField()
    claimed_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    claimed_at = models.DateTimeField()
    confirming_fact = models.ForeignKey(Fact, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"hire {self.pk}"
