//! `make bench`: for each case, the image of a best-practice Dockerfile and ours, built on the same engine from the same base images
//! and shown side by side. Prints each case as it ends, writes docs/benchmarks.md when all of them ran, and fails when a bar
//! is missed or something was not built. benches/README.md says what is measured and how.

mod bars;
mod case;
mod context;
mod engine;
mod image;
mod index;
mod measure;
mod page;
mod service;
mod stats;
mod tar;
#[path = "../tests/engine/zip.rs"]
mod zip;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use case::Case;
use engine::Engine;
use measure::Outcome;

/// The checkout that is measured, which cargo says when the bench runs: with a shared target folder it may have been compiled for
/// another one.
fn checkout() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| ".".into(), PathBuf::from)
}

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["--index", port] => index::serve_on(port),
        [] => run("containerd", None),
        ["--store", store] => run(store, None),
        ["--only", only] => run("containerd", Some(only)),
        ["--store", store, "--only", only] => run(store, Some(only)),
        _ => Err("usage: bench [--store classic|containerd] [--only CASE[,CASE…]] | --index PORT".to_owned()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            say(&format!("error: {why}"));
            ExitCode::from(2)
        }
    }
}

/// Runs the cases; says whether all is well.
fn run(store: &str, only: Option<&str>) -> Result<bool, String> {
    let start = Instant::now();
    let mut engine = Engine::of(store)?;
    let cases = chosen(only)?;
    let mut outcomes = vec![];
    for case in &cases {
        say(&format!("{} ({})", case.name, case.what));
        let outcome = measure::run(&mut engine, case);
        print(&page::table(&outcome));
        outcomes.push(outcome);
        // After every case, so that a run that is stopped leaves the page of what it got to.
        if only.is_none() {
            write(&engine, &outcomes, start.elapsed())?;
        }
    }
    for name in case::without_dockerfile() {
        say(&format!("examples/{name} is no case: give it a line in benches/case.rs and a Dockerfile in benches/examples"));
        outcomes.push(Outcome::missing(&name));
    }
    print(&page::summary(&outcomes));
    if only.is_none() {
        write(&engine, &outcomes, start.elapsed())?;
        say("wrote docs/benchmarks.md");
    }
    Ok(outcomes.iter().all(|o| o.trouble().is_empty() && bars::of(o).iter().all(|bar| bar.met != Some(false))))
}

/// The page of the cases so far.
fn write(engine: &Engine, outcomes: &[Outcome], took: Duration) -> Result<(), String> {
    let path = checkout().join("docs/benchmarks.md");
    std::fs::write(&path, page::page(engine, outcomes, took)).map_err(|e| format!("{}: {e}", path.display()))
}

fn chosen(only: Option<&str>) -> Result<Vec<&'static Case>, String> {
    let Some(only) = only else { return Ok(case::CASES.iter().collect()) };
    let find = |name: &str| case::CASES.iter().find(|c| c.name == name).ok_or_else(|| name.to_owned());
    only.split(',').map(find).collect::<Result<_, _>>().map_err(|name| {
        let names: Vec<_> = case::CASES.iter().map(|c| c.name).collect();
        format!("there is no case `{name}`; there are {}", names.join(", "))
    })
}

/// Progress.
fn say(text: &str) {
    writeln!(std::io::stderr(), "bench: {text}").expect("standard error is open");
}

/// Results.
fn print(text: &str) {
    writeln!(std::io::stdout(), "{text}").expect("standard output is open");
}
