//! What the pages for people say is true: the files that they name are there, and the YAML that they show is taken.

use std::collections::BTreeSet;
use std::fs;

use distil::diag::{Sink, Sources, render};
use distil::recipe::Library;

use crate::checkout;

/// What the pages for contributors name is there.
#[test]
fn the_pages_name_files_that_exist() {
    for page in ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs/architecture.md"] {
        let text = fs::read_to_string(checkout().join(page)).unwrap();
        let mut named = 0;
        for path in text.split('`').skip(1).step_by(2).filter(|word| word.contains('/') && !word.contains([' ', '<', ':', '{', '…'])) {
            let found = checkout().join(path).exists()
                || checkout().join("frontend").join(path).exists()
                || checkout().join("reading").join(path).exists();
            assert!(found, "{page} names `{path}`, which is not there");
            named += 1;
        }
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|link| !link.contains("://"));
        for link in links {
            let folder = checkout().join(page).parent().unwrap().to_owned();
            assert!(folder.join(link.split('#').next().unwrap()).exists(), "{page} links to `{link}`, which is not there");
            named += 1;
        }
        assert!(named > 0, "{page} names nothing");
    }
}

/// A page's blocks of YAML, each with the line that it begins at.
fn blocks(page: &str) -> Vec<(usize, String)> {
    let text = fs::read_to_string(checkout().join(page)).unwrap();
    let mut found = vec![];
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if line == "```yaml" {
            let block: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
            found.push((number + 2, block.join("\n") + "\n"));
        }
    }
    found
}

/// A step of a page as a recipe that has nothing else, with the inputs that it names.
fn recipe_of(steps: &str) -> String {
    let named: BTreeSet<&str> = steps.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()).collect();
    let inputs: Vec<String> = named.iter().map(|name| format!("  {name}: {{ type: string, help: An input }}\n")).collect();
    let steps: Vec<String> = steps.lines().map(|line| format!("      {line}\n")).collect();
    let (inputs, steps) = (inputs.concat(), steps.concat());
    let inputs = if inputs.is_empty() { String::new() } else { format!("inputs:\n{inputs}") };
    format!("summary: A step\n{inputs}stages:\n  - stage: runtime\n    from: debian\n    steps:\n{steps}")
}

#[test]
fn the_recipes_and_steps_of_the_pages_are_taken() {
    let mut seen = 0;
    for page in ["docs/recipes.md", "docs/steps.md"] {
        for (line, block) in blocks(page) {
            let (mut sources, mut sink) = (Sources::default(), Sink::default());
            let is_recipe = block.contains("summary:");
            if is_recipe || block.starts_with("- ") {
                let mut library = Library::default();
                library.add("recipe.yaml", Some(if is_recipe { block } else { recipe_of(&block) }));
                library.load("recipe.yaml", None, &mut sources, &mut sink);
            } else {
                let file = sources.add("distil.yaml", "YAML", &block);
                distil::spec::parse(&sources, file, &mut sink);
            }
            let said: String = sink.into_sorted().iter().map(|found| render(found, &sources, false) + "\n").collect();
            assert!(said.is_empty(), "{page}:{line}\n{said}");
            seen += 1;
        }
    }
    assert!(seen >= 5, "the pages show {seen} pieces of YAML");
}
