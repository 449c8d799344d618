"""An identity provider on this machine: OpenID Connect and SAML 2.0, as strict as a real one."""

import base64
import hashlib
import json
import threading
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4
from xml.etree import ElementTree

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import RSAKey
from onelogin.saml2.utils import OneLogin_Saml2_Utils

CLIENT, SECRET = "marketplace", "between the two of us"
SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"


def _certificate() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


@dataclass
class IdentityProvider:
    """Signs in whoever `person` is, without asking. `signs_with` replaces its key: a forger's."""

    person: dict[str, Any]
    key: str = ""
    certificate: str = ""
    signs_with: tuple[str, str] | None = None
    url: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key, self.certificate = _certificate()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                provider.get(self, parts.path, asked)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                provider.token(self, {n: v[0] for n, v in parse_qs(body).items()})

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    # --- OpenID Connect -------------------------------------------------------------------------
    def get(self, handler: BaseHTTPRequestHandler, path: str, asked: dict[str, str]) -> None:
        if path == "/.well-known/openid-configuration":
            answer(handler, 200, self.description())
        elif path == "/authorize":
            code = uuid4().hex
            self.codes[code] = asked
            to = asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})
            handler.send_response(302)
            handler.send_header("Location", to)
            handler.end_headers()
        elif path == "/userinfo":
            good = handler.headers["Authorization"] == "Bearer for-userinfo"
            answer(handler, 200 if good else 401, self.person if good else {})
        elif path == "/jwks":
            answer(handler, 200, {"keys": [RSAKey.import_key(self.key).as_dict(private=False)]})
        elif path == "/saml/metadata":
            answer(handler, 200, self.metadata(), "application/samlmetadata+xml")
        elif path == "/saml/sso":
            answer(handler, 200, self.assertion_form(asked), "text/html")
        else:
            answer(handler, 204 if path == "/favicon.ico" else 404, {})

    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def token(self, handler: BaseHTTPRequestHandler, sent: dict[str, str]) -> None:
        """RFC 6749 section 4.1.3 with PKCE (RFC 7636): a code is good once."""
        asked = self.codes.pop(sent.get("code", ""), None)
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or (sent.get("client_id"), sent.get("client_secret")) != (CLIENT, SECRET)
            or sent.get("redirect_uri") != asked["redirect_uri"]
            or asked.get("code_challenge") != challenge
        ):
            answer(handler, 400, {"error": "invalid_grant"})
            return
        now = int(datetime.now(UTC).timestamp())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60} | self.person
        private = RSAKey.import_key(self.key)
        signed = jwt.encode({"alg": "RS256", "kid": private.thumbprint()}, claims, private)
        answer(
            handler,
            200,
            {"access_token": "for-userinfo", "token_type": "Bearer", "id_token": signed},
        )

    # --- SAML 2.0 -------------------------------------------------------------------------------
    def metadata(self) -> str:
        body = "".join(self.certificate.splitlines()[1:-1])
        return f"""<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"
 entityID="{self.url}"><md:IDPSSODescriptor
 protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing">
<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{body}
</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService
 Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{self.url}/saml/sso"/>
</md:IDPSSODescriptor></md:EntityDescriptor>"""

    def assertion_form(self, asked: dict[str, str]) -> str:
        """The HTTP-POST binding: a page whose only form is the signed response."""
        request = ElementTree.fromstring(
            zlib.decompress(base64.b64decode(asked["SAMLRequest"]), -15)
        )
        assert request.tag == f"{SAMLP}AuthnRequest"
        audience = request.findtext("{urn:oasis:names:tc:SAML:2.0:assertion}Issuer") or ""
        to, asked_by = request.attrib["AssertionConsumerServiceURL"], request.attrib["ID"]
        now = datetime.now(UTC)
        at, until = (t.strftime("%Y-%m-%dT%H:%M:%SZ") for t in (now, now + timedelta(minutes=5)))
        attributes = "".join(
            f'<saml:Attribute Name="{name}"><saml:AttributeValue>{value}</saml:AttributeValue>'
            "</saml:Attribute>"
            for name, value in self.person.items()
        )
        response = f"""<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
 xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_{uuid4().hex}" Version="2.0"
 IssueInstant="{at}" Destination="{to}" InResponseTo="{asked_by}">
<saml:Issuer>{self.url}</saml:Issuer><samlp:Status><samlp:StatusCode
 Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
<saml:Assertion ID="_{uuid4().hex}" Version="2.0" IssueInstant="{at}"><saml:Issuer>{self.url}\
</saml:Issuer><saml:Subject><saml:NameID
 Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{self.person["sub"]}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
<saml:SubjectConfirmationData NotOnOrAfter="{until}" Recipient="{to}" InResponseTo="{asked_by}"/>
</saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{at}" NotOnOrAfter="{until}">
<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>
</saml:Conditions><saml:AuthnStatement AuthnInstant="{at}" SessionIndex="_{uuid4().hex}">
<saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password\
</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>
<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion></samlp:Response>"""
        key, certificate = self.signs_with or (self.key, self.certificate)
        signed = OneLogin_Saml2_Utils.add_sign(response, key, certificate)
        sent = base64.b64encode(signed).decode()
        return (
            f'<form method="post" action="{to}"><input name="SAMLResponse" value="{sent}">'
            '<input name="RelayState" value=""><button>Go on</button></form>'
        )


def forger() -> tuple[str, str]:
    """A key and certificate that no provider's metadata names."""
    return _certificate()


def answer(
    handler: BaseHTTPRequestHandler, status: int, body: Any, kind: str = "application/json"
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.end_headers()
    handler.wfile.write(text.encode())
