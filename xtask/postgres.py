"""A PostgreSQL for tests, from the package pgserver: prints its URL and runs until standard input
closes, so that it ends with whoever started it, and takes its files along. Even if this script is
killed, no process stays behind.

It is reached by a socket in a folder of its own, so there is no port to be taken or to be open.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

# The package as it is installed, found without its code being run: that would make a system user
# and open up folders. The programs find their libraries by where they lie.
INSTALLED = Path(find_spec("pgserver").origin).parent
PR_SET_PDEATHSIG = 1


def main():
    # Under /tmp, because the path of a socket has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="cloakroom-postgres-", dir="/tmp"))
    for ending in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(ending, lambda *_: sys.exit(1))
    server = None
    try:
        programs, owner = prepare(folder)
        data, socket = folder / "data", folder / "socket"
        run(programs / "initdb", owner, "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8")
        server = start(programs, owner, data, socket)
        run(programs / "pg_isready", owner, "-h", socket, "-q", until=server)
        print(f"postgresql://postgres@/postgres?host={socket}", flush=True)
        sys.stdin.buffer.read()
    finally:
        if server is not None:
            # Fast: whoever is still connected is cut off.
            server.send_signal(signal.SIGINT)
            server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def prepare(folder):
    """Where the programs are, and who is to run them. PostgreSQL refuses to be run by root, so root
    hands everything to `nobody`, who may not even reach the place where the package is installed:
    it gets a copy."""
    (folder / "socket").mkdir(mode=0o700)
    (folder / "data").mkdir(mode=0o700)
    if os.geteuid() != 0:
        return INSTALLED / "pginstall" / "bin", None
    owner = pwd.getpwnam("nobody")
    for part in ("pgserver", "pgserver.libs"):
        source = INSTALLED.parent / part
        if source.exists():
            shutil.copytree(source, folder / "package" / part, symlinks=True)
    for path in (folder, folder / "socket", folder / "data"):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    return folder / "package" / "pgserver" / "pginstall" / "bin", owner


def as_owner(owner):
    if owner is None:
        return {}
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": [], "cwd": "/"}


def run(program, owner, *arguments, until=None):
    """Runs a program to its end; with `until`, again and again until it succeeds or that process has
    ended."""
    while True:
        command = [str(program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, **as_owner(owner))
        if done.returncode == 0:
            return
        if until is None or until.poll() is not None:
            sys.exit(f"{program.name} failed: {done.stdout}{done.stderr}")


def start(programs, owner, data, socket):
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": socket,
        "max_connections": 300,
        # What is lost with the machine was only a test.
        "fsync": "off",
    }
    command = [str(programs / "postgres"), "-D", str(data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    parent = os.getpid()

    def end_with_parent():
        # Where the system has it: even if this script is killed, the server shuts down.
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)
            if os.getppid() != parent:
                os._exit(1)

    return subprocess.Popen(
        command,
        stdout=sys.stderr,
        stderr=subprocess.DEVNULL,
        preexec_fn=end_with_parent,
        start_new_session=True,
        **as_owner(owner),
    )


main()
