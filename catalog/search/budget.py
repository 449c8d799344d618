"""An answer cut to a budget of tokens, for an agent that pays for each and has room for few."""

import re
from collections.abc import Sequence
from math import ceil
from typing import Any

import orjson

CHARACTERS_A_TOKEN = 3  # fewer than any tokenizer at hand averages over JSON
LETTERS_A_TOKEN = 5
DIGITS_A_TOKEN = 3
SIGNS_A_TOKEN = 2
PIECE = re.compile(r"([A-Za-z]+)|([0-9]+)|(\s+)|([!-/:-@\[-`{-~]+)|(.)", re.DOTALL)


def tokens_in(text: str) -> int:
    """At most how many tokens a text is. An estimate from above, by characters and by words,
    numbers and signs; what is not ASCII counts its bytes."""
    count = 0
    for letters, digits, blanks, signs, other in PIECE.findall(text):
        if letters:
            count += ceil(len(letters) / LETTERS_A_TOKEN)
        elif digits:
            count += ceil(len(digits) / DIGITS_A_TOKEN)
        elif signs:
            count += ceil(len(signs) / SIGNS_A_TOKEN)
        else:
            count += 1 if blanks else len(other.encode())
    return max(count, ceil(len(text.encode()) / CHARACTERS_A_TOKEN))


def cost_of(value: Any) -> int:
    """The tokens of a value as JSON."""
    return tokens_in(orjson.dumps(value).decode())


def within_tokens(items: Sequence[dict[str, Any]], most: int) -> tuple[list[dict[str, Any]], bool]:
    """As many items as fit into `most` tokens, the last with fewer operations if need be; and
    whether something was left out."""
    kept: list[dict[str, Any]] = []
    left = most
    for item in items:
        operations = item["operations"]
        cut = {**item, "operations": [], "more": item["more"] + len(operations)}
        cost = cost_of(cut) + 1
        if cost > left:
            return kept, True
        left -= cost
        kept.append(cut)
        for operation in operations:
            cost = cost_of(operation) + 1
            if cost > left:
                return kept, True
            left -= cost
            cut["operations"].append(operation)
            cut["more"] -= 1
    return kept, False
