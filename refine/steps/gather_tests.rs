//! The step on small trees that are written here, with programs and libraries made byte by byte.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::*;
use crate::elf::build::Build;
use crate::requests::{Folder, Folders, On, Out, Report, RuleSet};
use crate::steps::report::report;
use crate::toy::Toy;

const LIB: &str = "/usr/lib/x86_64-linux-gnu";

fn put(root: &Path, path: &str, bytes: &[u8]) {
    let disk = root.join(&path[1..]);
    fs::create_dir_all(disk.parent().unwrap()).unwrap();
    fs::write(disk, bytes).unwrap();
}

/// A builder with a C library, and one more library that a program needs.
fn builder(root: &Path) -> Tree {
    fs::create_dir_all(root.join("usr/lib64")).unwrap();
    symlink("usr/lib", root.join("lib")).unwrap();
    symlink("usr/lib64", root.join("lib64")).unwrap();
    put(root, &format!("{LIB}/ld-linux-x86-64.so.2"), &Build::library("ld-linux-x86-64.so.2", &[]).bytes());
    symlink("/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", root.join("usr/lib64/ld-linux-x86-64.so.2")).unwrap();
    put(root, &format!("{LIB}/libc.so.6"), &Build::library("libc.so.6", &["ld-linux-x86-64.so.2"]).bytes());
    put(root, &format!("{LIB}/libz.so.1"), &Build::library("libz.so.1", &["libc.so.6"]).bytes());
    Tree::read(root, "/").unwrap()
}

fn server(needed: &[&'static str]) -> Vec<u8> {
    let interpreter = Some("/lib64/ld-linux-x86-64.so.2");
    Build { interpreter, needed: needed.to_vec(), debug: 5000, ..Build::default() }.bytes()
}

/// The paths of all files and links of a layer.
fn layer(out: &Path, name: &str) -> Vec<String> {
    let tree = Tree::read(&out.join(name), "/").unwrap();
    tree.iter().filter(|(_, entry)| entry.kind != Kind::Directory).map(|(path, _)| path.to_owned()).collect()
}

struct Case {
    disk: tempfile::TempDir,
    request: Gather,
}

impl Case {
    /// A project with a program, modules and a folder of documents, on an image made from nothing.
    fn new() -> Self {
        let disk = tempfile::tempdir().unwrap();
        let src = disk.path().join("src");
        put(&src, "/server", &server(&["libz.so.1", "libc.so.6"]));
        put(&src, "/app/node_modules/left-pad/index.js", b"module");
        put(&src, "/app/node_modules/left-pad/index.js.map", b"map of it");
        put(&src, "/app/main.js", b"main");
        put(&src, "/app/docs/guide.md", b"long");
        put(&src, "/app/docs/openapi.json", b"{}");
        fs::set_permissions(src.join("server"), fs::Permissions::from_mode(0o6777)).unwrap();
        let from = |path: &str| src.join(path).display().to_string();
        let request = Gather {
            files: vec![(from("server"), "/usr/local/bin/server".into()), (from("app"), "/app".into())],
            layer: vec![("/app/node_modules".into(), "modules".into()), ("/usr/local/bin".into(), "interpreter".into())],
            prune: On(true),
            rules: vec![],
            on: vec![],
            off: vec![],
            drop: vec!["**/*.map".into(), "docs/".into()],
            keep: vec!["docs/openapi.json".into()],
            strip: On(true),
            libraries: On(true),
            user: Some("65532:65532".parse().unwrap()),
            home: None,
            minimal: false,
            base: Folder(disk.path().join("base")),
            added: Folder::none(),
            out: Out(disk.path().join("gathered")),
        };
        Self { disk, request }
    }

    fn run(&self) -> Result<Vec<String>, String> {
        gather_from(&self.request, &Judged::nothing(), &builder(&self.disk.path().join("builder")), &Toy)
            .map_err(|problem| problem.to_string())
    }

    fn notes(&self) -> Gathered {
        notes::read(&self.request.out).unwrap()
    }
}

#[test]
fn files_libraries_and_tables_are_in_their_layers() {
    let case = Case::new();
    let lines = case.run().unwrap().join("\n");
    let out = &case.request.out;
    assert_eq!(layer(out, "application"), ["/app/docs/openapi.json", "/app/main.js"]);
    assert_eq!(layer(out, "interpreter"), ["/usr/local/bin/server"]);
    assert_eq!(layer(out, "modules"), ["/app/node_modules/left-pad/index.js"]);
    let system = layer(out, "system");
    for path in ["/etc/group", "/etc/ld.so.cache", "/etc/passwd", &format!("{LIB}/libc.so.6"), &format!("{LIB}/libz.so.1")] {
        assert!(system.contains(&path.to_owned()), "{path} is not among {system:?}");
    }
    let program = out.join("interpreter/usr/local/bin/server");
    assert_eq!(program.metadata().unwrap().permissions().mode() & 0o7777, 0o775, "it runs as somebody else, or everybody may write it");
    assert!(program.metadata().unwrap().len() + 5000 <= server(&["libz.so.1", "libc.so.6"]).len() as u64 + 100, "it was not stripped");
    assert!(lines.contains("`**/*.map`: 1 files, 9 B") && lines.contains("`docs/`: 1 files, 4 B"), "{lines}");
    assert!(lines.contains("symbols of 1 programs and libraries: 5.") && lines.contains("libz.so.1"), "{lines}");
    assert!(!lines.contains("warning"), "{lines}");
}

/// The report by component: sizes of the layers, and what was left out.
#[test]
fn the_report_names_the_layers() {
    let case = Case::new();
    case.run().unwrap();
    let (disk, out) = (case.disk.path(), &case.request.out);
    let mut image = Tree::default();
    for name in ["application", "interpreter", "modules", "system"] {
        image.extend(Tree::read(&out.join(name), "/").unwrap());
    }
    let root = disk.join("image");
    for (path, entry) in image.iter().filter(|(_, entry)| entry.is_file()) {
        put(&root, path, &entry.bytes().unwrap());
    }
    let asked = Report {
        image: Folder(root),
        base: Folder::none(),
        environment: Folder::none(),
        application: Folder::none(),
        tree: Folders(vec![out.to_path_buf()]),
        out: Out(disk.join("report")),
    };
    let summary = report(&asked, &Toy).unwrap().join("\n");
    let value: serde_json::Value = serde_json::from_slice(&fs::read(disk.join("report/report.json")).unwrap()).unwrap();
    assert_eq!(value["components"]["modules"], 6, "{value:#}");
    let program = image.get("/usr/local/bin/server").unwrap().size();
    assert_eq!(value["components"]["interpreter"].as_u64(), Some(program));
    assert_eq!(value["components"]["application"], 4 + 2);
    let parts: u64 = value["components"].as_object().unwrap().values().filter_map(serde_json::Value::as_u64).sum();
    assert_eq!(Some(parts), value["size"].as_u64());
    assert!(
        summary.contains("interpreter ")
            && !summary.contains("toy")
            && summary.contains("modules 6 B")
            && summary.contains("left out ")
            && summary.contains("**/*.map 9 B"),
        "{summary}"
    );
}

/// Sets of rules by name, as the recipe names them and the spec changes that.
#[test]
fn rules_leave_out_what_they_name() {
    let mut case = Case::new();
    let src = case.disk.path().join("src");
    put(&src, "/app/include/abi.h", b"header");
    put(&src, "/app/node_modules/left-pad/index.d.ts", b"types");
    put(&src, "/app/node_modules/left-pad/LICENSE.d.ts", b"licence");
    (case.request.drop, case.request.keep) = (vec![], vec!["include/abi.h".into()]);
    case.request.rules = ["headers", "source-maps"].map(|name| RuleSet(name.into())).to_vec();
    (case.request.on, case.request.off) = (vec!["type-declarations".into(), "of-another-kind".into()], vec!["source-maps".into()]);
    let lines = case.run().unwrap().join("\n");
    let shipped = [layer(&case.request.out, "application"), layer(&case.request.out, "modules")].concat();
    let there = |name: &str| shipped.iter().any(|path| path.ends_with(name));
    assert!(there("/include/abi.h") && there("/index.js.map") && there("/LICENSE.d.ts") && !there("/index.d.ts"), "{shipped:?}");
    assert!(lines.contains("declarations of types beside JavaScript (`type-declarations`): 1 files, 5 B"), "{lines}");
    let pruned = &case.notes().pruned["type-declarations"];
    assert_eq!((pruned.switch.as_str(), pruned.paths.len()), ("type-declarations", 1));
    (case.request.prune, case.request.libraries) = (On(false), On(false));
    gather_from(&case.request, &Judged::nothing(), &Tree::default(), &Toy).unwrap();
    assert!(layer(&case.request.out, "modules").iter().any(|path| path.ends_with("/index.d.ts")));
}

/// Two trees of one image are in one report, and what both did is told together.
#[test]
fn several_trees_have_one_report() {
    let (first, mut second) = (Case::new(), Case::new());
    second.request.files = vec![(second.request.files[1].0.clone(), "/srv/docs".into())];
    second.request.layer = vec![("/srv/docs".into(), "site".into())];
    first.run().unwrap();
    second.run().unwrap();
    let root = first.disk.path().join("image");
    for (path, entry) in [&first, &second].into_iter().flat_map(|case| {
        let layers = ["application", "interpreter", "modules", "site", "system"].map(|name| case.request.out.join(name));
        layers.into_iter().filter(|layer| layer.exists()).flat_map(|layer| {
            let tree = Tree::read(&layer, "/").unwrap();
            tree.iter().map(|(path, entry)| (path.to_owned(), entry.clone())).collect::<Vec<_>>()
        })
    }) {
        if entry.is_file() {
            put(&root, &path, &entry.bytes().unwrap());
        }
    }
    let out = first.disk.path().join("report");
    let asked = Report {
        image: Folder(root),
        base: Folder::none(),
        environment: Folder::none(),
        application: Folder::none(),
        tree: Folders([&first, &second].map(|case| case.request.out.to_path_buf()).to_vec()),
        out: Out(out.clone()),
    };
    let summary = report(&asked, &Toy).unwrap().join("\n");
    let value: serde_json::Value = serde_json::from_slice(&fs::read(out.join("report.json")).unwrap()).unwrap();
    assert!(value["components"]["site"].as_u64() > Some(0) && value["components"]["modules"].as_u64() > Some(0), "{value:#}");
    assert_eq!(value["gathered"]["pruned"]["**/*.map"]["files"], 2, "{value:#}");
    assert!(summary.contains("**/*.map 18 B"), "{summary}");
    let parts: u64 = value["components"].as_object().unwrap().values().filter_map(serde_json::Value::as_u64).sum();
    assert_eq!(Some(parts), value["size"].as_u64());
}

#[test]
fn what_the_base_has_is_not_brought() {
    let case = Case::new();
    let base = case.disk.path().join("base");
    builder(&base);
    case.run().unwrap();
    assert_eq!(case.notes().brought.len(), 0);
    assert_eq!(layer(&case.request.out, "system"), ["/etc/group", "/etc/passwd"]);
}

#[test]
fn a_site_needs_no_library_and_no_user() {
    let mut case = Case::new();
    case.request.files.remove(0);
    case.request.layer.clear();
    case.request.user = None;
    case.request.drop = vec!["/app/docs".into(), "nothing/".into()];
    let lines = case.run().unwrap();
    assert_eq!(layer(&case.request.out, "system"), [""; 0]);
    let shipped = layer(&case.request.out, "application");
    assert!(shipped.contains(&"/app/docs/openapi.json".to_owned()) && !shipped.contains(&"/app/docs/guide.md".to_owned()), "{shipped:?}");
    assert_eq!(lines.last().map(String::as_str), Some("warning[no-match]: `nothing/` under `drop` matches no file"));
}

#[test]
fn what_cannot_be_gathered_is_said_with_a_way_out() {
    let mut case = Case::new();
    put(&case.disk.path().join("src"), "/server", &server(&["libnowhere.so.9"]));
    let said = case.run().unwrap_err();
    assert!(said.starts_with("error[missing-library]: /usr/local/bin/server needs libnowhere.so.9"), "{said}");
    case.request.files.push(("/no/such/folder".into(), "/srv".into()));
    let said = gather_from(&case.request, &Judged::nothing(), &Tree::default(), &Toy).unwrap_err().to_string();
    assert!(said.starts_with("error[nothing-to-gather]: there is no `/no/such/folder` in this stage"), "{said}");
    for (to, layer) in [("srv", "ok"), ("/srv/", "ok"), ("/", "ok"), ("/a/../b", "ok"), ("/srv", "Not Good"), ("/srv", "")] {
        case.request.layer = vec![(to.into(), layer.into())];
        let said = gather_from(&case.request, &Judged::nothing(), &Tree::default(), &Toy).unwrap_err().to_string();
        assert!(said.starts_with("error[bad-step]: `"), "{to} {layer}: {said}");
    }
}
