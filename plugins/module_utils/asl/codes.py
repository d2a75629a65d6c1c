# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a finding's code means; docs/stepfunctions-lint.md is made of this."""

from __future__ import annotations

from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import ERROR, WARNING

# code: (severity, what is wrong, why it matters)
CODES = {
    "SYNTAX": (ERROR, "The text is neither JSON nor YAML.", "AWS takes JSON; YAML is turned into it."),
    "DUPLICATE_KEY": (
        ERROR,
        "A key is there twice, or once with and once without `.$`.",
        "Of two, one is lost without a word.",
    ),
    "SUBSTITUTION": (
        ERROR,
        "A `${Name}` without a substitution, or a substitution that nothing uses.",
        "AWS would take the placeholder for text.",
    ),
    "DEFINITION_TOO_LARGE": (ERROR, "The definition has more than 1 MB.", "AWS's quota."),
    "WRONG_TYPE": (ERROR, "A value has the wrong type.", "AWS refuses it."),
    "WRONG_VALUE": (ERROR, "A value is not one of those that are allowed.", "AWS refuses it."),
    "OUT_OF_RANGE": (ERROR, "A number is too small or too large.", "AWS refuses it."),
    "MISSING_FIELD": (ERROR, "A field is missing.", "AWS refuses the state."),
    "UNKNOWN_FIELD": (ERROR, "There is no such field here.", "AWS refuses it, or it does nothing."),
    "CONFLICTING_FIELDS": (ERROR, "Two fields can't stand together.", "Only one of them can hold."),
    "QUERY_LANGUAGE": (
        ERROR,
        "A state of a JSONata definition has JSONPath.",
        "A single state can go from JSONPath to JSONata, and not back.",
    ),
    "FIELD_OF_OTHER_LANGUAGE": (
        ERROR,
        "A field of JSONPath stands in a JSONata state, or the other way round.",
        "AWS refuses it.",
    ),
    "EXPRESSION_OF_OTHER_LANGUAGE": (
        WARNING,
        "An expression of one language stands where the other is spoken.",
        "It stays plain text.",
    ),
    "STATE_NAME": (ERROR, "A state's name is empty or longer than 80 characters.", "AWS's limit."),
    "DUPLICATE_STATE_NAME": (
        ERROR,
        "Two states have the same name, be it in different branches.",
        "Names are unique in the whole definition.",
    ),
    "MISSING_TRANSITION_TARGET": (
        ERROR,
        "Next, Default or StartAt names a state that does not exist.",
        "There is no way on.",
    ),
    "TRANSITION_LEAVES": (
        ERROR,
        "A transition leads out of a Map or Parallel, or into one.",
        "States inside are on their own.",
    ),
    "UNREACHABLE_STATE": (ERROR, "No transition leads to the state.", "AWS refuses what can't be reached."),
    "NO_TERMINAL_STATE": (ERROR, "No state ends the execution.", "It would run until it is stopped."),
    "NO_DEFAULT": (
        WARNING,
        "A Choice has no Default, and its rules do not cover everything.",
        "What no rule matches fails with States.NoChoiceMatched.",
    ),
    "CHOICE_RULE": (ERROR, "A rule of a Choice is not whole.", "AWS refuses it."),
    "CHOICE_OPERAND": (ERROR, "What a rule compares with has the wrong type.", "AWS refuses it."),
    "TIMESTAMP": (ERROR, "A time is not written as AWS reads it.", "RFC 3339 with a large T, and Z or an offset."),
    "TIMEOUTS": (ERROR, "The heartbeat is not shorter than the timeout.", "AWS refuses it."),
    "ERROR_NAME": (
        WARNING,
        "There is no such States. error, and no Fail of the definition raises it.",
        "The handler would never run.",
    ),
    "ERROR_NAMES": (
        ERROR,
        "States.ALL does not stand alone, or not in the last place, or no name is given.",
        "AWS refuses it.",
    ),
    "HANDLER_NEVER_RUNS": (
        WARNING,
        "Handlers before this one take its errors already.",
        "The first that matches wins.",
    ),
    "RETRY_DELAY": (ERROR, "MaxDelaySeconds is not larger than IntervalSeconds.", "AWS refuses it."),
    "RESOURCE": (ERROR, "A Resource is not an ARN that a Task can run.", "AWS refuses it."),
    "RESOURCE_PATTERN": (ERROR, "The service has no .sync or no .waitForTaskToken.", "AWS refuses it."),
    "UNKNOWN_INTEGRATION": (
        WARNING,
        "An optimized integration, or an action of one, that is not known here.",
        "Every action of AWS has an aws-sdk integration.",
    ),
    "MISSING_ARGUMENT": (
        ERROR,
        "An argument that the integration needs is missing.",
        "AWS refuses it, or the call fails.",
    ),
    "NO_TASK_TOKEN": (
        WARNING,
        "A Task waits for its token, and hands it to nobody.",
        "It would wait until its timeout.",
    ),
    "EXPRESS": (ERROR, "An EXPRESS state machine can't do this.", "AWS refuses it."),
    "MAP_MODE": (ERROR, "A field needs a distributed Map, or the mode is not whole.", "AWS refuses it."),
    "READER_CONFIG": (ERROR, "A ReaderConfig does not fit its InputType.", "AWS refuses it."),
    "JSONPATH": (ERROR, "A path is not right.", "AWS refuses it."),
    "REFERENCE_PATH": (ERROR, "A path could name more than one thing where only one can be.", "AWS refuses it."),
    "INTRINSIC": (ERROR, "An intrinsic function is not right.", "AWS refuses it, or the execution fails."),
    "PATH_NOT_EVALUATED": (
        WARNING,
        "A path stands under a key without `.$`.",
        "It stays plain text.",
    ),
    "JSONATA": (ERROR, "A JSONata expression is not right.", "AWS refuses it."),
    "JSONATA_MARKS": (ERROR, "An expression does not begin with {% and end with %}.", "It would stay plain text."),
    "JSONATA_FUNCTION": (ERROR, "There is no such JSONata function.", "The execution fails there."),
    "JSONATA_CONTEXT": (
        ERROR,
        "A name stands alone, where there is nothing that it could be a field of.",
        "Step Functions has no `$` and no field names at the top of an expression; begin with `$states` or a variable.",
    ),
    "JSONATA_UNCHECKED": (
        WARNING,
        "JSONata is not checked, because the Python package jsonata-python is missing.",
        "All else is.",
    ),
    "STATES_VARIABLE": (ERROR, "$states has no such field, or not here.", "The execution fails there."),
    "VARIABLE_NAME": (ERROR, "A variable's name is not right.", "AWS refuses it."),
    "VARIABLE_SCOPE": (
        ERROR,
        "A state inside of a Map or Parallel assigns a variable of the states around it.",
        "Outer variables can be read there, not assigned.",
    ),
    "VARIABLE_UNASSIGNED": (
        ERROR,
        "A variable is used that nothing before has assigned.",
        "The execution fails there.",
    ),
    "VARIABLE_MAYBE_UNASSIGNED": (
        WARNING,
        "A variable is used that is not assigned on every way there.",
        "The execution can fail there.",
    ),
    "PAYLOAD_TOO_LARGE": (
        ERROR,
        "A value in the definition has more than 256 KiB.",
        "AWS's quota for what goes from state to state.",
    ),
}
