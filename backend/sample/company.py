"""Fernhill Outdoor, a fictional shop chain with four years of trade.

Fourteen tables, about 100,000 rows, and the problems that real data has: customers entered twice,
missing e-mail addresses, a city with a trailing blank, one status spelt two ways, payments that fall
short of the order, return records of items that no longer exist, a month that is not over yet.
"""

from __future__ import annotations

import math
import random
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

SEED = 20
YEARS = 4
CUSTOMERS = 4_200
ORDERS = 18_500

Row = tuple[Any, ...]


def build(path: Path, *, until: date | None = None, seed: int = SEED) -> dict[str, int]:
    """Write the database to `path`, replacing what is there.

    Args:
        until: the last day with data; today when left out.
    Returns: rows per table.
    """
    company = _Company(random.Random(seed), until or date.today())
    tables = company.tables()
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    unfinished.unlink(missing_ok=True)
    connection = sqlite3.connect(unfinished)
    try:
        connection.executescript(files(__package__).joinpath("schema.sql").read_text("utf-8"))
        for name, rows in tables.items():
            places = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO {name} VALUES ({places})", rows)  # noqa: S608 - own table names
        connection.commit()
        connection.execute("ANALYZE")
        connection.commit()
    finally:
        connection.close()
    unfinished.replace(path)
    return {name: len(rows) for name, rows in tables.items()}


def _moment(day: date, hour: int, minute: int) -> str:
    return datetime(day.year, day.month, day.day, hour, minute).isoformat(sep=" ")


class _Company:
    """Draws every table in an order in which each may refer to those before it."""

    def __init__(self, rng: random.Random, until: date) -> None:
        self.rng = rng
        self.until = until
        self.since = date(until.year - YEARS + 1, 1, 1)
        self.words: dict[str, Any] = yaml.safe_load(
            files(__package__).joinpath("words.yaml").read_text("utf-8")
        )

    def tables(self) -> dict[str, list[Row]]:
        made: dict[str, list[Row]] = {}
        made["regions"] = [(i, r["name"], r["country"]) for i, r in enumerate(self.words["regions"], 1)]
        made["stores"] = self._stores()
        made["employees"] = self._employees(made["stores"])
        made["customers"] = self._customers()
        made["categories"] = self._categories()
        made["suppliers"] = self._suppliers()
        made["products"] = self._products(made["categories"])
        made["campaigns"] = self._campaigns()
        made.update(self._sales(made))
        made["support_tickets"] = self._tickets(made["orders"])
        return made

    def _day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.rng.randrange(max((last - first).days, 0) + 1))

    def _stores(self) -> list[Row]:
        rows: list[Row] = []
        for region_id, region in enumerate(self.words["regions"], 1):
            for city in region["cities"]:
                number = len(rows) + 1
                opened = self._day(date(self.since.year - 9, 1, 1), date(self.since.year + 1, 6, 1))
                area = self.rng.randrange(12, 90) * 10
                rows.append(
                    (
                        number,
                        f"Fernhill {city}",
                        region_id,
                        city,
                        opened.isoformat(),
                        area,
                        number not in (7, 15),
                    )
                )
        return rows

    def _employees(self, stores: Sequence[Row]) -> list[Row]:
        rows: list[Row] = [
            (
                1,
                "Margaret",
                "Fern",
                "Chief Executive",
                None,
                None,
                f"{self.since.year - 12}-02-01",
                None,
                148000,
            )
        ]
        titles = self.words["job_titles"]
        for store in stores:
            manager = len(rows) + 1
            for place in range(self.rng.randrange(4, 9)):
                title, pay = titles[0] if place == 0 else self.rng.choices(titles[1:], (6, 3, 2))[0]
                hired = self._day(date.fromisoformat(store[4]), self.until - timedelta(days=60))
                gone = place > 0 and self.rng.random() < 0.14
                left = self._day(hired + timedelta(days=30), self.until).isoformat() if gone else None
                salary = round(pay * self.rng.uniform(0.92, 1.22) / 100) * 100
                rows.append(
                    (len(rows) + 1, self._first(), self._last(), title, store[0], 1 if place == 0 else manager,
                     hired.isoformat(), left, salary)
                )  # fmt: skip
        return rows

    def _first(self) -> str:
        return str(self.rng.choice(self.words["first_names"]))

    def _last(self) -> str:
        return str(self.rng.choice(self.words["last_names"]))

    def _customers(self) -> list[Row]:
        regions = self.words["regions"]
        weights = [r["online_weight"] for r in regions]
        rows: list[Row] = []
        for number in range(1, CUSTOMERS + 1):
            region = self.rng.choices(regions, weights)[0]
            first, last = self._first(), self._last()
            email: str | None = f"{first}.{last}{number}@example.com".lower()
            if self.rng.random() < 0.06:
                email = None
            city = self.rng.choice(region["cities"])
            if self.rng.random() < 0.004:
                city += " "
            birth = (
                None if self.rng.random() < 0.11 else self.until.year - int(self.rng.triangular(18, 78, 36))
            )
            segment = self.rng.choices(("Consumer", "Club", "Business"), (70, 22, 8))[0]
            signed = self._day(date(self.since.year - 2, 1, 1), self.until - timedelta(days=5))
            rows.append(
                (
                    number,
                    first,
                    last,
                    email,
                    city,
                    region["country"],
                    birth,
                    segment,
                    signed.isoformat(),
                    self.rng.random() < 0.46,
                )
            )
        for twin in self.rng.sample(rows, 25):
            rows.append((len(rows) + 1, twin[1].upper(), twin[2], *twin[3:]))
        return rows

    def _categories(self) -> list[Row]:
        names = [c["name"] for c in self.words["categories"]]
        return [
            (i, c["name"], names.index(c["parent"]) + 1 if "parent" in c else None)
            for i, c in enumerate(self.words["categories"], 1)
        ]

    def _suppliers(self) -> list[Row]:
        return [
            (i, name, country, None if i == 11 else round(self.rng.uniform(2.9, 4.9), 1))
            for i, (name, country) in enumerate(self.words["suppliers"], 1)
        ]

    def _products(self, categories: Sequence[Row]) -> list[Row]:
        rows: list[Row] = []
        for category, detail in zip(categories, self.words["categories"], strict=True):
            for kind in detail.get("kinds", ()):
                for line in self.rng.sample(self.words["lines"], 5):
                    low, high = detail["price"]
                    price = math.floor(self.rng.triangular(low, high, low + (high - low) * 0.3)) + 0.95
                    launched = self._day(date(self.since.year - 3, 1, 1), self.until - timedelta(days=40))
                    ended = self.rng.random() < 0.1 and (self.until - launched).days > 400
                    rows.append(
                        (len(rows) + 1, f"{category[1][:2].upper()}-{len(rows) + 1001}", f"{line} {kind}", category[0],
                         self.rng.randrange(1, 13), price, round(price * self.rng.uniform(0.38, 0.66), 2), launched.isoformat(),
                         self._day(launched + timedelta(days=300), self.until).isoformat() if ended else None)
                    )  # fmt: skip
        return rows

    def _campaigns(self) -> list[Row]:
        rows: list[Row] = []
        for year in range(self.since.year, self.until.year + 1):
            for name, channel, month, days, budget in self.words["campaigns"]:
                start = date(year, month, 5)
                if start <= self.until:
                    cost = round(budget * self.rng.uniform(0.8, 1.3), -2)
                    end = start + timedelta(days=days)
                    rows.append(
                        (len(rows) + 1, f"{name} {year}", channel, start.isoformat(), end.isoformat(), cost)
                    )
        return rows

    def _order_days(self) -> Iterable[date]:
        """Days of the orders, in time order: growth over the years, weekends and the months before Christmas busier."""
        days = [self.since + timedelta(days=n) for n in range((self.until - self.since).days + 1)]
        season = (0.75, 0.72, 0.9, 1.0, 1.1, 1.2, 1.15, 1.0, 0.95, 0.9, 1.25, 1.5)
        weights = [
            season[d.month - 1]
            * (1.4 if d.weekday() >= 5 else 1.0)
            * (1 + 0.16 * (d - self.since).days / 365)
            for d in days
        ]
        return sorted(self.rng.choices(days, weights, k=ORDERS))

    def _sales(self, made: dict[str, list[Row]]) -> dict[str, list[Row]]:
        tables: dict[str, list[Row]] = {
            name: [] for name in ("orders", "order_items", "payments", "shipments", "returns")
        }
        seller_of = {s[0]: [e[0] for e in made["employees"] if e[4] == s[0]] for s in made["stores"]}
        open_stores = [s for s in made["stores"] if s[6]]
        customers = sorted(made["customers"], key=lambda c: c[8])
        loyalty = [self.rng.paretovariate(1.6) for _ in customers]
        known = 0
        for day in self._order_days():
            while known < len(customers) and customers[known][8] <= day.isoformat():
                known += 1
            customer = self.rng.choices(customers[:known], loyalty[:known])[0]
            self._order(day, customer, open_stores, seller_of, made, tables)
        for number in (1, 2, 3):
            tables["returns"].append(
                (len(tables["returns"]) + 1, 900_000 + number, self.until.isoformat(), 1, "Damaged", 19.95)
            )
        return tables

    def _order(
        self, day: date, customer: Row, stores: Sequence[Row], seller_of: dict[int, list[int]],
        made: dict[str, list[Row]], tables: dict[str, list[Row]],
    ) -> None:  # fmt: skip
        rng = self.rng
        number = len(tables["orders"]) + 1
        channel = rng.choices(("store", "web", "phone"), (42, 53, 5))[0]
        store = (
            rng.choice([s for s in stores if s[3] == customer[4].strip()] or stores)
            if channel == "store"
            else None
        )
        age = (self.until - day).days
        status = rng.choices(("completed", "cancelled", "returned"), (90, 6, 4))[0]
        if age < 6 and channel != "store":
            status = rng.choice(("pending", "shipped", "completed"))
        if status == "cancelled" and rng.random() < 0.08:
            status = "canceled"
        running = [c for c in made["campaigns"] if c[3] <= day.isoformat() <= c[4]]
        campaign = running[0][0] if running and rng.random() < 0.3 else None
        seller = rng.choice(seller_of[store[0]]) if store and seller_of[store[0]] else None
        tables["orders"].append(
            (number, customer[0], store[0] if store else None, seller, campaign,
             _moment(day, min(21, max(8, round(rng.gauss(14, 3.2)))), rng.randrange(60)), channel, status,
             customer[4] if channel != "store" else None, customer[5] if channel != "store" else None)
        )  # fmt: skip
        total = sum(
            self._item(number, day, status, campaign, made, tables)
            for _ in range(rng.choices((1, 2, 3, 4, 6), (38, 27, 18, 11, 6))[0])
        )
        if not status.startswith("cancel"):
            short = rng.random() < 0.006
            tables["payments"].append(
                (len(tables["payments"]) + 1, number, _moment(day, 22, rng.randrange(60)),
                 rng.choices(("card", "paypal", "invoice", "cash"), (55, 25, 12, 8 if channel == "store" else 0))[0],
                 round(total * (0.5 if short else 1.0), 2))
            )  # fmt: skip
            if channel != "store" and status != "pending":
                shipped = day + timedelta(days=rng.randrange(0, 3))
                arrived = shipped + timedelta(days=max(1, round(rng.gauss(3, 1.4))))
                if shipped <= self.until:
                    tables["shipments"].append(
                        (len(tables["shipments"]) + 1, number, rng.choices(self.words["carriers"], (5, 4, 2))[0],
                         shipped.isoformat(), arrived.isoformat() if arrived <= self.until else None)
                    )  # fmt: skip

    def _item(
        self,
        order: int,
        day: date,
        status: str,
        campaign: int | None,
        made: dict[str, list[Row]],
        tables: dict[str, list[Row]],
    ) -> float:
        rng = self.rng
        details = self.words["categories"]
        on_sale = [
            p
            for p in rng.sample(made["products"], 24)
            if p[7] <= day.isoformat() and (p[8] is None or p[8] > day.isoformat())
        ]
        nearness = [1.0 + math.cos((day.month - details[p[3] - 1]["peak"]) * math.pi / 6) for p in on_sale]
        product = rng.choices(on_sale, [0.25 + n for n in nearness])[0] if on_sale else made["products"][0]
        quantity = rng.choices((1, 2, 3, 5, 10), (72, 17, 6, 3, 2))[0]
        discount = round(product[5] * quantity * rng.choice((0.1, 0.15, 0.2)), 2) if campaign else 0.0
        amount: float = round(product[5] * quantity - discount, 2)
        number = len(tables["order_items"]) + 1
        tables["order_items"].append((number, order, product[0], quantity, product[5], discount, amount))
        sent_back = status == "returned" or (status == "completed" and rng.random() < 0.035)
        if sent_back and (day + timedelta(days=3)) <= self.until:
            back = min(self.until, day + timedelta(days=rng.randrange(3, 35)))
            tables["returns"].append(
                (len(tables["returns"]) + 1, number, back.isoformat(), quantity,
                 rng.choices(self.words["return_reasons"], (40, 15, 15, 22, 8))[0], amount)
            )  # fmt: skip
        return amount

    def _tickets(self, orders: Sequence[Row]) -> list[Row]:
        rng = self.rng
        rows: list[Row] = []
        for order in sorted(rng.sample(orders, 3_100)):
            opened = datetime.fromisoformat(order[5]) + timedelta(hours=rng.randrange(4, 400))
            if opened.date() > self.until:
                continue
            closed = opened + timedelta(minutes=int(rng.expovariate(1 / 2600)) + 10)
            done = closed.date() <= self.until and rng.random() < 0.96
            rows.append(
                (len(rows) + 1, order[1], order[0] if rng.random() < 0.8 else None, opened.isoformat(sep=" "),
                 closed.isoformat(sep=" ") if done else None, rng.choices(self.words["ticket_topics"], (32, 22, 18, 9, 8, 11))[0],
                 rng.choices(("low", "normal", "high"), (30, 55, 15))[0],
                 rng.choices((1, 2, 3, 4, 5), (6, 8, 16, 36, 34))[0] if done and rng.random() < 0.6 else None)
            )  # fmt: skip
        return rows
