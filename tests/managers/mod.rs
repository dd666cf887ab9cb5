//! Our reduced locks in the hands of the managers: `tests/managers/run` fetches these, and runs this test over projects that it writes. Each
//! manager locks a workspace of its own, installs what we made of that frozen, and has exactly the packages that we say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use distil::diag::{Sink, Sources, render};
use distil::node::locks::{Answer, Ask, Kind, Libc, Reduced, Target, reduce};
use serde_json::Value;

/// A manager of one version.
struct Manager {
    /// Its package with its version.
    pin: &'static str,
    kind: Kind,
    lock: &'static str,
    /// How it writes a lock and nothing else.
    locks: &'static [&'static str],
    /// How it installs what ships from a lock that it may not change.
    installs: &'static [&'static str],
}

const NPM: (&[&str], &[&str]) =
    (&["install", "--package-lock-only", "--ignore-scripts", "--no-audit"], &["ci", "--omit=dev", "--ignore-scripts", "--no-audit"]);
const PNPM: (&[&str], &[&str]) = (
    &["install", "--lockfile-only", "--no-frozen-lockfile", "--ignore-scripts"],
    &["install", "--frozen-lockfile", "--prod", "--ignore-scripts"],
);

const fn npm(pin: &'static str) -> Manager {
    Manager { pin, kind: Kind::Npm, lock: "package-lock.json", locks: NPM.0, installs: NPM.1 }
}

const fn pnpm(pin: &'static str) -> Manager {
    Manager { pin, kind: Kind::Pnpm, lock: "pnpm-lock.yaml", locks: PNPM.0, installs: PNPM.1 }
}

const MANAGERS: &[Manager] = &[
    npm("npm@11.19.1"),
    npm("npm@12.2.2"),
    pnpm("pnpm@9.15.9"),
    pnpm("pnpm@10.34.9"),
    pnpm("pnpm@11.28.0"),
    pnpm("@pnpm/exe.linux-x64@12.21.0"),
    Manager {
        pin: "yarn@1.22.22",
        kind: Kind::Yarn1,
        lock: "yarn.lock",
        locks: &["install", "--ignore-scripts", "--non-interactive"],
        installs: &["install", "--frozen-lockfile", "--production", "--ignore-scripts", "--non-interactive"],
    },
    Manager {
        pin: "@yarnpkg/cli-dist@4.18.1",
        kind: Kind::Berry,
        lock: "yarn.lock",
        locks: &["install", "--mode=update-lockfile", "--no-immutable"],
        installs: &["install", "--immutable", "--mode=skip-build"],
    },
];

impl Manager {
    /// Runs it in a folder, and returns what it said if it refused.
    fn run(&self, words: &[&str], folder: &Path) -> Result<(), String> {
        let (name, _) = self.pin.rsplit_once('@').unwrap();
        let package = PathBuf::from(std::env::var_os("DISTIL_MANAGERS").expect("run tests/managers/run")).join(self.pin.replace('/', "+"));
        let package = package.join("node_modules").join(name);
        let manifest: Value = serde_json::from_str(&fs::read_to_string(package.join("package.json")).unwrap()).unwrap();
        // The packages of pnpm's own programs name no command.
        let commands = manifest["bin"].as_object();
        let command = commands.and_then(|commands| commands.get(name).or(commands.values().next()));
        let program = package.join(command.map_or("pnpm", |command| command.as_str().unwrap()));
        let is_script = fs::read(&program).unwrap().starts_with(b"#!");
        let mut command = if is_script { Command::new("node") } else { Command::new(&program) };
        let command = command.args(is_script.then_some(&program)).args(words).current_dir(folder).env("CI", "1");
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        output.status.success().then_some(()).ok_or_else(|| format!("{} {}: {said}", self.pin, words.join(" ")))
    }

    /// How a member asks for another.
    fn member(&self) -> &'static str {
        if matches!(self.kind, Kind::Npm | Kind::Yarn1) { "^1.0.0" } else { "workspace:^" }
    }

    /// A workspace: a service with an alias, platform packages, a package in two versions and peers; a member that it needs, and one that
    /// it does not; overrides.
    fn project(&self) -> BTreeMap<&'static str, String> {
        let server = format!(
            r#"{{ "name": "server", "version": "1.2.0", "dependencies": {{ "shared": "{}", "kleur": "^4.1.5", "chokidar": "3.6.0",
                "nano": "npm:nanoid@3.3.7", "esbuild": "0.21.5", "use-sync-external-store": "1.2.2", "react": "18.3.1",
                "readable-stream": "1.1.14" }}, "devDependencies": {{ "mri": "1.2.0" }} }}"#,
            self.member()
        );
        let mut files = BTreeMap::from([
            ("apps/server/package.json", server),
            ("apps/web/package.json", r#"{ "name": "web", "version": "1.0.0", "dependencies": { "is-odd": "3.0.1" } }"#.to_owned()),
            (
                "packages/shared/package.json",
                r#"{ "name": "shared", "version": "1.4.0", "bin": { "tool": "./dist/tool.js" }, "scripts": { "build": "x" },
                    "dependencies": { "is-number": "6.0.0" }, "devDependencies": { "ms": "2.1.3" } }"#
                    .to_owned(),
            ),
        ]);
        let root = r#""name": "mono", "version": "3.0.0", "private": true, "devDependencies": { "isexe": "3.1.1" }"#;
        let overrides = r#"{ "isarray": "2.0.5", "is-odd": "3.0.1" }"#;
        let folders = r#""workspaces": ["apps/*", "packages/*"]"#;
        match self.kind {
            Kind::Npm => drop(files.insert("package.json", format!("{{ {root}, {folders}, \"overrides\": {overrides} }}"))),
            Kind::Pnpm => {
                files.insert("package.json", format!("{{ {root}, \"pnpm\": {{ \"overrides\": {overrides} }} }}"));
                files.insert("pnpm-workspace.yaml", format!("packages: ['apps/*', 'packages/*']\noverrides: {overrides}\n"));
            }
            Kind::Yarn1 | Kind::Berry | Kind::Bun => {
                files.insert("package.json", format!("{{ {root}, {folders}, \"resolutions\": {overrides} }}"));
            }
        }
        if self.kind == Kind::Berry {
            files.insert("yarn.lock", String::new());
            files.insert(".yarnrc.yml", "nodeLinker: node-modules\n".to_owned());
        }
        files
    }
}

fn write(folder: &Path, files: impl IntoIterator<Item = (impl AsRef<Path>, impl AsRef<str>)>) {
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.as_ref()).unwrap();
    }
}

/// What is made of a lock in a folder.
fn reduced(manager: &Manager, folder: &Path) -> Reduced {
    let (mut sources, mut files, mut folders) = (Sources::default(), BTreeMap::new(), BTreeMap::new());
    let lock = sources.add(manager.lock, "text", &fs::read_to_string(folder.join(manager.lock)).unwrap());
    loop {
        let mut sink = Sink::default();
        let target = Target { os: "linux", cpu: "x64", libc: Libc::Glibc };
        let ask = Ask { kind: manager.kind, lock, files: &files, folders: &folders, project: "apps/server", target, development: false };
        let answer = reduce(&ask, &sources, &mut sink);
        let said: String = sink.into_sorted().iter().map(|found| render(found, &sources, false)).collect();
        match answer {
            Some(Answer::Reduced(reduced)) => return *reduced,
            Some(Answer::Wanted(wanted)) => {
                for path in wanted.files {
                    let text = fs::read_to_string(folder.join(&path)).ok();
                    let known = text.map(|text| sources.add(&path, "text", &text));
                    files.insert(path, known);
                }
                for path in wanted.folders {
                    let names = fs::read_dir(folder.join(&path)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
                    folders.insert(path, names.collect());
                }
            }
            None => panic!("{}: {said}", manager.pin),
        }
    }
}

/// The packages that lie in the `node_modules` of a folder, as `name@version`; links are not followed.
fn installed(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.file_type().unwrap().is_dir()) {
        let path = entry.path();
        let parent = path.parent().unwrap();
        let scope = parent.parent().filter(|_| parent.file_name().unwrap().to_string_lossy().starts_with('@'));
        let is_package = scope.unwrap_or(parent).ends_with("node_modules") && path.join("package.json").exists();
        if is_package {
            let manifest: Value = serde_json::from_str(&fs::read_to_string(path.join("package.json")).unwrap()).unwrap();
            found.insert(format!("{}@{}", manifest["name"].as_str().unwrap(), manifest["version"].as_str().unwrap()));
        }
        installed(&path, found);
    }
}

#[test]
#[ignore = "needs npm, pnpm and yarn; tests/managers/run brings them"]
fn every_manager_installs_the_same_from_a_reduced_lock() {
    for manager in MANAGERS {
        let base = tempfile::tempdir().unwrap();
        let (project, taken) = (base.path().join("project"), base.path().join("taken"));
        write(&project, manager.project());
        manager.run(manager.locks, &project).unwrap();
        let first = reduced(manager, &project);
        write(&taken, first.files.iter().map(|(path, text)| (path, text)));
        manager.run(manager.installs, &taken).unwrap();
        let mut found = BTreeSet::new();
        installed(&taken, &mut found);
        // The lock of yarn 1 knows no platforms: of what can be done without, yarn says itself what is not for this one.
        let name = |package: &distil::node::locks::Package| format!("{}@{}", package.name, package.version.as_deref().unwrap());
        let expected: BTreeSet<String> = first.packages.iter().map(name).collect();
        let needed: BTreeSet<String> = first.packages.iter().filter(|package| !package.is_optional).map(name).collect();
        assert!(found.is_subset(&expected) && needed.is_subset(&found), "{}: {found:?} {expected:?}", manager.pin);
        assert!(manager.kind == Kind::Yarn1 || found == expected, "{}: {found:?} {expected:?}", manager.pin);
        assert!(found.contains("isarray@2.0.5") && !found.iter().any(|name| name.starts_with("is-odd") || name.starts_with("fsevents")));
        assert_eq!(fs::read_to_string(taken.join(manager.lock)).unwrap(), text(&first, manager.lock), "{} changed it", manager.pin);

        // What changes nothing of an install, in the manager's own hands.
        for (path, from, to) in [
            ("apps/server/package.json", "\"version\": \"1.2.0\"", "\"version\": \"1.3.0\", \"scripts\": { \"start\": \"node .\" }"),
            ("packages/shared/package.json", "\"1.4.0\"", "\"1.5.0\""),
            ("apps/server/package.json", "\"mri\": \"1.2.0\"", "\"mri\": \"1.2.0\", \"dequal\": \"2.0.3\""),
            ("apps/web/package.json", "\"is-odd\": \"3.0.1\"", "\"is-odd\": \"3.0.1\", \"mitt\": \"3.0.1\""),
        ] {
            let before = fs::read_to_string(project.join(path)).unwrap();
            assert!(before.contains(from));
            fs::write(project.join(path), before.replace(from, to)).unwrap();
        }
        manager.run(manager.locks, &project).unwrap();
        assert_eq!(reduced(manager, &project).files, first.files, "{}", manager.pin);
    }
}

fn text<'r>(reduced: &'r Reduced, path: &str) -> &'r str {
    reduced.files.iter().find(|(known, _)| known == path).map_or("", |(_, text)| text.as_str())
}
