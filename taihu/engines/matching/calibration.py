"""Turn fits into probabilities that come true, and show how true they came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taihu.engines.matching.arrays import Float32, Float64, Int64, UInt16
from taihu.engines.matching.errors import MarketError

FULL_FIT = 65535
#: Below this many logged outcomes a fit would be noise: keep the cold start, with a larger ``mu``.
FEWEST_OUTCOMES = 1000


@dataclass(frozen=True)
class Calibration:
    """A monotone map from fit (0..1) to probability, linear between its knots and level outside them.

    Attributes
    ----------
    fit : float64 array of shape (knots,), strictly increasing
    probability : float64 array of shape (knots,), never falling, within 0..1
    outcomes : int
        Number of logged outcomes behind it, 0 for a cold start.

    Examples
    --------
    >>> Calibration.cold_start_p().apply([0.0, 0.5, 1.0]).tolist()
    [0.019999999552965164, 0.1599999964237213, 0.30000001192092896]
    """

    fit: Float64
    probability: Float64
    outcomes: int = 0

    def __post_init__(self) -> None:
        knots = np.asarray(self.fit, np.float64)
        values = np.asarray(self.probability, np.float64)
        if knots.ndim != 1 or knots.size == 0 or knots.shape != values.shape:
            raise MarketError("bad_shape", "a calibration needs as many probabilities as knots, at least one")
        check_probabilities(values, "probability")
        if not np.isfinite(knots).all() or (np.diff(knots) <= 0).any() or (np.diff(values) < 0).any():
            raise MarketError("not_monotone", "knots must rise and probabilities must never fall")
        object.__setattr__(self, "fit", knots)
        object.__setattr__(self, "probability", values)

    @classmethod
    def cold_start_p(cls) -> Calibration:
        """Before any outcome is logged: 2 % without any fit to 30 % at a full fit, linear.

        The level is what published boards report for applications per relevant impression; only the ranking and the
        rough size matter until outcomes arrive. Use it with ``mu`` of 0.05 or more.
        """
        return cls(np.array([0.0, 1.0]), np.array([0.02, 0.30]))

    @classmethod
    def cold_start_q(cls) -> Calibration:
        """Before any outcome is logged: 5 % without any fit to 40 % at a full fit, linear."""
        return cls(np.array([0.0, 1.0]), np.array([0.05, 0.40]))

    @classmethod
    def fitted(cls, fit: npt.ArrayLike, happened: npt.ArrayLike, *, bins: int | None = 200) -> Calibration:
        """Fit on logged outcomes: quantile bins made monotone by pooling adjacent violators, or isotonic regression.

        Parameters
        ----------
        fit : array of shape (outcomes,)
            Fit at the time it was shown, 0..1 (or uint16 as in `Fits`).
        happened : array of shape (outcomes,)
            1 when the person applied (for p) or the employer accepted (for q), else 0.
        bins : int or None
            Number of quantile bins; None for isotonic regression on every distinct value.

        Raises
        ------
        MarketError
            ``too_few_outcomes`` below 1,000 outcomes: keep the cold start until then.

        Notes
        -----
        Zadrozny & Elkan 2002 (binning and isotonic calibration); Ayer et al. 1955 (pool adjacent violators).

        Examples
        --------
        >>> rng = np.random.default_rng(1)
        >>> shown = rng.random(50_000)
        >>> fitted = Calibration.fitted(shown, rng.random(50_000) < shown**2)
        >>> bool(abs(fitted.apply([0.5])[0] - 0.25) < 0.02)
        True
        """
        shown, outcome = as_fit(fit), np.asarray(happened, np.float64)
        if shown.shape != outcome.shape or shown.ndim != 1:
            raise MarketError("bad_shape", f"{shown.shape} fits but {outcome.shape} outcomes")
        check_probabilities(outcome, "happened")
        if shown.size < FEWEST_OUTCOMES:
            raise MarketError(
                "too_few_outcomes",
                f"{shown.size} outcomes, {FEWEST_OUTCOMES} are needed: keep the cold start until then",
            )
        if bins is not None and bins < 1:
            raise MarketError("out_of_range", f"bins is {bins}: give 1 or more, or None for isotonic regression")
        middle, mean, weight = _binned(shown, outcome, bins)
        level = pool_adjacent_violators(mean, weight)
        return cls(middle, np.clip(level, 0.0, 1.0), int(shown.size))

    def apply(self, fit: npt.ArrayLike) -> Float32:
        """Probability of each fit (0..1), float32 array of the same shape."""
        values: Float32 = np.interp(np.asarray(fit, np.float64), self.fit, self.probability).astype(np.float32)
        return values

    def apply_fit(self, fit: UInt16) -> Float32:
        """Probability of fits in 65535ths, by one table look-up each."""
        return self.table()[fit]

    def table(self) -> Float32:
        """Probability of every fit in 65535ths, float32 array of shape (65536,)."""
        return self.apply(np.arange(FULL_FIT + 1, dtype=np.float64) / FULL_FIT)


@dataclass(frozen=True)
class Reliability:
    """Predicted against observed, per bin of predictions.

    Attributes
    ----------
    predicted, observed : float64 arrays of shape (bins,)
        Mean prediction and share that happened.
    count : int64 array of shape (bins,)
    ece : float
        Expected calibration error, the mean gap weighted by count (Naeini et al. 2015).
    """

    predicted: Float64
    observed: Float64
    count: Int64
    ece: float


def reliability(predicted: npt.ArrayLike, happened: npt.ArrayLike, *, bins: int = 20) -> Reliability:
    """Reliability table over equally filled bins, and the expected calibration error.

    Examples
    --------
    >>> table = reliability([0.1, 0.1, 0.9, 0.9], [0, 0, 1, 1], bins=2)
    >>> table.observed.tolist(), round(table.ece, 3)
    ([0.0, 1.0], 0.1)
    """
    chance, outcome = np.asarray(predicted, np.float64), np.asarray(happened, np.float64)
    if chance.shape != outcome.shape or chance.ndim != 1 or chance.size == 0:
        raise MarketError("bad_shape", "predicted and happened must be equally long and not empty")
    check_probabilities(chance, "predicted")
    check_probabilities(outcome, "happened")
    order = np.argsort(chance, kind="stable")
    pieces = [piece for piece in np.array_split(order, bins) if piece.size]
    mean = np.array([chance[piece].mean() for piece in pieces])
    share = np.array([outcome[piece].mean() for piece in pieces])
    count = np.array([piece.size for piece in pieces], np.int64)
    return Reliability(mean, share, count, float(np.abs(mean - share) @ count / chance.size))


def pool_adjacent_violators(mean: Float64, weight: Float64) -> Float64:
    """Closest never-falling sequence in weighted least squares.

    Examples
    --------
    >>> pool_adjacent_violators(np.array([1.0, 3.0, 2.0]), np.array([1.0, 1.0, 1.0])).tolist()
    [1.0, 2.5, 2.5]
    """
    level: list[float] = []
    mass: list[float] = []
    size: list[int] = []
    for value, amount in zip(mean.tolist(), weight.tolist(), strict=True):
        level.append(value)
        mass.append(amount)
        size.append(1)
        while len(level) > 1 and level[-2] >= level[-1]:
            total = mass[-2] + mass[-1]
            level[-2:] = [(level[-2] * mass[-2] + level[-1] * mass[-1]) / total]
            mass[-2:] = [total]
            size[-2:] = [size[-2] + size[-1]]
    return np.repeat(level, size)


def check_probabilities(values: npt.NDArray[np.floating], name: str) -> None:
    """Refuse NaN and values outside 0..1, naming the row."""
    if values.size and not (values.min() >= 0 and values.max() <= 1):
        row = int(np.argmax(~((values >= 0) & (values <= 1))))
        raise MarketError("bad_probability", f"{name} is {values[row]}: must lie in 0..1", row=row)


def as_fit(values: npt.ArrayLike) -> Float64:
    """Fits as float64 in 0..1, from floats or from 65535ths."""
    array = np.asarray(values)
    if array.dtype == np.uint16:
        return array / FULL_FIT
    return array.astype(np.float64)


def _binned(fit: Float64, outcome: Float64, bins: int | None) -> tuple[Float64, Float64, Float64]:
    distinct, where = np.unique(fit, return_inverse=True)
    if bins is not None and distinct.size > bins:
        inner = np.unique(np.quantile(fit, np.arange(1, bins) / bins))
        where = np.searchsorted(inner, fit, side="right")
    weight = np.bincount(where).astype(np.float64)
    filled = weight > 0
    middle = np.bincount(where, fit)[filled] / weight[filled]
    mean = np.bincount(where, outcome)[filled] / weight[filled]
    return middle, mean, weight[filled]
