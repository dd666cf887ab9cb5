//! Recipes rendered: which stages and steps are there by their conditions, and what their lists come to.

use std::collections::BTreeMap;

use super::known::Input;
use super::render::Given;
use super::{Library, render};
use crate::diag::{Sink, Sources};
use crate::plan;

const RECIPE: &str = r#"
summary: Conditions
inputs:
  kind: { type: string, help: What it runs on }
  fast: { type: flag, help: Whether it hurries }
  names: { type: list, help: Whom it greets }
  files: { type: pairs, help: What it copies }
stages:
  - stage: tools
    when: fast
    from: debian
    steps:
      - { phase: a, mkdir: /tools }
  - stage: image
    from: scratch
    steps:
      - { phase: a, when: fast, mkdir: /fast }
      - { phase: a, when: "!fast", mkdir: /slow }
      - { phase: a, when: { kind: slim }, mkdir: /slim }
      - { phase: a, when: { kind: [slim, alpine] }, mkdir: /shell }
      - { phase: a, when: { "!kind": [slim, alpine] }, mkdir: /bare }
      - { phase: a, when: { fast: true, names: true }, mkdir: /both }
      - { phase: a, when: { names: anna }, mkdir: /anna }
      - { phase: a, when: files, mkdir: /files }
      - { phase: a, each: names, mkdir: "/hello/{{item}}" }
      - phase: a
        run: [greet, { when: fast, then: [--fast] }, { each: names, then: [--name, "{{item}}"] }, { when: { kind: slim }, then: [--slim] }]
"#;

/// The folders that are made and the commands that run, stage by stage.
fn rendered(kind: &str, fast: bool, names: &[&str], files: &[(&str, &str)]) -> Vec<String> {
    let (mut sources, mut sink, mut library) = (Sources::default(), Sink::default(), Library::default());
    library.add("own.yaml", Some(RECIPE.to_owned()));
    let recipe = library.load("own.yaml", None, &mut sources, &mut sink);
    let recipe = recipe.unwrap_or_else(|| panic!("{:?}", sink.into_sorted()));
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let files = files.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
    let inputs = [
        ("kind", Input::Text(kind.to_owned())),
        ("fast", Input::Flag(fast)),
        ("names", Input::List(names)),
        ("files", Input::Pairs(files)),
    ];
    let given = inputs.map(|(name, input)| (name.to_owned(), Given { input, places: vec![] })).into();
    let mut sink = Sink::default();
    let rendered = render(&recipe, &given, &sources, &mut sink).expect("all inputs are there");
    let shown = |step: &plan::Step| match &step.action {
        plan::Action::Mkdir(made) => made.path.clone(),
        plan::Action::Run(run) => run.argv.join(" "),
        other => panic!("{other:?}"),
    };
    let line = |stage: &plan::Stage| format!("{}: {}", stage.name, stage.steps.iter().map(shown).collect::<Vec<_>>().join(", "));
    rendered.stages.iter().map(line).collect()
}

#[test]
fn stages_and_steps_are_there_where_their_conditions_hold() {
    assert_eq!(rendered("distroless", false, &[], &[]), ["image: /slow, /bare, greet"]);
    let all = [
        "tools: /tools",
        "image: /fast, /slim, /shell, /both, /anna, /files, /hello/anna, /hello/bo, greet --fast --name anna --name bo --slim",
    ];
    assert_eq!(rendered("slim", true, &["anna", "bo"], &[("a", "/b")]), all);
    assert_eq!(rendered("alpine", false, &["bo"], &[]), ["image: /slow, /shell, /hello/bo, greet --name bo"]);
}

/// No value of an input becomes more than one word, or a template.
#[test]
fn a_value_stays_one_word() {
    let names = ["a b", "{{kind}}", "--x; rm", "\"q'"];
    let image = rendered("slim", false, &names, &[]).pop().expect("there is a stage");
    assert!(image.ends_with("greet --name a b --name {{kind}} --name --x; rm --name \"q' --slim"), "{image}");
}

/// What a mistake in a recipe is called, and the line that it points at.
fn refused(text: &str) -> Vec<(&'static str, usize)> {
    let (mut sources, mut sink, mut library) = (Sources::default(), Sink::default(), Library::default());
    library.add("own.yaml", Some(text.to_owned()));
    assert!(library.load("own.yaml", None, &mut sources, &mut sink).is_none(), "{text}");
    sink.into_sorted().iter().map(|found| (found.code.name(), sources.position(found.labels[0].place).0)).collect()
}

#[test]
fn a_recipe_is_checked_when_it_is_read() {
    let with = |step: &str| refused(&format!("summary: x\nstages:\n- stage: a\n  from: scratch\n  steps:\n  - {{ phase: b, {step} }}\n"));
    assert_eq!(with("mkdir: \"/{{nowhere}}\""), [("undeclared-input", 6)]);
    assert_eq!(with("mkdir: /a, when: nowhere"), [("undeclared-input", 6)]);
    assert_eq!(with("mkdir: \"/{{\""), [("bad-template", 6)]);
    assert_eq!(with("mkdri: /a"), [("unknown-key", 6)]);
    assert_eq!(with("mkdir: /a, write: /b"), [("exactly-one", 6)]);
    assert_eq!(with("mkdir: /a, each: nowhere"), [("undeclared-input", 6)]);
}

#[test]
fn inputs_are_given_or_missed() {
    let (mut sources, mut sink, mut library) = (Sources::default(), Sink::default(), Library::default());
    library.add("own.yaml", Some(RECIPE.to_owned()));
    let recipe = library.load("own.yaml", None, &mut sources, &mut sink).expect("it is a good recipe");
    assert!(render(&recipe, &BTreeMap::new(), &sources, &mut sink).is_none());
    let said: Vec<_> = sink.into_sorted().iter().map(|found| (found.code.name(), sources.position(found.labels[0].place).0)).collect();
    assert_eq!(said, [("missing-input", 4), ("missing-input", 5), ("missing-input", 6), ("missing-input", 7)]);
}
