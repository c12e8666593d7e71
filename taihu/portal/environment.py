"""Settings come from the environment; nonsense is refused with the name of the variable and what it may be."""

import json
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured


def read_bool(name: str, default: bool) -> bool:
    text = os.environ.get(name, "").strip().lower()
    if text in {"", "1", "0", "yes", "no", "true", "false"}:
        return default if text == "" else text in {"1", "yes", "true"}
    raise ImproperlyConfigured(f"{name}={text!r}: write 1 or 0")


def read_int(name: str, default: int, low: int, high: int) -> int:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdigit() or not low <= int(text) <= high:
        raise ImproperlyConfigured(f"{name}={text!r}: write a whole number from {low} to {high}")
    return int(text)


def read_list(name: str, default: list[str]) -> list[str]:
    text = os.environ.get(name, "")
    return [part.strip() for part in text.split(",") if part.strip()] or default


def data_folder() -> Path:
    """The only folder that Taihu writes to."""
    folder = Path(os.environ.get("TAIHU_DATA") or "var").expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise ImproperlyConfigured(f"TAIHU_DATA={folder}: this account may not write there")
    return folder


def read_keys(folder: Path) -> dict[str, Any]:
    """The secrets of this installation, made once and kept beside the data with mode 600."""
    path = folder / "keys.json"
    if not path.exists():
        fresh = {
            "session": secrets.token_urlsafe(48),
            "match": secrets.token_urlsafe(48),
            "fields": [Fernet.generate_key().decode()],
        }
        draft = folder / f"keys.{os.getpid()}.json"
        draft.write_text(json.dumps(fresh), encoding="utf-8")
        draft.chmod(0o600)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process made them a moment ago
        finally:
            draft.unlink()
    keys: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return keys


def read_database(url: str, folder: Path) -> dict[str, Any]:
    """`postgresql://user:password@host:port/name`, or empty for SQLite in the data folder."""
    if not url:
        pragmas = (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; PRAGMA mmap_size=536870912;"
        )
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": folder / "taihu.sqlite3",
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": pragmas},
            "CONN_MAX_AGE": None,
            "TEST": {"NAME": None},
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or len(parts.path) < 2:
        raise ImproperlyConfigured(f"TAIHU_DATABASE_URL={url!r}: write postgresql://user:password@host:port/name")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
