//! What a recipe reads of the project's files: `reads` names files and the places in them, and each becomes an input. So a kind of
//! service that nobody thought of knows its versions and its lock, and needs nothing but its recipe.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::diag::{Diagnostic, Place, Sink, Sources, codes};
use crate::yaml::{At, Table, keys};

use super::document::{self, Form};
use super::known::Input;
use super::render::Given;
use super::{Declared, Kind, Recipe, draft};

keys! {
    /// Something that is read of the project.
    pub struct Read as "something that is read" {
        /// What the input holds: `string`, `flag`, `list` or `pairs`. Default: `string`.
        kind: Option<At<Kind>> = "type", "pairs";
        /// What it is for.
        help: Option<String> = "help", "The version of Node";
        /// Several places, of which the first counts that has a value.
        first: Vec<At<Source>> = "first", "[{text: .nvmrc}, {json: package.json, at: /engines/node}]";
        /// A file in JSON, by its path in the context.
        json: Option<At<String>> = "json", "package.json";
        /// A file in TOML.
        toml: Option<At<String>> = "toml", "Cargo.toml";
        /// A file in YAML.
        yaml: Option<At<String>> = "yaml", "pnpm-lock.yaml";
        /// A file of text.
        text: Option<At<String>> = "text", ".nvmrc";
        /// Where in the file the value stands, as a JSON pointer; without one it is the whole file.
        at: Option<At<String>> = "at", "/engines/node";
        /// Pointers to what is left out of the value, in which `*` stands for every key.
        drop: Vec<At<String>> = "drop", "[/version, \"/packages/*/resolved\"]";
        /// The value of a string where there is no other. Without one the build is refused.
        default: Option<At<String>> = "default", "\"22\"";
    }
}

keys! {
    /// A place that something is read from.
    pub struct Source as "a place that is read" {
        /// A file in JSON.
        json: Option<At<String>> = "json", "package.json";
        /// A file in TOML.
        toml: Option<At<String>> = "toml", "Cargo.toml";
        /// A file in YAML.
        yaml: Option<At<String>> = "yaml", "pnpm-lock.yaml";
        /// A file of text.
        text: Option<At<String>> = "text", ".nvmrc";
        /// Where in the file the value stands, as a JSON pointer.
        at: Option<At<String>> = "at", "/engines/node";
        /// Pointers to what is left out of the value.
        drop: Vec<At<String>> = "drop", "[/version]";
    }
}

/// A file of the project.
#[derive(Debug)]
pub enum Found<'a> {
    /// It is there.
    Text(&'a str),
    /// It is not there.
    Absent,
    /// It is there and cannot be used.
    Refused(Diagnostic),
}

impl Read {
    /// The places that it is read from, in order.
    fn sources(&self) -> Vec<Source> {
        if !self.first.is_empty() {
            return self.first.iter().map(|source| source.value.clone()).collect();
        }
        let Self { json, toml, yaml, text, at, drop, .. } = self.clone();
        vec![Source { json, toml, yaml, text, at, drop }]
    }

    fn kind(&self) -> Kind {
        self.kind.as_ref().map_or(Kind::String, |kind| kind.value)
    }
}

impl Source {
    /// Its file and the form of it.
    fn file(&self) -> Option<(Form, &At<String>)> {
        let all = [(Form::Json, &self.json), (Form::Toml, &self.toml), (Form::Yaml, &self.yaml), (Form::Text, &self.text)];
        let mut named = all.into_iter().filter_map(|(form, file)| Some((form, file.as_ref()?)));
        named.next().filter(|_| named.next().is_none())
    }
}

/// Every file that is read.
pub(super) fn files(reads: &Table<At<Read>>) -> impl Iterator<Item = String> {
    let sources = reads.0.iter().flat_map(|(_, read)| read.value.sources());
    sources.filter_map(|source| Some(source.file()?.1.value.clone())).collect::<Vec<_>>().into_iter()
}

/// Makes each thing that is read an input, and says what is wrong with how it is asked for.
pub(super) fn declare(recipe: &mut draft::Recipe, sink: &mut Sink) {
    for (name, At { value: read, place }) in &recipe.reads.0 {
        if let Some((known, _)) = recipe.inputs.0.iter().find(|(known, _)| known.value == name.value) {
            let found = Diagnostic::new(codes::CONTRADICTION, format!("`{}` is an input, and is read as well", name.value));
            sink.push(
                found
                    .at(name.place, "")
                    .at(known.place, "declared here")
                    .help("what is read is an input by itself: leave one of the two out"),
            );
            continue;
        }
        check(read, *place, sink);
        let declared = Declared {
            kind: Some(read.kind.clone().unwrap_or(At { value: Kind::String, place: *place })),
            help: read.help.clone(),
            ..Declared::default()
        };
        recipe.inputs.0.push((name.clone(), declared));
    }
}

fn check(read: &Read, place: Place, sink: &mut Sink) {
    let said = |source: &Source| [&source.json, &source.toml, &source.yaml, &source.text].into_iter().flatten().count();
    let own =
        Source { json: read.json.clone(), toml: read.toml.clone(), yaml: read.yaml.clone(), text: read.text.clone(), ..Source::default() };
    let named = said(&own);
    if (named == 0) == read.first.is_empty() || named > 1 || read.first.iter().any(|source| said(&source.value) != 1) {
        let found = Diagnostic::new(
            codes::EXACTLY_ONE,
            "it is read from exactly one of `json`, `toml`, `yaml`, `text`, or from the `first` of several",
        );
        sink.push(found.at(place, "").help("as in `{ json: package.json, at: /engines/node }`"));
    }
    let all = || read.sources().into_iter().chain([Source { at: read.at.clone(), drop: read.drop.clone(), ..Source::default() }]);
    for pointer in all().flat_map(|source| source.at.into_iter().chain(source.drop)).filter(|p| !p.value.starts_with('/')) {
        let found = Diagnostic::new(codes::BAD_VALUE, format!("`{}` is not a JSON pointer", pointer.value));
        sink.push(found.at(pointer.place, "").help(format!("it begins with a slash: `/{}`", pointer.value.replace('.', "/"))));
    }
    for (_, file) in read.sources().iter().filter_map(Source::file) {
        let outside = file.value.starts_with('/') || file.value.split('/').any(|part| part == ".." || part.is_empty());
        if outside {
            let found = Diagnostic::new(codes::BAD_PATH, format!("`{}` is not a file of the project", file.value));
            sink.push(found.at(file.place, "").help("write its path in the build's context, as in `web/package.json`"));
        }
    }
    if let Some(default) = read.default.as_ref().filter(|_| !matches!(read.kind(), Kind::String | Kind::Number)) {
        let found = Diagnostic::new(codes::MISPLACED_KEY, "only a string or a number has a `default`; a flag is off, and a list is empty");
        sink.push(found.at(default.place, ""));
    }
}

/// The inputs. `None` where something is not there or of another kind; the sink says what.
pub(super) fn fill<'f>(
    recipe: &Recipe,
    lookup: &dyn Fn(&str) -> Found<'f>,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Option<BTreeMap<String, Given>> {
    let (mut filled, mut good) = (BTreeMap::new(), true);
    for (name, At { value: read, .. }) in &recipe.reads.0 {
        let mut said = Sink::default();
        let found = read.sources().iter().find_map(|source| one(source, read.kind(), lookup, sources, &mut said));
        let default = || read.default.as_ref().map(|text| Given { input: Input::Text(text.value.clone()), places: vec![text.place] });
        let nothing = || empty(read.kind()).map(|input| Given { input, places: vec![] });
        if let Some(given) = found.or_else(default).or_else(nothing).filter(|_| !said.has_errors()) {
            filled.insert(name.value.clone(), given);
        } else {
            good = false;
            if !said.has_errors() {
                sink.push(absent(&name.value, read, name.place));
            }
        }
        said.into_sorted().into_iter().for_each(|found| sink.push(found));
    }
    good.then_some(filled)
}

/// The value of one place; `None` where it has none.
fn one<'f>(source: &Source, kind: Kind, lookup: &dyn Fn(&str) -> Found<'f>, sources: &mut Sources, sink: &mut Sink) -> Option<Given> {
    let (form, path) = source.file()?;
    let text = match lookup(&path.value) {
        Found::Text(text) => text,
        Found::Absent => return None,
        Found::Refused(found) => {
            sink.push(found);
            return None;
        }
    };
    let file = sources.add(&path.value, form.name(), text);
    let pointer = source.at.as_ref().map_or("", |at| at.value.as_str());
    let (value, place) = document::at(form, sources, file, pointer, sink).filter(|(value, _)| !value.is_null())?;
    let drop: Vec<String> = source.drop.iter().map(|pointer| pointer.value.clone()).collect();
    let value = document::without(value, &drop);
    let Some((input, places)) = input(&value, kind, place) else {
        let found = Diagnostic::new(codes::WRONG_TYPE, format!("the recipe reads this as `{}`, and it is {}", kind.word(), word(&value)));
        sink.push(found.at(place, ""));
        return None;
    };
    Some(Given { input, places })
}

fn input(value: &Value, kind: Kind, place: Place) -> Option<(Input, Vec<Place>)> {
    Some(match (kind, value) {
        (Kind::String, _) => (Input::Text(text(value)), vec![place]),
        (Kind::Number, _) if text(value).parse::<u64>().is_ok() => (Input::Text(text(value)), vec![place]),
        (Kind::Flag, Value::Bool(flag)) => (Input::Flag(*flag), vec![place]),
        // That it is there, whatever it holds.
        (Kind::Flag, _) => (Input::Flag(true), vec![place]),
        (Kind::List, Value::Array(items)) => (Input::List(items.iter().map(text).collect()), vec![place; items.len()]),
        (Kind::Pairs, Value::Object(entries)) => {
            (Input::Pairs(entries.iter().map(|(key, value)| (key.clone(), text(value))).collect()), vec![place; entries.len()])
        }
        _ => return None,
    })
}

/// A scalar as it is written, and anything else as JSON whose keys are sorted.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => format!("{value:#}\n"),
        other => other.to_string(),
    }
}

/// What holds where there is nothing; a string has to be something.
fn empty(kind: Kind) -> Option<Input> {
    match kind {
        Kind::String | Kind::Number => None,
        Kind::Flag => Some(Input::Flag(false)),
        Kind::List => Some(Input::List(vec![])),
        Kind::Pairs => Some(Input::Pairs(vec![])),
    }
}

fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

fn absent(name: &str, read: &Read, place: Place) -> Diagnostic {
    let places: Vec<String> = read
        .sources()
        .iter()
        .filter_map(|source| {
            let (_, file) = source.file()?;
            Some(source.at.as_ref().map_or_else(|| format!("`{}`", file.value), |at| format!("`{}` at `{}`", file.value, at.value)))
        })
        .collect();
    let found = Diagnostic::new(codes::NOTHING_TO_READ, format!("the recipe reads `{name}` of the project, and there is none"));
    let found = found.at(place, "").help(format!("it stands in {}", places.join(", or else in ")));
    found.help("see that the ignore file does not leave it out; in the recipe, `default` says what holds without it")
}

#[cfg(test)]
mod tests {
    use super::super::input::Inputs;
    use super::super::{Library, render};
    use super::*;
    use crate::plan;

    const RECIPE: &str = r#"
summary: A service of another kind
reads:
  node: { first: [{ text: .nvmrc }, { json: package.json, at: /engines/node }], default: "22", help: The version of Node }
  lock: { json: package-lock.json, drop: [/version, "/packages/*/resolved"], help: What is installed }
  scripts: { json: package.json, at: /scripts, type: pairs, help: Its scripts }
  private: { json: package.json, at: /private, type: flag, help: Whether it is not published }
  crates: { toml: Cargo.toml, at: /workspace/members, type: list, help: Members }
stages:
  - stage: runtime
    from: "node:{{node}}"
    steps:
      - { phase: lock, write: /lock.json, text: "{{lock}}" }
      - { phase: build, when: private, each: crates, run: [build, "{{item}}", { each: scripts, then: ["{{item.from}}={{item.to}}"] }] }
"#;

    /// What the recipe comes to with these files: the image, the lock, the commands; or what is wrong.
    fn with(files: &[(&str, &str)]) -> Result<(String, String, Vec<String>), String> {
        let (mut sources, mut sink, mut library) = (Sources::default(), Sink::default(), Library::default());
        library.add("recipe.yaml", Some(RECIPE.to_owned()));
        let mut wanted = library.reads("recipe.yaml");
        wanted.dedup();
        assert_eq!(wanted, [".nvmrc", "package.json", "package-lock.json", "package.json", "Cargo.toml"]);
        let recipe = library.load("recipe.yaml", None, &mut sources, &mut sink).expect("it is a good recipe");
        let mut inputs = Inputs::default();
        let lookup = |path: &str| files.iter().find(|(name, _)| *name == path).map_or(Found::Absent, |(_, text)| Found::Text(text));
        let read = inputs.read(&recipe, &lookup, &mut sources, &mut sink);
        let said =
            |sink: Sink, sources: &Sources| sink.into_sorted().iter().map(|d| crate::diag::render(d, sources, false)).collect::<String>();
        if read.is_none() {
            return Err(said(sink, &sources));
        }
        let Some(rendered) = render(&recipe, &inputs.of(&recipe), &sources, &mut sink) else { return Err(said(sink, &sources)) };
        let stage = &rendered.stages[0];
        let mut lock = String::new();
        let mut commands = vec![];
        for step in &stage.steps {
            match &step.action {
                plan::Action::Write(write) => lock.clone_from(&write.text),
                plan::Action::Run(run) => commands.push(run.argv.join(" ")),
                other => panic!("{other:?}"),
            }
        }
        let plan::Base::Image(image) = &stage.base else { panic!("{:?}", stage.base) };
        Ok((image.clone(), lock, commands))
    }

    const LOCK: (&str, &str) =
        ("package-lock.json", r#"{"version": "1", "packages": {"a": {"resolved": "u", "integrity": "s"}}, "name": "x"}"#);

    #[test]
    fn what_is_read_is_an_input() {
        let (image, lock, commands) = with(&[LOCK]).unwrap();
        assert_eq!(image, "node:22");
        assert_eq!(lock, "{\n  \"name\": \"x\",\n  \"packages\": {\n    \"a\": {\n      \"integrity\": \"s\"\n    }\n  }\n}\n");
        assert!(commands.is_empty());
        let package = ("package.json", r#"{"engines": {"node": "20"}, "scripts": {"build": "b"}, "private": true}"#);
        let cargo = ("Cargo.toml", "[workspace]\nmembers = ['one', 'two']\n");
        let (image, _, commands) = with(&[LOCK, package, cargo]).unwrap();
        assert_eq!((image.as_str(), commands), ("node:20", vec!["build one build=b".to_owned(), "build two build=b".to_owned()]));
        assert_eq!(with(&[LOCK, package, (".nvmrc", "v24\n")]).unwrap().0, "node:v24");
    }

    /// Another version of the project, or another order, is the same step.
    #[test]
    fn what_is_dropped_changes_nothing() {
        let other =
            ("package-lock.json", r#"{"name": "x", "packages": {"a": {"integrity": "s", "resolved": "elsewhere"}}, "version": "2"}"#);
        assert_eq!(with(&[LOCK]), with(&[other]));
    }

    #[test]
    fn what_is_missing_or_of_another_kind_is_told_at_its_place() {
        let said = with(&[]).unwrap_err();
        assert!(said.contains("the recipe reads `lock` of the project, and there is none") && said.contains("recipe.yaml:5:3"), "{said}");
        assert!(said.contains("it stands in `package-lock.json`"), "{said}");
        let said = with(&[LOCK, ("package.json", "{\n  \"scripts\": [\"a\"]\n}")]).unwrap_err();
        assert!(said.contains("the recipe reads this as `pairs`, and it is a list") && said.contains("package.json:2:14"), "{said}");
        let said = with(&[LOCK, ("package.json", "{\n  \"scripts\" [\n}")]).unwrap_err();
        assert!(said.contains("this is no JSON: expected `:`") && said.contains("package.json:2:13"), "{said}");
    }
}
