"""100 MiB up and down by the clients that cut files into parts by themselves, by a person in its folder."""

import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import boto3
import pytest
import s3fs

from system import REGION, client

SIZE = 100 << 20


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("transfers") / "source"
    # Not of any period that a part could have.
    path.write_bytes(hashlib.shake_128(b"transfers").digest(SIZE))
    return path


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_boto3_transfers_in_parts(system, user, file, tmp_path):
    s3 = client(system.endpoint, "s3", user.keys)
    key = f"{user.folder}/boto3"
    s3.upload_file(str(file), system.bucket, key)
    assert s3.head_object(Bucket=system.bucket, Key=key, PartNumber=1)["PartsCount"] > 1
    s3.download_file(system.bucket, key, str(tmp_path / "down"))
    assert digest(tmp_path / "down") == digest(file)
    # A copy in parts, each from the object.
    copy = f"{user.folder}/boto3-copy"
    s3.copy({"Bucket": system.bucket, "Key": key}, system.bucket, copy)
    s3.download_file(system.bucket, copy, str(tmp_path / "copy"))
    assert digest(tmp_path / "copy") == digest(file)
    for name in (key, copy):
        s3.delete_object(Bucket=system.bucket, Key=name)


# Each environment runs the tests whose clients it has.
if find_spec("awscli") is not None:

    def test_the_command_line_transfers_in_parts(system, user, file, tmp_path):
        aws = Path(sys.executable).with_name("aws")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AWS_ENDPOINT_URL": system.endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": user.keys.key,
            "AWS_SECRET_ACCESS_KEY": user.keys.secret,
            "AWS_SESSION_TOKEN": user.keys.token,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

        def run(*arguments):
            command = [sys.executable, aws, "s3", *map(str, arguments)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr

        target = f"s3://{system.bucket}/{user.folder}/command-line"
        run("cp", file, target)
        run("cp", target, tmp_path / "down")
        assert digest(tmp_path / "down") == digest(file)
        run("rm", target)


def test_s3fs_transfers_in_parts(system, user, file, tmp_path):
    files = s3fs.S3FileSystem(
        key=user.keys.key,
        secret=user.keys.secret,
        token=user.keys.token,
        client_kwargs={"endpoint_url": system.endpoint, "region_name": REGION},
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    place = f"{system.bucket}/{user.folder}/s3fs"
    files.put_file(str(file), place)
    files.get_file(place, str(tmp_path / "down"))
    assert digest(tmp_path / "down") == digest(file)
    # As a file that is written bit by bit, and read in the middle.
    content = file.read_bytes()
    with files.open(place, "wb", block_size=8 << 20) as opened:
        for start in range(0, 30 << 20, 3 << 20):
            opened.write(content[start : start + (3 << 20)])
    with files.open(place, "rb") as opened:
        opened.seek((8 << 20) - 5)
        assert opened.read(10) == content[(8 << 20) - 5 : (8 << 20) + 5]
    files.rm_file(place)
