"""Chats, their events, and a turn over plain HTTP."""

from __future__ import annotations

from fastapi import APIRouter

from backend.chat.schemas import ChatCreate, ChatEvents, ChatSummary, ChatUpdate, TurnRequest, TurnResponse
from backend.errors import Conflict
from backend.schemas import Page

router = APIRouter()


@router.get("/chats")
async def list_chats(
    project_id: str | None = None, q: str = "", cursor: str | None = None
) -> Page[ChatSummary]:
    raise Conflict("Not built yet.")


@router.post("/chats", status_code=201)
async def create_chat(body: ChatCreate) -> ChatSummary:
    raise Conflict("Not built yet.")


@router.patch("/chats/{chat_id}")
async def update_chat(chat_id: str, body: ChatUpdate) -> ChatSummary:
    raise Conflict("Not built yet.")


@router.delete("/chats/{chat_id}", status_code=204)
async def delete_chat(chat_id: str) -> None:
    raise Conflict("Not built yet.")


@router.post("/chats/{chat_id}/restore")
async def restore_chat(chat_id: str) -> ChatSummary:
    raise Conflict("Not built yet.")


@router.get("/chats/{chat_id}/events")
async def list_events(chat_id: str, after_seq: int = 0) -> ChatEvents:
    raise Conflict("Not built yet.")


@router.post("/chat")
async def ask(body: TurnRequest) -> TurnResponse:
    raise Conflict("Not built yet.")
