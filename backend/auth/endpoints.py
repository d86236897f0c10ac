"""Signing in by a one-time link."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from backend.audit.log import record
from backend.auth.people import redeem_link
from backend.deps import Writing, services_of
from backend.errors import NotSignedIn, TooMany

router = APIRouter()


@router.get("/auth/link", include_in_schema=False)
async def sign_in_by_link(request: Request, session: Writing, token: str = "") -> RedirectResponse:
    services = services_of(request)
    address = request.client.host if request.client else "?"
    if not services.sign_ins.take(address):
        raise TooMany("Too many attempts to sign in. Wait a minute and try again.")
    known = await services.doorkeeper.by_cookie(request.cookies.get(services.cookie, ""))
    try:
        cookie, user_id = await redeem_link(session, token)
    except NotSignedIn:
        if known is not None:
            return RedirectResponse("/", status_code=303)
        raise
    record(session, user_id, "sign_in", user_id)
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(
        services.cookie,
        cookie,
        max_age=int(services.settings.auth.absolute_days * 86_400),
        httponly=True,
        samesite="lax",
        secure=services.addresses.secure,
        path="/",
    )
    return answer
