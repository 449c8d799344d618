"""Reading API documents: OpenAPI 2.0 to 3.2 and AsyncAPI 2 and 3, without Django.

A document is foreign text. `sandbox.read` parses, validates and lists it in a process that can be
killed; everything else here is plain functions over the tree that comes out.
"""
