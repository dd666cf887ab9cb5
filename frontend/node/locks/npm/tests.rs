//! Locks of npm with one trap each, and what is made of them.

use serde_json::Value;

use super::super::testing::{LINUX, Project, file, names, paths};
use super::super::{Allowed, Kind, Libc, Source, Target};

fn project<'t>(files: &[(&'t str, &str)]) -> Project<'t> {
    Project::new(Kind::Npm, "package-lock.json", files)
}

/// A project of one folder: what its manifest holds, and the entries of its lock besides the root.
fn single<'t>(manifest: &str, entries: &str) -> Project<'t> {
    let manifest = format!("{{ \"name\": \"app\", \"version\": \"1.0.0\"{manifest} }}");
    let lock = format!("{{ \"lockfileVersion\": 3, \"packages\": {{ \"\": {manifest}, {entries} }} }}");
    project(&[("package.json", &manifest), ("package-lock.json", &lock)])
}

/// A workspace: a service, two members, and a package in two versions.
fn workspace<'t>() -> Project<'t> {
    let root = r#"{ "name": "mono", "version": "3.0.0", "private": true, "workspaces": ["apps/*", "packages/*"], "scripts": { "build": "x" },
        "devDependencies": { "turbo": "^2" }, "overrides": { "deep": "$turbo", "unused": "1" } }"#;
    let server = r#"{ "name": "server", "version": "1.2.0", "dependencies": { "shared": "^1.0.0", "a": "^1" }, "devDependencies": { "test": "^1" },
        "scripts": { "postinstall": "echo hi" } }"#;
    let shared = r#"{ "name": "shared", "version": "1.4.0", "bin": { "tool": "./dist/tool.js" }, "dependencies": { "a": "^2" } }"#;
    let web = r#"{ "name": "web", "version": "1.0.0", "dependencies": { "react": "^19" } }"#;
    let lock = format!(
        r#"{{ "name": "mono", "version": "3.0.0", "lockfileVersion": 3, "requires": true, "packages": {{
        "": {root}, "apps/server": {server}, "apps/web": {web}, "packages/shared": {shared},
        "apps/server/node_modules/a": {{ "version": "1.0.0", "resolved": "https://r.io/a/-/a-1.0.0.tgz", "integrity": "sha512-a1", "dependencies": {{ "deep": "^1" }} }},
        "node_modules/a": {{ "version": "2.0.0", "resolved": "https://r.io/a/-/a-2.0.0.tgz", "integrity": "sha512-a2", "license": "MIT", "engines": {{ "node": ">=1" }} }},
        "node_modules/deep": {{ "version": "2.5.0", "dev": true }},
        "node_modules/react": {{ "version": "19.0.0" }},
        "node_modules/server": {{ "resolved": "apps/server", "link": true }},
        "node_modules/shared": {{ "resolved": "packages/shared", "link": true }},
        "node_modules/web": {{ "resolved": "apps/web", "link": true }},
        "node_modules/test": {{ "version": "1.0.0", "dev": true }},
        "node_modules/turbo": {{ "version": "2.5.0", "dev": true }} }} }}"#
    );
    let mut project = project(&[
        ("package.json", root),
        ("apps/server/package.json", server),
        ("apps/web/package.json", web),
        ("packages/shared/package.json", shared),
        ("package-lock.json", &lock),
    ]);
    project.folder = "apps/server";
    project
}

#[test]
fn a_member_gets_what_it_needs_and_nothing_else() {
    let reduced = workspace().reduced();
    assert_eq!(names(&reduced), ["a@1.0.0", "a@2.0.0", "deep@2.5.0"]);
    let members: Vec<_> = reduced.members.iter().map(|member| member.folder.as_str()).collect();
    assert_eq!(members, ["apps/server", "packages/shared"]);
    let written =
        ["apps/server/package.json", "package-lock.json", "package.json", "packages/shared/dist/tool.js", "packages/shared/package.json"];
    assert_eq!(paths(&reduced), written);
    let root: Value = serde_json::from_str(file(&reduced, "package.json")).unwrap();
    let expected = serde_json::json!({ "name": "mono", "version": "0.0.0", "private": true, "workspaces": ["apps/server", "packages/shared"],
        "overrides": { "deep": "^2" } });
    assert_eq!(root, expected);
    let server: Value = serde_json::from_str(file(&reduced, "apps/server/package.json")).unwrap();
    let expected =
        serde_json::json!({ "name": "server", "version": "0.0.0", "private": true, "dependencies": { "shared": "*", "a": "^1" } });
    assert_eq!(server, expected);
    let lock: Value = serde_json::from_str(file(&reduced, "package-lock.json")).unwrap();
    let places: Vec<_> = lock["packages"].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "",
        "apps/server",
        "apps/server/node_modules/a",
        "node_modules/a",
        "node_modules/deep",
        "node_modules/server",
        "node_modules/shared",
        "packages/shared",
    ];
    assert_eq!(places, expected);
    assert_eq!(
        lock["packages"]["node_modules/a"],
        serde_json::json!({ "version": "2.0.0", "resolved": "https://r.io/a/-/a-2.0.0.tgz", "integrity": "sha512-a2" })
    );
    assert_eq!(lock["packages"]["apps/server"]["dependencies"]["shared"], "*");
    assert_eq!(reduced.own_scripts.iter().map(|script| script.name.as_str()).collect::<Vec<_>>(), ["postinstall"]);
}

#[test]
fn what_changes_nothing_of_an_install_changes_nothing_that_is_written() {
    let (project, both) = (workspace(), ["package-lock.json"]);
    let files = project.reduced().files;
    let edits = [
        ("apps/server/package.json", "\"1.2.0\"", "\"1.3.0\"", true),
        ("packages/shared/package.json", "\"1.4.0\"", "\"1.5.0\"", true),
        ("package.json", "\"3.0.0\"", "\"4.0.0\"", true),
        ("package.json", "\"build\": \"x\"", "\"build\": \"y\"", true),
        ("apps/server/package.json", "\"test\": \"^1\"", "\"test\": \"^1\", \"more\": \"^1\"", true),
        ("apps/web/package.json", "\"react\": \"^19\"", "\"react\": \"^19\", \"vue\": \"^3\"", true),
    ];
    for (path, from, to, in_lock) in edits {
        let mut edited = project.with(path, from, to);
        if in_lock {
            edited = edited.with(both[0], from, to);
        }
        assert_eq!(edited.reduced().files, files, "{path}: {from} -> {to}");
    }
    let other = project.with("package-lock.json", "\"license\": \"MIT\"", "\"license\": \"ISC\", \"devOptional\": true");
    assert_eq!(other.reduced().files, files);
}

#[test]
fn a_build_gets_what_members_and_the_root_are_developed_with() {
    let mut project = workspace();
    project.development = true;
    assert_eq!(names(&project.reduced()), ["a@1.0.0", "a@2.0.0", "deep@2.5.0", "test@1.0.0", "turbo@2.5.0"]);
}

#[test]
fn what_is_for_other_platforms_stays_in_the_lock_and_is_not_installed() {
    let entries = r#"
        "node_modules/w": { "version": "1.0.0", "optionalDependencies": { "w-linux": "1", "w-musl": "1", "w-mac": "1" } },
        "node_modules/w-linux": { "version": "1.0.0", "optional": true, "os": ["linux"], "cpu": ["x64"], "libc": ["glibc"] },
        "node_modules/w-musl": { "version": "1.0.0", "os": ["linux"], "cpu": ["x64"], "libc": ["musl"] },
        "node_modules/w-mac": { "version": "1.0.0", "os": ["darwin"], "dependencies": { "mac-only": "1" } },
        "node_modules/mac-only": { "version": "1.0.0" }"#;
    let mut project = single(r#", "dependencies": { "w": "^1" }"#, entries);
    let reduced = project.reduced();
    assert_eq!(names(&reduced), ["w@1.0.0", "w-linux@1.0.0"]);
    let lock: Value = serde_json::from_str(file(&reduced, "package-lock.json")).unwrap();
    assert_eq!(lock["packages"].as_object().unwrap().len(), 6);
    assert!(lock["packages"]["node_modules/mac-only"]["optional"] == true && lock["packages"]["node_modules/w"]["optional"].is_null());
    project.target = Target { libc: Libc::Musl, ..LINUX };
    assert_eq!(names(&project.reduced()), ["w@1.0.0", "w-musl@1.0.0"]);
}

#[test]
fn what_is_needed_and_for_another_platform_is_refused() {
    let said =
        single(r#", "dependencies": { "m": "^1" }"#, "\"node_modules/m\": { \"version\": \"1.0.0\", \"os\": [\"darwin\"] }").refused();
    assert!(said.contains("[not-for-platform]: `m` is needed, and is not for linux/x64 (os: darwin)"), "{said}");
}

#[test]
fn peers_are_installed_where_they_are_required() {
    let entries = r#"
        "node_modules/orm": { "version": "1.0.0", "peerDependencies": { "core": "1", "pg": "8", "ts": "5" },
            "peerDependenciesMeta": { "pg": { "optional": true }, "ts": { "optional": true } } },
        "node_modules/core": { "version": "1.0.0", "peer": true },
        "node_modules/pg": { "version": "8.0.0" },
        "node_modules/ts": { "version": "5.0.0", "devOptional": true, "peer": true }"#;
    let mut project = single(r#", "dependencies": { "orm": "^1", "pg": "^8" }"#, entries);
    assert_eq!(names(&project.reduced()), ["core@1.0.0", "orm@1.0.0", "pg@8.0.0"]);
    project.files.insert(".npmrc", "legacy-peer-deps=true\n//r.io/:_authToken=secret\n".to_owned());
    let reduced = project.reduced();
    assert_eq!(names(&reduced), ["orm@1.0.0", "pg@8.0.0"]);
    assert_eq!(file(&reduced, ".npmrc"), "legacy-peer-deps=true\n");
}

#[test]
fn leftovers_aliases_and_bundles_are_told_apart() {
    let entries = r#"
        "node_modules/left": { "version": "1.0.0", "extraneous": true },
        "gone": { "version": "1.0.0", "extraneous": true, "dependencies": { "left": "1" } },
        "node_modules/other": { "name": "real", "version": "2.0.0", "dependencies": { "inner": "1" }, "bundleDependencies": ["inner"], "hasInstallScript": true },
        "node_modules/other/node_modules/inner": { "version": "1.0.0", "inBundle": true },
        "node_modules/@s/git": { "version": "1.0.0", "resolved": "git+ssh://git@github.com/s/git.git#abc" },
        "node_modules/tar": { "version": "1.0.0", "resolved": "file:vendor/tar-1.0.0.tgz", "integrity": "sha512-x" }"#;
    let manifest = r#", "dependencies": { "other": "npm:real@^2", "@s/git": "github:s/git", "tar": "file:vendor/tar-1.0.0.tgz" }, "allowScripts": { "real@2.0.0": true, "left": false }"#;
    let reduced = single(manifest, entries).reduced();
    assert_eq!(names(&reduced), ["@s/git@1.0.0", "inner@1.0.0", "real@2.0.0", "tar@1.0.0"]);
    assert_eq!(reduced.packages[1].from, Source::Bundled);
    assert!(matches!(&reduced.packages[0].from, Source::Git { commit: Some(commit), .. } if commit == "abc"));
    assert_eq!(reduced.copies, ["vendor/tar-1.0.0.tgz"]);
    assert!(matches!(reduced.scripts[..], [ref one] if one.name == "real" && matches!(one.allowed, Allowed::Yes(_))));
    let root: Value = serde_json::from_str(file(&reduced, "package.json")).unwrap();
    assert_eq!(root["allowScripts"], serde_json::json!({ "real@2.0.0": true }));
}

#[test]
fn a_lock_that_cannot_be_installed_is_refused_with_a_way_out() {
    let lock = |text: &str| project(&[("package.json", "{}"), ("package-lock.json", text)]).refused();
    let said = lock("{ \"lockfileVersion\": 1, \"dependencies\": {} }");
    assert!(
        said.contains("[node-lock-version]") && said.contains("--lockfile-version 3") && said.contains("package-lock.json:1:22"),
        "{said}"
    );
    assert!(lock("{ \"lockfileVersion\": 3 }").contains("[broken-node-lock]"));
    let said = single(r#", "dependencies": { "a": "^1" }"#, "\"node_modules/b\": { \"version\": \"1.0.0\" }").refused();
    assert!(said.contains("[node-lock-hole]: `the project` needs `a`"), "{said}");
    let mut other = workspace();
    other.folder = "apps/servr";
    assert!(other.refused().contains("[no-such-member]") && other.refused().contains("did you mean `apps/server`?"));
    let link = "\"node_modules/out\": { \"resolved\": \"../out\", \"link\": true }";
    let said = single(r#", "dependencies": { "out": "file:../out" }"#, link).refused();
    assert!(said.contains("[link-outside]: `out` is a link to `../out`"), "{said}");
    let said = workspace().with("apps/server/package.json", "\"a\": \"^1\"", "\"a\": \"^2\", \"new\": \"1\"").refused();
    assert!(said.contains("[node-lock-stale]: `apps/server/package.json` asks for `a` ^2, and the lock was made for ^1"), "{said}");
    assert!(said.contains("asks for `new`, and the lock has nothing of it"), "{said}");
    let said = workspace().with("apps/server/package.json", ", \"a\": \"^1\"", "").refused();
    assert!(said.contains("made for a `apps/server/package.json` that asked for `a`"), "{said}");
}
