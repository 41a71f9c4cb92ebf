"""How long calls take, one after the other: listing 10,000 keys, and from a password to credentials.

Needs a release build and Python with boto3:

    cargo build --release && .venv/bin/python benches/calls.py

The client is boto3, which takes its own time to sign, send and parse; `GetCallerIdentity`, which does next to
nothing, is measured beside the others so that this part can be seen.
"""

import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "clients"))
from system import System  # noqa: E402

KEYS = 10_000
RUNS = 20


def timed(name, call):
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    print(f"{name}: median {statistics.median(times):.1f} ms (of {RUNS}: {times[0]:.1f} to {times[-1]:.1f})")


def main():
    os.environ["CLOAKROOM_BINARY"] = str(ROOT / "target/release/cloakroom")
    from conftest import Server

    with tempfile.TemporaryDirectory() as folder, Server(Path(folder) / "data") as server:
        system = System(server.endpoint)
        person, s3 = system.people["user"], system.client("s3")
        timed("GetCallerIdentity", system.client("sts").get_caller_identity)

        def put(number):
            s3.put_object(Bucket=system.bucket, Key=f"many/{number:06}", Body=b"x" * 1024)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(put, range(KEYS)))

        def list_all():
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=system.bucket, Prefix="many/")
            assert sum(page["KeyCount"] for page in pages) == KEYS

        timed(f"ListObjectsV2, {KEYS} keys in pages of 1,000", list_all)

        def sign_in():
            tokens = system.tokens(person)
            identity_id = system.identity_id(tokens["IdToken"])
            return system.credentials(identity_id, tokens["IdToken"])

        timed("InitiateAuth (argon2id), GetId, GetCredentialsForIdentity", sign_in)
        server.stop()


if __name__ == "__main__":
    main()
