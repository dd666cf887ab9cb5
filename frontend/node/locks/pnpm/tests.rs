//! Locks of pnpm with one trap each, and what is made of them.

use super::super::testing::{Project, file, names, paths};
use super::super::{Allowed, Kind, Source};

const ENVIRONMENT: &str = "---
lockfileVersion: '9.0'
importers:
  .:
    packageManagerDependencies:
      pnpm: { specifier: 12.0.0, version: 12.0.0 }
packages:
  pnpm@12.0.0: { resolution: { integrity: sha512-p } }
snapshots:
  pnpm@12.0.0: {}
---
";

const LOCK: &str = "lockfileVersion: '9.0'
settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false
catalogs:
  default:
    a: { specifier: ^1.0.0, version: 1.0.0 }
    unused: { specifier: ^1.0.0, version: 1.0.0 }
overrides:
  b: 2.0.0
  x>c@1: 1.0.0
packageExtensionsChecksum: sha256-x
patchedDependencies:
  a@1.0.0: { hash: abc, path: patches/a.patch }
  c: def
importers:
  .:
    devDependencies:
      tool: { specifier: ^1.0.0, version: 1.0.0 }
  apps/server:
    dependencies:
      a: { specifier: 'catalog:', version: 1.0.0(patch_hash=abc)(b@2.0.0) }
      alias: { specifier: npm:@s/real@^3, version: '@s/real@3.0.0' }
      b: { specifier: 2.0.0, version: 2.0.0 }
      git: { specifier: github:s/git, version: https://codeload.github.com/s/git/tar.gz/0a1b }
      node: { specifier: runtime:24, version: 'runtime:24.1.0' }
      shared: { specifier: workspace:^1.2.0, version: link:../../packages/shared }
    devDependencies:
      c: { specifier: ^1.0.0, version: 1.0.0(patch_hash=def) }
  apps/web:
    dependencies:
      c: { specifier: ^1.0.0, version: 1.0.0(patch_hash=def) }
  packages/shared:
    dependencies:
      copied: { specifier: file:../../vendor/copied, version: file:vendor/copied }
    optionalDependencies:
      native: { specifier: 1.0.0, version: 1.0.0 }
packages:
  '@s/real@3.0.0': { resolution: { integrity: sha512-r }, deprecated: old }
  a@1.0.0: { resolution: { integrity: sha512-a }, peerDependencies: { b: '*' } }
  b@2.0.0: { resolution: { integrity: sha512-b } }
  c@1.0.0: { resolution: { integrity: sha512-c } }
  copied@file:vendor/copied: { resolution: { directory: vendor/copied, type: directory } }
  git@https://codeload.github.com/s/git/tar.gz/0a1b: { resolution: { tarball: https://codeload.github.com/s/git/tar.gz/0a1b }, version: 4.0.0 }
  mac@1.0.0: { resolution: { integrity: sha512-m }, os: [darwin] }
  native@1.0.0: { resolution: { integrity: sha512-n } }
  tool@1.0.0: { resolution: { integrity: sha512-t } }
snapshots:
  '@s/real@3.0.0': {}
  a@1.0.0(patch_hash=abc)(b@2.0.0): { dependencies: { b: 2.0.0 } }
  b@2.0.0: {}
  c@1.0.0(patch_hash=def): {}
  copied@file:vendor/copied: {}
  git@https://codeload.github.com/s/git/tar.gz/0a1b: {}
  mac@1.0.0: { optional: true }
  native@1.0.0: { optionalDependencies: { mac: 1.0.0 } }
  tool@1.0.0: {}
";

const WORKSPACE: &str = "packages: ['apps/*', 'packages/*']
catalog: { a: ^1.0.0, unused: ^1.0.0 }
overrides: { b: 2.0.0, 'x>c@1': 1.0.0 }
patchedDependencies: { c: patches/c.patch }
allowBuilds: { a: true, b@2.0.0: false, gone: true }
minimumReleaseAge: 100
nodeLinker: hoisted
";

fn workspace<'t>() -> Project<'t> {
    let lock = format!("{ENVIRONMENT}{LOCK}");
    let mut project = Project::new(
        Kind::Pnpm,
        "pnpm-lock.yaml",
        &[
            ("pnpm-lock.yaml", &lock),
            ("pnpm-workspace.yaml", WORKSPACE),
            ("package.json", r#"{ "name": "mono", "packageManager": "pnpm@12.0.0", "devDependencies": { "tool": "^1.0.0" } }"#),
            (
                "apps/server/package.json",
                r#"{ "name": "server", "version": "1.2.0", "scripts": { "prepare": "x" }, "dependencies": { "a": "catalog:", "alias": "npm:@s/real@^3",
                    "b": "^1", "git": "github:s/git", "node": "runtime:24", "shared": "workspace:^1.2.0" }, "devDependencies": { "c": "^1.0.0" } }"#,
            ),
            (
                "packages/shared/package.json",
                r#"{ "name": "shared", "version": "1.4.0", "bin": "cli.js", "dependencies": { "copied": "file:../../vendor/copied" },
                    "optionalDependencies": { "native": "1.0.0" } }"#,
            ),
        ],
    );
    project.folder = "apps/server";
    project
}

#[test]
fn a_member_gets_what_it_needs_and_nothing_else() {
    let reduced = workspace().reduced();
    assert_eq!(names(&reduced), ["@s/real@3.0.0", "a@1.0.0", "b@2.0.0", "copied@-", "git@4.0.0", "native@1.0.0"]);
    let members: Vec<_> = reduced.members.iter().map(|member| member.folder.as_str()).collect();
    assert_eq!(members, ["apps/server", "packages/shared"]);
    assert_eq!(reduced.copies, ["patches/a.patch", "vendor/copied"]);
    assert_eq!(reduced.packages[3].from, Source::Folder("vendor/copied".to_owned()));
    assert!(reduced.packages[5].is_optional && !reduced.packages[2].is_optional);
    let written = [
        ".npmrc",
        "apps/server/package.json",
        "package.json",
        "packages/shared/cli.js",
        "packages/shared/package.json",
        "pnpm-lock.yaml",
        "pnpm-workspace.yaml",
    ];
    assert_eq!(paths(&reduced), written);
    let scripts: Vec<_> = reduced.scripts.iter().map(|script| (script.name.as_str(), matches!(script.allowed, Allowed::Yes(_)))).collect();
    assert_eq!(scripts, [("a", true), ("b", false)]);
}

#[test]
fn both_the_lock_and_the_manifests_say_the_same() {
    let reduced = workspace().reduced();
    let server: serde_json::Value = serde_json::from_str(file(&reduced, "apps/server/package.json")).unwrap();
    let expected = serde_json::json!({ "name": "server", "version": "0.0.0", "private": true, "dependencies": { "a": "catalog:",
        "alias": "npm:@s/real@^3", "b": "2.0.0", "git": "github:s/git", "shared": "workspace:*" } });
    assert_eq!(server, expected);
    let root: serde_json::Value = serde_json::from_str(file(&reduced, "package.json")).unwrap();
    let expected = serde_json::json!({ "name": "mono", "version": "0.0.0", "private": true,
        "pnpm": { "overrides": { "b": "2.0.0" }, "patchedDependencies": { "a@1.0.0": "patches/a.patch" } } });
    assert_eq!(root, expected);
    let lock = file(&reduced, "pnpm-lock.yaml");
    for gone in
        ["packageManagerDependencies", "unused", "apps/web", "\"c@1.0.0", "packageExtensionsChecksum", "deprecated", "runtime", "tool"]
    {
        assert!(!lock.contains(gone), "{gone} is in it:\n{lock}");
    }
    for there in ["\"a@1.0.0(patch_hash=abc)(b@2.0.0)\":", "\"workspace:*\"", "\"mac@1.0.0\":", "hash: \"abc\""] {
        assert!(lock.contains(there), "{there} is not in it:\n{lock}");
    }
    let settings = file(&reduced, "pnpm-workspace.yaml");
    for there in ["nodeLinker: \"hoisted\"", "autoInstallPeers: true", "  a: \"^1.0.0\"", "  - \"apps/server\"", "\"b@2.0.0\": false"] {
        assert!(settings.contains(there), "{there} is not in it:\n{settings}");
    }
    assert!(!settings.contains("minimumReleaseAge") && !settings.contains("gone") && !settings.contains("apps/web"), "{settings}");
}

#[test]
fn what_changes_nothing_of_an_install_changes_nothing_that_is_written() {
    let project = workspace();
    let files = project.reduced().files;
    for (path, from, to) in [
        ("apps/server/package.json", "\"1.2.0\"", "\"1.3.0\""),
        ("apps/server/package.json", "\"prepare\": \"x\"", "\"prepare\": \"y\""),
        ("packages/shared/package.json", "\"1.4.0\"", "\"2.0.0\""),
        ("package.json", "pnpm@12.0.0", "pnpm@12.1.0"),
        ("pnpm-lock.yaml", "deprecated: old", "deprecated: older"),
        (
            "pnpm-lock.yaml",
            "  apps/web:\n    dependencies:\n",
            "  apps/web:\n    dependencies:\n      tool: { specifier: ^1.0.0, version: 1.0.0 }\n",
        ),
        ("pnpm-workspace.yaml", "unused: ^1.0.0", "unused: ^1.0.0, more: ^1.0.0"),
    ] {
        assert_eq!(project.with(path, from, to).reduced().files, files, "{path}: {from} -> {to}");
    }
}

#[test]
fn a_build_gets_what_members_and_the_root_are_developed_with() {
    let mut project = workspace();
    project.development = true;
    let reduced = project.reduced();
    assert!(names(&reduced).contains(&"c@1.0.0".to_owned()) && names(&reduced).contains(&"tool@1.0.0".to_owned()), "{:?}", names(&reduced));
    assert_eq!(reduced.copies, ["patches/a.patch", "patches/c.patch", "vendor/copied"]);
}

#[test]
fn a_lock_of_pnpm_8_has_everything_under_one_key() {
    let lock = "lockfileVersion: '6.0'
settings: { autoInstallPeers: true, excludeLinksFromLockfile: false }
dependencies:
  a: { specifier: ^1.0.0, version: 1.0.0(b@2.0.0) }
  other: { specifier: npm:b@2, version: /b@2.0.0 }
devDependencies:
  c: { specifier: ^1.0.0, version: 1.0.0 }
packages:
  /a@1.0.0(b@2.0.0): { resolution: { integrity: sha512-a }, requiresBuild: true, dependencies: { b: 2.0.0 }, dev: false }
  /b@2.0.0: { resolution: { integrity: sha512-b }, dev: false }
  /c@1.0.0: { resolution: { integrity: sha512-c }, requiresBuild: true, dev: true }
";
    let manifest = r#"{ "dependencies": { "a": "^1.0.0", "other": "npm:b@2" }, "devDependencies": { "c": "^1.0.0" } }"#;
    let reduced = Project::new(Kind::Pnpm, "pnpm-lock.yaml", &[("pnpm-lock.yaml", lock), ("package.json", manifest)]).reduced();
    assert_eq!(names(&reduced), ["a@1.0.0", "b@2.0.0"]);
    assert!(matches!(reduced.scripts[..], [ref one] if one.name == "a" && one.allowed == Allowed::Unsaid));
    let lock = file(&reduced, "pnpm-lock.yaml");
    assert!(lock.contains("\"/a@1.0.0(b@2.0.0)\":") && !lock.contains("importers") && !lock.contains("/c@"), "{lock}");
    assert_eq!(file(&reduced, ".npmrc"), "auto-install-peers=true\nexclude-links-from-lockfile=false\n");
}

#[test]
fn a_lock_that_cannot_be_installed_is_refused_with_a_way_out() {
    let said = workspace().with("pnpm-lock.yaml", "lockfileVersion: '9.0'", "lockfileVersion: '5.4'").refused();
    assert!(said.contains("[node-lock-version]: this lock of pnpm is of version 5.4") && said.contains("pnpm 9 or newer"), "{said}");
    let said = workspace().with("pnpm-lock.yaml", "  b@2.0.0: {}\n", "").refused();
    assert!(said.contains("[node-lock-hole]: `apps/server` needs `b`, and the lock has no `b@2.0.0`"), "{said}");
    let said = workspace().with("pnpm-lock.yaml", "link:../../packages/shared", "link:../../../shared").refused();
    assert!(said.contains("[link-outside]: `shared` is a link to `../../../shared`"), "{said}");
    let said =
        workspace().with("apps/server/package.json", "\"git\": \"github:s/git\"", "\"git\": \"github:s/other\", \"new\": \"1\"").refused();
    assert!(
        said.contains("[node-lock-stale]: `apps/server/package.json` asks for `git` github:s/other, and the lock was made for"),
        "{said}"
    );
    assert!(said.contains("asks for `new`, and the lock has nothing of it"), "{said}");
    let mut other = workspace();
    other.folder = "apps/servr";
    assert!(other.refused().contains("did you mean `apps/server`?"));
}
