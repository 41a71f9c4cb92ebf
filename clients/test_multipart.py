"""Multipart uploads and checksums by boto3: what AWS answers, to the error code."""

import base64
import hashlib
import zlib

import pytest

from system import ROOT, client, refused

MIB = 1 << 20
PART = 5 * MIB


@pytest.fixture(scope="module")
def s3(server):
    return client(server.endpoint, "s3", ROOT)


@pytest.fixture(scope="module")
def plain(server):
    """A client as of before 2025, which sends no checksum unless it is told to."""
    return client(server.endpoint, "s3", ROOT, request_checksum_calculation="when_required")


@pytest.fixture(scope="module")
def bucket(s3):
    name = "cloakroom-multipart"
    s3.create_bucket(Bucket=name)
    return name


def block(number, length=PART):
    """Bytes that differ from block to block and from place to place."""
    return hashlib.shake_128(str(number).encode()).digest(4096) * (length // 4096 + 1)


def content(number, length=PART):
    return block(number, length)[:length]


class Upload:
    """An upload under way."""

    def __init__(self, s3, bucket, key, **options):
        self.s3, self.target = s3, {"Bucket": bucket, "Key": key}
        self.begun = s3.create_multipart_upload(**self.target, **options)
        self.target["UploadId"] = self.begun["UploadId"]
        self.parts = {}

    def part(self, number, body, **options):
        done = self.s3.upload_part(**self.target, PartNumber=number, Body=body, **options)
        checksums = {name: value for name, value in done.items() if name.startswith("Checksum")}
        self.parts[number] = {"PartNumber": number, "ETag": done["ETag"], **checksums}
        return done

    def complete(self, parts=None, **options):
        parts = [self.parts[number] for number in sorted(self.parts)] if parts is None else parts
        return self.s3.complete_multipart_upload(
            **self.target, MultipartUpload={"Parts": parts}, **options
        )


def md5_of_md5s(*parts):
    digests = b"".join(hashlib.md5(part).digest() for part in parts)
    return f'"{hashlib.md5(digests).hexdigest()}-{len(parts)}"'


def base64_of(number, length=4):
    return base64.b64encode(number.to_bytes(length, "big")).decode()


def test_an_object_of_parts(s3, bucket):
    parts = [content(1), content(2), content(3, 1000)]
    whole = b"".join(parts)
    upload = Upload(
        s3,
        bucket,
        "folder/of parts",
        ContentType="text/plain",
        Metadata={"colour": "blue"},
        Tagging="a=1",
    )
    # In any order, and one of them twice: the later one counts.
    upload.part(3, parts[2])
    upload.part(1, b"not this one")
    upload.part(1, parts[0])
    upload.part(2, parts[1])
    with refused("NoSuchKey"):
        s3.get_object(Bucket=bucket, Key="folder/of parts")
    done = upload.complete()
    assert done["ETag"] == md5_of_md5s(*parts)
    assert (done["Bucket"], done["Key"]) == (bucket, "folder/of parts")
    # Repeated, as after a lost answer, it says the same.
    assert upload.complete()["ETag"] == done["ETag"]

    got = s3.get_object(Bucket=bucket, Key="folder/of parts")
    assert got["Body"].read() == whole
    assert (got["ContentType"], got["Metadata"]) == ("text/plain", {"colour": "blue"})
    for first, last in [(0, 0), (PART - 1, PART), (10, 2 * PART + 10), (2 * PART, 2 * PART + 999)]:
        ranged = s3.get_object(
            Bucket=bucket, Key="folder/of parts", Range=f"bytes={first}-{last}"
        )
        assert ranged["Body"].read() == whole[first : last + 1]
        assert ranged["ContentRange"] == f"bytes {first}-{last}/{len(whole)}"
    assert s3.get_object(Bucket=bucket, Key="folder/of parts", Range="bytes=-7")[
        "Body"
    ].read() == whole[-7:]

    for number, part in enumerate(parts, 1):
        one = s3.get_object(Bucket=bucket, Key="folder/of parts", PartNumber=number)
        assert one["Body"].read() == part
        assert one["PartsCount"] == 3 and one["ETag"] == done["ETag"]
        assert one["ResponseMetadata"]["HTTPStatusCode"] == 206
        head = s3.head_object(Bucket=bucket, Key="folder/of parts", PartNumber=number)
        assert (head["ContentLength"], head["PartsCount"]) == (len(part), 3)
    with refused("InvalidPartNumber"):
        s3.get_object(Bucket=bucket, Key="folder/of parts", PartNumber=4)
    with refused("InvalidRequest"):
        s3.get_object(Bucket=bucket, Key="folder/of parts", PartNumber=1, Range="bytes=0-1")

    # A copy is one object with a tag of its own.
    source = {"Bucket": bucket, "Key": "folder/of parts"}
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)["CopyObjectResult"]
    assert copied["ETag"] == f'"{hashlib.md5(whole).hexdigest()}"'
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == whole
    s3.delete_object(Bucket=bucket, Key="folder/of parts")
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == whole
    with refused("InvalidPartNumber"):
        s3.get_object(Bucket=bucket, Key="copy", PartNumber=2)
    assert len(s3.get_object(Bucket=bucket, Key="copy", PartNumber=1)["Body"].read()) == len(whole)


def test_what_is_not_completed(s3, bucket):
    upload = Upload(s3, bucket, "refused")
    with refused("MalformedXML"):
        upload.complete([])
    one = upload.part(1, content(1))
    upload.part(2, content(2, 1000))
    upload.part(3, content(3, 1000))
    first, second, third = (upload.parts[number] for number in (1, 2, 3))
    with refused("InvalidPartOrder"):
        upload.complete([second, first])
    with refused("InvalidPartOrder"):
        upload.complete([first, first])
    with refused("InvalidPart"):
        upload.complete([first, second, {**third, "PartNumber": 3, "ETag": one["ETag"]}])
    with refused("InvalidPart"):
        upload.complete([first, second, third, {**third, "PartNumber": 4}])
    with refused("EntityTooSmall"):
        upload.complete([first, second, third])
    with refused("InvalidRequest"):
        upload.complete([first, second], MpuObjectSize=7)
    for number in (0, 10_001):
        with refused("InvalidArgument"):
            s3.upload_part(**{**upload.target, "PartNumber": number}, Body=b"x")
    with refused("NoSuchUpload"):
        s3.upload_part(Bucket=bucket, Key="another", UploadId=upload.target["UploadId"],
                       PartNumber=1, Body=b"x")
    for wrong in ("0" * 48, "made-up"):
        target = {**upload.target, "UploadId": wrong}
        with refused("NoSuchUpload"):
            s3.upload_part(**target, PartNumber=1, Body=b"x")
        with refused("NoSuchUpload"):
            s3.list_parts(**target)
        with refused("NoSuchUpload"):
            s3.abort_multipart_upload(**target)
        with refused("NoSuchUpload"):
            s3.complete_multipart_upload(**target, MultipartUpload={"Parts": [first]})
    # None of that did any harm.
    upload.complete([first, second], MpuObjectSize=PART + 1000)
    assert s3.head_object(Bucket=bucket, Key="refused")["ContentLength"] == PART + 1000
    with refused("NoSuchUpload"):
        upload.complete([first])
    with refused("NoSuchUpload"):
        upload.part(1, b"too late")
    with refused("NoSuchUpload"):
        s3.abort_multipart_upload(**upload.target)


def test_conditions(s3, bucket):
    s3.delete_object(Bucket=bucket, Key="conditional")
    for condition, code in (({"IfMatch": '"x"'}, "NoSuchKey"), ({"IfNoneMatch": "*"}, None)):
        upload = Upload(s3, bucket, "conditional")
        upload.part(1, b"first")
        if code is None:
            upload.complete(**condition)
        else:
            with refused(code):
                upload.complete(**condition)
    tag = s3.head_object(Bucket=bucket, Key="conditional")["ETag"]
    upload = Upload(s3, bucket, "conditional")
    upload.part(1, b"second")
    with refused("PreconditionFailed"):
        upload.complete(IfNoneMatch="*")
    with refused("PreconditionFailed"):
        upload.complete(IfMatch='"another"')
    upload.complete(IfMatch=tag)
    assert s3.get_object(Bucket=bucket, Key="conditional")["Body"].read() == b"second"


def test_aborting(s3, bucket):
    upload = Upload(s3, bucket, "aborted")
    upload.part(1, content(1))
    s3.abort_multipart_upload(**upload.target)
    for attempt in (upload.complete, lambda: upload.part(1, b"x")):
        with refused("NoSuchUpload"):
            attempt()
    with refused("NoSuchUpload"):
        s3.list_parts(**upload.target)
    with refused("404"):
        s3.head_object(Bucket=bucket, Key="aborted")


def test_listings(s3):
    bucket = "cloakroom-multipart-listings"
    s3.create_bucket(Bucket=bucket)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    keys = ["a", "a", "b/1", "b/2", "c d", "ü"]
    uploads = [Upload(s3, bucket, key) for key in keys]
    listed = s3.list_multipart_uploads(Bucket=bucket)
    ids = [upload.target["UploadId"] for upload in uploads]
    assert [entry["Key"] for entry in listed["Uploads"]] == keys
    # Those of one key in the order of their beginnings.
    assert [entry["UploadId"] for entry in listed["Uploads"]] == ids
    first = listed["Uploads"][0]
    assert first["Initiator"]["ID"] == first["Owner"]["ID"] == ROOT.account
    assert first["StorageClass"] == "STANDARD" and not listed["IsTruncated"]

    paged, marker = [], {}
    while True:
        page = s3.list_multipart_uploads(Bucket=bucket, MaxUploads=1, **marker)
        paged += [(entry["Key"], entry["UploadId"]) for entry in page["Uploads"]]
        if not page["IsTruncated"]:
            break
        marker = {
            "KeyMarker": page["NextKeyMarker"],
            "UploadIdMarker": page["NextUploadIdMarker"],
        }
    assert paged == list(zip(keys, ids))
    after = s3.list_multipart_uploads(Bucket=bucket, KeyMarker="a")["Uploads"]
    assert [entry["Key"] for entry in after] == keys[2:]

    folders = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [entry["Prefix"] for entry in folders["CommonPrefixes"]] == ["b/"]
    assert [entry["Key"] for entry in folders["Uploads"]] == ["a", "a", "c d", "ü"]
    page = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/", MaxUploads=3)
    assert page["IsTruncated"] and page["NextKeyMarker"] == "b/"
    rest = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/", KeyMarker="b/")
    assert [entry["Key"] for entry in rest["Uploads"]] == ["c d", "ü"]
    inside = s3.list_multipart_uploads(Bucket=bucket, Prefix="b/")["Uploads"]
    assert [entry["Key"] for entry in inside] == ["b/1", "b/2"]

    target = uploads[0].target
    for number in (1, 3, 10_000):
        uploads[0].part(number, bytes(number))
    listed = s3.list_parts(**target)
    told = [(part["PartNumber"], part["Size"]) for part in listed["Parts"]]
    assert told == [(1, 1), (3, 3), (10_000, 10_000)]
    assert listed["Parts"][1]["ETag"] == f'"{hashlib.md5(bytes(3)).hexdigest()}"'
    assert listed["Initiator"]["ID"] == ROOT.account and not listed["IsTruncated"]
    page = s3.list_parts(**target, MaxParts=2)
    assert page["IsTruncated"] and page["NextPartNumberMarker"] == 3
    rest = s3.list_parts(**target, PartNumberMarker=3)["Parts"]
    assert [part["PartNumber"] for part in rest] == [10_000]

    # Uploads that are under way do not keep a bucket.
    s3.delete_bucket(Bucket=bucket)
    with refused("NoSuchBucket"):
        uploads[0].part(2, b"x")
    s3.create_bucket(Bucket=bucket)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    s3.delete_bucket(Bucket=bucket)


def test_parts_are_copied(s3, bucket):
    source = content(7, 6 * MIB)
    s3.put_object(Bucket=bucket, Key="source ü?+", Body=source)
    named = {"CopySource": {"Bucket": bucket, "Key": "source ü?+"}}
    upload = Upload(s3, bucket, "put together")
    copied = s3.upload_part_copy(
        **upload.target, **named, PartNumber=1, CopySourceRange=f"bytes=10-{PART + 9}"
    )["CopyPartResult"]
    assert copied["ETag"] == f'"{hashlib.md5(source[10 : PART + 10]).hexdigest()}"'
    upload.parts[1] = {"PartNumber": 1, "ETag": copied["ETag"]}
    upload.part(2, b"the end")
    for bad in ("0-2", "bytes=0", "bytes=hello-world", "bytes=0-2,3-5", "bytes=5-2"):
        with refused("InvalidArgument"):
            s3.upload_part_copy(**upload.target, **named, PartNumber=3, CopySourceRange=bad)
    with refused("InvalidRange"):
        s3.upload_part_copy(
            **upload.target, **named, PartNumber=3, CopySourceRange=f"bytes=0-{len(source)}"
        )
    with refused("PreconditionFailed"):
        s3.upload_part_copy(
            **upload.target, **named, PartNumber=3, CopySourceIfMatch='"another"'
        )
    with refused("NoSuchKey"):
        s3.upload_part_copy(
            **upload.target, PartNumber=3, CopySource={"Bucket": bucket, "Key": "none"}
        )
    upload.complete()
    whole = s3.get_object(Bucket=bucket, Key="put together")["Body"].read()
    assert whole == source[10 : PART + 10] + b"the end"


CRC32_OF_123456789 = base64_of(0xCBF43926)
CRC64_OF_123456789 = base64_of(0xAE8B14860A799888, 8)


def test_checksums_of_objects(plain, bucket):
    """What was sent is verified and kept; without it AWS's own, a CRC-64/NVME, is computed."""
    key = {"Bucket": bucket, "Key": "checked"}
    values = {
        "CRC32": CRC32_OF_123456789,
        "CRC32C": base64_of(0xE3069283),
        "CRC64NVME": CRC64_OF_123456789,
        "SHA1": base64.b64encode(hashlib.sha1(b"123456789").digest()).decode(),
        "SHA256": base64.b64encode(hashlib.sha256(b"123456789").digest()).decode(),
    }
    put = plain.put_object(**key, Body=b"123456789")
    assert put["ChecksumCRC64NVME"] == CRC64_OF_123456789
    head = plain.head_object(**key, ChecksumMode="ENABLED")
    assert head["ChecksumCRC64NVME"] == CRC64_OF_123456789
    assert head["ChecksumType"] == "FULL_OBJECT"
    assert not any(name in head for name in ("ChecksumCRC32", "ChecksumSHA256"))
    assert "ChecksumCRC64NVME" not in plain.head_object(**key)
    for algorithm, value in values.items():
        name = f"Checksum{algorithm}"
        put = plain.put_object(**key, Body=b"123456789", **{name: value})
        assert put[name] == value and put["ChecksumType"] == "FULL_OBJECT"
        got = plain.get_object(**key, ChecksumMode="ENABLED")
        assert got[name] == value and got["Body"].read() == b"123456789"
        with refused("BadDigest"):
            plain.put_object(**key, Body=b"12345678", **{name: value})
        with refused("InvalidRequest"):
            plain.put_object(**key, Body=b"123456789", **{name: "bm8="})
        copied = plain.copy_object(
            Bucket=bucket, Key="checked copy", CopySource=key, ChecksumAlgorithm=algorithm
        )["CopyObjectResult"]
        assert copied[name] == value
    with refused("BadDigest"):
        plain.put_object(**key, Body=b"x", ContentMD5=base64.b64encode(bytes(16)).decode())
    with refused("InvalidDigest"):
        plain.put_object(**key, Body=b"x", ContentMD5="bm8=")
    plain.put_object(
        **key, Body=b"x", ContentMD5=base64.b64encode(hashlib.md5(b"x").digest()).decode()
    )


def test_checksums_of_parts(plain, bucket):
    parts = [content(1), content(2, 99)]
    whole = b"".join(parts)
    # Composite: of the checksums of the parts.
    upload = Upload(plain, bucket, "composite", ChecksumAlgorithm="SHA256")
    assert upload.begun["ChecksumType"] == "COMPOSITE"
    digests = [hashlib.sha256(part).digest() for part in parts]
    for number, (part, digest) in enumerate(zip(parts, digests), 1):
        sent = base64.b64encode(digest).decode()
        assert upload.part(number, part, ChecksumSHA256=sent)["ChecksumSHA256"] == sent
    with refused("BadDigest"):
        plain.upload_part(**upload.target, PartNumber=2, Body=b"x", ChecksumSHA256=sent)
    with refused("InvalidRequest"):
        plain.upload_part(
            **upload.target, PartNumber=2, Body=b"123456789", ChecksumCRC32=CRC32_OF_123456789
        )
    bare = [{"PartNumber": n, "ETag": part["ETag"]} for n, part in upload.parts.items()]
    with refused("InvalidRequest"):
        upload.complete(bare)
    wrong = [upload.parts[1], {**upload.parts[2], "ChecksumSHA256": upload.parts[1]["ChecksumSHA256"]}]
    with refused("InvalidPart"):
        upload.complete(wrong)
    expected = base64.b64encode(hashlib.sha256(b"".join(digests)).digest()).decode() + "-2"
    with refused("BadDigest"):
        upload.complete(ChecksumSHA256=upload.parts[1]["ChecksumSHA256"])
    done = upload.complete(ChecksumSHA256=expected)
    assert (done["ChecksumSHA256"], done["ChecksumType"]) == (expected, "COMPOSITE")
    head = plain.head_object(Bucket=bucket, Key="composite", ChecksumMode="ENABLED")
    assert (head["ChecksumSHA256"], head["ChecksumType"]) == (expected, "COMPOSITE")
    one = plain.get_object(Bucket=bucket, Key="composite", PartNumber=2, ChecksumMode="ENABLED")
    assert one["ChecksumSHA256"] == upload.parts[2]["ChecksumSHA256"]

    attributes = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
    told = plain.get_object_attributes(
        Bucket=bucket, Key="composite", ObjectAttributes=attributes
    )
    assert told["ETag"] == done["ETag"].strip('"') and told["ObjectSize"] == len(whole)
    assert told["StorageClass"] == "STANDARD"
    assert told["Checksum"]["ChecksumSHA256"] == expected
    listed = told["ObjectParts"]
    assert (listed["TotalPartsCount"], listed["IsTruncated"]) == (2, False)
    assert [part["Size"] for part in listed["Parts"]] == [PART, 99]
    assert listed["Parts"][0]["ChecksumSHA256"] == upload.parts[1]["ChecksumSHA256"]
    page = plain.get_object_attributes(
        Bucket=bucket, Key="composite", ObjectAttributes=["ObjectParts"], MaxParts=1
    )
    assert page["ObjectParts"]["NextPartNumberMarker"] == 1 and page["ObjectParts"]["IsTruncated"]
    assert "ETag" not in page and "ObjectSize" not in page
    page = plain.get_object_attributes(
        Bucket=bucket, Key="composite", ObjectAttributes=["ObjectParts"], PartNumberMarker=1
    )
    assert [part["PartNumber"] for part in page["ObjectParts"]["Parts"]] == [2]

    # Of all bytes, told from the parts' CRCs.
    upload = Upload(
        plain, bucket, "full", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT"
    )
    for number, part in enumerate(parts, 1):
        upload.part(number, part)
    full = base64_of(zlib.crc32(whole))
    with refused("InvalidRequest"):
        upload.complete(ChecksumType="COMPOSITE")
    done = upload.complete(ChecksumCRC32=full, ChecksumType="FULL_OBJECT")
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (full, "FULL_OBJECT")

    # Asked for none: AWS's own, of all bytes.
    upload = Upload(plain, bucket, "default")
    for number, part in enumerate(parts, 1):
        upload.part(number, part)
    bare = [{"PartNumber": n, "ETag": part["ETag"]} for n, part in upload.parts.items()]
    done = upload.complete(bare)
    put = plain.put_object(Bucket=bucket, Key="the same", Body=whole)
    assert done["ChecksumCRC64NVME"] == put["ChecksumCRC64NVME"]
    assert done["ChecksumType"] == "FULL_OBJECT"

    for algorithm, kind in (("SHA1", "FULL_OBJECT"), ("CRC64NVME", "COMPOSITE")):
        with refused("InvalidRequest"):
            plain.create_multipart_upload(
                Bucket=bucket, Key="x", ChecksumAlgorithm=algorithm, ChecksumType=kind
            )


def test_uploads_survive_a_kill(tmp_path):
    """What was acknowledged is there after a kill, and an upload goes on."""
    from conftest import Server

    with Server(tmp_path / "data") as server:
        s3 = client(server.endpoint, "s3", ROOT)
        s3.create_bucket(Bucket="killed")
        upload = Upload(s3, "killed", "key")
        upload.part(1, content(1))
        server.kill()
    with Server(tmp_path / "data") as server:
        upload.s3 = client(server.endpoint, "s3", ROOT)
        upload.part(2, content(2, 10))
        upload.complete()
        server.kill()
    with Server(tmp_path / "data") as server:
        s3 = client(server.endpoint, "s3", ROOT)
        whole = s3.get_object(Bucket="killed", Key="key")["Body"].read()
        assert whole == content(1) + content(2, 10)
        server.stop()
