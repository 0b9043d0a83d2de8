"""What optax gives for random steps of every update: `python -m tests.question_bank.optax_updates` writes the file.

Gradients, old values, rates and what was carried are random; 1,000 cases of each form, of four steps that follow each
other, and of gradients clipped by their norm. Needs `pip install jax optax`, which nothing else here does: the numbers
are kept in optax_updates.npz with the versions that made them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_suffix(".npz")
CASES = 1000
FORMS = [
    *(("momentum", form) for form in ("added", "subtracted", "summed", "averaged")),
    *(("rmsprop", form) for form in ("outside", "inside")),
    *(("adam", form) for form in ("outside", "inside")),
]
STEPS = (1, 2, 3)


def cases(rule: str, form: str) -> dict[str, np.ndarray]:
    """Numbers by the letters of their symbols, each (cases,); half of the cases have an epsilon that is seen."""
    rng = np.random.default_rng(list(f"{rule} {form}".encode()))
    step = rng.choice(STEPS, CASES)
    squares = rng.uniform(0.001, 2.0, CASES) if rule != "momentum" else rng.normal(0.0, 1.0, CASES)
    return {
        "step": step,
        "w": rng.normal(0.0, 2.0, CASES),
        "g": rng.normal(0.0, 1.0, CASES),
        "eta": rng.uniform(0.001, 0.9, CASES),
        "beta": rng.uniform(0.5, 0.99, CASES),
        "beta_1": rng.uniform(0.5, 0.99, CASES),
        "beta_2": rng.uniform(0.9, 0.999, CASES),
        "epsilon": np.where(rng.random(CASES) < 0.5, 1e-8, rng.uniform(0.001, 0.1, CASES)),
        "m": np.where(step == 1, 0.0, rng.normal(0.0, 0.5, CASES)),
        "v": np.where(step == 1, 0.0, squares),
    }


def by_optax(rule: str, form: str) -> np.ndarray:
    """The new values: (cases,)."""
    import jax

    jax.config.update("jax_enable_x64", True)
    columns = {name: column.tolist() for name, column in cases(rule, form).items()}
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    return np.array([_new_value(rule, form, row) for row in rows])


def _new_value(rule: str, form: str, at: dict[str, Any]) -> float:
    import jax.numpy as jnp
    import optax

    # With a rate that stays the same, a velocity that holds it is the running sum times the rate.
    held = {"added": -at["eta"], "subtracted": at["eta"]}.get(form, 1.0)
    carried = jnp.asarray(at["v"] / held)
    match rule, form:
        case "momentum", "averaged":
            transform, state = optax.ema(at["beta"], debias=False), optax.EmaState(jnp.asarray(0), carried)
        case "momentum", _:
            transform, state = optax.trace(at["beta"]), optax.TraceState(carried)
        case "rmsprop", _:
            transform = optax.scale_by_rms(at["beta"], at["epsilon"], eps_in_sqrt=form == "inside")
            state = optax.ScaleByRmsState(carried)
        case _:
            inside = form == "inside"
            outer, inner = (0.0, at["epsilon"]) if inside else (at["epsilon"], 0.0)
            transform = optax.scale_by_adam(at["beta_1"], at["beta_2"], eps=outer, eps_root=inner)
            state = optax.ScaleByAdamState(jnp.asarray(at["step"] - 1), jnp.asarray(at["m"]), carried)
    w = jnp.asarray(at["w"])
    direction, _ = transform.update(jnp.asarray(at["g"]), state, w)
    return float(optax.apply_updates(w, -at["eta"] * direction))


RUN = 4
"""Steps of a run."""


def run_cases(rule: str, form: str) -> dict[str, np.ndarray]:
    """Numbers of runs from the first step on, each (cases,), but the gradients, which are given: (cases, steps)."""
    numbers = cases(rule, form)
    rng = np.random.default_rng(list(f"runs of {rule} {form}".encode()))
    return {**numbers, "g": rng.normal(0.0, 1.0, (CASES, RUN))}


def runs_by_optax(rule: str, form: str) -> np.ndarray:
    """The values after each step: (cases, steps)."""
    import jax
    import jax.numpy as jnp
    import optax

    jax.config.update("jax_enable_x64", True)
    numbers = {name: jnp.asarray(column) for name, column in run_cases(rule, form).items()}

    def run(at: dict[str, Any]) -> Any:
        match rule, form:
            case "momentum", "averaged":
                transform = optax.ema(at["beta"], debias=False)
            case "momentum", _:
                transform = optax.trace(at["beta"])
            case "rmsprop", _:
                transform = optax.scale_by_rms(at["beta"], at["epsilon"], eps_in_sqrt=form == "inside")
            case _:
                inside = form == "inside"
                outer, inner = (0.0, at["epsilon"]) if inside else (at["epsilon"], 0.0)
                transform = optax.scale_by_adam(at["beta_1"], at["beta_2"], eps=outer, eps_root=inner)
        w, found = at["w"], []
        state = transform.init(w)
        for step in range(RUN):
            direction, state = transform.update(at["g"][step], state, w)
            w = optax.apply_updates(w, -at["eta"] * direction)
            found.append(w)
        return jnp.stack(found)

    return np.asarray(jax.vmap(run)(numbers))


CLIPPED = 4
"""Gradients that are clipped together."""


def clipped_cases() -> dict[str, np.ndarray]:
    """Values and gradients of several parameters (cases, parameters), a learning rate and a norm each, (cases,)."""
    rng = np.random.default_rng(list(b"clipped"))
    return {
        "w": rng.normal(0.0, 2.0, (CASES, CLIPPED)),
        "g": rng.normal(0.0, 1.0, (CASES, CLIPPED)),
        "eta": rng.uniform(0.001, 0.9, CASES),
        "clip": rng.uniform(0.1, 4.0, CASES),
    }


def clipped_by_optax() -> np.ndarray:
    """The new values after plain steps with gradients that were clipped by their norm: (cases, parameters)."""
    import jax
    import jax.numpy as jnp
    import optax

    jax.config.update("jax_enable_x64", True)
    numbers = clipped_cases()
    found = []
    for w, g, eta, clip in zip(*(jnp.asarray(numbers[name]) for name in ("w", "g", "eta", "clip")), strict=True):
        transform = optax.chain(optax.clip_by_global_norm(clip), optax.scale(-eta))
        direction, _ = transform.update(list(g), transform.init(list(w)), list(w))
        found.append(optax.apply_updates(list(w), direction))
    return np.array(found, dtype=float)


def main() -> None:
    """Write the file anew."""
    import jax
    import optax

    found = {f"{rule} {form}": by_optax(rule, form) for rule, form in FORMS}
    found |= {f"runs of {rule} {form}": runs_by_optax(rule, form) for rule, form in FORMS}
    found["clipped"] = clipped_by_optax()
    found["versions"] = np.array([f"optax {optax.__version__}", f"jax {jax.__version__}"])
    np.savez_compressed(FILE, allow_pickle=False, **found)


if __name__ == "__main__":
    main()
