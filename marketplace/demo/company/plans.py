"""The few shapes of price list that the company's APIs use."""

from __future__ import annotations

from marketplace.demo.company.records import Plan, Price, Version


def versions(*pairs: tuple[str, int], extension: str = "yaml") -> tuple[Version, ...]:
    """Versions from (version, age in days) pairs, oldest first."""
    return tuple(
        Version(version=version, file=f"{version}.{extension}", published_days_ago=age)
        for version, age in pairs
    )


def free(*, per_second: int = 20, monthly_quota: int | None = 1_000_000) -> tuple[Plan, ...]:
    """One plan that costs nothing and only has limits."""
    return (
        Plan(slug="standard", name="Standard", per_second=per_second, monthly_quota=monthly_quota),
    )


def per_thousand_calls(
    amount: str,
    *,
    included: int = 0,
    tiers: tuple[tuple[int, str], ...] = (),
    per_second: int = 50,
    monthly_quota: int | None = 5_000_000,
    volume_flat: str | None = None,
) -> tuple[Plan, ...]:
    """A standard plan by the thousand calls and, with `volume_flat`, one with a monthly fee."""
    standard = Plan(
        slug="standard",
        name="Standard",
        per_second=per_second,
        monthly_quota=monthly_quota,
        prices=(Price(meter="requests", amount=amount, per=1000, included=included, tiers=tiers),),
    )
    if volume_flat is None:
        return (standard,)
    return (
        standard,
        Plan(
            slug="volume",
            name="Volume",
            per_second=per_second * 5,
            monthly_quota=None,
            flat_monthly=volume_flat,
            prices=(Price(meter="requests", amount=amount, per=1000, included=2_000_000),),
        ),
    )


def per_call(
    amount: str,
    *,
    included: int = 0,
    tiers: tuple[tuple[int, str], ...] = (),
    per_second: int = 20,
    monthly_quota: int | None = 500_000,
) -> tuple[Plan, ...]:
    """A standard plan by the call, for calls that cost real money."""
    return (
        Plan(
            slug="standard",
            name="Standard",
            per_second=per_second,
            monthly_quota=monthly_quota,
            prices=(Price(meter="requests", amount=amount, included=included, tiers=tiers),),
        ),
    )


def stream(flat_monthly: str, *, per_gigabyte: str, per_second: int = 2000) -> tuple[Plan, ...]:
    """An event stream: a monthly fee, and the bytes delivered beyond 50 GB."""
    return (
        Plan(
            slug="standard",
            name="Stream",
            per_second=per_second,
            monthly_quota=None,
            flat_monthly=flat_monthly,
            prices=(
                Price(
                    meter="bytes", amount=per_gigabyte, per=1_000_000_000, included=50_000_000_000
                ),
            ),
        ),
    )


def tokens(
    *, tokens_in: str, tokens_cached: str, tokens_out: str, call: str = "0", per_second: int = 10
) -> tuple[Plan, ...]:
    """By the thousand tokens read, read from cache and written, and by the call where it says."""
    prices: tuple[Price, ...] = (
        Price(meter="tokens_in", amount=tokens_in, per=1000),
        Price(meter="tokens_cached", amount=tokens_cached, per=1000),
        Price(meter="tokens_out", amount=tokens_out, per=1000),
    )
    if call != "0":
        prices = (Price(meter="requests", amount=call), *prices)
    return (
        Plan(
            slug="standard",
            name="Pay as you go",
            per_second=per_second,
            monthly_quota=2_000_000,
            prices=prices,
        ),
    )
