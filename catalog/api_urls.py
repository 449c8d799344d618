"""REST paths under /api/v1."""

from django.urls import path

from catalog.api.apis import ApiDetail, Apis
from catalog.api.retirement import Acknowledgements, Retirement
from catalog.api.search import Search
from catalog.api.versions import (
    DiffFiles,
    VersionDetail,
    VersionDiff,
    VersionDocument,
    VersionFindings,
    VersionOperations,
    Versions,
)

urlpatterns = [
    path("apis", Apis.as_view()),
    path("apis/<str:slug>", ApiDetail.as_view()),
    path("apis/<str:slug>/versions", Versions.as_view()),
    path("apis/<str:slug>/versions/<str:version>", VersionDetail.as_view()),
    path("apis/<str:slug>/versions/<str:version>/document", VersionDocument.as_view()),
    path("apis/<str:slug>/versions/<str:version>/operations", VersionOperations.as_view()),
    path("apis/<str:slug>/versions/<str:version>/findings", VersionFindings.as_view()),
    path("apis/<str:slug>/versions/<str:version>/diff", VersionDiff.as_view()),
    path("apis/<str:slug>/retirement", Retirement.as_view()),
    path("apis/<str:slug>/acknowledgements", Acknowledgements.as_view()),
    path("diff", DiffFiles.as_view()),
    path("search", Search.as_view()),
]
