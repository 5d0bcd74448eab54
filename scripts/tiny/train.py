"""Makes the tiny model from nothing but this folder: `python3 scripts/tiny/train.py --help`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def main() -> int:
    """Runs all stages. Returns the exit code: 75, "try again", when it was stopped."""
    options = _options()
    _use_environment(options.threads)
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    # Imported so late because libraries read the environment when they are loaded.
    import torch
    from tiny.progress import Stop, Stopped
    from tiny.settings import SMOKE, Settings
    from tiny.stages import Stages

    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(True)
    stop = Stop(options.stop_after)
    stop.listen()
    try:
        settings = SMOKE if options.smoke else Settings()
        Stages(settings, options.work, options.out, stop, options.drill).run()
    except Stopped:
        print("Stopped and saved. The same command goes on from here.")
        return os.EX_TEMPFAIL
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--work", type=Path, required=True, help="folder for what is made on the way")
    add("--out", type=Path, required=True, help="folder for the GGUF files")
    drill = "no training from nothing: the last courses alone, for both models of this folder"
    add("--drill", type=Path, metavar="DIR", help=drill)
    add("--smoke", action="store_true", help="tiny sizes: shows in a minute that all works")
    add("--stop-after", type=float, metavar="MINUTES", help="save and end after so long")
    add("--threads", type=int, default=2, help="2; other numbers give slightly other weights")
    return parser.parse_args()


def _use_environment(threads: int) -> None:
    """Starts this program anew, in the same process, unless its environment is right."""
    wanted = {
        # Else threads of OpenMP wait by spinning, and OpenBLAS's ones have no core left.
        "OMP_WAIT_POLICY": "PASSIVE",
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        # Memory is kept, rather than given back to the system and zeroed anew in each step.
        "MALLOC_MMAP_MAX_": "0",
        "MALLOC_TRIM_THRESHOLD_": "100000000000",
        "MALLOC_TOP_PAD_": "67108864",
        # Sets of strings have one order.
        "PYTHONHASHSEED": "0",
    }
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        command = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, command, {**os.environ, **wanted})


if __name__ == "__main__":
    sys.exit(main())
