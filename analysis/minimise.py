"""Minimisation with Minuit2. The only module that imports iminuit, which is LGPL and therefore an optional extra."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import ToolMissingError

__all__ = ["Minimum", "minimise"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """Where a minimisation ended.

    Parameters
    ----------
    position : ndarray, shape (n,)
        The parameters.
    value : float
        The function there.
    converged : bool
        Whether the estimated distance to the minimum is below the tolerance.
    evaluations : int
        Calls of the function.
    """

    position: Array
    value: float
    converged: bool
    evaluations: int


_NO_SLOPE = 1e-9


class _LostError(Exception):
    """A search asked for the function at no number."""


def minimise(
    function: Callable[[Array], float],
    gradient: Callable[[Array], Array],
    start: Sequence[float] | Array,
    limits: Sequence[tuple[float, float]],
    *,
    scale: Sequence[float] | Array,
    fixed: Sequence[int] = (),
    tolerance: float = 1e-2,
) -> Minimum:
    """Minimise a function whose scale is a deviance (up by 1 at one standard deviation).

    Parameters
    ----------
    function, gradient : callable
        Take an array of shape (n,); return the value, and the gradient of shape (n,).
    start : array_like, shape (n,)
        Where to begin, within the limits.
    limits : sequence of (low, high), length n
        Box of the search; infinite where there is none.
    scale : array_like, shape (n,)
        First steps; positive.
    fixed : sequence of int
        Indices of parameters that stay at their start.
    tolerance : float
        MIGRAD stops when the estimated distance to the minimum is below 0.002 times this.

    Returns
    -------
    Minimum

    Raises
    ------
    ToolMissingError
        If iminuit is not installed.

    Notes
    -----
    MIGRAD, the variable-metric method of Minuit2 [1]_. A search that stops short is tried once more from where it
    stands. On a plateau MIGRAD divides by a slope of zero and asks for the function at no number: a start without slope
    is returned as it is, and a search that gets lost later has not converged.

    References
    ----------
    .. [1] F. James and M. Roos, Comput. Phys. Commun. 10, 343 (1975).
    """
    iminuit = _import()
    origin, step = np.array(start, dtype=np.float64), np.asarray(scale, dtype=np.float64)
    free = np.ones(origin.size, dtype=bool)
    free[list(fixed)] = False
    if np.all(np.abs(gradient(origin) * step)[free] < _NO_SLOPE):
        return Minimum(origin, function(origin), True, 1)

    def watched(position: Array) -> float:
        if not np.all(np.isfinite(position)):
            raise _LostError
        return function(position)

    search = iminuit.Minuit(watched, origin, grad=gradient)
    search.errordef = 1.0
    search.strategy = 0
    search.tol = tolerance
    search.print_level = -1
    search.limits = list(limits)
    search.errors = step
    for index in fixed:
        search.fixed[index] = True
    try:
        search.migrad()
        if not search.valid:
            search.strategy = 1
            search.migrad()
    except _LostError:
        return Minimum(origin, function(origin), False, int(search.nfcn))
    return Minimum(np.array(search.values), float(search.fval), bool(search.valid), int(search.nfcn))


def _import() -> Any:
    try:
        import iminuit  # noqa: PLC0415 (optional)
    except ImportError:
        raise ToolMissingError(
            "a likelihood fit needs iminuit, which is not installed", remedy="pip install 'radtest[fit]'"
        ) from None
    return iminuit
