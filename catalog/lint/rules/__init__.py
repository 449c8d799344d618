"""The rules, a module a family. Each module has `RULES`; its docstring is its chapter's title."""
