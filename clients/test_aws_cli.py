"""The AWS command line, by endpoint and profile, as anyone would use it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from system import REGION, ROOT

AWS = Path(sys.executable).with_name("aws")


class Shell:
    """An environment in which `aws` is one person's."""

    def __init__(self, folder, endpoint, profile):
        self.folder = folder
        config = folder / "config"
        config.write_text(f"[default]\nregion = {REGION}\nendpoint_url = {endpoint}\n{profile}\n")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_CONFIG_FILE": str(config),
            "AWS_PAGER": "",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def run(self, *arguments):
        return subprocess.run(
            [sys.executable, AWS, *map(str, arguments)],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
        )

    def aws(self, *arguments):
        """What a command that has to work prints."""
        done = self.run(*arguments)
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    def json(self, *arguments):
        return json.loads(self.aws(*arguments, "--output", "json"))

    def refused(self, code, *arguments):
        done = self.run(*arguments)
        assert done.returncode != 0, (arguments, done.stdout)
        assert f"({code})" in done.stderr, (arguments, done.stderr)


def keys_profile(keys):
    profile = f"aws_access_key_id = {keys.key}\naws_secret_access_key = {keys.secret}\n"
    return profile + (f"aws_session_token = {keys.token}\n" if keys.token else "")


@pytest.fixture
def root(tmp_path, system):
    folder = tmp_path / "root"
    folder.mkdir()
    return Shell(folder, system.endpoint, keys_profile(ROOT))


@pytest.fixture
def admins(tmp_path, system, admin):
    folder = tmp_path / "admin"
    folder.mkdir()
    return Shell(folder, system.endpoint, keys_profile(admin.keys))


def test_s3_commands(root):
    bucket = "s3://cloakroom-command-line"
    (root.folder / "note.txt").write_text("a note\n")
    root.aws("s3", "mb", bucket)
    root.aws("s3", "cp", "note.txt", f"{bucket}/folder/note.txt")
    assert "cloakroom-command-line" in root.aws("s3", "ls")
    assert "PRE folder/" in root.aws("s3", "ls", f"{bucket}/")
    assert "note.txt" in root.aws("s3", "ls", f"{bucket}/folder/")
    assert root.aws("s3", "cp", f"{bucket}/folder/note.txt", "-") == "a note\n"
    root.aws("s3", "cp", f"{bucket}/folder/note.txt", f"{bucket}/copy.txt")
    root.aws("s3", "mv", f"{bucket}/copy.txt", f"{bucket}/moved.txt")
    root.aws("s3", "sync", bucket, "down")
    files = sorted(str(p.relative_to(root.folder / "down")) for p in (root.folder / "down").rglob("*.*"))
    assert files == ["folder/note.txt", "moved.txt"]
    root.aws("s3", "rm", bucket, "--recursive")
    assert root.aws("s3", "ls", bucket) == ""
    root.aws("s3", "rb", bucket)
    root.refused("NoSuchBucket", "s3", "ls", bucket)


def test_one_s_own_folder_and_another_s(admins, system, admin, user):
    bucket = f"s3://{system.bucket}"
    assert admins.aws("s3", "cp", f"{bucket}/{admin.file}", "-") == admin.line
    admins.refused("403", "s3", "cp", f"{bucket}/{user.file}", "-")
    (admins.folder / "mine.txt").write_text("mine\n")
    admins.aws("s3", "cp", "mine.txt", f"{bucket}/{admin.folder}/mine.txt")
    admins.refused("AccessDenied", "s3", "cp", "mine.txt", f"{bucket}/{user.folder}/mine.txt")
    admins.refused("AccessDenied", "s3", "rm", f"{bucket}/{user.file}")
    admins.aws("s3", "rm", f"{bucket}/{admin.folder}/mine.txt")
    admins.refused("AccessDenied", "s3", "ls", f"{bucket}/{user.folder}/")
    assert "PRE cognito-test/" in admins.aws("s3", "ls", f"{bucket}/cognito-test")
    admins.refused("AccessDenied", "s3", "ls", f"{bucket}/cognito-test/")


def test_s3api(admins, system, admin, user):
    mine = ["--bucket", system.bucket, "--key", admin.file]
    assert admins.json("s3api", "head-object", *mine)["ContentLength"] == len(admin.line)
    admins.refused("AccessDenied", "s3api", "get-object", *mine[:3], user.file, "out")
    assert not (admins.folder / "out").exists() or not (admins.folder / "out").read_text()
    admins.json("s3api", "get-object", *mine, "out")
    assert (admins.folder / "out").read_text() == admin.line
    names = ["--bucket", system.bucket, "--prefix", "cognito-test"]
    listed = admins.json("s3api", "list-objects-v2", *names)["Contents"]
    assert admin.file in [entry["Key"] for entry in listed]


def test_cognito_and_sts(root, admins, system, admin):
    of_admin = ["--user-pool-id", system.user_pool_id, "--username", "admin"]
    assert root.json("cognito-idp", "admin-get-user", *of_admin)["Username"] == "admin"
    admins.refused("AccessDeniedException", "cognito-idp", "admin-get-user", *of_admin)
    users = root.json("cognito-idp", "list-users", "--user-pool-id", system.user_pool_id)["Users"]
    assert {"admin", "user"} <= {user["Username"] for user in users}
    assert root.json("sts", "get-caller-identity")["Arn"] == f"arn:aws:iam::{ROOT.account}:root"
    caller = admins.json("sts", "get-caller-identity")
    assert caller["Arn"].endswith(f"{system.role_name(admin)}/CognitoIdentityCredentials")
    logins = json.dumps({system.provider: admin.id_token})
    given = root.json(
        "cognito-identity", "get-credentials-for-identity",
        "--identity-id", admin.identity_id, "--logins", logins,
    )
    assert given["IdentityId"] == admin.identity_id


def test_iam(root, admins, system, admin):
    roles = root.json("iam", "list-roles")["Roles"]
    assert system.roles[admin.name] in [role["Arn"] for role in roles]
    admins.refused("AccessDenied", "iam", "list-roles")


def test_a_profile_that_signs_in_by_itself(tmp_path, system, user):
    """`credential_process = cloakroom credentials …`: the password once, then the refresh token."""
    secret, cache = tmp_path / "client-secret", tmp_path / "refresh-token"
    secret.write_text(system.client_secret)
    command = [
        os.environ["CLOAKROOM_BINARY"],
        "credentials",
        *("--user", user.name),
        *("--user-pool-id", system.user_pool_id),
        *("--client-id", system.client_id),
        *("--client-secret-file", secret),
        *("--identity-pool-id", system.identity_pool_id),
        *("--endpoint-url", system.endpoint),
        *("--cache", cache),
    ]
    sign_in = [*map(str, command), "--password-stdin"]

    def first(password):
        return subprocess.run(sign_in, input=password, capture_output=True, text=True)

    wrong = first("Wrong-password-9\n")
    assert wrong.returncode == 1 and "NotAuthorizedException" in wrong.stderr
    assert not cache.exists()
    good = first(f"{user.password}\n")
    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout)["Version"] == 1
    assert cache.stat().st_mode & 0o777 == 0o600

    process = " ".join(map(str, command))
    shell = Shell(tmp_path, system.endpoint, f"credential_process = {process}")
    assert shell.aws("s3", "cp", f"s3://{system.bucket}/{user.file}", "-") == user.line
    other = system.people["admin"].file
    shell.refused("AccessDenied", "s3api", "get-object", "--bucket", system.bucket, "--key", other, "o")


def test_cloudformation_deploy(root):
    """A stack by a template file: made, left as it is, and deleted."""
    template = root.folder / "template.yaml"
    template.write_text(
        """\
Parameters:
  Purpose: {Type: String, Default: first}
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      Tags: [{Key: purpose, Value: !Ref Purpose}]
Outputs:
  Name: {Value: !Ref Bucket}
"""
    )
    deploy = ["cloudformation", "deploy", "--stack-name", "deployed", "--template-file", template]
    assert "Successfully created/updated stack - deployed" in root.aws(*deploy)
    described = root.json("cloudformation", "describe-stacks", "--stack-name", "deployed")
    stack = described["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    bucket = stack["Outputs"][0]["OutputValue"]
    assert bucket in root.aws("s3", "ls")
    again = root.run(*deploy, "--no-fail-on-empty-changeset")
    assert again.returncode == 0 and "No changes to deploy" in again.stderr + again.stdout
    tags = root.json("s3api", "get-bucket-tagging", "--bucket", bucket)["TagSet"]
    assert tags == [{"Key": "purpose", "Value": "first"}]
    root.aws("cloudformation", "delete-stack", "--stack-name", "deployed")
    by_id = ["cloudformation", "describe-stacks", "--stack-name", stack["StackId"]]
    # The command's own waiter would look again only after 30 seconds.
    while root.json(*by_id)["Stacks"][0]["StackStatus"] == "DELETE_IN_PROGRESS":
        pass
    assert root.json(*by_id)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    assert bucket not in root.aws("s3", "ls")
