//! Libraries that are opened by name: found without any tool of the system, brought like those that files need, and named with
//! their Debian package where they are nowhere.

use super::super::docker::Engine;
use super::super::project::Project;
use super::super::{on_any_store, on_each_store};
use super::refused;

on_each_store!(named);
on_any_store!(brought, missing, writes_a_page);

const REQUIREMENTS: &str = "psycopg==3.2.9\npython-magic==0.4.27\ncffi==1.17.1\npycparser==2.22\n";

/// The four ways to a library: psycopg's own, python-magic's, `find_library`, cffi.
const MAIN: &str = r"
import ctypes.util, cffi, magic, psycopg

assert psycopg.pq.__impl__ == 'python', psycopg.pq.__impl__
assert psycopg.pq.version() > 130000, psycopg.pq.version()
print(magic.from_buffer(b'%PDF-1.4\n').split(',')[0])
for name in ('z', 'c', 'pq', 'ssl'):
    library = ctypes.util.find_library(name)
    assert library and library.startswith(f'lib{name}.so.'), (name, library)
    ctypes.CDLL(library)
assert ctypes.util.find_library('nothing-of-the-kind') is None
ffi = cffi.FFI()
ffi.cdef('const char *zlibVersion(void);')
print(ffi.string(ffi.dlopen('libz.so.1').zlibVersion()).decode().split('.')[0])
";

fn project(spec: &str) -> Project {
    let spec = format!("# syntax=distil/distil:1\npython: \"3.13\"\ncopy: [main.py]\ncommand: [python, main.py]\n{spec}");
    Project::of(&[("requirements.txt", REQUIREMENTS), ("main.py", MAIN), ("distil.yaml", &spec)])
}

#[track_caller]
fn works(engine: &Engine, spec: &str) {
    let built = project(spec).new_code("main.py").build(engine, &["--no-cache-filter", "packages-proof"]).good();
    assert_eq!(engine.exec(&built.image, &["python", "main.py"]), "PDF document\n1", "{spec}");
    assert!(!built.log.contains("is not checked, because"), "{}", built.log);
    assert!(built.log.contains("modules import"), "{}", built.log);
    assert!(!built.log.contains("which the command loads, raises"), "{}", built.log);
}

fn named(engine: &Engine) {
    for runtime in ["distroless", "minimal"] {
        works(engine, &format!("runtime: {runtime}\napt: {{ runtime: [libpq5, libmagic1t64] }}\n"));
    }
}

/// What the builder has comes along without being named, with the files that it reads.
fn brought(engine: &Engine) {
    for runtime in ["distroless", "minimal"] {
        works(engine, &format!("runtime: {runtime}\napt: {{ build: [libpq-dev, libmagic-dev] }}\n"));
    }
}

fn missing(engine: &Engine) {
    let texts = [
        "the package psycopg needs libpq.so.5, which neither the runtime nor the builder has",
        "help: add it to the spec: `apt: { runtime: [libpq5] }`",
        "the package python-magic needs libmagic.so.1",
        "`apt: { runtime: [libmagic1t64] }`",
    ];
    for runtime in ["minimal", "slim"] {
        refused(engine, &project(&format!("runtime: {runtime}\n")), &texts);
    }
    works(engine, "runtime: slim\napt: { runtime: [libpq5, libmagic1t64] }\n");
}

/// `WeasyPrint` opens six libraries by name, which need fonts and their settings.
fn writes_a_page(engine: &Engine) {
    let main = "import weasyprint\n\
                page = weasyprint.HTML(string='<h1>Good day</h1>').write_pdf(uncompressed_pdf=True)\n\
                print(page[:5].decode(), b'FontFile' in page)\n";
    let spec = "# syntax=distil/distil:1\npython: \"3.13\"\ncopy: [main.py]\ncommand: [python, main.py]\n\
                apt: { runtime: [libpango-1.0-0, libpangoft2-1.0-0, libharfbuzz-subset0] }\n";
    let project = Project::of(&[("requirements.txt", "weasyprint==65.1\n"), ("main.py", main), ("distil.yaml", spec)]);
    let built = project.build(engine, &[]).good();
    assert_eq!(engine.exec_with(&built.image, &["--tmpfs", "/tmp"], &["python", "main.py"]), "%PDF- True");
}
