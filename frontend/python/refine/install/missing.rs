//! Why a package cannot be built from its sources: what the compilers and build systems said is missing, and the Debian packages
//! that have it, as data (`templates/rules/build-tools.yaml`).

use crate::diag::{Sink, Sources};
use crate::yaml::{Decode, Table, keys};

/// The table that comes with distil.
const EMBEDDED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/rules/build-tools.yaml"));
/// How many missing things are named: more are most often what a build system merely looked for.
const MAX_NAMED: usize = 4;

keys! {
    /// What building packages needs.
    pub(crate) struct Tools as "the table of build tools" {
        /// How it is said that something is missing.
        forms: Vec<Form> = "forms", "[{says: \"fatal error: {}: No such file\", of: headers}]";
        /// Sentences that name no file.
        texts: Vec<Text> = "texts", "[{says: Git executable not found, needs: [git], misses: \"`git`\"}]";
        /// Debian packages by program.
        programs: Table<Vec<String>> = "programs", "{pg_config: [libpq-dev]}";
        /// By header.
        headers: Table<Vec<String>> = "headers", "{ffi.h: [libffi-dev]}";
        /// By module of pkg-config.
        modules: Table<Vec<String>> = "modules", "{libffi: [libffi-dev]}";
        /// By library that a linker looks for.
        libraries: Table<Vec<String>> = "libraries", "{pq: [libpq-dev]}";
        /// By the name that a search of `CMake` has for it.
        cmake: Table<Vec<String>> = "cmake", "{ZLIB: [zlib1g-dev]}";
    }
}

keys! {
    /// A form of words; `{}` is what is missing.
    pub(crate) struct Form as "a form" {
        /// The words.
        says: String = "says", "fatal error: {}: No such file";
        /// Which table has what is missing.
        of: String = "of", "headers";
    }
}

keys! {
    /// A sentence that tells by itself what is missing.
    pub(crate) struct Text as "a text" {
        /// Some words of it.
        says: String = "says", "Git executable not found";
        /// The Debian packages.
        needs: Vec<String> = "needs", "[git]";
        /// What messages call it.
        misses: String = "misses", "`git`";
    }
}

/// Something that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Missing {
    what: String,
    packages: Vec<String>,
    /// Whether it is of use without a compiler.
    alone: bool,
}

impl Tools {
    /// The table that comes with distil.
    #[must_use]
    pub(crate) fn embedded() -> Self {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let file = sources.add("rules/build-tools.yaml", "YAML", EMBEDDED);
        let node = crate::yaml::parse(&sources, file, &mut sink);
        node.and_then(|node| Self::decode(&node, &mut sink)).expect("a test reads the embedded table")
    }

    /// What is said below the output of a build that failed; nothing where nothing in it is known. `has` tells whether the builder
    /// has a program, `is_debian` whether it has Debian's packages.
    #[must_use]
    pub(crate) fn explain(&self, output: &str, has: &dyn Fn(&str) -> bool, is_debian: bool) -> Option<String> {
        let missing = self.missing(output);
        let (first, rest) = missing.split_first()?;
        let names: Vec<&str> = [first].into_iter().chain(rest).map(|m| m.what.as_str()).collect();
        let package = failed(output).map_or_else(|| "a package".to_owned(), |name| format!("`{name}`"));
        let error = format!("{package} cannot be built here: {} missing", are(&names));
        if !is_debian {
            return Some(format!("{error}\nhelp: build on Debian, with `runtime: slim` or `distroless`, and name its package there"));
        }
        let mut packages: Vec<&str> = vec![];
        let compiles = missing.iter().any(|m| !m.alone) && !["cc", "gcc", "clang"].iter().any(|c| has(c));
        let compiler = if compiles { &["gcc", "libc6-dev"][..] } else { &[] };
        for name in missing.iter().flat_map(|m| &m.packages).map(String::as_str).chain(compiler.iter().copied()) {
            if !packages.contains(&name) {
                packages.push(name);
            }
        }
        // g++ brings both along.
        if packages.contains(&"g++") {
            packages.retain(|name| !["gcc", "libc6-dev"].contains(name));
        }
        if missing.iter().all(|m| m.packages.is_empty()) {
            let what = first.what.split('`').nth(1).unwrap_or_default();
            return Some(format!(
                "{error}\nhelp: see which Debian package has it (`apt-file search {what}`), and add it to the spec:\nhelp: `apt: {{ build: [THAT-PACKAGE] }}`"
            ));
        }
        Some(format!("{error}\nhelp: add it to the spec: `apt: {{ build: [{}] }}`", packages.join(", ")))
    }

    /// What some output says is missing, in its order.
    fn missing(&self, output: &str) -> Vec<Missing> {
        let mut found: Vec<Missing> = vec![];
        for line in output.lines() {
            let text = self.texts.iter().find(|text| line.contains(&text.says));
            let text = text.map(|t| Missing { what: t.misses.clone(), packages: t.needs.clone(), alone: t.needs == ["git"] });
            let named = || self.forms.iter().find_map(|form| self.named(&form.of, &captured(&form.says, line)?));
            if let Some(missing) = text.or_else(named).filter(|m| !found.contains(m)) {
                found.push(missing);
            }
        }
        // What the table knows is more likely the cause than what it does not.
        if found.iter().any(|m| !m.packages.is_empty()) {
            found.retain(|m| !m.packages.is_empty());
        }
        found.truncate(MAX_NAMED);
        found
    }

    fn named(&self, of: &str, word: &str) -> Option<Missing> {
        let (table, kind) = match of {
            "headers" => (&self.headers, "the header "),
            "modules" => (&self.modules, "pkg-config's "),
            "libraries" => (&self.libraries, "the library "),
            "cmake" => (&self.cmake, "CMake's "),
            _ => (&self.programs, ""),
        };
        let name = if of == "programs" { word.rsplit('/').next().unwrap_or(word) } else { word };
        let packages = table.0.iter().find(|(key, _)| key.value == name).map(|(_, packages)| packages.clone());
        // Files of any kind are looked for and not found; only a program that is known to be one is meant.
        if of == "programs" && packages.is_none() {
            return None;
        }
        let alone = of == "programs" && !name.ends_with("config");
        Some(Missing { what: format!("{kind}`{name}`"), packages: packages.unwrap_or_default(), alone })
    }
}

/// What stands for `{}` in a line that has a form of words: one word without blanks and quotes.
fn captured(form: &str, line: &str) -> Option<String> {
    let (before, after) = form.split_once("{}")?;
    let rest = &line[line.find(before)? + before.len()..];
    let word = if after.is_empty() { rest.split(|c: char| c.is_whitespace() || c == ':').next()? } else { &rest[..rest.find(after)?] };
    let word = word.trim_matches(['\'', '"', '`']);
    (!word.is_empty() && !word.contains(char::is_whitespace)).then(|| word.to_owned())
}

/// The package that uv says it could not build.
fn failed(output: &str) -> Option<&str> {
    let (_, rest) = output.lines().find_map(|line| line.split_once("uild `").filter(|(before, _)| before.contains("Failed to")))?;
    let name = rest.split('`').next()?;
    Some(name.split(" @ ").next().unwrap_or(name))
}

/// A list with its verb.
fn are(names: &[&str]) -> String {
    match names {
        [one] => format!("{one} is"),
        [most @ .., last] => format!("{} and {last} are", most.join(", ")),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(output: &str, has: &[&str], expected: &str) {
        let said = Tools::embedded().explain(output, &|program| has.contains(&program), true);
        assert_eq!(said.as_deref().unwrap_or_default(), expected, "{output}");
        for line in expected.lines().filter(|line| !line.contains("cannot be built")) {
            assert!(line.len() <= 100, "{line}");
        }
    }

    #[test]
    fn what_is_missing_is_named_with_its_package() {
        let failed = "  × Failed to build `psycopg2==2.9.10`\n";
        check(
            &format!("{failed}      Error: pg_config executable not found.\n"),
            &[],
            "`psycopg2==2.9.10` cannot be built here: `pg_config` is missing\n\
             help: add it to the spec: `apt: { build: [libpq-dev, gcc, libc6-dev] }`",
        );
        check(
            &format!("{failed}error: command 'x86_64-linux-gnu-gcc' failed: No such file or directory\n"),
            &[],
            "`psycopg2==2.9.10` cannot be built here: `x86_64-linux-gnu-gcc` is missing\n\
             help: add it to the spec: `apt: { build: [gcc, libc6-dev] }`",
        );
        check(
            "c/_cffi.c:15:10: fatal error: ffi.h: No such file or directory\n   15 | #include <ffi.h>\n",
            &["gcc"],
            "a package cannot be built here: the header `ffi.h` is missing\nhelp: add it to the spec: `apt: { build: [libffi-dev] }`",
        );
        check(
            "/usr/bin/ld: cannot find -lxml2: No such file or directory\n/usr/bin/ld: cannot find -lz\n",
            &["cc"],
            "a package cannot be built here: the library `xml2` and the library `z` are missing\n\
             help: add it to the spec: `apt: { build: [libxml2-dev, zlib1g-dev] }`",
        );
        check(
            "Package cairo was not found in the pkg-config search path.\nNo package 'cairo' found\n",
            &["gcc"],
            "a package cannot be built here: pkg-config's `cairo` is missing\nhelp: add it to the spec: `apt: { build: [libcairo2-dev] }`",
        );
    }

    #[test]
    fn sentences_and_other_tools_are_known() {
        let needs = |output: &str, packages: &str| {
            let said = Tools::embedded().explain(output, &|_| true, true).unwrap_or_default();
            assert!(said.ends_with(&format!("help: add it to the spec: `apt: {{ build: [{packages}] }}`")), "{output}: {said}");
        };
        needs("Cargo, the Rust package manager, is not installed or is not on PATH.", "cargo");
        needs("error: can't find Rust compiler", "rustc, cargo");
        needs("CMake must be installed to build from source.", "cmake, g++, make");
        needs("../meson.build:1:0: ERROR: Unknown compiler(s): [['gfortran'], ['flang']]", "gfortran");
        needs("../meson.build:9:0: ERROR: Dependency \"openblas\" not found, tried pkgconfig and cmake", "libopenblas-dev");
        needs("  Could NOT find ZLIB (missing: ZLIB_LIBRARY ZLIB_INCLUDE_DIR)", "zlib1g-dev");
        needs("FileNotFoundError: [Errno 2] No such file or directory: 'mysql_config'", "default-libmysqlclient-dev");
        needs("/bin/sh: 1: pkg-config: not found", "pkg-config");
        needs("Exception: Can not find valid pkg-config name.", "default-libmysqlclient-dev, pkg-config");
        needs("  = note: error: linker `cc` not found", "gcc, libc6-dev");
        needs("Exception: you need a C compiler to build uWSGI", "gcc, libc6-dev");
        needs("  Git executable not found. Ensure that Git is installed", "git");
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        check("error: invalid command 'bdist_wheel'\nFileNotFoundError: No such file or directory: 'README.md'\n", &[], "");
        check("  × No solution found when resolving dependencies\n", &[], "");
        check(
            "x.c:1:10: fatal error: own/odd.h: No such file or directory\n",
            &["gcc"],
            "a package cannot be built here: the header `own/odd.h` is missing\n\
             help: see which Debian package has it (`apt-file search own/odd.h`), and add it to the spec:\n\
             help: `apt: { build: [THAT-PACKAGE] }`",
        );
        let alpine = Tools::embedded().explain("error: command 'gcc' failed: No such file or directory", &|_| false, false);
        assert!(alpine.is_some_and(|said| said.contains("runtime: slim")));
    }

    #[test]
    fn every_row_is_of_use() {
        let tools = Tools::embedded();
        let tables = [&tools.programs, &tools.headers, &tools.modules, &tools.libraries, &tools.cmake];
        assert!(tables.iter().map(|table| table.0.len()).sum::<usize>() > 200);
        for (name, packages) in tables.iter().flat_map(|table| &table.0) {
            assert!(
                !packages.is_empty() && packages.iter().all(|p| p.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))),
                "{name:?}"
            );
        }
        assert!(tools.forms.iter().all(|f| ["headers", "modules", "libraries", "cmake", "programs"].contains(&f.of.as_str())));
        assert!(tools.forms.iter().all(|f| f.says.contains("{}")) && tools.texts.iter().all(|t| !t.needs.is_empty()));
    }
}
