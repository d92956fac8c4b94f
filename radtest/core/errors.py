"""The exceptions of radtest: one root, and for each kind the builtin it resembles."""

from __future__ import annotations

__all__ = [
    "BusyError",
    "ConfigurationError",
    "FitError",
    "InjectionError",
    "InstrumentError",
    "RadtestError",
    "RecordError",
    "StorageError",
    "ToolMissingError",
]


class RadtestError(Exception):
    """Root of every error radtest raises on purpose.

    Parameters
    ----------
    message : str
        Names the thing and what is wrong with it.
    remedy : str, optional
        How to mend it, as an instruction to the user.

    Attributes
    ----------
    exit_status : int
        Status with which the command line ends: 1 the work failed, 2 the input was wrong.
    """

    exit_status = 1

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return self.message if self.remedy is None else f"{self.message}\n  To mend it: {self.remedy}"


class ConfigurationError(RadtestError, ValueError):
    """A file, an option or a value given by the user is wrong."""

    exit_status = 2


class RecordError(RadtestError, ValueError):
    """A journal or a sealed file is not what it should be."""

    exit_status = 2


class BusyError(RadtestError, FileExistsError):
    """A port, a folder or a file is in use and would have to be overwritten."""

    exit_status = 2


class StorageError(RadtestError, OSError):
    """The record could not be written: the disk is full, or it or its folder went away."""


class ToolMissingError(RadtestError, RuntimeError):
    """An external program or an optional package is absent or too old."""

    exit_status = 2


class InstrumentError(RadtestError, RuntimeError):
    """An instrument refused, answered nonsense, fell silent or went away."""


class InjectionError(RadtestError, RuntimeError):
    """A simulation could not be built or run, or a campaign could not go on."""


class FitError(RadtestError, ArithmeticError):
    """A fit did not converge, or the data cannot constrain what was asked."""
