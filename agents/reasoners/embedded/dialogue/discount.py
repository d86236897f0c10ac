"""What was paid after discounts: set aside while a query is changed, and put back into what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agents.reasoners.embedded.analytic.dress import discounted
from connectors.sql.reading import Arithmetic, ColumnRef, Expression, Function, Literal, Reading


@dataclass(frozen=True, slots=True)
class Discount:
    price: str
    """Name of the column that is multiplied."""
    share: str
    """Name of the column with the share that is taken off, in the same table."""

    def put_back(self, reading: Reading) -> Reading:
        """The reading whose sums of the price are of what was paid."""
        return discounted(reading, self.price, self.share)


def without_discount(reading: Reading) -> tuple[Reading, Discount | None]:
    """The reading with sums of full prices, and the discount they were without; None when there was none."""
    found: list[Discount] = []

    def change(expression: Expression) -> Expression:
        match expression:
            case Function(
                name="sum",
                args=(
                    Arithmetic(
                        operator="*",
                        left=paid,
                        right=Arithmetic(operator="-", left=Literal(value=1), right=ColumnRef() as share),
                    ),
                ),
            ):
                price = paid.left if isinstance(paid, Arithmetic) else paid
                if isinstance(price, ColumnRef):
                    found.append(Discount(price.name, share.name))
                    return replace(expression, args=(paid,))
        return expression

    full = replace(
        reading,
        outputs=tuple(replace(output, expression=change(output.expression)) for output in reading.outputs),
        order_by=tuple(replace(order, expression=change(order.expression)) for order in reading.order_by),
    )
    return (full, found[0]) if len(set(found)) == 1 else (reading, None)
