"""What the database itself refuses: unbalanced entries, changed books (HOSTILE 61)."""

from datetime import UTC, date, datetime

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from billing.models import LedgerEntry, LedgerLine, Period, StatementLine
from marketplace.ids import new_id
from tests.company import Company

pytestmark = pytest.mark.django_db


def make_period(company: Company, **fields: object) -> Period:
    return Period.across.create(tenant=company.tenant, month=date(2026, 9, 1), **fields)


def make_entry(company: Company, period: Period, *amounts: int) -> LedgerEntry:
    entry = LedgerEntry.across.create(
        tenant=company.tenant,
        period=period,
        usage_month=period.month,
        line_key=new_id(),
        amount_micros=amounts[0],
        currency="EUR",
        posted_by="test",
    )
    for amount in amounts:
        LedgerLine.across.create(
            tenant=company.tenant,
            entry=entry,
            account="usage-expense",
            party_id=company.tenant.id,
            amount_micros=amount,
            currency="EUR",
        )
    return entry


def check_constraints() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def close(period: Period) -> None:
    period.state, period.hash, period.signature = "closed", "0" * 64, "signed"
    period.closed_at = datetime(2026, 10, 1, tzinfo=UTC)
    period.save()


def test_an_entry_whose_lines_balance_stands(company: Company) -> None:
    make_entry(company, make_period(company), 700, -700)
    check_constraints()


@pytest.mark.parametrize("amounts", [(700,), (700, -699), (1, 1)])
def test_an_entry_that_does_not_balance_is_refused(
    company: Company, amounts: tuple[int, ...]
) -> None:
    period = make_period(company)
    with pytest.raises(DatabaseError, match="does not balance"), transaction.atomic():
        make_entry(company, period, *amounts)
        check_constraints()


def test_a_line_added_later_unbalances_and_is_refused(company: Company) -> None:
    entry = make_entry(company, make_period(company), 700, -700)
    check_constraints()
    with pytest.raises(DatabaseError, match="does not balance"), transaction.atomic():
        LedgerLine.across.create(
            tenant=company.tenant,
            entry=entry,
            account="usage-expense",
            party_id=company.tenant.id,
            amount_micros=1,
            currency="EUR",
        )
        check_constraints()


@pytest.mark.parametrize("model", [LedgerEntry, LedgerLine])
def test_posted_rows_are_neither_changed_nor_deleted(
    company: Company, model: type[LedgerEntry] | type[LedgerLine]
) -> None:
    make_entry(company, make_period(company), 700, -700)
    table = model._meta.db_table
    for statement in (
        f"UPDATE {table} SET amount_micros = 1",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(statement)


def test_h61_a_closed_period_is_neither_changed_nor_deleted_nor_added_to(
    company: Company,
) -> None:
    period = make_period(company)
    entry = make_entry(company, period, 700, -700)
    close(period)
    for statement in (
        "UPDATE billing_period SET state = 'open'",
        "UPDATE billing_period SET totals = '{}'",
        "DELETE FROM billing_period",
    ):
        with (
            pytest.raises(DatabaseError, match="never changed"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    with pytest.raises(DatabaseError, match="closed period"), transaction.atomic():
        make_entry(company, period, 1, -1)
    with pytest.raises(DatabaseError, match="closed period"), transaction.atomic():
        LedgerLine.across.create(
            tenant=company.tenant,
            entry=entry,
            account="usage-expense",
            party_id=company.tenant.id,
            amount_micros=1,
            currency="EUR",
        )
    with pytest.raises(DatabaseError, match="closed period"), transaction.atomic():
        StatementLine.across.create(
            tenant=company.tenant,
            period=period,
            number=1,
            usage_month=period.month,
            line_key=new_id(),
            amount_micros=1,
            amount_minor=0,
            currency="EUR",
            entry_id=entry.id,
        )


def test_every_table_of_billing_has_row_level_security() -> None:
    tables = [model._meta.db_table for model in apps.get_app_config("billing").get_models()]
    tables += ["billing_usageseen"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND NOT relrowsecurity", [tables]
        )
        assert cursor.fetchall() == []


def test_partitions_are_closed_to_the_web_role(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT billing_ensure_month('2026-09-30'), billing_ensure_month('2026-09-01')"
        )
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent IN ('billing_usageevent'::regclass, 'billing_usageseen'::regclass)"
            " AND has_table_privilege('marketplace_web', c.oid, 'SELECT')"
        )
        assert cursor.fetchall() == []
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname = 'billing_usageevent_202609'")
        assert cursor.fetchone() == (1,)
