"""Refusals of the token endpoint, in the words of RFC 6749 and RFC 8693."""


class TokenError(Exception):
    """`error` is the registered code, `description` a sentence, `status` the HTTP status."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status

    def as_dict(self) -> dict[str, str]:
        return {"error": self.error, "error_description": self.description}


def invalid_request(description: str) -> TokenError:
    return TokenError("invalid_request", description)


def invalid_scope(description: str) -> TokenError:
    return TokenError("invalid_scope", description)


def invalid_target(description: str) -> TokenError:
    return TokenError("invalid_target", description)


def access_denied(description: str) -> TokenError:
    """Known, and not allowed: 403."""
    return TokenError("access_denied", description, status=403)
