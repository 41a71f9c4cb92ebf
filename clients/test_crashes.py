"""Killed in the middle of writing, again and again: what was acknowledged is there, and whole."""

import json
import random
import threading

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from conftest import Server
from forgetful import ForgetfulDisk
from system import ROOT, allow, client, trust_policy

BUCKET = "crashes"
KEYS_OF_EACH = 8
# Inline in the database, a blob of one step, and a blob of several.
SIZES = (10, 40_000, 700_000)


class Writer:
    """Writes one thing after the other, each time recording what must be there."""

    def __init__(self, number, seed, acknowledged):
        self.number = number
        self.random = random.Random(seed)
        self.kept = {}
        self.pending = None
        self.failure = None
        self.acknowledged = acknowledged

    def connect(self, endpoint):
        self.s3 = client(endpoint, "s3", ROOT)
        self.iam = client(endpoint, "iam", ROOT)

    def run(self):
        """Writes until the server is gone."""
        while True:
            name = f"{self.number}-{self.random.randrange(KEYS_OF_EACH)}"
            kind = self.random.choice(("put", "put", "put", "parts", "delete", "role"))
            value = None if kind == "delete" else self.random.randbytes(self.random.choice(SIZES))
            if kind == "role":
                name, value = f"role {name}", value[:10].hex()
            self.pending = (name, value)
            try:
                self.write(name, value, in_parts=kind == "parts")
            except BotoCoreError:
                return
            except ClientError as error:
                self.failure = error
                return
            self.kept[name] = value
            self.pending = None
            self.acknowledged.release()

    def write(self, name, value, in_parts):
        if name.startswith("role "):
            role = name.removeprefix("role ")
            policy = allow("s3:GetObject", f"arn:aws:s3:::{value}")
            self.iam.put_role_policy(
                RoleName=f"role-{self.number}", PolicyName=role, PolicyDocument=json.dumps(policy)
            )
        elif value is None:
            self.s3.delete_object(Bucket=BUCKET, Key=name)
        elif in_parts:
            upload = {"Bucket": BUCKET, "Key": name}
            upload["UploadId"] = self.s3.create_multipart_upload(**upload)["UploadId"]
            part = self.s3.upload_part(**upload, PartNumber=1, Body=value)
            parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
            self.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        else:
            self.s3.put_object(Bucket=BUCKET, Key=name, Body=value)

    def check(self):
        """Everything acknowledged is there and whole. What was under way is there or not, but never half."""
        pending, self.pending = self.pending, None
        names = set(self.kept) | ({pending[0]} if pending else set())
        for name in sorted(names):
            expected = [self.kept.get(name)]
            if pending and pending[0] == name:
                expected.append(pending[1])
            found = self.read(name)
            assert found in expected, f"{name}: {brief(found)}, not {[brief(e) for e in expected]}"
            self.kept[name] = found

    def read(self, name):
        try:
            if name.startswith("role "):
                role = name.removeprefix("role ")
                policy = self.iam.get_role_policy(RoleName=f"role-{self.number}", PolicyName=role)
                arn = policy["PolicyDocument"]["Statement"][0]["Resource"]
                return arn.removeprefix("arn:aws:s3:::")
            return self.s3.get_object(Bucket=BUCKET, Key=name)["Body"].read()
        except ClientError as error:
            assert error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchEntity"), error
            return None


def brief(value):
    return value if value is None else f"{len(value)} bytes {value[:8]!r}"


def prepare(writers):
    writers[0].s3.create_bucket(Bucket=BUCKET)
    trust = json.dumps(trust_policy("us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e"))
    for writer in writers:
        writer.iam.create_role(RoleName=f"role-{writer.number}", AssumeRolePolicyDocument=trust)


def crash_again_and_again(data, times, seed, environment=None, afterwards=lambda: None):
    """Kills a server so often while four clients write, and checks each time what came of it."""
    numbers = random.Random(seed)
    acknowledged = threading.Semaphore(0)
    writers = [Writer(number, numbers.random(), acknowledged) for number in range(4)]
    for time in range(times):
        with Server(data, environment=environment) as server:
            for writer in writers:
                writer.connect(server.endpoint)
            if time == 0:
                prepare(writers)
            for writer in writers:
                writer.check()
            threads = [threading.Thread(target=writer.run) for writer in writers]
            for thread in threads:
                thread.start()
            for _ in range(numbers.randrange(5, 40)):
                assert acknowledged.acquire(timeout=60), "nothing is acknowledged any more"
            server.kill()
            for thread in threads:
                thread.join(timeout=60)
                assert not thread.is_alive()
            assert [writer.failure for writer in writers] == [None] * len(writers)
            while acknowledged.acquire(blocking=False):
                pass
        afterwards()
    with Server(data, environment=environment) as server:
        for writer in writers:
            writer.connect(server.endpoint)
            writer.check()
        listed = writers[0].s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        objects = {name for w in writers for name, value in w.kept.items() if isinstance(value, bytes)}
        assert {entry["Key"] for entry in listed} == objects
        server.stop()


def test_killed_fifty_times(tmp_path):
    crash_again_and_again(tmp_path / "data", times=50, seed=1)


def test_killed_on_a_disk_that_forgets_what_nobody_synced(tmp_path):
    disk = ForgetfulDisk(tmp_path, tmp_path / "data")
    forgotten = []
    crash_again_and_again(
        tmp_path / "data",
        times=15,
        seed=2,
        environment=disk.environment(),
        afterwards=lambda: forgotten.append(disk.forget()),
    )
    # The disk did forget: what was under way when the process died.
    assert sum(forgotten) > 0


def test_a_disk_that_does_not_sync_at_all_is_noticed(tmp_path):
    """The test above can fail: it does if no sync reaches the disk, as with `synchronous=OFF`."""
    disk = ForgetfulDisk(tmp_path, tmp_path / "data", lies=True)
    with pytest.raises(AssertionError):
        crash_again_and_again(
            tmp_path / "data",
            times=3,
            seed=2,
            environment=disk.environment(),
            afterwards=disk.forget,
        )
