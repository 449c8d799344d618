"""The contrast of every pair of tokens that meet, computed from the CSS itself (WCAG 2.2 AA)."""

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).resolve().parent.parent.parent / "static/css/app.css").read_text()
TOKENS: dict[str, tuple[str, str]] = {
    name: (light, dark or light)
    for name, light, dark in re.findall(
        r"--([\w-]+):(?:light-dark\()?(#[0-9a-f]{6})(?:,(#[0-9a-f]{6})\))?;", CSS
    )
}
HUES = ("accent", "green", "amber", "red", "violet", "teal", "muted")
GROUNDS = ("canvas", "surface", "raised", "sunken", "hover", "selected")
SOFT = {"light": 0.10, "dark": 0.17}
Colour = tuple[float, float, float]


def linear(value: str) -> Colour:
    parts = [int(value[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return red, green, blue


def to_oklab(colour: Colour) -> Colour:
    red, green, blue = colour
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def from_oklab(colour: Colour) -> Colour:
    light, a, b = colour
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def mixed(over: str, under: str, share: float) -> Colour:
    """`color-mix(in oklab, over share, under)`."""
    a, b = to_oklab(linear(over)), to_oklab(linear(under))
    x, y, z = (share * p + (1 - share) * q for p, q in zip(a, b, strict=True))
    return from_oklab((x, y, z))


def contrast(one: Colour, other: Colour) -> float:
    def luminance(colour: Colour) -> float:
        return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def token(name: str, theme: str) -> str:
    return TOKENS[name][0 if theme == "light" else 1]


def test_the_measure_agrees_with_known_values() -> None:
    assert contrast(linear("#000000"), linear("#ffffff")) == pytest.approx(21)
    assert contrast(linear("#777777"), linear("#ffffff")) == pytest.approx(4.48, abs=0.01)
    assert len(TOKENS) >= 24


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("name", ["text", "faint", *HUES])
def test_text_can_be_read_on_every_ground(name: str, ground: str, theme: str) -> None:
    pair = linear(token(name, theme)), linear(token(ground, theme))
    assert contrast(*pair) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["surface", "raised"])
@pytest.mark.parametrize("name", HUES)
def test_a_hue_can_be_read_on_its_own_soft_fill(name: str, ground: str, theme: str) -> None:
    hue = token(name, theme)
    fill = mixed(hue, token(ground, theme), SOFT[theme])
    assert contrast(linear(hue), fill) >= 4.5
    assert contrast(linear(token("text", theme)), fill) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["solid", "solid-hover", "danger", "danger-hover"])
def test_the_label_of_a_filled_button_can_be_read(name: str, theme: str) -> None:
    assert contrast(linear(token("on-solid", theme)), linear(token(name, theme))) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["canvas", "surface", "raised"])
def test_the_border_of_a_control_and_the_focus_ring_can_be_seen(ground: str, theme: str) -> None:
    for name in ("control", "accent"):
        assert contrast(linear(token(name, theme)), linear(token(ground, theme))) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_search_match_can_be_read(theme: str) -> None:
    assert contrast(linear(token("text", theme)), linear(token("highlight", theme))) >= 4.5
