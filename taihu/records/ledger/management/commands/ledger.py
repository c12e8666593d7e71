"""`taihu ledger verify`: are the books sound? `taihu ledger due`: what is due, as a list."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from taihu.records.base.clock import city_date, now
from taihu.records.ledger.enums import InstalmentState
from taihu.records.ledger.journal import yuan
from taihu.records.ledger.queries.instalments import instalments_of
from taihu.records.ledger.verification import verify_ledger


class Command(BaseCommand):
    help = "Verify the books: balances, sums, states, overrides, batches. Exit code 1 when something does not agree."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["verify", "due"])
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "due":
            self._due(options["json"])
            return
        report = verify_ledger()
        if options["json"]:
            self.stdout.write(json.dumps({"sound": report.is_sound, **asdict(report)}, ensure_ascii=False))
        elif report.is_sound:
            self.stdout.write(
                f"sound: {report.entries} entries, {report.postings} postings, {report.instalments} instalments, "
                f"{report.batches} batches; the sum over all accounts is {report.total}"
            )
        else:
            for finding in report.findings:
                self.stderr.write(finding)
            self.stderr.write(f"{report.found} findings: stop paying and compare with the last backup")
        if not report.is_sound:
            sys.exit(1)

    def _due(self, as_json: bool) -> None:
        states = [InstalmentState.PLANNED, InstalmentState.HELD, InstalmentState.CLEARED, InstalmentState.RETURNED]
        rows = instalments_of(states=states).filter(due_date__lte=city_date(now()))
        if as_json:
            self.stdout.write(
                json.dumps([[row.pk, row.due_date.isoformat(), row.state, row.amount] for row in rows.iterator()])
            )
            return
        for row in rows.iterator():
            self.stdout.write(f"{row.due_date} {row.state:9} {yuan(row.amount):>16}  {row.commitment.purpose}")
