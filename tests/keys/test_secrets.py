import base64
import secrets as system_secrets
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import peppers, secrets
from marketplace.env import EnvironmentProblem

PEPPER = system_secrets.token_bytes(32)
KEYS = st.builds(secrets.generate, st.sampled_from(["live", "sandbox"]))


@given(KEYS)
def test_a_generated_key_reads_back_as_itself(key: secrets.ParsedKey) -> None:
    assert secrets.parse(key.text) == key
    assert key.text.startswith(key.public_id + "_" + key.secret)


@given(KEYS, st.integers(0, 56 * 8 - 1))
def test_any_single_flipped_bit_is_refused(key: secrets.ParsedKey, bit: int) -> None:
    raw = bytearray(key.text.encode())
    raw[bit // 8 % len(raw)] ^= 1 << bit % 8
    assert secrets.parse(raw.decode("latin-1")) is None


@given(KEYS, st.integers(0, 55), st.sampled_from(secrets.ALPHABET))
def test_any_single_mistyped_letter_is_refused(
    key: secrets.ParsedKey, place: int, letter: str
) -> None:
    typed = key.text[:place] + letter + key.text[place + 1 :]
    assert (secrets.parse(typed) is None) == (typed != key.text)


@given(st.text(max_size=80))
def test_any_text_is_refused_without_a_crash(text: str) -> None:
    assert secrets.parse(text) is None


@pytest.mark.parametrize(
    "mangle",
    [
        lambda text: text + "\0",
        lambda text: text.replace(text[8], "٣", 1),
        lambda text: text * 20_000,
        lambda text: " " + text,
        lambda text: text + "\n",
        lambda text: text.upper(),
        lambda text: "",
    ],
)
def test_h03_nul_unicode_digits_and_a_megabyte_are_refused(mangle: Any) -> None:
    assert secrets.parse(mangle(secrets.generate().text)) is None


def test_the_layout_is_the_one_that_scanners_look_for() -> None:
    key = secrets.generate("sandbox", brand="acme")
    brand, letter, identity, rest = key.text.split("_")
    assert (brand, letter, len(identity), len(rest)) == ("acme", "t", 12, 38)
    assert secrets.parse(key.text, brand="acme") == key
    assert secrets.parse(key.text) is None


def test_a_key_shows_its_public_id_and_never_its_secret() -> None:
    key = secrets.generate()
    for shown in (str(key), repr(key), f"{key}"):
        assert key.public_id in shown
        assert key.secret not in shown


def test_h28_a_digest_serves_neither_another_id_nor_another_pepper() -> None:
    one, other = secrets.generate(), secrets.generate()
    transplanted = secrets.ParsedKey(
        "live", other.public_id, one.secret, f"{other.public_id}_{one.secret}000000"
    )
    kept = secrets.digest(one, PEPPER)
    assert secrets.same(kept, secrets.digest(one, PEPPER))
    assert not secrets.same(kept, secrets.digest(transplanted, PEPPER))
    assert not secrets.same(kept, secrets.digest(one, system_secrets.token_bytes(32)))


def test_the_pepper_file_is_made_once_and_closed_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KEY_PEPPERS", raising=False)
    first = peppers.load_peppers(tmp_path)
    assert peppers.load_peppers(tmp_path) == first
    assert len(peppers.newest(first)[1]) == 32
    made = tmp_path / peppers.FILE
    assert made.stat().st_mode & 0o077 == 0
    assert [path.name for path in made.parent.iterdir()] == [made.name]


def test_peppers_from_the_environment_keep_their_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (system_secrets.token_bytes(32) for _ in range(2))
    text = f"1:{base64.b64encode(old).decode()}, 7:{base64.b64encode(new).decode()}"
    monkeypatch.setenv("KEY_PEPPERS", text)
    assert peppers.load_peppers(tmp_path) == {1: old, 7: new}
    assert peppers.newest({1: old, 7: new}) == (7, new)


@pytest.mark.parametrize("text", ["1:***", "x:AAAA", "1:AAAA", ","])
def test_a_wrong_pepper_setting_is_named_and_not_repeated(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY_PEPPERS", text)
    with pytest.raises(EnvironmentProblem, match="KEY_PEPPERS") as problem:
        peppers.load_peppers(tmp_path)
    assert text not in str(problem.value)
