"""People, organisations, units, accounts and what may be done in whose name."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from taihu.records.base.fields import EncryptedTextField
from taihu.records.base.language import said
from taihu.records.base.uploads import private_path
from taihu.records.identity import enums


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, email: str | None = None, password: str | None = None, **fields: Any) -> "Account":
        account = self.model(email=self.normalize_email(email) or None, **fields)
        account.set_password(password)
        account.save()
        return account

    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(email__iexact=username)


class Account(AbstractBaseUser):
    """A sign-in. A person may have one; employers and officers act through one."""

    email = models.EmailField(unique=True, null=True, blank=True)
    phone = models.CharField(max_length=20, unique=True, null=True, blank=True)
    phone_verified = models.BooleanField(default=False)
    display_name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=10, blank=True)
    wants_mail = models.BooleanField(default=True, help_text="messages of the inbox are mailed too")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = AccountManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="account_reachable", condition=Q(email__isnull=False) | Q(phone__isnull=False) | Q(is_active=False)
            )
        ]

    def __str__(self) -> str:
        return self.display_name or self.email or self.phone or f"#{self.pk}"


class Unit(models.Model):
    """A public body: the city, a district, a zone, a department, a town (单位)."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    kind = models.CharField(max_length=12, choices=enums.UnitKind)
    area_code = models.CharField(max_length=12)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """The name in the reader's language."""
        return said(self.name, self.name_en)


class RoleGrant(models.Model):
    """An account's office in a unit, for a time; `active_to` is exclusive."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="grants")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=16, choices=enums.Role)
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "unit", "role"], condition=Q(active_to__isnull=True), name="one_open_grant_per_role"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.role} @ {self.unit}"


class Organisation(models.Model):
    """An employer or agency, known by its unified social credit code (统一社会信用代码, GB 32100)."""

    credit_code = models.CharField(max_length=18, unique=True, null=True, blank=True)
    name = models.CharField(max_length=120)
    name_key = models.CharField(max_length=120, db_index=True, help_text="folded name for matching")
    short_name = models.CharField(max_length=40, blank=True)
    kind_code = models.CharField(max_length=12, blank=True, help_text="单位性质, taxonomy list company_kind")
    industry_code = models.CharField(max_length=6, blank=True)
    size_code = models.CharField(max_length=12, blank=True)
    area_code = models.CharField(max_length=12, blank=True)
    address = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    website = models.URLField(blank=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="branches")
    is_agency = models.BooleanField(default=False, help_text="经营性人力资源服务机构")
    state = models.CharField(max_length=12, choices=enums.OrganisationState, default=enums.OrganisationState.UNVERIFIED)
    verified_until = models.DateTimeField(null=True, blank=True)
    source = models.CharField(
        max_length=60, blank=True, help_text="empty: registered here; else where it was imported from"
    )
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["state", "verified_until"])]

    def __str__(self) -> str:
        return self.name


class AgencyLicence(models.Model):
    """What an agency must show: licence, services and fees, who supervises it (人力资源服务许可证)."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="agency_licence")
    number = models.CharField(max_length=60)
    valid_until = models.DateField()
    services = models.TextField(help_text="服务项目")
    fees = models.TextField(help_text="收费标准")
    supervisor = models.CharField(max_length=120, help_text="监督机关")
    supervisor_phone = models.CharField(max_length=40)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.number


class Membership(models.Model):
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=enums.MemberRole)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "account"], condition=Q(ended_at__isnull=True), name="one_open_membership"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.role} @ {self.organisation}"


class MemberInvitation(models.Model):
    """Somebody asked to join an employer by mail or, with a phone number, by a link that is passed on; only the token's
    hash stays."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="member_invitations")
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    role = models.CharField(max_length=10, choices=enums.MemberRole)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.email or self.phone} → {self.organisation}"


class Verification(models.Model):
    """One check of an organisation's papers by an officer; good for six months at most."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="verifications")
    state = models.CharField(max_length=10, choices=enums.VerificationState, default=enums.VerificationState.REQUESTED)
    requested_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(state="requested"), name="one_open_verification"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.state}"


class Paper(models.Model):
    """A document that an organisation shows (证照)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="papers")
    kind = models.CharField(max_length=12, choices=enums.PaperKind)
    file = models.FileField(upload_to=private_path, max_length=200)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=10)
    digest = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """A natural person. Numbers are encrypted for display and hashed with a key for matching."""

    account = models.OneToOneField(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="person")
    name = models.CharField(max_length=80, blank=True)
    id_type = models.CharField(max_length=10, choices=enums.IdType, blank=True)
    id_number = EncryptedTextField(blank=True)
    id_number_hash = models.CharField(max_length=64, unique=True, null=True, blank=True)
    phone = EncryptedTextField(blank=True)
    phone_hash = models.CharField(max_length=64, blank=True, db_index=True)
    email = models.EmailField(blank=True)
    birth_date = models.DateField(
        null=True, blank=True, help_text="for legal age limits and policies, never for ranking"
    )
    area_code = models.CharField(max_length=12, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    erased_at = models.DateTimeField(null=True, blank=True)
    is_synthetic = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="person_not_merged_into_self", condition=~Q(merged_into=F("id")))]

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"


class Demographics(models.Model):
    """What a person chose to declare for fairness audits only. Kept apart; no ranking may read it."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True, related_name="demographics")
    sex = models.CharField(max_length=10, blank=True)
    age_band = models.CharField(max_length=10, blank=True)
    declared_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"#{self.person_id}"


class Consent(models.Model):
    """Consent to one purpose; to hand over a CV it names the one recipient (个人信息保护法 第二十三条)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=enums.Purpose)
    recipient = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    text_version = models.CharField(max_length=20)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "purpose"],
                condition=Q(withdrawn_at__isnull=True, recipient__isnull=True),
                name="one_open_general_consent",
            ),
            models.UniqueConstraint(
                fields=["person", "purpose", "recipient"],
                condition=Q(withdrawn_at__isnull=True, recipient__isnull=False),
                name="one_open_consent_per_recipient",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.person_id} {self.purpose}"


class Disclosure(models.Model):
    """Who saw which data of a person, when, why and on what ground. Kept three years at least."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="disclosures")
    at = models.DateTimeField()
    viewer = models.CharField(max_length=200)
    viewer_account_id = models.BigIntegerField(null=True, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    purpose = models.CharField(max_length=20, choices=enums.Purpose)
    ground = models.CharField(max_length=10, choices=enums.Ground)
    what = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["person", "-at"])]

    def __str__(self) -> str:
        return f"#{self.person_id} → {self.viewer}"


class Mandate(models.Model):
    """A person lets a caseworker act in their name, visibly, until ended (代办授权)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="mandates")
    caseworker = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="mandates")
    state = models.CharField(max_length=10, choices=enums.MandateState, default=enums.MandateState.REQUESTED)
    note = models.CharField(max_length=200, blank=True)
    requested_at = models.DateTimeField()
    active_from = models.DateTimeField(null=True, blank=True)
    active_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "caseworker"], condition=~Q(state="ended"), name="one_open_mandate"
            )
        ]

    def __str__(self) -> str:
        return f"{self.caseworker} for #{self.person_id}"


class Notification(models.Model):
    """A message of the system to an account, shown in its inbox and sent by mail where wished."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    path = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    key = models.CharField(max_length=120, unique=True, help_text="makes sending idempotent")

    class Meta:
        indexes = [models.Index(fields=["account", "-created_at"])]

    def __str__(self) -> str:
        return self.key


class AccessKey(models.Model):
    """A program's way in; shown once, kept as a hash."""

    label = models.CharField(max_length=60)
    prefix = models.CharField(max_length=12)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list, help_text="values of enums.ApiScope or enums.PersonalScope")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.prefix}… {self.label}"


class ApiKey(AccessKey):
    """For an employer, made by somebody who belongs to it."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="api_keys")
    created_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")


class PersonalKey(AccessKey):
    """For a person's own tool, made by the person alone; ends by itself."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="keys")
    expires_at = models.DateTimeField()
