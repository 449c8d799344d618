"""The capability vocabulary is well-formed and understands other people's words."""

from collections import Counter

import pytest

from catalog.capabilities import (
    BY_ID,
    CAPABILITIES,
    children_of,
    lineage,
    mentioned_in,
    named,
    within,
)


def test_every_id_is_there_once_and_its_parent_stands_before_it() -> None:
    seen: set[str] = set()
    for each in CAPABILITIES:
        assert each.id not in seen
        assert each.parent is None or each.parent in seen
        seen.add(each.id)
    assert len(seen) >= 60


def test_no_word_means_two_capabilities() -> None:
    terms = Counter(term for each in CAPABILITIES for term in (each.label.lower(), *each.synonyms))
    assert [term for term, count in terms.items() if count > 1] == []


def test_words_are_lower_case_and_not_empty() -> None:
    for each in CAPABILITIES:
        for term in each.synonyms:
            assert term
            assert term == term.lower().strip()


@pytest.mark.parametrize(
    ("term", "meant"),
    [
        ("payments.refunds", "payments.refunds"),
        ("Money  Back", "payments.refunds"),
        ("refunds", "payments.refunds"),
        ("parcels", "logistics.tracking"),
        ("Feature toggle", "platform.flags"),
        ("LLM", "ai.completion"),
    ],
)
def test_a_term_is_understood_by_id_label_synonym_and_plural(term: str, meant: str) -> None:
    found = named(term)
    assert found is not None
    assert found.id == meant


def test_a_term_that_is_not_in_the_vocabulary_means_nothing() -> None:
    assert named("zebra") is None
    assert named("") is None


def test_a_facet_matches_everything_below_it_and_nothing_beside_it() -> None:
    assert "payments.refunds" in within("payments")
    assert within("payments.refunds") == {"payments.refunds"}
    assert not within("places") & within("payments")


def test_lineage_runs_from_the_general_to_the_special() -> None:
    assert [each.id for each in lineage("ai.embeddings")] == ["ai", "ai.embeddings"]
    with pytest.raises(KeyError):
        lineage("ai.telepathy")


def test_children_cover_the_vocabulary() -> None:
    top = children_of(None)
    assert {each.id for each in top} | {
        child.id for each in top for child in children_of(each.id)
    } == set(BY_ID)


def test_a_text_mentions_capabilities_with_the_longest_phrase_winning() -> None:
    text = "Subscribe to a Kafka topic to learn of each refund; the purchase order stays."
    found = [each.id for each in mentioned_in(text)]
    assert found == ["events", "events", "events", "payments.refunds", "finance.procurement"]
