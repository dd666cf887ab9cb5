//! What is read of files of every layout, what strip takes away, and that spoiled files do no harm.

use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use super::build::Build;
use super::*;

fn full() -> Build {
    Build {
        interpreter: Some("/lib64/ld-linux-x86-64.so.2"),
        soname: Some("libme.so.1"),
        needed: vec!["libc.so.6", "libm.so.6"],
        rpath: Some("/opt/a:$ORIGIN"),
        runpath: Some("$ORIGIN/../me.libs"),
        wanted: vec![("libc.so.6", vec!["GLIBC_2.2.5", "GLIBC_2.34"]), ("libm.so.6", vec!["GLIBC_2.29"])],
        defined: vec!["ME_1.0", "ME_1.1"],
        debug: 5000,
        ..Build::default()
    }
}

fn layouts() -> impl Iterator<Item = Build> {
    let of = |(wide, big, machine)| Build { wide, big, machine, ..full() };
    [(true, false, 62), (true, true, 22), (false, false, 40), (false, true, 20)].into_iter().map(of)
}

fn smaller(bytes: &[u8]) -> Vec<u8> {
    match strip(bytes) {
        Stripped::Smaller(after) => after,
        other => panic!("{other:?}"),
    }
}

fn reason(bytes: &[u8]) -> String {
    match strip(bytes) {
        Stripped::Unsafe(reason) => reason.to_string(),
        other => panic!("{other:?}"),
    }
}

fn section_names(bytes: &[u8]) -> Vec<String> {
    let header = Header::read(bytes).unwrap().unwrap();
    let table = strip::Table::read(bytes, &header).unwrap();
    table.names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect()
}

#[test]
fn everything_the_loader_sees_is_read() {
    for build in layouts() {
        let elf = read(&build.bytes()[..]).unwrap().unwrap();
        assert_eq!((elf.target.wide, elf.target.big, elf.target.machine), (build.wide, build.big, build.machine));
        assert_eq!((elf.kind, elf.interpreter.as_deref()), (Kind::Shared, build.interpreter));
        assert_eq!((elf.soname.as_deref(), elf.needed), (build.soname, vec!["libc.so.6".to_owned(), "libm.so.6".to_owned()]));
        assert_eq!((elf.rpath, elf.runpath), (vec!["/opt/a".to_owned(), "$ORIGIN".into()], vec!["$ORIGIN/../me.libs".to_owned()]));
        let wanted: Vec<_> = elf.wanted.iter().map(|w| (w.library.as_str(), w.versions.len())).collect();
        assert_eq!(wanted, [("libc.so.6", 2), ("libm.so.6", 1)]);
        assert_eq!(elf.wanted[0].versions, ["GLIBC_2.2.5", "GLIBC_2.34"]);
        assert_eq!(elf.defined, ["ME_1.0", "ME_1.1"]);
    }
}

#[test]
fn what_is_no_elf_is_nothing_and_a_cut_one_an_error() {
    assert!(read(&b"#!/bin/sh\n"[..]).unwrap().is_none());
    assert!(read(&b""[..]).unwrap().is_none());
    let bytes = full().bytes();
    assert!(read(&bytes[..40]).is_err());
    assert!(read(&bytes[..300]).is_err());
    assert!(matches!(strip(b"hello"), Stripped::Nothing));
}

#[test]
fn sections_for_debuggers_go_and_nothing_else() {
    for build in layouts() {
        let before = build.bytes();
        let after = smaller(&before);
        assert!(after.len() + 5000 < before.len());
        assert_eq!(section_names(&after), ["", ".dynstr", ".dynamic", ".note.probe", ".shstrtab"]);
        assert!(after.windows(5).any(|w| w == b"probe"));
        verify(&before, &after).unwrap();
        assert_eq!(after, smaller(&before));
        assert!(matches!(strip(&after), Stripped::Nothing));
    }
}

#[test]
fn what_lies_before_something_loaded_stays() {
    let bytes = Build { tail: true, ..full() }.bytes();
    assert!(matches!(strip(&bytes), Stripped::Nothing));
}

#[test]
fn odd_files_are_left_alone() {
    assert_eq!(reason(&Build { appended: b"PK\x03\x04", ..full() }.bytes()), "it has data appended");
    assert_eq!(reason(&Build { between: b"hidden", ..full() }.bytes()), "it has data between its sections");
    assert_eq!(reason(&Build { machine: 190, ..full() }.bytes()), "it is for a processor whose loader is not known");
    assert!(matches!(strip(&Build { kind: 1, ..full() }.bytes()), Stripped::Nothing));
    let bytes = full().bytes();
    assert!(reason(&bytes[..bytes.len() - 1]).contains("outside"));
}

#[test]
fn no_change_of_a_loaded_byte_passes() {
    let before = full().bytes();
    let after = smaller(&before);
    let header = Header::read(&before[..]).unwrap().unwrap();
    let fixed = strip::index(strip::Table::read(&before, &header).unwrap().fixed);
    let may_differ = |at: &usize| (40..48).contains(at) || (60..64).contains(at);
    for at in (0..fixed).filter(|at| !may_differ(at)) {
        let mut changed = after.clone();
        changed[at] ^= 1;
        assert!(verify(&before, &changed).is_err(), "byte {at}");
    }
    assert!(verify(&before, &after[..after.len() - 64]).is_err());
}

#[test]
fn this_very_program_still_runs_when_it_is_stripped() {
    let before = std::fs::read("/proc/self/exe").unwrap();
    // A release build has no symbols to begin with.
    let Stripped::Smaller(after) = strip(&before) else { return assert!(matches!(strip(&before), Stripped::Nothing)) };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stripped");
    std::fs::write(&path, &after).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let list = std::process::Command::new(&path).arg("--list").output().unwrap();
    assert!(list.status.success());
    assert!(String::from_utf8_lossy(&list.stdout).contains("this_very_program_still_runs"));
    let file = std::fs::File::open(&path).unwrap();
    assert_eq!(read(&file).unwrap(), read(&before[..]).unwrap());
}

/// Files to spoil: small ones of this room, and one of the machine's own where there is one.
fn specimens() -> Vec<Vec<u8>> {
    let mut all: Vec<_> = layouts().map(|build| build.bytes()).collect();
    all.push(Build { tail: true, ..full() }.bytes());
    let own = ["/lib/x86_64-linux-gnu/libdl.so.2", "/lib/aarch64-linux-gnu/libdl.so.2", "/lib/libz.so.1"];
    all.extend(own.iter().filter_map(|path| std::fs::read(path).ok()));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spoiled_files_never_harm(
        which in 0_usize..8,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        thread_local!(static ALL: Vec<Vec<u8>> = specimens());
        let mut bytes = ALL.with(|all| all[which % all.len()].clone());
        for (at, value, early) in changes {
            // Most of what can go wrong is said in the first bytes and in the tables at the end.
            let room = bytes.len();
            let at = if early { at.index(room.min(300)) } else { room - 1 - at.index(room.min(1500)) };
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = read(&bytes[..]);
        if let Stripped::Smaller(after) = strip(&bytes) {
            prop_assert!(after.len() < bytes.len());
            prop_assert!(verify(&bytes, &after).is_ok());
            prop_assert_eq!(read(&bytes[..]).unwrap(), read(&after[..]).unwrap());
        }
    }
}
