"""radtest: characterise chips and payloads that must survive radiation in space."""

__version__ = "0.1.0"

__all__ = ["__version__"]
