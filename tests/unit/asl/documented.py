# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Definitions in all the shapes that AWS documents, by what each shows. All are right."""

from __future__ import annotations

DOCUMENTED = {
    "Pass: the smallest definition": """
StartAt: Hello
States:
  Hello: {Type: Pass, Result: Hello there, End: true}
""",
    "top level: Comment, Version, TimeoutSeconds, QueryLanguage": """
Comment: All that can stand at the top
Version: "1.0"
QueryLanguage: JSONPath
TimeoutSeconds: 3600
StartAt: Done
States:
  Done: {Type: Succeed, Comment: nothing to do}
""",
    "Pass: Result with ResultPath, InputPath, OutputPath, Parameters": """
StartAt: Where
States:
  Where:
    Type: Pass
    InputPath: $.order
    Result: {lat: 48.85, lon: 2.35}
    ResultPath: $.place
    OutputPath: $.place
    Next: Shape
  Shape:
    Type: Pass
    Parameters:
      id.$: $.id
      tags: [a, b]
      inner: {"first.$": "$.lines[0].sku", "all.$": "$.lines[*].sku", "slice.$": "$.lines[1:3]", "deep.$": $..sku}
      detail.$: $.detail-type
      quoted.$: $['some key']['it\\'s']
      filter.$: $.lines[?(@.price > 10 && @.sku == 'a')].sku
      when.$: $$.Execution.StartTime
      whole.$: $$
      input.$: $
    End: true
""",
    "Task: Lambda function by its ARN, timeouts, heartbeat": """
StartAt: Ship
States:
  Ship:
    Type: Task
    Resource: arn:aws:lambda:eu-west-3:123456789012:function:ship:$LATEST
    TimeoutSeconds: 60
    HeartbeatSeconds: 20
    ResultSelector: {id.$: $.shipment.id}
    ResultPath: $.shipped
    End: true
""",
    "Task: activity, timeouts from paths": """
StartAt: Pack
States:
  Pack:
    Type: Task
    Resource: arn:aws:states:eu-west-3:123456789012:activity:pack
    TimeoutSecondsPath: $.limits.timeout
    HeartbeatSecondsPath: $.limits.heartbeat
    End: true
""",
    "Task: request and response, Lambda": """
StartAt: Ship
States:
  Ship:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Parameters: {FunctionName: ship, Payload.$: $, Qualifier: live}
    OutputPath: $.Payload
    End: true
""",
    "Task: wait for a callback with the task token, SQS, Lambda, SNS, events, ECS, Step Functions, API Gateway": """
StartAt: Ask
States:
  Ask:
    Type: Task
    Resource: arn:aws:states:::sqs:sendMessage.waitForTaskToken
    Parameters:
      QueueUrl: https://sqs.eu-west-3.amazonaws.com/123456789012/ask
      MessageBody: {question.$: $.question, token.$: $$.Task.Token}
    HeartbeatSeconds: 3600
    Next: Invoke
  Invoke:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke.waitForTaskToken
    Parameters: {FunctionName: ask, Payload: {token.$: $$.Task.Token}}
    Next: Tell
  Tell:
    Type: Task
    Resource: arn:aws:states:::sns:publish.waitForTaskToken
    Parameters: {TopicArn: "arn:aws:sns:eu-west-3:123456789012:ask", "Message.$": "States.Format('Answer with {}', $$.Task.Token)"}
    Next: Put
  Put:
    Type: Task
    Resource: arn:aws:states:::events:putEvents.waitForTaskToken
    Parameters: {Entries: [{Source: shop, DetailType: Ask, Detail: {token.$: $$.Task.Token}}]}
    Next: Run
  Run:
    Type: Task
    Resource: arn:aws:states:::ecs:runTask.waitForTaskToken
    Parameters:
      TaskDefinition: ask
      Overrides: {ContainerOverrides: [{Name: ask, Environment: [{Name: TOKEN, Value.$: $$.Task.Token}]}]}
    Next: Start
  Start:
    Type: Task
    Resource: arn:aws:states:::states:startExecution.waitForTaskToken
    Parameters: {StateMachineArn: "arn:aws:states:eu-west-3:123456789012:stateMachine:ask", Input: {token.$: $$.Task.Token}}
    Next: Call
  Call:
    Type: Task
    Resource: arn:aws:states:::apigateway:invoke.waitForTaskToken
    Parameters: {ApiEndpoint: example.execute-api.eu-west-3.amazonaws.com, Method: POST, Headers: {token.$: "States.Array($$.Task.Token)"}}
    End: true
""",
    "Task: run a job, Batch, Glue, ECS, CodeBuild, Athena, EMR, SageMaker, Step Functions": """
StartAt: Batch
States:
  Batch:
    Type: Task
    Resource: arn:aws:states:::batch:submitJob.sync
    Parameters: {JobName: nightly, JobQueue: night, JobDefinition: "nightly:3"}
    Next: Glue
  Glue: {Type: Task, Resource: "arn:aws:states:::glue:startJobRun.sync", Parameters: {JobName: clean}, Next: Ecs}
  Ecs:
    Type: Task
    Resource: arn:aws:states:::ecs:runTask.sync
    Parameters: {Cluster: prod, TaskDefinition: report, LaunchType: FARGATE}
    Next: Build
  Build: {Type: Task, Resource: "arn:aws:states:::codebuild:startBuild.sync", Parameters: {ProjectName: site}, Next: Query}
  Query:
    Type: Task
    Resource: arn:aws:states:::athena:startQueryExecution.sync
    Parameters: {QueryString: SELECT 1, WorkGroup: primary}
    Next: Cluster
  Cluster: {Type: Task, Resource: "arn:aws:states:::elasticmapreduce:createCluster.sync", Parameters: {Name: big}, Next: Train}
  Train: {Type: Task, Resource: "arn:aws:states:::sagemaker:createTrainingJob.sync", Next: Child}
  Child:
    Type: Task
    Resource: arn:aws:states:::states:startExecution.sync:2
    Parameters:
      StateMachineArn: arn:aws:states:eu-west-3:123456789012:stateMachine:child
      Input: {AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$: $$.Execution.Id}
    End: true
""",
    "Task: AWS SDK integrations": """
StartAt: List
States:
  List:
    Type: Task
    Resource: arn:aws:states:::aws-sdk:s3:listObjectsV2
    Parameters: {Bucket: shop-files, Prefix.$: $.prefix}
    Next: Ask
  Ask:
    Type: Task
    Resource: arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken
    Parameters: {QueueUrl.$: $.queue, MessageBody.$: $$.Task.Token}
    Next: Other partition
  Other partition: {Type: Task, Resource: "arn:aws-cn:states:::aws-sdk:ec2:describeInstances", End: true}
""",
    "Task: DynamoDB get, put, update, delete": """
StartAt: Get
States:
  Get:
    Type: Task
    Resource: arn:aws:states:::dynamodb:getItem
    Parameters: {TableName: orders, Key: {id: {S.$: $.id}}}
    ResultPath: $.found
    Next: Put
  Put:
    Type: Task
    Resource: arn:aws:states:::dynamodb:putItem
    Parameters: {TableName: orders, Item: {id: {S.$: $.id}, total: {N.$: "States.Format('{}', $.total)"}}}
    ResultPath: null
    Next: Update
  Update:
    Type: Task
    Resource: arn:aws:states:::dynamodb:updateItem
    Parameters:
      TableName: orders
      Key: {id: {S.$: $.id}}
      UpdateExpression: SET done = :yes
      ExpressionAttributeValues: {":yes": {BOOL: true}}
    ResultPath: $.updated
    Next: Delete
  Delete:
    Type: Task
    Resource: arn:aws:states:::dynamodb:deleteItem
    Parameters: {TableName: orders, Key: {id: {S.$: $.id}}}
    End: true
""",
    "Task: HTTP endpoint with a connection, handled by status": """
StartAt: Call
States:
  Call:
    Type: Task
    Resource: arn:aws:states:::http:invoke
    Parameters:
      ApiEndpoint: https://api.example.com/orders
      Method: GET
      InvocationConfig: {ConnectionArn: "arn:aws:events:eu-west-3:123456789012:connection/shop/0a1b"}
      QueryParameters: {page: [1, 2]}
    Retry:
      - {ErrorEquals: [States.Http.StatusCode.429, States.Http.StatusCode.503, States.Http.Socket], BackoffRate: 2, JitterStrategy: FULL}
    End: true
""",
    "Task: another account's role, fixed and from the input": """
StartAt: Fixed
States:
  Fixed:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Credentials: {RoleArn: "arn:aws:iam::111122223333:role/ship"}
    Parameters: {FunctionName: "arn:aws:lambda:eu-west-3:111122223333:function:ship"}
    Next: Given
  Given:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Credentials: {RoleArn.$: "States.Format('arn:aws:iam::{}:role/ship', $.account)"}
    Parameters: {FunctionName.$: $.function}
    End: true
""",
    "Retry and Catch: all fields": """
StartAt: Ship
States:
  Ship:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Parameters: {FunctionName: ship}
    Retry:
      - Comment: what passes by itself
        ErrorEquals: [Lambda.ServiceException, Lambda.TooManyRequestsException]
        IntervalSeconds: 1
        MaxAttempts: 6
        BackoffRate: 2.5
        MaxDelaySeconds: 30
        JitterStrategy: FULL
      - {ErrorEquals: [States.Timeout], MaxAttempts: 0}
      - {ErrorEquals: [States.ALL]}
    Catch:
      - {ErrorEquals: [OutOfStock], ResultPath: $.error, Next: Sorry, Comment: ours}
      - {ErrorEquals: [States.TaskFailed, States.Permissions], Next: Sorry, ResultPath: null}
      - {ErrorEquals: [States.ALL], Next: Failed}
    Next: Shipped
  Sorry: {Type: Pass, Next: Failed}
  Failed: {Type: Fail, Error: NotShipped, Cause: It could not be shipped}
  Shipped: {Type: Succeed}
""",
    "an error of the definition's own that begins with States.": """
StartAt: Both
States:
  Both:
    Type: Parallel
    Branches:
      - StartAt: Late
        States:
          Late: {Type: Wait, Seconds: 15, Next: Too late}
          Too late: {Type: Fail, Error: States.TooLate}
    Catch: [{ErrorEquals: [States.TooLate], Next: Done}]
    Next: Done
  Done: {Type: Succeed}
""",
    "Fail: from paths and functions": """
StartAt: Failed
States:
  Failed: {Type: Fail, ErrorPath: $.error.name, CausePath: "States.Format('Order {} failed', $.id)"}
""",
    "Fail: nothing said": """
StartAt: Failed
States:
  Failed: {Type: Fail}
""",
    "Wait: all four ways": """
StartAt: Seconds
States:
  Seconds: {Type: Wait, Seconds: 10, Next: None at all}
  None at all: {Type: Wait, Seconds: 0, Next: From a path}
  From a path: {Type: Wait, SecondsPath: $.delay, Next: Until}
  Until: {Type: Wait, Timestamp: "2026-03-14T01:59:00Z", Next: Until with an offset}
  Until with an offset: {Type: Wait, Timestamp: "2026-03-14T01:59:00.5+02:00", Next: Until from a path}
  Until from a path: {Type: Wait, TimestampPath: $.due, InputPath: $.order, OutputPath: $.order, End: true}
""",
    "Choice: every kind of comparison": """
StartAt: What
States:
  What:
    Type: Choice
    InputPath: $.order
    Choices:
      - {Variable: $.kind, StringEquals: book, Next: Done}
      - {Variable: $.kind, StringEqualsPath: $.other, Next: Done}
      - {Variable: $.kind, StringMatches: "log-*.txt", Next: Done}
      - {Variable: $.kind, StringLessThan: m, Next: Done}
      - {Variable: $.kind, StringGreaterThanEqualsPath: $.other, Next: Done}
      - {Variable: $.total, NumericEquals: 0, Next: Done}
      - {Variable: $.total, NumericGreaterThanEquals: 99.5, Next: Done}
      - {Variable: $.total, NumericLessThanPath: $.limit, Next: Done}
      - {Variable: $.paid, BooleanEquals: true, Next: Done}
      - {Variable: $.paid, BooleanEqualsPath: $.wanted, Next: Done}
      - {Variable: $.at, TimestampEquals: "2026-01-01T00:00:00Z", Next: Done}
      - {Variable: $.at, TimestampGreaterThanPath: $$.Execution.StartTime, Next: Done}
      - {Variable: $.note, IsNull: true, Next: Done}
      - {Variable: $.note, IsPresent: false, Next: Done}
      - {Variable: $.note, IsString: true, Next: Done}
      - {Variable: $.note, IsNumeric: true, Next: Done}
      - {Variable: $.note, IsBoolean: true, Next: Done}
      - {Variable: $.note, IsTimestamp: true, Next: Done}
      - {Variable: $$.Execution.Name, StringEquals: test, Next: Done}
    Default: Done
  Done: {Type: Succeed, InputPath: $.order, OutputPath: $.order}
""",
    "Choice: And, Or, Not in one another": """
StartAt: What
States:
  What:
    Type: Choice
    Choices:
      - Comment: not private, and in the twenties
        Not: {Variable: $.type, StringEquals: Private}
        Next: Done
      - And:
          - {Variable: $.value, IsPresent: true}
          - Or:
              - {Variable: $.value, NumericLessThan: 30}
              - Not: {And: [{Variable: $.a, IsNull: true}, {Variable: $.b, IsNull: true}]}
        Next: Done
    Default: Done
  Done: {Type: Succeed}
""",
    "Choice: no Default where two rules leave nothing over": """
StartAt: Paid
States:
  Paid:
    Type: Choice
    Choices:
      - {Variable: $.paid, BooleanEquals: true, Next: Large}
      - {Variable: $.paid, BooleanEquals: false, Next: Done}
  Large:
    Type: Choice
    Choices:
      - {Variable: $.total, NumericGreaterThan: 100, Next: Known}
      - {Variable: $.total, NumericLessThanEquals: 100, Next: Done}
  Known:
    Type: Choice
    Choices:
      - {Variable: $.customer, StringEquals: me, Next: Done}
      - {Not: {Variable: $.customer, StringEquals: me}, Next: Done}
  Done: {Type: Succeed}
""",
    "loop: a job is polled": """
StartAt: Submit
States:
  Submit: {Type: Task, Resource: "arn:aws:states:::aws-sdk:glue:startJobRun", Parameters: {JobName: clean}, Next: Wait}
  Wait: {Type: Wait, Seconds: 30, Next: Look}
  Look:
    Type: Task
    Resource: arn:aws:states:::aws-sdk:glue:getJobRun
    Parameters: {JobName: clean, RunId.$: $.JobRunId}
    Next: Ready
  Ready:
    Type: Choice
    Choices:
      - {Variable: $.JobRun.JobRunState, StringEquals: SUCCEEDED, Next: Done}
      - {Variable: $.JobRun.JobRunState, StringEquals: FAILED, Next: Failed}
    Default: Wait
  Failed: {Type: Fail, Error: JobFailed}
  Done: {Type: Succeed}
""",
    "Parallel: branches, ResultSelector, Retry, Catch": """
StartAt: Both
States:
  Both:
    Type: Parallel
    Parameters: {order.$: $.order}
    Branches:
      - {StartAt: Left, Comment: one side, States: {Left: {Type: Pass, End: true}}}
      - StartAt: Right
        States:
          Right: {Type: Wait, Seconds: 1, Next: Deep}
          Deep:
            Type: Parallel
            Branches:
              - {StartAt: Deeper, States: {Deeper: {Type: Pass, End: true}}}
            End: true
    ResultSelector: {left.$: "$[0]", right.$: "$[1]"}
    ResultPath: $.both
    OutputPath: $.both
    Retry: [{ErrorEquals: [States.BranchFailed]}]
    Catch: [{ErrorEquals: [States.ALL], Next: Failed}]
    End: true
  Failed: {Type: Fail}
""",
    "Map: inline with ItemProcessor, ItemSelector, ItemsPath, MaxConcurrency": """
StartAt: Each
States:
  Each:
    Type: Map
    InputPath: $.order
    ItemsPath: $.lines
    ItemSelector:
      index.$: $$.Map.Item.Index
      line.$: $$.Map.Item.Value
      order.$: $.id
    MaxConcurrency: 5
    ItemProcessor:
      ProcessorConfig: {Mode: INLINE}
      StartAt: One
      States:
        One: {Type: Task, Resource: "arn:aws:states:::lambda:invoke", Parameters: {FunctionName: one, Payload.$: $}, End: true}
    ResultSelector: {all.$: $}
    ResultPath: $.lines
    End: true
""",
    "Map: Iterator and Parameters, as they were once": """
StartAt: Each
States:
  Each:
    Type: Map
    ItemsPath: $.lines
    Parameters: {line.$: $$.Map.Item.Value}
    MaxConcurrencyPath: $.most
    Iterator: {StartAt: One, States: {One: {Type: Pass, End: true}}}
    Retry: [{ErrorEquals: [States.ALL], MaxAttempts: 1}]
    Catch: [{ErrorEquals: [States.ALL], Next: Failed}]
    End: true
  Failed: {Type: Fail}
""",
    "Map: distributed, objects of a bucket, batches, results to S3": """
StartAt: Each
States:
  Each:
    Type: Map
    Label: Files
    ItemReader:
      Resource: arn:aws:states:::s3:listObjectsV2
      Parameters: {Bucket: shop-files, Prefix.$: $.prefix}
      ReaderConfig: {MaxItems: 1000}
    ItemBatcher:
      MaxItemsPerBatch: 10
      MaxInputBytesPerBatch: 262144
      BatchInput: {run.$: $$.Execution.Id}
    ItemProcessor:
      ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: EXPRESS}
      StartAt: One
      States:
        One: {Type: Task, Resource: "arn:aws:states:::lambda:invoke", Parameters: {FunctionName: one, Payload.$: $}, End: true}
    MaxConcurrency: 1000
    ToleratedFailurePercentage: 2.5
    ToleratedFailureCountPath: $.mayFail
    ResultWriter:
      Resource: arn:aws:states:::s3:putObject
      Parameters: {Bucket: shop-results, Prefix: run}
      WriterConfig: {Transformation: FLATTEN, OutputType: JSONL}
    Catch: [{ErrorEquals: [States.ExceedToleratedFailureThreshold, States.ItemReaderFailed, States.ResultWriterFailed], Next: Failed}]
    End: true
  Failed: {Type: Fail}
""",
    "Map: distributed, CSV with given and with own headers, JSON, JSONL, manifest, Parquet": """
StartAt: Own
States:
  Own:
    Type: Map
    ItemReader:
      Resource: arn:aws:states:::s3:getObject
      Parameters: {Bucket: shop, Key: a.csv}
      ReaderConfig: {InputType: CSV, CSVHeaderLocation: FIRST_ROW, CSVDelimiter: SEMICOLON}
    ItemProcessor: &one
      ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}
      StartAt: A
      States: {A: {Type: Pass, End: true}}
    Next: Given
  Given:
    Type: Map
    ItemReader:
      Resource: arn:aws:states:::s3:getObject
      Parameters: {Bucket: shop, Key.$: $.key}
      ReaderConfig: {InputType: CSV, CSVHeaderLocation: GIVEN, CSVHeaders: [id, total], MaxItemsPath: $.most}
    ItemProcessor:
      ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}
      StartAt: B
      States: {B: {Type: Pass, End: true}}
    Next: Json
  Json:
    Type: Map
    ItemReader:
      Resource: arn:aws:states:::s3:getObject
      Parameters: {Bucket: shop, Key: a.json}
      ReaderConfig: {InputType: JSON, ItemsPointer: /orders}
    ItemProcessor:
      ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}
      StartAt: C
      States: {C: {Type: Pass, End: true}}
    Next: Manifest
  Manifest:
    Type: Map
    ItemReader:
      Resource: arn:aws:states:::s3:getObject
      Parameters: {Bucket: shop, Key: manifest.json}
      ReaderConfig: {ManifestType: ATHENA_DATA, InputType: CSV}
    ItemProcessor:
      ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}
      StartAt: D
      States: {D: {Type: Pass, End: true}}
    End: true
""",
    "intrinsic functions: all of them": """
StartAt: All
States:
  All:
    Type: Pass
    Parameters:
      a.$: States.Array($.id, 'Foo', 2020, -1.5, true, null)
      b.$: States.ArrayPartition($.list, 4)
      c.$: States.ArrayContains($.list, $.looking)
      d.$: States.ArrayRange(1, 9, 2)
      e.$: States.ArrayGetItem($.list, 0)
      f.$: States.ArrayLength($.list[*])
      g.$: States.ArrayUnique($.list)
      h.$: States.Base64Encode($.text)
      i.$: States.Base64Decode('SGVsbG8=')
      j.$: States.Hash($.text, 'SHA-256')
      k.$: States.JsonMerge($.one, $.two, false)
      l.$: States.StringToJson($.text)
      m.$: States.JsonToString($)
      n.$: States.MathRandom(1, 999)
      o.$: States.MathRandom(1, 999, $.seed)
      p.$: States.MathAdd($.count, -1)
      q.$: States.StringSplit('1,2;3', ',;')
      r.$: States.UUID()
      s.$: States.Format('It\\'s {} of \\{{}\\}', $.a, $$.Execution.Name)
      t.$: "States.Format('{}.{}', States.ArrayGetItem(States.StringSplit($.arn, '/'), 2), States.Format( $.template , $.x ))"
    End: true
""",
    "variables: assigned and used with JSONPath": """
StartAt: Set
States:
  Set:
    Type: Pass
    Assign: {customer.$: $.customer, tries: 0, nested: {at.$: $$.State.EnteredTime}}
    Next: Loop
  Loop:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Parameters: {FunctionName: loop, Payload: {who.$: $customer.name, id.$: "States.Format('{}-{}', $customer.id, $tries)"}}
    Assign: {tries.$: "States.MathAdd($tries, 1)", result.$: $.Payload}
    Catch: [{ErrorEquals: [States.ALL], Assign: {error.$: $.Cause}, Next: Tell}]
    Next: Again
  Again:
    Type: Choice
    Choices:
      - {Variable: $tries, NumericLessThan: 3, Next: Loop, Assign: {again: true}}
    Default: Done
    Assign: {again: false}
  Tell: {Type: Fail, CausePath: $error}
  Done: {Type: Succeed}
""",
    "variables: outer ones are read inside, inner ones have names of their own": """
QueryLanguage: JSONata
StartAt: Set
States:
  Set: {Type: Pass, Assign: {order: "{% $states.input.order %}"}, Next: Both}
  Both:
    Type: Parallel
    Branches:
      - StartAt: Left
        States:
          Left: {Type: Pass, Assign: {mine: "{% $order.id %}"}, Next: Left too}
          Left too: {Type: Pass, Output: "{% $mine %}", End: true}
      - StartAt: Right
        States:
          Right: {Type: Pass, Assign: {mine: "{% $order.total %}"}, End: true}
    Assign: {both: "{% $states.result %}"}
    Next: Use
  Use: {Type: Pass, Output: "{% $both[0] & $order.id %}", End: true}
""",
    "JSONata: Task, Arguments, Output, Assign, times, Retry, Catch": """
QueryLanguage: JSONata
StartAt: Ship
States:
  Ship:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Credentials: {RoleArn: "{% $states.input.role %}"}
    TimeoutSeconds: "{% $states.input.timeout %}"
    HeartbeatSeconds: 10
    Arguments:
      FunctionName: ship
      Payload:
        id: "{% $states.input.order.id %}"
        lines: "{% $states.input.order.lines[price > 10 and $contains(sku, /^b/i)].{'sku': sku, 'sum': price * quantity} %}"
        all: ["{% $states.context.Execution.Id %}", plain]
    Assign: {shipped: "{% $states.result.Payload %}", at: "{% $now() %}"}
    Output: "{% $merge([$states.input, {'shipment': $states.result.Payload}]) %}"
    Retry: [{ErrorEquals: [States.QueryEvaluationError], MaxAttempts: 1}]
    Catch:
      - ErrorEquals: [States.ALL]
        Assign: {why: "{% $states.errorOutput.Cause %}"}
        Output: {error: "{% $states.errorOutput %}", from: "{% $states.context.State.Name %}"}
        Next: Failed
    Next: Done
  Done: {Type: Succeed, Output: "{% $shipped %}"}
  Failed: {Type: Fail, Error: NotShipped, Cause: "{% 'Because ' & $why %}"}
""",
    "JSONata: Arguments as one expression, with functions, blocks and lambdas": """
QueryLanguage: JSONata
StartAt: Sum
States:
  Sum:
    Type: Task
    Resource: arn:aws:states:::states:startExecution.sync:2
    Arguments: >-
      {% ( $total := function($lines) { $sum($lines.price) };
           $names := $map($states.input.lines, function($line, $index) { $string($index) & $uppercase($line.sku) });
           { 'StateMachineArn': $states.input.arn, 'Input': { 'total': $total($states.input.lines), 'names': $names,
             'best': $states.input.lines^(>price)[0].sku, 'kinds': $states.input.lines{kind: $count(sku)},
             'hash': $hash('a', 'SHA-256'), 'id': $uuid(), 'parts': $partition([1,2,3], 2), 'range': $range(1, 9, 2),
             'parsed': $parse('[1]'), 'random': $random(7), 'chained': $states.input.name ~> $trim ~> $lowercase } } ) %}
    End: true
""",
    "JSONata: Choice, Wait, Pass, Parallel, Map": """
QueryLanguage: JSONata
StartAt: What
States:
  What:
    Type: Choice
    Choices:
      - {Condition: "{% $states.input.total > 100 and $exists($states.input.customer) %}", Assign: {large: true}, Next: Wait}
      - {Condition: "{% $states.input.now in ['a', 'b'] %}", Output: {x: 1}, Next: Until, Comment: why}
    Default: Each
    Assign: {large: false}
    Output: "{% $states.input %}"
  Wait: {Type: Wait, Seconds: "{% $states.input.delay %}", Assign: {waited: true}, Output: {done: true}, Next: Each}
  Until: {Type: Wait, Timestamp: "{% $states.input.due %}", Next: Both}
  Each:
    Type: Map
    Items: "{% $states.input.lines %}"
    ItemSelector: {line: "{% $states.context.Map.Item.Value %}", index: "{% $states.context.Map.Item.Index %}"}
    MaxConcurrency: "{% $states.input.most %}"
    ItemProcessor: {StartAt: One, States: {One: {Type: Pass, Output: "{% $states.input.line %}", End: true}}}
    Output: {lines: "{% $states.result %}"}
    Next: Both
  Both:
    Type: Parallel
    Arguments: {id: "{% $states.input.id %}"}
    Branches:
      - {StartAt: Left, States: {Left: {Type: Pass, End: true}}}
    Output: "{% $states.result[0] %}"
    End: true
""",
    "JSONata: Choice that is always true at its end, and Items that are given": """
QueryLanguage: JSONata
StartAt: What
States:
  What:
    Type: Choice
    Choices:
      - {Condition: "{% $states.input.a %}", Next: Each}
      - {Condition: "{% true %}", Next: Each}
  Each:
    Type: Map
    Items: [1, 2, "{% $states.input.third %}"]
    ItemProcessor: {StartAt: One, States: {One: {Type: Pass, End: true}}}
    End: true
""",
    "JSONata: distributed Map": """
QueryLanguage: JSONata
StartAt: Each
States:
  Each:
    Type: Map
    Label: Rows
    ItemReader:
      Resource: arn:aws:states:::s3:getObject
      Arguments: {Bucket: "{% $states.input.bucket %}", Key: rows.jsonl}
      ReaderConfig: {InputType: JSONL, MaxItems: "{% $states.input.most %}"}
    ItemBatcher: {MaxItemsPerBatch: "{% $states.input.batch %}", BatchInput: {run: "{% $states.context.Execution.Id %}"}}
    ToleratedFailureCount: "{% $states.input.mayFail %}"
    ItemProcessor:
      ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}
      StartAt: One
      States:
        One:
          Type: Task
          Resource: arn:aws:states:::sqs:sendMessage.waitForTaskToken
          Arguments: {QueueUrl: q, MessageBody: {token: "{% $states.context.Task.Token %}", rows: "{% $states.input.Items %}"}}
          End: true
    ResultWriter:
      Resource: arn:aws:states:::s3:putObject
      Arguments: {Bucket: "{% $states.input.bucket %}", Prefix: done}
    End: true
""",
    "JSONata in one state of a JSONPath definition": """
StartAt: Old
States:
  Old: {Type: Pass, Parameters: {id.$: $.id}, Assign: {id.$: $.id}, Next: New}
  New: {Type: Pass, QueryLanguage: JSONata, Output: {id: "{% $states.input.id & $id %}"}, End: true}
""",
    "placeholders of CloudFormation and Terraform": """
StartAt: Ship
States:
  Ship:
    Type: Task
    Resource: ${ShipFunctionArn}
    TimeoutSeconds: ${Timeout}
    Retry: [{ErrorEquals: [States.ALL], MaxAttempts: "${Attempts}"}]
    Next: Both
  Both:
    Type: Task
    Resource: arn:${AWS::Partition}:states:::lambda:invoke
    Parameters: {FunctionName: "${Other}", Payload: {"key.$": "$.${Key}"}}
    End: true
""",
}
# These can be EXPRESS as well.
EXPRESS = """
StartAt: Ship
States:
  Ship: {Type: Task, Resource: "arn:aws:states:::lambda:invoke", Parameters: {FunctionName: ship}, Next: Each}
  Each:
    Type: Map
    ItemProcessor: {ProcessorConfig: {Mode: INLINE}, StartAt: One, States: {One: {Type: Pass, End: true}}}
    End: true
"""
