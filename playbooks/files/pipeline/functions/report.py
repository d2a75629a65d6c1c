"""Totals by region and by product, the largest first."""

from collections import defaultdict

from events import log
from files import read_json, write_json


def handler(event, _context):
    records = read_json(event["records"])
    found = {"by_region": totals(records, "region"), "by_product": totals(records, "product")}
    log("report is generated", regions=len(found["by_region"]), products=len(found["by_product"]))
    return write_json(event["records"]["bucket"], f"work/{event['execution']}/report.json", found)


def totals(records, column):
    sums = defaultdict(lambda: {"quantity": 0, "amount": 0.0})
    for each in records:
        sums[each[column]]["quantity"] += each["quantity"]
        sums[each[column]]["amount"] += each["amount"]
    rows = [
        {column: name, "quantity": each["quantity"], "amount": round(each["amount"], 2)} for name, each in sums.items()
    ]
    return sorted(rows, key=lambda row: (-row["amount"], row[column]))
