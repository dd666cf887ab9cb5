"""Imports what a service's command loads and says, as it happens, which source files are read and what became of each import.

What is handed over are lines `word value`, as the caller wrote them. Nothing is imported here that the interpreter has not
loaded by itself, since all of that would look as if the service needed it.
"""
import os
import sys

load, modules, leave, dup2 = __import__, sys.modules, os._exit, os.dup2
external = modules["_frozen_importlib_external"]
bootstrap = modules["_frozen_importlib"]
environ, exists = os.environ, os.path.exists
given, give = begin()
seen = set()


def say(*parts, own=os.getpid(), pid=os.getpid):
    if pid() != own:
        leave(0)
    give(b"\0".join(p.encode("utf-8", "backslashreplace").replace(b"\0", b"") for p in parts))


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


class Source:
    """A text of Python: what its import statements name, and whether it is made to be imported.

    How sure an import is: `top` stands at the top of the text. `main` happens when the text is what is run: it stands below
    `if __name__ == "__main__"`, or in a function of the text that is called in any case. `served` are the applications that
    uvicorn is given there, as `module:name`. `moves` is true of a text that changes where modules are looked for.
    """

    def __init__(self, text, path, package=""):
        self.package, self.imports, self.served = package, [], []
        self.guarded, self.moves = False, False
        tree = compile(text, path, "exec", 0x400, True)
        self.functions = {node.name: node for node in tree.body if type(node).__name__ in ("FunctionDef", "AsyncFunctionDef")}
        self.called = []
        self.walk(tree.body, "top")
        for name in self.called:
            self.walk(self.functions[name].body, "main")

    def walk(self, nodes, sure):
        for node in nodes:
            kind = type(node).__name__
            guard = kind == "If" and getattr(getattr(node.test, "left", None), "id", "") == "__name__"
            if kind == "Import":
                for alias in node.names:
                    self.imports.append((alias.name, (), sure))
            elif kind == "ImportFrom":
                parts = self.package.split(".")
                base = parts[: len(parts) - node.level + 1] if node.level else []
                name = ".".join(base + ([node.module] if node.module else []))
                self.imports.append((name, tuple(alias.name for alias in node.names), sure))
            elif guard:
                self.guarded = self.guarded or sure == "top"
            elif sure and kind in ("Expr", "Assign", "AnnAssign", "AugAssign", "Return", "Raise"):
                self.look(node, sure)
            for field in ("body", "orelse", "handlers", "finalbody", "cases"):
                inner = getattr(node, field, ())
                inner_sure = ""
                if sure and field == "body" and (guard or kind in ("With", "AsyncWith")):
                    inner_sure = "main" if guard else sure
                self.walk(inner if isinstance(inner, list) else (), inner_sure)

    def look(self, node, sure):
        """What a statement that is executed in any case calls, serves or changes."""
        kind, named = type(node).__name__, ""
        if kind == "Attribute":
            named = getattr(node.value, "id", "") + "." + node.attr
            self.moves = self.moves or named in ("sys.path", "os.chdir", "site.addsitedir")
        elif kind == "Call":
            self.calls(getattr(node.func, "id", ""))
            if getattr(node.func, "attr", "") == "run" and node.args:
                self.calls(getattr(node.args[0], "id", ""))
            given = {word.arg: word.value for word in node.keywords}
            if getattr(node.func, "attr", "") == "run" and getattr(node.func.value, "id", "") == "uvicorn" and "app_dir" not in given:
                app = getattr(node.args[0] if node.args else given.get("app"), "value", None)
                if isinstance(app, str) and ":" in app:
                    self.served.append((app, sure))
        for field in node._fields:
            inner = getattr(node, field, None)
            for one in inner if isinstance(inner, list) else (inner,):
                if hasattr(one, "_fields") and type(one).__name__ != "Lambda":
                    self.look(one, sure)

    def calls(self, name):
        if name in self.functions and name not in self.called:
            self.called.append(name)


def source(path, package=""):
    with open(path, "rb") as opened:
        return Source(opened.read(), path, package)


def where(error):
    """Where an exception came from, a line for each place, the last of them last; the import system's own are left out."""
    lines, chain = [], []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    for one in reversed(chain):
        trace = one.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            if not code.co_filename.startswith("<frozen importlib") and code.co_filename != main.__code__.co_filename:
                lines.append('File "%s", line %d, in %s' % (code.co_filename, trace.tb_lineno, code.co_name))
            trace = trace.tb_next
        lines.append(": ".join(filter(None, named(one))))
    return "\n".join(lines)


def lasting(error):
    """Whether nothing that comes at run time can change it: code or a module that is not there, and nobody chose to ask for it."""
    if isinstance(error, SyntaxError):
        pass
    elif isinstance(error, FileNotFoundError):
        # A program that is to be run comes with the image or not at all.
        return "/" not in str(error.filename) and ran(error)
    elif not isinstance(error, ImportError):
        # What a module says in its own words of a package that it cannot do without.
        cause = error.__cause__ or error.__context__
        if not isinstance(cause, ModuleNotFoundError) or found((cause.name or "").partition(".")[0]):
            return False
        return at_the_top(cause) and at_the_top(error)
    elif "cannot open shared object file" in str(error):
        return True
    return at_the_top(error)


def at_the_top(error):
    """Whether nothing but modules was executed when an exception was raised, and no function of one."""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        own = code.co_filename == main.__code__.co_filename or code.co_filename.startswith("<frozen importlib")
        if not own and code.co_name != "<module>":
            return False
        trace = trace.tb_next
    return True


def ran(error):
    """Whether an exception comes from starting a program."""
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_name == "_execute_child"


def named(error):
    kind = type(error)
    kind = kind.__name__ if kind.__module__ == "builtins" else kind.__module__ + "." + kind.__name__
    try:
        return kind, str(error)
    except BaseException:
        return kind, ""


def failed(what, error):
    """Says how it went wrong; an exception may do anything when it is looked at."""
    kind, text = named(error)
    try:
        said, always = where(error), lasting(error)
    except BaseException:
        said, always = "", False
    say("failed", what, kind, text, said[-8192:], "always" if always else "")
    return always


def attempt(what, name, names=(), own=False, lazy=False, take=None):
    """Imports, and says what became of it; returns whether it failed in a way that lasts.

    `own`: the command itself asks for it. `lazy`: it may run on for ever.
    """
    say("begin", what, "own" if own else "", "lazy" if lazy else "")
    try:
        load(name, {}, {}, names)
        module = modules.get(name)
        for part in names:
            if part != "*" and not hasattr(module, part):
                raise ImportError("cannot import name '%s' from '%s'" % (part, name))
        for part in (take or "").split(".") if take else ():
            try:
                module = getattr(module, part)
            except AttributeError:
                near = [n for n in dir(module) if not n.startswith("_")]
                say("lacks", what, name, take, ",".join(near[:400]))
                return True
        say("ok", what)
    except BaseException as error:
        return failed(what, error)


def inside(found, run=()):
    """Imports what a text imports. `run`: how sure an import has to be for the command to depend on it.

    What a text does before an import may decide whether that fails, and nothing of it was done here: so of what is sure in a
    text that is run only those failures count that last, and none where it changes where modules are looked for.
    """
    for name, names, sure in found.imports:
        if name:
            what = "from %s import %s" % (name, ", ".join(names)) if names else "import " + name
            tried(what, name, sure in run and not found.moves and sure, names=names)
    for served, sure in found.served:
        name, _, take = served.partition(":")
        tried(served, name, bool(run) and not found.moves and "main", take=take)


def tried(what, name, sure, **rest):
    if attempt(what, name, own=sure == "top", **rest) and sure == "main":
        say("begin", what, "own", "")
        say("ok", what)


def wrong(what, error, own=True):
    say("begin", what, "own" if own else "", "")
    kind, text = named(error)
    say("failed", what, kind, text, where(error), "always" if isinstance(error, SyntaxError) else "")


def find(name):
    package = name.rpartition(".")[0]
    path = load(package, {}, {}, ("x",)).__path__ if package else None
    return bootstrap._find_spec(name, path)


def only_find(name):
    """A module that is run rather than imported: its file counts, and it is not run."""
    try:
        spec = find(name)
        file(spec.origin)
        inside(source(spec.origin, name.rpartition(".")[0]))
    except BaseException:
        pass


def run(name):
    """What `python -m` runs: a module, which is imported, or a package's `__main__`, of which only the imports are."""
    try:
        spec = find(name)
    except BaseException:
        return attempt(name, name, own=True)
    try:
        text = source(spec.origin, name.rpartition(".")[0])
    except BaseException:
        text = None
    attempt(name, name, own=True, lazy=text is not None and not text.guarded)
    if text is not None and spec.submodule_search_locations is None:
        return inside(text, ("main",))
    try:
        spec = find(name + ".__main__")
        file(spec.origin)
        text = source(spec.origin, name)
    except SyntaxError as error:
        return wrong(name + ".__main__", error)
    except BaseException:
        return
    inside(text, ("top", "main"))


def script(path):
    """A file that is run. One that says what is done only when it is run is imported under another name."""
    if not exists(path):
        return
    try:
        text = source(path)
    except SyntaxError as error:
        return wrong(path, error)
    except BaseException:
        return
    inside(text, ("top", "main"))
    if text.guarded:
        say("begin", path, "own", "")
        try:
            kept = dict(modules["__main__"].__dict__)
            with open(path, "rb") as opened:
                code = compile(opened.read(), path, "exec", 0, True)
            exec(code, {"__name__": "_script", "__file__": path, "__builtins__": kept["__builtins__"], "__package__": ""})
            say("ok", path)
        except BaseException as error:
            failed(path, error)


def found(name):
    """Whether there is a module of this name; its parents are imported."""
    try:
        return find(name) is not None
    except BaseException:
        return False


def companion(rule):
    """What a package loads with the first request: `package setting,setting module,module` and whether there will be any."""
    package, settings, names, serves = rule.split(" ")
    if package not in modules:
        return
    for name in filter(None, names.split(",")):
        attempt(name, name)
    for setting in filter(None, settings.split(",")):
        try:
            value = getattr(modules[package].settings, setting)
            value = value if isinstance(value, str) else value[0]
        except BaseException:
            continue
        tried(value, value, serves and "main")


def step(word, value):
    if word == "path":
        sys.path.insert(0, value)
    elif word in ("module", "perhaps"):
        attempt(value, value)
    elif word == "named":
        name, _, take = value.partition(" ")
        attempt(value.replace(" ", ":"), name, own=True, take=take)
    elif word == "object":
        above, _, take = value.rpartition(".")
        if above and not found(value):
            attempt(value, above, own=True, take=take)
        else:
            attempt(value, value, own=True)
    elif word == "run":
        only_find(value)
    elif word == "main":
        run(value)
    elif word == "factory" and value in modules:
        module = modules[value]
        try:
            text = source(getattr(module, "__file__", ""), getattr(module, "__package__", "") or "")
        except BaseException:
            return
        inside(text)
    elif word == "script":
        script(value)
    elif word == "code":
        try:
            text = Source(bytes.fromhex(value), "<string>")
        except SyntaxError as error:
            return wrong("python -c", error)
        inside(text, ("top", "main"))
    elif word == "companion":
        companion(value)


def main():
    if sys.path and sys.path[0] == "":
        del sys.path[0]
    dup2(2, 1)
    say("hello")
    loaded()
    watch()
    for line in given.decode().split("\n"):
        word, _, value = line.partition(" ")
        try:
            step(word, value)
        except BaseException:
            pass
    loaded()
    say("end")
    leave(0)


main()
