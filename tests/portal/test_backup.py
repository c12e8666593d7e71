import json
import shutil
import zipfile
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection

from taihu.portal.backup import BackupError, make_backup, restore_backup
from taihu.records.audit.actions import verify
from taihu.records.base.rotation import count_old
from taihu.records.identity.actions import give_consent, register_person, upload_paper
from taihu.records.identity.enums import IdType, MemberRole, PaperKind, Purpose
from taihu.records.identity.models import Account, Consent, Paper, Person
from tests.factories import make_account, make_member, make_organisation

NUMBER = "11010519491231002X"


@pytest.fixture
def city(settings, tmp_path, at):
    """A small city in a folder of its own: a person with a number, a consent, an employer with a paper."""
    settings.DATA_FOLDER, settings.MEDIA_ROOT = tmp_path / "city", tmp_path / "city" / "files"
    settings.MEDIA_ROOT.mkdir(parents=True)
    (settings.DATA_FOLDER / "keys.json").write_text(json.dumps(settings.KEYS))
    account = make_account()
    person = register_person(
        acting_user=account, account=account, at=at, name="测试", id_type=IdType.RESIDENT, id_number=NUMBER
    )
    give_consent(acting_user=account, person=person, purpose=Purpose.ALERTS, at=at)
    organisation = make_organisation()
    upload_paper(
        acting_user=make_member(organisation, MemberRole.OWNER),
        organisation=organisation,
        at=at,
        kind=PaperKind.LICENCE,
        upload=SimpleUploadedFile("a.pdf", b"%PDF-1.7 paper"),
    )
    return tmp_path


def stored_paper() -> bytes:
    with Paper.objects.get().file.open() as handle:
        return handle.read()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("passphrase", ["", "长而好记的口令"])
def test_a_restored_city_is_the_same_city(city, at, passphrase, settings):
    before = (Account.objects.count(), Consent.objects.count(), verify().last_hash)
    rows = make_backup(city / "b.zip", at=at, passphrase=passphrase)
    with zipfile.ZipFile(city / "b.zip") as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert NUMBER.encode() not in everything
    assert (settings.FIELD_KEYS[0].encode() in everything) == (not passphrase)
    Person.objects.update(name="改了")
    Consent.objects.all().delete()
    shutil.rmtree(settings.MEDIA_ROOT)

    assert restore_backup(city / "b.zip", passphrase=passphrase, replace=True) == rows

    assert (Account.objects.count(), Consent.objects.count(), verify().last_hash) == before
    assert (Person.objects.get().name, Person.objects.get().id_number) == ("测试", NUMBER)
    assert stored_paper() == b"%PDF-1.7 paper"
    assert make_account().pk > max(Account.objects.order_by("pk").values_list("pk", flat=True)[: before[0]])
    assert ((settings.DATA_FOLDER / "keys.json").stat().st_mode & 0o777) == 0o600


@pytest.mark.slow
@pytest.mark.django_db
def test_a_backup_never_overwrites_a_city_unasked(city, at):
    make_backup(city / "b.zip", at=at)
    Person.objects.update(name="新的")

    with pytest.raises(BackupError, match="--replace"):
        restore_backup(city / "b.zip")

    assert Person.objects.get().name == "新的"


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["cut", "no zip", "wrong passphrase", "changed rows", "other version"])
def test_a_faulty_backup_changes_nothing(city, at, fault):
    path: Path = city / "b.zip"
    make_backup(path, at=at, passphrase="right")
    if fault == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    if fault == "no zip":
        path.write_text("x")
    if fault in {"changed rows", "other version"}:
        change_inside(path, fault)

    with pytest.raises(BackupError):
        restore_backup(path, passphrase="wrong" if fault == "wrong passphrase" else "right", replace=True)

    assert Person.objects.get().id_number == NUMBER
    assert not (django_settings.DATA_FOLDER / "files.restoring").exists()
    assert stored_paper() == b"%PDF-1.7 paper"


def change_inside(path: Path, fault: str) -> None:
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    if fault == "changed rows":
        content["rows/identity.account.jsonl"] = content["rows/identity.account.jsonl"].replace(b"example", b"exbmple")
    else:
        manifest = json.loads(content["manifest.json"])
        content["manifest.json"] = json.dumps(manifest | {"migrations": ["x.1"]}).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


@pytest.mark.slow
@pytest.mark.django_db
def test_keys_are_rotated_without_losing_a_number_and_old_ones_are_dropped_last(city, settings, capsys):
    old = list(settings.FIELD_KEYS)

    call_command("keys", "rotate")
    assert (len(settings.FIELD_KEYS), count_old(), Person.objects.get().id_number) == (2, 0, NUMBER)

    call_command("keys", "prune")
    assert len(settings.FIELD_KEYS) == 1
    assert old != settings.FIELD_KEYS
    assert Person.objects.get().id_number == NUMBER


@pytest.mark.django_db
def test_a_stopped_rotation_is_resumed_and_nothing_is_dropped_before(city, settings, capsys):
    from cryptography.fernet import Fernet

    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    with pytest.raises(SystemExit):
        call_command("keys", "prune")
    assert len(settings.FIELD_KEYS) == 2

    call_command("keys", "resume")

    assert count_old() == 0


@pytest.mark.django_db
def test_a_process_that_started_before_a_rotation_finds_the_new_key(city, settings, capsys):
    old = list(settings.FIELD_KEYS)
    call_command("keys", "rotate")

    settings.FIELD_KEYS = old

    assert Person.objects.get().id_number == NUMBER
    assert connection.vendor in {"sqlite", "postgresql"}
