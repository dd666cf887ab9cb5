//! What must hold whatever the input: nothing panics, quoting survives a real shell, positions stay inside the file.

use std::collections::BTreeMap;
use std::process::Command;

use distil::diag::{Sink, Sources, render};
use distil::{recipe, shell, spec};
use proptest::prelude::*;

/// Text that looks like a spec often enough to get past the first line.
fn spec_like() -> impl Strategy<Value = String> {
    let key =
        prop_oneof![Just("python"), Just("runtime"), Just("command"), Just("copy"), Just("env"), Just("user"), Just("expose"), Just("é")];
    let value = prop_oneof![
        "[ -~éß\\n\\t]{0,20}",
        Just("[a, {b: c}]".to_owned()),
        Just("\n  A: 1\n  B: [".to_owned()),
        Just("&a [*a, *b]".to_owned()),
        Just("|\n  x\n".to_owned()),
    ];
    prop::collection::vec((key, value), 0..6)
        .prop_map(|pairs| pairs.into_iter().flat_map(|(k, v)| [k.to_owned(), ": ".to_owned(), v, "\n".to_owned()]).collect())
}

fn reads_without_panic(text: &str) {
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let file = sources.add("distil.yaml", "YAML", text);
    let spec = spec::parse(&sources, file, &mut sink);
    let found = sink.into_sorted();
    assert_eq!(spec.is_none(), !found.is_empty(), "{text:?}");
    for diagnostic in found {
        assert!(!diagnostic.labels.is_empty(), "no place: {diagnostic:?}");
        for label in &diagnostic.labels {
            let (line, column) = sources.position(label.place);
            assert!(line <= text.matches('\n').count() + 1 && column >= 1);
        }
        assert!(render(&diagnostic, &sources, false).contains(&diagnostic.message));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused_with_a_place(text in "\\PC{0,200}") {
        reads_without_panic(&text);
    }

    #[test]
    fn anything_like_a_spec_is_read_or_refused_with_a_place(text in spec_like()) {
        reads_without_panic(&text);
    }

    #[test]
    fn any_text_is_a_recipe_or_refused(text in "(summary|stages|inputs): [ -~\\n{}]{0,80}") {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let mut library = recipe::Library::default();
        library.add("recipe.yaml", Some(text));
        if let Some(recipe) = library.load("recipe.yaml", None, &mut sources, &mut sink) {
            _ = recipe::render(&recipe, &BTreeMap::new(), &sources, &mut sink);
        }
    }

    #[test]
    fn splitting_undoes_joining(words in prop::collection::vec("[^$`\0]{0,12}", 1..5)) {
        prop_assert_eq!(shell::split(&shell::join(&words)), Ok(words));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Lines of what matters to a shell: one that we split, a shell splits alike.
    #[test]
    fn a_shell_splits_as_we_do(parts in prop::collection::vec(part(), 0..10)) {
        let line = parts.concat();
        if let Ok(words) = shell::split(&line) {
            // What stands before the first word ends no command: blanks, and lines that go on.
            let mut first = line.trim_start();
            while let Some(rest) = first.strip_prefix("\\\n") {
                first = rest.trim_start();
            }
            let script = format!("argv() {{ for w do printf '%s\\n-\\n' \"$w\"; done; }}\nargv {first}");
            let output = Command::new("/bin/sh").args(["-f", "-c", &script]).output().unwrap();
            let expected = words.iter().fold(String::new(), |all, word| all + word + "\n-\n");
            prop_assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{:?}", line);
        }
    }
}

fn part() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a", "b=", "é", " ", "  ", "\t", "\n", "\\\n", "\\", "'", "\"", "#", "~", "=", "!", "{", "}", "[", "]", "%", "-",
    ])
}

#[test]
fn a_shell_reads_back_what_was_quoted() {
    let words = ["", "a b", "it's", "$HOME `id` \"x\"", "é\n\t\\", "-n", "*", "~", "a;b|c&d<e>f(g)h", "!x", "#c", "{a,b}"];
    for word in words {
        let script = format!("printf %s {}", shell::quote(word));
        let output = Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), word, "{script}");
    }
}
