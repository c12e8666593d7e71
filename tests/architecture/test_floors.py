"""Arrows point down: imports (import-linter) and foreign keys alike."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField

RECORDS = ["base", "audit", "taxonomy", "identity", "facts", "cases", "ledger", "landings"]
PEERS = {"jobs", "policies", "contests", "summits", "partners"}
ROOT = Path(__file__).resolve().parents[2]


def floor(label: str) -> int:
    config = apps.get_app_config(label)
    return ["engines", "records", "systems", "portal"].index(config.name.split(".")[1])


def own_models():
    return [model for model in apps.get_models() if model.__module__.startswith("taihu.")]


@pytest.mark.parametrize("model", own_models(), ids=lambda model: model._meta.label)
def test_foreign_keys_point_down(model):
    label = model._meta.app_label
    for field in model._meta.get_fields():
        if not isinstance(field, ForeignKey | ManyToManyField):
            continue
        target = field.related_model._meta.app_label
        if target == label:
            continue
        assert floor(target) <= floor(label), f"{model._meta.label}.{field.name} points up to {target}"
        if label in RECORDS:
            assert RECORDS.index(target) < RECORDS.index(label), (
                f"{model._meta.label}.{field.name} points up to {target}"
            )
        if label in PEERS:
            assert target not in PEERS, f"{model._meta.label}.{field.name} points across to {target}"


@pytest.mark.once
@pytest.mark.slow
def test_imports_point_down():
    tool = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.django_db
def test_no_migration_is_missing():
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
