//! Packages and builds that mean harm, or do it without meaning to: what they write ships nowhere, what they say moves no
//! terminal, and what they claim counts for nothing.

use super::super::docker::Engine;
use super::super::index::{Index, Wheel};
use super::super::indexes;
use super::super::on_any_store;
use super::super::project::Project;
use super::refused;

on_any_store!(packages_that_write, mounts_of_others, bytecode_of_a_step);

/// What the image is asked for: the victim as it is on disk, and as it runs.
const SERVICE: &str = "import victim\nprint(repr(open(victim.__file__).read()), victim.x, getattr(victim, 'POISON', None))\n";

/// Writes wherever it can, to files and descriptors, and leaves a process behind that goes on with it.
const ATTACKER: &str = r"
import glob, os, sys, time

def write():
    places = [p for p in sys.path if p.startswith('/app')] + ['/refined', '/finished', '/run/library', '/run/environment', '/var/cache/distil']
    for place in places:
        for path in glob.glob(place + '/**', recursive=True, include_hidden=True):
            if not path.endswith(('/victim.py', 'pyc', 'notes.json')):
                continue
            for act in (lambda: os.chmod(path, 0o666), lambda: open(path, 'a').write('\nPOISON = 1\n'), lambda: os.remove(path)):
                try:
                    act()
                except OSError:
                    pass

write()
for out in range(1, 1024):
    try:
        os.write(out, b'\x02\0\0\0ok')
    except OSError:
        pass
if not os.fork():
    os.setsid()
    for _ in range(600):
        write()
        time.sleep(0.1)
    os._exit(0)
";

fn packages_that_write(engine: &Engine) {
    let noise = "import sys; print('\\x1b[31m::error::PTH\\x1b]0;owned\\x07', flush=True)\n";
    let wheels = [
        Wheel::of("victim", "1.0", &[], "x = 1\n"),
        Wheel::of("attacker", "1.0", &[], ATTACKER),
        Wheel::of("rewriter", "1.0", &[], "import victim\nopen(victim.__file__, 'a').write('REWRITTEN = 1\\n')\n"),
        Wheel::of(
            "forger",
            "1.0",
            &[],
            "import os\nfor out in range(1, 1024):\n    try: os.write(out, b'\\x04\\0\\0\\0\\x30\\0ok')\n    except OSError: pass\nos._exit(0)\n",
        ),
        Wheel::of("painter", "1.0", &[], "raise ValueError('\\x1b[2Jgone')\n"),
        Wheel::bringing("noisy", "1.0", &[("noisy.pth", noise)]),
    ];
    let Some(index) = Index::serve(engine, None, &[("simple", &wheels)]) else { return };
    let url = format!("{}/simple", index.address);
    let needs = ["victim", "attacker", "rewriter", "forger", "painter", "noisy"];
    let project = indexes::project("attacked", &needs, &wheels, &url, &format!("indexes: [{{ name: corp, url: \"{url}\" }}]\n"));
    project.write("main.py", SERVICE);
    let built = project.build(engine, &[]).good();
    let texts = [
        "`rewriter` is not checked, because it does not import while the image is built: raises PermissionError: ",
        "`forger` is not checked, because it does not import while the image is built: ends the process with code 0",
        "`painter` is not checked, because it does not import while the image is built: raises ValueError: \\u{1b}[2Jgone",
    ];
    for text in texts {
        assert!(built.log.contains(text), "`{text}` is not in:\n{}", built.log);
    }
    assert!(!built.log.contains('\x1b'), "the log has raw escapes: {:?}", built.log);
    let said = engine.exec(&built.image, &["python", "main.py"]);
    assert!(said.ends_with("'x = 1\\n' 1 None"), "{said:?}");
}

/// A build of anything, on the same engine, writes to the cache mount that once held bytecode.
fn mounts_of_others(engine: &Engine) {
    let attack = "FROM python:3.13-slim-trixie\nRUN --mount=type=cache,id=bytecode-trixie,target=/kept \\\n    \
                  find /kept -type f -exec sh -c 'echo garbage > \"$1\"' sh {} ';'; mkfifo /kept/pipe || true\n";
    let attacker = Project::of(&[("Dockerfile", attack)]);
    let folder = attacker.folder().display().to_string();
    engine.docker(&["buildx", "build", "--no-cache", "--output=type=cacheonly", &folder]);
    let project = Project::copy("hello");
    let built = project.apart(engine).build(engine, &[]).good();
    let words = ["python", "-v", "-c", "import uvicorn, fastapi, hello.api; print('up')"];
    assert!(engine.exec(&built.image, &words).ends_with("up"));
}

/// A step of a recipe brings bytecode along that is none.
fn bytecode_of_a_step(engine: &Engine) {
    let project = Project::copy("hello");
    project.append("distil.yaml", "recipe: recipe.yaml\n");
    let recipe = "summary: Brings bytecode along\nextends: python/uv\nphases:\n  runtime.application:\n    after:\n      - name: Add bytecode\n        \
                  write: /app/.project/hello/__pycache__/api.cpython-313.pyc\n        text: garbage\n";
    project.write("recipe.yaml", recipe);
    refused(engine, &project, &["The bytecode /app/.project/hello/__pycache__/api.cpython-313.pyc is broken", "`--no-cache`"]);
}
