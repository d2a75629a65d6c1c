"""Numbers over all records."""

import statistics

from events import log
from files import read_json, write_json


def handler(event, _context):
    found = statistics_of(read_json(event["records"]))
    log("statistics are calculated", **found)
    return write_json(event["records"]["bucket"], f"work/{event['execution']}/statistics.json", found)


def statistics_of(records):
    amounts = [each["amount"] for each in records]
    return {
        "count": len(amounts),
        "total": round(sum(amounts), 2),
        "mean": round(statistics.fmean(amounts), 2),
        "median": round(statistics.median(amounts), 2),
        "smallest": min(amounts),
        "largest": max(amounts),
        "first_date": min(each["date"] for each in records),
        "last_date": max(each["date"] for each in records),
    }
