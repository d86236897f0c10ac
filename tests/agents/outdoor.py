"""An outdoor shop as old systems leave it: short forms, prefixes, three ways of writing names, and no declared keys."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

SCHEMA = """
CREATE TABLE tbl_cust (cust_id INTEGER PRIMARY KEY, cust_nm TEXT, cust_cty TEXT, cust_ctry_cd TEXT, dt_crtd TEXT, is_actv INTEGER, crdt_lmt REAL);
CREATE TABLE tbl_prd (prd_id INTEGER PRIMARY KEY, prd_nm TEXT, prd_grp TEXT, unt_prc REAL, qty_on_hand INTEGER);
CREATE TABLE EmpMaster (empNo INTEGER PRIMARY KEY, fullName TEXT, deptName TEXT, hireDate TEXT, annualSalary REAL, mgrEmpNo INTEGER);
CREATE TABLE tbl_ord (ord_no INTEGER PRIMARY KEY, cust_id INTEGER, slsEmpNo INTEGER, ord_dt TEXT, ord_sts TEXT, due_dt TEXT, shp_dt TEXT, tot_amt REAL);
CREATE TABLE tbl_ord_ln (ord_no INTEGER, ln_no INTEGER, prd_id INTEGER, qty INTEGER, ln_amt REAL, PRIMARY KEY (ord_no, ln_no));
CREATE TABLE ShipmentEvents (shipmentEventId INTEGER PRIMARY KEY, ordNo INTEGER, eventType TEXT, occurredAt TEXT, carrierName TEXT);
"""
_PLACES = [("Lyon", "FR"), ("Paris", "FR"), ("Turin", "IT"), ("Graz", "AT"), ("Ghent", "BE"), ("Porto", "PT")]
_FIRST = ["Ada", "Bo", "Cleo", "Dana", "Edda", "Fritz", "Gus", "Hana", "Ivo", "June", "Kai", "Lena"]
_LAST = ["Arnaud", "Bruni", "Costa", "Dietz", "Egger", "Faber", "Gallo", "Huber", "Isler", "Jonas"]
_GROUPS = ["Tents", "Boots", "Stoves", "Ropes"]
_LINES = ["Alpine", "Trail", "Summit", "Glacier", "Ridge"]


def build(path: Path) -> None:
    """The same rows each time."""
    pick = random.Random(3)
    with sqlite3.connect(path) as database:
        database.executescript(SCHEMA)
        _people_and_products(database, pick)
        for number in range(1, 401):
            _order(database, pick, number)
    database.close()


def _insert(database: sqlite3.Connection, table: str, *row: object) -> None:
    database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def _people_and_products(database: sqlite3.Connection, pick: random.Random) -> None:
    for number in range(1, 81):
        name, (city, country) = f"{pick.choice(_FIRST)} {pick.choice(_LAST)}", pick.choice(_PLACES)
        made = f"20{pick.randint(22, 26)}-{pick.randint(1, 10):02}-{pick.randint(1, 28):02}"
        active, limit = int(pick.random() < 0.8), pick.choice([1000, 2500, 5000, 10000])
        _insert(database, "tbl_cust", number, name, city, country, made, active, limit)
    for number in range(1, 31):
        group = _GROUPS[number % 4]
        name = f"{pick.choice(_LINES)} {group[:-1]} {number}"
        price, stock = round(pick.uniform(8, 400), 2), pick.randint(0, 90)
        _insert(database, "tbl_prd", number, name, group, price, stock)
    for number in range(101, 116):
        name = f"{pick.choice(_FIRST)} {pick.choice(_LAST)}"
        hired = f"20{pick.randint(15, 25)}-0{pick.randint(1, 9)}-1{pick.randint(0, 9)}"
        department, salary = pick.choice(["Sales", "Support", "Warehouse"]), pick.randint(28, 70) * 1000
        _insert(database, "EmpMaster", number, name, department, hired, salary, 101 if number > 101 else None)


def _order(database: sqlite3.Connection, pick: random.Random, number: int) -> None:
    year = pick.choice([2024, 2025, 2026])
    month, day = pick.randint(1, 10 if year == 2026 else 12), pick.randint(1, 20)
    state = pick.choice(["open", "shipped", "shipped", "shipped", "cancelled"])
    shipped = f"{year}-{month:02}-{day + pick.randint(0, 8):02}" if state == "shipped" else None
    total = 0.0
    for line in range(1, pick.randint(2, 5)):
        quantity, product = pick.randint(1, 6), pick.randint(1, 28)
        amount = round(quantity * pick.uniform(8, 200), 2)
        total += amount
        _insert(database, "tbl_ord_ln", number, line, product, quantity, amount)
    ordered, due = f"{year}-{month:02}-{day:02}", f"{year}-{month:02}-{day + 5:02}"
    buyer, seller = pick.randint(1, 70), 100 + pick.randint(1, 12)
    _insert(database, "tbl_ord", number, buyer, seller, ordered, state, due, shipped, round(total, 2))
    for event in ("picked", "shipped", "delivered")[: pick.randint(1, 3)] if shipped else ():
        carrier = pick.choice(["Chronopost", "DHL", "GLS"])
        values = (number, event, f"{shipped} 1{pick.randint(0, 9)}:00:00", carrier)
        database.execute(
            "INSERT INTO ShipmentEvents (ordNo, eventType, occurredAt, carrierName) VALUES (?, ?, ?, ?)",
            values,
        )
