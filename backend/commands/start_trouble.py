"""Why a server could not start, in words for whoever set it up, and without a stack trace where the cause is theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from backend.errors import AppError


@dataclass
class StartTrouble:
    """Remembers what stopped the start of `app`: the web server only logs it, with its stack."""

    error: Exception | None = None

    def watch(self, app: FastAPI) -> None:
        inner = app.router.lifespan_context

        @asynccontextmanager
        async def watched(app: Any) -> AsyncIterator[Any]:
            started = False
            try:
                async with inner(app) as state:
                    started = True
                    yield state
            except Exception as error:
                self.error = None if started else error
                raise

        app.router.lifespan_context = watched

    def told(self) -> str:
        """One or two sentences; empty when the error is not of the settings' making."""
        from sqlalchemy.exc import DBAPIError

        error = self.error
        if isinstance(error, AppError):
            return str(error)
        if isinstance(error, DBAPIError):
            return (
                f"The metadata database cannot be used ({type(error.orig or error).__name__}). "
                "Is it running, and is DATACHAT_DATABASE_URL right?"
            )
        if isinstance(error, OSError) and error.filename:
            return f"{error.filename}: {error.strerror}."
        return ""
