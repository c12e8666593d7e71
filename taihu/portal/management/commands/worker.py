"""The worker: delivers events (search index, messages, matches) and starts what is due."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from taihu.records.base.clock import now
from taihu.records.base.events import FAST, SLOW, deliver_due
from taihu.records.base.schedules import ensure_schedules, start_due

PAUSE_SECONDS = 0.2


class Command(BaseCommand):
    help = "Deliver events and start what is due, until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now and return")

    def handle(self, *args: Any, **options: Any) -> None:
        ensure_schedules(at=now())
        call_command("search", "ensure", verbosity=0)
        if options["once"]:
            start_due(at=now())
            while deliver_due(at=now(), lane=FAST) + deliver_due(at=now(), lane=SLOW):
                pass
            return
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        slow = threading.Thread(target=_deliver_until, args=(stop, SLOW), name="slow lane", daemon=True)
        slow.start()
        _deliver_until(stop, FAST)


def _deliver_until(stop: threading.Event, lane: str) -> None:
    try:
        while not stop.is_set():
            at = now()
            if lane == FAST:
                start_due(at=at)
            if not deliver_due(at=at, lane=lane):
                stop.wait(PAUSE_SECONDS)
    finally:
        connection.close()
