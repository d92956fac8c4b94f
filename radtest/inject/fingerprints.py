"""What tells whether two campaigns are the same: SHA-256 sums of bench and golden run."""

from __future__ import annotations

import hashlib
from pathlib import Path

from radtest.inject.configuration import InjectionConfiguration, resolve_source, test_module
from radtest.inject.golden_run import GoldenRun

__all__ = ["bench_sha256", "golden_sha256"]


def bench_sha256(configuration: InjectionConfiguration, campaign_file: Path) -> str:
    """Return a SHA-256 over the module of the test and the sources of its bench; not over what the module imports."""
    module = test_module(configuration.test, campaign_file)
    files = [module, *(resolve_source(name, campaign_file, "test.sources") for name in configuration.test.sources)]
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.name}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def golden_sha256(golden: GoldenRun) -> str:
    """Return a SHA-256 over all that upsets are compared with."""
    return hashlib.sha256(golden.path.read_bytes()).hexdigest()
