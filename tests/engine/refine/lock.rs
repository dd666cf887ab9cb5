//! Small services that share packages: projects whose locks are made of parts of one that uv wrote.

use super::super::project::Project;

const LOCK: &str = include_str!("../../../benches/sets/science/uv.lock");
/// The same with another version of one light package.
const LIGHT: &str = include_str!("../../../benches/sets/science/light.lock");

/// A service of one file on some packages, of the one or the other lock.
pub(super) fn service(name: &str, needs: &[&str], light: bool, spec: &str) -> Project {
    let lock = if light { LIGHT } else { LOCK };
    let packages: Vec<(&str, &str)> = lock.split("[[package]]\n").skip(1).map(|text| (named(text), text)).collect();
    let mut names: Vec<&str> = needs.to_vec();
    let mut at = 0;
    while at < names.len() {
        let (_, text) = packages.iter().find(|(name, _)| *name == names[at]).expect("the lock has it");
        let edges = text.split("dependencies = [\n").nth(1).and_then(|rest| rest.split("\n]").next()).unwrap_or_default();
        for edge in edges.lines().map(named) {
            if !names.contains(&edge) {
                names.push(edge);
            }
        }
        at += 1;
    }
    let head = lock.split("[[package]]\n").next().expect("a lock has a start");
    let kept = packages.iter().filter(|(name, _)| names.contains(name)).map(|(_, text)| format!("[[package]]\n{text}"));
    let edges = needs.iter().map(|n| format!("    {{ name = \"{n}\" }},\n")).collect::<Vec<_>>().concat();
    let own = format!(
        "\n[[package]]\nname = \"{name}\"\nversion = \"1.0\"\nsource = {{ virtual = \".\" }}\ndependencies = [\n{edges}]\n\n\
         [package.metadata]\nrequires-dist = [\n{edges}]\n"
    );
    let lock = [head.to_owned()].into_iter().chain(kept).chain([own]).collect::<String>();
    let listed: Vec<_> = needs.iter().map(|n| format!("\"{n}\"")).collect();
    let pyproject =
        format!("[project]\nname = \"{name}\"\nversion = \"1.0\"\nrequires-python = \">=3.13\"\ndependencies = [{}]\n", listed.join(", "));
    let main = needs.iter().map(|n| format!("import {}\n", n.replace('-', "_"))).collect::<Vec<_>>().concat();
    let spec = format!("# syntax=distil/distil:1\ncommand: [python, main.py]\n{spec}");
    Project::of(&[("pyproject.toml", &pyproject), ("uv.lock", &lock), ("main.py", &(main + "print('ready')\n")), ("distil.yaml", &spec)])
}

/// The first name in a text.
fn named(text: &str) -> &str {
    text.split("name = \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default()
}

#[test]
fn parts_of_a_lock_are_complete() {
    let project = service("table", &["pandas"], false, "");
    let lock = std::fs::read_to_string(project.path("uv.lock")).unwrap();
    let names: Vec<_> = lock.split("[[package]]\n").skip(1).map(named).collect();
    assert_eq!(names, ["numpy", "pandas", "python-dateutil", "tzdata", "table"]);
}
