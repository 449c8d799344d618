"""Reads for pages and REST, each with a name, from rollups, charges and the ledger."""
