"""A disk that loses what nobody synced: forgetful.c writes changes down, `forget` undoes those that no sync
followed."""

import os
import shutil
import struct
import subprocess
from pathlib import Path

HEAD = struct.Struct("=7Q")
SOURCE = Path(__file__).with_name("forgetful.c")


class ForgetfulDisk:
    def __init__(self, folder, root, lies=False):
        """`root` is what it watches; `folder` keeps the library and the log."""
        self.library = folder / "forgetful.so"
        self.log = folder / "forgetful.log"
        self.root = root
        self.lies = lies
        flags = ["-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-pthread"]
        subprocess.run(["cc", *flags, "-o", self.library, SOURCE], check=True)

    def environment(self):
        lies = {"FORGETFUL_LIES": "1"} if self.lies else {}
        return {
            "LD_PRELOAD": str(self.library),
            "FORGETFUL_ROOT": str(self.root),
            "FORGETFUL_LOG": str(self.log),
            **lies,
        }

    def forget(self):
        """Undoes what was not synced, newest first, and says how many changes that were."""
        changes = self._not_synced()
        inodes = {path.stat().st_ino: path for path in self.root.rglob("*") if path.is_file()}
        for kind, inode, offset, size, first, second in reversed(changes):
            if kind == "W" and inode in inodes:
                with open(inodes[inode], "r+b") as file:
                    file.seek(offset)
                    file.write(first)
                    file.truncate(size)
            elif kind == "R":
                before, after = os.fsdecode(first), os.fsdecode(second)
                if os.path.exists(after):
                    os.rename(after, before)
                    inodes[os.stat(before).st_ino] = Path(before)
            elif kind == "C":
                path = Path(os.fsdecode(first))
                if path.is_dir() and path.stat().st_ino == inode:
                    shutil.rmtree(path)
                elif path.exists() and path.stat().st_ino == inode:
                    path.unlink()
                inodes.pop(inode, None)
        for shared_memory in self.root.rglob("*-shm"):
            shared_memory.unlink()
        self.log.unlink(missing_ok=True)
        return len(changes)

    def _not_synced(self):
        log = self.log.read_bytes() if self.log.exists() else b""
        changes, at = [], 0
        # A process that was killed may have written half a record: of a change that did not come.
        while at + HEAD.size <= len(log):
            kind, inode, parent, offset, size, first, second = HEAD.unpack_from(log, at)
            at += HEAD.size
            if at + first + second > len(log):
                break
            texts = log[at : at + first], log[at + first : at + first + second]
            at += first + second
            if chr(kind) == "S":
                changes = [(by, change) for by, change in changes if by != inode]
            else:
                # Bytes are kept by a sync of their file, names by one of their folder.
                synced_by = inode if chr(kind) == "W" else parent
                changes.append((synced_by, (chr(kind), inode, offset, size, *texts)))
        return [change for _, change in changes]
