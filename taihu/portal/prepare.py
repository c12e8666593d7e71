"""Compile every kernel once, at installation: ``python -m taihu.portal.prepare``. Kernels in the cache are only loaded."""

import sys
import time

from taihu.engines.kernel_cache import choose_kernel_cache, drop_old_kernels
from taihu.portal.environment import data_folder

if __name__ == "__main__":
    start = time.perf_counter()
    choose_kernel_cache(data_folder() / "cache" / "kernels")
    drop_old_kernels()

    from taihu.engines.matching.prepare import prepare as prepare_matching
    from taihu.records.facts.texts import prepare as prepare_texts

    prepare_matching()
    prepare_texts()
    sys.stderr.write(f"kernels ready after {time.perf_counter() - start:.1f} s\n")
