"""Serializers that refuse what they do not know."""

from typing import Any

from rest_framework import serializers

from marketplace.rest.problems import UNKNOWN_FIELD


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown and read-only fields instead of dropping them in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            known = {name for name, field in self.fields.items() if not field.read_only}
            unknown = sorted(str(key) for key in data if key not in known)
            if unknown:
                raise serializers.ValidationError(
                    {name: ["This field does not exist here."] for name in unknown},
                    code=UNKNOWN_FIELD,
                )
        return super().to_internal_value(data)


def checked(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """The validated data of a request body.

    Raises DRF's ValidationError, rendered as 400 (unknown field) or 422.
    """
    instance = serializer(data=data)
    instance.is_valid(raise_exception=True)
    return dict(instance.validated_data)
