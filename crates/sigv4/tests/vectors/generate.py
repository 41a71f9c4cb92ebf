"""Writes published.json and random.json: what botocore makes of requests, each step apart.

published.json holds AWS's own examples. botocore only fills in the canonical request and the
string to sign; the signature stands here as AWS published it, and has to come out the same.
random.json holds requests made at random from a fixed seed.

    pip install botocore==1.44.5 && python generate.py
"""

import datetime
import hashlib
import json
import random
from urllib.parse import quote, urlsplit
from unittest import mock

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


class Recorded:
    """A signer that remembers the steps it went through."""

    def canonical_request(self, request):
        self.canonical = super().canonical_request(request)
        return self.canonical

    def string_to_sign(self, request, canonical_request):
        self.to_sign = super().string_to_sign(request, canonical_request)
        return self.to_sign


class Header(Recorded, SigV4Auth):
    def payload(self, request):
        # A chunked body is declared, not hashed.
        return request.context.get("declared") or super().payload(request)


class S3Header(Recorded, S3SigV4Auth):
    def payload(self, request):
        return request.context.get("declared") or super().payload(request)


class Query(Recorded, SigV4QueryAuth):
    pass


class S3Query(Recorded, S3SigV4QueryAuth):
    pass


def sign(name, key, service, region, time, method, url, headers=(), body=b"", declared=None,
         expires=None):
    """One case: the request before and after, the steps between, the signature.

    declared is a value of x-amz-content-sha256 other than the body's digest.
    """
    split = urlsplit(url)
    now = datetime.datetime.strptime(time, "%Y%m%dT%H%M%SZ")
    request = AWSRequest(method=method, url=url, data=body)
    headers = [("host", split.netloc), *headers]
    for header in headers:
        request.headers.add_header(*header)
    if declared:
        request.context["declared"] = declared
    request.context["payload_signing_enabled"] = True
    s3 = service == "s3"
    credentials = Credentials(key["id"], key["secret"], key.get("token"))
    if expires:
        signer = (S3Query if s3 else Query)(credentials, service, region, expires)
    else:
        signer = (S3Header if s3 else Header)(credentials, service, region)
    with mock.patch("botocore.auth.get_current_datetime", return_value=now):
        signer.add_auth(request)
    signed_url = request.url if expires else url
    path_and_query = signed_url.split(split.netloc, 1)[1]
    path, _, query = path_and_query.partition("?")
    return {
        "name": name,
        "access_key_id": key["id"],
        "secret_access_key": key["secret"],
        "session_token": key.get("token"),
        "region": region,
        "service": service,
        "time": time,
        "method": method,
        "path": path,
        "unsigned_query": split.query,
        "unsigned_headers": [list(h) for h in headers],
        "payload": declared or hashlib.sha256(body).hexdigest(),
        "expires": expires,
        "query": query,
        "headers": [list(h) for h in request.headers.items()],
        "canonical_request": signer.canonical,
        "string_to_sign": signer.to_sign,
        "signature": (request.headers["Authorization"].rpartition("=")[2] if not expires
                      else query.rpartition("=")[2]),
    }


def published():
    """S3 API Reference, IAM User Guide and aws-sig-v4-test-suite, with AWS's signatures."""
    s3 = {"id": "AKIAIOSFODNN7EXAMPLE", "secret": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
    day = "20130524T000000Z"
    bucket = "https://examplebucket.s3.amazonaws.com"
    reduced = ("x-amz-storage-class", "REDUCED_REDUNDANCY")
    chunked = [("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", "66560"), reduced]
    chunk_url = "https://s3.amazonaws.com/examplebucket/chunkObject.txt"
    streaming = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"

    def s3_case(name, signature, method, url, *args, **kwargs):
        return sign(name, s3, "s3", "us-east-1", day, method, url, *args, **kwargs), signature

    yield s3_case("S3: GET Object", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
                  "GET", bucket + "/test.txt", [("range", "bytes=0-9")])
    yield s3_case("S3: GET Bucket Lifecycle",
                  "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
                  "GET", bucket + "/?lifecycle=")
    yield s3_case("S3: List Objects", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
                  "GET", bucket + "/?max-keys=2&prefix=J")
    yield s3_case("S3: presigned GET Object",
                  "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
                  "GET", bucket + "/test.txt", expires=86400)
    yield s3_case("S3: PUT Object in chunks",
                  "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
                  "PUT", chunk_url, chunked + [("content-length", "66824")], declared=streaming)
    yield s3_case("S3: PUT Object in chunks with a trailing header",
                  "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
                  "PUT", chunk_url, chunked + [("x-amz-trailer", "x-amz-checksum-crc32c")],
                  declared=streaming + "-TRAILER")

    iam = {"id": "AKIDEXAMPLE", "secret": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
    form = ("content-type", "application/x-www-form-urlencoded; charset=utf-8")
    yield sign("IAM: ListUsers", iam, "iam", "us-east-1", "20150830T123600Z", "GET",
               "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", [form]), \
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"

    token = ("AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfI"
             "eoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0"
             "wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDry"
             "pNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==")
    unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    suite = [
        ("get-vanilla", "GET", "/", {}, vanilla),
        ("post-vanilla", "POST", "/", {},
         "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ("get-vanilla-query-order-key-case", "GET", "/?Param2=value2&Param1=value1", {},
         "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        ("get-vanilla-empty-query-key", "GET", "/?Param1=value1", {},
         "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
        ("get-vanilla-utf8-query", "GET", "/?%E1%88%B4=bar", {},
         "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        ("get-header-key-duplicate", "GET", "/",
         {"headers": [("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")]},
         "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"),
        ("get-header-value-order", "GET", "/",
         {"headers": [("My-Header1", f"value{n}") for n in (4, 1, 3, 2)]},
         "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"),
        ("get-header-value-trim", "GET", "/",
         {"headers": [("My-Header1", " value1"), ("My-Header2", ' "a   b   c"')]},
         "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
        ("get-unreserved", "GET", "/" + unreserved, {},
         "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        ("get-utf8", "GET", "/ሴ", {},
         "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        ("get-space", "GET", "/example space/", {},
         "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
        ("get-slash", "GET", "//", {}, vanilla),
        ("get-slash-dot-slash", "GET", "/./", {}, vanilla),
        ("get-slash-pointless-dot", "GET", "/./example", {},
         "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"),
        ("get-slashes", "GET", "//example//", {},
         "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"),
        ("get-relative", "GET", "/example/..", {}, vanilla),
        ("get-relative-relative", "GET", "/example1/example2/../..", {}, vanilla),
        ("post-x-www-form-urlencoded", "POST", "/",
         {"headers": [("Content-Type", "application/x-www-form-urlencoded")], "body": b"Param1=value1"},
         "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
        ("post-sts-header-before", "POST", "/", {"key": {**iam, "token": token}},
         "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"),
    ]
    for name, method, target, extra, signature in suite:
        key = extra.pop("key", iam)
        yield sign(f"suite: {name}", key, "service", "us-east-1", "20150830T123600Z", method,
                   "https://example.amazonaws.com" + target, **extra), signature


def random_case(index, chance):
    s3 = chance.random() < 0.5
    texts = ["", "a", "A b", "x+y", "%", "50%25", "é", "日本", "~.-_", "a=b&c", "..", ".", "*", "'\"", "\\",
             "key/with/slash", ":", "@", "(1)", "\u00a0", "😀", ";", ",", "a  b"]
    word = lambda: chance.choice(texts) + chance.choice(["", "", chance.choice(texts)])
    safe = "-_.~"
    segments = [word() for _ in range(chance.randint(0, 5))]
    path = "/" + "/".join(quote(s, safe=safe) for s in segments)
    if not s3 and chance.random() < 0.3:
        # Sent with fewer characters encoded than could be.
        path = "/" + "/".join(quote(s, safe=safe + ":@=(),;*") for s in segments)
    expires = chance.choice([None, None, 1, 900, 604800])
    pairs = [(quote(word(), safe=safe), quote(word(), safe=safe)) for _ in range(chance.randint(0, 4))]
    # A parameter without a name is nothing that a client sends.
    pairs = [(k, v) for k, v in pairs if k]
    if pairs and not expires and chance.random() < 0.4:
        pairs.append((pairs[0][0], quote(word(), safe=safe)))
    if expires:
        # botocore takes only the first value of a parameter when it presigns.
        pairs = list(dict(pairs).items())
    query = "&".join(f"{k}={v}" for k, v in pairs)
    host = chance.choice(["localhost:4566", "bucket.s3.amazonaws.com", "127.0.0.1:9000"])
    values = ["", "a", "  padded  ", "many    spaces", "tab\there", "a,b", 'quo"ted', "x" * 60, "0"]
    names = ["X-Amz-Meta-Note", "x-amz-meta-b", "Content-Type", "range", "My_Header", "x-custom"]
    headers = [(chance.choice(names), chance.choice(values)) for _ in range(chance.randint(0, 4))]
    if chance.random() < 0.1 and not expires:
        headers.append(("Date", "replaced by botocore"))
    if expires:
        headers = [(n, v) for n, v in headers if n != "Content-Type"]
    key = {"id": f"AKIA{index:016d}", "secret": "".join(chance.choices("abcXYZ/+019", k=chance.randint(1, 80)))}
    if chance.random() < 0.5:
        key["token"] = "".join(chance.choices("abcXYZ/+=019", k=chance.randint(1, 60)))
    body = b"" if expires else chance.choice([b"", b"{}", b"some body", bytes(range(256))])
    time = datetime.datetime(2013, 1, 1) + datetime.timedelta(seconds=chance.randrange(20 * 365 * 86400))
    return sign(f"random {index}", key, "s3" if s3 else chance.choice(["sts", "cognito-idp", "execute-api"]),
                chance.choice(["us-east-1", "eu-central-1"]), time.strftime("%Y%m%dT%H%M%SZ"),
                chance.choice(["GET", "PUT", "POST", "HEAD", "DELETE"]),
                f"http://{host}{path}" + (f"?{query}" if query else ""), headers, body, expires=expires)


def write(name, cases):
    with open(name, "w", encoding="utf-8") as file:
        lines = (json.dumps(case, ensure_ascii=False) for case in cases)
        file.write("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    cases = []
    for case, signature in published():
        assert case["signature"] == signature, (case["name"], case["canonical_request"])
        cases.append(case)
    write("published.json", cases)
    chance = random.Random(20130524)
    write("random.json", [random_case(index, chance) for index in range(200)])
