"""`taihu account`: the first accounts and offices of a city, from the console."""

import getpass
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand

from taihu.portal.accounts import create_ready_account
from taihu.records.base.clock import now
from taihu.records.base.errors import Refused
from taihu.records.identity.actions import grant_role
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Account, Unit


class Command(BaseCommand):
    help = (
        "Make the first accounts and offices. create EMAIL NAME: a ready account; grant EMAIL ROLE UNIT: give it an "
        "office. Password: TAIHU_PASSWORD or asked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        create = what.add_parser("create")
        create.add_argument("email")
        create.add_argument("name")
        grant = what.add_parser("grant")
        grant.add_argument("email")
        grant.add_argument("role", choices=Role.values)
        grant.add_argument("unit", help="code of the unit, as `taihu units list` shows it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['what']}")(options)
        except (Refused, ValidationError) as error:
            self.stderr.write(str(error))
            sys.exit(1)

    def _create(self, options: dict[str, Any]) -> None:
        password = os.environ.get("TAIHU_PASSWORD") or getpass.getpass()
        validate_password(password)
        if Account.objects.filter(email__iexact=options["email"]).exists():
            raise Refused("known", f"{options['email']} has an account already")
        create_ready_account(email=options["email"], password=password, display_name=options["name"], at=now())
        self.stdout.write(f"{options['email']} may sign in")

    def _grant(self, options: dict[str, Any]) -> None:
        account = Account.objects.filter(email__iexact=options["email"]).first()
        if account is None:
            raise Refused("unknown", f"{options['email']} has no account: run `taihu account create` first")
        unit = Unit.objects.filter(code=options["unit"]).first()
        if unit is None:
            raise Refused("no_unit", f"there is no unit {options['unit']}: run `taihu units import FILE` first")
        grant_role(acting_user=None, account=account, unit=unit, role=options["role"], at=now())
        self.stdout.write(f"{account} is {options['role']} of {unit}")
