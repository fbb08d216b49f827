"""Become another program that cannot outlive the process which started it.

Run as a plain file, before the virtual environment is even looked at:
`python -I -S child.py --parent PID --death-signal N [--uid U --gid G] -- program argument…`

A wrapper rather than `preexec_fn`, because the supervisor has threads, and code between fork and
exec in a threaded process can hang.
"""

import argparse
import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int, signal_number: int) -> None:
    """Ask Linux to signal us when the parent dies, however it dies (elsewhere: no such service)."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--death-signal", type=int, required=True)
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()
    if options.uid is not None:
        os.setgroups([])
        os.setgid(options.gid)
        os.setuid(options.uid)
    # After setuid: changing the user clears the death signal.
    die_with_parent(options.parent, options.death_signal)
    os.execvp(options.program[0], options.program)


main()
