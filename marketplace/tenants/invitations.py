"""Mail to people who were added: where to sign in, and how to set the first password.

The link is made when the mail is, by the worker, so that no secret stands in an event.
"""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from marketplace.events.models import OutboxEvent
from marketplace.events.outbox import handles
from marketplace.tenants.models import Member, User

DAY_SECONDS = 86_400


@handles("member.added")
def tell_the_new_member(event: OutboxEvent) -> None:
    """Mail a person that he was added; nothing where he has left again meanwhile."""
    member = (
        Member.across.select_related("user", "tenant")
        .filter(pk=event.data["member_id"], left_at=None)
        .first()
    )
    if member is None:
        return
    brand, tenant = settings.BRAND, member.tenant
    text = render_to_string(
        "tenants/invitation.txt",
        {
            "brand": brand,
            "tenant": tenant.name,
            "email": member.user.email,
            "portal": settings.PUBLIC_URL,
            "set_password": "" if member.user.has_usable_password() else password_link(member.user),
            "days": settings.PASSWORD_RESET_TIMEOUT // DAY_SECONDS,
            "single_sign_on": bool(settings.SOCIALACCOUNT_PROVIDERS),
        },
    )
    subject = f"{brand}: you are in {tenant.name}".replace("\n", " ").replace("\r", " ")
    send_mail(subject, text, None, [member.user.email])


def password_link(user: User) -> str:
    """The address at which a person sets his password; good until he does, or time runs out."""
    key = default_token_generator.make_token(user)
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": key},
    )
    return f"{settings.PUBLIC_URL}{path}"
