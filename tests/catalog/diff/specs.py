"""Where the shared specifications are, which no test copies."""

import os
from pathlib import Path

SPECS = Path(
    os.environ.get("MARKETPLACE_SPECS", Path(__file__).resolve().parents[4] / "shared" / "specs")
)
