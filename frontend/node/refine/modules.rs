//! Packages as they ship: without what rules leave out and no package names as its entry, and without native code that cannot be loaded
//! where the image runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::node::steps::Modules;
use crate::refine::elf;
use crate::refine::language::Language;
use crate::refine::prune::sets;
use crate::refine::requests::{Gather, On, RuleSet};
use crate::refine::steps::Problem;
use crate::refine::steps::gather::{Judged, gather_judged};
use crate::refine::tree::{Entry, Tree, has_extension};

use super::folders;
use super::installed::{Installed, packages};

/// The program whose machine native code has to be for.
const NODE: &str = "/usr/local/bin/node";
/// The layer of packages.
const LAYER: &str = "packages";
/// The sets of rules that hold for packages unless a spec says otherwise.
const RULES: &[&str] = &[
    "source-maps",
    "type-declarations",
    "type-sources",
    "markdown",
    "package-documents",
    "tests",
    "headers",
    "static-libraries",
    "build-files",
    "native-sources",
];
/// The rule of native code for other machines.
const FOREIGN: &str = "foreign-code";
/// The rule of what managers note.
const INSTALLER_NOTES: &str = "installer-notes";
/// The rules that no set has, since what they mean is not told by a name.
pub(crate) const OWN_RULES: &[&str] = &[FOREIGN, INSTALLER_NOTES];
/// Notes of managers, which name every package that was installed.
const NOTES: &[&str] = &[".package-lock.json", ".modules.yaml", ".yarn-state.yml", ".yarn-integrity"];
/// What Node tries behind a path that names no file.
const TRIED: &[&str] = &["", ".js", ".json", ".node", ".cjs", ".mjs", "/index.js", "/index.json", "/index.node", "/package.json"];
/// Larger files are bundles, which ask for nothing.
const LARGEST: u64 = 5_000_000;
/// Endings of files that a pattern among a package's exports means, since code may ask for any of them.
const CODE: &[&str] = &["js", "mjs", "cjs", "json", "node", "wasm"];

/// The lines that a person should know; the layers are written to `request.out`.
pub(super) fn gather(request: &Modules, language: &dyn Language) -> Result<Vec<String>, Problem> {
    let modules: Vec<PathBuf> = folders(&request.folder, &request.member);
    let there: Vec<&PathBuf> = modules.iter().filter(|folder| folder.is_dir()).collect();
    let named = |folder: &Path| folder.display().to_string();
    let mut kept = Kept::default();
    let mut goes = BTreeMap::new();
    for folder in &there {
        for package in packages(folder)? {
            kept.package(&package);
        }
        if request.prune.0 {
            let tree = Tree::read(folder, &named(folder))?;
            kept.asked_for(&tree, &named(folder))?;
            goes.extend(unfit(&tree)?);
        }
    }
    let request = Gather {
        files: there.iter().map(|folder| (named(folder), named(folder))).collect(),
        layer: modules.iter().map(|folder| (named(folder), LAYER.to_owned())).collect(),
        prune: request.prune,
        rules: RULES.iter().map(|name| RuleSet((*name).to_owned())).collect(),
        on: request.on.clone(),
        off: request.off.clone(),
        drop: request.drop.clone(),
        keep: request.keep.clone(),
        strip: request.strip,
        libraries: On(true),
        user: None,
        home: None,
        minimal: false,
        base: request.base.clone(),
        added: crate::refine::requests::Folder::none(),
        out: request.out.clone(),
    };
    let judged = Judged { stays: &|path| kept.has(path), goes };
    gather_judged(&request, &judged, language)
}

/// What packages name as their own entries.
#[derive(Debug, Default)]
struct Kept {
    /// Files.
    files: BTreeSet<String>,
    /// Starts and ends of the paths of files, by the package that names them.
    patterns: Vec<(String, String)>,
}

impl Kept {
    /// Adds what a package names.
    fn package(&mut self, package: &Installed) {
        let read = fs::read(package.folder.join("package.json")).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
        let Some(manifest) = read else { return };
        let mut named = vec![];
        for key in ["main", "module", "bin", "exports", "browser"] {
            targets(&manifest[key], &mut named);
        }
        let folder = package.folder.display();
        for target in named {
            let target = target.trim_start_matches("./");
            let path = format!("{folder}/{target}");
            match path.split_once('*') {
                Some((start, end)) => self.patterns.push((start.to_owned(), end.to_owned())),
                None => {
                    self.files.extend(TRIED.iter().map(|end| format!("{}{end}", path.trim_end_matches('/'))));
                }
            }
        }
    }

    /// Adds the files that code asks for which no rule means: what such a file names by a path from itself.
    fn asked_for(&mut self, modules: &Tree, folder: &str) -> io::Result<()> {
        let code = modules.iter().filter(|(path, entry)| {
            let rest = path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/');
            let is_code = ["js", "mjs", "cjs"].iter().any(|end| has_extension(path, end));
            is_code && entry.is_file() && entry.size() < LARGEST && sets::sets().taking(RULES, path, &[rest]).is_none()
        });
        for (path, entry) in code {
            let text = entry.bytes()?;
            let above = path.rsplit_once('/').map_or("", |(above, _)| above);
            for target in relative(&String::from_utf8_lossy(&text)) {
                let path = resolved(above, target);
                self.files.extend(TRIED.iter().map(|end| format!("{path}{end}")));
            }
        }
        Ok(())
    }

    /// Whether any names a file.
    fn has(&self, path: &str) -> bool {
        let is_code = || CODE.iter().any(|end| has_extension(path, end));
        let fits =
            |(start, end): &(String, String)| path.len() >= start.len() + end.len() && path.starts_with(start) && path.ends_with(end);
        self.files.contains(path) || (is_code() && self.patterns.iter().any(fits))
    }
}

/// The paths that a text has in quotes, which begin at the file itself.
fn relative(text: &str) -> impl Iterator<Item = &str> {
    ["'./", "\"./", "`./", "'../", "\"../", "`../"].into_iter().flat_map(move |start| {
        text.match_indices(start).filter_map(move |(at, _)| {
            let rest = &text[at + 1..];
            let end = rest.find(&start[..1]).filter(|end| *end < 200)?;
            Some(&rest[..end]).filter(|path| !path.contains(['\n', '$', '*']))
        })
    })
}

/// Where such a path leads from a folder.
fn resolved(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The files that a value of a manifest names, those aside that only tell of types.
fn targets<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| targets(item, found)),
        Value::Object(entries) => entries.iter().filter(|(key, _)| !key.starts_with("types")).for_each(|(_, value)| targets(value, found)),
        _ => {}
    }
}

/// What cannot be loaded where the image runs, or says what was installed, with the rule that it goes by.
fn unfit(modules: &Tree) -> io::Result<BTreeMap<String, (&'static str, String)>> {
    let own = elf::read(&fs::File::open(NODE)?).ok().flatten();
    let mut found = BTreeMap::new();
    for (path, entry) in modules.iter().filter(|(_, entry)| entry.is_file()) {
        let name = path.rsplit('/').next().unwrap_or_default();
        if NOTES.contains(&name) && path.rsplit('/').nth(1) == Some("node_modules") {
            found.insert(path.to_owned(), (INSTALLER_NOTES, "notes of the manager that installed".to_owned()));
        } else if own.as_ref().is_some_and(|own| is_foreign(path, entry, own)) {
            found.insert(path.to_owned(), (FOREIGN, "native code for other machines or another C library".to_owned()));
        }
    }
    Ok(found)
}

/// Whether a file is native code that the image's Node cannot load.
fn is_foreign(path: &str, entry: &Entry, own: &elf::Elf) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_library = ["node", "so", "dylib", "dll", "exe"].iter().any(|end| has_extension(name, end)) || name.contains(".so.");
    if !is_library && entry.mode & 0o111 == 0 {
        return false;
    }
    let mut magic = [0; 4];
    let Ok(mut file) = fs::File::open(&entry.disk) else { return false };
    if file.read_exact(&mut magic).is_err() {
        return false;
    }
    // Windows and macOS.
    if is_library && (magic.starts_with(b"MZ") || [[0xcf, 0xfa, 0xed, 0xfe], [0xca, 0xfe, 0xba, 0xbe]].contains(&magic)) {
        return true;
    }
    let Ok(Some(found)) = elf::read(&file) else { return false };
    let is_musl = |elf: &elf::Elf| {
        let by_loader = elf.interpreter.as_ref().is_some_and(|loader| loader.contains("/ld-musl-"));
        by_loader || elf.needed.iter().any(|library| library.starts_with("libc.musl-") || library == "libc.so")
    };
    let needs_glibc = found.needed.iter().any(|library| library == "libc.so.6");
    found.target != own.target || (is_musl(&found) && !is_musl(own)) || (needs_glibc && is_musl(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_code_asks_for_stays_although_it_is_called_like_a_test() {
        let disk = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = disk.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("core-js/es/index.js", "require('../modules/es.regexp.test');\nimport(\"./other.js\")");
        write("core-js/modules/es.regexp.test.js", "");
        write("a/lib.test.js", "require('./more.test.js')");
        let folder = disk.path().display().to_string();
        let mut kept = Kept::default();
        kept.asked_for(&Tree::read(disk.path(), &folder).unwrap(), &folder).unwrap();
        let has = |path: &str| kept.has(&format!("{folder}/{path}"));
        assert!(has("core-js/modules/es.regexp.test.js") && has("core-js/es/other.js") && !has("a/more.test.js"));
    }

    /// The files that a package's manifest keeps, among some.
    fn kept(manifest: &str, files: &[&'static str]) -> Vec<&'static str> {
        let disk = tempfile::tempdir().unwrap();
        fs::write(disk.path().join("package.json"), manifest).unwrap();
        let mut kept = Kept::default();
        kept.package(&Installed { name: "a".into(), from: disk.path().to_owned(), folder: disk.path().to_owned() });
        files.iter().copied().filter(|file| kept.has(&disk.path().join(file).display().to_string())).collect()
    }

    #[test]
    fn what_a_manifest_names_stays() {
        let files = ["lib/a.test.js", "docs/index.js", "bin/run", "test/x.js", "test/x.d.ts", "es.test.js", "other.test.js"];
        assert_eq!(kept(r#"{"main": "./lib/a.test", "bin": {"a": "bin/run"}}"#, &files), ["lib/a.test.js", "bin/run"]);
        assert_eq!(kept(r#"{"main": "docs"}"#, &files), ["docs/index.js"]);
        let exports = r#"{"exports": {".": {"types": "./test/x.d.ts", "import": "./es.test.js"}, "./test/*": ["./test/*.js", null]}}"#;
        assert_eq!(kept(exports, &files), ["test/x.js", "es.test.js"]);
        assert_eq!(
            kept(r#"{"exports": {"./*": "./*"}}"#, &files),
            ["lib/a.test.js", "docs/index.js", "test/x.js", "es.test.js", "other.test.js"]
        );
        assert_eq!(kept("not JSON", &files), [""; 0]);
    }
}
