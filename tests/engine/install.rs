//! Packages that are built where they are installed, and packages that a cache has in another form than the index: two builds of the
//! same sources at once, what is said where a tool is missing, and that nothing ships which somebody wrote into uv's cache.

use std::fs;
use std::thread;

use super::archive::Archive;
use super::docker::{Built, Engine};
use super::index::{Index, Wheel};
use super::indexes::project;
use super::on_any_store;
use super::project::Project;

on_any_store!(two_builds_of_one_sdist, missing_compiler, missing_header, wrong_hash, unreachable_index, changed_cache);

/// Builds a wheel with one module in C, and takes its time.
const BACKEND: &str = r#"
import base64, hashlib, subprocess, sys, sysconfig, time, zipfile

def build_wheel(folder, settings=None, metadata=None):
    library = "_slow" + sysconfig.get_config_var("EXT_SUFFIX")
    time.sleep(float(open("seconds").read()))
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, "slow.c"], check=True)
    info = "slow-1.0.dist-info"
    files = {
        library: open(library, "rb").read(),
        "slow.py": b"import ctypes, pathlib\nWORDS = ctypes.CDLL(str(next(pathlib.Path(__file__).parent.glob('_slow*')))).answer()\n",
        info + "/METADATA": b"Metadata-Version: 2.1\nName: slow\nVersion: 1.0\n",
        info + "/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: py3-none-any\n",
    }
    listed = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    record = "".join(f"{name},sha256={listed(data)},{len(data)}\n" for name, data in files.items()) + info + "/RECORD,,\n"
    name = "slow-1.0-py3-none-any.whl"
    with zipfile.ZipFile(folder + "/" + name, "w") as wheel:
        for path, data in [*files.items(), (info + "/RECORD", record)]:
            wheel.writestr(path, data)
    return name
"#;

const PYPROJECT: &str = "[project]\nname = \"slow\"\nversion = \"1.0\"\n\n\
                         [build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n";

/// The package of sources in C.
fn slow(code: &str, seconds: u32) -> Wheel {
    let seconds = seconds.to_string();
    Wheel::source("slow", "1.0", &[("pyproject.toml", PYPROJECT), ("backend.py", BACKEND), ("slow.c", code), ("seconds", &seconds)])
}

/// A cache of this test's own, whatever the engine's holds.
fn namespace(engine: &Engine, project: &Project) -> String {
    let name = project.folder().file_name().and_then(|n| n.to_str()).expect("we gave it a plain name");
    format!("--build-arg=BUILDKIT_CACHE_MOUNT_NS={name}-{}", engine.store.word())
}

fn needing_slow(engine: &Engine, code: &str, seconds: u32, spec: &str) -> Option<(Index, Project)> {
    let wheels = [slow(code, seconds), Wheel::of("greeting", "1.0", &["slow"], "import slow\nWORDS = slow.WORDS\n")];
    let index = Index::serve(engine, None, &[("simple", &wheels)])?;
    let url = format!("{}/simple", index.address);
    let project = project("compiled", &["greeting", "slow"], &wheels, &url, spec);
    Some((index, project))
}

fn two_builds_of_one_sdist(engine: &Engine) {
    let apt = "apt: { build: [gcc, libc6-dev] }\n";
    let Some((_index, first)) = needing_slow(engine, "int answer(void) { return 42; }\n", 25, apt) else { return };
    let files = ["pyproject.toml", "uv.lock", "main.py", "distil.yaml"].map(|f| (f, fs::read_to_string(first.path(f)).expect("it has it")));
    let second = Project::of(&files.each_ref().map(|(name, text)| (*name, text.as_str())));
    let cache = namespace(engine, &first);
    // Steps of their own, and one cache between them.
    first.apart(engine);
    second.apart(engine);
    let other = thread::scope(|scope| {
        let other = scope.spawn(|| {
            let engine = Engine::any();
            let built = second.build(&engine, &[&cache]).good();
            let answer = engine.serve(&built.image, 8000).get("/");
            assert!(answer.ends_with("42"), "{answer}");
            built.log
        });
        let built = first.build(engine, &[&cache]).good();
        let answer = engine.serve(&built.image, 8000).get("/");
        assert!(answer.ends_with("42"), "{answer}");
        [built.log, other.join().expect("the other build is as good")]
    });
    assert!(other.iter().any(|log| log.contains("still building slow 1.0")), "nothing shows that a build lives:\n{}", other[0]);
}

/// What a failed build ends with, as far as Docker repeats it.
fn last_words(built: &Built) -> String {
    assert!(!built.good, "{}", built.log);
    let repeated = built.log.rsplit_once("------\n > [").map_or("", |(_, rest)| rest);
    repeated.split("------").next().unwrap_or_default().to_owned()
}

fn missing_compiler(engine: &Engine) {
    let Some((_index, project)) = needing_slow(engine, "int answer(void) { return 42; }\n", 0, "") else { return };
    let built = project.build(engine, &[&namespace(engine, &project)]);
    let said = last_words(&built);
    for words in ["`slow==1.0` cannot be built here: `gcc` is missing", "add it to the spec: `apt: { build: [gcc, libc6-dev] }`"] {
        assert!(said.contains(words), "`{words}` is not in:\n{said}\n{}", built.log);
    }
}

fn missing_header(engine: &Engine) {
    let code = "#include <libpq-fe.h>\nint answer(void) { return 42; }\n";
    let Some((_index, project)) = needing_slow(engine, code, 0, "apt: { build: [gcc, libc6-dev] }\n") else { return };
    let built = project.build(engine, &[&namespace(engine, &project)]);
    let said = last_words(&built);
    for words in ["the header `libpq-fe.h` is missing", "add it to the spec: `apt: { build: [libpq-dev] }`"] {
        assert!(said.contains(words), "`{words}` is not in:\n{said}\n{}", built.log);
    }
}

/// What a terminal of 80 by 24 shows at the end of a failed build, as one text.
fn screen(built: &Built) -> String {
    let mut rows: Vec<&str> = vec![];
    for line in built.log.trim_end().lines().rev() {
        let width = line.chars().count().div_ceil(80).max(1);
        if rows.len() + width > 24 {
            break;
        }
        // A line of several rows takes as many.
        rows.extend(std::iter::once(line).chain(std::iter::repeat_n("", width - 1)));
    }
    rows.reverse();
    rows.join("\n")
}

/// The user's own line, what the installer said, what helps, and at the end what was tried.
#[track_caller]
fn shows_the_cause(built: &Built, texts: &[&str]) {
    let screen = screen(built);
    for text in texts.iter().chain(&["pyproject.toml:", ">>> dependencies"]) {
        assert!(screen.contains(text), "`{text}` is not in:\n{screen}");
    }
    let (_, last) = screen.rsplit_once("ERROR: ").expect("an error");
    assert!(last.contains("`Install the locked dependencies` failed with exit code") && !last.contains("uv sync"), "{last}");
    assert!(!screen.contains("recipe.yaml") && screen.matches(">>>").count() == 1, "{screen}");
}

fn wrong_hash(engine: &Engine) {
    let wheels = [Wheel::of("greeting", "1.0", &[], "WORDS = 1\n")];
    let Some(index) = Index::serve(engine, None, &[("simple", &wheels)]) else { return };
    let project = project("hashed", &["greeting"], &wheels, &format!("{}/simple", index.address), "");
    let hash = wheels[0].hash();
    let (start, end) = hash.split_at(hash.len() - 1);
    project.replace("uv.lock", &hash, &format!("{start}{}", if end == "0" { "1" } else { "0" }));
    let built = project.build(engine, &[&namespace(engine, &project)]);
    // The lock's own line is shown, and not the one that asks for all of it.
    let screen = screen(&built);
    let texts = ["error[failed-install]: the file for `greeting==1.0` does not match its hash", "lock that package anew", ">>> source = "];
    for text in texts.into_iter().chain(["failed over `greeting`", "uv.lock:"]) {
        assert!(screen.contains(text), "`{text}` is not in:\n{screen}");
    }
    assert!(!screen.contains("pyproject.toml:"), "{screen}");
}

fn unreachable_index(engine: &Engine) {
    let wheels = [Wheel::of("greeting", "1.0", &[], "WORDS = 1\n")];
    let Some(index) = Index::serve(engine, None, &[("simple", &wheels)]) else { return };
    let project = project("nowhere", &["greeting"], &wheels, "http://index.distil.invalid/simple", "");
    drop(index);
    let built = project.build(engine, &[&namespace(engine, &project)]);
    shows_the_cause(&built, &["error[failed-install]: `index.distil.invalid` ", "HTTPS_PROXY"]);
}

fn changed_cache(engine: &Engine) {
    let wheels = [Wheel::of("greeting", "1.0", &[], "WORDS = 'from the index'\n")];
    let Some(index) = Index::serve(engine, None, &[("simple", &wheels)]) else { return };
    let project = project("shared", &["greeting"], &wheels, &format!("{}/simple", index.address), "");
    let cache = namespace(engine, &project);
    project.apart(engine).build(engine, &[&cache]).good();

    // What any build on the engine can do: it names the cache, and writes to it. (One without cache would empty it first; this one
    // is another in every run of the test.)
    let poison = format!(
        "FROM python:3.13-slim-trixie\nRUN --mount=type=cache,id=uv,target=/cache \
                  : '{cache}'; file=$(find /cache -path '*archive*' -name greeting.py) && sed -i 's/from the index/from a stranger/' \"$file\" && \
                  echo 'import os' > \"${{file%.py}}_start.pth\" && grep stranger \"$file\"\n"
    );
    project.write("Dockerfile.other", &poison);
    let other = engine.run(project.folder(), &["buildx", "build", &cache, "-f", "Dockerfile.other", "."]);
    assert!(other.status.success(), "{}", String::from_utf8_lossy(&other.stderr));

    project.remove("Dockerfile.other").append("distil.yaml", "labels: { one: more }\n");
    project.replace("distil.yaml", "DISTIL_TEST: ", "DISTIL_TEST: again-");
    let built = project.build(engine, &[&cache]).good();
    assert!(built.log.contains("warning[altered-package]: "), "{}", built.log);
    assert!(built.log.contains("greeting.py is not what greeting lists, and one more file is wrong; made anew"), "{}", built.log);
    let answer = engine.serve(&built.image, 8000).get("/");
    assert!(answer.ends_with("\"from the index\""), "{answer}");
    let files = Archive::of(engine, &built.image);
    assert_eq!(files.paths(|f| f.name() == "greeting_start.pth"), [""; 0]);

    // And the cache is good again.
    project.replace("distil.yaml", "DISTIL_TEST: ", "DISTIL_TEST: once-");
    let built = project.build(engine, &[&cache]).good();
    assert!(!built.log.contains("made anew"), "{}", built.log);
}
