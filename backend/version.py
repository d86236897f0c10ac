"""Of this product, as installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("datachat")
except PackageNotFoundError:
    VERSION = "0.1.0"
