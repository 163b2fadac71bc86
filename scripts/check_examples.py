"""Holds the example claims against the OpenAPI document, as a client generated from it would.

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
# A validator that takes anything would find no fault either.
if validator.is_valid(examples[0] | {"misspelt": 1}):
    sys.exit("the document allows unknown fields")
sys.exit(f"{faults} faults" if faults else 0)
