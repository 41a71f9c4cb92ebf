"""From an empty data directory to the first answered signed GET, and memory when idle.

Needs a release build and Python with botocore:

    cargo build --release && .venv/bin/python benches/start.py

Each of ten runs starts the program in a new folder, with a request that was signed beforehand, and
asks until it is answered. Idle memory is the resident set of the last run, ten seconds later.
"""

import os
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

BINARY = Path(__file__).resolve().parent.parent / "target/release/cloakroom"
KEY, SECRET = "AKIAROOTROOTROOTROOT", "root-secret-for-measurements"
RUNS = 10


def free_port():
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


def signed_get(port):
    request = AWSRequest("GET", f"http://127.0.0.1:{port}/")
    S3SigV4Auth(Credentials(KEY, SECRET), "s3", "us-east-1").add_auth(request)
    lines = [f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def first_answer(port, request):
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(request)
                answer = connection.recv(65536)
                assert answer.startswith(b"HTTP/1.1 200"), answer
                return
        except ConnectionRefusedError:
            time.sleep(0.0005)


def main():
    times = []
    environment = dict(
        os.environ, CLOAKROOM_ROOT_ACCESS_KEY_ID=KEY, CLOAKROOM_ROOT_SECRET_ACCESS_KEY=SECRET
    )
    for run in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            port = free_port()
            request = signed_get(port)
            command = [BINARY, "serve", "--listen", f"127.0.0.1:{port}", "--data-dir", folder]
            began = time.perf_counter()
            process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
            first_answer(port, request)
            times.append((time.perf_counter() - began) * 1000)
            if run == RUNS - 1:
                time.sleep(10)
                status = Path(f"/proc/{process.pid}/status").read_text()
                resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
                print("idle", " ".join(resident.split()[1:]))
            process.terminate()
            process.wait()
    times.sort()
    print("first answer, ms:", [round(value, 1) for value in times])
    print("median", round(statistics.median(times), 1), "ms")


if __name__ == "__main__":
    main()
