from django.db import models


class AuditEntry(models.Model):
    """One consequential act. Append-only; each row's hash covers the row and the hash before it.

    Holds no foreign keys, so that it outlives accounts and the things it tells of.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    actor_id = models.BigIntegerField(null=True, blank=True)
    actor = models.CharField(max_length=200)
    on_behalf_of = models.CharField(max_length=200, blank=True)
    action = models.CharField(max_length=80, db_index=True)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["object_type", "object_id"]), models.Index(fields=["actor_id", "number"])]
        default_permissions = ()

    def __str__(self) -> str:
        return f"#{self.number} {self.action}"


class AuditHead(models.Model):
    """The last link of the chain; locking this one row puts writers in a queue."""

    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"#{self.number}"
