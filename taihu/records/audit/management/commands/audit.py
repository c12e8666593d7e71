import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from taihu.records.audit.actions import verify


class Command(BaseCommand):
    help = "Verify the audit log's hash chain."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["verify"])

    def handle(self, *args: Any, **options: Any) -> None:
        report = verify()
        if not report.is_intact:
            self.stderr.write(
                f"broken at row {report.broken_at}: {report.reason} ({report.entries} rows before it are intact)"
            )
            sys.exit(1)
        self.stdout.write(f"intact: {report.entries} rows, last hash {report.last_hash}")
