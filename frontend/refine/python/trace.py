"""Imports what a service's command loads and says, as it happens, which source files are read.

Standard input holds lines `word value`, as the caller wrote them. Nothing is imported here that the interpreter has not
loaded by itself, since all of that would look as if the service needed it.
"""
import os
import sys

load, modules, leave, dup2 = __import__, sys.modules, os._exit, os.dup2
external = modules["_frozen_importlib_external"]
bootstrap = modules["_frozen_importlib"]
write, read, environ = os.write, os.read, os.environ
try:
    out = os.dup2(1, 900, inheritable=False)
except OSError:
    out = os.dup(1)
seen = set()


def say(*parts):
    data = b"\0".join(p.encode("utf-8", "backslashreplace").replace(b"\0", b"") for p in parts)
    data = len(data).to_bytes(4, "little") + data
    while data:
        data = data[write(out, data):]


def file(path):
    if isinstance(path, str) and path.endswith(".py") and path not in seen:
        seen.add(path)
        say("file", path)


def loaded():
    for module in list(modules.values()):
        try:
            spec = module.__spec__
            if spec.origin != "frozen":
                file(spec.origin)
        except BaseException:
            pass


def watch(get_code=external.SourceLoader.get_code):
    def watched(self, name):
        try:
            file(self.get_filename(name))
        except BaseException:
            pass
        return get_code(self, name)

    external.SourceLoader.get_code = watched


def parts(path, package=""):
    """What the import statements of a source file name, those inside functions as well."""
    with open(path, "rb") as source:
        open_nodes = [compile(source.read(), path, "exec", 0x400, True)]
    while open_nodes:
        node = open_nodes.pop()
        if type(node).__name__ == "Import":
            for alias in node.names:
                yield alias.name, ()
        elif type(node).__name__ == "ImportFrom":
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            name = ".".join(base + ([node.module] if node.module else []))
            yield name, tuple(alias.name for alias in node.names)
        for field in getattr(node, "_fields", ()):
            value = getattr(node, field)
            open_nodes.extend(v for v in (value if isinstance(value, list) else [value]) if hasattr(v, "_fields"))


def attempt(name, names=()):
    """Imports, and names the failure; a name that is none of a module is no failure."""
    try:
        load(name, {}, {}, names)
        return None
    except BaseException as error:
        return error


def inside(path, package=""):
    try:
        found = list(parts(path, package))
    except BaseException:
        return
    for name, names in reversed(found):
        if name:
            attempt(name, tuple(n for n in names if n != "*"))


def only_find(name):
    """A module that is run rather than imported: its file counts, and it is not run."""
    try:
        package = name.rpartition(".")[0]
        path = load(package, {}, {}, ("x",)).__path__ if package else None
        spec = bootstrap._find_spec(name, path)
        file(spec.origin)
        inside(spec.origin, package)
    except BaseException:
        pass


def fail(name, error):
    kind = type(error)
    kind = kind.__name__ if kind.__module__ == "builtins" else kind.__module__ + "." + kind.__name__
    try:
        text = str(error)
    except BaseException:
        text = ""
    say("failed", name, kind, text)


def companion(rule):
    """What a package loads with the first request: `package setting,setting module,module`."""
    package, settings, names = rule.split(" ")
    if package not in modules:
        return
    for name in filter(None, names.split(",")):
        attempt(name)
    for setting in filter(None, settings.split(",")):
        try:
            value = getattr(modules[package].settings, setting)
            attempt(value if isinstance(value, str) else value[0])
        except BaseException:
            pass


def main(own=os.getpid(), pid=os.getpid):
    text = b""
    while True:
        more = read(0, 65536)
        if not more:
            break
        text += more
    if sys.path and sys.path[0] == "":
        del sys.path[0]
    dup2(2, 1)
    say("hello")
    loaded()
    watch()
    for line in text.decode().split("\n"):
        word, _, value = line.partition(" ")
        error = None
        if word == "path":
            sys.path.insert(0, value)
        elif word == "module":
            error = attempt(value)
        elif word == "perhaps":
            attempt(value)
        elif word == "run":
            only_find(value)
        elif word == "factory" and value in modules:
            module = modules[value]
            inside(getattr(module, "__file__", ""), getattr(module, "__package__", "") or "")
        elif word == "script":
            inside(value)
        elif word == "companion":
            companion(value)
        if pid() != own:
            leave(0)
        if error is not None:
            fail(value, error)
    loaded()
    leave(0)


main()
