from functools import lru_cache

from django.db import models

from taihu.records.cases.procedures.loader import load_procedure
from taihu.records.cases.procedures.tree import Procedure


@lru_cache(maxsize=256)
def _read(source: str, file: str) -> Procedure:
    return load_procedure(source, file)


class ProcedureVersion(models.Model):
    """One version of a procedure; a case keeps the version that it began with."""

    slug = models.CharField(max_length=60)
    version = models.CharField(max_length=30)
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160, blank=True)
    document = models.CharField(max_length=200, blank=True)
    source = models.TextField()
    digest = models.CharField(max_length=64)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)
    is_example = models.BooleanField(default=False)
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slug", "version"], name="procedure_version_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def template(self) -> Procedure:
        return _read(self.source, f"{self.slug}.yaml")
