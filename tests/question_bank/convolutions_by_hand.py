"""What mistakes in convolutions and pooling give, worked out by hand on a few small ones."""

from __future__ import annotations

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.networks.convolution import Convolution

# With those of the dense network: x_1 = 2, x_2 = -3, g_1 = -0.7, g_2 = 0.4.
NUMBERS = {
    "x_3": 1.5,
    "x_4": 4,
    "x_5": -1,
    "k_1": 3,
    "k_2": 5,
    "k_3": -2,
    "y": 1.2,
    "w_1": 0.4,
    "w_2": -0.6,
    "w_3": 0.9,
    "g_3": 0.2,
    "g_4": -0.3,
    "x_1,1": 2,
    "x_1,2": -3,
    "x_2,1": 4,
    "x_2,2": -1,
    "k_1,1": 3,
    "k_1,2": 5,
    "k_2,1": -2,
    "k_2,2": 0.5,
}


def table(model: Convolution, *asked: str) -> Derivation:
    return derive(model, asked, Layout(working="table"))


# Windows x_1 to x_3 and x_3 to x_5.
STRIDE = derive(Convolution((5,), (3,), "given_gradient", stride=2), "k_1")
# Windows 0 and x_1, x_1 and x_2, x_2 and x_3, x_3 and 0.
BORDER = derive(Convolution((3,), (2,), "given_gradient", padding=1), "k_1")
CHANNELS = derive(Convolution((2,), (2,), "given_gradient", channels=2), "k_1,1")
LINEAR_UNIT = derive(Convolution((4,), (2,), "half_squared_error", head=True), "k_1")
RECTIFIED = derive(Convolution((4,), (2,), "given_gradient", function="relu", pooling="average", window=(3,)), "k_1")
MAXIMUM = Convolution((4,), (), "given_gradient", pooling="max", window=(2,))
MEAN = Convolution((4,), (), "given_gradient", pooling="average", window=(2,))
OVERLAPPING = derive(Convolution((4,), (), "given_gradient", pooling="max", window=(2,), pooling_stride=1), "x_3")
MEAN_POOLED = derive(MEAN, "x_3")
KERNEL = table(Convolution((4,), (2,), "given_gradient"), "k_1", "x_2")
LONG_KERNEL = table(Convolution((5,), (3,), "given_gradient"), "x_3")

BY_HAND: dict[str, tuple[Derivation, str, tuple[float, ...]]] = {
    "kernel_flipped": (STRIDE, "z_2", (-2 * 1.5 + 5 * 4 + 3 * -1,)),
    "stride_ignored": (STRIDE, "z_2", (3 * -3 + 5 * 1.5 - 2 * 4,)),
    "padding_left_out": (BORDER, "z_1", (3 * 2 + 5 * -3,)),
    "padding_repeated": (BORDER, "z_1", (3 * 2 + 5 * 2,)),
    "channel_left_out": (CHANNELS, "z_1", (-2 * 4 + 0.5 * -1, 3 * 2 + 5 * -3)),
    "pooling_exchanged": (derive(MAXIMUM, "x_3"), "p_2", (2.75,)),
    "pooling_not_divided": (MEAN_POOLED, "p_2", (5.5,)),
    "pooling_smallest": (derive(MAXIMUM, "x_3"), "p_2", (1.5,)),
    "pooling_by_one": (derive(MAXIMUM, "x_3"), "p_2", (1.5,)),
    "pooling_side_by_side": (OVERLAPPING, "p_2", (4.0,)),
    "pooling_before_function": (RECTIFIED, "p_1", ((-9 - 1.5 + 24.5) / 3,)),
    "window_not_moved": (LINEAR_UNIT, "dz_2/dk_1", (2.0, 1.5)),
    "entry_flipped": (LINEAR_UNIT, "dz_2/dk_1", (1.5,)),
    "entry_beside": (STRIDE, "dz_2/dk_1", (4.0,)),
    "entry_own_value": (LINEAR_UNIT, "dz_2/dk_1", (3.0,)),
    "entry_forgotten": (LINEAR_UNIT, "dz_2/dk_1", (1.0,)),
    "map_other_weight": (LINEAR_UNIT, "dyhat/dz_1", (-0.6, 0.9)),
    "largest_to_all": (derive(MAXIMUM, "x_3"), "dp_2/dx_3", (1.0,)),
    "largest_shared": (derive(MAXIMUM, "x_3"), "dp_2/dx_3", (0.5,)),
    "largest_swapped": (derive(MAXIMUM, "x_4"), "dp_2/dx_4", (0.0,)),
    "mean_undivided": (MEAN_POOLED, "dp_2/dx_3", (1.0,)),
    "kernel_gradient_flipped": (KERNEL, "k_1.gradient", (-0.7 * -3 + 0.4 * 1.5 + 0.2 * 4,)),
    "kernel_errors_flipped": (KERNEL, "k_1.gradient", (0.2 * 2 + 0.4 * -3 - 0.7 * 1.5,)),
    "kernel_gradient_not_moved": (KERNEL, "k_1.gradient", ((-0.7 + 0.4 + 0.2) * 2,)),
    "input_gradient_flipped": (KERNEL, "x_2.gradient", (-0.7 * 3 + 0.4 * 5,)),
    "one_window_only": (LONG_KERNEL, "x_3.gradient", (-0.7 * -2, 0.4 * 5, 0.2 * 3)),
    "pooling_back_to_all": (table(MAXIMUM, "x_3"), "x_3.gradient", (0.4,)),
    "pooling_back_shared": (table(MAXIMUM, "x_3"), "x_3.gradient", (0.2,)),
    "pooling_back_to_others": (table(MAXIMUM, "x_4"), "x_4.gradient", (0.0,)),
    "pooling_back_not_divided": (table(MEAN, "x_3"), "x_3.gradient", (0.4,)),
    "pooling_back_to_largest": (table(MEAN, "x_3"), "x_3.gradient", (0.0,)),
}
