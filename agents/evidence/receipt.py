"""The evidence of one answered turn in one JSON document: what was asked, planned, confirmed, run, checked and found.

Without rows, below 20 kB, with a SHA-256 over its own canonical form, so that it can be filed and
compared; the server signs it when it keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.deps import TurnDeps
from agents.events import AnswerReady, Usage
from agents.fingerprints import canonical, sha256
from agents.state import StepResult, TurnState

VERSION = 2
MAX_BYTES = 20_000
ROOM = 400
"""For the hash, and the signature that the server adds."""
LONG_TEXT = 400


def make_receipt(state: TurnState, deps: TurnDeps, answer: AnswerReady, usage: Usage) -> dict[str, Any]:
    """The receipt, its own hash included."""
    body: dict[str, Any] = {
        "version": VERSION,
        "receipt_id": answer.receipt_id,
        "turn_id": state["turn_id"],
        "chat_id": state.get("chat_id", ""),
        "kind": state["kind"],
        "question": state["question"],
        "started": state["started"],
        "today": deps.today.isoformat(),
        "clarifications": state.get("answers", {}),
        "plan": {
            "proposed": state["first_plan"],
            "confirmed": state["plan"] if state["plan"] != state["first_plan"] else "as proposed",
            "revision": state["confirmation"]["revision"],
            "confirmed_by": state["confirmation"]["by"] or "policy",
            "shown_statements": state["confirmation"]["statements"],
        },
        "review": state.get("review"),
        "steps": [_step(result, deps, state) for result in state["results"]],
        "answer": {
            "text": answer.text,
            "references": [r.model_dump(mode="json") for r in answer.references],
            "confidence": answer.confidence,
            "label": answer.confidence_label,
            "reasons": list(answer.reasons),
            "warnings": list(answer.warnings),
        },
        "reasoner": {key: state["verdict"][key] for key in ("reasoner", "origin", "note")},
        "models": sorted(deps.budget.models),
        "usage": usage.model_dump(mode="json"),
        "versions": dict(deps.versions),
    }
    return sealed(_small_enough(body))


def sealed(body: Mapping[str, Any]) -> dict[str, Any]:
    """With `sha256` over the canonical JSON of everything else but a signature."""
    rest = {key: value for key, value in body.items() if key not in ("sha256", "signature")}
    return {**rest, "sha256": sha256(canonical(rest))}


def is_intact(receipt: Mapping[str, Any]) -> bool:
    return bool(receipt.get("sha256") == sealed(receipt)["sha256"])


def _step(result: StepResult, deps: TurnDeps, state: TurnState) -> dict[str, Any]:
    source = deps.sources.get(result["source_id"])
    shown = state["confirmation"]["statements"].get(result["step"], "")
    return {
        "step": result["step"],
        "source_id": result["source_id"],
        "source_name": source.name if source is not None else "",
        "engine": source.capabilities.engine if source is not None else "",
        "schema_fingerprint": state["confirmation"]["fingerprints"].get(result["source_id"], ""),
        "indexed_at": source.knowledge.indexed_at if source is not None else "",
        "sql": result["sql"],
        "sql_sha256": result["sha256"],
        "origin": result["origin"],
        "as_shown": shown == result["sha256"],
        "restricted": result["restricted"],
        "reading": result["reading"],
        "read_back": result["back_translation"],
        "conformance": result["conformance"],
        "checks": [_check(check) for check in result["checks"]],
        "columns": result["columns"],
        "result_id": result["result_id"],
        "rows": result["row_count"],
        "rows_digest": result["rows_digest"],
        "truncated": result["truncated"],
        "seconds": result["seconds"],
    }


def _check(check: Mapping[str, Any]) -> dict[str, Any]:
    return {key: check[key] for key in ("name", "title", "verdict", "detail", "seconds")}


def _small_enough(body: dict[str, Any]) -> dict[str, Any]:
    """Gives up detail in order of how easily it can be found elsewhere, and says so."""
    steps: list[dict[str, Any]] = body["steps"]
    for name, cut in (
        (
            "plan.proposed.links",
            lambda: body["plan"].update(proposed=_without_links(body["plan"]["proposed"])),
        ),
        ("steps.reading", lambda: [s.update(reading=sha256(canonical(s["reading"]))) for s in steps]),
        ("answer.references", lambda: body["answer"].update(references=[])),
        ("steps.columns", lambda: [s.update(columns=[c["name"] for c in s["columns"]]) for s in steps]),
        ("steps.conformance", lambda: [s.update(conformance=len(s["conformance"])) for s in steps]),
        ("plan.proposed", lambda: body["plan"].update(proposed=sha256(canonical(body["plan"]["proposed"])))),
        ("answer.text", lambda: body["answer"].update(text=body["answer"]["text"][:LONG_TEXT])),
        ("question", lambda: body.update(question=body["question"][:LONG_TEXT])),
        (
            "plan.confirmed",
            lambda: body["plan"].update(confirmed=sha256(canonical({"plan": body["plan"]["confirmed"]}))),
        ),
        ("steps.columns", lambda: [s.update(columns=len(s["columns"])) for s in steps]),
    ):
        if len(canonical(body).encode()) < MAX_BYTES - ROOM:
            break
        cut()
        body["left_out"] = [*body.get("left_out", []), name]
    return body


def _without_links(plan: dict[str, Any]) -> dict[str, Any]:
    return {**plan, "links": []}
