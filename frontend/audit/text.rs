//! An audit as a person reads it, in 80 columns: what to look at first, then all of it by subject.

use std::fmt::Write as _;

use crate::shell;

use super::packages::One;
use super::{Audit, Finding};

const WIDTH: usize = 80;

/// A page of text under way.
#[derive(Default)]
struct Page(String);

impl Page {
    fn title(&mut self, title: &str) {
        let _ = writeln!(self.0, "\n{title}");
    }

    /// A line with a mark before it, broken at spaces where it is too long.
    fn item(&mut self, mark: &str, text: &str) {
        let indent = " ".repeat(mark.chars().count());
        let mut line = mark.to_owned();
        let mut is_empty = true;
        for word in text.split_whitespace() {
            if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
                let _ = writeln!(self.0, "{line}");
                (line, is_empty) = (indent.clone(), true);
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        let _ = writeln!(self.0, "{}", line.trim_end());
    }
}

/// All of it.
pub(crate) fn text(audit: &Audit) -> String {
    let mut page = Page::default();
    page.item("", &format!("{}: what a build of `{}` takes, runs and ships (recipe {})", audit.name, audit.target, audit.recipe));
    page.title("Look at first");
    for concern in &audit.concerns {
        let lines: Vec<&str> = concern.at.iter().take(3).map(String::as_str).collect();
        let more = if concern.at.len() > lines.len() { ", …" } else { "" };
        let at = if lines.is_empty() { String::new() } else { format!(" [{}{more}]", lines.join(", ")) };
        page.item("  ! ", &format!("{}{at}", concern.said));
    }
    if audit.concerns.is_empty() {
        page.item("  ", "Nothing: all is as distil makes it by itself.");
    }
    image(audit, &mut page);
    outside(audit, &mut page);
    steps(audit, &mut page);
    page.title("Ships besides packages");
    for file in &audit.files {
        page.item("  ", &format!("{}:{} → {} [{}]", file.from, file.path, file.to, file.at));
    }
    if audit.files.is_empty() {
        page.item("  ", "nothing");
    }
    page.title("Has to succeed on the finished image, without a network, before it is exported");
    for proof in &audit.proofs {
        let part = proof.part.as_ref().map_or(String::new(), |part| format!("{part}: "));
        page.item("  ", &format!("{part}{} [{}]", proof.name, proof.at));
    }
    if audit.proofs.is_empty() {
        page.item("  ", "nothing");
    }
    findings("Warnings", &audit.findings, &mut page);
    findings("Silenced warnings", &audit.silenced, &mut page);
    page.0
}

fn image(audit: &Audit, page: &mut Page) {
    let runs = &audit.runs;
    page.title("Runs");
    page.item("  as      ", &format!("{}{}", runs.user, if runs.root { " (root)" } else { "" }));
    page.item("  in      ", &runs.workdir);
    page.item("  command ", &shell::join(&runs.command));
    if !runs.ports.is_empty() {
        page.item("  ports   ", &runs.ports.join(", "));
    }
    if !runs.volumes.is_empty() {
        page.item("  writes  ", &runs.volumes.join(", "));
    }
    page.item("  beside  ", &audit.tools.said);
}

fn outside(audit: &Audit, page: &mut Page) {
    page.title("Comes from outside");
    for image in &audit.images {
        let pin = if image.pinned { "pinned" } else { "not pinned" };
        let ships = if image.ships { "its layers ship" } else { "for the build" };
        page.item("  image    ", &format!("{} ({pin}; {ships}: {})", image.name, image.uses.join(", ")));
    }
    for supply in &audit.supplies {
        let packages = match supply.packages {
            0 => String::new(),
            1 => " (1 package)".to_owned(),
            count => format!(" ({count} packages)"),
        };
        page.item(&format!("  {:8} ", supply.kind), &format!("{}{packages}", supply.address));
    }
    let packages = &audit.packages;
    if packages.count > 0 {
        page.title(&format!("Packages ({})", packages.count));
        let held = packages.count - packages.unhashed.len();
        page.item("  ", &format!("{held} held by hash or commit to what was locked, {} not", packages.unhashed.len()));
        listed("no hash", &packages.unhashed, page);
        listed("runs its own code", &packages.built, page);
        listed("may run its own code", &packages.perhaps_built, page);
        listed("from elsewhere", &packages.elsewhere, page);
    }
    if !packages.folders.is_empty() {
        let tools: Vec<&str> = packages.tools.iter().map(|tool| tool.name.as_str()).collect();
        let tools = if tools.is_empty() { String::new() } else { format!(", with {}", tools.join(", ")) };
        page.item("  ", &format!("built from the context{tools}: {}", packages.folders.join(", ")));
    }
}

fn listed(what: &str, all: &[One], page: &mut Page) {
    // A lock of requirements may say it of every package.
    const SHOWN: usize = 20;
    for one in all.iter().take(SHOWN) {
        let why = if one.why.is_empty() { String::new() } else { format!(": {}", one.why) };
        page.item("  ", &format!("{what}: {}{why} [{}]", one.title(), one.at));
    }
    if all.len() > SHOWN {
        page.item("  ", &format!("{what}: {} more", all.len() - SHOWN));
    }
}

fn steps(audit: &Audit, page: &mut Page) {
    page.title("Secrets");
    for secret in &audit.secrets {
        let need = if secret.required { "required" } else { "optional" };
        page.item("  ", &format!("{} ({}, {need}), seen by", secret.id, secret.kind));
        for step in &secret.steps {
            page.item("    ", &format!("{}: {} [{}]", step.stage, step.name, step.at));
        }
    }
    if audit.secrets.is_empty() {
        page.item("  ", "none");
    } else {
        page.item("  ", "They are mounts of these steps: the build itself writes none to a layer, and no other step sees one.");
    }
    page.title("Steps, each as root in a container of the build");
    for (has, title) in [(true, "  with a network"), (false, "  without one")] {
        let all: Vec<_> = audit.steps.iter().filter(|step| step.network == has).collect();
        if all.is_empty() {
            continue;
        }
        let _ = writeln!(page.0, "{title}");
        for step in all {
            let notes: Vec<&str> = [(step.own, "not distil's"), (step.script, "script"), (step.ships, "a layer of the image")]
                .into_iter()
                .filter_map(|(is, note)| is.then_some(note))
                .collect();
            let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
            page.item("    ", &format!("{}: {}{notes} [{}]", step.stage, step.name, step.at));
        }
    }
}

fn findings(title: &str, all: &[Finding], page: &mut Page) {
    page.title(title);
    for found in all {
        let at = found.at.as_ref().map_or(String::new(), |at| format!("{at}: "));
        page.item("  ", &format!("{at}{} [{}]", found.message, found.name));
        if let Some(reason) = &found.reason {
            page.item("    because ", reason);
        }
    }
    if all.is_empty() {
        page.item("  ", "none");
    }
}
