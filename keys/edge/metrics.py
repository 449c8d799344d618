"""The verifier's own numbers, in Prometheus' text format."""

from collections import Counter
from collections.abc import Callable, Iterator

BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0)


class Metrics:
    """Counters by label, and gauges that are read when asked for."""

    def __init__(self) -> None:
        self.allowed = 0
        self.mocked = 0
        self.denied: Counter[tuple[int, str]] = Counter()
        self.degraded: Counter[tuple[str, str]] = Counter()
        self.errors = 0
        self.waited: Counter[float] = Counter()
        self.waited_sum = 0.0
        self._gauges: list[tuple[str, str, str, Callable[[], float]]] = []

    def gauge(self, name: str, help: str, read: Callable[[], float], kind: str = "gauge") -> None:
        """Show `read()` under `name` (prefixed with mkt_edge_)."""
        self._gauges.append((name, help, kind, read))

    def waited_for(self, seconds: float) -> None:
        """Count a decision that had to wait for the database."""
        self.waited[next((b for b in BUCKETS if seconds <= b), float("inf"))] += 1
        self.waited_sum += seconds

    def text(self, verifier: str) -> str:
        """All of it; each line names the verifier, since several may share one address."""
        return "\n".join(self._lines(f'verifier="{verifier}"')) + "\n"

    def _lines(self, who: str) -> Iterator[str]:
        yield "# HELP mkt_edge_decisions_total Decisions by answer."
        yield "# TYPE mkt_edge_decisions_total counter"
        for outcome, count in (("allow", self.allowed), ("mock", self.mocked)):
            labels = f'{who},outcome="{outcome}",status="200",type=""'
            yield f"mkt_edge_decisions_total{{{labels}}} {count}"
        for (status, type), count in sorted(self.denied.items()):
            yield (
                f'mkt_edge_decisions_total{{{who},outcome="deny",status="{status}",'
                f'type="{type}"}} {count}'
            )
        yield "# HELP mkt_edge_degraded_allows_total Calls let through while something was away."
        yield "# TYPE mkt_edge_degraded_allows_total counter"
        for (cause, risk), count in sorted(self.degraded.items()):
            yield f'mkt_edge_degraded_allows_total{{{who},cause="{cause}",risk="{risk}"}} {count}'
        yield "# HELP mkt_edge_wait_seconds Time of decisions that waited for the database."
        yield "# TYPE mkt_edge_wait_seconds histogram"
        total = 0
        for bound in BUCKETS:
            total += self.waited[bound]
            yield f'mkt_edge_wait_seconds_bucket{{{who},le="{bound}"}} {total}'
        total += self.waited[float("inf")]
        yield f'mkt_edge_wait_seconds_bucket{{{who},le="+Inf"}} {total}'
        yield f"mkt_edge_wait_seconds_sum{{{who}}} {self.waited_sum:.6f}"
        yield f"mkt_edge_wait_seconds_count{{{who}}} {total}"
        for name, help, kind, read in self._gauges:
            yield f"# HELP mkt_edge_{name} {help}"
            yield f"# TYPE mkt_edge_{name} {kind}"
            yield f"mkt_edge_{name}{{{who}}} {read():g}"
