//! What the records of a system give, of small trees; whole documents are held against files in `tests/sbom.rs`.

use std::fs;

use super::*;

/// The components of a tree of these files, by a reader of records.
fn read(files: &[(&str, &str)], reader: impl Fn(&Subject<'_>) -> Vec<Component>) -> Vec<Component> {
    let disk = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = disk.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let tree = |folder: &str| {
        if disk.path().join(folder).exists() { Tree::read(&disk.path().join(folder), "/").unwrap() } else { Tree::default() }
    };
    let (image, base) = (tree("image"), tree("base"));
    reader(&Subject { image: &image, base: &base, base_name: "base:1", locked: &Locked::default() })
}

#[test]
fn packages_of_the_base_are_told_from_those_that_were_added() {
    let one = |name: &str| format!("Package: {name}\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n");
    let (base, image) = (one("a"), one("a") + &one("b"));
    let files = [("base/var/lib/dpkg/status", base.as_str()), ("image/var/lib/dpkg/status", image.as_str())];
    let found = read(&files, |subject| debian::components(subject, &debian::System::default()));
    let origins: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.origin.as_str())).collect();
    assert_eq!(origins[0], ("a", "in the base image base:1"));
    assert!(origins[1].0 == "b" && origins[1].1.starts_with("unpacked"), "{origins:?}");
}

#[test]
fn packages_of_alpine_are_read_with_who_provides_what() {
    let text = "P:musl\nV:1.2.5-r8\nA:x86_64\nL:MIT\no:musl\np:so:libc.musl-x86_64.so.1=1\n\n\
                P:zlib\nV:1.3-r2\nA:x86_64\nL:Zlib\no:zlib-src\nD:so:libc.musl-x86_64.so.1 !old\nU:https://zlib.net/\n\n";
    let system = debian::System { id: "alpine".into(), version: "3.22.1".into(), title: String::new() };
    let found = read(&[("image/lib/apk/db/installed", text)], |subject| alpine::components(subject, &system));
    assert_eq!(found[0].purl, "pkg:apk/alpine/musl@1.2.5-r8?arch=x86_64&distro=alpine-3.22.1");
    assert_eq!(found[1].purl, "pkg:apk/alpine/zlib@1.3-r2?arch=x86_64&distro=alpine-3.22.1&upstream=zlib-src");
    assert_eq!(found[1].requires.iter().collect::<Vec<_>>(), ["apk/musl"]);
    assert_eq!(found[1].licences, [Licence::Expression("Zlib".into())]);
}

#[test]
fn hashes_and_addresses_are_read_with_care() {
    let hex = "0A".repeat(32);
    assert_eq!(Hash::read(&format!("sha256:{hex}")), Some(Hash { algorithm: "SHA-256", hex: hex.to_lowercase() }));
    for text in ["sha256:0a", "md5:0a", "", &"sha256:zz".repeat(32)] {
        assert_eq!(Hash::read(text), None, "{text}");
    }
    for (address, plain) in [
        ("https://user:word@h/simple/?token=x#y", "https://h/simple/"),
        ("ssh://git@h/x.git", "ssh://h/x.git"),
        ("git@h:x.git", "git@h:x.git"),
        ("https://h", "https://h"),
    ] {
        assert_eq!(without_login(address), plain);
    }
}

#[test]
fn keys_that_read_the_same_have_identifiers_of_their_own() {
    let one = |key: &str| Component { key: key.into(), ..Component::default() };
    let bill = Bill::new("x", 0, vec![one("a+b"), one("a-b"), one("a+b")]);
    assert_eq!(bill.ids, ["a-b", "a-b-2"]);
    assert!(bill.uuid() == bill.uuid() && bill.uuid() != Bill::new("x", 0, vec![]).uuid());
    assert_eq!(bill.uuid().as_bytes()[14], b'8');
}

#[test]
fn moments_are_those_of_the_calendar() {
    for (seconds, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (315_532_800, "1980-01-01T00:00:00Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_767_225_599, "2025-12-31T23:59:59Z"),
    ] {
        assert_eq!(spdx::moment(seconds), text);
    }
}
