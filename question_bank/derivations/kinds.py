"""The kinds of step: what the program knows of a kind, and what it says of it, stands in its record."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from question_bank.expressions.precision import Role
from question_bank.language.words import N_

AnswerForm = Literal["number", "tick", "choice"]
"""In what form a box is answered: a number, a tick (1, or 0 where there is none), or the number of a listed line."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of step: `id` is what a step of a derivation is marked with, `role` what it is for.

    `word` names it in the formula language, and `meaning` says there what it is. `skill` is what is practised by it,
    `title` heads its row in a table, and `hint` says what such a step is, with {above} and {below} for the two symbols
    of a derivative. Those of a `table` occur where several values are asked for. `form` is that in which a box of this
    kind is answered; a step that is not `boxed` is worked in one's head. Of what is `counted` 0 and 1 show as much work
    as other numbers do.
    """

    id: str
    role: Role
    word: str
    meaning: str
    skill: str
    title: str
    hint: str
    table: bool = False
    form: AnswerForm = "number"
    boxed: bool = True
    counted: bool = False


_ALL = (
    Kind(
        "preactivation",
        "forward",
        "pre-activation",
        "a unit's weighted sum, a",
        "forward",
        N_("Weighted sums"),
        N_("The weighted sum that comes into this unit: every input times its weight, plus the bias if there is one."),
    ),
    Kind(
        "activation",
        "forward",
        "activation",
        "what leaves a unit, h or ŷ",
        "forward",
        N_("Outputs of units"),
        N_("The unit’s output: its activation applied to its weighted sum."),
    ),
    Kind(
        "exponential",
        "forward",
        "exponential",
        "e to the power of a, on the way to softmax",
        "forward",
        N_("Exponentials"),
        N_("The exponential of a weighted sum, on the way to the softmax."),
    ),
    Kind(
        "sum",
        "forward",
        "softmax sum",
        "the sum of the exponentials",
        "forward",
        N_("Sum of exponentials"),
        N_("The sum of the exponentials: what the softmax divides by."),
    ),
    Kind(
        "score",
        "forward",
        "score",
        "in attention, the product of a query and a key",
        "forward",
        N_("Scores"),
        N_("The score of a query and a key: entry by entry the one times the other, added up."),
    ),
    Kind(
        "scaled_score",
        "forward",
        "scaled score",
        "in attention, a score divided by what the sheet says",
        "forward",
        N_("Scaled scores"),
        N_("The score, divided by what the sheet says, before the softmax compares it with the others."),
    ),
    Kind(
        "mixture",
        "forward",
        "mixture",
        "in attention, an output: the sum of the values, each times its weight",
        "forward",
        N_("Outputs of attention"),
        N_("The query’s output: of every key the value, times the weight that the query gives to that key, added up."),
    ),
    Kind(
        "operation",
        "forward",
        "operation",
        "what a node of a circuit comes to",
        "forward",
        N_("Values of nodes"),
        N_("This node’s value: its operation, on the values whose lines lead to it."),
    ),
    Kind(
        "forward_loss",
        "forward",
        "loss of a forward pass",
        "the loss itself, where the forward pass is all that is asked",
        "forward",
        N_("Value of the loss"),
        N_("The loss itself, as it is printed: a number for all outputs together, and no derivative."),
    ),
    Kind(
        "parameter_count",
        "forward",
        "number of parameters",
        "how many weights and biases the network has",
        "forward",
        N_("Number of parameters"),
        N_(
            "How many numbers the network could learn: of every layer its matrix has so many rows times so many"
            " columns, and there may be biases."
        ),
    ),
    Kind(
        "gated",
        "forward",
        "gated value",
        "what the gates of an LSTM or a GRU let through: its c, its h",
        "forward",
        N_("Values behind gates"),
        N_("What the gates let through: in the cell’s formula each gate multiplies one value."),
    ),
    Kind(
        "dropped",
        "forward",
        "dropped output",
        "with dropout, what goes on of a unit's output: times its entry of the mask, over the share that is kept",
        "forward",
        N_("Outputs after dropout"),
        N_(
            "What dropout lets on of the unit’s output: nothing where the mask has a 0, else the output over the share"
            " that is kept."
        ),
    ),
    Kind(
        "skip_sum",
        "forward",
        "sum with a skip",
        "with a skip connection, what a unit's function gives plus what comes around layers",
        "forward",
        N_("Sums with a skip connection"),
        N_("What the unit’s function gives, plus what the skip connection brings from the unit of the same number."),
    ),
    Kind(
        "pooled",
        "forward",
        "pooled value",
        "what a window is pooled to, its largest value or its mean",
        "forward",
        N_("Pooled values"),
        N_("What this window is pooled to: first find its entries on the map, then take their largest, or their mean."),
    ),
    Kind(
        "function_slope",
        "forward",
        "function slope",
        "where an optimiser is alone, its function's derivative at the position of the step, g",
        "update",
        N_("Gradients of the function"),
        N_("The function’s derivative by this variable, at the position where this step begins."),
    ),
    Kind(
        "reached",
        "forward",
        "reached unit",
        "whether a way leads from the weight to a unit: 1 or 0",
        "paths",
        N_("Units that are reached"),
        N_("Whether a way leads from the weight to this unit."),
        boxed=False,
        counted=True,
    ),
    Kind(
        "leads_on",
        "forward",
        "unit that leads on",
        "whether a way leads from a unit to the loss: 1 or 0",
        "paths",
        N_("Units that lead on"),
        N_("Whether a way leads from this unit to the loss."),
        boxed=False,
        counted=True,
    ),
    Kind(
        "tick",
        "forward",
        "tick",
        "whether a connection lies on a path: 1 or 0",
        "paths",
        N_("Connections on a path"),
        N_(
            "Is this connection there, is its beginning reached from the weight, and does its end lead on to the loss?"
            " Only then it lies on a path."
        ),
        form="tick",
        counted=True,
    ),
    Kind(
        "ways",
        "forward",
        "ways",
        "the number of ways to a unit, along what is ticked",
        "paths",
        N_("Ways to units"),
        N_(
            "The number of ways to this unit: over each ticked connection that leads into it as many as to where it"
            " begins, added up."
        ),
        counted=True,
    ),
    Kind(
        "path_count",
        "forward",
        "number of paths",
        "the number of paths from the weight to the loss",
        "paths",
        N_("Number of paths"),
        N_("The number of paths: every path reaches the loss through one of the outputs."),
        counted=True,
    ),
    Kind(
        "path_length",
        "forward",
        "length of a path",
        "how many weights the shortest path has, or the longest",
        "paths",
        N_("Lengths of paths"),
        N_(
            "How many weights lie along such a path, the one where it begins among them. Does any path go past a layer,"
            " and does any go through it?"
        ),
        counted=True,
    ),
    Kind(
        "loss",
        "factor",
        "loss",
        "∂L/∂ŷ",
        "loss",
        N_("Slope of the loss"),
        N_(
            "How fast the loss {above} changes with the output {below}. Only the term of this output depends on it:"
            " take the derivative of that term."
        ),
    ),
    Kind(
        "upstream",
        "factor",
        "upstream",
        "∂L/∂ŷ where it is given",
        "loss",
        N_("Given derivative at the output"),
        N_(
            "How fast the loss {above} changes with the output {below}. There is no loss to differentiate: this number"
            " is given."
        ),
    ),
    Kind(
        "output_error",
        "factor",
        "output error",
        "∂L/∂a of an output's unit, where loss and function are one step: ŷ - y",
        "error",
        N_("Error at the output"),
        N_(
            "How fast the loss {above} changes with {below}, which enters the output’s function. Here the derivatives"
            " of the loss and of that function come to one short formula together: which two values of this output"
            " stand in it?"
        ),
    ),
    Kind(
        "slope",
        "factor",
        "slope",
        "∂h/∂a, the activation function's derivative",
        "slope",
        N_("Slope of the activation"),
        N_(
            "The slope of the activation at this unit: how fast {above} changes with {below}. For most activations it"
            " can be had from the output itself."
        ),
    ),
    Kind(
        "softmax_own",
        "factor",
        "softmax diagonal",
        "∂ŷ/∂a of the same unit, through softmax",
        "softmax",
        N_("Slope of the softmax"),
        N_("How an output of the softmax changes with its own weighted sum: its slope has the form of a sigmoid’s."),
    ),
    Kind(
        "softmax_cross",
        "factor",
        "softmax cross term",
        "∂ŷ/∂a of another unit, through softmax",
        "softmax",
        N_("Cross terms of the softmax"),
        N_(
            "How an output of the softmax changes with another unit’s weighted sum: raising that one takes some away"
            " from this one."
        ),
    ),
    Kind(
        "weight",
        "factor",
        "weight",
        "∂a/∂h, along an arrow between two units",
        "weight",
        N_("Back through a weight"),
        N_(
            "How fast the weighted sum {above} changes with {below}. In that sum {below} stands beside one factor:"
            " which?"
        ),
    ),
    Kind(
        "input",
        "factor",
        "input",
        "∂a/∂w, from a unit to one of its weights",
        "input",
        N_("The weight's own derivative"),
        N_(
            "How fast the weighted sum {above} changes with the weight {below}. In that sum the weight stands beside"
            " one factor: which?"
        ),
    ),
    Kind(
        "bias",
        "factor",
        "bias",
        "∂a/∂b, from a unit to its bias",
        "bias",
        N_("The bias's own derivative"),
        N_("How fast the weighted sum {above} changes with its bias {below}, which is simply added."),
    ),
    Kind(
        "dot_part",
        "factor",
        "part of a dot product",
        "in attention, the derivative of a score by an entry of query or key, or of an output by a weight or a value",
        "weight",
        N_("Back through a product of vectors"),
        N_("How fast {above} changes with {below}. In that sum {below} stands beside one factor: which?"),
    ),
    Kind(
        "score_scale",
        "factor",
        "scale of a score",
        "in attention, the derivative of a scaled score by the score: 1 over what it is divided by",
        "weight",
        N_("Back through the scale"),
        N_("How fast the scaled score {above} changes with the score {below}, which it is a fixed part of."),
    ),
    Kind(
        "dropout_part",
        "factor",
        "part that dropout lets through",
        "with dropout, the derivative of what goes on by the unit's output: the mask's entry over the share kept",
        "slope",
        N_("Back through dropout"),
        N_(
            "How fast {above} changes with the unit’s output {below}: the mask that held on the way forward holds on"
            " the way back, and so does the division."
        ),
    ),
    Kind(
        "skip_part",
        "factor",
        "part of a sum with a skip",
        "with a skip connection, the derivative of the sum by one of the values that are added: 1",
        "weight",
        N_("Along a skip connection"),
        N_("How fast {above} changes with {below}, which is simply added."),
    ),
    Kind(
        "window_value",
        "factor",
        "window value",
        "in a convolution ∂z/∂k: the value that lies under an entry of the kernel",
        "input",
        N_("A kernel entry's own derivative"),
        N_(
            "How fast {above} changes with the kernel’s entry {below}. Lay the kernel on this window: which value lies"
            " under that entry?"
        ),
    ),
    Kind(
        "kernel_entry",
        "factor",
        "kernel entry",
        "in a convolution ∂z/∂x: the entry of the kernel that lies on a value",
        "weight",
        N_("Back through a kernel"),
        N_(
            "How fast {above} changes with {below}. Lay the kernel on this window: which of its entries lies on"
            " {below}?"
        ),
    ),
    Kind(
        "largest_part",
        "factor",
        "part of a max pooling",
        "the derivative of a window's largest value by one of its values: 1 or 0",
        "operation",
        N_("Back through max pooling"),
        N_("How fast {above} changes with {below}: is {below} the largest value of this window?"),
    ),
    Kind(
        "mean_part",
        "factor",
        "part of an average pooling",
        "the derivative of a window's mean by one of its values",
        "operation",
        N_("Back through average pooling"),
        N_("How fast the mean {above} changes with {below}: over how many values is it taken?"),
    ),
    Kind(
        "sum_part",
        "factor",
        "part of a sum",
        "in a circuit, the derivative of a sum or difference by one of its terms: 1 or -1",
        "operation",
        N_("Back through + and −"),
        N_("How fast the sum or difference {above} changes with {below}, which is one of its terms."),
    ),
    Kind(
        "product_part",
        "factor",
        "part of a product",
        "in a circuit, the derivative of a product by one of its factors",
        "operation",
        N_("Back through ×"),
        N_(
            "How fast the product {above} changes with {below}. In that product {below} stands beside one factor:"
            " which?"
        ),
    ),
    Kind(
        "quotient_part",
        "factor",
        "part of a quotient",
        "in a circuit, the derivative of a quotient by what is divided, or by what it is divided by",
        "operation",
        N_("Back through ÷"),
        N_("How fast the quotient {above} changes with {below}: does {below} stand above the line, or below it?"),
    ),
    Kind(
        "max_part",
        "factor",
        "part of a maximum",
        "in a circuit, the derivative of a maximum or minimum by one of its values: 1 or 0",
        "operation",
        N_("Back through max and min"),
        N_("How fast {above} changes with {below}: does {above} follow {below} here, or the other value?"),
    ),
    Kind(
        "elementary",
        "factor",
        "elementary slope",
        "in a circuit, the derivative of exp, ln, a square or 1/x",
        "operation",
        N_("Back through exp, ln, x² and 1/x"),
        N_("The derivative of the function that makes {above} of {below}, at the value that {below} has."),
    ),
    Kind(
        "gate_part",
        "factor",
        "gate part",
        "∂c/∂f and the like in an LSTM or a GRU: what stands beside it in the cell's formula",
        "gate",
        N_("Back through a gate"),
        N_("How fast {above} changes with {below}. In the cell’s formula {below} stands beside one factor: which?"),
    ),
    Kind(
        "squash_slope",
        "factor",
        "squashed memory",
        "∂h/∂c in an LSTM: the output gate times the slope of tanh",
        "gate",
        N_("From the cell to the state"),
        N_("How fast the state {above} changes with {below}: the output gate stands beside a tanh, which has a slope."),
    ),
    Kind(
        "blend_part",
        "factor",
        "blend",
        "∂h/∂z in a GRU: the gate turns from the new state to the old one",
        "gate",
        N_("Back to the update gate"),
        N_(
            "How fast the state {above} changes with the gate {below}, which stands in two terms of the cell’s formula."
        ),
    ),
    Kind(
        "product",
        "product",
        "product",
        "the product of a path's factors",
        "product",
        N_("Product along a path"),
        N_("The chain rule along this path: what all its local derivatives come to together."),
    ),
    Kind(
        "backward_sum",
        "product",
        "backward sum",
        "in a table ∂L/∂h (or ∂L/∂x): what every use of the value adds, added up",
        "sum",
        N_("Derivatives by outputs of units"),
        N_(
            "How fast {above} changes with {below}: every value that uses {below} passes its own derivative back,"
            " times the local derivative between them (a weight, where both are units), and all of these are added up."
        ),
        table=True,
    ),
    Kind(
        "error_term",
        "product",
        "error term",
        "in a table ∂L/∂a: what comes back to the unit's output, times the slope",
        "product",
        N_("Error terms"),
        N_("The unit’s error term: what comes back to its output, and on through its own function to {below}."),
        table=True,
    ),
    Kind(
        "chain_link",
        "product",
        "chain link",
        "in a chain or below an edge: the derivative from above, times the local one",
        "product",
        N_("From above, times local"),
        N_("The chain rule once: the derivative by what {below} leads to, times the local derivative between the two."),
        table=True,
    ),
    Kind(
        "parameter_gradient",
        "gradient",
        "parameter gradient",
        "in a table ∂L/∂w or ∂L/∂b: the unit's error term times what the parameter multiplies there",
        "input",
        N_("Gradients of parameters"),
        N_(
            "The gradient of {below}: what has come back to the value that it enters (of a unit, its error term), times"
            " what it multiplies there; if it enters several, the sum of what each adds."
        ),
        table=True,
    ),
    Kind(
        "gradient",
        "gradient",
        "gradient",
        "the sum over the paths",
        "sum",
        N_("Sum over the paths"),
        N_("The whole derivative: every path leads from the parameter to the loss, and each contributes."),
    ),
    Kind(
        "second_forward",
        "update",
        "second forward pass",
        "a value of the forward pass with the new weight",
        "forward",
        N_("Second forward pass"),
        N_(
            "The same value as in the first forward pass, worked from what is there now: the new weight, and whatever"
            " that has changed on the way."
        ),
    ),
    Kind(
        "wrong_line",
        "update",
        "wrong line",
        "of a worked solution with one error the number of its wrong line",
        "check",
        N_("Wrong line"),
        N_(
            "The number of the one line whose value is not what its formula gives over the values printed before it."
            " Lines after it may be far from what is right, and still follow rightly from what stands above them."
        ),
        form="choice",
        counted=True,
    ),
    Kind(
        "corrected_line",
        "update",
        "corrected line",
        "what the wrong line should have said",
        "check",
        N_("Corrected line"),
        N_("What the wrong line should say: its formula, over the values that are printed before it."),
    ),
    Kind(
        "corrected_gradient",
        "update",
        "corrected gradient",
        "the gradient with what follows from the corrected line",
        "check",
        N_("Corrected gradient"),
        N_(
            "The gradient as it should be: every line that is worked from the corrected one, or from what follows from"
            " it, is worked again. The others stay as they are printed."
        ),
    ),
    Kind(
        "loss_value",
        "update",
        "loss value",
        "the loss itself, before the step or after it",
        "forward",
        N_("Value of the loss"),
        N_("The loss itself, as it is printed: a number for all outputs together, and no derivative."),
    ),
    Kind(
        "nudged_value",
        "update",
        "nudged value",
        "the loss (or output) with the parameter moved by ε, up or down, to check the gradient",
        "forward",
        N_("Values with ±ε"),
        N_(
            "The forward pass once more from the givens, with the parameter moved by ε and everything else as it was."
            " Carry all digits: what counts is how little it differs from the value on the other side."
        ),
    ),
    Kind(
        "difference_quotient",
        "gradient",
        "difference quotient",
        "the difference of the two nudged values over 2ε",
        "sum",
        N_("Difference quotient"),
        N_("How fast the value changes from one side to the other: by how much, over how far the two sides lie apart."),
    ),
    Kind(
        "decayed_gradient",
        "update",
        "decayed gradient",
        "the gradient with what weight decay adds, g",
        "update",
        N_("Weight decay"),
        N_(
            "The gradient of the whole loss: to the derivative that you have comes that of what weight decay adds,"
            " half of λ times the weight’s square."
        ),
    ),
    Kind(
        "norm",
        "update",
        "norm",
        "the norm of all gradients together, before they are clipped",
        "update",
        N_("Norm of the gradients"),
        N_("The length of the gradients taken together as one vector: the root of the sum of all their squares."),
    ),
    Kind(
        "scale",
        "update",
        "scale",
        "what clipping multiplies every gradient by, 1 at the most",
        "update",
        N_("Scale of clipping"),
        N_(
            "What every gradient is multiplied by, so that together they are no longer than the sheet allows: 1 where"
            " they are not, anyhow."
        ),
    ),
    Kind(
        "clipped_gradient",
        "update",
        "clipped gradient",
        "a gradient times the scale of clipping",
        "update",
        N_("Clipped gradients"),
        N_(
            "This parameter’s gradient after clipping: all of them are made shorter by the same factor, so that their"
            " direction stays."
        ),
    ),
    Kind(
        "velocity",
        "update",
        "velocity",
        "momentum's velocity, v",
        "update",
        N_("Velocity"),
        N_(
            "The velocity: what is left of the one before, together with this step’s gradient. The sheet’s own"
            " convention says with which sign, and where the learning rate stands."
        ),
    ),
    Kind(
        "first_moment",
        "update",
        "first moment",
        "the running mean of the gradients, m",
        "update",
        N_("Running mean of gradients"),
        N_(
            "The running mean of the gradients: the one before and this step’s gradient, each with its share. The two"
            " shares come to 1."
        ),
    ),
    Kind(
        "second_moment",
        "update",
        "second moment",
        "the running mean of the squared gradients, v",
        "update",
        N_("Running mean of squares"),
        N_(
            "The running mean of the squared gradients: the one before and the square of this step’s gradient, each"
            " with its share. The two shares come to 1."
        ),
    ),
    Kind(
        "corrected_moment",
        "update",
        "corrected moment",
        "a running mean without its bias towards 0, m̂ or v̂",
        "update",
        N_("Bias correction"),
        N_(
            "A running mean that began at 0 is too small in the first steps: it is divided by the share that this"
            " step’s number of gradients has in it."
        ),
    ),
    Kind(
        "update",
        "update",
        "update",
        "the parameter's new value",
        "update",
        N_("Updated value"),
        N_(
            "One step by the sheet’s rule: the value before, and what the rule adds to it or takes away. Without"
            " momentum or running means that is the learning rate times the gradient, taken away."
        ),
    ),
)

KINDS: MappingProxyType[str, Kind] = MappingProxyType({kind.id: kind for kind in _ALL})
