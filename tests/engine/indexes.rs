//! Package indexes besides PyPI: one with a login, of which nothing may be left anywhere, and one that has another build of PyTorch.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::archive::Archive;
use super::docker::{Built, Engine};
use super::index::{Index, Wheel, base64, sha256};
use super::project::Project;
use super::{on_any_store, on_each_store};

on_each_store!(login, wrong_login, no_login, torch_for_cpu, torch_for_cuda, torch_behind_login);
on_any_store!(login_of_pip, login_of_poetry, torch_of_poetry, torch_of_pip, torch_of_loose_pip);

const PASSWORD: &str = "Zq7-correct-horse-91";

const SERVICE: &str = r#"
import http.server, json, greeting

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(greeting.WORDS).encode())

http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"#;

/// A project that needs some of the wheels, with the lock that uv would write for it.
pub(super) fn project(name: &str, needs: &[&str], wheels: &[Wheel], index: &str, spec: &str) -> Project {
    let listed: Vec<_> = needs.iter().map(|n| format!("\"{n}\"")).collect();
    let pyproject =
        format!("[project]\nname = \"{name}\"\nversion = \"1.0\"\nrequires-python = \">=3.11\"\ndependencies = [{}]\n", listed.join(", "));
    let edges = needs.iter().map(|n| format!("    {{ name = \"{n}\" }},\n")).collect::<Vec<_>>().concat();
    let asked: Vec<_> = needs.iter().map(|n| format!("{{ name = \"{n}\" }}")).collect();
    let locked: String = wheels.iter().map(|w| w.locked(index)).collect();
    let own = format!(
        "\n[[package]]\nname = \"{name}\"\nversion = \"1.0\"\nsource = {{ virtual = \".\" }}\ndependencies = [\n{edges}]\n\n\
         [package.metadata]\nrequires-dist = [{}]\n",
        asked.join(", ")
    );
    let lock = format!("version = 1\nrevision = 3\nrequires-python = \">=3.11\"\n{locked}{own}");
    let spec = format!("# syntax=distil/distil:1\ncommand: [python, main.py]\nexpose: [8000]\n{spec}");
    Project::of(&[("pyproject.toml", &pyproject), ("uv.lock", &lock), ("main.py", SERVICE), ("distil.yaml", &spec)])
}

/// A service whose one dependency is behind a login, and its build with some login.
fn private(engine: &Engine, secret: Option<&str>) -> Option<(Index, Built)> {
    let wheels = [Wheel::of("greeting", "1.0", &[], "WORDS = 'from the company'\n")];
    let index = Index::serve(engine, Some(&format!("deploy:{PASSWORD}")), &[("simple", &wheels)])?;
    let url = format!("{}/simple", index.address);
    let spec = format!("indexes: [{{ name: corp, url: \"{url}\", secret: corp-login }}]\n");
    let project = project("private", &["greeting"], &wheels, &url, &spec);
    // Beside the project and not in it: what is in a project ships.
    let file = project.folder().with_extension("login");
    let built = match secret {
        Some(secret) => {
            fs::write(&file, secret).expect("our own folder can be written to");
            let built = project.build(engine, &[&format!("--secret=id=corp-login,src={}", file.display())]);
            fs::remove_file(&file).expect("it was just written");
            built
        }
        None => project.build(engine, &[]),
    };
    Some((index, built))
}

fn login(engine: &Engine) {
    let login = format!("deploy:{PASSWORD}");
    let Some((_index, built)) = private(engine, Some(&login)) else { return };
    let built = built.good();
    let answer = engine.serve(&built.image, 8000).get("/");
    assert!(answer.ends_with("\"from the company\""), "{answer}");

    let traces = [PASSWORD.to_owned(), base64(PASSWORD.as_bytes()), base64(login.as_bytes())];
    let traces = [&traces[..], &[sha256(PASSWORD.as_bytes()), sha256(login.as_bytes())]].concat();
    let clean = |place: &str, content: &[u8]| {
        for trace in &traces {
            let found = content.windows(trace.len()).any(|w| w == trace.as_bytes());
            assert!(!found, "{place} has `{trace}`");
        }
    };
    clean("the log", built.log.as_bytes());
    clean("the history", engine.docker(&["history", "--no-trunc", &built.image]).as_bytes());
    clean("the config", engine.inspect(&built.image).to_string().as_bytes());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-saved", built.image));
    fs::create_dir_all(&folder).expect("our own folder can be written to");
    let archive = folder.join("image.tar");
    engine.docker(&["save", "--output", archive.to_str().expect("our own folders are text"), &built.image]);
    assert!(Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&folder).status().expect("there is tar").success());
    fs::remove_file(&archive).expect("it was just written");
    let (mut folders, mut searched, mut ours) = (vec![folder.clone()], 0, false);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("it was just made") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut content = fs::read(&path).expect("it can be read");
            assert!(
                !content.starts_with(b"\x28\xb5\x2f\xfd"),
                "the layer {} is packed in a way that this test cannot read",
                path.display()
            );
            if content.starts_with(b"\x1f\x8b") {
                content = Command::new("gzip").arg("-dc").arg(&path).output().expect("there is gzip").stdout;
            }
            ours |= content.windows(16).any(|w| w == b"from the company");
            clean(&path.display().to_string(), &content);
            searched += 1;
        }
    }
    fs::remove_dir_all(&folder).expect("it was just made");
    assert!(searched > 4 && ours, "{searched} files were searched, and the package's own text was {ours} among them");
}

/// Builds a project whose one dependency is behind a login, in files of another manager than uv.
fn private_of(engine: &Engine, files: impl Fn(&Wheel, &str) -> Vec<(&'static str, String)>) -> Option<(Index, Built)> {
    let wheels = [Wheel::of("greeting", "1.0", &[], "WORDS = 'from the company'\n")];
    let index = Index::serve(engine, Some(&format!("deploy:{PASSWORD}")), &[("simple", &wheels)])?;
    let url = format!("{}/simple", index.address);
    // The second has no login of its own and nothing that is asked for.
    let indexes =
        format!("indexes: [{{ name: corp, url: \"{url}\", secret: corp-login }}, {{ name: pypi, url: \"{url}\", secret: corp-login }}]\n");
    let spec = format!("# syntax=distil/distil:1\npython: \"3.13\"\ncommand: [python, main.py]\nexpose: [8000]\n{indexes}");
    let files = files(&wheels[0], &url);
    let own = [("main.py", SERVICE), ("distil.yaml", &spec)];
    let all: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).chain(own).collect();
    let project = Project::of(&all);
    let file = project.folder().with_extension("login");
    fs::write(&file, format!("deploy:{PASSWORD}")).expect("our own folder can be written to");
    let built = project.build(engine, &[&format!("--secret=id=corp-login,src={}", file.display())]);
    fs::remove_file(&file).expect("it was just written");
    Some((index, built))
}

fn login_of_pip(engine: &Engine) {
    let files = |wheel: &Wheel, _: &str| vec![("requirements.txt", format!("greeting==1.0 --hash={}\n", wheel.hash()))];
    let Some((_index, built)) = private_of(engine, files) else { return };
    let built = built.good();
    assert_eq!(installed(engine, &built), ["greeting-1.0"]);
    let answer = engine.serve(&built.image, 8000).get("/");
    assert!(answer.ends_with("\"from the company\""), "{answer}");
}

fn login_of_poetry(engine: &Engine) {
    let files = |wheel: &Wheel, url: &str| {
        let project = "[tool.poetry]\nname = \"private\"\nversion = \"1.0\"\npackage-mode = false\n\n\
                       [tool.poetry.dependencies]\npython = \"^3.11\"\ngreeting = \"1.0\"\n";
        let counts =
            r#"{"dependencies": {"greeting": "1.0", "python": "^3.11"}, "dev-dependencies": null, "extras": null, "source": null}"#;
        let lock = format!(
            "[[package]]\nname = \"greeting\"\nversion = \"1.0\"\noptional = false\npython-versions = \"*\"\nfiles = [\n    \
             {{file = \"{}\", hash = \"{}\"}},\n]\n\n[package.source]\ntype = \"legacy\"\nurl = \"{url}\"\nreference = \"corp\"\n\n\
             [metadata]\nlock-version = \"2.0\"\npython-versions = \"^3.11\"\ncontent-hash = \"{}\"\n",
            wheel.file(),
            wheel.hash(),
            sha256(counts.as_bytes())
        );
        vec![("pyproject.toml", project.to_owned()), ("poetry.lock", lock)]
    };
    let Some((_index, built)) = private_of(engine, files) else { return };
    let built = built.good();
    assert_eq!(installed(engine, &built), ["greeting-1.0"]);
    let answer = engine.serve(&built.image, 8000).get("/");
    assert!(answer.ends_with("\"from the company\""), "{answer}");
}

fn wrong_login(engine: &Engine) {
    let Some((_index, built)) = private(engine, Some("deploy:wrong-guess-55")) else { return };
    assert!(!built.good, "{}", built.log);
    assert!(["401", "nauthorized"].iter().any(|t| built.log.contains(t)) && built.log.contains("greeting"), "{}", built.log);
    assert!(!built.log.contains("wrong-guess-55"), "the log has the password:\n{}", built.log);
}

fn no_login(engine: &Engine) {
    let Some((_index, built)) = private(engine, None) else { return };
    assert!(!built.good && built.log.contains("corp-login"), "{}", built.log);
}

/// What a lock has that is for CUDA, and what the index of builds for the processor has.
fn wheels_of_torch() -> ([Wheel; 5], [Wheel; 1]) {
    let locked = [
        Wheel::of("filelock", "3.20.0", &[], "\n"),
        Wheel::of("nvidia-cublas-cu12", "12.8.4", &[], "\n"),
        Wheel::of("torch", "2.9.0", &["filelock", "nvidia-cublas-cu12", "triton"], "BUILD = 'cuda'\n"),
        Wheel::of("triton", "3.5.0", &[], "\n"),
        Wheel::of("greeting", "1.0", &["torch"], "import torch\nWORDS = torch.BUILD\n"),
    ];
    (locked, [Wheel::of("torch", "2.9.0+cpu", &["filelock"], "BUILD = 'cpu'\n")])
}

/// A project that needs PyTorch, as the lock has it: for CUDA; the index named `torch` has another build.
fn torch(engine: &Engine, login: Option<&str>, spec: &str) -> Option<(Index, Built)> {
    let (locked, cpu) = wheels_of_torch();
    let index = Index::serve(engine, login, &[("simple", &locked), ("cpu", &cpu)])?;
    let url = format!("{}/simple", index.address);
    let secret = if login.is_some() { ", secret: corp-login" } else { "" };
    let corp = format!("{{ name: corp, url: \"{url}\"{secret} }}");
    // Without `torch: cpu` nothing would look there, which is refused.
    let cpu =
        if spec.contains("torch: cpu") { format!(", {{ name: torch, url: \"{}/cpu\"{secret} }}", index.address) } else { String::new() };
    let spec = format!("indexes: [{corp}{cpu}]\n{spec}");
    let project = project("model", &["greeting", "torch"], &locked, &url, &spec);
    let file = project.folder().with_extension("login");
    fs::write(&file, login.unwrap_or_default()).expect("our own folder can be written to");
    let built = project.build(engine, &[&format!("--secret=id=corp-login,src={}", file.display())]);
    fs::remove_file(&file).expect("it was just written");
    Some((index, built))
}

fn installed(engine: &Engine, built: &Built) -> Vec<String> {
    let files = Archive::of(engine, &built.image);
    let infos = files.paths(|f| f.name().ends_with(".dist-info") && f.is_in("app/.venv"));
    let mut names: Vec<_> = infos.iter().filter_map(|p| Some(p.rsplit('/').next()?.strip_suffix(".dist-info")?.to_owned())).collect();
    names.sort();
    names
}

fn torch_for_cpu(engine: &Engine) {
    let Some((_index, built)) = torch(engine, None, "torch: cpu\n") else { return };
    let built = built.good();
    assert_eq!(installed(engine, &built), ["filelock-3.20.0", "greeting-1.0", "torch-2.9.0+cpu"]);
    let answer = engine.serve(&built.image, 8000).get("/");
    assert!(answer.ends_with("\"cpu\""), "{answer}");
    assert!(!built.log.contains("PyTorch for CUDA"), "{}", built.log);
}

fn torch_behind_login(engine: &Engine) {
    let login = format!("deploy:{PASSWORD}");
    let Some((_index, built)) = torch(engine, Some(&login), "torch: cpu\n") else { return };
    let built = built.good();
    assert_eq!(installed(engine, &built), ["filelock-3.20.0", "greeting-1.0", "torch-2.9.0+cpu"]);
}

fn torch_for_cuda(engine: &Engine) {
    let Some((_index, built)) = torch(engine, None, "") else { return };
    let built = built.good();
    let all = ["filelock-3.20.0", "greeting-1.0", "nvidia_cublas_cu12-12.8.4", "torch-2.9.0", "triton-3.5.0"];
    assert_eq!(installed(engine, &built), all);
    for text in ["has PyTorch for CUDA: 2 packages", "torch: cpu"] {
        assert!(built.log.contains(text), "`{text}` is not in:\n{}", built.log);
    }
}

/// Builds a project that needs PyTorch, in files of another manager than uv, and looks at what is installed.
fn torch_of(engine: &Engine, files: impl Fn(&[Wheel], &str) -> Vec<(&'static str, String)>) {
    let (locked, cpu) = wheels_of_torch();
    let Some(index) = Index::serve(engine, None, &[("simple", &locked), ("cpu", &cpu)]) else { return };
    let url = format!("{}/simple", index.address);
    let indexes = format!("indexes: [{{ name: pypi, url: \"{url}\" }}, {{ name: torch, url: \"{}/cpu\" }}]\n", index.address);
    let spec = format!("# syntax=distil/distil:1\npython: \"3.13\"\ncommand: [python, main.py]\nexpose: [8000]\ntorch: cpu\n{indexes}");
    let files = files(&locked, &url);
    let own = [("main.py", SERVICE), ("distil.yaml", &spec)];
    let all: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).chain(own).collect();
    let built = Project::of(&all).build(engine, &[]).good();
    assert_eq!(installed(engine, &built), ["filelock-3.20.0", "greeting-1.0", "torch-2.9.0+cpu"]);
    let answer = engine.serve(&built.image, 8000).get("/");
    assert!(answer.ends_with("\"cpu\""), "{answer}");
}

fn torch_of_poetry(engine: &Engine) {
    torch_of(engine, |wheels, url| {
        let project = "[tool.poetry]\nname = \"model\"\nversion = \"1.0\"\npackage-mode = false\n\n\
                       [tool.poetry.dependencies]\npython = \"^3.11\"\ngreeting = \"1.0\"\ntorch = \"2.9.0\"\n";
        let counts = r#"{"dependencies": {"greeting": "1.0", "python": "^3.11", "torch": "2.9.0"}, "dev-dependencies": null, "extras": null, "source": null}"#;
        let package = |wheel: &Wheel| {
            let needs = match wheel.name.as_str() {
                "torch" => "[package.dependencies]\nfilelock = \"*\"\nnvidia-cublas-cu12 = \"*\"\ntriton = \"*\"\n\n",
                "greeting" => "[package.dependencies]\ntorch = \"*\"\n\n",
                _ => "",
            };
            format!(
                "[[package]]\nname = \"{}\"\nversion = \"{}\"\noptional = false\npython-versions = \"*\"\nfiles = [\n    \
                 {{file = \"{}\", hash = \"{}\"}},\n]\n\n{needs}[package.source]\ntype = \"legacy\"\nurl = \"{url}\"\nreference = \"corp\"\n\n",
                wheel.name,
                wheel.version,
                wheel.file(),
                wheel.hash()
            )
        };
        let packages: String = wheels.iter().map(package).collect();
        let hash = sha256(counts.as_bytes());
        let lock = format!("{packages}[metadata]\nlock-version = \"2.0\"\npython-versions = \"^3.11\"\ncontent-hash = \"{hash}\"\n");
        vec![("pyproject.toml", project.to_owned()), ("poetry.lock", lock)]
    });
}

fn torch_of_pip(engine: &Engine) {
    torch_of(engine, |wheels, _| {
        let line = |wheel: &Wheel| {
            let via = if matches!(wheel.name.as_str(), "torch" | "greeting") { "-r requirements.in" } else { "torch" };
            format!("{}=={} \\\n    --hash={}\n    # via {via}\n", wheel.name, wheel.version, wheel.hash())
        };
        let head =
            "# This file was autogenerated by uv via the following command:\n#    uv pip compile requirements.in -o requirements.txt\n";
        vec![("requirements.txt", head.to_owned() + &wheels.iter().map(line).collect::<String>())]
    });
}

/// What is resolved finds the build that is there, and does not put another in its place.
fn torch_of_loose_pip(engine: &Engine) {
    torch_of(engine, |_, _| vec![("requirements.txt", "greeting==1.0\ntorch==2.9.0\n".to_owned())]);
}
