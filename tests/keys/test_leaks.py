"""A secret found in the open is dead at once; a scanner finds it without asking anybody."""

import base64
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from django.core.management import call_command

from keys import secrets
from keys.issue import IssuedKey, issue_key
from keys.leaks import MOST_AT_ONCE, Found, report_leaks, signed_reporter
from keys.models import Key, LeakReport, LeakReporter, Revocation
from keys.scanner import scan
from marketplace.audit.models import AuditEntry
from marketplace.errors import Invalid, Unauthenticated
from marketplace.events.models import OutboxEvent
from marketplace.tenants.actor import Actor
from tests.company import Company
from tests.keys.makers import ask, make_api

pytestmark = pytest.mark.django_db
SCANNER = Actor.system("scanner")


@pytest.fixture
def issued(company: Company) -> IssuedKey:
    given = ask(company, make_api(company.owners))
    assert given.key is not None
    return given.key


def test_h30_a_real_leak_ends_the_key_and_its_children_and_tells_the_owner_at_once(
    company: Company, issued: IssuedKey
) -> None:
    actor = company.actor(company.developer)
    child = issue_key(
        grant=issued.key.grant, by=actor, expires_at=issued.key.expires_at, parent=issued.key
    ).key
    started = time.monotonic()
    answers = report_leaks(
        actor=SCANNER, found=[Found(issued.secret, url="https://paste.example/1")]
    )
    assert time.monotonic() - started < 2
    assert [(a.outcome, a.key) for a in answers] == [("revoked", issued.key.public_id)]
    assert set(Key.across.values_list("state", flat=True)) == {Key.State.REVOKED}
    assert {r.key_id for r in Revocation.objects.filter(kind="key")} >= {issued.key.pk, child.pk}
    assert AuditEntry.objects.filter(action="key.leaked").count() == 2
    told = OutboxEvent.objects.get(kind="leak.reported")
    assert told.tenant_id == company.tenant.id
    assert issued.secret not in json.dumps([told.data, AuditEntry.objects.latest("at").details])


def test_h29_the_same_report_again_changes_nothing(company: Company, issued: IssuedKey) -> None:
    for _ in range(3):
        report_leaks(actor=SCANNER, found=[Found(issued.secret)] * 2)
    assert LeakReport.objects.count() == 1
    assert OutboxEvent.objects.filter(kind="leak.reported").count() == 1
    assert AuditEntry.objects.filter(action="key.leaked").count() == 1


def test_h29_what_only_looks_like_a_key_ends_nothing(company: Company, issued: IssuedKey) -> None:
    parsed = secrets.parse(issued.secret)
    assert parsed is not None
    body = f"{parsed.public_id}_{parsed.secret[::-1]}"
    forged = body + secrets.checksum(body.encode()).decode()
    wrong = [forged, secrets.generate().text, "mk_l_x", "x" * 100_000, "", issued.key.public_id]
    answers = report_leaks(actor=SCANNER, found=[Found(text) for text in wrong])
    assert {answer.outcome for answer in answers} == {"unknown"}
    assert Key.across.get().state == Key.State.ACTIVE
    assert not LeakReport.objects.exists()


def test_h29_ten_thousand_findings_are_refused_at_once(company: Company) -> None:
    with pytest.raises(Invalid):
        report_leaks(actor=SCANNER, found=[Found("x")] * (MOST_AT_ONCE + 1))


def reporter(private: Any) -> str:
    pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    LeakReporter.objects.create(kid="k1", name="Code host", public_key=pem.decode())
    return "k1"


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_h29_a_report_is_believed_only_with_the_reporters_signature(
    company: Company, kind: str
) -> None:
    body = b'[{"token":"mk_l_x"}]'
    if kind == "ed25519":
        edwards = ed25519.Ed25519PrivateKey.generate()
        kid, signature = reporter(edwards), edwards.sign(body)
    else:
        curve = ec.generate_private_key(ec.SECP256R1())
        kid, signature = reporter(curve), curve.sign(body, ec.ECDSA(hashes.SHA256()))
    text = base64.b64encode(signature).decode()
    assert signed_reporter(body, kid, text).label == "leak reporter Code host"
    for given in ((body + b" ", kid, text), (body, "k2", text), (body, kid, "!!"), (body, kid, "")):
        with pytest.raises(Unauthenticated):
            signed_reporter(*given)


def git(folder: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@t.example", *words],
        cwd=folder,
        check=True,
        capture_output=True,
    )


def test_the_scanner_finds_keys_in_files_and_in_deleted_history_and_nothing_else(
    tmp_path: Path,
) -> None:
    kept, deleted, message = (secrets.generate() for _ in range(3))
    git(tmp_path, "init", "-q")
    (tmp_path / "old.env").write_text(f"KEY={deleted.text}\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", f"oops {message.text}")
    (tmp_path / "old.env").unlink()
    git(tmp_path, "commit", "-qam", "remove")
    mangled = kept.text[:-1] + ("a" if kept.text[-1] != "a" else "b")
    noise = f"x{kept.text} {kept.text}x {mangled} {kept.public_id}_short"
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "notes.bin").write_bytes(
        b"\0\xff\n" + f'"{kept.text}"\n{noise}\n'.encode()
    )
    found = list(scan(tmp_path))
    assert {finding.key.public_id for finding in found} == {
        kept.public_id,
        deleted.public_id,
        message.public_id,
    }
    assert not any(
        secret.secret in f"{found!r} {[str(f) for f in found]}" for secret in (kept, deleted)
    )
    assert next(f.line for f in found if f.key == kept) == 2


def test_the_command_names_places_exits_1_and_ends_what_is_ours(
    issued: IssuedKey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text(f"{issued.secret}\n{secrets.generate().text}\n")
    with pytest.raises(SystemExit) as ended:
        call_command("scan_leaks", str(tmp_path), "--revoke")
    assert ended.value.code == 1
    told = capsys.readouterr().out
    assert f"a.txt:1: {issued.key.public_id}" in told
    assert f"{issued.key.public_id}: revoked" in told
    assert "not one of ours: unknown" in told
    assert issued.secret not in told
    assert Key.across.get().state == Key.State.REVOKED
    (tmp_path / "a.txt").unlink()
    call_command("scan_leaks", str(tmp_path))
    assert "No key found" in capsys.readouterr().out
