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
    settings(recorded)
    versions(recorded)
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
    assert begun["ChecksumAlgorithm"] == "CRC32"
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


def settings(recorded):
    s3 = recorded.client("s3")
    bucket = {"Bucket": "cloakroom-every-setting"}
    s3.create_bucket(
        **bucket,
        CreateBucketConfiguration={
            "LocationConstraint": "eu-central-1",
            "Tags": [{"Key": "made", "Value": "here"}],
        },
    )
    assert s3.get_bucket_location(**bucket)["LocationConstraint"] == "eu-central-1"
    assert s3.get_bucket_tagging(**bucket)["TagSet"] == [{"Key": "made", "Value": "here"}]
    tags = [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "Übung @ 1"}]
    s3.put_bucket_tagging(**bucket, Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(**bucket)["TagSet"] == tags
    s3.delete_bucket_tagging(**bucket)
    with refused("NoSuchTagSet"):
        s3.get_bucket_tagging(**bucket)

    def blocked():
        return s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"]

    assert list(blocked().values()) == [True] * 4
    policy = allow("s3:GetObject", f"arn:aws:s3:::{bucket['Bucket']}/*")
    policy["Statement"][0]["Principal"] = "*"
    with refused("NoSuchBucketPolicy"):
        s3.get_bucket_policy_status(**bucket)
    with refused("AccessDenied"):
        s3.put_bucket_policy(**bucket, Policy=json.dumps(policy))
    wanted = {"RestrictPublicBuckets": True, "BlockPublicPolicy": False}
    s3.put_public_access_block(**bucket, PublicAccessBlockConfiguration=wanted)
    assert blocked() == {**wanted, "BlockPublicAcls": False, "IgnorePublicAcls": False}
    s3.put_bucket_policy(**bucket, Policy=json.dumps(policy))
    assert s3.get_bucket_policy_status(**bucket)["PolicyStatus"] == {"IsPublic": True}
    s3.delete_public_access_block(**bucket)
    with refused("NoSuchPublicAccessBlockConfiguration"):
        blocked()

    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert s3.get_bucket_ownership_controls(**bucket)["OwnershipControls"] == rules
    s3.delete_bucket_ownership_controls(**bucket)
    with refused("OwnershipControlsNotFoundError"):
        s3.get_bucket_ownership_controls(**bucket)
    s3.put_bucket_ownership_controls(**bucket, OwnershipControls=rules)

    acl = s3.get_bucket_acl(**bucket)
    owner = acl["Owner"]
    assert [grant["Permission"] for grant in acl["Grants"]] == ["FULL_CONTROL"]
    assert acl["Grants"][0]["Grantee"]["ID"] == owner["ID"]
    own = {"Owner": owner, "Grants": acl["Grants"]}
    s3.put_bucket_acl(**bucket, AccessControlPolicy=own)
    with refused("AccessControlListNotSupported"):
        s3.put_bucket_acl(**bucket, ACL="public-read")
    key = {**bucket, "Key": "key"}
    s3.put_object(**key, Body=b"x")
    assert s3.get_object_acl(**key)["Owner"] == owner
    s3.put_object_acl(**key, ACL="bucket-owner-full-control")
    with refused("AccessControlListNotSupported"):
        s3.put_object_acl(**key, ACL="public-read")

    s3.put_object_tagging(**key, Tagging={"TagSet": tags})
    assert s3.get_object_tagging(**key)["TagSet"] == sorted(tags, key=lambda tag: tag["Key"])
    assert s3.get_object(**key)["TagCount"] == 2
    s3.delete_object_tagging(**key)
    assert s3.get_object_tagging(**key)["TagSet"] == []
    s3.put_object(**key, Body=b"x", Tagging="a=1&b=%C3%BC")
    assert s3.get_object_tagging(**key)["TagSet"][1] == {"Key": "b", "Value": "ü"}
    with refused("InvalidTag"):
        s3.put_object_tagging(**key, Tagging={"TagSet": [tags[0], tags[0]]})
    with refused("BadRequest"):
        many = [{"Key": str(number), "Value": ""} for number in range(11)]
        s3.put_object_tagging(**key, Tagging={"TagSet": many})
    s3.delete_object(**key)
    s3.delete_bucket(**bucket)


def versions(recorded):
    s3 = recorded.client("s3")
    bucket = {"Bucket": "cloakroom-every-version"}
    s3.create_bucket(**bucket)
    assert s3.get_bucket_location(**bucket).get("LocationConstraint") is None
    key = {**bucket, "Key": "a/key"}
    s3.put_object(**key, Body=b"null")
    assert "Status" not in s3.get_bucket_versioning(**bucket)
    turn = {"VersioningConfiguration": {"Status": "Enabled"}}
    s3.put_bucket_versioning(**bucket, **turn)
    assert s3.get_bucket_versioning(**bucket)["Status"] == "Enabled"
    first = s3.put_object(**key, Body=b"first")["VersionId"]
    deleted = s3.delete_object(**key)
    assert deleted["DeleteMarker"] is True
    with refused("NoSuchKey"):
        s3.get_object(**key)
    with refused("MethodNotAllowed"):
        s3.get_object(**key, VersionId=deleted["VersionId"])
    assert s3.get_object(**key, VersionId="null")["Body"].read() == b"null"
    source = {**key, "VersionId": first}
    copied = s3.copy_object(**key, CopySource=source)
    assert copied["CopySourceVersionId"] == first
    latest = copied["VersionId"]
    listed = s3.list_object_versions(**bucket, Prefix="a/")
    shown = [(entry["VersionId"], entry["IsLatest"]) for entry in listed["Versions"]]
    assert shown == [(latest, True), (first, False), ("null", False)]
    markers = [entry["VersionId"] for entry in listed["DeleteMarkers"]]
    assert markers == [deleted["VersionId"]]
    folders = s3.list_object_versions(**bucket, Delimiter="/")
    assert [entry["Prefix"] for entry in folders["CommonPrefixes"]] == ["a/"]

    suspended = {"VersioningConfiguration": {"Status": "Suspended"}}
    s3.put_bucket_versioning(**bucket, **suspended)
    assert "VersionId" not in s3.put_object(**key, Body=b"null again")
    assert s3.get_object(**key)["VersionId"] == "null"
    s3.put_bucket_versioning(**bucket, **turn)

    names = ["a/1", "a/2", "b", "c"]
    for name in names:
        s3.put_object(**bucket, Key=name, Body=b"x")
    first_page = s3.list_objects(**bucket, Delimiter="/", MaxKeys=2)
    assert first_page["IsTruncated"] and first_page["NextMarker"] == "b"
    rest = s3.list_objects(**bucket, Delimiter="/", Marker="b")
    assert [entry["Key"] for entry in rest["Contents"]] == ["c"]
    named = [{"Key": name} for name in names]
    done = s3.delete_objects(**bucket, Delete={"Objects": named, "Quiet": False})
    assert [entry["Key"] for entry in done["Deleted"]] == names
    assert all(entry["DeleteMarker"] for entry in done["Deleted"])
    listed = s3.list_object_versions(**bucket)
    every = [
        {"Key": entry["Key"], "VersionId": entry["VersionId"]}
        for entry in listed["Versions"] + listed["DeleteMarkers"]
    ]
    with refused("BucketNotEmpty"):
        s3.delete_bucket(**bucket)
    done = s3.delete_objects(**bucket, Delete={"Objects": every})
    assert len(done["Deleted"]) == len(every) and "Errors" not in done
    s3.delete_bucket(**bucket)
