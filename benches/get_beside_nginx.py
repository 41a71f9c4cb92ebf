"""GET of 1 KiB over HTTP at 16 connections, beside nginx serving the same bytes, in one run.

Needs: a release build, Debian's `nginx-light` and `wrk`, and Python with boto3:

    cargo build --release && .venv/bin/python benches/get_beside_nginx.py

Both are asked in turn, several rounds, by the same client on the same cores; what counts is the
ratio of each round. Every GET here is presigned by a session, so it is authenticated and decided.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import boto3
import botocore.config

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "clients"))
from system import System, client  # noqa: E402

ROUNDS, SECONDS, CONNECTIONS = 5, 5, 16
BODY = os.urandom(1024)
NGINX_PORT = 4599

NGINX = """
daemon off; worker_processes auto; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nodelay on; keepalive_requests 1000000;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""


def wrk(url):
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in text, text
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))


def main():
    with tempfile.TemporaryDirectory() as folder:
        www = Path(folder) / "www"
        www.mkdir()
        (www / "data").write_bytes(BODY)
        os.chmod(folder, 0o755)
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(NGINX.format(folder=folder, port=NGINX_PORT))
        nginx = subprocess.Popen(["nginx", "-c", str(configuration)])
        os.environ["CLOAKROOM_BINARY"] = str(ROOT / "target/release/cloakroom")
        from conftest import Server

        server = Server(Path(folder) / "data")
        try:
            system = System(server.endpoint)
            person = system.people["user"]
            key = person.file
            system.client("s3").put_object(Bucket=system.bucket, Key=key, Body=BODY)
            signer = client(server.endpoint, "s3", person.keys, signature_version="s3v4")
            url = signer.generate_presigned_url(
                "get_object", Params={"Bucket": system.bucket, "Key": key}, ExpiresIn=3600
            )
            rounds = []
            for _ in range(ROUNDS):
                ours, theirs = wrk(url), wrk(f"http://127.0.0.1:{NGINX_PORT}/data")
                rounds.append({"cloakroom": ours, "nginx": theirs, "ratio": ours / theirs})
                print(json.dumps(rounds[-1]))
            print("median ratio", round(statistics.median(r["ratio"] for r in rounds), 3))
        finally:
            nginx.terminate()
            nginx.wait()
            server.stop()


if __name__ == "__main__":
    main()
