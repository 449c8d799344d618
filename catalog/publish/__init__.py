"""From a document's bytes to a published version: read, judge, compare, tell, store."""

from catalog.publish.publish import publish_version
from catalog.publish.report import PublishReport

__all__ = ["PublishReport", "publish_version"]
