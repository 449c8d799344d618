"""Lint: rules over API documents, and the grade that sums them up. Stands without Django, so that
it runs beside the parser."""
