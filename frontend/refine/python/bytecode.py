"""Compiles source files and hands each result to whoever asked; writes nothing itself.

Pairs of a path on this disk and the path in the image come on standard input, each path ended by a zero byte.
"""
import importlib.util
import marshal
import os
import sys


def take():
    parts = sys.stdin.buffer.read().split(b"\0")
    return zip(*[iter(os.fsdecode(part) for part in parts[:-1])] * 2)


def give(data, out=sys.stdout.buffer):
    out.write(len(data).to_bytes(4, "little") + data)
    out.flush()


def compiled(disk, image):
    try:
        with open(disk, "rb") as file:
            text = file.read()
        code = compile(text, image, "exec", dont_inherit=True, optimize=0)
        return importlib.util.source_hash(text) + marshal.dumps(code)
    except Exception:
        return b""


give(importlib.util.MAGIC_NUMBER + bytes([sys.version_info[1]]) + sys.implementation.cache_tag.encode())
for pair in take():
    give(compiled(*pair))
os._exit(0)
