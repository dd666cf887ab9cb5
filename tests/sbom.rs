//! The bill of materials of a small image, which the program writes as it does inside of a build, held against files that are reviewed like code.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::golden::check;

const SITE: &str = "image/app/.venv/lib/python3.13/site-packages";
const OS: &str = "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nID=debian\nVERSION_ID=\"13\"\n";
const BASE_FILES: &str = "Package: base-files\nVersion: 13.8\nArchitecture: amd64\nMaintainer: Santiago <s@debian.org>\n";
const PQ: &str = "Package: libpq5\nVersion: 17.1-1+b1\nArchitecture: amd64\nSource: postgresql-17 (17.1-1)\nDepends: libc6 (>= 2.38), base-files | x\n\
                  Homepage: http://www.postgresql.org/\n";
const NOTES: &str = r#"{"brought": [
    {"path": "/usr/lib/libpq.so.5", "bytes": 2, "package": "libpq5", "version": "17.1-1+b1", "needed-by": ["/x.so"]},
    {"path": "/usr/lib/libodd.so.1", "bytes": 3, "package": "libodd1", "version": "2", "needed-by": []},
    {"path": "/usr/lib/libgone.so.1", "bytes": 3, "package": "libgone", "needed-by": []}
]}"#;
const LOCKED: &str = r#"{"lock": "uv.lock", "packages": [
    {"name": "fast", "version": "1.0", "from": "https://pypi.org/simple", "archives": [
        {"file": "fast-1.0-cp313-cp313-musllinux_1_2_x86_64.whl", "address": "https://f/musl.whl", "hash": "sha256:MUSL"},
        {"file": "fast-1.0-cp313-cp313-manylinux_2_17_x86_64.whl", "address": "https://f/fast.whl", "hash": "sha256:FAST"},
        {"file": "fast-1.0.tar.gz", "address": "https://f/fast.tar.gz", "hash": "sha256:SDIST"}]},
    {"name": "built", "version": "2", "from": "https://packages.example.org/simple", "archives": [
        {"file": "built-2-cp312-cp312-manylinux_2_17_x86_64.whl", "hash": "sha256:MUSL"},
        {"file": "built-2.tar.gz", "hash": "sha256:SDIST"}]},
    {"name": "forked", "from": "https://github.com/x/forked", "commit": "0123abc"}
]}"#;
const INSIDE: &str = r#"{"bomFormat": "CycloneDX", "components": [
    {"type": "library", "name": "fast", "version": "1.0"},
    {"type": "library", "name": "zlib", "version": "1.3", "purl": "pkg:rpm/almalinux/zlib@1.3"}
]}"#;

/// The files of the image, of the one below it, and of what the steps before tell.
fn files(root: &Path) {
    let wheel = |tag: &str| format!("Wheel-Version: 1.0\nTag: {tag}\n");
    let direct = |url: &str| format!(r#"{{"url": "{url}", "dir_info": {{}}}}"#);
    let hashed = ["MUSL", "FAST", "SDIST"].into_iter().zip(["0", "1", "2"]);
    let locked = hashed.fold(LOCKED.to_owned(), |text, (word, digit)| text.replace(word, &digit.repeat(64)));
    let site = |path: &str| format!("{SITE}/{path}");
    let all = [
        ("base/var/lib/dpkg/status.d/base-files".to_owned(), BASE_FILES.to_owned()),
        ("image/var/lib/dpkg/status.d/base-files".into(), BASE_FILES.into()),
        ("image/var/lib/dpkg/status.d/base-files.md5sums".into(), "0  x\n".into()),
        ("image/var/lib/dpkg/status.d/libpq5".into(), PQ.into()),
        ("image/usr/share/doc/base-files/copyright".into(), "License: GPL-2+ and odd licence\n".into()),
        ("image/usr/lib/os-release".into(), OS.into()),
        ("image/usr/lib/libpq.so.5".into(), "pq".into()),
        ("image/usr/lib/libodd.so.1".into(), "odd".into()),
        ("image/usr/local/lib/libpython3.13.so.1.0".into(), "x\u{0}3.13.\u{0}3.13.5\u{0}".into()),
        ("image/usr/bin/health-check".into(), "probe".into()),
        (site("fast/__init__.py"), String::new()),
        (site("fast/_vendor/six-1.16.dist-info/METADATA"), "Name: six\nVersion: 1.16\nLicense: MIT\n".into()),
        (site("fast.libs/libz-1a2b.so.1"), "z".into()),
        (
            site("fast-1.0.dist-info/METADATA"),
            "Name: Fast\nVersion: 1.0\nLicense-Expression: MIT OR Apache-2.0\nRequires-Dist: built\nRequires-Dist: nothing\nHome-page: https://f/\n".into(),
        ),
        (site("fast-1.0.dist-info/WHEEL"), wheel("cp313-cp313-manylinux_2_17_x86_64")),
        (site("fast-1.0.dist-info/RECORD"), "fast/__init__.py,,\nfast/_vendor/six-1.16.dist-info/METADATA,,\nfast.libs/libz-1a2b.so.1,,\n".into()),
        (site("fast-1.0.dist-info/sboms/auditwheel.cdx.json"), INSIDE.into()),
        (site("built-2.dist-info/METADATA"), "Name: built\nVersion: 2\nLicense: Own licence\n".into()),
        (site("built-2.dist-info/WHEEL"), wheel("cp313-cp313-linux_x86_64")),
        (site("forked-3.dist-info/METADATA"), "Name: forked\nVersion: 3\nClassifier: License :: OSI Approved :: BSD License\n".into()),
        (site("local-1.dist-info/METADATA"), "Name: local\nVersion: 1\n".into()),
        (site("local-1.dist-info/direct_url.json"), direct("https://user:secret@h/local-1.zip?token=secret")),
        ("image/app/.project/shop-0.1.dist-info/METADATA".into(), "Name: shop\nVersion: 0.1\nRequires-Dist: fast\n".into()),
        ("image/app/.project/shop-0.1.dist-info/direct_url.json".into(), direct("file:///src")),
        ("notes/notes.json".into(), NOTES.into()),
        ("locked.json".into(), locked),
    ];
    for (path, text) in all {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::create_dir_all(root.join("image/etc")).unwrap();
    symlink("../usr/lib/os-release", root.join("image/etc/os-release")).unwrap();
}

/// Both documents, by the program.
fn written(root: &Path, out: &str) -> [String; 2] {
    let words = ["refine", "sbom", "--name=shop", "--image=image", "--base=base", "--base-name=gcr.io/distroless/cc-debian13:nonroot"];
    let told = ["--environment=notes", "--locked=locked.json", "--created=951782400"];
    let ran = Command::new(env!("CARGO_BIN_EXE_distil")).current_dir(root).args(words).args(told).arg(format!("--out={out}")).output();
    let ran = ran.unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    ["sbom.spdx.json", "sbom.cdx.json"].map(|name| fs::read_to_string(root.join(out).join(name)).unwrap())
}

#[test]
fn a_small_image_has_the_same_documents_every_time() {
    let root = tempfile::tempdir().unwrap();
    files(root.path());
    let documents = written(root.path(), "one");
    assert!(documents == written(root.path(), "two"));
    assert!(documents.iter().all(|text| !text.contains("secret")), "no login is told");
    for (name, text) in ["sbom.spdx.json", "sbom.cdx.json"].into_iter().zip(&documents) {
        check(&crate::checkout().join("tests/golden/sbom").join(name), text);
    }
}

/// Whatever refers to a part refers to one that is there, and no two parts have the same identifier.
#[test]
fn what_refers_to_a_part_refers_to_one_that_is_there() {
    let root = tempfile::tempdir().unwrap();
    files(root.path());
    let [spdx, cyclonedx] = written(root.path(), "out").map(|text| serde_json::from_str::<Value>(&text).unwrap());
    let list = |value: &Value| value.as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut ids: Vec<String> =
        list(&spdx["packages"]).iter().map(|one| text(&one["SPDXID"])).chain(["SPDXRef-DOCUMENT".to_owned()]).collect();
    for related in list(&spdx["relationships"]) {
        for end in ["spdxElementId", "relatedSpdxElement"] {
            assert!(ids.contains(&text(&related[end])), "{related}");
        }
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "identifiers are of one part each");
    let refs: Vec<String> = list(&cyclonedx["components"]).iter().map(|one| text(&one["bom-ref"])).chain(["image".to_owned()]).collect();
    for one in list(&cyclonedx["dependencies"]) {
        let needed = one["dependsOn"].as_array().cloned().unwrap_or_default();
        assert!(needed.iter().chain([&one["ref"]]).all(|name| refs.contains(&text(name))), "{one}");
    }
}
