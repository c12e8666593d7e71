from django.db import models

from taihu.records.base.uploads import private_path
from taihu.records.identity.models import Account, Organisation, Person
from taihu.systems.jobs import enums
from taihu.systems.jobs.models.openings import Opening


class Profile(models.Model):
    """What a person offers and wishes. Holds no protected attribute; matching reads this and nothing else of a person."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="profile")
    headline = models.CharField(max_length=80, blank=True)
    summary = models.TextField(blank=True)
    education_rank = models.PositiveSmallIntegerField(default=0)
    school = models.CharField(max_length=80, blank=True)
    majors = models.JSONField(default=list)
    experience_months = models.PositiveSmallIntegerField(default=0)
    occupation_codes = models.JSONField(default=list, help_text="what the person has worked as")
    skill_codes = models.JSONField(default=list)
    certificate_codes = models.JSONField(default=list)
    area_code = models.CharField(max_length=12, blank=True, help_text="where the person lives, for distance")
    wanted_occupations = models.JSONField(default=list)
    wanted_areas = models.JSONField(default=list, help_text="empty: the whole city")
    wanted_types = models.JSONField(default=list, help_text="empty: any")
    pay_floor = models.BigIntegerField(default=0, help_text="fen a month")
    is_looking = models.BooleanField(default=True)
    is_personalised = models.BooleanField(default=True, help_text="off: every list is ordered without personal data")
    available_from = models.DateField(null=True, blank=True)
    never_organisations = models.ManyToManyField(Organisation, blank=True, related_name="+")
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["is_looking", "person"])]

    def __str__(self) -> str:
        return self.headline or f"#{self.person_id}"


class Resume(models.Model):
    """A CV as JSON Resume 1.0 data, with the file that it came from if any."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="resumes")
    title = models.CharField(max_length=80)
    data = models.JSONField(default=dict)
    file = models.FileField(upload_to=private_path, max_length=200, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    file_kind = models.CharField(max_length=10, blank=True)
    is_confirmed = models.BooleanField(
        default=False, help_text="the person looked at what was understood and took it over"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class HiddenOpening(models.Model):
    """Not this one, please; with the reason if the person gave one."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="hidden_openings")
    opening = models.ForeignKey(Opening, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=12, choices=enums.HideReason)
    hidden_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "opening"], name="hidden_once")]

    def __str__(self) -> str:
        return f"#{self.person_id} hides {self.opening_id}"


class SavedSearch(models.Model):
    """A search worth repeating, with a message when it finds something new."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="saved_searches")
    title = models.CharField(max_length=80)
    query = models.CharField(max_length=1000, help_text="the query string of the search page, canonical")
    frequency = models.CharField(max_length=8, choices=enums.AlertFrequency, default=enums.AlertFrequency.DAILY)
    token = models.CharField(max_length=43, unique=True, help_text="one-click unsubscribe")
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "query"], name="search_saved_once")]

    def __str__(self) -> str:
        return self.title
