"""Personal data and secrets"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.lint.places import on_field
from catalog.lint.rule import Hit, Rule
from catalog.lint.schemas import Field, Node, kinds_of
from catalog.lint.survey import Survey
from catalog.lint.words import joined, quoted

# fmt: off
CLASSIFIES = (
    "x-data-class", "x-data-classification", "x-classification", "x-personal-data", "x-pii",
    "x-sensitive", "x-sensitivity", "x-privacy", "x-gdpr",
)
PERSONAL = frozenset([
    "email", "e_mail", "email_address", "mail_address", "iban", "bank_account_number",
    "bank_account", "card_number", "pan", "cvv", "cvc", "first_name", "last_name", "given_name",
    "family_name", "surname", "full_name", "maiden_name", "birth_date", "date_of_birth",
    "birthdate", "birthday", "dob", "birth_place", "place_of_birth", "phone", "phone_number",
    "mobile", "mobile_phone", "mobile_number", "telephone", "msisdn", "fax", "street",
    "street_address", "address_line_1", "address_line1", "address_line_2", "home_address",
    "postal_address", "ssn", "social_security_number", "national_id", "national_insurance_number",
    "tax_id", "tin", "passport", "passport_number", "driving_licence", "driver_license",
    "license_plate", "licence_plate", "ip_address", "client_ip", "gender", "nationality",
    "ethnicity", "religion", "marital_status", "salary", "health_data",
    "account_holder", "holder_name", "cardholder_name", "face_image",
    "signature_image", "biometric", "id_card_number",
])
PASSWORDS = frozenset(["password", "passwd", "new_password", "old_password", "current_password",
                       "passphrase", "pin_code"])
NEVER_GIVEN = frozenset([*PASSWORDS, "cvv", "cvc", "card_security_code", "private_key",
                         "password_hash", "hashed_password", "pin", "security_answer"])
# fmt: on


def is_classified(holder: Mapping[str, Any]) -> bool:
    return any(word in holder for word in CLASSIFIES)


def personal_fields(survey: Survey) -> Iterable[Field]:
    """Every property, where any is personal: a document without personal data has no such place."""
    fields = survey.fields
    return fields if any(joined(field.name) in PERSONAL for field in fields) else ()


def unclassified(survey: Survey, field: Field) -> Hit | None:
    if joined(field.name) not in PERSONAL or "boolean" in kinds_of(field.schema):
        return None
    around = (field.site, field.schema, survey.info, survey.tree)
    if any(is_classified(holder) for holder in around):
        return None
    node: Node | None = field.node
    while node is not None:
        if is_classified(node.schema):
            return None
        node = node.parent
    if is_classified(survey.raw(field.node.operation)):
        return None
    said = f"{quoted(field.name)} looks like personal data and bears no data class"
    return on_field(field, said)


def passwords_in(survey: Survey) -> Iterable[Field]:
    return [
        field
        for field in survey.input_fields
        if joined(field.name) in PASSWORDS and "string" in kinds_of(field.schema)
    ]


def readable_password(_: Survey, field: Field) -> Hit | None:
    if "format" in field.schema or "writeOnly" in field.schema or "enum" in field.schema:
        return None
    fix = None
    if field.schema is field.site:
        at = f"{field.pointer}/format"
        fix = ({"op": "add", "path": at, "value": "password"},)
    return on_field(field, f"{quoted(field.name)} is shown like any text", fix)


def given_fields(survey: Survey) -> Iterable[Field]:
    return survey.output_fields


def given_away(_: Survey, field: Field) -> Hit | None:
    if joined(field.name) not in NEVER_GIVEN or not {"string"} & set(kinds_of(field.schema)):
        return None
    if field.schema.get("writeOnly") is True or field.site.get("writeOnly") is True:
        return None
    return on_field(field, f"{quoted(field.name)} is given to callers")


RULES = [
    Rule(
        id="personal-data-unclassified",
        level="warning",
        title="Personal data bears a data class",
        why="Redaction, residency, retention and who may ask are decided by the class; what bears"
        " none passes all of them.",
        mend="Add `x-data-class` (public, internal, confidential, restricted) to the property, its"
        " object, the operation, or `info` for all.",
        before="""
            iban:
              type: string
        """,
        after="""
            iban:
              type: string
              x-data-class: confidential
        """,
        applies_to="both",
        places=personal_fields,
        check=unclassified,
        sources=("GDPR Art. 30",),
    ),
    Rule(
        id="password-readable",
        level="info",
        title="Passwords are marked as such",
        why="Forms, logs and recorded samples show what nothing marks as secret.",
        mend="Add `format: password`, and `writeOnly: true`.",
        before="""
            password:
              type: string
        """,
        after="""
            password:
              type: string
              format: password
        """,
        applies_to="both",
        places=passwords_in,
        check=readable_password,
    ),
    Rule(
        id="secret-given",
        level="error",
        title="Secrets are never given back",
        why="Each answer that holds a password or a card's code is a leak waiting for its log.",
        mend="Mark it `writeOnly: true`, and leave it out of answers.",
        before="""
            # in an answer
            password:
              type: string
        """,
        after="""
            password:
              type: string
              writeOnly: true
        """,
        applies_to="both",
        places=given_fields,
        check=given_away,
        sources=("OWASP API3:2023",),
    ),
]
