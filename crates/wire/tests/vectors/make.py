#!/usr/bin/env python3
"""Real bytes for the tests of `wire`, with botocore 1.44.5 as the other side.

    make.py requests   writes requests.json: every served operation as botocore sends it, with the
                       least and with all members, and the input that has to come out of it, in the
                       form of Rust's Debug
    make.py responses  reads responses.json, which `cargo test -p wire` keeps, with botocore's
                       parsers and writes what they understand to understood.json
"""

import datetime
import io
import json
import pathlib
import re
import sys
import tomllib
from xml.etree.ElementTree import ParseError

import botocore.session
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.config import Config
from botocore.parsers import create_parser

HERE = pathlib.Path(__file__).parent
SERVED = tomllib.loads((HERE.parent.parent / "models/served.toml").read_text())
MOMENT = datetime.datetime(2026, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)
SESSION = botocore.session.Session()
SESSION.set_credentials("AKIAIOSFODNN7EXAMPLE", "secret", "token")

# What botocore computes, demands or does not let through, so that no sample may be made up.
GIVEN = {
    ("s3", "Bucket"): "a-bucket",
    ("s3", "Key"): "folder/a b+c%é/../file.txt",
    ("s3", "CopySource"): "other-bucket/a key?versionId=7",
    ("s3", "Policy"): '{"Version":"2012-10-17","Statement":[]}',
    ("s3", "Body"): b"hello",
    ("s3", "Tagging"): "a=b&c=d%20e",
    ("s3", "ContinuationToken"): "a token/+=",
    ("s3", "SSECustomerKey"): "k" * 32,
    ("s3", "CopySourceSSECustomerKey"): "k" * 32,
}
# Members that change how botocore sends the others.
LEFT_OUT = {
    ("s3", "ContentMD5"),
    ("s3", "ContentLength"),
    ("s3", "SSECustomerKeyMD5"),
    ("s3", "CopySourceSSECustomerKeyMD5"),
    ("s3", "WriteOffsetBytes"),
    ("s3", "ChecksumAlgorithm"),
    ("s3", "EncodingType"),
}


def snake(name):
    name = name.replace("URLs", "Urls").replace("ARNs", "Arns").replace("IDs", "Ids")
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
    return "type" if name == "type" else name


def variant(value):
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", value) if part]
    return "".join(
        part[0].upper() + (part[1:].lower() if part.upper() == part else part[1:]) for part in parts
    )


def sample(service, shape, name, full, in_header):
    kind = shape.type_name
    if (service, name) in GIVEN and kind in ("string", "blob"):
        return GIVEN[(service, name)]
    limits = shape.metadata
    if kind == "structure":
        members = shape.members if full else {n: shape.members[n] for n in shape.required_members}
        return {
            n: sample(service, m, n, full, "location" in m.serialization)
            for n, m in members.items()
            if (service, n) not in LEFT_OUT
        }
    if kind == "list":
        count = max(1, min(limits.get("max", 2), 2))
        return [sample(service, shape.member, name, full, in_header) for _ in range(count)]
    if kind == "map":
        return {"a-key": sample(service, shape.value, name, full, in_header)}
    if kind == "string":
        if shape.enum:
            return shape.enum[-1]
        text = "plain" if in_header else f'{name} é &<>"+=%2F'
        return text[: limits.get("max", 100)].ljust(limits.get("min", 0), "x")
    if kind == "boolean":
        return True
    if kind in ("integer", "long"):
        return max(limits.get("min", 0), min(limits.get("max", 7), 7))
    if kind == "timestamp":
        return MOMENT
    if kind == "blob":
        return b"blob"
    raise NotImplementedError(kind)


def rust(service, shape, value, secret=False):
    """What Rust's Debug shows of the value."""
    kind = shape.type_name
    served = SERVED[service]
    secret = secret or shape.metadata.get("sensitive", False)
    secret = secret or shape.name in served.get("secrets", [])
    if kind == "structure":
        members = []
        # Headers that the model does not list, and that botocore therefore never sends.
        unlisted = served.get("headers", {}).get(shape.name, {})
        for name in sorted([*shape.members, *unlisted]):
            if name in unlisted:
                members.append(f"{snake(name)}: None")
                continue
            member = shape.members[name]
            if member.serialization.get("streaming") or name == shape.serialization.get("payload") and member.type_name == "blob":
                continue
            shown = "None"
            if name in value:
                shown = rust(service, member, value[name], secret)
                shown = shown if name in shape.required_members else f"Some({shown})"
            members.append(f"{snake(name)}: {shown}")
        type_name = shape.name[0].upper() + shape.name[1:]
        return f"{type_name} {{ {', '.join(members)} }}" if members else type_name
    if kind == "list":
        return "[" + ", ".join(rust(service, shape.member, item, secret) for item in value) + "]"
    if kind == "map":
        items = (f'"{k}": {rust(service, shape.value, v, secret)}' for k, v in sorted(value.items()))
        return "{" + ", ".join(items) + "}"
    if kind == "string" and shape.enum and shape.name not in served.get("open_enums", []):
        return variant(value)
    if kind == "string":
        return "Secret(…)" if secret else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "timestamp" and not isinstance(value, str):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if kind == "timestamp":
        return f'"{value}"'
    return str(value)


def sent(service, operation, parameters):
    """The request as it would go out."""
    client = SESSION.create_client(
        service,
        region_name="us-east-1",
        endpoint_url="http://localhost:4566",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )
    captured = []

    def capture(request, **_):
        captured.append(request)
        raw = io.BytesIO(b"")
        raw.stream = lambda *_, **__: iter([b""])
        return AWSResponse(request.url, 500, {}, raw)

    client.meta.events.register("before-send", capture)
    try:
        client._make_api_call(operation, parameters)
    except (client.exceptions.ClientError, ParseError):
        pass
    return captured[0]


def request_vector(service, operation, full):
    model = SESSION.get_service_model(service).operation_model(operation)
    parameters = {}
    if model.input_shape:
        parameters = sample(service, model.input_shape, operation, full, False)
    request = sent(service, operation, parameters)
    path, _, query = request.url.removeprefix("http://localhost:4566").partition("?")
    changing = {
        "authorization", "user-agent", "x-amz-date", "amz-sdk-invocation-id", "amz-sdk-request",
    }
    headers = {}
    for name, value in request.headers.items():
        if name.lower() not in changing:
            headers[name] = value.decode() if isinstance(value, bytes) else value
    body = request.body or b""
    body = body if isinstance(body, (bytes, str)) else b""
    body = body if isinstance(body, str) else body.decode()
    if service == "s3" and operation in ("PutObject", "UploadPart"):
        body = ""
    return {
        "operation": f"{service}:{operation}",
        "members": "all" if full else "least",
        "method": request.method,
        "path": path,
        "query": query,
        "headers": dict(sorted(headers.items())),
        "body": body,
        "input": rust(service, model.input_shape, understood(service, parameters, headers)),
    }


def understood(service, parameters, headers):
    """The parameters with what botocore adds to them."""
    if service != "s3":
        return parameters
    lower = {name.lower(): value for name, value in headers.items()}
    added = {
        "ContentMD5": "content-md5",
        "ContentLength": "content-length",
        "ContentEncoding": "content-encoding",
        "SSECustomerKeyMD5": "x-amz-server-side-encryption-customer-key-md5",
        "CopySourceSSECustomerKeyMD5": "x-amz-copy-source-server-side-encryption-customer-key-md5",
        "ChecksumAlgorithm": "x-amz-sdk-checksum-algorithm",
        "ChecksumCRC32": "x-amz-checksum-crc32",
        # A text in the model, which botocore makes a timestamp of.
        "Expires": "expires",
    }
    result = dict(parameters)
    for name, header in added.items():
        if header in lower:
            value = lower[header]
            result[name] = int(value) if name == "ContentLength" else value
    return result


def write_requests():
    vectors = [
        request_vector(service, operation, full)
        for service, served in sorted(SERVED.items())
        for operation in sorted(served["operations"])
        for full in (False, True)
    ]
    text = json.dumps(vectors, indent=1, ensure_ascii=False) + "\n"
    (HERE / "requests.json").write_text(text)


def read_responses():
    vectors = json.loads((HERE / "responses.json").read_text())
    understood = {}
    for vector in vectors:
        service, operation = vector["operation"].split(":")
        model = SESSION.get_service_model(service)
        output = model.operation_model(operation).output_shape
        response = {
            "status_code": vector["status"],
            "headers": HeadersDict(vector["headers"]),
            "body": vector["body"].encode(),
            "context": {"operation_name": operation},
        }
        if output is not None and output.serialization.get("payload"):
            payload = output.members[output.serialization["payload"]]
            if payload.serialization.get("streaming") or payload.type_name == "blob":
                response["body"] = vector["body"]
        parsed = create_parser(model.metadata["protocol"]).parse(response, output)
        parsed.get("ResponseMetadata", {}).pop("HTTPHeaders", None)
        understood[vector["name"]] = parsed
    show = lambda value: value.isoformat() if hasattr(value, "isoformat") else repr(value)
    text = json.dumps(understood, indent=1, ensure_ascii=False, sort_keys=True, default=show) + "\n"
    (HERE / "understood.json").write_text(text)


if __name__ == "__main__":
    {"requests": write_requests, "responses": read_responses}[sys.argv[1]]()
