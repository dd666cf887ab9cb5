//! What is compared: the table of cases. A case is a folder of files, one Dockerfile, and one or more specs of ours.

use crate::checkout;

/// Something to build in two ways.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// The context, from the repository's root.
    pub(crate) folder: &'static str,
    /// The Dockerfile, from the repository's root.
    pub(crate) dockerfile: &'static str,
    /// The Dockerfile's last line, `CMD`, where it has none itself.
    pub(crate) command: Option<&'static str>,
    pub(crate) specs: &'static [Spec],
    /// The file of the application that an edit adds a comment to.
    pub(crate) edit: &'static str,
    /// The project's name and version, where it has one.
    pub(crate) version: Option<Version>,
    /// Whether a `light.lock` lies beside the lock, which has one light dependency in another version.
    pub(crate) light: bool,
    /// How a round begins.
    pub(crate) start: Start,
    /// What is asked for on port 8000.
    pub(crate) get: &'static str,
    /// Whether it is held to the bars; the others are only shown.
    pub(crate) held: bool,
    /// Whether it installs from the index that the bench serves.
    pub(crate) index: bool,
}

/// How a build from the start is had.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// By a mark, which makes what is installed new to the engine and leaves cache mounts as they are.
    Marked,
    /// By `--no-cache`, where there is nothing to install.
    NoCache,
}

/// One spec of a case.
pub(crate) struct Spec {
    pub(crate) file: &'static str,
    /// The runtime's name, for the table.
    pub(crate) runtime: &'static str,
    /// The largest good ratio of sizes.
    pub(crate) size_bar: Option<f64>,
}

/// A project's version.
pub(crate) struct Version {
    pub(crate) project: &'static str,
    pub(crate) number: &'static str,
    /// From the context.
    pub(crate) manifest: &'static str,
    /// The lock that has it as well.
    pub(crate) lock: Option<&'static str>,
}

const fn spec(runtime: &'static str, size_bar: Option<f64>) -> Spec {
    Spec { file: "distil.yaml", runtime, size_bar }
}

const fn version(project: &'static str, number: &'static str) -> Version {
    Version { project, number, manifest: "pyproject.toml", lock: Some("uv.lock") }
}

const DISTROLESS: &[Spec] = &[spec("distroless", None)];
const SLIM: &[Spec] = &[spec("slim", None)];

/// What examples have in common.
const EXAMPLE: Case = Case {
    name: "",
    what: "",
    folder: "",
    dockerfile: "",
    command: None,
    specs: DISTROLESS,
    edit: "",
    version: None,
    light: false,
    start: Start::Marked,
    get: "/",
    held: false,
    index: false,
};

/// What sets of dependencies have in common.
const SET: Case = Case { dockerfile: "benches/sets/Dockerfile", light: true, get: "/healthz", held: true, ..EXAMPLE };

/// All cases, in the order in which they run and are shown.
pub(crate) const CASES: &[Case] = &[
    Case {
        name: "fastapi",
        what: "The project of uv's own Docker example: fastapi[standard], 42 packages",
        folder: "benches/sets/fastapi",
        command: Some(r#"["uvicorn", "orders.api:app", "--host", "0.0.0.0"]"#),
        specs: &[spec("distroless", Some(0.5)), Spec { file: "distil.minimal.yaml", runtime: "minimal", size_bar: Some(0.4) }],
        edit: "src/orders/api.py",
        version: Some(version("orders", "1.0.0")),
        ..SET
    },
    Case {
        name: "plain",
        what: "FastAPI and uvicorn without extras",
        folder: "benches/sets/plain",
        command: Some(r#"["uvicorn", "plain_api.api:app", "--host", "0.0.0.0"]"#),
        specs: &[spec("distroless", None), Spec { file: "distil.minimal.yaml", runtime: "minimal", size_bar: None }],
        edit: "src/plain_api/api.py",
        version: Some(version("plain-api", "1.0.0")),
        ..SET
    },
    Case {
        name: "science",
        what: "A small server with numpy, pandas, scipy and scikit-learn",
        folder: "benches/sets/science",
        command: Some(r#"["uvicorn", "forecast.api:app", "--host", "0.0.0.0"]"#),
        specs: &[spec("distroless", Some(0.6))],
        edit: "src/forecast/api.py",
        version: Some(version("forecast", "1.0.0")),
        ..SET
    },
    Case {
        name: "boto3",
        what: "boto3 and the standard library's server",
        folder: "benches/sets/boto3",
        command: Some(r#"["python", "-m", "uploads"]"#),
        edit: "src/uploads/__main__.py",
        version: Some(version("uploads", "1.0.0")),
        ..SET
    },
    Case {
        name: "grpcio",
        what: "A gRPC server with its health service",
        folder: "benches/sets/grpcio",
        command: Some(r#"["python", "-m", "greeter"]"#),
        edit: "src/greeter/__main__.py",
        version: Some(version("greeter", "1.0.0")),
        ..SET
    },
    Case {
        name: "torch",
        what: "A stand-in for the CPU build of PyTorch, with its real dependencies",
        folder: "benches/sets/torch",
        command: Some(r#"["uvicorn", "embed.api:app", "--host", "0.0.0.0"]"#),
        edit: "src/embed/api.py",
        version: Some(version("embed", "1.0.0")),
        index: true,
        ..SET
    },
    Case {
        name: "hello",
        what: "examples/hello: FastAPI, a project with a build system",
        folder: "examples/hello",
        dockerfile: "benches/examples/hello.Dockerfile",
        edit: "src/hello/api.py",
        version: Some(version("hello", "0.1.0")),
        get: "/healthz",
        ..EXAMPLE
    },
    Case {
        name: "flat",
        what: "examples/flat: Starlette, a project without a build system",
        folder: "examples/flat",
        dockerfile: "benches/examples/flat.Dockerfile",
        specs: SLIM,
        edit: "main.py",
        version: Some(version("flat", "1.0.0")),
        ..EXAMPLE
    },
    Case {
        name: "pip",
        what: "examples/pip: one file and a requirements.txt",
        folder: "examples/pip",
        dockerfile: "benches/examples/pip.Dockerfile",
        edit: "app.py",
        ..EXAMPLE
    },
    Case {
        name: "poetry",
        what: "examples/poetry: Flask, locked by Poetry",
        folder: "examples/poetry",
        dockerfile: "benches/examples/poetry.Dockerfile",
        edit: "crew/web.py",
        version: Some(Version { project: "crew", number: "2.0.0", manifest: "pyproject.toml", lock: None }),
        ..EXAMPLE
    },
    Case {
        name: "workspace",
        what: "examples/workspace: one service of a workspace, with a Debian package and a step of its own",
        folder: "examples/workspace",
        dockerfile: "benches/examples/workspace.Dockerfile",
        edit: "services/api/src/acme/api/__init__.py",
        version: Some(Version { project: "acme-api", number: "1.2.3", manifest: "services/api/pyproject.toml", lock: Some("uv.lock") }),
        ..EXAMPLE
    },
    Case {
        name: "corporate",
        what: "examples/recipes/corporate: no dependencies, a CA of the company's own",
        folder: "examples/recipes/corporate",
        dockerfile: "benches/examples/corporate.Dockerfile",
        specs: SLIM,
        edit: "main.py",
        version: Some(version("corporate", "1.0.0")),
        ..EXAMPLE
    },
    Case {
        name: "django",
        what: "examples/recipes/django: Django with static files",
        folder: "examples/recipes/django",
        dockerfile: "benches/examples/django.Dockerfile",
        edit: "shop/urls.py",
        version: Some(version("shop", "1.0.0")),
        ..EXAMPLE
    },
    Case {
        name: "site",
        what: "examples/recipes/site: no Python, files behind busybox's server; both stand on distroless",
        folder: "examples/recipes/site",
        dockerfile: "benches/examples/site.Dockerfile",
        edit: "public/style.css",
        start: Start::NoCache,
        ..EXAMPLE
    },
    Case {
        name: "perl",
        what: "examples/recipes/perl: a language that distil knows nothing of, on nothing but what it needs",
        folder: "examples/recipes/perl",
        dockerfile: "benches/examples/perl.Dockerfile",
        specs: &[spec("minimal", None)],
        edit: "serve.pl",
        start: Start::NoCache,
        ..EXAMPLE
    },
];

/// Examples with a spec that no case names.
pub(crate) fn without_dockerfile() -> Vec<String> {
    let mut found = vec![];
    for group in ["examples", "examples/recipes"] {
        let Ok(entries) = checkout().join(group).read_dir() else { continue };
        for name in entries.flatten().filter_map(|e| e.file_name().into_string().ok()) {
            let folder = format!("{group}/{name}");
            if checkout().join(&folder).join("distil.yaml").exists() && CASES.iter().all(|c| c.folder != folder) {
                found.push(folder.trim_start_matches("examples/").to_owned());
            }
        }
    }
    found.sort();
    found
}
