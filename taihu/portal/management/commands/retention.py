from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from taihu.records.audit.actions import record
from taihu.records.base.clock import now
from taihu.records.base.retention import apply_retention, retention_rules


class Command(BaseCommand):
    help = "Delete records whose legal time is over; --trial only counts them. The audit log is never deleted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--trial", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        at = now()
        counts = apply_retention(at=at, is_trial=options["trial"])
        for rule in retention_rules():
            self.stdout.write(f"{rule.name}: {counts[rule.name]}  ({rule.law})")
        if not options["trial"]:
            with transaction.atomic():
                record(at=at, action="retention.apply", subject=("retention", "all"), data=counts)
