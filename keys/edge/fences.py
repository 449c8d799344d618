"""Where a key may be used from: the networks and countries of its grant."""

import ipaddress

from keys.edge import denials
from keys.edge.denials import Denial
from keys.edge.entries import KeyEntry


def outside(entry: KeyEntry, address: bytes, country: bytes) -> Denial | None:
    """The refusal of a call from elsewhere; a gateway that tells no address or country is that."""
    if entry.networks and not _within(address, entry):
        return denials.OUTSIDE_NETWORK
    if entry.countries and country.decode("latin-1").upper() not in entry.countries:
        return denials.OUTSIDE_COUNTRY
    return None


def _within(address: bytes, entry: KeyEntry) -> bool:
    try:
        ip = ipaddress.ip_address(address.decode("latin-1").strip())
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return any(ip in network for network in entry.networks)
