"""Members of a tenant: they join by e-mail, change roles, and leave with all their access."""

from dataclasses import dataclass
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from marketplace.events.outbox import emit
from marketplace.tenants.actor import Actor
from marketplace.tenants.given import choice_given, email_given, name_given
from marketplace.tenants.guards import check_administers
from marketplace.tenants.leaving import end_access
from marketplace.tenants.models import AccessToken, Member, TeamMember, Tenant, User
from marketplace.tenants.scope import platform_scope


@dataclass(frozen=True, slots=True)
class Joined:
    """A member who joined; `invited` where a new account waits for its first password."""

    member: Member
    invited: bool


@dataclass(frozen=True, slots=True)
class Left:
    """A membership that ended, with the public names of the keys that ended with it."""

    user: User
    ended: list[str]


def add_member(
    *, actor: Actor, tenant: Tenant, email: str, name: str = "", role: str = Member.Role.MEMBER
) -> Joined:
    """Let a person join by his address; where nobody has it, an account without a password is made
    and the link to set one is mailed.

    Raises Forbidden but for the tenant's admins, Invalid at the field, and Conflict for somebody
    who is a member already.
    """
    check_administers(actor, tenant.id)
    email = email_given(email)
    role = choice_given(role, Member.Role.values, "/role")
    if name.strip():
        name = name_given(name)
    with platform_scope(), transaction.atomic():
        user = _person(email, name.strip())
        member = join(actor=actor, tenant=tenant, user=user, role=role)
        invited = not user.has_usable_password()
        emit(
            "member.added",
            tenant_id=tenant.id,
            subject=f"user:{user.id}",
            data={"member_id": str(member.id), "user_id": str(user.id), "role": role},
        )
    return Joined(member, invited)


def join(*, actor: Actor, tenant: Tenant, user: User, role: str) -> Member:
    """Make the membership, or bring an ended one back, in the caller's transaction.

    Raises Conflict for a member who is there.
    """
    if tenant.closed_at:
        raise Conflict("The tenant is closed.")
    member = Member.across.select_for_update().filter(tenant=tenant, user=user).first()
    if member is not None and member.left_at is None:
        detail = "This person is a member already; change the role instead."
        raise Conflict(detail, errors=[FieldError("/email", detail)])
    if member is None:
        member = Member.across.create(tenant=tenant, user=user, role=role)
    else:
        member.role, member.left_at = role, None
        member.save(update_fields=["role", "left_at"])
    record(
        actor=actor,
        action="member.joined",
        target=f"user:{user.id}",
        tenant_id=tenant.id,
        details={"email": user.email, "role": role},
    )
    return member


def change_role(*, actor: Actor, member: Member, role: str) -> Member:
    """Give a member another role in the tenant.

    Raises Forbidden but for the tenant's admins and for one's own rise, Invalid for an unknown
    role, Conflict where the tenant would be left without an admin.
    """
    check_administers(actor, member.tenant_id)
    role = choice_given(role, Member.Role.values, "/role")
    if member.user_id == actor.id and role != Member.Role.MEMBER and role != member.role:
        raise Forbidden("Nobody raises himself: another admin gives you a role.")
    with platform_scope(), transaction.atomic():
        member = _held(member)
        if member.role == role:
            return member
        if role != Member.Role.ADMIN:
            _check_an_admin_stays(member)
        before, member.role = member.role, role
        member.save(update_fields=["role"])
        details = {"email": member.user.email, "from": before, "to": role}
        record(
            actor=actor,
            action="member.role_changed",
            target=f"user:{member.user_id}",
            tenant_id=member.tenant_id,
            details=details,
        )
        emit(
            "member.role_changed",
            tenant_id=member.tenant_id,
            subject=f"user:{member.user_id}",
            data={"user_id": str(member.user_id), "from": before, "to": role},
        )
    return member


def remove_member(*, actor: Actor, user: User, tenant_id: UUID) -> Left:
    """End a membership with the person's roles, tokens and keys, in one transaction.

    The machinery itself may end the last admin's too: his access must die when he has left.
    Raises Forbidden but for the tenant's admins, NotFound where he is no member, and Conflict for
    the last admin.
    """
    check_administers(actor, tenant_id)
    with platform_scope(), transaction.atomic():
        member = Member.across.filter(user=user, tenant_id=tenant_id, left_at=None).first()
        if member is None:
            raise NotFound("This person is not a member of the tenant.")
        member = _held(member)
        if actor.kind != "system":
            _check_an_admin_stays(member)
        now = clock.now()
        member.left_at = now
        member.save(update_fields=["left_at"])
        TeamMember.across.filter(member=member).delete()
        AccessToken.across.filter(user=user, tenant_id=tenant_id, revoked_at=None).update(
            revoked_at=now
        )
        ended = end_access(actor, user, tenant_id)
        record(
            actor=actor,
            action="member.left",
            target=f"user:{user.id}",
            tenant_id=tenant_id,
            details={"email": user.email, "keys": ended},
        )
        emit(
            "member.left",
            tenant_id=tenant_id,
            subject=f"user:{user.id}",
            data={"user_id": str(user.id), "keys": ended},
        )
    return Left(user, ended)


def _person(email: str, name: str) -> User:
    """Who has the address, held; a new account without a password where nobody has it."""
    user = User.objects.select_for_update().filter(email=email).first()
    if user is None:
        try:
            with transaction.atomic():
                return User.objects.create_user(email, None, name=name)
        except IntegrityError:  # somebody else was quicker
            user = User.objects.select_for_update().get(email=email)
    _check_trusted(user)
    return user


def _held(member: Member) -> Member:
    """The member as he is now; the tenant's row is held, so that two admins cannot remove each
    other at once. Raises NotFound where he has left."""
    Tenant.objects.select_for_update(no_key=True).get(pk=member.tenant_id)
    rows = Member.across.select_related("user", "tenant")
    held: Member | None = rows.filter(pk=member.pk, left_at=None).first()
    if held is None:
        raise NotFound("This person is not a member of the tenant.")
    return held


def _check_an_admin_stays(member: Member) -> None:
    if member.role != Member.Role.ADMIN:
        return
    others = Member.across.filter(
        tenant_id=member.tenant_id, role=Member.Role.ADMIN, left_at=None, user__is_active=True
    ).exclude(pk=member.pk)
    if not others.exists():
        raise Conflict(
            "This is the tenant's last admin; make somebody else admin first.", type="last-admin"
        )


def _check_trusted(user: User) -> None:
    """An account that somebody opened himself, under an address he never confirmed, is not yet
    known to be the person's who has that address."""
    if not user.is_active:
        raise Invalid.at("/email", "This account is switched off.")
    known = (
        user.is_platform_admin
        or not user.has_usable_password()
        or EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()
        or Member.across.filter(user=user).exists()
    )
    if not known:
        raise Invalid.at(
            "/email",
            "Somebody signed up with this address and has not confirmed it yet; he does so in his"
            " settings, then you can add him.",
        )
