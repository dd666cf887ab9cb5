//! Every key of a spec is taken or refused. A key is taken by every build, by the facts of a project, or by an input that comes
//! from it and that the recipe declares; a key that nobody takes is an error with its line and the reason.

use crate::diag::{Diagnostic, Sink, codes};
use crate::ecosystem::{Ecosystem, Project};
use crate::recipe::Recipe;
use crate::recipe::input;
use crate::recipe::known::Row;
use crate::spec::Spec;
use crate::yaml::decode::list;
use crate::yaml::written::{Form, Written};

/// Keys that every build takes, whatever its recipe: for the image's configuration, or for what the planner adds to any recipe.
const TAKEN_BY_EVERY_RECIPE: &[&str] = &[
    "name",
    "recipe",
    "editions",
    "options",
    "args",
    "args.default",
    "args.values",
    "args.pattern",
    "args.help",
    "exclude",
    // The planner says whether a stage of the recipe is built in the builder's image, once they are there.
    "build-env",
    "env",
    "workdir",
    "user",
    "entrypoint",
    "command",
    "before-start",
    "expose",
    "volumes",
    "labels",
    "stop-signal",
    "budget",
    "emulate",
    "lint",
    "lint.allow",
    "lint.warn",
    "lint.deny",
    "healthcheck",
    "healthcheck.http",
    "healthcheck.tcp",
    "healthcheck.command",
    "healthcheck.interval",
    "healthcheck.timeout",
    "healthcheck.start-period",
    "healthcheck.retries",
    "check.run",
    "check.run.run",
    "check.run.exit",
    "check.run.matches",
    "check.run.env",
    "check.run.timeout",
    "check.start",
    "check.start.within",
    "check.start.env",
    "check.start.http",
    "check.start.http.path",
    "check.start.http.status",
    "check.start.http.matches",
    "check.start.tcp",
    "check.start.for",
    "check.files",
    "check.files.path",
    "check.files.absent",
    "check.files.mode",
    "check.files.owner",
    // Files of something else than the project.
    "copy.from",
    "copy.path",
    "copy.to",
    "copy.spec",
    "copy.edition",
    "steps",
    "steps.phase",
    "steps.name",
    "steps.run",
    "steps.script",
    "steps.env",
    "steps.network",
    "steps.ships",
    // Parts of an item that is taken or refused as a whole.
    "indexes.name",
    "indexes.url",
    "secrets.id",
];

/// A recipe, for whoever asks what it takes.
struct Taker<'t> {
    recipe: &'t Recipe,
    name: &'t str,
    spec: &'t Spec,
    project: &'t Project,
}

/// Says which of the keys that a spec has nothing takes. `name` is the recipe's.
pub(super) fn check(written: &[Written], spec: &Spec, (recipe, name): (&Recipe, &str), project: &Project, sink: &mut Sink) {
    let taker = Taker { recipe, name, spec, project };
    let mut refused: Vec<&str> = vec![];
    for key in written {
        // A mapping does what its own keys do, each of which is asked about by itself.
        let speaks = acts(key) || !written.iter().any(|other| is_in(&other.path, &key.path));
        if !speaks || taker.takes(key) || refused.iter().any(|outer| is_in(&key.path, outer)) {
            continue;
        }
        refused.push(&key.path);
        sink.push(taker.refusal(key));
    }
}

/// Whether a key says something beside what the keys inside of it say.
fn acts(key: &Written) -> bool {
    let path = own(&key.path);
    key.form != Form::Keys || (path != "prune" && known().any(|known| known == path))
}

/// The path of a key, as the spec itself has it: an edition's keys are the spec's.
fn own(path: &str) -> &str {
    path.strip_prefix("editions.").unwrap_or(path)
}

/// The paths by which the tables know what a key says.
fn meant(key: &Written) -> Vec<&str> {
    if let Some(short) = Ecosystem::meant(own(&key.path), key.form) {
        return vec![short];
    }
    match (own(&key.path), key.form) {
        (path, Form::Keys) if !acts(key) => known().filter(|known| is_in(known, path)).collect(),
        (path, _) => vec![path],
    }
}

/// Every path that the tables know.
fn known() -> impl Iterator<Item = &'static str> {
    let owned = Ecosystem::ALL.iter().flat_map(|one| one.keys().iter().copied());
    TAKEN_BY_EVERY_RECIPE.iter().copied().chain(owned).chain(input::rows().flat_map(|row| row.keys.iter().copied()))
}

fn is_in(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'))
}

/// The inputs that come from one of these keys.
fn rows<'p>(paths: &'p [&str]) -> impl Iterator<Item = &'static Row> + 'p {
    input::rows().filter(|row| row.keys.iter().any(|key| paths.contains(key)))
}

impl Taker<'_> {
    fn takes(&self, key: &Written) -> bool {
        let paths = meant(key);
        match own(&key.path) {
            // One that says nothing of the project's own files says what is copied in any build.
            "copy" if !self.spec.names_own_copies() => true,
            // The spec's own steps have them.
            "secrets" | "secrets.env" if self.spec.steps.iter().flatten().next().is_some() => true,
            "secrets" if self.spec.secrets.iter().flatten().all(|secret| secret.value.env.is_some()) => true,
            path if self.project.refuses(self.spec, path).is_some() => false,
            _ => {
                let own = self.project.ecosystem().map_or(&[][..], Ecosystem::keys);
                paths.iter().any(|path| TAKEN_BY_EVERY_RECIPE.contains(path) || own.contains(path))
                    || rows(&paths).any(|row| self.declares(row))
            }
        }
    }

    fn declares(&self, row: &Row) -> bool {
        self.recipe.inputs.0.iter().any(|(name, declared)| declared.filled_by(&name.value).is_some_and(|filled| filled.name == row.name))
    }

    fn refusal(&self, key: &Written) -> Diagnostic {
        let (path, paths) = (own(&key.path), meant(key));
        if let Some(message) = self.project.refuses(self.spec, path) {
            return Diagnostic::new(codes::MISPLACED_KEY, message).at(key.place, "").help("leave it out");
        }
        let names: Vec<&str> = rows(&paths).map(|row| row.name).collect();
        let mut owners: Vec<Ecosystem> = paths.iter().flat_map(|path| Ecosystem::owners(path)).collect();
        let is_project = !owners.is_empty();
        if owners.is_empty() && rows(&paths).all(|row| row.by.ecosystem().is_some()) {
            owners = rows(&paths).flat_map(|row| row.by.of.iter().copied()).collect();
        }
        owners = Ecosystem::ALL.iter().copied().filter(|one| owners.contains(one)).collect();
        // Where the project is read, it is only the input that is missing.
        owners.retain(|_| self.project.ecosystem().is_none_or(|own| is_project && !Ecosystem::owners(path).contains(&own)));
        let message = match &owners[..] {
            [] => format!("the recipe `{}` has no use for `{path}`", self.name),
            owners => {
                let titles: Vec<&str> = owners.iter().map(|owner| owner.title()).collect();
                format!("`{path}` is for {} services, and the recipe `{}` has no use for it", titles.join(" and "), self.name)
            }
        };
        let words: Vec<String> = owners.iter().map(|owner| format!("`facts: {}`", owner.word())).collect();
        let facts = (!words.is_empty()).then(|| format!("a recipe that says {}", words.join(" or ")));
        let help = match (&names[..], facts) {
            (_, Some(facts)) if is_project => format!("leave it out; {facts}, or extends one that does, takes it"),
            ([name], None) => format!("leave it out, or declare the input `{name}` in the recipe and use it"),
            ([name], Some(facts)) => format!("leave it out; {facts} and declares the input `{name}` takes it"),
            (names, None) => format!("leave it out, or declare one of the inputs {} in the recipe and use it", list(names)),
            (names, Some(facts)) => format!("leave it out; {facts} and declares one of {} takes it", list(names)),
        };
        Diagnostic::new(codes::MISPLACED_KEY, message).at(key.place, "").help(help)
    }
}

#[cfg(test)]
mod tests {
    use crate::yaml::Decode;
    use crate::yaml::written::paths;

    use super::*;

    #[test]
    fn every_key_of_the_spec_has_somebody_to_take_it() {
        let all = paths(&Spec::shape());
        let takers: Vec<&str> = known().collect();
        let container = |path: &str| all.iter().any(|other| is_in(other, path));
        for path in &all {
            let path = own(path);
            assert!(takers.contains(&path) || container(path), "nothing says who takes `{path}`: add it to a table");
        }
        for path in takers {
            assert!(all.iter().any(|known| known == path), "the spec has no key `{path}`");
        }
    }

    #[test]
    fn what_every_build_takes_needs_no_input() {
        assert!(Ecosystem::ALL.iter().flat_map(|one| one.keys()).all(|path| !TAKEN_BY_EVERY_RECIPE.contains(path)));
    }
}
