"""Paper, pen and lens: ink as a scanner or a phone sees it, grey in 0 to 255."""

import cv2
import numpy as np


def seen(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The grey picture (uint8) of a box's ink (float, 0 to 1): light, pen, rests of the frame, blur, noise, JPEG."""
    height, width = ink.shape
    ink = _moved(ink, rng)
    white = rng.uniform(175, 255)
    slope = rng.normal(0, 12, 2)
    light = (
        white + slope[0] * np.linspace(-0.5, 0.5, height)[:, None] + slope[1] * np.linspace(-0.5, 0.5, width)[None, :]
    )
    darkness = rng.uniform(0.45, 0.97) * (1 - rng.uniform(0, 0.35) * rng.random(ink.shape).astype(np.float32))
    picture = light * (1 - ink * darkness)
    if rng.random() < 0.35:
        _frame(picture, white, rng)
    if rng.random() < 0.3:
        _ticks(picture, white, rng)
    if rng.random() < 0.3:
        _specks(picture, rng)
    if rng.random() < 0.75:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.15))
    picture = picture + rng.normal(0, rng.uniform(0, 7), picture.shape)
    grey = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        _, coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 95))])
        grey = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    return grey


def _moved(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = ink.shape
    turn, shear = rng.normal(0, 0.02), rng.normal(0, 0.03)
    matrix = np.array([[1, shear, -shear * height / 2], [turn, 1, -turn * width / 2]], np.float32)
    return cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_LINEAR)


def _frame(picture: np.ndarray, white: float, rng: np.random.Generator) -> None:
    """A rest of the printed frame at one or two edges."""
    for side in rng.choice(4, rng.integers(1, 3), replace=False):
        thick, grey = int(rng.integers(1, 3)), white * rng.uniform(0.1, 0.75)
        strip = [np.s_[:thick], np.s_[-thick:], np.s_[:, :thick], np.s_[:, -thick:]][side]
        picture[strip] = np.minimum(picture[strip], grey)


def _ticks(picture: np.ndarray, white: float, rng: np.random.Generator) -> None:
    for column in np.arange(rng.uniform(5, 18), picture.shape[1], 18.0):
        picture[-int(rng.integers(3, 6)) :, int(column)] *= rng.uniform(0.4, 0.8)


def _specks(picture: np.ndarray, rng: np.random.Generator) -> None:
    for _ in range(rng.integers(1, 5)):
        row, column = rng.integers(picture.shape[0]), rng.integers(picture.shape[1])
        cv2.circle(picture, (int(column), int(row)), 0, float(rng.uniform(60, 200)), -1)
