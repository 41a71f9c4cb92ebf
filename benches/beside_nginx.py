"""GET of 1 KiB and 1 MiB and PUT of 1 KiB over HTTP at 16 connections, beside nginx, in one run.

Needs: a release build, Debian's `nginx-light` and `wrk`, and Python with boto3:

    cargo build --release && .venv/bin/python benches/beside_nginx.py

Both are asked in turn, several rounds, by the same client on the same cores; what counts is the
ratio of each round. Every request to Cloakroom is presigned by a session, so it is authenticated and
decided. A PUT is on the disk when Cloakroom answers; nginx (its DAV module) leaves that to the system, so the
ratio compares a durable write with one that a power cut may lose.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "clients"))
from system import System, client  # noqa: E402

ROUNDS, SECONDS, CONNECTIONS = 5, 5, 16
SIZES = {"get 1 KiB": 1024, "get 1 MiB": 1 << 20}
# So many keys are written over and over.
PUT_KEYS = 64
NGINX_PORT = 4599

NGINX = """
daemon off; worker_processes auto; pid {folder}/nginx.pid; error_log {folder}/error.log; user root;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nodelay on; keepalive_requests 1000000;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; dav_methods PUT; }}
}}
"""

# Each request takes the next of the URLs of a file.
PUT_SCRIPT = """
local urls = {{}}
for line in io.lines("{urls}") do urls[#urls + 1] = line end
local next_url = 0
wrk.method = "PUT"
wrk.body = string.rep("x", 1024)
request = function()
  next_url = next_url % #urls + 1
  return wrk.format(nil, urls[next_url])
end
"""


def wrk(url, script=None):
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency"]
    command += ["-s", str(script)] if script else []
    text = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in text, text
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))


def put_script(folder, name, paths):
    urls, script = folder / f"{name}.urls", folder / f"{name}.lua"
    urls.write_text("".join(f"{path}\n" for path in paths))
    script.write_text(PUT_SCRIPT.format(urls=urls))
    return script


def compare(name, ours, theirs):
    ratios = []
    for _ in range(ROUNDS):
        cloakroom, nginx = ours(), theirs()
        ratios.append(cloakroom / nginx)
        print(json.dumps({"what": name, "cloakroom": cloakroom, "nginx": nginx, "ratio": ratios[-1]}))
    print(f"{name}: median ratio {statistics.median(ratios):.3f}", flush=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        www = folder / "www"
        www.mkdir()
        folder.chmod(0o755)
        configuration = folder / "nginx.conf"
        configuration.write_text(NGINX.format(folder=folder, port=NGINX_PORT))
        nginx = subprocess.Popen(["nginx", "-c", str(configuration)])
        os.environ["CLOAKROOM_BINARY"] = str(ROOT / "target/release/cloakroom")
        from conftest import Server

        server = Server(folder / "data")
        try:
            measure(server, folder, www)
        finally:
            nginx.terminate()
            nginx.wait()
            server.stop()


def measure(server, folder, www):
    system = System(server.endpoint)
    person = system.people["user"]
    signer = client(server.endpoint, "s3", person.keys, signature_version="s3v4")

    def presigned(operation, key):
        parameters = {"Bucket": system.bucket, "Key": key}
        return signer.generate_presigned_url(operation, Params=parameters, ExpiresIn=3600)

    theirs = f"http://127.0.0.1:{NGINX_PORT}"
    for name, size in SIZES.items():
        body, key = os.urandom(size), f"{person.folder}/{size}"
        (www / str(size)).write_bytes(body)
        system.client("s3").put_object(Bucket=system.bucket, Key=key, Body=body)
        url = presigned("get_object", key)
        compare(name, lambda: wrk(url), lambda: wrk(f"{theirs}/{size}"))

    paths = [presigned("put_object", f"{person.folder}/put-{n}") for n in range(PUT_KEYS)]
    ours = put_script(folder, "ours", [path.removeprefix(server.endpoint) for path in paths])
    nginx = put_script(folder, "nginx", [f"/put-{n}" for n in range(PUT_KEYS)])
    compare("put 1 KiB", lambda: wrk(server.endpoint, ours), lambda: wrk(theirs, nginx))


if __name__ == "__main__":
    main()
