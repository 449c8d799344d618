"""The rules, one module a family; `registry.py` finds them by listing this folder.

A module holds RULES, what it can report, and where it concerns schemas `check(node)`.
"""
