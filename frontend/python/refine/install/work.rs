//! What an installation is working at while it says nothing: the package whose sources some process stands in, and the compiler.

use std::fs;
use std::path::Path;

/// A process: the folder that it works in, and its arguments.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pub folder: String,
    pub argv: Vec<String>,
}

/// Every process that can be seen; what ends in the meantime is left out.
pub(super) fn processes(proc: &str) -> Vec<Process> {
    let Ok(entries) = fs::read_dir(proc) else { return vec![] };
    let process = |entry: fs::DirEntry| {
        entry.file_name().to_str()?.parse::<u32>().ok()?;
        let folder = fs::read_link(entry.path().join("cwd")).ok()?.display().to_string();
        let argv = String::from_utf8_lossy(&fs::read(entry.path().join("cmdline")).ok()?).into_owned();
        Some(Process { folder, argv: argv.split('\0').filter(|w| !w.is_empty()).map(str::to_owned).collect() })
    };
    entries.flatten().filter_map(process).collect()
}

/// One line about them.
pub(super) fn said(processes: &[Process]) -> String {
    let package = processes.iter().find_map(|p| package(&p.folder));
    let compiler = processes.iter().find_map(compiled);
    match (package, compiler) {
        (Some(package), Some(compiler)) => format!("still building {package}: {compiler}"),
        (Some(package), None) => format!("still building {package}"),
        (None, Some(compiler)) => format!("still building: {compiler}"),
        (None, None) => "still installing".to_owned(),
    }
}

/// The package whose sources a folder of uv's cache has: `…/sdists-v9/pypi/NAME/VERSION/…`, or `…/index/HASH/NAME/VERSION/…`.
fn package(folder: &str) -> Option<String> {
    let mut parts = folder.split('/').skip_while(|part| !part.starts_with("sdists-"));
    parts.next()?;
    if parts.next()? != "pypi" {
        parts.next()?;
    }
    let (name, version) = (parts.next()?, parts.next()?);
    Some(if version.starts_with(|c: char| c.is_ascii_digit()) { format!("{name} {version}") } else { name.to_owned() })
}

/// The compiler among processes and the file that it compiles.
fn compiled(process: &Process) -> Option<String> {
    const COMPILERS: &[&str] = &["cc1", "cc1plus", "clang", "f951", "rustc", "lto1", "cmake", "ninja", "make", "cargo", "ld"];
    let program = process.argv.first()?.rsplit('/').next()?;
    if !COMPILERS.contains(&program) {
        return None;
    }
    let is_source = |word: &&String| {
        let end = Path::new(word.as_str()).extension().and_then(|e| e.to_str());
        !word.starts_with('-') && end.is_some_and(|e| ["c", "cc", "cpp", "cxx", "f", "f90", "rs"].contains(&e))
    };
    let source = process.argv[1..].iter().find(is_source);
    let krate = process.argv.iter().position(|w| w == "--crate-name").and_then(|at| process.argv.get(at + 1));
    Some(match krate.or(source) {
        Some(what) => format!("{program} {}", what.rsplit('/').next().unwrap_or(what)),
        None => program.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(folder: &str, line: &str) -> Process {
        Process { folder: folder.into(), argv: line.split(' ').map(str::to_owned).collect() }
    }

    #[test]
    fn the_package_and_the_compilers_file_are_told() {
        let cache = "/root/.cache/uv/sdists-v9";
        let python = process(&format!("{cache}/pypi/greenlet/3.1.1/aB3x/src"), "python -c x");
        let compiler = process(&format!("{cache}/pypi/greenlet/3.1.1/aB3x/src"), "/usr/lib/gcc/cc1plus -quiet src/greenlet.cpp -o x.s");
        let rust = process("/tmp", "/usr/bin/rustc --crate-name pydantic_core src/lib.rs");
        assert_eq!(said(&[python.clone(), compiler]), "still building greenlet 3.1.1: cc1plus greenlet.cpp");
        assert_eq!(said(&[rust]), "still building: rustc pydantic_core");
        assert_eq!(said(&[process(&format!("{cache}/index/0f3/slow/1.0/x/src"), "sh -c x")]), "still building slow 1.0");
        assert_eq!(said(&[process("/src", "uv sync")]), "still installing");
    }

    #[test]
    fn processes_are_found() {
        assert!(processes("/proc").iter().any(|p| p.argv.iter().any(|word| !word.is_empty())));
    }
}
