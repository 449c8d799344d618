"""Lists a document's operations."""

from __future__ import annotations

from catalog.documents.operation import OperationSpec
from catalog.documents.operations_events import EventOperations
from catalog.documents.operations_http import HttpOperations
from catalog.documents.operations_swagger import SwaggerOperations
from catalog.documents.parse import Document

__all__ = ["OperationSpec", "operations"]


def operations(document: Document) -> list[OperationSpec]:
    """Every operation of a valid document in its order: paths, webhooks and callbacks, or events.

    What a reference fails to reach is left out; that it dangles is a finding.
    """
    match document.kind:
        case "asyncapi":
            return list(EventOperations(document.tree).all())
        case "swagger":
            return list(SwaggerOperations(document.tree).all())
        case "openapi":
            return list(HttpOperations(document.tree).all())
