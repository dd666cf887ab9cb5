//! Packages that have broken other image tools, all in one environment and used for real in the finished image: pruned, stripped,
//! with the libraries that were found for them, read-only and without any network.

use super::super::docker::Engine;
use super::super::on_any_store;
use super::super::project::Project;

on_any_store!(distroless, minimal);

const FILES: &[(&str, &str)] = &[
    ("pyproject.toml", include_str!("../hard/pyproject.toml")),
    ("uv.lock", include_str!("../hard/uv.lock")),
    ("use.py", include_str!("../hard/use.py")),
];

fn distroless(engine: &Engine) {
    works(engine, "distroless");
}

fn minimal(engine: &Engine) {
    works(engine, "minimal");
}

#[track_caller]
fn works(engine: &Engine, runtime: &str) {
    let project = Project::of(FILES);
    project.write("distil.yaml", &format!("# syntax=distil/distil:1\nruntime: {runtime}\ncommand: [python, use.py]\n"));
    let built = project.build(engine, &[]).good();
    let printed = engine.exec_with(&built.image, &["--tmpfs", "/tmp"], &[]);
    let used = ["numpy", "scipy", "pandas", "sklearn", "boto3", "lxml", "grpc", "cv2", "onnxruntime", "psycopg", "cryptography"];
    assert_eq!(printed.lines().collect::<Vec<_>>(), used);
}
