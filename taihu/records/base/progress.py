"""Bars on standard error for commands that work through named stages."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def stage_bars(titles: Mapping[str, str]) -> Iterator[Callable[[str, float], None]]:
    """A bar for each stage, in their order; call what is given with a stage and its share done, 0 to 1."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f}%"),
        TimeElapsedColumn(),
    )
    stages = list(titles)
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks = {stage: bars.add_task(title, total=1.0, start=False) for stage, title in titles.items()}

        def show(stage: str, share: float) -> None:
            bars.start_task(tasks[stage])
            bars.update(tasks[stage], completed=share)
            for earlier in stages[: stages.index(stage)]:
                bars.update(tasks[earlier], completed=1.0)

        yield show
        for task in tasks.values():
            bars.update(task, completed=1.0)
