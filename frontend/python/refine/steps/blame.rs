//! What is behind an import that no longer works: the rule that left out what is missing, and a way out that really is one.

use crate::python::refine::interpreter::{self as python, Missing};
use crate::python::refine::packages::modules::module_of;
use crate::refine::libraries;

use super::notes::{Environment, Pruned};
use super::release;

/// The rule that left out what is missing.
fn blame<'a>(missing: &Missing, notes: &'a Environment) -> Option<(&'a str, &'a Pruned)> {
    match missing {
        Missing::Module(name) => module(name, notes),
        Missing::File(path) => notes.rule_for(path).or_else(|| end(path.trim_start_matches('/'), notes)),
        Missing::Library(name) | Missing::Data(name) | Missing::Program(name) => end(name, notes),
        Missing::Distribution(name) => distribution(name, notes),
    }
}

/// The rule that left out a module, or a package around it.
fn module<'a>(name: &str, notes: &'a Environment) -> Option<(&'a str, &'a Pruned)> {
    let inside = |found: &str| name.strip_prefix(found).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    // What setuptools puts in the place of the module that Python has no more.
    let is_distutils = inside("distutils");
    let fits =
        |path: &String| dotted(path).is_some_and(|found| inside(&found)) || is_distutils && path.ends_with("/distutils-precedence.pth");
    find(notes, fits)
}

fn distribution<'a>(name: &str, notes: &'a Environment) -> Option<(&'a str, &'a Pruned)> {
    let name = crate::python::pep::normalized(name).replace('-', "_");
    let fits = |path: &String| {
        let info = path.split_once(".dist-info").map_or("", |(before, _)| before.rsplit('/').next().unwrap_or_default());
        info.split('-').next().is_some_and(|found| found.to_lowercase() == name)
    };
    find(notes, fits)
}

/// The rule that left out a file whose path ends so, or a folder that it was in.
fn end<'a>(tail: &str, notes: &'a Environment) -> Option<(&'a str, &'a Pruned)> {
    let tail = format!("/{tail}");
    let folder = |path: &str| {
        let inside = path.split_once("/site-packages/").map_or(path, |(_, rest)| rest);
        format!("/{}/", inside.trim_start_matches('/'))
    };
    find(notes, |path| path.ends_with(&tail) || tail.starts_with(&folder(path)))
}

fn find(notes: &Environment, fits: impl Fn(&String) -> bool) -> Option<(&str, &Pruned)> {
    notes.pruned.iter().find(|(_, pruned)| pruned.paths.iter().any(&fits)).map(|(rule, pruned)| (rule.as_str(), pruned))
}

/// The dotted name of what a path of the image is imported by: of a package, of a module in the standard library, of an
/// extension module.
fn dotted(path: &str) -> Option<String> {
    let site = ["/site-packages/", "/dist-packages/"].iter().find_map(|folder| Some(path.split_once(folder)?.1));
    let library = || {
        let rest = path.split_once("/lib/python")?.1.split_once('/')?.1;
        Some(rest.strip_prefix("lib-dynload/").unwrap_or(rest))
    };
    let inside = site.or_else(library)?;
    let (folder, last) = inside.rsplit_once('/').map_or(("", inside), |(folder, last)| (folder, last));
    let last = module_of(last).unwrap_or(last);
    let name = if folder.is_empty() { last.to_owned() } else { format!("{}.{last}", folder.replace('/', ".")) };
    Some(name.strip_suffix(".__init__").unwrap_or(&name).to_owned())
}

/// Which rule left out something of what is missing, and how to turn it off.
pub(super) fn rule(missing: &[Missing], notes: &Environment) -> Option<String> {
    let (missing, (rule, pruned)) = missing.iter().find_map(|missing| Some((missing, blame(missing, notes)?)))?;
    Some(format!("  the rule `{rule}` left out what it needs: {}\n  help: {}", words(missing), off(pruned)))
}

/// What a spec can do about what a rule left out.
fn off(pruned: &Pruned) -> String {
    match pruned.switch.as_str() {
        "" => "take it out of `prune: { drop: […] }`".to_owned(),
        switch => format!("turn it off with `prune: {{ rules: {{ {switch}: false }} }}`, or keep the files with `prune: {{ keep: […] }}`"),
    }
}

/// What a spec can do about what no rule left out.
pub(super) fn help(missing: Option<&Missing>, release: Option<&str>) -> String {
    match missing {
        Some(Missing::Library(name)) => match libraries::Rules::embedded().package(name, release) {
            Some(package) => format!("the Debian package that has it comes along with `apt: {{ runtime: [{package}] }}`"),
            None => "name the Debian package that has it under `apt: { runtime: […] }`; packages.debian.org searches their contents".into(),
        },
        Some(Missing::File(path)) => format!(
            "if it is a file of the system, name its Debian package under `apt: {{ runtime: […] }}`; if it is yours, `copy` brings it \
             to {path}"
        ),
        Some(Missing::Module(name)) => {
            let top = name.split('.').next().unwrap_or(name);
            format!("add what has `{top}` to the project's dependencies; if that is the runtime's own Python, take `runtime: distroless`")
        }
        Some(Missing::Program(name)) => match libraries::Rules::embedded().program(name) {
            Some(package) => format!(
                "the Debian package that has `{name}` comes along with `apt: {{ runtime: [{package}] }}`; if a setting makes the service do \
                 without it, give that under `env`"
            ),
            None => format!(
                "name the Debian package that has `{name}` under `apt: {{ runtime: […] }}`; packages.debian.org searches their contents"
            ),
        },
        Some(Missing::Data(_) | Missing::Distribution(_)) => "keep the files with `prune: { keep: […] }`".into(),
        None => "it imports with all of the builder around it: a program or file of the system that it looks for comes along with \
                 `apt: { runtime: […] }`, and `prune: false` tells whether a file of a package is what it misses"
            .into(),
    }
}

/// What a spec can do about what a program missed that ended with a traceback: a module, or a file that an image could have.
pub(in crate::python::refine) fn missed(words: &str) -> Option<String> {
    const KINDS: [&str; 2] = ["ModuleNotFoundError", "FileNotFoundError"];
    /// Where files come to lie at run time only.
    const MOUNTED_AT_RUN_TIME: [&str; 4] = ["/tmp/", "/run/", "/proc/", "/dev/"];
    let (at, kind) = KINDS.iter().filter_map(|kind| Some((words.rfind(&format!("{kind}: "))?, *kind))).max()?;
    let end = words[at..].find('\n').map_or(words.len(), |length| at + length);
    let error = python::Result::error(kind, &words[at + kind.len() + 2..end], &words[..end]);
    match python::missing::missing(&error).first()? {
        Missing::Module(name) => {
            let top = name.split('.').next().unwrap_or(name);
            Some(format!("add the package that has `{top}` to the project's dependencies, or `copy` it where it is the project's own"))
        }
        Missing::File(path) if MOUNTED_AT_RUN_TIME.iter().any(|folder| path.starts_with(folder)) => None,
        other => Some(help(Some(other), release().as_deref())),
    }
}

/// What is missing, in words.
fn words(missing: &Missing) -> String {
    match missing {
        Missing::Module(name) => format!("the module `{name}`"),
        Missing::Library(name) => format!("the library {name}"),
        Missing::File(path) => format!("the file {path}"),
        Missing::Program(name) => format!("the program `{name}`"),
        Missing::Data(name) => format!("the data `{name}`"),
        Missing::Distribution(name) => format!("the metadata of `{name}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn rule(missing: &Missing, paths: &[&str]) -> bool {
        let paths = paths.iter().map(|p| (*p).to_owned()).collect();
        let pruned = Pruned { switch: "x".into(), files: 3, bytes: 9, paths, ..Pruned::default() };
        let notes = Environment { pruned: BTreeMap::from([("x".into(), pruned)]), ..Environment::default() };
        blame(missing, &notes).is_some()
    }

    #[test]
    fn last_words_tell_what_was_missed() {
        let traceback =
            |last: &str| format!("Traceback (most recent call last):\n  File \"/app/main.py\", line 1, in <module>\n{last}\nbye\n");
        let said = |last: &str| missed(&traceback(last)).unwrap_or_default();
        let module = said("ModuleNotFoundError: No module named 'shop.rates'");
        assert_eq!(module, "add the package that has `shop` to the project's dependencies, or `copy` it where it is the project's own");
        let file = said("FileNotFoundError: [Errno 2] No such file or directory: '/app/data/cities.json'");
        assert!(file.ends_with("if it is yours, `copy` brings it to /app/data/cities.json"), "{file}");
        for other in [
            "KeyError: 'DATABASE_URL'",
            "FileNotFoundError: [Errno 2] No such file or directory: '/run/db.sock'",
            "FileNotFoundError: [Errno 2] No such file or directory",
        ] {
            assert_eq!(said(other), "", "{other}");
        }
    }

    #[test]
    fn the_rule_behind_a_failure_is_named() {
        let tests = "/app/.venv/lib/python3.13/site-packages/numpy/_core/tests";
        let module = |name: &str| Missing::Module(name.into());
        assert!(rule(&module("numpy._core.tests._natype"), &[tests]));
        assert!(rule(&module("numpy._core.tests"), &[tests]));
        assert!(!rule(&module("numpy._core"), &[tests]));
        assert!(rule(&Missing::File(format!("{tests}/data/x.csv")), &[tests]));
        assert!(!rule(&Missing::Library("libpq.so.5".into()), &[tests]));
    }

    #[test]
    fn modules_of_the_standard_library_are_found_by_their_files() {
        let library = "/usr/local/lib/python3.13";
        let so = |name: &str| format!("{library}/lib-dynload/{name}.cpython-313-x86_64-linux-gnu.so");
        let is = |name: &str, path: &str| rule(&Missing::Module(name.into()), &[path]);
        assert!(is("readline", &so("readline")) && is("_curses", &so("_curses")) && !is("_curses", &so("_curses_panel")));
        assert!(is("dbm.gnu", &format!("{library}/dbm/gnu.py")) && !is("dbm", &format!("{library}/dbm/gnu.py")));
        assert!(is("tkinter.ttk", &format!("{library}/tkinter")) && is("turtle", &format!("{library}/turtle.py")));
        let site = "/app/.venv/lib/python3.13/site-packages";
        assert!(is("distutils.version", &format!("{site}/distutils-precedence.pth")) && is("six", &format!("{site}/six.py")));
        assert!(is("anyio._core", &format!("{site}/anyio/__init__.py")));
        assert!(rule(&Missing::Distribution("Some_Thing".into()), &[&format!("{site}/some_thing-1.0.dist-info")]));
    }

    #[test]
    fn no_way_out_is_to_look_away() {
        let missing = [
            Missing::Library("libpq.so.5".into()),
            Missing::Library("libnone.so.1".into()),
            Missing::File("/usr/share/x".into()),
            Missing::Program("git".into()),
            Missing::Program("none".into()),
            Missing::Module("a.b".into()),
            Missing::Data("x".into()),
            Missing::Distribution("x".into()),
        ];
        for one in missing.iter().map(Some).chain([None]) {
            assert!(!help(one, Some("trixie")).contains("skip"), "{one:?}");
        }
        assert!(help(missing.first(), None).contains("apt: { runtime: [libpq5] }"));
    }
}
