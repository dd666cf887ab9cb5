//! What a failed import says it misses: a module, a shared library, a file. Whoever pruned it can then be named.

use super::outcome::Result;

/// Something that is not there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Missing {
    /// A module, by its full name.
    Module(String),
    /// A shared library, by its file's name.
    Library(String),
    /// A file or directory, by its path as the error says it.
    File(String),
    /// A program that was to be run, by its name.
    Program(String),
    /// A package's data, by the name that the package gives it.
    Data(String),
    /// A distribution's metadata, by its name.
    Distribution(String),
}

/// Where in a message something missing is named: what stands before it, what stands after it, and what it is.
type Mark = (&'static str, &'static str, fn(&str) -> Option<Missing>);

const MARKS: &[Mark] = &[
    ("No module named '", "'", |name| Some(Missing::Module(name.into()))),
    ("No module named ", "\n", |name| (!name.starts_with('\'')).then(|| Missing::Module(name.trim().into()))),
    ("No such file or directory: '", "'", |path| Some(Missing::File(path.into()))),
    ("No such file or directory: b'", "'", |path| Some(Missing::File(path.into()))),
    ("No such file or directory: \"", "\"", |path| Some(Missing::File(path.into()))),
    ("Error loading shared library ", ":", |name| Some(Missing::Library(name.into()))),
    ("Unable to load data for: ", "\n", |name| Some(Missing::Data(name.trim().into()))),
    ("No package metadata was found for ", "\n", |name| Some(Missing::Distribution(name.trim().into()))),
    ("DistributionNotFound: The '", "'", |name| Some(Missing::Distribution(name.into()))),
    ("non-existent stub '", "'", |path| Some(Missing::File(path.into()))),
];

/// All that a result names, the last first, since the last exception of a chain is the one that counts.
#[must_use]
pub(crate) fn missing(result: &Result) -> Vec<Missing> {
    match result {
        Result::Error { first, full, .. } => named(&format!("{first}\n{full}\n")),
        Result::Crashed { said, .. } => named(&format!("{said}\n")),
        Result::Ok | Result::Hung => vec![],
    }
}

fn named(text: &str) -> Vec<Missing> {
    let mut found: Vec<(usize, Missing)> = vec![];
    for (before, after, make) in MARKS {
        for (at, _) in text.match_indices(before) {
            let rest = &text[at + before.len()..];
            let what = rest.split(after).next().and_then(make);
            found.extend(what.map(|what| (at, if is_run(&text[..at]) { program(what) } else { what })));
        }
    }
    for (at, _) in text.match_indices(": cannot open shared object file") {
        let start = text[..at].rfind(|c: char| c.is_whitespace() || "'\"(".contains(c)).map_or(0, |i| i + 1);
        let name = text[start..at].rsplit('/').next().unwrap_or_default();
        found.push((at, Missing::Library(name.into())));
    }
    for (at, _) in text.match_indices("cannot import name '") {
        found.extend(imported_name(&text[at..]).map(|what| (at, what)));
    }
    found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let mut unique = vec![];
    for (_, what) in found {
        if !unique.contains(&what) {
            unique.push(what);
        }
    }
    unique
}

/// Whether what a traceback says next comes from starting a program.
fn is_run(before: &str) -> bool {
    let frame = before.rfind("File \"").map_or("", |at| &before[at..]);
    frame.contains("subprocess.py\"") && frame.contains("in _execute_child")
}

/// A file without a folder that was to be run is a program that no folder of `PATH` has.
fn program(what: Missing) -> Missing {
    match what {
        Missing::File(name) if !name.contains('/') => Missing::Program(name),
        other => other,
    }
}

/// `cannot import name 'a' from 'b'`: perhaps the module `b.a`.
fn imported_name(text: &str) -> Option<Missing> {
    let mut quoted = text.lines().next()?.split('\'').skip(1).step_by(2);
    let (name, package) = (quoted.next()?, quoted.next()?);
    Some(Missing::Module(format!("{package}.{name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_read_from_what_is_said() {
        let module = |name: &str| Missing::Module(name.into());
        let library = |name: &str| Missing::Library(name.into());
        let file = |path: &str| Missing::File(path.into());
        let cases = [
            ("No module named 'x.tests'", vec![module("x.tests")]),
            ("No module named x", vec![module("x")]),
            ("libfoo.so.1: cannot open shared object file: No such file or directory", vec![library("libfoo.so.1")]),
            ("dlopen: /app/.venv/lib/liba.so.2: cannot open shared object file: No such", vec![library("liba.so.2")]),
            ("Error loading shared library libpq.so.5: No such file or directory (needed by /x.so)", vec![library("libpq.so.5")]),
            ("[Errno 2] No such file or directory: '/app/a b.json'", vec![file("/app/a b.json")]),
            ("[Errno 2] No such file or directory: b'/app/é'", vec![file("/app/é")]),
            ("Unable to load data for: endpoints", vec![Missing::Data("endpoints".into())]),
            ("No package metadata was found for x-y", vec![Missing::Distribution("x-y".into())]),
            ("Cannot load imports from non-existent stub '/s/__init__.pyi'", vec![file("/s/__init__.pyi")]),
            ("cannot import name 'b' from 'a' (/s/a/__init__.py)", vec![module("a.b")]),
            ("cannot import name 'b'", vec![]),
            ("something else", vec![]),
        ];
        for (text, want) in cases {
            assert_eq!(missing(&Result::error("E", text, "")), want, "{text}");
        }
        let run = "File \"/usr/lib/python3.13/subprocess.py\", line 1972, in _execute_child\n";
        let said = |name: &str| format!("{run}FileNotFoundError: [Errno 2] No such file or directory: '{name}'");
        assert_eq!(missing(&Result::error("FileNotFoundError", "", &said("git"))), [Missing::Program("git".into())]);
        assert_eq!(missing(&Result::error("FileNotFoundError", "", &said("/srv/none"))), [file("/srv/none")]);
        let chain = "ImportError: No module named 'fast'\nDuring handling:\nImportError: No module named 'slow'";
        assert_eq!(missing(&Result::error("ImportError", "", chain)), [module("slow"), module("fast")]);
    }
}
