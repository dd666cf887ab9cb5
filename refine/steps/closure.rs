//! The shared libraries of what ships: found, or said to be missing with a way out; and what they and stripping came to.

use crate::diag::codes;
use crate::language::Language;
use crate::libraries::{self, Closure, Input, Opener};
use crate::proof::Finding;
use crate::tree::Tree;

use super::notes::{AbsentLibrary, BroughtLibrary, StrippedFiles, megabytes};
use super::output::StripCount;
use super::{Problem, all_right, release};

/// What the shipped files need beyond themselves and the runtime, by all that is known of libraries and of a language's packages.
pub fn find(shipped: &Tree, runtime: &Tree, builder: &Tree, openers: &[Opener], language: &dyn Language) -> Closure {
    let (rules, release) = (libraries::Rules::embedded(), release());
    libraries::close(&Input {
        shipped,
        runtime,
        builder,
        release: release.as_deref(),
        rules: &rules,
        openers,
        package_folders: language.package_folders(),
    })
}

/// Libraries that only parts which work without them ask for.
#[must_use]
pub fn absent(closure: &Closure) -> Vec<AbsentLibrary> {
    let asked = |missing: &libraries::Missing| {
        missing.needed_by.iter().map(|needer| (needer.path.clone(), needer.optional.clone().unwrap_or_default())).collect()
    };
    let one = |missing: &libraries::Missing| AbsentLibrary { library: missing.library.clone(), asked_by: asked(missing) };
    closure.missing.iter().map(one).collect()
}

/// Warnings of files that look like programs and cannot be read as such.
pub fn unreadable(closure: &Closure) -> impl Iterator<Item = String> {
    closure.unreadable.iter().map(|(path, why)| {
        let message = format!("{path} cannot be read as a program or library: {why}");
        Finding::new(codes::UNREADABLE_PROGRAM, path, message).to_string()
    })
}

/// What would fail when it is loaded fails here.
pub fn check(closure: &Closure) -> Result<(), Problem> {
    let mut said = vec![];
    for missing in &closure.missing {
        let needers: Vec<&str> = missing.needed_by.iter().filter(|n| n.optional.is_none()).map(|n| n.path.as_str()).collect();
        let Some((first, others)) = needers.split_first() else { continue };
        let others = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
        let help = match &missing.package {
            Some(package) => format!("add it to the spec: `apt: {{ runtime: [{package}] }}`"),
            None => "find the Debian package that has it (packages.debian.org searches the contents of packages) and name it under \
                     `apt: { runtime: […] }` in the spec"
                .to_owned(),
        };
        let message = format!("{first}{others} needs {}, which neither the runtime nor the builder has\n  help: {help}", missing.library);
        said.push(Finding::new(codes::MISSING_LIBRARY, &missing.library, message));
    }
    for new in &closure.too_new {
        let newest = new.newest.as_ref().map_or("none".to_owned(), |newest| format!("{newest} at most"));
        let message = format!(
            "{} needs {} of {}, and {} has {newest}\n  help: build and run on the same Debian release, or on a newer one",
            new.path, new.wanted, new.library, new.found
        );
        said.push(Finding::new(codes::OLD_LIBRARY, &new.library, message));
    }
    all_right(said)
}

/// The libraries that are brought, and whose they are.
#[must_use]
pub fn describe_brought(closure: &Closure, owners: &libraries::Owners) -> Vec<BroughtLibrary> {
    let one = |b: &libraries::Brought| BroughtLibrary {
        path: b.path.clone(),
        bytes: b.entry.size(),
        package: owners.packages.get(&b.from).cloned(),
        version: owners.packages.get(&b.from).and_then(|package| owners.version(package)).map(str::to_owned),
        needed_by: b.needed_by.clone(),
    };
    closure.brought.iter().map(one).collect()
}

/// What stripping came to, for notes.
#[must_use]
pub fn count(stripped: StripCount) -> StrippedFiles {
    StrippedFiles { files: stripped.files, bytes: stripped.bytes, left: stripped.left.into_iter().collect() }
}

/// The lines that say what was stripped and brought.
#[must_use]
pub fn lines(stripped: &StrippedFiles, brought: &[BroughtLibrary]) -> Vec<String> {
    let mut lines = vec![];
    if stripped.files > 0 {
        lines.push(format!("symbols of {} programs and libraries: {}", stripped.files, megabytes(stripped.bytes)));
    }
    if !stripped.left.is_empty() {
        lines.push(format!("{} programs and libraries were left as they are, because stripping them is not safe", stripped.left.len()));
    }
    if !brought.is_empty() {
        let names: Vec<&str> = brought.iter().filter_map(|b| b.path.rsplit('/').next()).collect();
        lines.push(format!("brought from the builder: {}", names.join(", ")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_that_would_not_load_are_said_with_a_way_out() {
        let needer = libraries::Needer { path: "/app/x.so".into(), optional: None };
        let missing = libraries::Missing { library: "libpq.so.5".into(), package: Some("libpq5".into()), needed_by: vec![needer] };
        let (path, library, found) = ("/app/y.so".into(), "libc.so.6".into(), "/lib/libc.so.6".into());
        let too_new = libraries::TooNew { path, library, found, wanted: "GLIBC_2.41".into(), newest: None };
        let said = check(&Closure { missing: vec![missing], too_new: vec![too_new], ..Closure::default() }).unwrap_err().to_string();
        assert!(said.starts_with("error[missing-library]: /app/x.so needs libpq.so.5, which neither"), "{said}");
        assert!(said.contains("\nerror[old-library]: /app/y.so needs GLIBC_2.41 of libc.so.6, and /lib/libc.so.6 has none"), "{said}");
    }
}
