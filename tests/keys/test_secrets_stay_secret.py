"""What is stolen or smuggled into the database opens nothing, and no secret lies about."""

import hashlib
import json
import logging
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from keys import secrets
from keys.issue import IssuedKey
from keys.leaks import Found, report_leaks
from keys.models import Key
from keys.peppers import load_peppers
from keys.tasks import keep_access
from keys.tokens.subjects import KEY
from marketplace import logs
from marketplace.events.outbox import deliver_due
from marketplace.tenants.actor import Actor
from tests.company import Company
from tests.keys.makers import ask, make_api, make_application

pytestmark = pytest.mark.django_db
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


@pytest.fixture
def issued(company: Company) -> IssuedKey:
    given = ask(company, make_api(company.owners))
    assert given.key is not None
    return given.key


def all_rows() -> str:
    """A dump of everything the database holds."""
    found: list[Any] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT t::text FROM {table} t")
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def is_taken(secret: str) -> bool:
    """Whether the portal takes the secret for a good key, at the door that reads keys."""
    form = {"grant_type": EXCHANGE, "subject_token": secret, "subject_token_type": KEY}
    return Client().post("/oauth/token", form).status_code == 200


def test_h27_a_stolen_dump_opens_nothing(issued: IssuedKey) -> None:
    dump = all_rows()
    parsed = secrets.parse(issued.secret)
    assert parsed is not None
    assert is_taken(issued.secret)
    dump_again = all_rows()
    for hidden in (
        parsed.secret,
        issued.secret,
        load_peppers(settings.MARKETPLACE_HOME)[issued.key.pepper_version].hex(),
        hashlib.sha256(issued.secret.encode()).hexdigest(),
        "PRIVATE KEY",
    ):
        assert hidden not in dump
        assert hidden not in dump_again
    digest = bytes(Key.across.get().digest)
    guesses = [digest.hex()[:32], parsed.public_id[5:] * 3]
    for guess in guesses:
        body = f"{parsed.public_id}_{guess[:32].ljust(32, '0')}"
        assert not is_taken(body + secrets.checksum(body.encode()).decode())


def test_h28_a_row_with_an_attackers_own_hash_is_unusable(issued: IssuedKey) -> None:
    mine = secrets.generate()
    for digest in (
        hashlib.sha256(mine.text.encode()).digest(),
        hashlib.sha256(mine.secret.encode()).digest(),
        secrets.digest(mine, b"a pepper of the attacker's own"),
    ):
        Key.across.filter(pk=issued.key.pk).update(public_id=mine.public_id, digest=digest)
        assert not is_taken(mine.text)
    Key.across.filter(pk=issued.key.pk).update(pepper_version=999)
    assert not is_taken(mine.text)


def test_h28_a_digest_copied_to_another_row_serves_the_attacker_nothing(
    company: Company, issued: IssuedKey
) -> None:
    other = ask(company, make_api(company.owners, "refunds"), actor=company.actor(company.owner))
    assert other.key is not None
    Key.across.filter(pk=other.key.key.pk).update(digest=bytes(issued.key.digest))
    assert not is_taken(other.key.secret)
    assert is_taken(issued.secret)


def test_h26_no_secret_reaches_logs_answers_that_are_kept_tasks_or_errors(
    company: Company,
) -> None:
    heard = StringIO()
    listener = logging.StreamHandler(heard)
    root = logging.getLogger()
    logs.configure("DEBUG")
    listener.setFormatter(root.handlers[0].formatter)
    root.addHandler(listener)
    try:
        make_api(company.owners)
        make_application(company, name="Shop")
        client = company.client(company.developer)

        def post(path: str, body: Any, **headers: str) -> Any:
            return client.post(
                f"/api/v1{path}",
                json.dumps(body),
                content_type="application/json",
                headers=headers,
            )

        made = post(
            "/access-requests",
            {"application": "shop", "api": "orders"},
            **{"Idempotency-Key": "k1"},
        ).json()
        secret = made["key"]["secret"]
        turned = post(f"/keys/{made['key']['public_id']}/rotate", {}).json()
        canaries = [secret, turned["key"]["secret"]]
        post("/access-requests", {"application": secret, "api": secret, secret: secret})
        post(f"/keys/{secret}/revoke", {"reason": "x"})
        client.get(f"/api/v1/keys?application={secret}")
        client.get("/api/v1/keys", headers={"Authorization": f"Bearer {secret}"})
        Client().get(f"/access?api={secret}")
        is_taken(secret)
        logging.getLogger("anywhere").error("went wrong with %s", secret)
        report_leaks(actor=Actor.system("scanner"), found=[Found(secret)])
        deliver_due()
        keep_access()
    finally:
        root.removeHandler(listener)
        logs.configure("ERROR")
    told = heard.getvalue()
    assert "[redacted]" in told
    dump = all_rows()
    for canary in canaries:
        parsed = secrets.parse(canary)
        assert parsed is not None
        assert parsed.secret not in told
        assert parsed.secret not in dump
