"""The project: settings, URLs, middleware, logging."""

__version__ = "1.0.0"  # of the release that CHANGELOG.md describes first
