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

/// The name of a heading as links have it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Every link from a page to a page leads to a heading that is there.
#[test]
fn the_links_of_the_pages_lead_somewhere() {
    let (mut seen, mut wrong) = (0, vec![]);
    let pages = fs::read_dir(checkout().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    for page in pages.filter(|path| path.extension().is_some_and(|end| end == "md")).chain([checkout().join("README.md")]) {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|link| !link.contains("://")) {
            let (file, part) = link.split_once('#').map_or((link, None), |(file, part)| (file, Some(part)));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let there = match (target.exists(), part) {
                (true, Some(part)) => {
                    fs::read_to_string(&target).unwrap().lines().any(|line| line.starts_with('#') && anchor(line) == part)
                }
                (exists, _) => exists,
            };
            seen += 1;
            if !there {
                wrong.push(format!("{} links to {link}", page.display()));
            }
        }
    }
    assert!(seen > 20 && wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The specs that pages show are taken, and what is there for CI is YAML.
#[test]
fn the_specs_of_the_pages_are_taken() {
    let mut specs = 0;
    for page in [
        "README.md",
        "docs/ci.md",
        "docs/dev.md",
        "docs/docker.md",
        "docs/faq.md",
        "docs/from-a-dockerfile.md",
        "docs/lint.md",
        "docs/parts.md",
        "docs/pinning.md",
    ] {
        for (line, block) in blocks(page) {
            let (mut sources, mut sink) = (Sources::default(), Sink::default());
            let file = sources.add("distil.yaml", "YAML", &block);
            if ["docs/ci.md", "docs/dev.md"].contains(&page) {
                distil::yaml::parse(&sources, file, &mut sink);
            } else {
                // An ellipsis stands for a digest.
                let file = sources.add("distil.yaml", "YAML", &block.replace('…', &"0".repeat(64)));
                distil::spec::parse(&sources, file, &mut sink);
                specs += 1;
            }
            let said: String = sink.into_sorted().iter().map(|found| render(found, &sources, false) + "\n").collect();
            assert!(said.is_empty(), "{page}:{line}\n{said}");
        }
    }
    assert!(specs >= 8, "the pages show {specs} specs");
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
    for page in ["docs/recipes.md", "docs/sites.md", "docs/steps.md"] {
        for (line, block) in blocks(page) {
            let (mut sources, mut sink) = (Sources::default(), Sink::default());
            if block.contains("cases:\n") {
                // Cases are no spec; those of the examples are run by tests/cli.
                continue;
            }
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
