"""Slips of the pen: what the hand writes in place of a text. One that changes nothing returns the text."""

from __future__ import annotations

from random import Random

from tests.classroom.working import Pen


def sign(text: str, beside: list[str], rng: Random) -> str:
    return text[1:] if text.startswith("-") else "-" + text


def point_lost(text: str, beside: list[str], rng: Random) -> str:
    return text.replace(".", "")


def point_moved(text: str, beside: list[str], rng: Random) -> str:
    if "." not in text:
        return text
    whole, _, rest = text.partition(".")
    if rng.random() < 0.5 and len(rest) > 1:
        return f"{whole}{rest[0]}.{rest[1:]}"
    digits = whole.lstrip("-")
    return f"{whole[: len(whole) - len(digits)]}{digits[:-1] or '0'}.{digits[-1]}{rest}"


def exchanged(text: str, beside: list[str], rng: Random) -> str:
    pairs = [at for at in range(len(text) - 1) if text[at : at + 2].isdigit() and text[at] != text[at + 1]]
    if not pairs:
        return text
    at = rng.choice(pairs)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def one_digit(text: str, beside: list[str], rng: Random) -> str:
    at = rng.choice(_digits(text))
    return text[:at] + rng.choice([digit for digit in "0123456789" if digit != text[at]]) + text[at + 1 :]


def dropped(text: str, beside: list[str], rng: Random) -> str:
    at = rng.choice(_digits(text))
    return text[:at] + text[at + 1 :]


def doubled(text: str, beside: list[str], rng: Random) -> str:
    at = rng.choice(_digits(text))
    return text[: at + 1] + text[at] + text[at + 1 :]


def neighbouring(text: str, beside: list[str], rng: Random) -> str:
    return rng.choice(beside) if beside else text


def _digits(text: str) -> list[int]:
    return [at for at, char in enumerate(text) if char.isdigit()]


PENS: dict[str, Pen] = {
    "sign": sign,
    "point lost": point_lost,
    "point moved": point_moved,
    "digits exchanged": exchanged,
    "one digit": one_digit,
    "digit dropped": dropped,
    "digit doubled": doubled,
    "neighbouring box": neighbouring,
}
