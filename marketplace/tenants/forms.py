"""Forms of the settings pages."""

from datetime import timedelta

from django import forms

TTL_CHOICES = [("7", "7 days"), ("30", "30 days"), ("90", "90 days")]
SCOPE_CHOICES = [
    ("catalog:read", "Read the catalog"),
    ("catalog:write", "Publish and change APIs"),
    ("keys:read", "See keys and requests"),
    ("keys:write", "Request, rotate and revoke keys"),
    ("billing:read", "See usage and costs"),
    ("billing:write", "Send usage, set budgets, close periods"),
    ("organisation:read", "See people, teams and service accounts"),
    ("organisation:write", "Change people, teams and service accounts"),
    ("audit:read", "Read the audit log"),
]


class TokenForm(forms.Form):
    """A new personal access token."""

    name = forms.CharField(max_length=120, help_text="What will use it, e.g. “CI of checkout”.")
    ttl = forms.ChoiceField(choices=TTL_CHOICES, initial="30", label="Expires after")
    scopes = forms.MultipleChoiceField(
        choices=SCOPE_CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: all that you may do yourself.",
    )

    def length(self) -> timedelta:
        """The chosen life."""
        return timedelta(days=int(self.cleaned_data["ttl"]))
