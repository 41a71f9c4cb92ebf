"""Each opens their own folder and nobody else's, with s3fs, old and new."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import s3fs

from system import PREFIX, REGION, ROOT, refused


def test_the_script_that_people_write_passes_unchanged(system, tmp_path):
    settings = {
        "region": REGION,
        "bucket": system.bucket,
        "user_pool_id": system.user_pool_id,
        "identity_pool_id": system.identity_pool_id,
        "id_tokens": {person.name: person.id_token for person in system.people.values()},
    }
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(settings))
    environment = {
        "AWS_ENDPOINT_URL": system.endpoint,
        "AWS_ACCESS_KEY_ID": ROOT.key,
        "AWS_SECRET_ACCESS_KEY": ROOT.secret,
    }
    script = Path(__file__).with_name("verify_folders.py")
    done = subprocess.run(
        [sys.executable, script, file], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "nobody else's" in done.stdout


@pytest.fixture
def folders(system):
    """A file system for each person."""

    def mount(person):
        return s3fs.S3FileSystem(
            key=person.keys.key,
            secret=person.keys.secret,
            token=person.keys.token,
            endpoint_url=system.endpoint,
            skip_instance_cache=True,
            use_listings_cache=False,
        )

    return {name: mount(person) for name, person in system.people.items()}


BOTH_WAYS = pytest.mark.parametrize("me, other", [("admin", "user"), ("user", "admin")])


@BOTH_WAYS
def test_reading_is_refused_at_open(system, folders, me, other):
    mine, others = (f"{system.bucket}/{system.people[name].file}" for name in (me, other))
    with folders[me].open(mine, "r") as file:
        assert file.readline() == system.people[me].line
    with pytest.raises(PermissionError):
        folders[me].open(others, "r")


@BOTH_WAYS
def test_writing_is_refused_at_close_and_changes_nothing(system, folders, me, other):
    mine, others = (f"{system.bucket}/{system.people[name].file}" for name in (me, other))
    file = folders[me].open(others, "w")
    file.write("not mine")
    with pytest.raises(PermissionError):
        file.close()
    with folders[other].open(others, "r") as file:
        assert file.read() == system.people[other].line
    with folders[me].open(mine, "w") as file:
        file.write(system.people[me].line)
    with folders[me].open(mine, "r") as file:
        assert file.read() == system.people[me].line


@BOTH_WAYS
def test_deleting_and_copying_stay_in_the_folder(system, folders, me, other):
    mine, others = (f"{system.bucket}/{system.people[name].folder}" for name in (me, other))
    system_of_mine = folders[me]
    system_of_mine.pipe_file(f"{mine}/a.txt", b"a")
    system_of_mine.cp_file(f"{mine}/a.txt", f"{mine}/b.txt")
    assert system_of_mine.cat_file(f"{mine}/b.txt") == b"a"
    with pytest.raises(PermissionError):
        system_of_mine.cp_file(f"{others}/data.txt", f"{mine}/stolen.txt")
    with pytest.raises(PermissionError):
        system_of_mine.cp_file(f"{mine}/a.txt", f"{others}/planted.txt")
    with pytest.raises(PermissionError):
        system_of_mine.rm_file(f"{others}/data.txt")
    assert folders[other].cat_file(f"{others}/data.txt") == system.people[other].line.encode()
    system_of_mine.rm_file(f"{mine}/a.txt")
    system_of_mine.rm_file(f"{mine}/b.txt")
    left = system.client("s3").list_objects_v2(Bucket=system.bucket)["Contents"]
    assert {entry["Key"] for entry in left} >= {p.file for p in system.people.values()}
    names = ("/a.txt", "/b.txt", "/stolen.txt", "/planted.txt")
    assert not [entry["Key"] for entry in left if entry["Key"].endswith(names)]


@BOTH_WAYS
def test_a_part_of_a_file_is_read_and_a_file_is_described(system, folders, me, other):
    mine, others = (f"{system.bucket}/{system.people[name].file}" for name in (me, other))
    line = system.people[me].line.encode()
    assert folders[me].cat_file(mine, start=2, end=5) == line[2:5]
    assert folders[me].info(mine)["size"] == len(line)
    with folders[me].open(mine, "rb") as file:
        file.seek(-5, 2)
        assert file.read() == line[-5:]
    with pytest.raises(PermissionError):
        folders[me].cat_file(others, start=2, end=5)
    with pytest.raises(PermissionError):
        folders[me].info(others)


@BOTH_WAYS
def test_listing_takes_the_prefix_that_the_policy_names(system, folders, me, other):
    # s3fs asks for `cognito-test/`, which is not the `cognito-test` that the policy allows.
    with pytest.raises(PermissionError):
        folders[me].ls(f"{system.bucket}/{PREFIX}")
    with pytest.raises(PermissionError):
        folders[me].ls(f"{system.bucket}/{system.people[other].folder}")
    s3 = system.client("s3", system.people[me].keys)
    seen = s3.list_objects_v2(Bucket=system.bucket, Prefix=PREFIX)["Contents"]
    assert {system.people[me].file, system.people[other].file} <= {e["Key"] for e in seen}
    for prefix in (f"{PREFIX}/", system.people[other].folder, "", PREFIX.upper()):
        with refused("AccessDenied"):
            s3.list_objects_v2(Bucket=system.bucket, Prefix=prefix)
    with refused("AccessDenied"):
        s3.list_objects_v2(Bucket=system.bucket)
