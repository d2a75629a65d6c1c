#!/usr/bin/python3
"""Stands in for Amazon's CloudWatch agent, whose package can't be had offline. One file for all of its programs.

Written after what AWS documents and what the agent's own repository shows of `amazon-cloudwatch-agent-ctl`, the downloader, the
translator and the starter (https://github.com/aws/amazon-cloudwatch-agent, packaging/ and cmd/). It measures and sends nothing.
What the "running" agent has loaded, it writes to /run/cloudwatch-agent-loaded.json, and that is what the scenario looks at.
"""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import tomllib

ROOT = Path("/opt/aws/amazon-cloudwatch-agent")
BIN, ETC, LOG = ROOT / "bin", ROOT / "etc", ROOT / "logs/amazon-cloudwatch-agent.log"
TOML, JSON, JSON_DIR = (
    ETC / "amazon-cloudwatch-agent.toml",
    ETC / "amazon-cloudwatch-agent.json",
    ETC / "amazon-cloudwatch-agent.d",
)
COMMON = ETC / "common-config.toml"
UNIT = "amazon-cloudwatch-agent.service"
LOADED = Path("/run/cloudwatch-agent-loaded.json")
CALLS = Path("/run/cloudwatch-agent-ctl.calls")
RETENTIONS = {
    -1,
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
}


def options(names):
    words, found = sys.argv[1:], {}
    while words:
        name = words.pop(0)
        if name not in names:
            sys.exit(f"flag provided but not defined: {name}")
        found[name] = words.pop(0) if names[name] else True
    return found


def config_downloader():
    given = options(dict.fromkeys(["--output-dir", "--download-source", "--mode", "--config", "--multi-config"], True))
    tomllib.loads(Path(given["--config"]).read_text())
    folder = Path(given["--output-dir"])
    for left in folder.glob("*.tmp"):
        left.unlink()
    kind, _colon, place = given["--download-source"].partition(":")
    if kind != "file":
        sys.exit(f"E! Location type {kind} is not supported by the stand-in.")
    copy = folder / ("file_" + re.sub(r"[/ :]", "_", os.path.basename(place)))
    if given["--multi-config"] == "remove":
        copy.unlink()
    else:
        (folder / f"{copy.name}.tmp").write_text(Path(place).read_text())
        print(f"Successfully fetched the config and saved in {copy}.tmp")


def merge(one, other, path=""):
    for key, value in other.items():
        if key not in one:
            one[key] = value
        elif isinstance(value, dict) and isinstance(one[key], dict):
            merge(one[key], value, f"{path}/{key}")
        elif isinstance(value, list) and isinstance(one[key], list):
            one[key] += [item for item in value if item not in one[key]]
        elif one[key] != value:
            refuse(f"Under path : {path}/{key} | Error : Different values are specified for {key}")


def refuse(sentence):
    print(sentence, file=sys.stderr)
    print("Configuration validation first phase failed. Agent version: 1.0.", file=sys.stderr)
    sys.exit(1)


def check(condition, path, sentence):
    if not condition:
        refuse(f"E! Invalid Json input schema.\nUnder path : {path} | Error : {sentence}")


def check_object(value, path, allowed, required=()):
    check(isinstance(value, dict), path, "Invalid type. Expected: object")
    for key in value:
        check(allowed is None or key in allowed, path, f"Additional property {key} is not allowed")
    for key in required:
        check(key in value, path, f"{key} is required")


def check_schema(config):
    check(config, "/", "there is nothing to do")
    agent = config.get("agent", {})
    interval = agent.get("metrics_collection_interval", 60)
    check(
        isinstance(interval, int) and 1 <= interval <= 172800,
        "/agent/metrics_collection_interval",
        "Invalid type. Expected: integer",
    )
    metrics = config.get("metrics")
    if metrics is not None:
        sections = {
            "namespace",
            "aggregation_dimensions",
            "append_dimensions",
            "metrics_destinations",
            "metrics_collected",
        }
        check_object(
            metrics,
            "/metrics",
            sections | {"force_flush_interval", "credentials", "endpoint_override"},
            ["metrics_collected"],
        )
        check(metrics["metrics_collected"], "/metrics/metrics_collected", "Must have at least 1 properties")
        for name, section in metrics["metrics_collected"].items():
            path = f"/metrics/metrics_collected/{name}"
            check_object(section, path, None, ["measurement"])
            check(isinstance(section.get("resources", []), list), f"{path}/resources", "Invalid type. Expected: array")
    logs = config.get("logs")
    if logs is not None:
        check_object(logs, "/logs", {"logs_collected", "log_stream_name", "force_flush_interval"}, ["logs_collected"])
        files = logs["logs_collected"].get("files", {})
        check_object(files, "/logs/logs_collected/files", {"collect_list"}, ["collect_list"])
        keys = {
            "file_path",
            "log_group_name",
            "log_stream_name",
            "retention_in_days",
            "publish_multi_logs",
            "timezone",
            "filters",
        }
        keys |= {
            "multi_line_start_pattern",
            "timestamp_format",
            "encoding",
            "auto_removal",
            "blacklist",
            "log_group_class",
        }
        for index, each in enumerate(files["collect_list"]):
            path = f"/logs/logs_collected/files/collect_list/{index}"
            check_object(each, path, keys, ["file_path"])
            days = each.get("retention_in_days", -1)
            check(
                isinstance(days, int) and days in RETENTIONS,
                f"{path}/retention_in_days",
                "must be one of the allowed values",
            )


def config_translator():
    given = options(dict.fromkeys(["--input", "--input-dir", "--output", "--mode", "--config", "--multi-config"], True))
    tomllib.loads(Path(given["--config"]).read_text())
    kind, found = given.get("--multi-config", "remove"), {}
    if kind in ("append", "remove") and Path(given["--input"]).exists():
        found[given["--input"]] = Path(given["--input"])
    for path in sorted(Path(given["--input-dir"]).iterdir()):
        if path.suffix == ".tmp" and kind in ("append", "default"):
            found[str(path.with_suffix(""))] = path  # of two with one name the one that ends in .tmp is meant
        elif path.suffix != ".tmp" and kind in ("append", "remove"):
            found.setdefault(str(path), path)
    merged = {}
    for path in found.values():
        try:
            merge(merged, json.loads(path.read_text()))
        except ValueError as error:
            refuse(f"E! Failed to generate merged json config: unable to parse {path}: {error}")
    check_schema(merged)
    output = Path(given["--output"])
    output.write_text(f"# made by the translator\njson = '''\n{json.dumps(merged)}\n'''\n")
    (output.parent / "env-config.json").write_text("{}\n")


def agent():
    given = options({"-schematest": False, "-config": True, "-envconfig": True, "-pidfile": True})
    config = json.loads(tomllib.loads(Path(given["-config"]).read_text())["json"])
    for each in config.get("logs", {}).get("logs_collected", {}).get("files", {}).get("collect_list", []):
        try:
            re.compile(each.get("multi_line_start_pattern", ""))
        except re.error as error:
            sys.exit(f"E! Error parsing {given['-config']}: multi_line_start_pattern: {error}")
    if "-schematest" not in given:
        LOADED.write_text(json.dumps({"pid": os.getpid(), "config": config}))
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        signal.pause()


def starter():
    """What the service runs: it translates all that is there, and becomes the agent."""
    words = ["--output", TOML, "--mode", "auto", "--input", JSON, "--input-dir", JSON_DIR, "--config", COMMON]
    done = subprocess.run([BIN / "config-translator", *words], capture_output=True, text=True)
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("a") as log:
        log.write(f"I! {done.stdout}{done.stderr}\n")
        if done.returncode:
            log.write("E! Cannot translate JSON config into TOML, ERROR is exit status 1\n")
            sys.exit(1)
    os.execv(BIN / "amazon-cloudwatch-agent", [str(BIN / "amazon-cloudwatch-agent"), "-config", str(TOML)])


def systemctl(*words):
    return subprocess.run(["systemctl", *words], stdout=subprocess.DEVNULL).returncode


def running():
    return systemctl("is-active", UNIT) == 0


def start(mode):
    if running():
        print("amazon-cloudwatch-agent has already been started")
        return
    if not TOML.exists():
        sys.exit("The stand-in has no default configuration.")
    systemctl("daemon-reload"), systemctl("enable", UNIT), systemctl("restart", UNIT)


def run(*words):
    if subprocess.run(words).returncode:
        sys.exit(1)


def configure(source, restart, mode, kind):
    if source == "all":
        for path in JSON_DIR.iterdir():
            path.unlink()
    else:
        words = [
            "--output-dir",
            JSON_DIR,
            "--download-source",
            source,
            "--mode",
            mode,
            "--config",
            COMMON,
            "--multi-config",
            kind,
        ]
        run(BIN / "config-downloader", *words)
    if not any(JSON_DIR.iterdir()):
        print("all amazon-cloudwatch-agent configurations have been removed")
        TOML.unlink(missing_ok=True)
    else:
        words = [
            "--input",
            JSON,
            "--input-dir",
            JSON_DIR,
            "--output",
            TOML,
            "--mode",
            mode,
            "--config",
            COMMON,
            "--multi-config",
            kind,
        ]
        run(BIN / "config-translator", *words)
        run(BIN / "amazon-cloudwatch-agent", "-schematest", "-config", TOML)
        if kind == "default":
            JSON.unlink(missing_ok=True)
            for path in sorted(JSON_DIR.iterdir()):
                if path.suffix == ".tmp":
                    path.replace(path.with_suffix(""))
                else:
                    path.unlink()
        elif kind == "append":
            for path in JSON_DIR.glob("*.tmp"):
                path.replace(path.with_suffix(""))
    if restart:
        systemctl("stop", UNIT)
        start(mode)


def status():
    state = "running" if running() else "stopped"
    configured = "configured" if TOML.exists() else "not configured"
    version = (BIN / "CWAGENT_VERSION").read_text().strip()
    print(json.dumps({"status": state, "starttime": "", "configstatus": configured, "version": version}, indent=2))


def ctl():
    with CALLS.open("a") as calls:
        calls.write(" ".join(sys.argv[1:]) + "\n")
    given = options({"-a": True, "-m": True, "-c": True, "-s": False})
    action, mode = given.get("-a"), given.get("-m", "ec2")
    if mode not in ("ec2", "onPremise", "onPrem", "auto"):
        sys.exit(f"Invalid mode: {mode}")
    kinds = {"fetch-config": "default", "append-config": "append", "remove-config": "remove"}
    if action in kinds:
        configure(given["-c"], "-s" in given, mode, kinds[action])
    elif action == "start":
        start(mode)
    elif action in ("stop", "preun"):
        systemctl("stop", UNIT)
        if action == "preun":
            systemctl("disable", UNIT), systemctl("daemon-reload"), systemctl("reset-failed")
    elif action == "status":
        status()
    else:
        sys.exit(f"Invalid action: {action}")


PROGRAMS = {
    "amazon-cloudwatch-agent-ctl": ctl,
    "amazon-cloudwatch-agent": agent,
    "config-downloader": config_downloader,
    "config-translator": config_translator,
    "start-amazon-cloudwatch-agent": starter,
}

if __name__ == "__main__":
    PROGRAMS[os.path.basename(sys.argv[0])]()
