"""Turn rows of text into records, each with its amount."""

import csv
import io
from decimal import Decimal

from events import log
from files import read, write_json


def handler(event, _context):
    source = event["source"]
    records = [record(row) for row in csv.DictReader(io.StringIO(read(source).decode("utf-8-sig")))]
    log("rows are transformed", records=len(records), **source)
    return write_json(source["bucket"], f"work/{event['execution']}/records.json", records)


def record(row):
    quantity, price = int(row["quantity"]), Decimal(row["unit_price"])
    names = {column: row[column].strip() for column in ("date", "region", "product")}
    # To the cent, as money is counted.
    return {**names, "quantity": quantity, "unit_price": float(price), "amount": float(round(quantity * price, 2))}
