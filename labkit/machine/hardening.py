"""Keep the memory of a process that holds secrets out of core dumps."""

import ctypes
import resource
import sys

PR_SET_DUMPABLE = 4


def forbid_core_dumps() -> None:
    """Forbid core dumps of this process and of what it starts from now on.

    On Linux, also keep the user's other processes from attaching a debugger to this process; a
    program started by `exec` is not covered by that part. Source: prctl(2), core(5).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0)
