"""`taihu units`: the public bodies of a city from a table."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from taihu.engines.tables import Layout, TableError, open_table
from taihu.records.base.clock import now
from taihu.records.base.errors import Refused
from taihu.records.identity.actions import UnitRow, save_units
from taihu.records.identity.models import Unit

COLUMNS = ("code", "name", "kind", "area", "parent")


class Command(BaseCommand):
    help = (
        "Import or list the public bodies of the city. import FILE: make or change units from a CSV or XLSX table with "
        "the columns code, name, kind, area, parent and, if wanted, name_en; a unit stands below its parent. "
        "list: show them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        what.add_parser("import").add_argument("file", type=Path)
        what.add_parser("list")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "list":
            for unit in Unit.objects.select_related("parent").order_by("code"):
                above = unit.parent.code if unit.parent else ""
                self.stdout.write("\t".join([unit.code, unit.kind, unit.area_code, above, unit.name]))
            return
        try:
            count = save_units(acting_user=None, rows=read_units(options["file"]), at=now())
        except (Refused, TableError, OSError) as error:
            self.stderr.write(f"{options['file']}: {error}")
            sys.exit(1)
        self.stdout.write(f"{count} units")


def read_units(path: Path) -> Iterator[tuple[int, UnitRow]]:
    """Row number and what the row says; a row that cannot be read is refused."""
    with open_table(path, Layout(columns=COLUMNS)) as table:
        for row in table.rows:
            if row.problem:
                raise Refused("unreadable", f"row {row.number} cannot be read ({row.problem})")
            cells = dict(zip(table.columns, (cell.strip() for cell in row.cells), strict=True))
            yield (
                row.number,
                UnitRow(
                    code=cells["code"],
                    name=cells["name"],
                    kind=cells["kind"],
                    area_code=cells["area"],
                    parent=cells["parent"],
                    name_en=cells.get("name_en", ""),
                ),
            )
