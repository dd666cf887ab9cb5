//! `distil recipes`: what template authors need at hand.

use std::fmt::Write;

use super::Recipes;
use super::run::{Stop, complain, print};
use crate::diag::{Diagnostic, Sink, Sources, codes};
use crate::recipe::{Library, Recipe, names};

/// Runs one of the commands.
pub(super) fn run(command: &Recipes) -> Result<(), Stop> {
    match command {
        Recipes::List => list(),
        Recipes::Show { name } => print(&show(name, &load(name)?)),
        Recipes::Check { name } => {
            let recipe = load(name)?;
            print(&format!("{name}: good ({} inputs, {} stages)\n", recipe.inputs.0.len(), recipe.stages.len()))
        }
        Recipes::Test { name } => super::cases::run(name),
        Recipes::Eject { name } => match Library::embedded(name) {
            Some(text) => print(text),
            None => Err(refuse(name)),
        },
    }
}

fn list() -> Result<(), Stop> {
    let mut text = String::new();
    for name in names() {
        let recipe = load(&name)?;
        line(&mut text, format_args!("{name:16} {}", recipe.summary));
    }
    print(&text)
}

/// Reads a recipe of distil's, or a file with what it extends beside it.
fn load(name: &str) -> Result<Recipe, Stop> {
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let mut library = Library::default();
    while let Some(address) = library.wanted(name) {
        let text = super::files::recipe(std::path::Path::new("."), &address, &[])?;
        library.add(&address, text);
    }
    let recipe = library.load(name, None, &mut sources, &mut sink);
    let found = sink.into_sorted();
    complain(&found, &sources);
    recipe.ok_or(Stop::Refused)
}

fn refuse(name: &str) -> Stop {
    let known = crate::yaml::decode::list(&names());
    let found = Diagnostic::new(codes::NO_RECIPE, format!("no recipe `{name}` comes with distil")).help(format!("these do: {known}"));
    complain(&[found], &Sources::default());
    Stop::Refused
}

/// A recipe's face: what it takes, and where steps can be added.
fn show(name: &str, recipe: &Recipe) -> String {
    let mut text = String::new();
    line(&mut text, format_args!("{name}: {}\n\ninputs", recipe.summary));
    for (name, input) in &recipe.inputs.0 {
        let kind = input.kind.as_ref().map_or("", |k| k.value.word());
        let default = input.default.as_ref().map(|d| format!(" (default {})", d.value)).unwrap_or_default();
        line(&mut text, format_args!("  {:18} {kind:7} {}{default}", name.value, input.help.as_deref().unwrap_or_default()));
    }
    line(&mut text, format_args!("\nphases"));
    for stage in &recipe.stages {
        let mut seen: Vec<&str> = vec![];
        for step in &stage.steps {
            if !seen.contains(&step.phase.as_str()) {
                seen.push(&step.phase);
            }
        }
        line(&mut text, format_args!("  {:10} {}", stage.name, seen.join(", ")));
    }
    text
}

fn line(text: &mut String, what: std::fmt::Arguments<'_>) {
    writeln!(text, "{what}").expect("writing to a string cannot fail");
}
