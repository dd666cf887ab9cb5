//! Whether a program starts as far as the kernel and the loader are concerned: it is a program or a script, for this machine,
//! its loader is in the image, and so is every library that it needs. The loader itself is asked, so that what it says here is
//! what it will do; nothing of the program runs.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::Command;

use super::{Finding, User, entry};
use crate::diag::codes;
use crate::elf::{self, Elf};

/// How many scripts may stand between a command and a program.
const DEPTH: u32 = 4;
/// Processors whose programs another one runs as well: those of 32 bits on x86-64 and on arm64.
const COMPATIBLE: &[(u16, u16)] = &[(3, 62), (40, 183)];

/// Checks a command in the image that this runs in: its program is found and may be executed, and so may what it needs.
pub fn program(argv: &[String], path: Option<&str>, workdir: &str, user: User) -> Result<(), Finding> {
    let root = Path::new("/");
    let mut words = argv.to_vec();
    for _ in 0..DEPTH {
        let place = entry(root, &words, path, workdir, user)?;
        let wrong = |message: String| Finding::new(codes::UNSTARTABLE_COMMAND, &place, format!("The command starts {place}, {message}"));
        let elf = match File::open(&place).map_err(elf::Malformed::Unread).and_then(|file| elf::read(&file)) {
            Ok(elf) => elf,
            // A program may be for its user to run and not to read.
            Err(elf::Malformed::Unread(_)) => return Ok(()),
            Err(malformed) => return Err(wrong(format!("which cannot be read as a program: {malformed}."))),
        };
        if let Some(elf) = elf {
            return loads(&place, &elf).map_or(Ok(()), |message| Err(wrong(message)));
        }
        words = script(&place).ok_or_else(|| {
            wrong("which is neither a program nor a script: its first line has to be one such as `#!/usr/bin/env node`.".into())
        })?;
    }
    Ok(())
}

/// The words that a script's first line starts; for `env`, what that one starts.
fn script(place: &str) -> Option<Vec<String>> {
    let mut start = vec![];
    File::open(place).ok()?.take(4096).read_to_end(&mut start).ok()?;
    let line = start.strip_prefix(b"#!")?.split(|b| *b == b'\n').next()?;
    let words: Vec<String> = String::from_utf8_lossy(line).split_whitespace().map(str::to_owned).collect();
    let by_env = words.first()?.ends_with("/env");
    let named = words.iter().skip(1).position(|word| !word.starts_with('-') && !word.contains('='));
    Some(if let (true, Some(at)) = (by_env, named) { words[at + 1..].to_vec() } else { words })
}

/// What keeps a program from being loaded.
fn loads(place: &str, program: &Elf) -> Option<String> {
    let machine = |file: &str| File::open(file).ok().and_then(|file| elf::read(&file).ok().flatten()).map(|elf| elf.target.machine);
    if let Some(runs) = machine("/proc/self/exe") {
        let is = program.target.machine;
        // An image for another processor is proven by emulation: its loader is for that one as well.
        let of_image = program.interpreter.as_deref().and_then(machine);
        if is != runs && of_image != Some(is) && !COMPATIBLE.contains(&(is, runs)) {
            return Some("which is for another processor than the image. Copy the one for the platform that is built for.".into());
        }
    }
    let loader = program.interpreter.as_ref()?;
    if fs::metadata(loader).is_err() {
        return Some(format!(
            "which is loaded by {loader}, and the image has none. Take a static build of the program, or a runtime with the C library \
             that it was made for: glibc on `distroless`, `slim` and `minimal`, musl on `alpine`."
        ));
    }
    let output = Command::new(loader).arg("--list").arg(place).output().ok()?;
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).join("\n");
    let missing = missing(&said);
    (!missing.is_empty()).then(|| {
        format!(
            "which does not load: {}. Bring what is missing along: `apt: {{ runtime: […] }}` on `slim`, or copy it from the stage that \
             the program was built in.",
            missing.join("; ")
        )
    })
}

/// What a loader says that it does not find.
fn missing(said: &str) -> Vec<String> {
    let mut found = vec![];
    for line in said.lines().map(str::trim) {
        // glibc: `libx.so.1 => not found`, and `…: version `GLIBC_2.38' not found (required by …)`. musl: `Error loading shared library …`.
        let message = match line.split_once(" => ") {
            Some((library, place)) => place.starts_with("not found").then(|| format!("there is no {library}")),
            None if line.starts_with("Error loading") || line.starts_with("Error relocating") => Some(line.to_owned()),
            None => (line.contains("' not found") || line.contains("cannot open shared object file")).then(|| line.to_owned()),
        };
        found.extend(message);
    }
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_loaders_do_not_find_is_told() {
        let said = "\tlinux-vdso.so.1 (0x0000)\n\tlibx.so.1 => not found\n\tlibc.so.6 => /lib/libc.so.6 (0x0000)\n\
                    /app/x: /lib/libc.so.6: version `GLIBC_2.99' not found (required by /app/x)\n\tlibx.so.1 => not found\n";
        assert_eq!(
            missing(said),
            ["/app/x: /lib/libc.so.6: version `GLIBC_2.99' not found (required by /app/x)".to_owned(), "there is no libx.so.1".into()]
        );
        let musl = "Error loading shared library libz.so.1: No such file or directory (needed by /app/x)\n";
        assert_eq!(missing(musl), [musl.trim()]);
        assert!(missing("\tstatically linked\n").is_empty());
    }

    #[test]
    fn programs_and_scripts_are_told_from_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let check = |name: &str, bytes: &[u8]| {
            let place = folder.path().join(name);
            fs::write(&place, bytes).unwrap();
            fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
            let path = format!("{}:/usr/bin:/bin", folder.path().display());
            program(&[name.to_owned()], Some(&path), "/", User { uid: 0, gid: 0 }).map_err(|f| f.message)
        };
        let own = fs::read("/bin/sh").unwrap();
        assert_eq!(check("sh-copy", &own), Ok(()));
        assert_eq!(check("script", b"#!/usr/bin/env -S sh -e\n"), Ok(()));
        assert!(check("text", b"echo hello\n").unwrap_err().contains("neither a program nor a script"));
        let mut other = own.clone();
        // Where an ELF file says which processor it is for: one that no test runs on.
        other[18..20].copy_from_slice(&[0xf7, 0]);
        assert!(check("other", &other).unwrap_err().contains("another processor"));
        // In an image for that processor it is the right one.
        let (loader, at) = (folder.path().join("l"), own.windows(8).position(|w| w == b"/lib64/l"));
        let path = loader.to_str().unwrap().as_bytes().to_vec();
        if let Some(at) = at.filter(|_| path.len() < 27) {
            fs::write(&loader, &other).unwrap();
            other[at..at + 27].fill(0);
            other[at..at + path.len()].copy_from_slice(&path);
            assert_eq!(check("other", &other), Ok(()));
        }
        let at = own.windows(4).position(|w| w == b"/ld-").expect("it names its loader");
        let mut lost = own;
        lost[at + 1] = b'x';
        assert!(check("lost", &lost).unwrap_err().contains("the image has none"));
    }
}
