"""Say whether a file is right, and whether there is anything to do for it."""

import csv
import io
from datetime import date

from events import log
from files import head, is_latest, read, result_key

COLUMNS = ("date", "region", "product", "quantity", "unit_price")
MOST_BYTES = 20_000_000  # as much as fits into the functions' memory, several times
MOST_PROBLEMS = 10  # what is wrong is told by mail, so not all of it


def handler(event, _context):
    source = event["source"]
    outcome = before(source)
    if outcome:
        log("nothing to do", outcome=outcome, **source)
        return {"outcome": outcome}
    if source["size"] > MOST_BYTES:
        rows, problems = 0, [f"the file has {source['size']} bytes; this pipeline takes {MOST_BYTES}"]
    else:
        rows, problems = look_through(read(source))
    outcome = "invalid" if problems else "valid"
    log(f"the file is {outcome}", "WARNING" if problems else "INFO", rows=rows, problems=problems, **source)
    return {"outcome": outcome, "rows": rows, "problems": problems}


def before(source):
    """Why nothing has to be done, if that is so."""
    if not is_latest(source):
        return "superseded"  # there is a newer file of this name, with an execution of its own
    result = head(source["bucket"], result_key(source))
    done = result and result["Metadata"].get("source-etag") == source["etag"].strip('"')
    return "unchanged" if done else None


def look_through(content):
    """(number of rows, what is wrong with them)"""
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or [])]
        if missing:
            return 0, [f"line 1: there is no column {', '.join(missing)}"]
        rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        return 0, [f"this is not a CSV file in UTF-8: {error}"]
    if not rows:
        return 0, ["there are no rows"]
    problems = [f"line {line}: {problem}" for line, row in rows for problem in problems_of(row)]
    if len(problems) > MOST_PROBLEMS:
        problems[MOST_PROBLEMS:] = [f"and {len(problems) - MOST_PROBLEMS} more"]
    return len(rows), problems


def problems_of(row):
    if None in row or None in row.values():
        yield "has another number of fields than the first line"
        return
    if not parsed(date.fromisoformat, row["date"]):
        yield f"{row['date']!r} is no date like 2027-01-31"
    for column in ("region", "product"):
        if not row[column].strip():
            yield f"there is no {column}"
    if not (parsed(int, row["quantity"]) and int(row["quantity"]) > 0):
        yield f"{row['quantity']!r} is no quantity, which is a whole number above 0"
    if not (parsed(float, row["unit_price"]) and 0 <= float(row["unit_price"]) < float("inf")):
        yield f"{row['unit_price']!r} is no price, which is a number from 0"


def parsed(kind, text):
    try:
        kind(text)
    except ValueError:
        return False
    return True
