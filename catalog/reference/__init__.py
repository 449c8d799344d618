"""The reference: what an operation takes and answers, read from pieces of the document.

Publishing splits a document into fragments; a page loads the few that its operation refers to,
draws two levels of their schemas, and leaves the rest to a click. No page parses a document.
"""
