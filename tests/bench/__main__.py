"""`make bench`: every benchmark, one after the other, each beside its floor in the same run."""

import importlib
import sys
import time
import traceback
from pathlib import Path


def main(wanted: list[str]) -> int:
    """Run the benchmarks whose name contains one of `wanted` (all where none is given)."""
    failed = 0
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        name = path.stem.removeprefix("bench_")
        if wanted and not any(word in name for word in wanted):
            continue
        print(f"\n{name}", flush=True)
        started = time.monotonic()
        try:
            for line in importlib.import_module(f"tests.bench.{path.stem}").run():
                print(f"  {line}", flush=True)
        except Exception:  # noqa: BLE001 - one that breaks must not hide the others
            failed += 1
            traceback.print_exc()
        print(f"  ({time.monotonic() - started:.0f} s)", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
