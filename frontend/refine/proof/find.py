"""Says of each module on standard input whether it can be found; imports none of them.

Lines are `path FOLDER`, which goes in front of the module path, and `module NAME`.
"""
import os
import sys
from importlib.machinery import PathFinder

out = os.dup(1)
os.dup2(2, 1)


def say(text):
    data = text.encode()
    os.write(out, len(data).to_bytes(4, "little") + data)


def find(name):
    """The first part of a name that is not there, or nothing."""
    where, part = None, ""
    for word in name.split("."):
        part = part + "." + word if part else word
        if where is None and word in sys.builtin_module_names:
            return ""
        try:
            spec = PathFinder.find_spec(part, where)
        except KeyError:
            # A folder without `__init__.py`, whose parent would have to be imported.
            where = [folder for folder in (os.path.join(path, word) for path in where) if os.path.isdir(folder)]
            if not where:
                return part
            continue
        if spec is None:
            return part
        # A namespace package's own list would ask for its parent, which is not imported.
        where = spec.submodule_search_locations or ()
        where = list(getattr(where, "_path", where))
    return ""


if sys.path and sys.path[0] == "":
    del sys.path[0]
say("hello")
for line in sys.stdin.buffer.read().decode().split("\n"):
    word, _, value = line.partition(" ")
    if word == "path":
        sys.path.insert(0, value)
    elif word == "module":
        try:
            say(find(value))
        except BaseException:
            say(value)
os._exit(0)
