"""Presigned URLs, by the signature that boto3 chooses itself in us-east-1 (version 2) and by version 4."""

import time
from dataclasses import replace

import pytest
import urllib3

from system import client

http = urllib3.PoolManager()


@pytest.fixture(params=["s3", "s3v4"])
def version(request):
    return request.param


@pytest.fixture
def signer(system, user, version):
    s3 = client(system.endpoint, "s3", user.keys, signature_version=version)
    if version == "s3":
        # What boto3 does without being told.
        return client(system.endpoint, "s3", user.keys)
    return s3


def presign(signer, operation, system, key, seconds=60, **more):
    parameters = {"Bucket": system.bucket, "Key": key, **more}
    return signer.generate_presigned_url(operation, Params=parameters, ExpiresIn=seconds)


def code(answer):
    return answer.status, answer.data.split(b"<Code>")[-1].split(b"<")[0].decode()


def test_who_has_the_url_does_what_it_is_for(system, user, signer, version):
    key = f"{user.folder}/presigned ü+1.txt"
    put = presign(signer, "put_object", system, key, ContentType="text/plain", Metadata={"a": "1"})
    assert ("AWSAccessKeyId" in put) == (version == "s3")
    headers = {"Content-Type": "text/plain"} | ({"x-amz-meta-a": "1"} if version == "s3v4" else {})
    answer = http.request("PUT", put, body=b"hello", headers=headers)
    assert answer.status == 200, answer.data
    get = presign(signer, "get_object", system, key, ResponseContentType="text/csv; a=b")
    answer = http.request("GET", get)
    assert (answer.status, answer.data) == (200, b"hello")
    assert answer.headers["content-type"] == "text/csv; a=b"
    assert answer.headers["x-amz-meta-a"] == "1"
    answer = http.request("HEAD", presign(signer, "head_object", system, key))
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain")
    assert http.request("GET", get, headers={"Range": "bytes=1-2"}).data == b"el"
    assert http.request("DELETE", presign(signer, "delete_object", system, key)).status == 204
    assert http.request("GET", get).status == 403


def test_and_nothing_else(system, user, admin, signer):
    own, theirs = f"{user.folder}/data.txt", f"{admin.folder}/data.txt"
    get = presign(signer, "get_object", system, own)
    assert http.request("GET", get).status == 200
    wrong = (403, "SignatureDoesNotMatch")
    assert code(http.request("PUT", get, body=b"x")) == wrong
    assert code(http.request("DELETE", get)) == wrong
    assert code(http.request("GET", get + "&acl")) == wrong
    assert code(http.request("GET", get + "&response-content-type=text/html")) == wrong
    mine, others = (person.folder.split(":")[1] for person in (user, admin))
    assert code(http.request("GET", get.replace(mine, others))) == wrong
    # Version 2 would not cover the parameter, and by version 4 the header would have to be signed.
    attributes = {"x-amz-object-attributes": "ETag"}
    answer = http.request("GET", get + "&attributes", headers=attributes)
    assert code(answer) == (403, "AccessDenied")
    # Signed well, but by one who may not.
    refused = http.request("GET", presign(signer, "get_object", system, theirs))
    assert code(refused) == (403, "AccessDenied")
    put = presign(signer, "put_object", system, theirs)
    assert code(http.request("PUT", put, body=b"x")) == (403, "AccessDenied")
    # An upload is for the type that was signed.
    put = presign(signer, "put_object", system, own, ContentType="text/plain")
    headers = {"Content-Type": "text/html"}
    assert code(http.request("PUT", put, body=b"x", headers=headers)) == wrong


def test_until_its_time(system, user, signer):
    key = f"{user.folder}/data.txt"
    over = presign(signer, "get_object", system, key, seconds=1)
    deadline = time.monotonic() + 30
    while (answer := http.request("GET", over)).status == 200:
        assert time.monotonic() < deadline
    assert code(answer) == (403, "AccessDenied")
    assert b"Request has expired" in answer.data


def test_version_2_signs_headers_too(system, user, admin):
    s3 = client(system.endpoint, "s3", user.keys, signature_version="s3")
    key = f"{user.folder}/by version 2"
    s3.put_object(Bucket=system.bucket, Key=key, Body=b"hello", Metadata={"a": "1"})
    got = s3.get_object(Bucket=system.bucket, Key=key)
    assert (got["Body"].read(), got["Metadata"]) == (b"hello", {"a": "1"})
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.get_object(Bucket=system.bucket, Key=f"{admin.folder}/data.txt")
    s3.delete_object(Bucket=system.bucket, Key=key)
    wrong = client(
        system.endpoint, "s3", replace(user.keys, secret="wrong"), signature_version="s3"
    )
    with pytest.raises(wrong.exceptions.ClientError, match="SignatureDoesNotMatch"):
        wrong.get_object(Bucket=system.bucket, Key=key)
