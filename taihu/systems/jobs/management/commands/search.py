"""`taihu search rebuild|ensure|follow`: the search index of this node."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from taihu.systems.jobs.search.indexing import catch_up, ensure_index, rebuild

PAUSE_SECONDS = 0.2


class Command(BaseCommand):
    help = "Rebuild the search index, make sure that there is one, or follow the outbox on a further node."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["rebuild", "ensure", "follow"])

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "follow":
            ensure_index()
            while True:
                if not catch_up():
                    time.sleep(PAUSE_SECONDS)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, disable=options["verbosity"] == 0) as progress:
            task = progress.add_task("openings", total=None)
            write = rebuild if options["verb"] == "rebuild" else ensure_index
            done = write(on_progress=lambda done, total: progress.update(task, completed=done, total=total))
        if options["verbosity"] > 0 and done:
            self.stdout.write(f"{done} openings are in the search index.")
