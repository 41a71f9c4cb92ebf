"""Every operation of S3, by boto3, whose parsers and types are the judge of the answers."""

import hashlib
import json

from recorded import Recorded, recent
from system import ROOT, allow, refused


def test_every_operation_of_s3(own_server, make_client):
    recorded = Recorded(own_server.endpoint, make_client)
    buckets(recorded)
    objects(recorded)
    uploads(recorded)
    recorded.expect_every_operation("s3")


def buckets(recorded):
    s3 = recorded.client("s3")
    bucket = {"Bucket": "cloakroom-every-operation"}
    s3.create_bucket(**bucket)
    s3.head_bucket(**bucket)
    listed = {entry["Name"]: entry["CreationDate"] for entry in s3.list_buckets()["Buckets"]}
    assert recent(listed[bucket["Bucket"]])
    policy = allow("s3:GetObject", f"arn:aws:s3:::{bucket['Bucket']}/*")
    policy["Statement"][0]["Principal"] = {"AWS": ROOT.account}
    with refused("NoSuchBucketPolicy"):
        s3.get_bucket_policy(**bucket)
    s3.put_bucket_policy(**bucket, Policy=json.dumps(policy))
    assert json.loads(s3.get_bucket_policy(**bucket)["Policy"]) == policy
    s3.delete_bucket_policy(**bucket)
    with refused("NoSuchBucketPolicy"):
        s3.get_bucket_policy(**bucket)
    s3.put_object(**bucket, Key="in the way")
    with refused("BucketNotEmpty"):
        s3.delete_bucket(**bucket)
    s3.delete_object(**bucket, Key="in the way")
    s3.delete_bucket(**bucket)
    with refused("404"):
        s3.head_bucket(**bucket)
    with refused("NoSuchBucket"):
        s3.list_objects_v2(**bucket)


def objects(recorded):
    s3 = recorded.client("s3")
    bucket = {"Bucket": "cloakroom-every-object"}
    s3.create_bucket(**bucket)
    key = "ordner/Übung & <1>.txt"
    put = s3.put_object(
        **bucket,
        Key=key,
        Body=b"eins zwei drei",
        ContentType="text/plain; charset=utf-8",
        CacheControl="no-cache",
        Metadata={"colour": "blue"},
    )
    head = s3.head_object(**bucket, Key=key)
    assert head["ETag"] == put["ETag"] == f'"{hashlib.md5(b"eins zwei drei").hexdigest()}"'
    assert (head["ContentLength"], head["ContentType"]) == (14, "text/plain; charset=utf-8")
    assert (head["CacheControl"], head["Metadata"]) == ("no-cache", {"colour": "blue"})
    assert recent(head["LastModified"]) and head["AcceptRanges"] == "bytes"
    got = s3.get_object(**bucket, Key=key)
    assert got["Body"].read() == b"eins zwei drei"
    part = s3.get_object(**bucket, Key=key, Range="bytes=5-8")
    assert part["Body"].read() == b"zwei" and part["ContentRange"] == "bytes 5-8/14"
    s3.get_object(**bucket, Key=key, IfMatch=put["ETag"])
    with refused("PreconditionFailed"):
        s3.get_object(**bucket, Key=key, IfMatch='"another"')
    with refused("304"):
        s3.get_object(**bucket, Key=key, IfNoneMatch=put["ETag"])
    with refused("InvalidRange"):
        s3.get_object(**bucket, Key=key, Range="bytes=14-")

    copied = s3.copy_object(**bucket, Key="copy", CopySource={**bucket, "Key": key})
    assert copied["CopyObjectResult"]["ETag"] == put["ETag"]
    assert recent(copied["CopyObjectResult"]["LastModified"])
    assert s3.head_object(**bucket, Key="copy")["Metadata"] == {"colour": "blue"}
    changed = {"MetadataDirective": "REPLACE", "Metadata": {"colour": "red"}}
    s3.copy_object(**bucket, Key="copy", CopySource={**bucket, "Key": key}, **changed)
    assert s3.head_object(**bucket, Key="copy")["Metadata"] == {"colour": "red"}

    big = bytes(range(256)) * 4096
    s3.put_object(**bucket, Key="big", Body=big)
    assert s3.get_object(**bucket, Key="big")["Body"].read() == big

    listed = s3.list_objects_v2(**bucket)
    assert [entry["Key"] for entry in listed["Contents"]] == ["big", "copy", key]
    assert listed["KeyCount"] == 3 and not listed["IsTruncated"]
    folders = s3.list_objects_v2(**bucket, Delimiter="/")
    assert [entry["Prefix"] for entry in folders["CommonPrefixes"]] == ["ordner/"]
    inside = s3.list_objects_v2(**bucket, Prefix="ordner/")["Contents"]
    assert [(entry["Key"], entry["Size"]) for entry in inside] == [(key, 14)]
    first = s3.list_objects_v2(**bucket, MaxKeys=2)
    rest = s3.list_objects_v2(**bucket, ContinuationToken=first["NextContinuationToken"])
    assert [entry["Key"] for entry in first["Contents"] + rest["Contents"]] == ["big", "copy", key]
    assert s3.list_objects_v2(**bucket, StartAfter="copy")["KeyCount"] == 1

    for name in ("big", "copy", key, "was never there"):
        s3.delete_object(**bucket, Key=name)
    with refused("NoSuchKey"):
        s3.get_object(**bucket, Key=key)
    with refused("404"):
        s3.head_object(**bucket, Key=key)
    s3.delete_bucket(**bucket)


def uploads(recorded):
    s3 = recorded.client("s3")
    bucket = {"Bucket": "cloakroom-every-upload"}
    s3.create_bucket(**bucket)
    key = {**bucket, "Key": "of parts"}
    s3.put_object(**bucket, Key="source", Body=b"copied")
    aborted = {**key, "UploadId": s3.create_multipart_upload(**key)["UploadId"]}
    begun = s3.create_multipart_upload(**key, ChecksumAlgorithm="CRC32")
    assert (begun["ChecksumAlgorithm"], begun["ChecksumType"]) == ("CRC32", "COMPOSITE")
    upload = {**key, "UploadId": begun["UploadId"]}
    listed = s3.list_multipart_uploads(**bucket)
    assert [entry["UploadId"] for entry in listed["Uploads"]] == [
        aborted["UploadId"],
        upload["UploadId"],
    ]
    assert all(recent(entry["Initiated"]) for entry in listed["Uploads"])
    s3.abort_multipart_upload(**aborted)
    big = bytes(5 << 20)
    first = s3.upload_part(**upload, PartNumber=1, Body=big)
    source = {**bucket, "Key": "source"}
    copied = s3.upload_part_copy(**upload, PartNumber=2, CopySource=source)["CopyPartResult"]
    assert recent(copied["LastModified"])
    parts = s3.list_parts(**upload)["Parts"]
    assert [(part["PartNumber"], part["Size"]) for part in parts] == [(1, len(big)), (2, 6)]
    assert [part["ETag"] for part in parts] == [first["ETag"], copied["ETag"]]
    assert all(recent(part["LastModified"]) for part in parts)
    named = [
        {name: part[name] for name in ("PartNumber", "ETag", "ChecksumCRC32")} for part in parts
    ]
    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": named})
    assert done["ETag"].endswith('-2"') and done["ChecksumCRC32"].endswith("-2")
    assert s3.get_object(**key)["Body"].read() == big + b"copied"
    told = s3.get_object_attributes(**key, ObjectAttributes=["ETag", "ObjectParts", "Checksum"])
    assert told["ETag"] == done["ETag"].strip('"')
    assert told["ObjectParts"]["TotalPartsCount"] == 2
    for name in ("of parts", "source"):
        s3.delete_object(**bucket, Key=name)
    s3.delete_bucket(**bucket)
