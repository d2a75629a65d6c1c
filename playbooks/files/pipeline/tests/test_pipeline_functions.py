"""Each function alone, and all of them one after the other as the state machine calls them."""

import json

import alert
import calculate
import files
import pytest
import report
import start
import transform
import validate
import write
from events import Permanent, log

HEADER = "date,region,product,quantity,unit_price\n"
GOOD = HEADER + "2027-01-31,north,tea,2,1.25\n2027-02-01,south,coffee,1,3.999\n2027-01-30,north,coffee,3,4\n"


class AlreadyExists(Exception):
    pass


class StepFunctions:
    """Starts executions, each name once."""

    class exceptions:
        ExecutionAlreadyExists = AlreadyExists

    def __init__(self):
        self.started = {}

    def start_execution(self, stateMachineArn, name, input):
        if name in self.started:
            raise AlreadyExists(name)
        self.started[name] = json.loads(input)


@pytest.fixture
def machine(monkeypatch):
    it = StepFunctions()
    monkeypatch.setattr(start, "stepfunctions", it)
    monkeypatch.setenv("STATE_MACHINE_ARN", "arn:aws:states:eu-west-3:123456789012:stateMachine:p")
    return it


def told(key="input/sales.csv", version="v1", **more):
    described = {"key": key, "eTag": "e1", "size": 9, "sequencer": "01", **({"versionId": version} if version else {})}
    return {"Records": [{"s3": {"bucket": {"name": "b"}, "object": {**described, **more}}}]}


def test_an_arrival_starts_one_execution_however_often_it_is_told(machine):
    first, second = start.handler(told(), None), start.handler(told(), None)
    assert first == second
    assert list(machine.started) == first["executions"]


@pytest.mark.parametrize(
    "other",
    [told(version="v2"), told(key="input/other.csv"), told(version=None), told(version=None, sequencer="02")],
)
def test_another_arrival_starts_another(machine, other):
    start.handler(told(), None)
    start.handler(other, None)
    assert len(machine.started) == 2


def test_a_key_is_told_as_in_an_url_and_a_name_has_no_odd_characters(machine):
    start.handler(told(key="input/Verk%C3%A4ufe+2027/Mai+%26+Juni.csv"), None)
    ((name, given),) = machine.started.items()
    assert given["source"]["key"] == "input/Verkäufe 2027/Mai & Juni.csv"
    assert name.startswith("Mai-Juni-csv-")


def test_a_name_has_80_characters_at_most(machine):
    start.handler(told(key="input/" + "x" * 900 + ".csv"), None)
    assert [len(name) for name in machine.started] == [80]


def test_what_is_no_event_of_an_object_starts_nothing(machine):
    assert start.handler({"Event": "s3:TestEvent"}, None) == {"executions": []}


def test_a_good_file_is_valid(bucket):
    assert validate.handler({"source": bucket.upload("input/a.csv", GOOD)}, None) == {
        "outcome": "valid",
        "rows": 3,
        "problems": [],
    }


def test_a_byte_order_mark_does_no_harm(bucket):
    assert validate.handler({"source": bucket.upload("input/a.csv", "\ufeff" + GOOD)}, None)["outcome"] == "valid"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "there is no column date, region"),
        (HEADER, "there are no rows"),
        ("date,region\n2027-01-01,north\n", "there is no column product, quantity, unit_price"),
        (HEADER + "2027-02-30,north,tea,1,1\n", "line 2: '2027-02-30' is no date"),
        (HEADER + "2027-02-01, ,tea,1,1\n", "line 2: there is no region"),
        (HEADER + "2027-02-01,north,,1,1\n", "line 2: there is no product"),
        (HEADER + "2027-02-01,north,tea,0,1\n", "'0' is no quantity"),
        (HEADER + "2027-02-01,north,tea,1.5,1\n", "'1.5' is no quantity"),
        (HEADER + "2027-02-01,north,tea,1,-1\n", "'-1' is no price"),
        (HEADER + "2027-02-01,north,tea,1,nan\n", "'nan' is no price"),
        (HEADER + "2027-02-01,north,tea,1,inf\n", "'inf' is no price"),
        (HEADER + "2027-02-01,north,tea,1\n", "another number of fields"),
        (HEADER + "2027-02-01,north,tea,1,1,1\n", "another number of fields"),
        (HEADER + '2027-02-01,"north,tea,1,1\n', "this is not a CSV file"),
    ],
)
def test_a_broken_file_is_invalid(bucket, text, problem):
    found = validate.handler({"source": bucket.upload("input/a.csv", text)}, None)
    assert found["outcome"] == "invalid"
    assert problem in found["problems"][0]


def test_what_is_no_text_is_invalid(bucket):
    source = bucket.upload("input/a.csv", GOOD)
    bucket.objects["input/a.csv"][-1] = (source["version_id"], b"\xff\xfe\x00", {})
    assert validate.handler({"source": source}, None)["problems"][0].startswith("this is not a CSV file in UTF-8")


def test_not_all_of_many_problems_are_told(bucket):
    source = bucket.upload("input/a.csv", HEADER + "x,north,tea,1,1\n" * 500)
    assert validate.handler({"source": source}, None)["problems"][-1] == "and 490 more"


def test_a_file_that_is_too_large_is_not_read(bucket):
    source = {**bucket.upload("input/a.csv", GOOD), "size": validate.MOST_BYTES + 1}
    assert "takes 20000000" in validate.handler({"source": source}, None)["problems"][0]


def through(bucket, source, execution="e"):
    """What the state machine does with a file that is valid."""
    event = {"source": source, "execution": execution}
    records = transform.handler(event, None)
    statistics = calculate.handler({"records": records, "execution": execution}, None)
    found = report.handler({"records": records, "execution": execution}, None)
    return write.handler({"source": source, "records": records, "statistics": statistics, "report": found}, None)


def test_a_file_becomes_its_result(bucket):
    source = bucket.upload("input/2027/a.csv", GOOD)
    assert through(bucket, source)["written"]
    result = files.read_json({"bucket": "b", "key": "output/2027/processed_a.json"})
    assert result["records"][1] == {
        "date": "2027-02-01",
        "region": "south",
        "product": "coffee",
        "quantity": 1,
        "unit_price": 3.999,
        "amount": 4.0,
    }
    assert result["statistics"] == {
        "count": 3,
        "total": 18.5,
        "mean": 6.17,
        "median": 4.0,
        "smallest": 2.5,
        "largest": 12.0,
        "first_date": "2027-01-30",
        "last_date": "2027-02-01",
    }
    assert result["report"]["by_region"] == [
        {"region": "north", "quantity": 5, "amount": 14.5},
        {"region": "south", "quantity": 1, "amount": 4.0},
    ]
    assert [each["product"] for each in result["report"]["by_product"]] == ["coffee", "tea"]
    summary = files.read_json({"bucket": "b", "key": "output/2027/processing_summary.json"})
    assert summary["result"] == "output/2027/processed_a.json"
    assert "records" not in summary


def test_the_same_file_makes_the_same_bytes(bucket):
    for execution in ("one", "two"):
        through(bucket, bucket.upload("input/a.csv", GOOD), execution)
    first, second = (body for _version, body, _metadata in bucket.objects["output/processed_a.json"])
    assert first == second


def test_what_is_done_is_not_done_again_until_the_file_is_another(bucket):
    through(bucket, bucket.upload("input/a.csv", GOOD))
    assert validate.handler({"source": bucket.upload("input/a.csv", GOOD)}, None) == {"outcome": "unchanged"}
    other = bucket.upload("input/a.csv", GOOD + "2027-01-31,west,tea,1,1\n")
    assert validate.handler({"source": other}, None)["outcome"] == "valid"
    through(bucket, other)
    assert validate.handler({"source": bucket.upload("input/a.csv", GOOD)}, None)["outcome"] == "valid"


def test_a_newer_file_has_the_last_word(bucket):
    older, newer = (bucket.upload("input/a.csv", GOOD + f"2027-01-31,west,tea,{count},1\n") for count in (1, 2))
    assert validate.handler({"source": older}, None) == {"outcome": "superseded"}
    assert through(bucket, newer)["written"]
    assert through(bucket, older) == {"written": False}
    assert len(bucket.objects["output/processed_a.json"]) == 1


def test_a_file_that_is_removed_meanwhile_is_left_alone(bucket):
    source = bucket.upload("input/a.csv", GOOD)
    del bucket.objects["input/a.csv"]
    assert validate.handler({"source": source}, None) == {"outcome": "superseded"}
    with pytest.raises(Permanent, match="is gone"):
        transform.handler({"source": source, "execution": "e"}, None)


def test_what_s3_refuses_otherwise_is_passed_on(bucket, monkeypatch):
    def refuse(**_more):
        raise files.ClientError({"Error": {"Code": "SlowDown"}}, "GetObject")

    monkeypatch.setattr(bucket, "get_object", refuse)
    monkeypatch.setattr(bucket, "head_object", refuse)
    with pytest.raises(files.ClientError):
        files.read({"bucket": "b", "key": "k"})
    with pytest.raises(files.ClientError):
        files.head("b", "k")


class Topic:
    def __init__(self):
        self.published = []

    def publish(self, **message):
        self.published.append(message)


@pytest.fixture
def topic(monkeypatch):
    it = Topic()
    monkeypatch.setattr(alert, "sns", it)
    monkeypatch.setenv("TOPIC_ARN", "arn:aws:sns:eu-west-3:123456789012:p")
    return it


def test_people_are_told_what_is_wrong_with_a_file(topic):
    source = {"bucket": "b", "key": "input/Größe.csv"}
    alert.handler({"source": source, "execution": "e", "validation": {"problems": ["line 2: no"]}}, None)
    (message,) = topic.published
    assert message["Subject"] == "invalid: s3://b/input/Gr??e.csv"  # SNS takes ASCII
    assert json.loads(message["Message"])["problems"] == ["line 2: no"]
    assert message["MessageAttributes"]["outcome"]["StringValue"] == "invalid"


@pytest.mark.parametrize(
    ("cause", "said"), [('{"errorMessage": "no"}', {"errorMessage": "no"}), ("timed out", "timed out")]
)
def test_people_are_told_what_has_failed_and_why(topic, cause, said):
    source = {"bucket": "b", "key": "input/" + "x" * 200}
    alert.handler({"source": source, "execution": "e", "failure": {"Error": "Permanent", "Cause": cause}}, None)
    (message,) = topic.published
    assert len(message["Subject"]) == 100
    told_ = json.loads(message["Message"])
    assert (told_["outcome"], told_["error"], told_["cause"]) == ("failed", "Permanent", said)


def test_a_line_of_log_is_json(capsys):
    log("hello", rows=3)
    line = json.loads(capsys.readouterr().out)
    assert (line["level"], line["message"], line["rows"]) == ("INFO", "hello", 3)
