"""What a question asks for, in phrases whose symbols are LaTeX."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from grader.sheets.content.back import through_weights
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.expression import Ref, call
from question_bank.expressions.names import GRADIENT, QUOTIENT, UPDATED, Derived, Letter, Name, Symbol
from question_bank.expressions.precision import RECORDED_ROLES, Precision
from question_bank.language.counts import listed_in_words, number_word
from question_bank.language.words import _, pieces
from question_bank.networks.links import LONGEST, PATHS, SHORTEST, ways_to
from question_bank.networks.model import roles_of
from question_bank.networks.notation import (
    any_error,
    entering_letters,
    equation,
    last_matrix,
    latex_derivative,
    latex_letter_of,
    latex_name,
    printed_phrase,
    target_symbol,
)
from question_bank.networks.updates import PLAIN_UPDATE

_MOST_TERMS = 6
_MOST_NAMED, _MOST_LISTED = 9, 3
"""Values that a task names one by one, and that a heading does."""


class Task:
    """What a task says of a derivation."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self._model = derivation.model

    def error(self) -> dict[str, str]:
        """Error terms of any unit, what they are the derivative of, and what comes back to outputs, as LaTeX."""
        entering, error, back = map(Letter, (entering_letters()[0], any_error(), any_error(back=True)))
        derivative = latex_derivative(self.derivation.graph.loss, entering)
        return {
            "is": error.text,
            "of": "" if error.text == derivative else derivative,
            "entering": entering.text,
            "back": back.text,
            "back_of_layer": equation(back, through_weights(Letter(last_matrix()), error)),
        }

    def routes(self) -> dict[str, str] | None:
        """Of routes the weight where they begin, the connections past a layer, and a count of ways, as LaTeX."""
        links = self._model.conventions().links
        if links is None:
            return None
        unit = links.counted[0]
        return {
            "weight": latex_name(links.begins.name),
            "past": latex_name(Symbol(links.past[0].name.letter)) if links.past else "",
            "unit": latex_name(unit),
            "ways": latex_name(ways_to(unit)),
            "loss": latex_name(self._model.picture()[-1][0]),
            "paths": latex_name(PATHS),
            "ticked": latex_letter_of("t"),
            "shortest": latex_name(SHORTEST),
            "longest": latex_name(LONGEST),
        }

    def named(self, name: Name) -> str:
        """LaTeX of a value of this question."""
        return target_symbol(name, self.derivation.parameter, self.derivation.graph.loss)

    def asked_for(self, updated: Sequence[Symbol]) -> list[str]:
        """What is asked for, in short: derivatives and new values, of an optimiser alone where its steps lead."""
        derivation = self.derivation
        end = derivation.graph.loss
        if self._model.conventions().optimiser is not None:
            return [listed_latex([latex_name(one) for column in self._model.picture()[1:] for one in column])]
        if derivation.is_forward or derivation.is_local:
            return [listed_latex([latex_name(value) for value in derivation.answers])]
        gradients = listed_latex([target_symbol(GRADIENT, value, end) for value in derivation.asked])
        if derivation.layout.quantity in ("gradient", "error"):
            return [gradients]
        if derivation.layout.quantity == "quotient":
            return [gradients, self.named(QUOTIENT)]
        if derivation.passes:
            return [gradients, listed_latex([latex_name(derivation.updated_of(value)) for value in updated])]
        return [gradients, listed_latex([target_symbol(UPDATED, value) for value in updated])]

    def descent(self) -> dict[str, Any] | None:
        """Of an optimiser alone its function and its start, as LaTeX; `gradients` are those of every step."""
        alone = self._model.conventions().optimiser
        if alone is None:
            return None
        function = call("applied", *(Ref(Letter(letter)) for letter in ("f", *alone.letters)))
        return {
            "function": None if alone.function is None else equation(function, alone.function),
            "start": [latex_name(one) for one in alone.start],
            "letters": [*alone.letters],
            "gradients": listed_latex([latex_name(one) for one in alone.gradients]),
        }

    def several(self, asked: Sequence[Symbol]) -> Iterator[dict[str, str]]:
        """Some of what is asked for, or where a forward pass leads: in words where it is all, else symbols.

        Nothing where a single value is asked for: that has a phrase of its own.
        """
        derivation, parameters = self.derivation, list(self._model.parameters())
        if len(derivation.asked) == 1 and not derivation.is_forward:
            return
        headings = self._whole_tables(asked)
        if headings:
            yield from _put_in(
                listed_in_words([_("every entry of {table}"), *[_("of {table}")] * (len(headings) - 1)]), headings
            )
            return
        if list(asked) == parameters:
            yield {"form": "words", "text": self._all_parameters()}
            return
        shown = [*asked[:3], asked[-1]] if len(asked) > _MOST_NAMED else [*asked]
        named = ["{symbol}"] * len(shown)
        if len(shown) < len(asked):
            named.insert(-1, "…")
        yield from _put_in(listed_in_words(named), shown)

    def _all_parameters(self) -> str:
        roles = {*roles_of(self._model).values()}
        if said := self._model.conventions().all_asked:
            return said
        if "weights" not in roles:
            return _("every input")
        return _("all weights and biases") if "biases" in roles else _("all weights")

    def _whole_tables(self, asked: Sequence[Symbol]) -> list[Symbol]:
        """What heads the grids of which all is asked, where many entries are and no others."""
        whole = [table for table in self._model.tables() if {*asked}.issuperset(table.symbols)]
        many = len(asked) > _MOST_LISTED and all(table.is_grid or not table.layer_matrix for table in whole)
        return [table.heading for table in whole] if many and len(asked) == sum(len(t.symbols) for t in whole) else []

    def where(self) -> list[dict[str, str]]:
        """Where the parameter sits: a phrase in its parts, symbols as LaTeX."""
        return printed_phrase(self._model.where(self.derivation.parameter))

    def products(self) -> str:
        """`P_1 + P_2`, with dots in the middle where there are many; of paths to be found nobody says how many."""
        names = [latex_name(path.product) for path in self.derivation.paths]
        if self.derivation.layout.paths == "find":
            names = [*(latex_name(Derived("product", number)) for number in (1, 2)), r"\dots"]
        elif len(names) > _MOST_TERMS:
            names = [*names[:2], r"\dots", names[-1]]
        return " + ".join(names)


def _put_in(sentence: str, symbols: Iterable[Symbol]) -> Iterator[dict[str, str]]:
    """A sentence in parts: its words, and a symbol at each of its places."""
    waiting = iter(symbols)
    for words, place in pieces(sentence):
        if words:
            yield {"form": "words", "text": words}
        if place is not None:
            yield {"form": "symbol", "text": latex_name(next(waiting))}


def listed_latex(formulas: Sequence[str]) -> str:
    """LaTeX of several; of many the first and the last."""
    shown = formulas if len(formulas) <= _MOST_LISTED else [formulas[0], r"\dots", formulas[-1]]
    return ", ".join(shown)


def precision_words(precision: Precision, derivation: Derivation) -> dict[str, Any]:
    """What `task.html` says about recorded places: the roles that are written, together where they have the same."""
    layout = derivation.layout
    unwritten: set[str] = {"forward"} if layout.forward == "given" else set()
    if layout.one_box:
        unwritten.add("product")
    if not layout.arrangement.local:
        unwritten.add("factor")
    if layout.quantity not in ("updated", "quotient"):
        unwritten.add("update")
    alone = derivation.model.conventions().optimiser is not None
    if alone or layout.quantity in ("forward", "local"):
        written = {derivation.step(slot.step).role for slot in derivation.slots}
        unwritten = {role for role in RECORDED_ROLES if role not in written}
    groups: list[dict[str, Any]] = []
    for role in RECORDED_ROLES:
        if role in unwritten:
            continue
        places = precision.of(role)
        if groups and groups[-1]["places"] == places:
            groups[-1]["roles"].append(role)
        else:
            # "four decimals for factors, six for products"
            same = bool(groups) and groups[-1]["places"].kind == places.kind and places.count > 1
            words = number_word(places.count) if same else places.words
            groups.append({"words": words, "roles": [role], "places": places, "same": same})
    several = layout.update is not None and layout.update != PLAIN_UPDATE
    return {
        "groups": groups,
        "scratch": precision.scratch,
        "several_steps": several,
        "working": layout.working,
        "alone": alone,
        "checks": layout.quantity == "quotient",
        "exact": precision.exact,
    }
