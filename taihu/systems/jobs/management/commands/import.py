"""`taihu import postings FILE --map NAME|FILE.toml`, `taihu import mappings`, `taihu import check-map MAP SAMPLE`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from taihu.engines.tables import TableError
from taihu.records.base.clock import now
from taihu.records.base.errors import Refused
from taihu.systems.jobs.actions.imports import import_file
from taihu.systems.jobs.imports.checking import explain_mapping
from taihu.systems.jobs.imports.mapping import load_mapping, shipped_mappings
from taihu.systems.jobs.imports.report import report_of, write_rejects, write_report
from taihu.systems.jobs.imports.wording import refuse_table
from taihu.systems.jobs.models import ImportBatch
from taihu.systems.jobs.search import store
from taihu.systems.jobs.search.indexing import catch_up, ensure_index


class Command(BaseCommand):
    help = "Import postings from any CSV or XLSX file, list the mappings, or try a mapping on a sample."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["postings", "mappings", "check-map"])
        parser.add_argument("file", nargs="?", help="table to import; for check-map the mapping")
        parser.add_argument("sample", nargs="?", help="for check-map: a table to try it on")
        parser.add_argument("--map", dest="mapping", help="name of a shipped mapping, or a TOML file")
        parser.add_argument("--report", type=Path, help="write the report as JSON")
        parser.add_argument("--rejects", type=Path, help="write rows to correct as CSV")
        parser.add_argument("--source", default="", help="source to cite where the mapping names none")
        parser.add_argument("--processes", type=int, default=0, help="0: one for each core")
        parser.add_argument("--no-index", action="store_true", help="leave the search index to the worker")
        parser.add_argument("--json", action="store_true", help="the report as the last line of standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            {"postings": self._import, "mappings": self._list, "check-map": self._check}[options["what"]](options)
        except TableError as error:
            raise CommandError(str(refuse_table(error))) from error
        except Refused as refused:
            raise CommandError(str(refused)) from refused

    def _import(self, options: dict[str, Any]) -> None:
        if not options["file"] or not options["mapping"]:
            raise CommandError(
                "write: taihu import postings FILE --map NAME|FILE.toml (`taihu import mappings` lists names)"
            )
        for name in ("report", "rejects"):
            if options[name] is not None and not options[name].resolve().parent.is_dir():
                raise CommandError(f"--{name}: the folder {options[name].parent} does not exist")
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), disable=options["verbosity"] == 0) as bar:
            task = bar.add_task("rows", total=None)
            batch = import_file(
                at=now(), path=Path(options["file"]), mapping=options["mapping"], source=options["source"],
                processes=options["processes"], progress=lambda batch: bar.update(task, completed=batch.rows),
            )  # fmt: skip
        if options["report"] is not None:
            write_report(batch, options["report"])
        if options["rejects"] is not None:
            write_rejects(batch, options["rejects"])
        if not options["no_index"]:
            self._index()
        self._show(batch, as_json=options["json"])

    def _index(self) -> None:
        """Make the openings findable now; a worker that holds the index does it otherwise."""
        try:
            if not ensure_index():
                catch_up()
        except store.IndexBusy:
            self.stderr.write("the search index is being written by another process, which will take these openings in")

    def _show(self, batch: ImportBatch, *, as_json: bool) -> None:
        report = report_of(batch)
        if as_json:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
            return
        for name in (
            "rows",
            "accepted",
            "repaired",
            "held",
            "rejected",
            "created",
            "updated",
            "unchanged",
            "duplicates",
        ):
            self.stdout.write(f"{name:12}{report[name]:>10,}")
        for reason in report["reasons"]:
            rows = ", ".join(str(example["row"]) for example in reason["examples"])
            self.stdout.write(f"  {reason['state']:10}{reason['count']:>8,}  {reason['words']}  ({rows} …)")
        self.stdout.write(f"{report['seconds']} s, {report['rows_per_second']:,} rows/s")

    def _list(self, options: dict[str, Any]) -> None:
        for mapping in shipped_mappings():
            self.stdout.write(f"{mapping.name:16}{mapping.title}")
            self.stdout.write(f"{'':16}{'、'.join(mapping.needed)}")

    def _check(self, options: dict[str, Any]) -> None:
        if not options["file"]:
            raise CommandError("write: taihu import check-map NAME|FILE.toml [SAMPLE]")
        mapping = load_mapping(options["file"])
        self.stdout.write(f"{mapping.name}: {mapping.title}")
        if options["sample"]:
            for line in explain_mapping(mapping, Path(options["sample"]), at=now()):
                self.stdout.write(line)
