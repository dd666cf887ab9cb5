//! A spec as an edition has it, and its targets.

use super::{Spec, parse};
use crate::diag::{Sink, Sources};
use crate::target::Target;
use crate::yaml::{At, Table};

fn spec(text: &str) -> Spec {
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let file = sources.add("distil.yaml", "YAML", text);
    let read = parse(&sources, file, &mut sink);
    read.unwrap_or_else(|| panic!("{:?}", sink.into_sorted())).0
}

/// The spec as the target of this word has it.
fn with(text: &str, word: &str) -> Spec {
    let spec = spec(text);
    let target = Target::find(&spec.targets(), word).expect("there is such a target");
    spec.with(&target)
}

fn pairs(table: Option<&Table<At<String>>>) -> Vec<String> {
    table.iter().flat_map(|table| &table.0).map(|(name, value)| format!("{}={}", name.value, value.value)).collect()
}

const SHOP: &str = "
command: [serve]
extras: [web]
budget: 100MB
env: { A: one, B: two }
labels: { team: shop }
editions:
  plain:
  full:
    extras: [web, ml]
    command: [serve, --all]
    env: { B: other, C: three }
    labels: { edition: full }
    runtime: slim
  empty: { extras: [] }
";

#[test]
fn what_an_edition_does_not_say_holds_as_the_spec_has_it() {
    for word in ["plain", "empty", ""] {
        let spec = with(SHOP, word);
        assert_eq!(spec.command.map(|command| command.value.0), Some(vec!["serve".to_owned()]), "{word}");
        assert_eq!(pairs(spec.env.as_ref()), ["A=one", "B=two"], "{word}");
        assert!(spec.budget.is_some() && spec.runtime.is_none(), "{word}");
    }
}

#[test]
fn lists_are_replaced_and_tables_are_added_to() {
    let extras = |word: &str| with(SHOP, word).python().extras.iter().flatten().map(|extra| extra.value.to_string()).collect::<Vec<_>>();
    assert_eq!((extras("plain"), extras("full"), extras("empty")), (vec!["web".into()], vec!["web".into(), "ml".into()], vec![]));
    let full = with(SHOP, "full");
    assert_eq!(pairs(full.env.as_ref()), ["A=one", "B=other", "C=three"]);
    assert_eq!(pairs(full.labels.as_ref()), ["team=shop", "edition=full"]);
    assert_eq!(full.command.map(|command| command.value.0.join(" ")).as_deref(), Some("serve --all"));
}

/// A message about what an edition says points into the edition.
#[test]
fn a_value_keeps_the_place_it_was_written_at() {
    let place = |word: &str| with(SHOP, word).command.map(|command| &SHOP[command.place.start..command.place.end]);
    assert_eq!((place("plain"), place("full")), (Some("[serve]"), Some("[serve, --all]")));
    let env = with(SHOP, "full").env.expect("it has some");
    let written: Vec<_> = env.0.iter().map(|(name, value)| SHOP[name.place.start..value.place.end].to_owned()).collect();
    assert_eq!(written, ["A: one", "B: other", "C: three"]);
}

#[test]
fn a_target_is_an_edition_and_what_of_it() {
    let spec = spec(SHOP);
    let named = |word: &str| {
        Target::find(&spec.targets(), word).map(|target| (target.edition.unwrap_or_default(), format!("{:?}", target.product)))
    };
    assert_eq!(named(""), Some(("plain".to_owned(), "Image".to_owned())));
    assert_eq!(named("full/debug"), Some(("full".to_owned(), "Debug".to_owned())));
    assert_eq!(named("check"), Some(("plain".to_owned(), "Check".to_owned())));
    assert_eq!((named("fulll"), named("full/nothing"), named("/debug")), (None, None, None));
    let runtimes: Vec<_> = ["plain", "full"].map(|word| spec.runtime_of(&Target::find(&spec.targets(), word).expect("it is there"))).into();
    assert_eq!(runtimes, ["distroless", "slim"]);
}
