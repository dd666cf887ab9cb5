//! The system files of an image: who runs the service, and for an image made from nothing all that programs expect of a system.

use std::io;
use std::path::Path;

use crate::libraries;
use crate::names::User;
use crate::requests::Runtime;
use crate::tree::{Kind, Tree};

use super::output::Output;

/// The layer of system files.
pub const LAYER: &str = "system";

/// Files of the builder that an image made from nothing takes over, where they are there: certificates, time zones, and the
/// tables of services and protocols.
const COPIED_FROM_BUILDER: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/openssl.cnf",
    "/usr/share/zoneinfo",
    "/etc/protocols",
    "/etc/services",
    "/usr/lib/os-release",
    "/etc/debian_version",
];

/// Parts of the time zones that are there a second time.
const DUPLICATE_ZONEINFO: &[&str] = &["/usr/share/zoneinfo/posix", "/usr/share/zoneinfo/right", "/usr/share/zoneinfo/tzdata.zi"];

/// Adds the user to the tables of the runtime, or writes tables where there are none.
pub fn users(output: &Output, runtime: &Tree, user: User, home: &str) -> io::Result<()> {
    let table = |name: &str| match runtime.get(name) {
        Some(entry) if entry.is_file() => entry.bytes().map(|b| String::from_utf8_lossy(&b).into_owned()),
        _ => Ok(String::new()),
    };
    let mut passwd = table("/etc/passwd")?;
    let mut group = table("/etc/group")?;
    if passwd.is_empty() {
        passwd.push_str("root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n");
    }
    if group.is_empty() {
        group.push_str("root:x:0:\nnogroup:x:65534:\n");
    }
    let (uid, gid) = (user.uid.to_string(), user.gid.to_string());
    if !has(&passwd, &uid) {
        line(&mut passwd, &format!("service:x:{uid}:{gid}:service:{home}:/sbin/nologin"));
    }
    if !has(&group, &gid) {
        line(&mut group, &format!("service:x:{gid}:"));
    }
    output.text(LAYER, "/etc/passwd", passwd.as_bytes())?;
    output.text(LAYER, "/etc/group", group.as_bytes())
}

/// Whether a table has an entry with this number.
fn has(table: &str, number: &str) -> bool {
    table.lines().any(|line| line.split(':').nth(2) == Some(number))
}

fn line(table: &mut String, line: &str) {
    if !table.is_empty() && !table.ends_with('\n') {
        table.push('\n');
    }
    table.push_str(line);
    table.push('\n');
}

/// What an image made from nothing has besides the interpreter and its libraries; the paths that were taken of the builder.
pub fn ground(output: &Output, runtime: Runtime) -> io::Result<Tree> {
    let mut taken = Tree::default();
    if runtime != Runtime::Minimal {
        return Ok(taken);
    }
    for path in COPIED_FROM_BUILDER {
        // Where it is a link, as the bundle of certificates may be, what it leads to is taken under this name.
        let Ok(real) = std::fs::canonicalize(path) else { continue };
        for (at, entry) in Tree::read(&real, path)?.iter() {
            if !DUPLICATE_ZONEINFO.iter().any(|twice| at == *twice || at.starts_with(&format!("{twice}/"))) {
                taken.insert(at, entry.clone());
            }
        }
    }
    output.write(&taken, &|_| LAYER.to_owned(), false)?;
    output.text(LAYER, "/etc/nsswitch.conf", b"passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n")?;
    for (folder, mode) in [("/tmp", 0o1777), ("/var/tmp", 0o1777), ("/root", 0o700), ("/run", 0o755)] {
        output.directory(LAYER, folder, mode)?;
    }
    let mut links = Tree::default();
    let mut link = |path: &str, target: &str| {
        let kind = Kind::Link { target: target.into() };
        links.insert(path, crate::tree::Entry { kind, mode: 0o777, disk: Path::new("").to_owned() });
    };
    // Where OpenSSL looks for certificates and settings when no variable names another place.
    link("/usr/lib/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt");
    link("/usr/lib/ssl/certs", "/etc/ssl/certs");
    link("/usr/lib/ssl/openssl.cnf", "/etc/ssl/openssl.cnf");
    link("/etc/os-release", "../usr/lib/os-release");
    output.write(&links, &|_| LAYER.to_owned(), false)?;
    Ok(taken)
}

/// Records of the Debian packages that files were taken from, as scanners of images without a package manager read them.
pub fn records(output: &Output, builder: &Tree, runtime: &Tree, paths: &[&str]) -> io::Result<libraries::Owners> {
    let owners = libraries::owners(builder, paths)?;
    if runtime.get("/var/lib/dpkg/status").is_some() {
        return Ok(owners);
    }
    for (package, stanza) in &owners.stanzas {
        let path = format!("/var/lib/dpkg/status.d/{package}");
        if runtime.get(&path).is_none() {
            output.text(LAYER, &path, stanza.as_bytes())?;
        }
    }
    Ok(owners)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_user_is_added_once() {
        let disk = tempfile::tempdir().unwrap();
        fs::create_dir_all(disk.path().join("runtime/etc")).unwrap();
        fs::write(disk.path().join("runtime/etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532::/home/nonroot:/x")
            .unwrap();
        let runtime = Tree::read(&disk.path().join("runtime"), "/").unwrap();
        let output = Output::new(&disk.path().join("out")).unwrap();
        users(&output, &runtime, "65532:10".parse().unwrap(), "/srv").unwrap();
        let read = |name: &str| fs::read_to_string(disk.path().join("out/system/etc").join(name)).unwrap();
        assert_eq!(read("passwd").lines().count(), 2);
        assert_eq!(read("group"), "root:x:0:\nnogroup:x:65534:\nservice:x:10:\n");
        users(&output, &runtime, "7:0".parse().unwrap(), "/srv").unwrap();
        assert!(read("passwd").ends_with("/x\nservice:x:7:0:service:/srv:/sbin/nologin\n"), "{}", read("passwd"));
        assert_eq!(read("group"), "root:x:0:\nnogroup:x:65534:\n");
    }
}
