//! What a reviewer has to look at first, the worst at the head. What is as distil makes it by itself is none.

use serde::Serialize;

use crate::target::Product;

use super::Audit;
use super::packages::One;

/// Something that somebody has to vouch for.
#[derive(Debug, Serialize)]
pub(crate) struct Concern {
    /// A short name that stays the same, for whoever filters.
    pub(crate) name: &'static str,
    pub(crate) said: String,
    /// The lines that it comes from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) at: Vec<String>,
}

/// All of them.
pub(super) fn of(audit: &Audit, product: Product) -> Vec<Concern> {
    let mut all = secrets_and_users(audit, product);
    all.extend(packages(audit));
    all.extend(images(audit));
    all
}

fn concern(name: &'static str, said: String, at: Vec<String>) -> Concern {
    Concern { name, said, at }
}

fn secrets_and_users(audit: &Audit, product: Product) -> Vec<Concern> {
    let mut all = vec![];
    match product {
        Product::Dev => {
            all.push(concern("dev", "this image is to develop in: nothing proves it, and it is not for production".into(), vec![]));
        }
        Product::Debug => all.push(concern("debug", "this target adds a shell and tools, and nothing proves it".into(), vec![])),
        _ if audit.proofs.is_empty() => all.push(concern("no-proof", "nothing proves the image before it is exported".into(), vec![])),
        _ => {}
    }
    if audit.runs.root {
        all.push(concern("root", format!("the service runs as root ({})", audit.runs.user), vec![]));
    }
    for secret in &audit.secrets {
        let what = if secret.kind == "ssh" { format!("the ssh agent {}", secret.id) } else { format!("the secret {}", secret.id) };
        for step in secret.steps.iter().filter(|step| step.ships || step.own) {
            let (name, why) = if step.ships {
                ("secret-in-layer-step", "which makes a layer of the image")
            } else {
                ("secret-in-own-step", "which is no step of distil's")
            };
            all.push(concern(
                name,
                format!("{what} is seen by \"{}\", {why}: see that it writes nothing of it", step.name),
                vec![step.at.clone()],
            ));
        }
    }
    for supply in audit.supplies.iter().filter(|supply| !supply.encrypted) {
        all.push(concern(
            "not-encrypted",
            format!("{} can be changed by whoever is on the way: it is not encrypted", supply.address),
            vec![],
        ));
    }
    all
}

fn packages(audit: &Audit) -> Vec<Concern> {
    let found = &audit.packages;
    let listed = |name, all: &[One], what: &str| {
        let said = || format!("{} of {} packages {what}: {}", all.len(), found.count, names(all));
        (!all.is_empty()).then(|| concern(name, said(), all.iter().map(|one| one.at.clone()).collect()))
    };
    let tools = || {
        let folder = |path: &String| if path == "." { "the project".to_owned() } else { path.clone() };
        let built: Vec<String> = found.folders.iter().map(folder).collect();
        let built = if built.is_empty() { "the project".to_owned() } else { built.join(", ") };
        concern(
            "unlocked-tools",
            format!("{built}: built with what no lock pins: {}", names(&found.tools)),
            found.tools.iter().map(|one| one.at.clone()).collect(),
        )
    };
    [
        listed("no-hash", &found.unhashed, "have no hash that holds them to what was locked"),
        listed("builds", &found.built, "run code of their own while they are installed"),
        listed("may-build", &found.perhaps_built, "may do so, as the lock does not tell"),
        listed("not-from-index", &found.elsewhere, "come from elsewhere than an index"),
        (!found.tools.is_empty()).then(tools),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn images(audit: &Audit) -> Vec<Concern> {
    let moving: Vec<&str> = audit.images.iter().filter(|image| !image.pinned).map(|image| image.name.as_str()).collect();
    let mut all = vec![];
    if !moving.is_empty() {
        let (what, have) = if moving.len() == 1 { ("image is", "has") } else { ("images are", "have") };
        all.push(concern(
            "unpinned-image",
            format!("{} {what} what a tag names on the day, and {have} no digest: {}", moving.len(), moving.join(", ")),
            vec![],
        ));
    }
    if audit.tools.shell != Some(false) {
        all.push(concern("shell", format!("who gets in finds {}", audit.tools.said), vec![]));
    }
    let warnings = audit.findings.len();
    if warnings > 0 {
        all.push(concern(
            "findings",
            format!("{warnings} {} said of the spec and the project, below", if warnings == 1 { "warning is" } else { "warnings are" }),
            vec![],
        ));
    }
    if !audit.silenced.is_empty() {
        let count = audit.silenced.len();
        all.push(concern(
            "silenced",
            format!(
                "{count} {} silenced, below with {}",
                if count == 1 { "warning is" } else { "warnings are" },
                if count == 1 { "its reason" } else { "their reasons" }
            ),
            vec![],
        ));
    }
    all
}

/// As many names as one reads, and how many more there are.
pub(super) fn names(all: &[One]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = all.iter().take(SHOWN).map(One::title).collect();
    let more = if all.len() > SHOWN { format!(" and {} more", all.len() - SHOWN) } else { String::new() };
    shown.join(", ") + &more
}
