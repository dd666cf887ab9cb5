//! `runtime: minimal`: nothing but what the service needs, and of that all.

use std::path::Path;

use super::super::archive::Archive;
use super::super::docker::Engine;
use super::super::interpreter::{EXTENSIONS, MODULES};
use super::super::on_each_store;
use super::super::project::Project;

on_each_store!(serves, files, system);

/// What Python expects of the system around it.
const SYSTEM: &str = r"
import bz2, ctypes, getpass, locale, lzma, os, pwd, socket, sqlite3, ssl, tempfile, zoneinfo
from datetime import datetime

assert len(ssl.create_default_context().get_ca_certs()) > 50
assert zoneinfo.ZoneInfo('Asia/Tokyo').utcoffset(datetime(2026, 7, 1)).total_seconds() == 9 * 3600
assert len(zoneinfo.available_timezones()) > 400
assert {a[4][0] for a in socket.getaddrinfo('localhost', 80)} <= {'127.0.0.1', '::1'}
assert socket.gethostbyname('localhost') == '127.0.0.1'
assert sqlite3.connect(':memory:').execute('select 6 * 7').fetchone() == (42,)
assert ctypes.CDLL('libc.so.6').getuid() == os.getuid() == 65532
assert bz2.decompress(bz2.compress(b'x')) == lzma.decompress(lzma.compress(b'x')) == b'x'
assert pwd.getpwuid(65532).pw_dir == '/app' and os.path.expanduser('~') == '/tmp', os.path.expanduser('~')
with tempfile.NamedTemporaryFile() as file:
    assert file.name.startswith('/tmp/')
print('complete')
";

fn minimal() -> Project {
    let project = Project::copy("hello");
    project.append("distil.yaml", "runtime: minimal\n");
    project
}

fn serves(engine: &Engine) {
    let built = minimal().build(engine, &[]).good();
    let service = engine.serve(&built.image, 8000);
    let answer = service.get("/?name=distil");
    assert!(answer.contains(r#""hello":"distil""#) && answer.contains(r#""user":"65532""#), "{answer}");
    assert_eq!(engine.inspect(&built.image)["Config"]["User"], "65532:65532");
    for shell in ["sh", "/bin/sh", "bash", "/busybox/sh"] {
        let output = engine.run(Path::new("."), &["exec", &service.name, shell, "-c", "true"]);
        assert!(!output.status.success(), "{shell} is there");
    }
}

fn files(engine: &Engine) {
    let built = minimal().build(engine, &[]).good();
    let files = Archive::of(engine, &built.image);
    super::super::examples::sane(&files, &engine.inspect(&built.image)["Config"]);
    // What is executed is Python, the scripts of packages, and nothing else.
    let is_python = |name: &str| name.starts_with("python");
    let programs = files.paths(|f| f.is_in_bin() && !f.mode.starts_with('d') && !f.is_in("app/.venv") && !is_python(f.name()));
    assert_eq!(programs, [""; 0]);
    let temporary: Vec<_> = files.files.iter().filter(|f| f.path == "tmp").map(|f| (f.mode.as_str(), f.owner.as_str())).collect();
    assert_eq!(temporary, [("drwxrwxrwt", "0/0")]);
    for name in ["libc.so.6", "libssl.so.3", "libsqlite3.so.0"] {
        assert!(files.files.iter().any(|f| f.name() == name), "{name} is missing");
    }
    assert!(files.text("etc/passwd").lines().any(|l| l.split(':').nth(2) == Some("65532")));
    let records = files.paths(|f| f.is_in("var/lib/dpkg/status.d") && f.name().starts_with("libc6"));
    assert!(!records.is_empty(), "scanners know packages by their records");
}

fn system(engine: &Engine) {
    let built = minimal().build(engine, &[]).good();
    let run = |code: &str| engine.exec_with(&built.image, &["--tmpfs", "/tmp"], &["python", "-c", code]);
    assert_eq!(run(SYSTEM), "complete");
    assert_eq!(run(MODULES), "whole");
    assert_eq!(run(EXTENSIONS), "True []");
}
