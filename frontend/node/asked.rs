//! What a spec asks of a Node service, and what the project's files decided.

use serde_json::Value;

use crate::diag::{Place, Sources};
use crate::ecosystem::answers::Locking;
use crate::plan::Decision;
use crate::spec::Spec;

use super::facts::{Facts, lock};
use super::keys::{Build, Keys, Manager};
use super::locks::{Member, Reduced};
use super::steps::Request;

impl Spec {
    /// What it says of a Node service.
    pub(crate) fn node(&self) -> &Keys {
        &self.ecosystems.node
    }
}

/// The command that builds a project, where it says or has one: the spec's, else its script `build` after those of the members that it
/// needs.
pub(super) fn build(spec: &Spec, facts: &Facts) -> Vec<String> {
    match &spec.node().build {
        Some(build) => match &build.value {
            Build::Off => vec![],
            Build::Run(words) => words.clone(),
        },
        None if facts.project.build.is_some() => {
            let mut words: Vec<String> = ["npm", "run", "build"].map(str::to_owned).to_vec();
            if builds_members(facts) {
                let members = ordered(&facts.lock.production);
                words.push("--if-present".to_owned());
                words.extend(members.iter().map(|folder| format!("--workspace={folder}")));
            }
            words
        }
        None => vec![],
    }
}

/// Where that runs, from the lock's folder: what builds several members runs above them.
pub(super) fn build_folder(spec: &Spec, facts: &Facts) -> String {
    let project = super::inputs::within(facts, &facts.project.folder);
    if spec.node().build.is_none() && builds_members(facts) { String::new() } else { project }
}

/// Whether members of the workspace are built before it. What lies above them builds them itself.
fn builds_members(facts: &Facts) -> bool {
    let members = &facts.lock.production.members;
    members.len() > 1 && members.iter().all(|member| !member.folder.is_empty())
}

/// The folders of the members that are installed, each after those that it needs.
fn ordered(lock: &Reduced) -> Vec<String> {
    let manifest = |folder: &str| {
        let path = if folder.is_empty() { "package.json".to_owned() } else { format!("{folder}/package.json") };
        let text = lock.files.iter().find(|(known, _)| *known == path).map(|(_, text)| text)?;
        serde_json::from_str::<Value>(text).ok()
    };
    let needs = |folder: &str| {
        let manifest = manifest(folder).unwrap_or_default();
        let tables = ["dependencies", "optionalDependencies", "peerDependencies"];
        tables
            .iter()
            .filter_map(|key| manifest[*key].as_object())
            .flat_map(|table| table.keys().cloned().collect::<Vec<_>>())
            .collect::<Vec<String>>()
    };
    let (mut done, mut left) = (vec![], lock.members.iter().collect::<Vec<_>>());
    while !left.is_empty() {
        let waits = |member: &&Member| {
            let needs = needs(&member.folder);
            left.iter().any(|other| other.folder != member.folder && other.name.as_ref().is_some_and(|name| needs.contains(name)))
        };
        // Those that need each other come as they stand.
        let next = left.iter().position(|member| !waits(member)).unwrap_or(0);
        done.push(left.remove(next).folder.clone());
    }
    done
}

/// The project where it is not where the spec lies, its Node, what manages it, and whose install scripts run.
pub(crate) fn decisions(spec: &Spec, facts: &Facts, sources: &Sources) -> Vec<Decision> {
    let mut decisions = vec![];
    let project = &facts.project.folder;
    if project != "." {
        let from = spec.project.as_ref().map_or("where the spec lies".to_owned(), |place| sources.cite_line(place.place));
        decisions.push(Decision { about: "project", value: project.clone(), from });
    }
    decisions.push(Decision { about: "node", value: facts.node.version.to_string(), from: facts.node.from.clone() });
    let manager_from = spec.ecosystems.manager.as_ref().map_or(facts.lock.path(), |manager| sources.cite_line(manager.place));
    decisions.push(Decision { about: "manager", value: facts.lock.manager.word().into(), from: manager_from });
    let build = build(spec, facts);
    if !build.is_empty() {
        let said = spec.node().build.as_ref().map(|build| build.place).or(facts.project.build);
        let from = said.map_or_else(|| facts.lock.path(), |place| sources.cite_line(place));
        decisions.push(Decision { about: "build", value: crate::shell::join(&build), from });
    }
    for (name, place) in super::inputs::allowed(spec, &facts.lock.production) {
        decisions.push(Decision { about: "install script", value: name, from: sources.cite_line(place) });
    }
    decisions
}

/// The line that asks for what a step does, which is told by its words.
pub(crate) fn asks_for(facts: &Facts, argv: &[String], sources: &Sources) -> Option<Place> {
    let Some(Ok(request)) = Request::read(argv.get(2..)?) else { return None };
    match request {
        Request::Try(_) | Request::Modules(_) | Request::Prove(_) => {
            let text = &sources.file(facts.lock.file).text;
            Some(Place { file: facts.lock.file, start: 0, end: text.lines().next().map_or(0, str::len) })
        }
        Request::Ship(_) | Request::Entry(_) => None,
    }
}

/// By what a project is locked: its manager's own command.
pub(crate) fn locking(folder: &str, manager: Option<Manager>) -> Locking {
    let manager = manager.unwrap_or(Manager::Npm);
    let name = lock::LOCKS.iter().rev().find(|(_, one)| *one == manager).map_or("package-lock.json", |(name, _)| name);
    let place = if folder == "." { String::new() } else { format!(" in {folder}") };
    Locking::Theirs {
        problem: format!("`{name}`{place} is {}'s own to write", manager.word()),
        help: format!("run `{} install`{place}", manager.word()),
    }
}
