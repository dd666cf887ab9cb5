//! Mistakes of the user's: that each ends the build with an error the client can draw, lines and all.

use serde_json::Value;

use super::build::{Build, LOCK, Outcome, PROJECT, SPEC};
use super::fake::Call;

/// A snippet that the client will draw: file, text, first and last line of each range.
type Snippet = (String, String, Vec<(u64, u64)>);

/// Those of an error, in the order in which a client draws them, which is the last first.
fn snippets(outcome: &Outcome) -> Vec<Snippet> {
    let read = |(name, value): (&str, Value)| {
        assert_eq!(name, "errdefs.Source");
        let text = |key: &str| value["info"][key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned();
        assert!(["YAML", "TOML"].contains(&text("language").as_str()), "{value}");
        let line = |range: &Value, end: &str| range[end]["line"].as_u64().unwrap_or_else(|| panic!("no {end} in {range}"));
        let ranges = value["ranges"].as_array().expect("a list").iter().map(|r| (line(r, "start"), line(r, "end"))).collect();
        (text("filename"), unbase64(&text("data")), ranges)
    };
    outcome.details().into_iter().rev().map(read).collect()
}

/// Standard base64 with padding.
pub(super) fn unbase64(text: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    assert_eq!(text.len() % 4, 0, "Go wants padding");
    let mut bits = text.trim_end_matches('=').bytes().flat_map(|c| {
        let value = LETTERS.iter().position(|l| *l == c).expect("a letter of base64");
        (0..6).rev().map(move |bit| u8::from(value >> bit & 1 == 1))
    });
    let mut bytes = vec![];
    while let Some(byte) = (0..8).try_fold(0_u8, |byte, _| bits.next().map(|bit| byte << 1 | bit)) {
        bytes.push(byte);
    }
    String::from_utf8(bytes).expect("the file is text")
}

/// Checks a mistake in the spec: its message starts with the place, and the one snippet shows these lines of it.
fn check(spec: &str, message: &str, lines: &[(u64, u64)]) {
    let outcome = Build::new().spec(spec).run();
    assert!(outcome.message().starts_with(message), "{message}\nis not the start of\n{}", outcome.message());
    assert_eq!(snippets(&outcome), [("distil.yaml".to_owned(), spec.to_owned(), lines.to_vec())], "{spec}");
    assert!(!outcome.calls.iter().any(|call| matches!(call, Call::Resolve(_))), "no image is asked for");
}

#[test]
fn a_mistake_is_shown_with_its_lines() {
    check("# syntax=x\ncommand: [x]\ncomand: [y]\n", "distil.yaml:3:1: ", &[(3, 3)]);
    check("# café ☕\ncommand: [x]\nuser: app\n", "distil.yaml:3:7: ", &[(3, 3)]);
    check("command: [x]\ncopy:\n  - a: b\n    c: d\n", "distil.yaml:3:5: ", &[(3, 4)]);
    check("command: [x]\nexpose: [0]", "distil.yaml:2:10: ", &[(2, 2)]);
    check("command: [x]\n\texpose: 1\n", "distil.yaml:2:", &[(2, 2)]);
    check("command: [x]\r\nuser: app\r\n", "distil.yaml:2:7: ", &[(2, 2)]);
}

#[test]
fn a_file_that_fits_into_no_message_is_refused_by_its_size() {
    let large = |bytes: usize| format!("{PROJECT}#{}", "x".repeat(bytes - PROJECT.len() - 1));
    let outcome = Build::new().file("pyproject.toml", large(60_000_000)).run();
    outcome.says(&["`pyproject.toml` is 60.0 MB", "read up to 16.0 MB", "help:"]);
    Build::new().file("distil.yaml", large(20_000_000)).run().says(&["`distil.yaml` is 20.0 MB"]);
    Build::new().file("pyproject.toml", large(15_900_000)).run().result();
}

#[test]
fn a_mistake_in_two_places_is_one_snippet_with_two_ranges() {
    check("command: [x]\ncopy:\n- a\n- {b: a}\n", "distil.yaml:4:", &[(4, 4), (3, 3)]);
}

#[test]
fn all_mistakes_are_said_at_once() {
    let spec = "comand: [x]\nuser: app\nexpose: [http]\nworkdir: srv\n";
    let outcome = Build::new().spec(spec).run();
    outcome.says(&["4 mistakes", "distil.yaml:1:1", "distil.yaml:2:7", "distil.yaml:3:10", "distil.yaml:4:10"]);
    let lines: Vec<_> = snippets(&outcome).into_iter().map(|(file, _, lines)| (file, lines)).collect();
    let expected: Vec<_> = (1..=4).map(|line| ("distil.yaml".to_owned(), vec![(line, line)])).collect();
    assert_eq!(lines, expected);
}

#[test]
fn a_mistake_between_files_shows_both() {
    let spec = "command: [x]\npython: \"3.12\"\n";
    let outcome = Build::new().spec(spec).run();
    outcome.says(&["distil.yaml:2:", "Python 3.12", "help:"]);
    let expected = [("distil.yaml", spec, vec![(2, 2)]), ("pyproject.toml", PROJECT, vec![(4, 4)])];
    assert_eq!(snippets(&outcome), expected.map(|(file, text, lines)| (file.to_owned(), text.to_owned(), lines)));
}

#[test]
fn the_spec_goes_by_the_name_that_the_client_gave() {
    let outcome = Build::new().file("api.yaml", "user: app\n").opt("filename", "api.yaml").run();
    outcome.says(&["api.yaml:1:7"]);
    assert_eq!(snippets(&outcome)[0].0, "api.yaml");
}

#[test]
fn a_spec_that_is_not_there_is_named_with_a_way_out() {
    let plain = |outcome: &Outcome, parts: &[&str]| {
        outcome.says(parts);
        outcome.points_nowhere();
    };
    plain(&Build::new().without("distil.yaml").run(), &["there is no `distil.yaml` [no-spec]", "-f"]);
    plain(&Build::new().opt("filename", "sub/x.yaml").run(), &["there is no `sub/x.yaml`"]);
    plain(&Build::new().file("distil.yaml", b"command: [x]\n# caf\xe9\n").run(), &["`distil.yaml` is not UTF-8 text (byte 19)"]);
}

#[test]
fn an_empty_spec_and_one_with_a_byte_order_mark_are_read() {
    Build::new().file("pyproject.toml", format!("{PROJECT}\n[project.scripts]\nshop = \"shop:main\"\n")).spec("").run().result();
    Build::new().spec(&format!("\u{feff}{SPEC}")).run().result();
}

#[test]
fn files_that_are_missing_or_broken_are_named() {
    Build::new().without("pyproject.toml").run().says(&["pyproject.toml", "help:"]);
    Build::new().without("uv.lock").run().says(&["no lock file", "uv lock"]);
    Build::new().file("uv.lock", b"\xff").run().says(&["`uv.lock` is not UTF-8"]);
    let broken = Build::new().file("pyproject.toml", "[project]\nname = shop\n").run();
    broken.says(&["pyproject.toml:2:", "cannot be read"]);
    assert_eq!(snippets(&broken)[0].2, [(2, 2)]);
    let newer = Build::new().file("uv.lock", "# lock\nversion = 9\n").run();
    newer.says(&["uv.lock:2:", "version 9"]);
    assert_eq!(snippets(&newer)[0].2, [(2, 2)]);
    Build::new().without("uv.lock").run().points_nowhere();
}

#[test]
fn a_lock_that_is_broken_is_shown_with_its_lines() {
    let broken = |lock: &str, message: &str, line: u64| {
        let outcome = Build::new().file("uv.lock", lock).run();
        assert!(outcome.message().starts_with(message), "{message}\nis not the start of\n{}", outcome.message());
        outcome.says(&["uv lock"]);
        assert_eq!(snippets(&outcome), [("uv.lock".to_owned(), lock.to_owned(), vec![(line, line)])]);
        assert!(!outcome.calls.iter().any(|call| matches!(call, Call::Resolve(_))), "no image is asked for");
    };
    broken("version = 1\nrevision = three\n", "uv.lock:2:12: uv.lock cannot be read", 2);
    broken(&format!("{LOCK}dependencies = [{{ name = \"rich\" }}]\n"), "uv.lock:8:17: `shop` needs `rich`", 8);
}
