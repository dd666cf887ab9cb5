"""Compiles source files and hands each result to whoever asked; writes nothing itself.

It is handed pairs of a path on this disk and the path in the image, each path ended by a zero byte.
"""
import _imp
import marshal
import os
import sys

# Taken from where the interpreter has it already: loading `importlib.util` takes longer than compiling a file.
MAGIC_NUMBER = sys.modules["_frozen_importlib_external"].MAGIC_NUMBER
KEY = int.from_bytes(MAGIC_NUMBER, "little")


def take(given):
    parts = given.split(b"\0")
    return zip(*[iter(os.fsdecode(part) for part in parts[:-1])] * 2)


def compiled(disk, image):
    try:
        with open(disk, "rb") as file:
            text = file.read()
        code = compile(text, image, "exec", dont_inherit=True, optimize=0)
        return _imp.source_hash(KEY, text) + marshal.dumps(code)
    except Exception:
        return b""


given, give = begin()
give(MAGIC_NUMBER + bytes([sys.version_info[1]]) + sys.implementation.cache_tag.encode() + b"\0" + sys.version.encode())
for pair in take(given):
    give(compiled(*pair))
os._exit(0)
