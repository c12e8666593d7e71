"""What further processes have in common. Imports nothing of Django: they run before it is set up."""

import os
import threading
import time

LOOK_SECONDS = 1.0


def end_with(parent: int) -> None:
    """End this process when its parent is gone: one that was killed can tell nobody, and its children would wait forever."""
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)
