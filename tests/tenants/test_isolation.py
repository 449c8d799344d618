"""Row-level security holds where the ORM's filter does not stand (HOSTILE 18)."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from marketplace.tenants.models import AccessToken, ServiceAccount, Team, TenantOwned
from marketplace.tenants.scope import NOBODY, current_scope, scoped, tenant_scope
from tests.company import Company

pytestmark = pytest.mark.django_db


def tenant_tables() -> list[str]:
    return sorted(
        model._meta.db_table
        for model in apps.get_models()
        if any(field.name == "tenant" for field in model._meta.fields)
    )


@pytest.mark.parametrize("table", tenant_tables())
def test_every_tenant_owned_table_has_row_level_security(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", [table])
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT count(*) FROM pg_policies WHERE tablename = %s", [table])
        policies = cursor.fetchone()
    assert policies is not None
    assert policies[0] >= 2


def test_raw_sql_sees_only_the_tenant_in_force(company: Company) -> None:
    for team in (company.owners, company.others):
        ServiceAccount.across.create(tenant=team.tenant, team=team, slug="ci", name="CI")
    with tenant_scope(company.tenant.id), connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM tenants_serviceaccount")
        assert cursor.fetchall() == [(company.tenant.id,)]
        assert AccessToken.across.count() == 0
        assert ServiceAccount.across.count() == 1
    with scoped(NOBODY):
        assert ServiceAccount.across.count() == 0
    assert ServiceAccount.across.count() == 2


def test_writing_into_another_tenant_is_refused_by_the_database(company: Company) -> None:
    with tenant_scope(company.tenant.id):
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Team.across.create(tenant=company.other, slug="spy", name="Spy")
        assert Team.across.filter(pk=company.others.pk).update(name="Taken") == 0
        assert Team.across.filter(pk=company.others.pk).delete()[0] == 0


def test_the_scope_before_comes_back_after_a_failed_transaction(company: Company) -> None:
    with tenant_scope(company.other.id):
        with (
            pytest.raises(ZeroDivisionError),
            transaction.atomic(),
            tenant_scope(company.tenant.id),
        ):
            _ = 1 / 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, mkt_tenant()")
            assert cursor.fetchone() == ("marketplace_web", company.other.id)
    assert current_scope() is None


def test_every_model_with_a_tenant_is_tenant_owned_or_a_log() -> None:
    logs = {"audit_auditentry", "events_outboxevent"}
    owned = {m._meta.db_table for m in apps.get_models() if issubclass(m, TenantOwned)}
    assert set(tenant_tables()) - owned <= logs
