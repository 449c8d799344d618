"""How allauth signs people in here: sign-up only where it is opened, one field for the name."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from marketplace.tenants.joining import join_by_sign_in
from marketplace.tenants.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """E-mail and password, with MFA."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """OIDC and SAML: the identity provider decides who may come in, with an address it vouches
    for; another's address, merely claimed, would open or reserve that person's account."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return any(address.verified for address in sociallogin.email_addresses)

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        user: User = super().save_user(request, sociallogin, form)
        join_by_sign_in(user)
        return user

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        full = data.get("name") or " ".join(
            part for part in (data.get("first_name"), data.get("last_name")) if part
        )
        user.name = (full or "")[:120]
        user.email = user.email.lower()
        return user
