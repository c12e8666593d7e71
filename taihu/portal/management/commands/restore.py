import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from taihu.portal.backup import BackupError, restore_backup
from taihu.records.audit.actions import verify


class Command(BaseCommand):
    help = "Restore a backup into an empty city (or --replace the present one), then verify the audit log."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="drop what is here now")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        passphrase = os.environ.get("TAIHU_BACKUP_PASSPHRASE", "")
        try:
            rows = restore_backup(options["file"], passphrase=passphrase, replace=options["replace"])
        except BackupError as error:
            self.stderr.write(str(error))
            sys.exit(1)
        call_command("search", "rebuild")
        report = verify()
        self.stdout.write(f"{sum(rows.values())} rows restored; audit log: {report.entries} rows intact")
        if not report.is_intact:
            self.stderr.write(f"audit log broken at row {report.broken_at}: {report.reason}")
            sys.exit(1)
