"""Says of each module that it is handed whether it can be found; imports none of them.

Lines are `path FOLDER`, which goes in front of the module path, `module NAME`, `object NAME` for a module or a name in
one, and `main NAME` for what `python -m` runs.
"""
import os
import sys
from importlib.machinery import PathFinder

given, give = begin()
os.dup2(2, 1)


def say(text):
    give(text.encode())


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


def is_package(name):
    return find(name + ".__init__") == "" or find(name + ".__main__") == ""


if sys.path and sys.path[0] == "":
    del sys.path[0]
say("hello")
for line in given.decode().split("\n"):
    word, _, value = line.partition(" ")
    if word == "path":
        sys.path.insert(0, value)
    elif word:
        try:
            lacks = find(value)
            if lacks and word == "object" and "." in value:
                lacks = find(value.rpartition(".")[0])
            elif not lacks and word == "main" and is_package(value):
                lacks = find(value + ".__main__")
            say(lacks)
        except BaseException:
            say(value)
os._exit(0)
