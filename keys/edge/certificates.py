"""The client certificate that the gateway saw, as the thumbprint that tokens are bound to."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from keys.gateways.dialect import CERTIFICATE, CERTIFICATE_SHA256

BEGIN, END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"


def certificate_thumbprint(headers: Mapping[bytes, bytes]) -> str:
    """`x5t#S256` (RFC 8705) of the certificate; an empty string where there was none.

    Gateways tell the SHA-256 of its DER form in hex, or send it as PEM, percent-encoded.
    """
    try:
        if told := headers.get(CERTIFICATE_SHA256):
            digest = bytes.fromhex(told.decode("ascii").replace(":", ""))
        elif sent := headers.get(CERTIFICATE):
            body = unquote_to_bytes(sent).partition(BEGIN)[2].partition(END)[0]
            if not body.strip():
                return ""
            digest = hashlib.sha256(base64.b64decode(b"".join(body.split()))).digest()
        else:
            return ""
    except (ValueError, binascii.Error):
        return ""
    if len(digest) != hashlib.sha256().digest_size:
        return ""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
