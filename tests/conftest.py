"""Guards that hold in every test, and the few things that most tests need."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest_plugins: list[str] = []


@pytest.fixture(scope="session", autouse=True)
def fast_and_plain_settings() -> Iterator[None]:
    from django.test import override_settings

    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        STORAGES={
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
    ):
        yield


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Rate limits of one test must not reach the next."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def at() -> datetime:
    """The moment at which a test happens: a Tuesday morning in the city."""
    return datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; tests that read it are skipped where it is absent."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("TAIHU_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip("the folder of real data is absent: set TAIHU_SHARED_DATA")
    return folder
