//! Ignore files: which one counts, what it leaves out, and that a file it hides is missed with a hint.

use super::build::{BUILDER, Build, Outcome};
use super::fake::Call;
use super::folder::clean;
use super::graph::Graph;

fn excluded(outcome: &Outcome) -> Vec<String> {
    outcome.result();
    let graph: Graph = outcome.graph();
    serde_json::from_str(&graph.source("local://context").attrs["local.excludepatterns"]).expect("a list")
}

#[test]
fn what_the_ignore_file_says_is_not_sent() {
    let patterns = excluded(&Build::new().file(".dockerignore", "# comment\n/dist/\n!dist/keep\n\n*.log\n").run());
    assert_eq!(patterns[patterns.len() - 3..], ["dist", "!dist/keep", "*.log"], "in its order, after our own");
}

#[test]
fn the_ignore_file_beside_the_spec_wins() {
    let build = Build::new().file(".dockerignore", "general\n").file("distil.yaml.dockerignore", "special\n");
    let patterns = excluded(&build.run());
    assert!(patterns.contains(&"special".to_owned()) && !patterns.contains(&"general".to_owned()), "{patterns:?}");
}

#[test]
fn an_empty_ignore_file_beside_the_spec_wins_too() {
    let patterns = excluded(&Build::new().file(".dockerignore", "general\n").file("distil.yaml.dockerignore", "").run());
    assert!(!patterns.contains(&"general".to_owned()), "{patterns:?}");
}

#[test]
fn a_file_that_the_ignore_file_hides_is_missed_with_a_hint() {
    let outcome = Build::new().file(".dockerignore", "*\n!pyproject.toml\n").run();
    outcome.says(&["no lock file", "help:", ".dockerignore"]);
    Build::new().file(".dockerignore", "*.toml\n").run().says(&["pyproject.toml", "help:", ".dockerignore"]);
    Build::new().file(".dockerignore", "*\n!pyproject.toml\n!uv.lock\n!src\n").run().result();
}

#[test]
fn a_copy_of_what_the_ignore_file_hides_names_the_line() {
    let build =
        |ignore: &str| Build::new().spec("command: [x]\ncopy: [data]\n").file("data/cities.json", "[]").file(".dockerignore", ignore);
    build("*.log\ndata\n").run().says(&["distil.yaml:2:8: `.dockerignore:2` leaves `data` out of the build", "add `!data`"]);
    build("*\n!pyproject.toml\n!uv.lock\n!src\n!data/cities.json\n").run().result();
    Build::new().spec("command: [x]\ncopy: [data]\n").run().says(&["distil.yaml:2:8: there is no `data` in the build's context"]);
}

#[test]
fn an_ignore_file_that_no_client_takes_is_refused_in_words() {
    let lines = |count: usize| (0..count).fold(String::new(), |lines, n| lines + &format!("data/part-{n:06}.bin\n"));
    let outcome = Build::new().file(".dockerignore", lines(100_000)).run();
    outcome.says(&[
        "`.dockerignore` has 100000 patterns, which are 6.8 MB for a client that takes 1.0 MB [too-many-patterns]",
        "help:",
        "`!src`",
    ]);
    let own = Build::new().file("distil.yaml.dockerignore", lines(20_000)).run();
    own.says(&["`distil.yaml.dockerignore` has 20000 patterns, which are 1.3 MB"]);
    Build::new().file(".dockerignore", lines(14_000)).run().result();
}

#[test]
fn folders_that_no_image_needs_are_never_sent_unless_asked_for() {
    let patterns = excluded(&Build::new().run());
    assert_eq!(patterns.first().map(String::as_str), Some(".git"));
    let patterns = excluded(&Build::new().file(".dockerignore", "!.git\n").run());
    assert_eq!(patterns.last().map(String::as_str), Some("!.git"), "the user has the last word");
}

#[test]
fn the_ignore_file_holds_for_what_ships_by_default() {
    let build = || Build::new().flat().file("shop/__init__.py", "").file("draft/__init__.py", "").file("run.py", "");
    let shipped = |outcome: &Outcome| {
        let graph = outcome.graph();
        let added = graph.names().into_iter().filter_map(|n| n.strip_prefix("[source ")?.split_once("] Add "));
        added.map(|(_, name)| name.to_owned()).collect::<Vec<_>>()
    };
    let all = build().run();
    assert_eq!(shipped(&all), ["draft", "run.py", "shop"]);
    let some = build().file(".dockerignore", "draft\n").run();
    let looked = |path: &str| some.calls.iter().any(|call| matches!(call, Call::ReadDir(read) if clean(&read.dir_path) == path));
    assert!(looked("shop") && !looked("draft"), "what is ignored is not there to be looked into");
    assert!(!shipped(&some).contains(&"draft".to_owned()), "{:?}", shipped(&some));
    assert!(some.graph().identifiers().iter().any(|i| i.contains(BUILDER)));
}
