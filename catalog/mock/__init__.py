"""Answers made of a document: its examples, or values that satisfy its schemas."""
