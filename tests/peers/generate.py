"""generate.py FOLDER: writes projects with locks by the real uv and Poetry, and what each of these tools and packaging say.

The same seeds give the same projects. Packages are tiny wheels made here, so no index is asked. For every project:
uv/N/{pyproject.toml,uv.lock,cases.json,edits.json}, poetry/N/{pyproject.toml,poetry.lock,cases.json}; and constraints.json.
"""

import json
import os
import random
import re
import subprocess
import sys
import zipfile
from multiprocessing import Process
from pathlib import Path

COUNT = 100
NAMES = ["ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen", "ibis", "jay", "koi", "lynx"]
VERSIONS = ["1.0", "1.5.post1", "2.0"]
MARKERS = [
    "sys_platform == 'linux'",
    "sys_platform == 'win32'",
    "python_version < '3.12'",
    "python_version >= '3.12'",
    "python_full_version >= '3.11.4' and platform_machine != 'arm64'",
    "os_name == 'posix' or python_version < '3.11'",
    "platform_python_implementation == 'PyPy'",
]
GROUPS = ["dev", "lint"]
EXTRAS = ["fast", "full"]


def index(dice):
    """Name, version and requirements of every package; each needs only those after it, so that all can be resolved."""
    for at, name in enumerate(NAMES):
        later = NAMES[at + 1 :]
        for version in VERSIONS:
            plain = [wish(dice, n) for n in dice.sample(later, min(len(later), dice.choice([0, 0, 1, 2])))]
            extra = [wish(dice, n) for n in dice.sample(later, min(len(later), 1))]
            yield name, version, plain, extra


def wish(dice, name):
    text = name + dice.choice(["", "", "[more]", ">=1.0", "<2.1", ">=1,<3"])
    return text + (f" ; {dice.choice(MARKERS)}" if dice.random() < 0.4 else "")


def with_extra(requirement):
    name, _, marker = requirement.partition(" ; ")
    return f"{name} ; ({marker}) and extra == 'more'" if marker else f"{name} ; extra == 'more'"


def wheel(folder, name, version, plain, extra):
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", "Provides-Extra: more"]
    lines += [f"Requires-Dist: {r}" for r in plain + [with_extra(r) for r in extra]]
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in [
            (f"{name}.py", ""),
            (f"{info}/METADATA", "\n".join(lines) + "\n"),
            (f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
            (f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"),
        ]:
            archive.writestr(zipfile.ZipInfo(path), text)


def project(dice):
    """What a project asks for: its own, by extra, by group."""
    some = lambda most: [wish(dice, n) for n in dice.sample(NAMES, dice.randint(1, most))]
    return some(4), {e: some(2) for e in EXTRAS}, {g: some(2) for g in GROUPS}


def selections(dice):
    """A few selections of extras and groups."""
    return [([], [])] + [([e for e in EXTRAS if dice.random() < 0.6], [g for g in GROUPS if dice.random() < 0.5]) for _ in range(2)]


def toml(own, extras, groups):
    lists = lambda table: "".join(f"{name} = {json.dumps(wishes)}\n" for name, wishes in table.items())
    return (
        f'[project]\nname = "app"\nversion = "1.0"\nrequires-python = ">=3.11,<3.15"\ndependencies = {json.dumps(own)}\n\n'
        f"[project.optional-dependencies]\n{lists(extras)}\n[dependency-groups]\n{lists(groups)}"
    )


def settings(overrides, constraints):
    return f"\n[tool.uv]\noverride-dependencies = {json.dumps(overrides)}\nconstraint-dependencies = {json.dumps(constraints)}\n"


def edited(dice, parts, told):
    """The project with one thing changed, or said in other words: a marker, an override, a constraint."""
    parts, told = json.loads(json.dumps(parts)), [list(t) for t in told]
    lists = [parts[0], *parts[1].values(), *parts[2].values(), told[0]]
    kind = dice.choice(["mark", "unmark", "reorder", "told", "source"])
    some = dice.choice(lists[:-1] if kind == "source" else lists)
    at = dice.randrange(len(some))
    what, _, marker = some[at].partition(" ; ")
    if kind == "mark":
        some[at] = f"{what} ; {dice.choice(MARKERS)}"
    elif kind == "unmark":
        some[at] = what
    elif kind == "reorder":
        some[at] = f"{what} ; ({marker.replace(chr(39), chr(34))})" if marker else f"{what} ; python_version >= '3.9'"
    elif kind == "told":
        told[1].append(f"{dice.choice(NAMES)}<9")
        told[dice.randrange(2)].pop(0)
    name = re.match(r"\w+", what).group()
    source = f'[tool.uv.sources]\n{name} = {{ path = "../../links/{name}-2.0-py3-none-any.whl" }}\n' if kind == "source" else ""
    return toml(*parts) + settings(*told) + source


def run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} in {cwd}: {done.stderr}")
    return done.stderr


def uv(folder, links, dice):
    os.environ.update(UV_NO_INDEX="1", UV_FIND_LINKS=str(links), UV_PYTHON=sys.executable, UV_PYTHON_DOWNLOADS="never")
    os.environ.update(UV_CACHE_DIR=str(folder.parent / "uv-cache"), UV_LINK_MODE="copy")
    parts = project(dice)
    told = [f"{dice.choice(NAMES)} ; {dice.choice(MARKERS)}"], [f"{dice.choice(NAMES)}<3"]
    (folder / "pyproject.toml").write_text(toml(*parts) + settings(*told))
    tool = str(Path(sys.executable).parent / "uv")
    run(tool, "lock", "--quiet", cwd=folder)
    cases = []
    for extras, groups in selections(dice):
        flags = [f for e in extras for f in ("--extra", e)] + [f for g in groups for f in ("--group", g)]
        said = run(tool, "sync", "--frozen", "--dry-run", "--no-default-groups", *flags, cwd=folder)
        cases.append({"extras": extras, "groups": groups, "set": sorted(re.findall(r"^ \+ (\S+)$", said, re.M))})
    (folder / "cases.json").write_text(json.dumps(cases))
    edits = []
    for text in (edited(dice, parts, told) for _ in range(2)):
        check = out_of_date(tool, folder, text)
        edits.append({"project": text, "stale": check})
    (folder / "edits.json").write_text(json.dumps(edits))


def out_of_date(tool, folder, text):
    """Whether uv finds that a project's lock has to be written anew for another pyproject.toml."""
    other = folder.parent / "other"
    other.mkdir(exist_ok=True)
    (other / "uv.lock").write_text((folder / "uv.lock").read_text())
    (other / "pyproject.toml").write_text(text)
    done = subprocess.run([tool, "lock", "--check"], cwd=other, capture_output=True, text=True)
    return bool(done.returncode)


def poetry(folder, packages, dice):
    from cleo.io.null_io import NullIO
    from poetry.core.packages.dependency import Dependency
    from poetry.core.packages.package import Package
    from poetry.config.config import Config
    from poetry.factory import Factory
    from poetry.installation.installer import Installer
    from poetry.packages.locker import Locker
    from poetry.repositories import Repository, RepositoryPool
    from poetry.repositories.installed_repository import InstalledRepository
    from poetry.utils.env import MockEnv

    class Taken:
        """Takes down what would be installed."""

        def __init__(self):
            self.found = []

        def execute(self, operations):
            self.found = [o for o in operations if o.job_type == "install" and not o.skipped]
            return 0

        enable_bytecode_compilation = verbose = dry_run = disable = lambda self, *_: self
        supports_fancy_output = lambda self: False
        installations_count = updates_count = removals_count = 0
        enabled = True

    repository = Repository("tests")
    for name, version, plain, extra in packages:
        package = Package(name, version)
        wanted = [Dependency.create_from_pep_508(r) for r in plain]
        for requirement in extra:
            dependency = Dependency.create_from_pep_508(with_extra(requirement))
            dependency._optional = True
            wanted.append(dependency)
            package.extras.setdefault("more", []).append(dependency)
        for dependency in wanted:
            package.add_dependency(dependency)
        repository.add_package(package)
    pool = RepositoryPool([repository])
    (folder / "pyproject.toml").write_text(toml(*project(dice)) + "\n[tool.poetry]\npackage-mode = false\n")

    def installer(version, taken):
        loaded = Factory().create_poetry(folder)
        env = MockEnv(version_info=(*version, "final", 0), platform="linux", os_name="posix", is_venv=True)
        return Installer(NullIO(), env, loaded.package, loaded.locker, pool, Config(), installed=InstalledRepository(), executor=taken), loaded

    locking, _ = installer((3, 12, 1), Taken())
    locking.lock()
    if locking.run():
        sys.exit(f"poetry lock in {folder} fails")
    cases = []
    for extras, groups in selections(dice):
        for version in [(3, 11, 2), (3, 13, 1)]:
            taken = Taken()
            install, _ = installer(version, taken)
            install.only_groups(["main", *groups])
            install.extras(extras)
            install.dry_run(False)
            if install.run():
                sys.exit(f"poetry install in {folder} fails")
            found = sorted(f"{o.package.name}=={o.package.version}" for o in taken.found)
            cases.append({"extras": extras, "groups": groups, "python": list(version), "set": found})
    (folder / "cases.json").write_text(json.dumps(cases))


def constraints(dice):
    """What packaging and poetry-core say of versions and the constraints on them."""
    from packaging.specifiers import SpecifierSet
    from poetry.core.constraints.version import Version, parse_constraint

    number = lambda: ".".join(str(dice.randint(0, 3)) for _ in range(dice.randint(1, 3)))
    version = lambda: number() + dice.choice(["", "", "", "", "a1", "rc2", ".post1", ".dev3"])
    found = []
    for _ in range(1500):
        seen = [version() for _ in range(8)]
        clauses = [dice.choice([">=", "<=", ">", "<", "==", "!="]) + number() for _ in range(dice.randint(1, 2))]
        clauses += dice.choice([[], [], ["==" + number() + ".*"], ["!=" + number() + ".*"], ["~=" + number() + ".1"]])
        text = ",".join(clauses)
        found.append({"by": "packaging", "text": text, "versions": {v: SpecifierSet(text).contains(v, prereleases=True) for v in seen}})
        text = dice.choice([text, "^" + number(), "~" + number(), number() + ".*", f"{text} || ^{number()}", f">={number()} <{number()}"])
        parsed = parse_constraint(text)
        # Poetry's `!=1` leaves out `1.post1` in some company; packaging, whose word it is, does not.
        seen = [v for v in seen if "post" not in v or "!=" not in text]
        found.append({"by": "poetry", "text": text, "versions": {v: parsed.allows(Version.parse(v)) for v in seen}})
    return found


def projects(kind, out, links, packages):
    for seed in range(COUNT):
        folder = out / kind / str(seed)
        folder.mkdir(parents=True)
        dice = random.Random(f"{kind}-{seed}")
        uv(folder, links, dice) if kind == "uv" else poetry(folder, packages, dice)


def main():
    out = Path(sys.argv[1]).resolve()
    links = out / "links"
    links.mkdir(parents=True)
    packages = list(index(random.Random(7)))
    for package in packages:
        wheel(links, *package)
    # uv runs as a program and Poetry in Python, so that side by side they take half as long.
    workers = [Process(target=projects, args=(kind, out, links, packages)) for kind in ["uv", "poetry"]]
    for worker in workers:
        worker.start()
    (out / "constraints.json").write_text(json.dumps(constraints(random.Random(11))))
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        sys.exit("not every project could be locked")


main()
