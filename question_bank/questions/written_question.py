"""A question in files: the network with its numbers, what is asked of it, and the places to record."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, PlainSerializer, PlainValidator, model_serializer, model_validator

from question_bank.derivations.arrangements import Working
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import printed_lines
from question_bank.derivations.layout import Correct, ErrorSign, Layout, PathsShown, Quantity
from question_bank.errors import NetworkError, found_text
from question_bank.expressions.names import Symbol, is_line, named
from question_bank.expressions.precision import Places, Precision
from question_bank.networks.attention import Attention
from question_bank.networks.batch import Minibatch
from question_bank.networks.circuit import Circuit
from question_bank.networks.convolution import Convolution
from question_bank.networks.dense import Dense
from question_bank.networks.descent import Descent
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.logits import Logits
from question_bank.networks.rational import require_rational
from question_bank.networks.recurrent import Recurrent
from question_bank.networks.routes import Routes
from question_bank.networks.updates import EPSILON, PLAIN_UPDATE, RATE, Update
from question_bank.questions.asked import asked_symbols, problem_of_working, working_of
from question_bank.questions.document import Document, Flag, Number, Whole, require_known
from question_bank.questions.problem import Problem
from question_bank.questions.question import EXACT, Question
from question_bank.questions.update_part import WrittenUpdate
from question_bank.questions.written_models.written_attention import WrittenAttention
from question_bank.questions.written_models.written_batch import WrittenBatch
from question_bank.questions.written_models.written_circuit import WrittenCircuit
from question_bank.questions.written_models.written_convolution import WrittenConvolution
from question_bank.questions.written_models.written_descent import WrittenDescent
from question_bank.questions.written_models.written_logits import WrittenLogits
from question_bank.questions.written_models.written_network import WrittenNetwork, first_layer_is_exact
from question_bank.questions.written_models.written_recurrent import WrittenRecurrent
from question_bank.questions.written_models.written_routes import WrittenRoutes

WRITTEN: dict[str, tuple[type[Any], Callable[[Any, Mapping[Symbol, float]], Document]]] = {
    "network": (Dense, WrittenNetwork.of),
    "circuit": (Circuit, WrittenCircuit.of),
    "recurrent": (Recurrent, WrittenRecurrent.of_network),
    "convolution": (Convolution, WrittenConvolution.of_network),
    "attention": (Attention, WrittenAttention.of_network),
    "logits": (Logits, WrittenLogits.of_network),
    "batch": (Minibatch, WrittenBatch.of_model),
    "descent": (Descent, WrittenDescent.of_model),
    "routes": (Routes, WrittenRoutes.of_model),
}
"""The tables of which a question has one: the kind of model that each writes, and how, with its numbers."""
_Network = WrittenNetwork | WrittenBatch | WrittenCircuit
_Tables = WrittenRecurrent | WrittenConvolution | WrittenAttention | WrittenLogits | WrittenDescent | WrittenRoutes
_Written = _Network | _Tables


class WrittenError(Document):
    """The error in a worked solution: which step is worked by which misconception, and which of its variants."""

    step: str
    misconception: str
    variant: Whole = 1


class Ask(Document):
    """What is asked of a network: `parameter` is one value's key, `parameters` are several, `"all"`, or `"layer 1"`.

    With the quantity "forward" there is neither: all values of the forward pass are asked.
    """

    parameter: str | None = None
    parameters: str | tuple[str, ...] | None = None
    quantity: Quantity = "gradient"
    learning_rate: Number | None = None
    update: WrittenUpdate | None = None
    epsilon: Number | None = None
    paths: PathsShown = "given"
    error_sign: ErrorSign = "derivative"
    count_parameters: Flag = False
    planted: WrittenError | None = None
    correct: Correct = "gradient"
    one_box: Flag = False
    """Whether a single path's product and the gradient are one box; questions from before that was so do not say."""
    working: Working | None = None

    @model_validator(mode="after")
    def _is_one_question(self) -> Ask:
        if self.quantity == "forward":
            for place in ("parameter", "parameters", "learning_rate", "update", "epsilon", "working"):
                if getattr(self, place) is not None:
                    raise NetworkError(
                        'beside quantity = "forward", which asks for the forward pass and nothing behind it',
                        place=f"ask.{place}",
                        remedy="take the key away",
                    )
        elif self.count_parameters:
            raise NetworkError(
                f"beside quantity = {self.quantity!r}",
                place="ask.count_parameters",
                expected='quantity = "forward"',
                remedy="take the key away",
            )
        elif (self.parameter is None) == (self.parameters is None):
            raise NetworkError(
                "no parameter is asked for" if self.parameter is None else "parameter beside parameters",
                place="ask.parameter" if self.parameter is None else "ask.parameters",
                expected="one of the two: a key, or several",
            )
        return self

    @model_validator(mode="after")
    def _has_a_rate(self) -> Ask:
        if (self.quantity == "updated" or self.update) and self.learning_rate is None:
            raise NetworkError(
                "an updated value without a learning rate", place="ask.learning_rate", expected="a number"
            )
        if self.learning_rate is not None and self.learning_rate < 0:
            raise NetworkError(
                f"learning_rate is {self.learning_rate:g}",
                place="ask.learning_rate",
                expected="0 or more: a step goes down",
            )
        return self

    @model_validator(mode="after")
    def _has_an_epsilon(self) -> Ask:
        if (self.quantity == "quotient") != (self.epsilon is not None):
            missing = self.epsilon is None
            raise NetworkError(
                "a difference quotient without epsilon" if missing else f'epsilon beside quantity = "{self.quantity}"',
                place="ask.epsilon",
                expected="how far the parameter is moved, such as 0.01" if missing else 'quantity = "quotient"',
            )
        if self.epsilon is not None and self.epsilon <= 0:
            raise NetworkError(f"epsilon is {self.epsilon:g}", place="ask.epsilon", expected="a number above 0")
        return self

    @model_validator(mode="after")
    def _has_an_error(self) -> Ask:
        if (self.quantity == "error") != (self.planted is not None):
            missing = self.planted is None
            raise NetworkError(
                "no error to be found" if missing else f'an error beside quantity = "{self.quantity}"',
                place="ask.planted",
                expected="step, misconception and variant" if missing else 'quantity = "error"',
            )
        return self

    @property
    def chosen_update(self) -> Update | None:
        """How the parameter is updated, if it is."""
        if self.learning_rate is None:
            return None
        return self.update.update if self.update else PLAIN_UPDATE

    def update_numbers(self, needed: Sequence[Symbol]) -> list[float]:
        """The numbers of the givens that the update adds, a learning rate first, or the check of a gradient."""
        if self.epsilon is not None:
            return [self.epsilon]
        if self.learning_rate is None or self.update is None:
            return [] if self.learning_rate is None else [self.learning_rate]
        self.update.require_carried_for({given.of.key for given in needed if given.of is not None})
        return [self.learning_rate, *map(self.update.number, needed[1:])]

    @model_serializer
    def _table(self) -> dict[str, Any]:
        """What is asked, and of everything else what is not as usual."""
        fields = type(self).model_fields
        said = ((name, getattr(self, name), field.default) for name, field in fields.items())
        return {name: value for name, value, usual in said if name == "quantity" or value != usual}

    @property
    def written(self) -> str | tuple[str, ...]:
        """What is asked for, as it is written."""
        asked = self.parameter if self.parameter is not None else self.parameters
        return asked or ()


def _read_precision(written: object) -> Precision:
    if isinstance(written, Precision):
        return written
    if isinstance(written, str):
        places = Places.parse(written, "precision")
        return Precision(places, places, places, places, places)
    if not isinstance(written, Mapping):
        raise NetworkError(
            f"precision is {found_text(written)}", place="precision", expected='a table such as forward = "4d"'
        )
    roles = dict(written)
    scratch, truncation = roles.pop("scratch", None), roles.pop("truncation", False)
    if scratch is not None and not (type(scratch) is int and 0 <= scratch <= 12):
        raise NetworkError(f"scratch is {found_text(scratch)}", place="precision.scratch", expected="decimals, 0 to 12")
    if not isinstance(truncation, bool):
        raise NetworkError(
            f"truncation is {found_text(truncation)}", place="precision.truncation", expected="true or false"
        )
    if not {*map(type, roles.values())} <= {str}:
        return Precision.parse(roles)  # says which
    return _precision(tuple(roles.items()), scratch, truncation)


@lru_cache(maxsize=256)
def _precision(roles: tuple[tuple[str, str], ...], scratch: int | None, truncation: bool) -> Precision:
    return Precision.parse(dict(roles), scratch=scratch, truncation=truncation)


WrittenPrecision = Annotated[Precision, PlainValidator(_read_precision), PlainSerializer(Precision.as_dict)]
"""`forward = "4d"` and so on by role, or one text for all."""


def _read_forward(written: object) -> object:
    if written == "asked":
        return None
    if written is not None and not isinstance(written, Mapping):
        raise NetworkError(
            f"forward is {found_text(written)}", place="forward", expected='"asked", or a table of printed values'
        )
    return written


PrintedForward = Annotated[
    dict[str, Number] | None,
    BeforeValidator(_read_forward),
    PlainSerializer(lambda printed: "asked" if printed is None else printed),
]
"""The forward values that a sheet prints, each rounded; `"asked"`, here None, where they are to be worked out."""


_tables_of: Callable[[object], tuple[object, ...]] = attrgetter(*WRITTEN)


class WrittenQuestion(Document):
    """A question without its solution: what `gradpath solve` reads, what a set keeps, what practice remembers.

    It has one of `WRITTEN`. `first_layer` says whether a network's first pre-activations are exact, and so no
    slots; without it the numbers are looked at. `lines` are what a worked solution with an error prints; without them
    they are worked out.
    """

    network: WrittenNetwork | None = None
    circuit: WrittenCircuit | None = None
    recurrent: WrittenRecurrent | None = None
    convolution: WrittenConvolution | None = None
    batch: WrittenBatch | None = None
    descent: WrittenDescent | None = None
    attention: WrittenAttention | None = None
    logits: WrittenLogits | None = None
    routes: WrittenRoutes | None = None
    ask: Ask
    precision: WrittenPrecision | None = None
    forward: PrintedForward = None
    first_layer: Literal["exact", "recorded"] | None = None
    lines: tuple[Number, ...] | None = None

    @model_validator(mode="after")
    def _stays_exact(self) -> WrittenQuestion:
        if self.precision is not None and self.precision.exact:
            if self.circuit is not None:
                raise NetworkError("exact numbers of a circuit", place="precision", expected='"4d" or "4s"')
            if self.descent is None:
                require_rational(self.written.model)
        return self

    @model_validator(mode="after")
    def _prints_every_forward_value(self) -> WrittenQuestion:
        if _tables_of(self).count(None) != len(WRITTEN) - 1:
            said = [name for name in WRITTEN if getattr(self, name) is not None]
            found = f"a {' and a '.join(said)}" if said else "no network"
            raise NetworkError(found, expected=f"one table of {', '.join(f'[{name}]' for name in WRITTEN)}")
        if self.lines is not None and len(self.lines) != len(self.derivation.lines):
            raise NetworkError(
                f"{len(self.lines)} lines", place="lines", expected=f"{len(self.derivation.lines)}, as the solution has"
            )
        if self.forward is not None:
            printed = [value.key for value in printed_values(self.derivation)]
            if self.forward.keys() != set(printed):
                require_known(self.forward, printed, "forward")
                missing = next(key for key in printed if key not in self.forward)
                raise NetworkError(f"forward gives no {missing}", place="forward", expected=", ".join(printed))
        return self

    @classmethod
    def of(cls, question: Question) -> WrittenQuestion:
        """A question as it is written."""
        return cls(**written_parts(question))

    @property
    def written(self) -> _Written:
        """The network, the circuit or whatever else it is, with its numbers."""
        found: _Written = next(one for name in WRITTEN if (one := getattr(self, name)) is not None)
        return found

    @cached_property
    def identity(self) -> Hashable:
        """What is the same for questions of one derivation and precision."""
        first = self.first_layer or ("exact" if self.derivation.layout.exact_first else "recorded")
        ask = self.ask
        asked = ask.written, ask.quantity, ask.chosen_update, ask.paths, ask.working, ask.error_sign
        error = self.derivation.layout.planted, ask.correct
        flags = ask.count_parameters, ask.one_box
        return self.written.model, asked, error, flags, self.precision, self.forward is None, first

    @cached_property
    def derivation(self) -> Derivation:
        """The derivation; raises NetworkError for a parameter that the network does not have, TooManyPaths."""
        ask, precision, update, model = self.ask, self.precision, self.ask.chosen_update, self.written.model
        if self.descent is not None:
            if update is None or ask.quantity != "updated":
                raise NetworkError(
                    "the gradient of an optimiser alone",
                    place="ask.quantity",
                    expected='"updated", and a learning rate',
                )
            update = replace(update, passes=self.descent.steps)
        if update is not None and self.batch is not None and self.batch.model.in_turn:
            update = replace(update, passes=self.batch.examples)
        scratch = precision is not None and precision.scratch is not None
        if ask.quantity == "forward":
            printed: Literal["asked", "given"] = "asked" if self.forward is None else "given"
            counts = ask.count_parameters
            return derive(model, (), Layout(printed, ask.quantity, scratch=scratch, paths=ask.paths, counts=counts))
        one, several = ask.parameter, ask.parameters
        asked: Sequence[Symbol | str] = [one] if one is not None else asked_symbols(model, several or ())
        working = working_of(model, asked, ask.working)
        if problem := problem_of_working(model, asked, working, find=ask.paths == "find"):
            key, found, remedy = problem
            raise NetworkError(found, place=f"ask.{key}", remedy=remedy)
        layout = Layout(
            forward="asked" if self.forward is None else "given",
            quantity=ask.quantity,
            update=update,
            exact_first=self.forward is None and self._first_layer_is_exact(),
            scratch=scratch,
            paths=ask.paths,
            working=working,
            error_sign=ask.error_sign,
            one_box=ask.one_box,
        )
        if ask.planted is not None:
            layout = self._with_error(layout, asked, ask.planted)
        return derive(model, asked, layout)

    def _with_error(self, layout: Layout, asked: Sequence[Symbol | str], error: WrittenError) -> Layout:
        from question_bank.misconceptions.plantings import planted_at

        try:
            step = named(error.step)
        except ValueError:
            raise NetworkError(
                f"{error.step!r}", place="ask.planted.step", expected="a step's key, such as dL/dyhat_1"
            ) from None
        solution = derive(self.written.model, asked, layout.solved)
        planted = planted_at(solution, step, error.misconception, error.variant)
        return replace(layout, exact_first=False, planted=planted, correct=self.ask.correct)

    def _first_layer_is_exact(self) -> bool:
        # A stored question says what its sheet asked; a network written by hand is looked at.
        if self.first_layer is not None or self.network is None:
            return self.first_layer == "exact"
        network, precision = self.network.model, self.precision or EXACT
        if precision.exact:
            return False
        # Outputs that lose nothing are copied into factors, which must hold them as well.
        copied = network.layers > 1 and FUNCTIONS[network.activations[0]].exact_output
        places = [precision.forward, precision.factor] if copied else [precision.forward]
        givens = dict(zip(network.givens(), self.network.numbers, strict=True))
        return all(first_layer_is_exact(network, givens, each) for each in places)

    @property
    def numbers(self) -> list[float]:
        """The givens, in the order of the derivation's."""
        row = self.written.numbers + self.ask.update_numbers(self.derivation.update_givens)
        if self.lines is not None:
            row += self.lines
        elif self.derivation.lines:
            columns = [np.array([number]) for number in row]
            printed = printed_lines(self.derivation, columns, self.precision or EXACT)
            row = [float(column[0]) for column in printed]
        if self.forward is not None:
            row += [self.forward[value.key] for value in printed_values(self.derivation)]
        return row

    def problem(self) -> Problem:
        """The problem that it states."""
        return Problem(
            self.derivation,
            {given.key: number for given, number in zip(self.derivation.givens, self.numbers, strict=True)},
            self.precision,
        )


@lru_cache(maxsize=1024)
def printed_values(derivation: Derivation) -> tuple[Symbol, ...]:
    """The forward values that a sheet prints."""
    return tuple(given for given in derivation.givens if given in derivation.graph.nodes)


def written_parts(question: Question) -> dict[str, Any]:
    """The parts of a question that are written, by the names of `WrittenQuestion`."""
    derivation, layout = question.derivation, question.derivation.layout
    update = derivation.update
    givens = {given: question.value(given) for given in derivation.givens}
    carried = WrittenUpdate.of(update, derivation.update_givens, givens) if update and update != PLAIN_UPDATE else None
    model, several, forward = derivation.model, layout.arrangement.several, derivation.is_forward
    keys = tuple(value.key for value in derivation.asked)
    return {
        **{name: written(model, givens) for name, (kind, written) in WRITTEN.items() if isinstance(model, kind)},
        "ask": Ask(
            parameter=None if several or forward else keys[0],
            parameters=keys if several else None,
            quantity=layout.quantity,
            learning_rate=givens[RATE] if update else None,
            update=carried,
            epsilon=givens[EPSILON] if layout.quantity == "quotient" else None,
            paths=layout.paths,
            working=None if layout.working == "paths" else layout.working,
            error_sign=layout.error_sign,
            count_parameters=layout.counts,
            planted=_written_error(derivation) if layout.planted else None,
            correct=layout.correct,
            one_box=layout.one_box,
        ),
        "precision": question.precision,
        "forward": {value.key: givens[value] for value in printed_values(derivation)} or None,
        "first_layer": "exact" if derivation.layout.exact_first else "recorded",
        "lines": tuple(givens[given] for given in derivation.givens if is_line(given)) or None,
    }


def _written_error(derivation: Derivation) -> WrittenError:
    planted = derivation.planted
    return WrittenError(step=planted.step.key, misconception=planted.misconception, variant=planted.variant)
