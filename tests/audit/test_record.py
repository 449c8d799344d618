"""The chain shows every edit, deletion and reordering (HOSTILE 54)."""

import pytest
from django.db import DatabaseError, connection, transaction

from marketplace.audit.models import AuditEntry
from marketplace.audit.record import record, verify_chain
from marketplace.tenants.actor import Actor
from tests.company import Company

pytestmark = pytest.mark.django_db


def write(company: Company, count: int) -> None:
    with transaction.atomic():
        for number in range(count):
            record(
                actor=Actor.system(),
                action="thing.done",
                target=f"thing:{number}",
                tenant_id=company.tenant.id,
                details={"n": number},
            )


def test_an_untouched_chain_is_intact(company: Company) -> None:
    write(company, 5)
    check = verify_chain(company.tenant.id)
    assert check.intact
    assert check.entries == 5
    assert verify_chain(company.other.id).entries == 0


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_auditentry SET action='x'", "DELETE FROM audit_auditentry"]
)
def test_the_database_refuses_change_even_to_the_owner(company: Company, statement: str) -> None:
    write(company, 1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_auditentry SET details='{\"n\": 9}' WHERE sequence=3",
        "UPDATE audit_auditentry SET actor_label='someone else' WHERE sequence=3",
        "DELETE FROM audit_auditentry WHERE sequence=3",
    ],
)
def test_h54_a_row_edited_or_deleted_behind_the_trigger_breaks_the_chain(
    company: Company, tampering: str
) -> None:
    write(company, 5)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(tampering)
        cursor.execute("SET session_replication_role = origin")
    assert verify_chain(company.tenant.id).broken_at == 3


def test_a_rolled_back_change_leaves_no_gap(company: Company) -> None:
    write(company, 1)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        write(company, 1)
        _ = 1 / 0
    write(company, 1)
    assert [e.sequence for e in AuditEntry.objects.order_by("sequence")] == [1, 2]
    assert verify_chain(company.tenant.id).intact


def test_h18_readers_see_their_own_tenants_entries_only(company: Company) -> None:
    write(company, 2)
    mine = company.client(company.admin).get("/api/v1/audit").json()["items"]
    theirs = company.client(company.outsider).get("/api/v1/audit").json()["items"]
    assert [entry["sequence"] for entry in mine] == [2, 1]
    assert theirs == []
