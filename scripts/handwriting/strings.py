"""What a student writes into a box: numbers as strings, without a thought of any question."""

import numpy as np


def number(rng: np.random.Generator) -> str:
    """A number as a student may write it: mostly decimals, some integers, fractions and powers of ten."""
    return sign(rng) + str(rng.choice(KINDS, p=PARTS)(rng))


def sign(rng: np.random.Generator) -> str:
    """No sign mostly, often a minus, seldom a plus."""
    return str(rng.choice(["", "-", "+"], p=[0.6, 0.385, 0.015]))


def digits(rng: np.random.Generator, least: int, most: int) -> str:
    """From ``least`` to ``most`` digits."""
    return "".join(rng.choice(list("0123456789"), rng.integers(least, most + 1)))


def point(rng: np.random.Generator) -> str:
    """A point or a comma."""
    return str(rng.choice([".", ","], p=[0.65, 0.35]))


def below_one(rng: np.random.Generator) -> str:
    """A decimal below one, with or without its 0, with noughts after the point."""
    leading = "0" if rng.random() < 0.85 else ""
    return leading + point(rng) + "0" * int(rng.choice(4, p=[0.6, 0.25, 0.1, 0.05])) + digits(rng, 1, 5)


def decimal(rng: np.random.Generator) -> str:
    """A decimal with digits before the point."""
    return digits(rng, 1, 3) + point(rng) + digits(rng, 1, 4)


def whole(rng: np.random.Generator) -> str:
    """An integer."""
    return digits(rng, 1, 4)


def fraction(rng: np.random.Generator) -> str:
    """A fraction of integers."""
    return digits(rng, 1, 3) + "/" + digits(rng, 1, 3)


def power(rng: np.random.Generator) -> str:
    """A power of ten, by a letter or a times sign."""
    mantissa = digits(rng, 1, 1) + (point(rng) + digits(rng, 1, 3) if rng.random() < 0.8 else "")
    between = "e" if rng.random() < 0.5 else "x10"
    return mantissa + between + ("-" if rng.random() < 0.8 else "") + digits(rng, 1, 1)


KINDS = np.array([below_one, decimal, whole, fraction, power], dtype=object)
PARTS = [0.5, 0.22, 0.1, 0.06, 0.12]
