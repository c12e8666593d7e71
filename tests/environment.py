"""Loaded before Django reads its settings (`-p tests.environment`): tests write to a folder of their own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["TAIHU_DATA"] = tempfile.mkdtemp(prefix="taihu-tests-")
os.environ.pop("TAIHU_DEBUG", None)
os.environ["TAIHU_REQUIRE_MFA_FOR_OFFICIALS"] = "0"
atexit.register(shutil.rmtree, os.environ["TAIHU_DATA"], ignore_errors=True)

from taihu.portal.catalogue.fragments import compile_catalogues  # noqa: E402 - after the folder is named

(Path(os.environ["TAIHU_DATA"]) / "static").mkdir(exist_ok=True)
compile_catalogues(Path(os.environ["TAIHU_DATA"]) / "locale")
