"""What s3fs can do, done: each of its methods that asks the server for something, old and new."""

import io
import urllib.request

import pytest
import s3fs

from system import ROOT


@pytest.fixture
def files(server):
    return s3fs.S3FileSystem(
        key=ROOT.key,
        secret=ROOT.secret,
        endpoint_url=server.endpoint,
        skip_instance_cache=True,
        use_listings_cache=False,
    )


@pytest.fixture
def bucket(files, request):
    name = "s3fs-" + request.node.name.replace("_", "-")[:50].strip("-")
    files.mkdir(name)
    yield name
    files.rm(name, recursive=True)
    assert not files.exists(name)


def test_buckets(files, bucket):
    assert bucket in files.ls("")
    assert files.exists(bucket) and files.isdir(bucket)
    assert files.ls(bucket) == []
    with pytest.raises(FileExistsError):
        files.mkdir(bucket)
    with pytest.raises(FileNotFoundError):
        files.ls("s3fs-was-never-there")


def test_reading_and_writing(files, bucket):
    path = f"{bucket}/a folder/Übung & <1>.txt"
    files.pipe_file(path, b"eins\nzwei\n")
    assert files.cat_file(path) == b"eins\nzwei\n"
    assert files.cat_file(path, start=5) == b"zwei\n"
    assert files.cat_ranges([path, path], [0, 5], [4, 9]) == [b"eins", b"zwei"]
    assert files.head(path, 4) == b"eins" and files.tail(path, 5) == b"zwei\n"
    with files.open(path, "r", encoding="utf-8") as file:
        assert list(file) == ["eins\n", "zwei\n"]
    with files.open(path, "ab") as file:
        file.write(b"drei\n")
    assert files.cat_file(path) == b"eins\nzwei\ndrei\n"
    files.touch(f"{bucket}/empty")
    assert files.info(f"{bucket}/empty")["size"] == 0
    assert files.cat_file(f"{bucket}/empty") == b""


def test_names(files, bucket):
    for name in ("a/1", "a/2", "a/b/3", "c/4", "5"):
        files.pipe_file(f"{bucket}/{name}", name.encode())
    assert files.ls(bucket) == [f"{bucket}/5", f"{bucket}/a", f"{bucket}/c"]
    assert files.find(bucket) == [f"{bucket}/{n}" for n in ("5", "a/1", "a/2", "a/b/3", "c/4")]
    assert files.glob(f"{bucket}/*/[0-9]") == [f"{bucket}/{n}" for n in ("a/1", "a/2", "c/4")]
    assert [place for place, _, _ in files.walk(bucket)] == [
        bucket, f"{bucket}/a", f"{bucket}/a/b", f"{bucket}/c"
    ]
    assert files.du(bucket) == 3 + 3 + 5 + 3 + 1
    assert files.isfile(f"{bucket}/a/1") and files.isdir(f"{bucket}/a")
    assert not files.exists(f"{bucket}/a/4")
    described = files.info(f"{bucket}/a/1")
    assert (described["type"], described["size"]) == ("file", 3)
    assert files.modified(f"{bucket}/a/1").year > 2000 and files.checksum(f"{bucket}/a/1")
    with pytest.raises(FileNotFoundError):
        files.info(f"{bucket}/a/4")


def test_copying_moving_and_removing(files, bucket):
    for number in range(5):
        files.pipe_file(f"{bucket}/from/{number}", b"x" * number)
    files.cp(f"{bucket}/from/", f"{bucket}/to/", recursive=True)
    assert files.find(f"{bucket}/to") == [f"{bucket}/to/{n}" for n in range(5)]
    files.mv(f"{bucket}/to/4", f"{bucket}/moved")
    assert files.cat_file(f"{bucket}/moved") == b"xxxx"
    assert not files.exists(f"{bucket}/to/4")
    files.rm_file(f"{bucket}/moved")
    # Many at once: DeleteObjects.
    files.rm(f"{bucket}/from", recursive=True)
    assert files.find(bucket) == [f"{bucket}/to/{n}" for n in range(4)]


def test_local_files(files, bucket, tmp_path):
    (tmp_path / "one").write_bytes(b"1")
    (tmp_path / "two").write_bytes(b"22")
    files.put(f"{tmp_path}/", f"{bucket}/put/", recursive=True)
    assert files.du(f"{bucket}/put") == 3
    files.get(f"{bucket}/put/", str(tmp_path / "got"), recursive=True)
    assert (tmp_path / "got/two").read_bytes() == b"22"


def test_in_parts(files, bucket):
    """What is larger than a block goes up part by part, and is copied so."""
    body = bytes(range(256)) * (11 << 12)
    path = f"{bucket}/large"
    with files.open(path, "wb", block_size=5 << 20) as file:
        for at in range(0, len(body), 1 << 20):
            file.write(body[at : at + (1 << 20)])
    assert files.info(path)["size"] == len(body)
    assert files.cat_file(path) == body
    with files.open(path, "rb", block_size=5 << 20) as file:
        file.seek(6 << 20)
        assert file.read(10) == body[6 << 20 :][:10]
    # Appending copies the old bytes as a part of the new object.
    with files.open(path, "ab") as file:
        file.write(b"the end")
    assert files.cat_file(path, start=len(body) - 3) == body[-3:] + b"the end"
    files.cp_file(path, f"{bucket}/copied")
    assert files.cat_file(f"{bucket}/copied") == body + b"the end"
    # Thrown away, nothing of it is left, not even an upload.
    file = files.open(f"{bucket}/discarded", "wb", block_size=5 << 20, autocommit=False)
    file.write(body)
    file.flush()
    assert files.list_multipart_uploads(bucket)
    file.discard()
    # Otherwise it would be flushed once more when it is collected.
    file.closed = True
    assert not files.exists(f"{bucket}/discarded")
    assert not files.list_multipart_uploads(bucket)


def test_metadata_and_tags(files, bucket):
    path = f"{bucket}/described"
    files.pipe_file(path, b"x")
    files.setxattr(path, colour="blue")
    assert files.metadata(path)["colour"] == "blue" and files.getxattr(path, "colour") == "blue"
    files.put_tags(path, {"team": "red"})
    files.put_tags(path, {"size": "s"}, mode="m")
    assert files.get_tags(path) == {"team": "red", "size": "s"}
    # Every bucket enforces its owner: no ACL gives anything away.
    with pytest.raises(OSError):
        files.chmod(path, "public-read")
    assert files.cat_file(path) == b"x"


def test_versions(server, files, bucket):
    enabled = {"Status": "Enabled"}
    files.call_s3("put_bucket_versioning", Bucket=bucket, VersioningConfiguration=enabled)
    assert files.is_bucket_versioned(bucket)
    versioned = s3fs.S3FileSystem(
        key=ROOT.key,
        secret=ROOT.secret,
        endpoint_url=server.endpoint,
        version_aware=True,
        skip_instance_cache=True,
        use_listings_cache=False,
    )
    path = f"{bucket}/file"
    for text in (b"first", b"second"):
        versioned.pipe_file(path, text)
    second, first = (entry["VersionId"] for entry in versioned.object_version_info(path))
    assert versioned.cat_file(path) == b"second"
    assert versioned.cat_file(path, version_id=first) == b"first"
    with versioned.open(path, "rb", version_id=first) as file:
        assert file.read() == b"first"
    versioned.rm_file(path)
    assert not versioned.exists(path)
    assert versioned.cat_file(f"{path}?versionId={second}") == b"second"
    client = versioned.call_s3
    for entry in versioned.object_version_info(path):
        client("delete_object", Bucket=bucket, Key="file", VersionId=entry["VersionId"])


def test_links(server, bucket):
    # Unless told otherwise it signs links by Signature Version 2, which new buckets refuse on AWS too.
    files = s3fs.S3FileSystem(
        key=ROOT.key,
        secret=ROOT.secret,
        endpoint_url=server.endpoint,
        config_kwargs={"signature_version": "s3v4"},
        skip_instance_cache=True,
    )
    path = f"{bucket}/file"
    files.pipe_file(path, b"for whoever has the link")
    with urllib.request.urlopen(files.sign(path, expiration=60)) as answer:
        assert answer.read() == b"for whoever has the link"
    put = files.url(f"{bucket}/put", expires=60, client_method="put_object")
    request = urllib.request.Request(put, data=io.BytesIO(b"new").read(), method="PUT")
    request.add_header("Content-Type", "")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    assert files.cat_file(f"{bucket}/put") == b"new"
