"""The AWS command line in the place of a boto3 client, so that the same tests are made with both.

`AwsCli(...).create_bucket(Bucket="b")` runs `aws s3api create-bucket --cli-input-json …` in this process (a
process of its own would take a second each) and gives what it prints, or raises the ClientError that it tells of.
"""

import base64
import io
import json
import os
import re
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

from awscli.clidriver import create_clidriver
from botocore import UNSIGNED, xform_name
from botocore.exceptions import ClientError
from botocore.utils import parse_timestamp

from system import REGION

COMMANDS = {"s3": "s3api"}
REFUSED = re.compile(
    r"An error occurred \((?P<code>[^)]+)\) when calling the \w+ operation[^:]*: (?P<message>.*)", re.S
)


class AwsCli:
    def __init__(self, endpoint, service, keys, signature_version=None, **_):
        self.service = service
        self.options = ["--endpoint-url", endpoint, "--region", REGION, "--output", "json", "--no-paginate"]
        if signature_version is UNSIGNED:
            self.options.append("--no-sign-request")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.environment = {
            **kept,
            "AWS_ACCESS_KEY_ID": keys.key,
            "AWS_SECRET_ACCESS_KEY": keys.secret,
            **({"AWS_SESSION_TOKEN": keys.token} if keys.token else {}),
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        with self._surroundings():
            self.driver = create_clidriver()
        self.driver.session.register("after-call", self._note)
        self.metadata = {}
        model = self.driver.session.get_service_model(service)
        self.operations = {xform_name(name): model.operation_model(name) for name in model.operation_names}
        self.called = lambda name: None

    def _note(self, parsed, **_):
        """The request's id, which the command line does not print."""
        self.metadata = parsed.get("ResponseMetadata", {})

    def _surroundings(self):
        return mock.patch.dict(os.environ, self.environment, clear=True)

    def __getattr__(self, name):
        if name not in self.operations:
            raise AttributeError(name)
        return lambda **parameters: self._call(self.operations[name], parameters)

    def _call(self, operation, parameters):
        with tempfile.TemporaryDirectory() as folder:
            command = [COMMANDS.get(self.service, self.service), xform_name(operation.name, "-")]
            streamed = operation.get_streaming_output()
            target = Path(folder) / "output"
            body = operation.get_streaming_input()
            if body is not None:
                name = operation.input_shape.serialization["payload"]
                content = parameters.pop(name, b"")
                source = Path(folder) / "input"
                source.write_bytes(content.encode() if isinstance(content, str) else content)
                command += [f"--{xform_name(name, '-')}", str(source)]
            if streamed is None:
                command += ["--cli-input-json", json.dumps(parameters, default=text_of)]
            else:
                # A command that writes a file takes no JSON.
                for name, value in parameters.items():
                    text = text_of(value) if hasattr(value, "isoformat") else str(value)
                    command += [f"--{xform_name(name, '-')}", text]
                command.append(str(target))
            command += self.options
            out, err = io.StringIO(), io.StringIO()
            with self._surroundings(), redirect_stdout(out), redirect_stderr(err):
                code = self.driver.main(command)
            if code != 0:
                raise self._error(operation, err.getvalue())
            self.called(operation.name)
            answer = json.loads(out.getvalue() or "{}")
            answer = with_times(operation.output_shape, answer)
            if streamed is not None:
                answer["Body"] = io.BytesIO(target.read_bytes())
            return answer

    def _error(self, operation, said):
        told = REFUSED.search(said)
        assert told, said
        error = {"Code": told["code"], "Message": told["message"].strip()}
        return ClientError({"Error": error, "ResponseMetadata": self.metadata}, operation.name)


def text_of(value):
    """What JSON has no form for: times and bytes."""
    return value.isoformat() if hasattr(value, "isoformat") else base64.b64encode(value).decode()


def with_times(shape, value):
    """The answer with its moments as boto3 has them."""
    if shape is None or value is None:
        return value
    if shape.type_name == "timestamp":
        return parse_timestamp(value)
    if shape.type_name == "structure" and isinstance(value, dict):
        members = shape.members
        return {k: with_times(members.get(k), v) for k, v in value.items()}
    if shape.type_name == "list":
        return [with_times(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {k: with_times(shape.value, v) for k, v in value.items()}
    return value
