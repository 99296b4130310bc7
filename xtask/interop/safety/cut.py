"""Plays a power cut: takes back what a killed program wrote and no sync had brought to the disk.

Reads the log of `layer.c`. Of the writes to a file that came after its last sync, a random part is kept, as a disk may
write them in any order: of writes over what was there, any blocks; of what was appended, a beginning of any length, since
file systems move the end of a file only over what is written. Of creations, renamings and deletions that no sync of a
folder covers, the first few are kept, as they go through the file system's own journal in order.
"""

import os
import struct
from dataclasses import dataclass

HEADER = struct.Struct("=II6Q4I")
MAGIC = 0x43555450
BLOCK = 4096


@dataclass
class Record:
    at: int
    kind: str
    file: tuple
    parent: int
    offset: int
    old_size: int
    upto: int
    path: str
    other: str
    before: bytes
    data: bytes


def read(log):
    """The records of a log; the last one may have been cut off, and what it announces did not happen then."""
    with open(log, "rb") as file:
        content = file.read()
    at, records = 0, []
    while at + HEADER.size <= len(content):
        magic, kind, device, inode, parent, offset, old_size, upto, *lengths = HEADER.unpack_from(content, at)
        assert magic == MAGIC, f"the log is broken at {at}"
        parts, start = [], at + HEADER.size
        for length in lengths:
            parts.append(content[start : start + length])
            start += length
        if start > len(content):
            break
        path, other, before, data = parts
        records.append(
            Record(at, chr(kind), (device, inode), parent, offset, old_size, upto, path.decode(), other.decode(), before, data)
        )
        at = start
    return records


def unsynced(records):
    """Writes and truncations, and changes of folders, that no sync covers: each in the order of the log."""
    synced, folders, created = {}, {}, {}
    for record in records:
        # The number of a file that is gone is given to another.
        if record.kind == "C":
            created[record.file] = record.at
        if record.kind == "S":
            synced[record.file] = max(synced.get(record.file, 0), record.upto)
        if record.kind == "D":
            folders[record.file[1]] = max(folders.get(record.file[1], 0), record.upto)
    def is_unsynced(record):
        return record.at >= max(synced.get(record.file, 0), created.get(record.file, 0))

    content = [r for r in records if r.kind in "WT" and is_unsynced(r)]

    def is_open(record):
        # A sync of a new file brings its name to the disk too, on all file systems in use.
        if record.kind == "C" and synced.get(record.file, 0) > record.at:
            return False
        return record.at >= folders.get(record.parent, 0)

    names = [r for r in records if r.kind in "CUR" and is_open(r)]
    return content, names


class Paths:
    """Where files are by now, by their numbers."""

    def __init__(self, root):
        self.root, self.known = root, {}

    def path(self, file):
        if not self.is_at(self.known.get(file), file):
            self.known = {}
            for folder, _, names in os.walk(self.root):
                for path in (os.path.join(folder, name) for name in names):
                    status = os.lstat(path)
                    self.known[(status.st_dev, status.st_ino)] = path
        return self.known.get(file)

    @staticmethod
    def is_at(path, file):
        if not path or not os.path.exists(path):
            return False
        status = os.lstat(path)
        return (status.st_dev, status.st_ino) == file


def undo_name(record):
    if record.kind == "C" and os.path.exists(record.path):
        os.unlink(record.path)
    if record.kind == "U" and record.data and not os.path.exists(record.path):
        os.link(record.data, record.path)
    if record.kind == "R" and os.path.exists(record.other) and not os.path.exists(record.path):
        os.rename(record.other, record.path)
        if record.data:
            os.link(record.data, record.other)


def undo(path, record):
    with open(path, "r+b") as file:
        file.seek(record.offset)
        file.write(record.before)
        file.truncate(record.old_size)


def redo(path, record, random):
    """Part of a write, or a truncation."""
    with open(path, "r+b") as file:
        if record.kind == "T":
            if random.random() < 0.5:
                file.truncate(record.offset)
            return
        size = os.fstat(file.fileno()).st_size
        inner = max(0, min(len(record.data), size - record.offset))
        for start in range(0, inner, BLOCK):
            if random.random() < 0.5:
                file.seek(record.offset + start)
                file.write(record.data[start : min(start + BLOCK, inner)])
        if record.offset + inner == size:
            appended = record.data[inner:]
            file.seek(size)
            file.write(appended[: random.randint(0, len(appended))])


def cut(root, log, random):
    """Brings the files below `root` to what a power cut left of them. Returns how many changes were open, and taken back."""
    records = read(log)
    content, names = unsynced(records)
    kept_names = random.randint(0, len(names))
    keeps_nothing = random.random() < 0.3
    if keeps_nothing:
        kept_names = 0
    n_undone, found = 0, Paths(root)
    # The newest first; a file is found by its number, whatever it is called by then.
    for record in sorted(content + names[kept_names:], key=lambda r: r.at, reverse=True):
        if record.kind in "CUR":
            undo_name(record)
            n_undone += 1
            continue
        path = found.path(record.file)
        if path:
            undo(path, record)
            n_undone += 1
    if not keeps_nothing:
        for record in content:
            if path := found.path(record.file):
                redo(path, record, random)
    forget(log)
    return len(content) + len(names), n_undone


def forget(log):
    folder = os.path.dirname(log)
    for name in os.listdir(folder):
        if name.startswith(os.path.basename(log)):
            os.unlink(os.path.join(folder, name))
