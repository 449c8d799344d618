"""The catalog's rows: APIs, their versions and documents, and everything found in them."""

from catalog.models.api import Api, ApiCapability, Plan
from catalog.models.change import Acknowledgement, Change, ImpactLine
from catalog.models.finding import Finding, Silence
from catalog.models.operation import Example, Fragment, Operation
from catalog.models.search import SearchEntry, SearchStem, SearchWord
from catalog.models.upload import Upload
from catalog.models.version import Document, Version
from catalog.models.watch import Notice, Subscription

__all__ = [
    "Acknowledgement",
    "Api",
    "ApiCapability",
    "Change",
    "Document",
    "Example",
    "Finding",
    "Fragment",
    "ImpactLine",
    "Notice",
    "Operation",
    "Plan",
    "SearchEntry",
    "SearchStem",
    "SearchWord",
    "Silence",
    "Subscription",
    "Upload",
    "Version",
]
