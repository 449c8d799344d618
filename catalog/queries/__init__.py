"""Reads for pages and REST, each with a name and a known number of queries."""

from catalog.queries.apis import api_for, document_of, narrowed_rows, version_for

__all__ = ["api_for", "document_of", "narrowed_rows", "version_for"]
