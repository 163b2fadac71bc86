"""Holds the example claims, and the document's examples of answers, against the OpenAPI document's schemas, as a client
generated from it would.

    python3 scripts/check_examples.py openapi/openapi.json examples/*.json
"""

import json
import sys

from openapi_schema_validator import OAS31Validator

document, *examples = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:])
body = document["paths"]["/v1/claims"]["post"]["requestBody"]["content"]["application/json"]
# The schemas refer to each other by their place in the document.
validator = OAS31Validator(body["schema"] | {"components": document["components"]})
faults = 0
for path, example in zip(sys.argv[2:], examples, strict=True):
    for error in validator.iter_errors(example):
        faults += 1
        print(f"{path}: {error.json_path}: {error.message}", file=sys.stderr)
# Each example of an answer fits the answer's schema: two types of one name would be one schema.
answers = 0
for path, operations in document["paths"].items():
    for method, operation in operations.items():
        for status, response in operation.get("responses", {}).items():
            content = response.get("content", {}).get("application/json", {})
            for name, answer in content.get("examples", {}).items():
                if "value" not in answer:
                    continue
                answers += 1
                schema = OAS31Validator(content["schema"] | {"components": document["components"]})
                for error in schema.iter_errors(answer["value"]):
                    faults += 1
                    print(f"{method} {path} {status} {name}: {error.json_path}: {error.message[:300]}", file=sys.stderr)
if answers < 20:
    sys.exit(f"only {answers} examples of answers were found")
# A validator that takes anything would find no fault either.
if validator.is_valid(examples[0] | {"misspelt": 1}):
    sys.exit("the document allows unknown fields")
sys.exit(f"{faults} faults" if faults else 0)
