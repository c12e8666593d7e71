"""Serve the city's pages, with the worker beside them: one command, nothing else to start."""

import os
import signal
import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Serve the pages and run the worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1)
        parser.add_argument("--no-worker", action="store_true", help="serve only; the worker runs elsewhere")

    def handle(self, *args: Any, **options: Any) -> None:
        from granian.constants import Interfaces
        from granian.server import Server

        call_command("migrate", interactive=False, verbosity=0)
        call_command("messages", "compile", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("search", "ensure", verbosity=0)
        worker = None if options["no_worker"] else subprocess.Popen([sys.executable, "-m", "taihu", "worker"])
        try:
            Server(
                "taihu.portal.wsgi:application",
                address=options["host"],
                port=options["port"],
                interface=Interfaces.WSGI,
                workers=options["workers"],
                blocking_threads=4,
                log_level="warning",
                log_enabled=os.environ.get("TAIHU_LOG_LEVEL") == "DEBUG",
            ).serve()
        finally:
            if worker is not None:
                worker.send_signal(signal.SIGTERM)
                worker.wait(timeout=20)
