//! No key of a spec is ignored: each of them, on services of several kinds, either changes what is built or is refused at its line.

use std::collections::BTreeMap;

use distil::diag::{Diagnostic, Severity};
use distil::spec::Spec;
use distil::yaml::written::paths;
use distil::yaml::{Decode, Shape};

use crate::project::Project;

fn example(name: &str) -> Project {
    Project::read(&crate::checkout().join("examples").join(name))
}

/// What a spec came to.
enum Outcome {
    /// The plan as JSON, and the warnings.
    Built(serde_json::Value, Vec<String>),
    /// The messages, each with the lines of the spec that it points at.
    Refused(Vec<(&'static str, String, Vec<usize>)>),
}

/// Compiles a spec with the files of a project, some of them replaced.
fn compile(project: &Project, spec: &str, own: &BTreeMap<&str, String>) -> Outcome {
    let project = own.iter().fold(project.clone().with("distil.yaml", spec), |project, (path, text)| project.with(path, text.as_str()));
    let outcome = project.compile("");
    match outcome.result {
        Ok(done) => {
            let plan = serde_json::from_str(&done.plan.json()).unwrap();
            Outcome::Built(plan, done.warnings.iter().map(|w| w.message.clone()).collect())
        }
        Err(found) => {
            let lines = |d: &Diagnostic| d.labels.iter().map(|label| outcome.sources.position(label.place).0).collect::<Vec<_>>();
            let errors = found.iter().filter(|d| d.severity == Severity::Error);
            Outcome::Refused(errors.map(|d| (d.code.name(), d.message.clone(), lines(d))).collect())
        }
    }
}

/// Keys without which an item of a list says nothing, by the path to the list.
const BESIDE: &[(&str, &[(&str, &str)])] = &[
    ("indexes", &[("name", "corp"), ("url", "\"https://pypi.example.org/simple\"")]),
    ("secrets", &[("id", "npm")]),
    ("copy", &[("from", "\"alpine:3\""), ("path", "etc/motd")]),
    ("check.run", &[("run", "[\"true\"]")]),
    ("check.files", &[("path", "/etc/motd")]),
    ("check.start.http", &[("path", "\":8000/\"")]),
    ("healthcheck", &[("command", "[\"true\"]")]),
    ("steps", &[("phase", "PHASE"), ("run", "[\"true\"]")]),
];

/// Values for keys whose example says what is so without it, or is nothing without other keys.
const VALUES: &[(&str, &str)] = &[
    ("recipe", "other.yaml"),
    ("editions", "{full: {env: {EDITION: full}}}"),
    ("python", "\"3.12\""),
    ("node", "\"22\""),
    ("uv", "\"0.12.0\""),
    ("poetry", "\"1.0\""),
    ("user", "\"1000\""),
    ("expose", "[9000]"),
    ("steps.phase", "PHASE"),
    ("steps.network", "false"),
    ("copy", "[FOLDER]"),
    ("copy.from", "\"alpine:3\""),
    ("copy.to", "motd"),
    ("base.builder", "registry.example.org/python:3.13-trixie"),
    ("base.runtime", "gcr.io/distroless/cc-debian13:debug"),
    ("indexes.secret", "corp-login"),
];

/// A service, and the words that its keys take.
struct Service {
    project: Project,
    phase: &'static str,
    copies: &'static str,
}

/// A plan without where it comes from: a key that is only cited has done nothing.
fn bare(plan: &serde_json::Value) -> serde_json::Value {
    match plan {
        serde_json::Value::Object(entries) => {
            let kept = entries.iter().filter(|(key, _)| !["origin", "decisions"].contains(&key.as_str()));
            kept.map(|(key, value)| (key.clone(), bare(value))).collect()
        }
        serde_json::Value::Array(items) => items.iter().map(bare).collect(),
        other => other.clone(),
    }
}

/// The value that leads to a key, in flow style.
fn flow(path: &str, rest: &str, shape: &Shape) -> Option<String> {
    match shape {
        Shape::Text | Shape::Bool | Shape::Choice(_) => None,
        Shape::AnyOf(shapes) => shapes.iter().find_map(|shape| flow(path, rest, shape)),
        Shape::List(inner) => Some(format!("[{}]", flow(path, rest, inner)?)),
        Shape::Table(inner) => Some(format!("{{one: {}}}", flow(path, rest, inner)?)),
        Shape::Keys(fields) => {
            let (key, inner) = rest.split_once('.').map_or((rest, None), |(key, rest)| (key, Some(rest)));
            let field = fields.iter().find(|field| field.key == key)?;
            let below = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            let own = below.trim_start_matches("editions.");
            let value = match inner {
                Some(inner) => flow(&below, inner, &field.shape)?,
                None => VALUES.iter().find(|(path, _)| *path == own).map_or(field.example, |(_, value)| value).to_owned(),
            };
            let beside = BESIDE.iter().find(|(list, _)| *list == path.trim_start_matches("editions.")).map_or(&[][..], |(_, keys)| keys);
            // A health check is one of several ways, and its times are of no use without any.
            let alone = path == "healthcheck" && ["http", "tcp"].contains(&key);
            let others = beside.iter().filter(|(other, _)| *other != key && !alone).map(|(key, value)| format!("{key}: {value}"));
            let all: Vec<String> = others.chain([format!("{key}: {value}")]).collect();
            Some(if path.is_empty() { all.concat() } else { format!("{{{}}}", all.join(", ")) })
        }
    }
}

/// Keys of the spec on a service: those that change nothing and are not refused, and those that are misplaced.
fn tried(service: &Service, keys: impl Iterator<Item = String>) -> (Vec<String>, Vec<String>) {
    let spec = service.project.spec().to_owned();
    let none = BTreeMap::new();
    let Outcome::Built(plain, said) = compile(&service.project, &spec, &none) else { panic!("the example is good") };
    let (mut ignored, mut misplaced) = (vec![], vec![]);
    let plain = bare(&plain);
    for path in keys {
        let top = path.split('.').next().unwrap();
        let line = flow("", &path, &Spec::shape()).unwrap().replace("PHASE", service.phase).replace("FOLDER", service.copies);
        let others = spec.lines().filter(|line| !line.starts_with(&format!("{top}:"))).map(|line| format!("{line}\n"));
        let text = others.chain([line.clone() + "\n"]).collect::<String>();
        let last = text.lines().count();
        match compile(&service.project, &text, &none) {
            // What becomes of warnings shows where there are any: tests/errors has those.
            Outcome::Built(..) if top == "lint" => {}
            Outcome::Built(plan, warnings) if bare(&plan) == plain && warnings == said => ignored.push(path),
            Outcome::Built(..) => {}
            Outcome::Refused(found) => {
                // An edition of pip's on a service with extras is refused where those are asked for.
                let is_about = |(code, _, lines): &&(&str, String, Vec<usize>)| lines.contains(&last) || *code == "no-groups";
                let (code, message, _) = found.iter().find(is_about).unwrap_or_else(|| panic!("`{line}`: {found:?}"));
                assert!(!["unknown-key", "wrong-type"].contains(code), "`{line}`: {message}");
                if *code == "misplaced-key" {
                    // The key itself, one around it, or one inside of it.
                    let own = path.trim_start_matches("editions.");
                    let name = message.split('`').find(|word| word.starts_with(own) || own.starts_with(&format!("{word}.")));
                    assert!(name.is_some(), "`{line}`: {message}");
                    misplaced.push(path);
                }
            }
        }
    }
    (ignored, misplaced)
}

/// What a site has no use for: its recipe reads no project, and declares three images and a folder.
#[rustfmt::skip]
const MISPLACED: &[&str] = &[
    "apt", "apt.build", "apt.runtime", "build", "ca", "check.imports", "check.imports.modules", "check.imports.strict", "check.skip", "check.timeout",
    "copy", "editions.apt", "editions.apt.build", "editions.apt.runtime", "editions.check", "editions.check.imports",
    "editions.check.imports.modules", "editions.check.imports.strict", "editions.check.skip", "editions.check.timeout", "editions.extras",
    "editions.groups", "editions.layers", "editions.requirements", "editions.requirements.packages", "editions.torch",
    "extras", "groups", "indexes", "indexes.name", "indexes.secret", "indexes.url", "install-project", "layers", "manager", "node",
    "only-groups", "poetry", "project", "prune", "prune.aws", "prune.bytecode", "prune.drop", "prune.keep", "prune.rules",
    "prune.strip", "prune.tests", "python", "requirements", "requirements.packages", "scripts", "secrets", "secrets.env", "secrets.id",
    "serve", "serve.dir", "ssh", "ssh.known-hosts", "torch", "uv",
];

#[test]
fn a_recipe_from_nothing_takes_or_refuses_every_key() {
    let service = Service { project: example("recipes/site"), phase: "pack", copies: "public" };
    let (ignored, misplaced) = tried(&service, paths(&Spec::shape()).into_iter());
    assert_eq!(ignored, Vec::<String>::new());
    assert_eq!(misplaced, MISPLACED);
}

#[test]
fn the_recipes_of_python_take_or_refuse_every_key() {
    // What every build takes is tried on a site, and what the managers share on one of them.
    let shared = |path: &str| ["apt", "check", "editions", "prune"].iter().any(|group| path.split('.').next() == Some(group));
    for (name, refused) in [
        ("hello", &["build", "node", "poetry", "scripts"][..]),
        ("poetry", &["build", "node", "scripts"]),
        ("pip", &["build", "node", "poetry", "scripts"]),
    ] {
        // A spec that serves a site asks for the recipe of one.
        let own = |path: &str| !path.starts_with("serve") && (name == "hello" || !shared(path));
        let keys = MISPLACED.iter().filter(|path| own(path)).map(|path| (*path).to_owned());
        let service = Service { project: example(name), phase: "assets", copies: "distil.yaml" };
        let (ignored, misplaced) = tried(&service, keys);
        // The manager that the lock is for anyway.
        assert_eq!(ignored, if name == "hello" { vec!["manager"] } else { vec![] }, "{name}");
        assert_eq!(misplaced, refused, "{name}");
    }
}

#[test]
fn the_recipe_of_node_takes_or_refuses_what_a_site_has_no_use_for() {
    let service = Service { project: example("node"), phase: "assets", copies: "distil.yaml" };
    // These make it a service of another kind.
    let other = |path: &str| path.contains("requirements") || path.starts_with("serve") || path == "manager";
    let keys = MISPLACED.iter().filter(|path| !other(path)).map(|path| (*path).to_owned());
    let (ignored, misplaced) = tried(&service, keys);
    assert_eq!(ignored, Vec::<String>::new());
    for refused in ["check.imports", "layers", "poetry", "prune.aws", "python", "torch", "uv"] {
        assert!(misplaced.iter().any(|path| path == refused), "{refused} is not refused: {misplaced:?}");
    }
    for taken in ["apt.build", "build", "ca", "copy", "node", "project", "prune.keep", "scripts", "secrets"] {
        assert!(!misplaced.iter().any(|path| path == taken), "{taken} is refused");
    }
}

/// What the page promises of each manager is filled.
#[test]
fn every_input_of_the_table_is_filled() {
    let page = distil::recipe::inputs_page();
    let sections: Vec<&str> = page.split("\n## ").skip(1).collect();
    let rows = |section: &str| -> Vec<(String, String)> {
        let cell = |cell: &str| cell.trim().trim_matches('`').to_owned();
        let rows = section.lines().filter(|line| line.starts_with("| `")).map(|line| line.split('|').skip(1).take(2).map(cell));
        rows.map(|mut cells| (cells.next().unwrap(), cells.next().unwrap())).collect()
    };
    let section = |title: &str| *sections.iter().find(|section| section.starts_with(title)).unwrap_or_else(|| panic!("{page}"));
    let (always, locked) = (section("Always"), section("With `facts: python` or `facts: node`, of what a lock installs"));
    let (python, node) = (section("With `facts: python`, of the project"), section("With `facts: node`, of the project"));
    let (uv, files) = (section("With `facts: python`, where uv"), section("With `facts: python`, where Poetry"));
    for (name, sections) in [
        ("recipes/site", &[always][..]),
        ("hello", &[always, locked, python, uv]),
        ("poetry", &[always, locked, python, files]),
        ("pip", &[always, locked, python, files]),
        ("node", &[always, locked, node]),
    ] {
        let inputs: Vec<_> = sections.iter().flat_map(|section| rows(section)).collect();
        assert!(inputs.len() > 30);
        let facts = match (name, sections.len()) {
            ("node", _) => "facts: node\n",
            (_, 1) => "",
            _ => "facts: python\n",
        };
        // These are filled where the spec asks for another than the recipe's own.
        let default = |input: &str| if ["uv-image", "torch-index"].contains(&input) { ", default: x" } else { "" };
        let declared: Vec<_> = inputs.iter().map(|(name, kind)| format!("  {name}: {{ type: {kind}{} }}", default(name))).collect();
        let steps: Vec<_> = inputs.iter().map(|(name, _)| format!("      - {{ phase: a, when: {name}, mkdir: /a }}")).collect();
        let stage = format!("  - stage: a\n    from: scratch\n    steps:\n{}\n", steps.join("\n"));
        let recipe = format!("summary: All of it\n{facts}inputs:\n{}\nstages:\n{stage}", declared.join("\n"));
        let own = BTreeMap::from([("all.yaml", recipe)]);
        let python = if facts == "facts: python\n" { "python: \"3.13\"\n" } else { "" };
        match compile(&example(name), &format!("recipe: all.yaml\ncommand: [serve]\n{python}"), &own) {
            Outcome::Built(..) => {}
            Outcome::Refused(found) => panic!("{name}: {found:?}"),
        }
    }
}

/// The steps of the builder that write host keys, and the mounts of those that install.
fn installing(name: &str, ssh: &str) -> (Vec<String>, Vec<String>) {
    let spec = example(name).spec().to_owned();
    let Outcome::Built(plan, _) = compile(&example(name), &format!("{spec}{ssh}\n"), &BTreeMap::new()) else { panic!("{name}: {ssh}") };
    let stages = plan["stages"].as_array().unwrap();
    let builder = stages.iter().find(|stage| stage["name"] == "builder").unwrap();
    let steps = builder["steps"].as_array().unwrap();
    let of = |phase: &str| steps.iter().filter(|step| step["phase"] == *phase).cloned().collect::<Vec<_>>();
    let hosts = of("hosts").iter().map(|step| step["write"]["path"].as_str().unwrap().to_owned()).collect();
    let dependencies = of("dependencies");
    let mounts = dependencies.iter().flat_map(|step| step["run"]["mounts"].as_array().unwrap());
    let about = |mount: &&serde_json::Value| mount.get("ssh").is_some() || mount["bind"]["to"] == "/etc/ssh/ssh_known_hosts";
    (hosts, mounts.filter(about).map(ToString::to_string).collect())
}

#[test]
fn ssh_reaches_what_installs_whoever_manages_the_project() {
    for name in ["hello", "poetry", "pip"] {
        assert_eq!(installing(name, ""), (vec![], vec![]), "{name}");
        let (hosts, mounts) = installing(name, "ssh: {}");
        assert_eq!(hosts, ["/etc/ssh/ssh_known_hosts"], "{name}");
        assert!(mounts.len() == 1 && mounts[0].contains("\"to\":\"/run/ssh-agent.sock\""), "{name}: {mounts:?}");
        let (hosts, mounts) = installing(name, "ssh: { known-hosts: ops/hosts }");
        assert_eq!(hosts, Vec::<String>::new(), "{name}");
        assert!(mounts.len() == 2 && mounts[1].contains("ops/hosts"), "{name}: {mounts:?}");
    }
}

#[test]
fn a_recipe_makes_an_option_of_an_input_that_it_extends() {
    let stage = "stages:\n  - stage: a\n    from: scratch\n    steps:\n      - { phase: a, when: fast, write: /greeting, text: \"{{greeting}}\" }\n";
    let base = format!("summary: Ground\ninputs:\n  greeting: {{ type: string }}\n  fast: {{ type: flag, option: true }}\n{stage}");
    let child = "summary: Above\nextends: base.yaml\ninputs:\n  greeting: { option: true }\n".to_owned();
    let own = BTreeMap::from([("base.yaml", base), ("own.yaml", child)]);
    for (fast, steps) in [("true", 1), ("false", 0)] {
        let spec = format!("recipe: own.yaml\ncommand: [serve]\noptions: {{ greeting: hello, fast: {fast} }}\n");
        let Outcome::Built(plan, _) = compile(&example("recipes/site"), &spec, &own) else { panic!("the options are good") };
        let stages = plan["stages"].as_array().unwrap();
        let made = stages.iter().find(|stage| stage["name"] == "a").unwrap();
        assert_eq!(made["steps"].as_array().unwrap().len(), steps, "fast: {fast}");
    }
}
