"""Every check a statement passes, cheapest first. A new check is one file and one line here."""

from __future__ import annotations

from agents.checks import (
    additive,
    adds_up,
    averages,
    conforms,
    cost,
    crossed,
    division,
    fan_out,
    literals,
    lost_rows,
    names,
    null_keys,
    parses,
    permitted,
    plausible,
    profile,
    read_only,
    roles,
    second,
    spellings,
    text_numbers,
    time_zones,
    unfinished,
    voided,
)
from agents.checks.base import Check, Outcome, Probe, ResultCheck, Rewrite, Statement
from agents.events import CheckResult

STATEMENT_CHECKS: tuple[Check, ...] = (
    Check("parses", parses.TITLE, parses.check),
    Check("read_only", read_only.TITLE, read_only.check),
    Check("permitted", permitted.TITLE, permitted.check),
    Check("names", names.TITLE, names.check),
    Check("conforms", conforms.TITLE, conforms.check),
    Check("crossed", crossed.TITLE, crossed.check),
    Check("fan_out", fan_out.TITLE, fan_out.check, fan_out.probes),
    Check("lost_rows", lost_rows.TITLE, lost_rows.check, lost_rows.probes),
    Check("null_keys", null_keys.TITLE, null_keys.check),
    Check("roles", roles.TITLE, roles.check),
    Check("literals", literals.TITLE, literals.check, literals.probes),
    Check("spellings", spellings.TITLE, spellings.check),
    Check("additive", additive.TITLE, additive.check),
    Check("averages", averages.TITLE, averages.check),
    Check("division", division.TITLE, division.check),
    Check("text_numbers", text_numbers.TITLE, text_numbers.check),
    Check("time_zones", time_zones.TITLE, time_zones.check),
    Check("voided", voided.TITLE, voided.check),
    Check("cost", cost.TITLE, cost.check),
)
"""Before a statement runs; one failure keeps it from running."""

RESULT_CHECKS: tuple[ResultCheck, ...] = (
    ResultCheck("plausible", plausible.TITLE, plausible.check),
    ResultCheck("profile", profile.TITLE, profile.check),
    ResultCheck("unfinished", unfinished.TITLE, unfinished.check),
    ResultCheck("adds_up", adds_up.TITLE, adds_up.check),
    ResultCheck("second", second.TITLE, second.check),
)
"""After it ran; they can only warn."""


def check_statement(statement: Statement) -> tuple[CheckResult, ...]:
    return tuple(check.run(statement)[0] for check in STATEMENT_CHECKS)


def probes_of(statement: Statement) -> tuple[Probe, ...]:
    """What the checks would like to have counted, cheapest check first."""
    return tuple(
        probe for check in STATEMENT_CHECKS if check.probes is not None for probe in check.probes(statement)
    )


def rewrites_of(statement: Statement) -> tuple[tuple[str, Rewrite], ...]:
    """(name of the check, what it offers instead) for every flaw that has a remedy."""
    return tuple((check.name, rewrite) for check in STATEMENT_CHECKS for rewrite in check.run(statement)[1])


def check_result(outcome: Outcome) -> tuple[CheckResult, ...]:
    return tuple(check.run(outcome) for check in RESULT_CHECKS)


def first_failure(checks: tuple[CheckResult, ...]) -> CheckResult | None:
    return next((check for check in checks if check.verdict == "failed"), None)
