"""Every check a statement passes, cheapest first. A new check is one file and one line here."""

from __future__ import annotations

from agents.checks import conforms, cost, joins, names, parses, permitted, plausible, profile, read_only
from agents.checks.base import Check, Outcome, ResultCheck, Statement
from agents.events import CheckResult

STATEMENT_CHECKS: tuple[Check, ...] = (
    Check("parses", parses.TITLE, parses.check),
    Check("read_only", read_only.TITLE, read_only.check),
    Check("permitted", permitted.TITLE, permitted.check),
    Check("names", names.TITLE, names.check),
    Check("conforms", conforms.TITLE, conforms.check),
    Check("joins", joins.TITLE, joins.check),
    Check("cost", cost.TITLE, cost.check),
)
"""Before a statement runs; one failure keeps it from running."""

RESULT_CHECKS: tuple[ResultCheck, ...] = (
    ResultCheck("plausible", plausible.TITLE, plausible.check),
    ResultCheck("profile", profile.TITLE, profile.check),
)
"""After it ran; they can only warn."""


def check_statement(statement: Statement) -> tuple[CheckResult, ...]:
    return tuple(check.run(statement) for check in STATEMENT_CHECKS)


def check_result(outcome: Outcome) -> tuple[CheckResult, ...]:
    return tuple(check.run(outcome) for check in RESULT_CHECKS)


def first_failure(checks: tuple[CheckResult, ...]) -> CheckResult | None:
    return next((check for check in checks if check.verdict == "failed"), None)
