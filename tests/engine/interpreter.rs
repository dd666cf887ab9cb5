//! The interpreter of a distroless image is whole, although it was taken apart and moved: every module of the standard
//! library that needs a shared library of its own loads and works, and certificates and time zones are found.

use super::docker::Engine;
use super::on_each_store;
use super::project::Project;

on_each_store!(modules, nothing_pruned, certificates, paths, versions);

/// A line for each module that was made to work.
pub(super) const MODULES: &str = r"
import asyncio, bz2, concurrent.futures, ctypes, dbm, decimal, hashlib, json, locale, lzma, multiprocessing
import pyexpat, select, socket, sqlite3, ssl, subprocess, sys, unicodedata, uuid, zlib, zoneinfo
from datetime import datetime

async def answer():
    await asyncio.sleep(0)
    return 42

def double(number):
    return 2 * number

data = b'distil' * 100
assert bz2.decompress(bz2.compress(data)) == lzma.decompress(lzma.compress(data)) == zlib.decompress(zlib.compress(data)) == data
assert ctypes.CDLL(None).getpid() > 0
assert decimal.Decimal('0.1') + decimal.Decimal('0.2') == decimal.Decimal('0.3')
assert hashlib.new('sha256', b'').hexdigest().startswith('e3b0c442') and hashlib.blake2b(b'').digest() and hashlib.sha3_512(b'').digest()
assert sqlite3.connect(':memory:').execute('select sqlite_version()').fetchone()[0] == sqlite3.sqlite_version
assert ssl.OPENSSL_VERSION_INFO >= (3,)
assert uuid.uuid1() != uuid.uuid4()
assert zoneinfo.ZoneInfo('Europe/Berlin').utcoffset(datetime(2026, 7, 1)).total_seconds() == 7200
assert asyncio.run(answer()) == 42
assert unicodedata.normalize('NFC', 'e\u0301') == '\u00e9'
with multiprocessing.get_context('fork').Pool(2) as pool:
    assert pool.map(double, [1, 2]) == [2, 4]
with concurrent.futures.ThreadPoolExecutor() as pool:
    assert list(pool.map(double, [3])) == [6]
assert subprocess.run([sys.executable, '-c', 'print(7)'], capture_output=True, text=True).stdout == '7\n'
assert sys.getfilesystemencoding() == 'utf-8' and sys.stdout.encoding == 'utf-8'
print('whole')
";

/// Every extension module that ships.
pub(super) const EXTENSIONS: &str = r"
import glob, importlib, os, sysconfig
folder = os.path.join(sysconfig.get_path('stdlib'), 'lib-dynload')
names = sorted(os.path.basename(path).split('.')[0] for path in glob.glob(os.path.join(folder, '*.so')))
broken = []
for name in names:
    try:
        importlib.import_module(name)
    except Exception as error:
        broken.append(f'{name}: {error}')
print(len(names) > 30, broken)
";

/// What only terminals have use for; a rule leaves it out where no package asks for it.
const LEFT_OUT: &str = "import curses, readline\nprint(curses.tigetnum, readline.get_line_buffer() == '')";

const CERTIFICATES: &str = r"
import ssl
context = ssl.create_default_context()
print(len(context.get_ca_certs()) > 50, context.verify_mode == ssl.CERT_REQUIRED)
";

fn modules(engine: &Engine) {
    let built = Project::copy("hello").build(engine, &[]).good();
    assert_eq!(engine.exec(&built.image, &["python", "-c", MODULES]), "whole");
    assert_eq!(engine.exec(&built.image, &["python", "-c", EXTENSIONS]), "True []");
}

fn nothing_pruned(engine: &Engine) {
    let project = Project::copy("hello");
    let pruned = project.build(engine, &[]).good();
    let find = "import importlib.util; print(importlib.util.find_spec('curses'))";
    assert_eq!(engine.exec(&pruned.image, &["python", "-c", find]), "None");
    let whole = project.append("distil.yaml", "prune: false\n").build(engine, &[]).good();
    assert_eq!(engine.exec(&whole.image, &["python", "-c", MODULES]), "whole");
    // The builder, too, has no Tk.
    let broken = engine.exec(&whole.image, &["python", "-c", EXTENSIONS]);
    assert!(broken == "True []" || broken.starts_with("True ['_tkinter: libtk") && !broken.contains("', '"), "{broken}");
    let printed = engine.exec(&whole.image, &["python", "-c", LEFT_OUT]);
    assert!(printed.ends_with("True"), "{printed}");
}

fn certificates(engine: &Engine) {
    for example in ["hello", "flat"] {
        let built = Project::copy(example).build(engine, &[]).good();
        let python = "/app/.venv/bin/python";
        let printed =
            engine.docker(&["run", "--rm", "--read-only", "--network=none", "--entrypoint", python, &built.image, "-c", CERTIFICATES]);
        assert_eq!(printed, "True True", "{example}");
    }
}

fn paths(engine: &Engine) {
    let built = Project::copy("hello").build(engine, &[]).good();
    let site = engine.exec(&built.image, &["python", "-I", "-c", "import sys; print(*sys.path, sep='\\n')"]);
    let expected = [
        "/usr/local/lib/python313.zip",
        "/usr/local/lib/python3.13",
        "/usr/local/lib/python3.13/lib-dynload",
        "/app/.venv/lib/python3.13/site-packages",
        "/app/.project",
    ];
    assert_eq!(site.lines().collect::<Vec<_>>(), expected);
    let site = engine.exec(&built.image, &["python", "-m", "site"]);
    assert!(site.contains("'/app/.venv/lib/python3.13/site-packages'"), "{site}");
    let found = engine.exec(&built.image, &["python", "-c", "import sys, hello; print(sys.prefix, sys.base_prefix, hello.__file__)"]);
    assert_eq!(found, "/app/.venv /usr/local /app/.project/hello/__init__.py");
}

/// All the names under which a script may ask for the interpreter lead to the same one.
fn versions(engine: &Engine) {
    let built = Project::copy("hello").build(engine, &[]).good();
    let names = ["python", "python3", "python3.13", "/usr/local/bin/python3", "/usr/local/bin/python"];
    let printed: Vec<_> = names.iter().map(|name| engine.exec(&built.image, &[name, "--version"])).collect();
    assert!(printed.iter().all(|p| p.starts_with("Python 3.13.") && *p == printed[0]), "{printed:?}");
    assert!(engine.exec(&built.image, &["uvicorn", "--version"]).starts_with("Running uvicorn"));
}
