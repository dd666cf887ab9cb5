//! The closure on small trees of files that are written here, and the loader's cache against what the machine makes of it.

use std::path::Path;

use super::*;
use crate::elf::build::Build;
use crate::elf::{Target, read};

const LIB: &str = "/usr/lib/x86_64-linux-gnu";

/// A folder with files of one root, and links where the text after `->` says so.
struct Root(tempfile::TempDir);

impl Root {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, path: &str, bytes: &[u8]) -> &Self {
        let disk = self.0.path().join(&path[1..]);
        std::fs::create_dir_all(disk.parent().unwrap()).unwrap();
        std::fs::write(disk, bytes).unwrap();
        self
    }

    fn elf(&self, path: &str, build: &Build) -> &Self {
        self.file(path, &build.bytes())
    }

    fn link(&self, path: &str, target: &str) -> &Self {
        let disk = self.0.path().join(&path[1..]);
        std::fs::create_dir_all(disk.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, disk).unwrap();
        self
    }

    fn tree(&self) -> Tree {
        Tree::read(self.0.path(), "/").unwrap()
    }
}

fn closed(shipped: &Root, runtime: &Root, builder: &Root) -> Closure {
    opened(shipped, runtime, builder, &[])
}

fn opened(shipped: &Root, runtime: &Root, builder: &Root, openers: &[Opener]) -> Closure {
    let (shipped, runtime, builder) = (shipped.tree(), runtime.tree(), builder.tree());
    let rules = Rules::embedded();
    let (shipped, runtime, builder) = (&shipped, &runtime, &builder);
    close(&Input { shipped, runtime, builder, release: Some("trixie"), rules: &rules, openers, package_folders: &["/site-packages/"] })
}

fn brought(closure: &Closure) -> Vec<(&str, &str)> {
    closure.brought.iter().map(|b| (b.path.as_str(), b.from.as_str())).collect()
}

fn missing(closure: &Closure) -> Vec<&str> {
    closure.missing.iter().map(|m| m.library.as_str()).collect()
}

fn debian() -> Root {
    let root = Root::new();
    let libc = Build { defined: vec!["GLIBC_2.2.5", "GLIBC_2.9", "GLIBC_2.36"], ..Build::library("libc.so.6", &["ld-linux-x86-64.so.2"]) };
    root.link("/lib", "usr/lib").link("/lib64", "usr/lib64");
    root.link("/usr/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
    root.elf(&format!("{LIB}/ld-linux-x86-64.so.2"), &Build::library("ld-linux-x86-64.so.2", &[]));
    root.elf(&format!("{LIB}/libc.so.6"), &libc);
    root.elf(&format!("{LIB}/libgcc_s.so.1"), &Build::library("libgcc_s.so.1", &["libc.so.6"]));
    root.elf(&format!("{LIB}/libpq.so.5.15"), &Build::library("libpq.so.5", &["libssl.so.3", "libc.so.6"]));
    root.link(&format!("{LIB}/libpq.so.5"), "libpq.so.5.15");
    root.elf(&format!("{LIB}/libssl.so.3"), &Build::library("libssl.so.3", &["libc.so.6"]));
    root
}

#[test]
fn an_empty_image_gets_all_that_a_program_needs() {
    let shipped = Root::new();
    let python = Build { interpreter: Some("/lib64/ld-linux-x86-64.so.2"), needed: vec!["libpq.so.5"], ..Build::default() };
    shipped.elf("/usr/local/bin/python3.13", &python).file("/app/readme", b"no library at all, but long enough to be looked at as one");
    let closure = closed(&shipped, &Root::new(), &debian());
    let at = |name: &str| format!("{LIB}/{name}");
    let expected = [
        (at("ld-linux-x86-64.so.2"), at("ld-linux-x86-64.so.2")),
        (at("libc.so.6"), at("libc.so.6")),
        (at("libgcc_s.so.1"), at("libgcc_s.so.1")),
        (at("libpq.so.5"), at("libpq.so.5.15")),
        (at("libssl.so.3"), at("libssl.so.3")),
    ];
    let found: Vec<_> = brought(&closure).into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
    assert_eq!(found, expected);
    assert_eq!(missing(&closure), [""; 0]);
    assert_eq!(closure.image.follow("/lib64/ld-linux-x86-64.so.2"), Some(at("ld-linux-x86-64.so.2")));
    let libgcc = &closure.brought[2];
    assert!(libgcc.why.as_ref().is_some_and(|why| why.contains("thread")));
    let libc = &closure.brought[1];
    assert_eq!(libc.needed_by, [at("libgcc_s.so.1"), at("libpq.so.5"), at("libssl.so.3")]);
    assert_eq!(closure.tree().iter().count(), 5 + closure.links.len());
}

#[test]
fn what_the_runtime_has_is_not_brought() {
    let (shipped, runtime) = (Root::new(), debian());
    shipped.elf("/app/a.so", &Build { needed: vec!["libssl.so.3", "libpq.so.5"], ..Build::default() });
    assert_eq!(brought(&closed(&shipped, &runtime, &debian())), []);
}

#[test]
fn wheels_find_their_own_libraries() {
    let site = "/app/.venv/lib/python3.13/site-packages";
    let (shipped, builder) = (Root::new(), Root::new());
    let extension = Build { needed: vec!["libblas-1.so"], runpath: Some("$ORIGIN/../numpy.libs"), ..Build::default() };
    shipped.elf(&format!("{site}/numpy/core.so"), &extension);
    // A member of `numpy.libs` names another and relies on what has loaded that already.
    shipped.elf(&format!("{site}/numpy.libs/libblas-1.so"), &Build::library("libblas-1.so", &["libfort-2.so"]));
    shipped.elf(&format!("{site}/numpy.libs/libfort-2.so"), &Build::library("libfort-2.so", &[]));
    let torch = Build { needed: vec!["libdeep.so"], rpath: Some("${ORIGIN}/lib"), ..Build::default() };
    shipped.elf(&format!("{site}/torch/_C.so"), &torch);
    shipped.elf(&format!("{site}/torch/lib/libdeep.so"), &Build::library("libdeep.so", &["libdeeper.so", "libcuda.so.1"]));
    shipped.elf("/app/.venv/lib/python3.13/other/libdeeper.so", &Build::library("libdeeper.so", &[]));
    let closure = closed(&shipped, &Root::new(), &builder);
    assert_eq!(missing(&closure), ["libcuda.so.1"]);
    assert!(closure.missing[0].is_optional());
}

#[test]
fn the_rpath_of_a_loader_counts_for_what_it_loads_and_a_run_path_does_not() {
    for (entry, expected) in [("rpath", "/opt/deep/libb.so"), ("runpath", "/usr/lib/x86_64-linux-gnu/libb.so")] {
        let (shipped, builder) = (Root::new(), Root::new());
        let paths = Some("/opt:/opt/deep");
        let (rpath, runpath) = if entry == "rpath" { (paths, None) } else { (None, paths) };
        shipped.elf("/srv/main", &Build { needed: vec!["liba.so"], rpath, runpath, ..Build::default() });
        shipped.elf("/opt/liba.so", &Build::library("liba.so", &["libb.so"]));
        shipped.elf("/opt/deep/libb.so", &Build { defined: vec!["B_1"], ..Build::library("libb.so", &[]) });
        builder.elf(&format!("{LIB}/libb.so"), &Build::library("libb.so", &[]));
        let closure = closed(&shipped, &Root::new(), &builder);
        let is_brought = closure.brought.iter().any(|b| b.path == expected);
        assert_eq!(is_brought, entry == "runpath", "{entry}");
    }
}

#[test]
fn a_missing_library_is_named_with_its_package_and_all_who_need_it() {
    let shipped = Root::new();
    for name in ["a", "b"] {
        shipped.elf(&format!("/app/{name}.so"), &Build { needed: vec!["libGL.so.1", "libglib-2.0.so.0"], ..Build::default() });
    }
    // One for another machine is not looked at.
    shipped.elf("/app/arm.so", &Build { machine: 183, needed: vec!["libarm.so"], ..Build::default() });
    shipped.file("/app/cut.so", &Build::library("libcut.so", &["libc.so.6"]).bytes()[..150]);
    let closure = closed(&shipped, &Root::new(), &Root::new());
    let found: Vec<_> = closure.missing.iter().map(|m| (m.library.as_str(), m.package.as_deref(), m.needed_by.len())).collect();
    assert_eq!(found, [("libGL.so.1", Some("libgl1"), 2), ("libglib-2.0.so.0", Some("libglib2.0-0t64"), 2)]);
    assert!(!closure.missing[0].is_optional());
    assert_eq!(closure.foreign, ["/app/arm.so"]);
    assert_eq!(closure.unreadable[0].0, "/app/cut.so");
}

#[test]
fn a_version_that_the_library_does_not_have_is_too_new() {
    let shipped = Root::new();
    let wanted = vec![("libc.so.6", vec!["GLIBC_2.2.5", "GLIBC_2.38", "GLIBC_2.41"]), ("libssl.so.3", vec!["OPENSSL_3.0.0"])];
    shipped.elf("/app/a.so", &Build { needed: vec!["libc.so.6", "libssl.so.3"], wanted, ..Build::default() });
    let closure = closed(&shipped, &debian(), &Root::new());
    let found: Vec<_> = closure.too_new.iter().map(|t| (t.library.as_str(), t.wanted.as_str(), t.newest.as_deref())).collect();
    assert_eq!(found, [("libc.so.6", "GLIBC_2.41", Some("GLIBC_2.36"))]);
}

#[test]
fn folders_of_the_configuration_are_searched_before_the_defaults() {
    let (shipped, builder) = (Root::new(), debian());
    builder.file("/etc/ld.so.conf", b"include /etc/ld.so.conf.d/*.conf # all\n/opt/z\n");
    builder.file("/etc/ld.so.conf.d/libc.conf", b"# libc default\n/usr/local/lib\n");
    builder.elf("/usr/local/lib/libpython3.13.so.1.0", &Build::library("libpython3.13.so.1.0", &[]));
    shipped.elf("/app/a.so", &Build { needed: vec!["libpython3.13.so.1.0"], ..Build::default() });
    let closure = closed(&shipped, &Root::new(), &builder);
    assert_eq!(brought(&closure)[0].0, "/usr/local/lib/libpython3.13.so.1.0");
    assert_eq!(closure.folders, ["/usr/local/lib", "/opt/z", "/lib/x86_64-linux-gnu", LIB, "/lib", "/usr/lib"]);
}

#[test]
fn musl_answers_to_its_own_names() {
    let (shipped, runtime) = (Root::new(), Root::new());
    runtime.elf("/lib/ld-musl-x86_64.so.1", &Build::library("libc.musl-x86_64.so.1", &[]));
    runtime.link("/lib/libc.musl-x86_64.so.1", "ld-musl-x86_64.so.1");
    runtime.elf("/usr/local/lib/libpython3.13.so.1.0", &Build::library("libpython3.13.so.1.0", &[]));
    let needed = vec!["libc.so", "libpthread.so.0", "libc.musl-x86_64.so.1", "libpython3.13.so.1.0"];
    shipped.elf("/app/a.so", &Build { needed, ..Build::default() });
    assert_eq!(missing(&closed(&shipped, &runtime, &Root::new())), [""; 0]);
}

#[test]
fn the_packages_of_brought_files_are_known_with_what_dpkg_says() {
    let builder = debian();
    builder.file("/var/lib/dpkg/info/libpq5:amd64.list", b"/.\n/lib/x86_64-linux-gnu/libpq.so.5.15\n/usr/share/doc\n");
    let status = "Package: other\nStatus: install ok installed\n\nPackage: libpq5\nStatus: install ok installed\nVersion: 17\n\
                  Conffiles:\n /etc/pq 0123\n /etc/pq2 4567\nDescription: a\n b\n\n";
    builder.file("/var/lib/dpkg/status", status.as_bytes());
    let file = format!("{LIB}/libpq.so.5.15");
    let owners = owners(&builder.tree(), &[&file, "/usr/lib/nobodys.so"]).unwrap();
    assert_eq!(owners.packages.into_iter().collect::<Vec<_>>(), [(file, "libpq5".to_owned())]);
    assert_eq!(owners.stanzas["libpq5"], "Package: libpq5\nVersion: 17\nDescription: a\n b\n");
}

#[test]
fn the_cache_is_sorted_as_the_loader_searches() {
    let root = debian();
    root.elf("/usr/local/lib/libssl.so.3", &Build::library("libssl.so.3", &[]));
    root.elf(&format!("{LIB}/libx9.so"), &Build::default());
    root.elf(&format!("{LIB}/libx10.so"), &Build::default());
    let cache = cache(&root.tree(), &["/usr/local/lib".into(), "/lib/x86_64-linux-gnu".into(), LIB.into()]);
    let number = |at: usize| u32::from_le_bytes(cache[at..at + 4].try_into().unwrap()) as usize;
    let text = |at: usize| String::from_utf8(cache[at..].split(|b| *b == 0).next().unwrap().to_vec()).unwrap();
    let entry = |i: usize| (number(48 + 24 * i), text(number(48 + 24 * i + 4)), text(number(48 + 24 * i + 8)));
    let entries: Vec<_> = (0..number(20)).map(entry).collect();
    let names: Vec<_> = entries.iter().map(|(_, name, _)| name.as_str()).collect();
    let expected =
        ["libx10.so", "libx9.so", "libssl.so.3", "libssl.so.3", "libpq.so.5", "libgcc_s.so.1", "libc.so.6", "ld-linux-x86-64.so.2"];
    assert_eq!(names, expected);
    assert_eq!(entries[2].2, "/usr/local/lib/libssl.so.3");
    assert_eq!(entries[3], (0x303, "libssl.so.3".into(), "/lib/x86_64-linux-gnu/libssl.so.3".into()));
}

/// Where the machine has `ldconfig`, it reads what is written here as it reads its own.
#[test]
fn ldconfig_reads_the_cache() {
    let Some(ldconfig) = ["/sbin/ldconfig", "/usr/sbin/ldconfig"].into_iter().find(|path| Path::new(path).exists()) else { return };
    let root = debian();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ld.so.cache");
    std::fs::write(&file, cache(&root.tree(), &[LIB.into()])).unwrap();
    let Ok(list) = std::process::Command::new(ldconfig).arg("-p").arg("-C").arg(&file).output() else { return };
    // Another system's `ldconfig`, musl's for one, knows nothing of it.
    if !cfg!(all(target_arch = "x86_64", target_env = "gnu")) {
        return;
    }
    let list = String::from_utf8_lossy(&list.stdout).into_owned();
    assert!(list.contains("libpq.so.5 (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/libpq.so.5"), "{list}");
    assert_eq!(list.matches("=>").count(), 5);
}

#[test]
fn rules_are_sound() {
    let rules = Rules::embedded();
    assert_eq!(rules.package("libldap.so.2", Some("trixie")).as_deref(), Some("libldap2"));
    assert_eq!(rules.package("libglib-2.0.so.0", None).as_deref(), Some("libglib2.0-0 (bookworm), libglib2.0-0t64 (trixie)"));
    assert_eq!(rules.package("libnobody.so.1", Some("trixie")), None);
    assert!(rules.packages.0.iter().all(|(name, _)| name.value.contains(".so")));
    assert!(rules.packages.0.is_sorted_by(|(a, _), (b, _)| a.value < b.value));
    assert!(rules.opens.iter().all(|rule| !rule.why.is_empty() && !rule.libraries.is_empty()));
    assert!(rules.reads.iter().all(|rule| !rule.why.is_empty() && rule.files.iter().all(|file| file.starts_with('/'))));
    for rule in &rules.loads {
        assert!(!rule.why.is_empty() && rule.package == rule.package.to_lowercase().replace(['_', '.'], "-"), "{}", rule.package);
        // Whoever is told that a library is missing is told where it is.
        for library in rule.libraries.iter().flat_map(|names| names.split('|')) {
            assert!(rules.package(library, Some("trixie")).is_some(), "no Debian package is known of {library}");
        }
    }
    assert!(rules.optional.iter().all(|rule| !rule.why.is_empty() && !rule.library.is_empty()));
    let provider = "/x/onnxruntime/capi/libonnxruntime_providers_cuda.so";
    assert!(rules.optional("libcublas.so.12", provider).is_some());
    assert!(rules.optional("libcublas.so.12", "/x/other.so").is_none());
}

#[test]
fn a_star_stands_for_anything() {
    for (pattern, text, expected) in [
        ("libcuda.so*", "libcuda.so.1", true),
        ("libcuda.so.1", "libcuda.so.1", true),
        ("libcuda.so.1", "libcuda.so.12", false),
        ("*/torch/*.so", "/a/torch/lib/b.so", true),
        ("*/torch/*.so", "/a/torch/lib/b.py", false),
        ("a*a", "a", false),
        ("*", "", true),
    ] {
        assert_eq!(rules::matches(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn run_paths_are_spelled_out() {
    let target = Target { wide: true, big: false, machine: 62, flags: 0 };
    assert_eq!(read(&Build::default().bytes()[..]).unwrap().unwrap().target, target);
    let expand = |entry| folders::expand(entry, "/app/x/a.so", target);
    assert_eq!(expand("$ORIGIN/../lib"), ["/app/x/../lib"]);
    assert_eq!(expand("${ORIGIN}"), ["/app/x"]);
    assert_eq!(expand("/opt/$LIB"), ["/opt/lib/x86_64-linux-gnu", "/opt/lib64", "/opt/lib"]);
}

fn opener(libraries: &[&[&str]], is_optional: bool) -> Opener {
    let libraries = libraries.iter().map(|names| names.iter().map(|n| (*n).to_owned()).collect()).collect();
    Opener { by: "the package psycopg".into(), libraries, is_optional }
}

#[test]
fn what_packages_open_by_name_is_found_or_brought_or_missing() {
    let at = |name: &str| format!("{LIB}/{name}");
    let psycopg = [opener(&[&["libpq.so.5"]], false)];
    // No file of the package is a program or library: the builder's say what the machine is.
    let shipped = Root::new();
    shipped.file("/app/.venv/lib/python3.13/site-packages/psycopg/__init__.py", b"");
    let closure = opened(&shipped, &debian(), &debian(), &psycopg);
    assert_eq!((brought(&closure), missing(&closure)), (vec![], vec![]));
    let bare = Root::new();
    let closure = opened(&shipped, &bare, &debian(), &psycopg);
    let found: Vec<_> = closure.brought.iter().map(|b| b.path.as_str()).collect();
    assert!(found.contains(&at("libpq.so.5").as_str()) && found.contains(&at("libssl.so.3").as_str()), "{found:?}");
    let libpq = closure.brought.iter().find(|b| b.path == at("libpq.so.5")).unwrap();
    assert_eq!((libpq.needed_by.as_slice(), &libpq.why), (["the package psycopg".to_owned()].as_slice(), &None));

    let builder = debian();
    let closure = opened(&shipped, &bare, &builder, &[opener(&[&["libmagic.so.1"]], false)]);
    assert_eq!(missing(&closure), ["libmagic.so.1"]);
    assert_eq!(closure.missing[0].package.as_deref(), Some("libmagic1t64"));
    assert_eq!(closure.missing[0].needed_by[0].path, "the package psycopg");
    assert_eq!(missing(&opened(&shipped, &bare, &builder, &[opener(&[&["libmagic.so.1"]], true)])), [""; 0]);
    let either: &[&str] = &["libMagickWand-6.Q16.so.6", "libMagickWand-7.Q16.so.10"];
    assert_eq!(missing(&opened(&shipped, &bare, &builder, &[opener(&[either], false)])), ["libMagickWand-7.Q16.so.10"]);

    // What a brought library reads comes along.
    builder.elf(&at("libmagic.so.1"), &Build::library("libmagic.so.1", &["libc.so.6"]));
    builder.file("/usr/lib/file/magic.mgc", b"rules").link("/usr/share/misc/magic.mgc", "../../lib/file/magic.mgc");
    let closure = opened(&shipped, &bare, &builder, &[opener(&[&["libmagic.so.1"]], false)]);
    let data: Vec<_> = closure.data.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(data, ["/usr/lib/file/magic.mgc", "/usr/share/misc/magic.mgc"]);
    assert!(closure.tree().get("/usr/lib/file/magic.mgc").is_some());
}
