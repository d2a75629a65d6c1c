"""Put the result where it belongs, unless a newer file of the same name has come meanwhile."""

from events import log
from files import is_latest, read_json, result_key, write_json


def handler(event, _context):
    source = event["source"]
    if not is_latest(source):
        log("not written: a newer file has come", **source)
        return {"written": False}
    records, statistics, report = (read_json(event[name]) for name in ("records", "statistics", "report"))
    key = result_key(source)
    # It tells later what it was made of: which output came from which input, and that nothing has to be done again.
    origin = {"bucket": source["bucket"], "key": source["key"], "etag": source["etag"].strip('"')}
    summary = {"source": origin, "result": key, "statistics": statistics, "report": report}
    folder = key.rpartition("/")[0]
    write_json(source["bucket"], f"{folder}/processing_summary.json", summary)
    # Last, because from then on the file counts as done.
    write_json(source["bucket"], key, {**summary, "records": records}, **{"source-etag": origin["etag"]})
    log("the result is written", result=key, records=len(records), **source)
    return {"written": True, "result": key, "statistics": statistics}
