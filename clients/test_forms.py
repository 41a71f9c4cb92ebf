"""Uploads by the forms that boto3 signs for browsers."""

import pytest
import urllib3

from system import client


def send(form, name="note.txt", content=b"hello", **changes):
    fields = {**form["fields"], **changes}
    fields = {name: value for name, value in fields.items() if value is not None}
    fields["file"] = (name, content, "text/html")
    return urllib3.PoolManager().request("POST", form["url"], fields=fields, retries=False)


@pytest.fixture(params=[None, "s3v4"])
def signer(system, user, request):
    """By the signature that boto3 chooses itself in us-east-1, version 2, and by version 4."""
    return client(system.endpoint, "s3", user.keys, signature_version=request.param)


@pytest.fixture
def form(system, user, signer):
    """Lets who has it upload small texts into the user's folder, under names of their own."""
    return signer.generate_presigned_post(
        system.bucket,
        f"{user.folder}/forms/${{filename}}",
        Fields={"Content-Type": "text/plain", "success_action_status": "201"},
        Conditions=[
            {"Content-Type": "text/plain"},
            {"success_action_status": "201"},
            ["content-length-range", 1, 100],
        ],
    )


def test_a_form_uploads_into_the_folder_that_it_was_signed_for(system, user, form):
    s3 = client(system.endpoint, "s3", user.keys)
    for name, content in [("note.txt", b"hello"), ("übung 1+1.txt", b"\r\n--not the end\r\n")]:
        answer = send(form, name, content)
        assert answer.status == 201, answer.data
        key = f"{user.folder}/forms/{name}"
        assert f"<Key>{key}</Key>".encode() in answer.data
        stored = s3.get_object(Bucket=system.bucket, Key=key)
        assert stored["Body"].read() == content
        assert stored["ContentType"] == "text/plain"
        s3.delete_object(Bucket=system.bucket, Key=key)


def test_a_form_is_for_nothing_else(system, user, admin, signer, form):
    signature = "x-amz-signature" if "x-amz-signature" in form["fields"] else "signature"
    theirs = f"{admin.folder}/data.txt"
    for changes, code in [
        ({"key": theirs}, b"AccessDenied"),
        ({"Content-Type": "text/html"}, b"AccessDenied"),
        ({"x-amz-meta-more": "1"}, b"AccessDenied"),
        ({signature: "0" * 64}, b"SignatureDoesNotMatch"),
        ({"policy": form["fields"]["policy"][:-4]}, b"SignatureDoesNotMatch"),
        ({"x-amz-security-token": None}, b"InvalidAccessKeyId"),
        ({"content": b"x" * 101}, b"EntityTooLarge"),
        ({"content": b""}, b"EntityTooSmall"),
    ]:
        answer = send(form, **changes)
        assert b"<Code>" + code + b"</Code>" in answer.data, (changes, answer.data)
    unlawful = signer.generate_presigned_post(system.bucket, theirs)
    assert send(unlawful).status == 403
    assert send(form).status == 201
    signer.delete_object(Bucket=system.bucket, Key=f"{user.folder}/forms/note.txt")
