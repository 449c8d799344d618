"""Money as it is kept: integer micro-units of a currency."""

from decimal import Decimal

MICROS = 1_000_000
# ISO 4217: the currencies with another number of decimals than two.
DECIMALS = {
    "BHD": 3, "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0,
    "KMF": 0, "KRW": 0, "KWD": 3, "LYD": 3, "OMR": 3, "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0,
    "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip


def decimals(currency: str) -> int:
    """How many decimals the currency's smallest coin has."""
    return DECIMALS.get(currency, 2)


def minor_unit(currency: str) -> int:
    """Micro-units in the currency's smallest coin: 10,000 for a cent."""
    return int(MICROS // 10 ** decimals(currency))


def from_minor(amount: int, currency: str) -> Decimal:
    """An amount of cents as a decimal with the currency's decimals."""
    return Decimal(amount).scaleb(-decimals(currency))


def from_micros(amount: int) -> Decimal:
    """Micro-units as a decimal with six decimals."""
    return Decimal(amount).scaleb(-6)


def to_micros(amount: Decimal) -> int:
    """A decimal amount as micro-units. Raises ValueError where it is finer than that."""
    micros = amount.scaleb(6)
    if micros != micros.to_integral_value():
        raise ValueError("an amount has at most six decimals")
    return int(micros)
