//! Which Pythons and machines a wheel runs on, by the tags at the end of its name. Knows Linux and the standard interpreter.

/// The machines that images are built for.
const MACHINES: [&str; 2] = ["x86_64", "aarch64"];

/// A C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Libc {
    Glibc,
    Musl,
}

/// Whether a package whose wheels these are has none for a series of Python, though for some other it has. A machine that no
/// wheel is for does not count: no Python would help it.
pub(super) fn lacks(wheels: &[String], minor: u32, libc: Libc) -> bool {
    let runs = |on: Option<u32>, machine: &str| wheels.iter().any(|file| fits(file, on, machine, libc));
    MACHINES.iter().any(|machine| runs(None, machine) && !runs(Some(minor), machine))
}

/// Whether a wheel runs on a machine with a series of Python and this version of glibc, as the second number of `2.41`.
pub(super) fn runs(file: &str, minor: u32, machine: &str, glibc: u32) -> bool {
    let platforms = file.strip_suffix(".whl").and_then(|stem| stem.rsplit('-').next()).unwrap_or_default();
    let old_enough = |platform: &str| match platform {
        "any" => true,
        _ => platform.ends_with(&format!("_{machine}")) && needs(platform).is_none_or(|needs| needs <= glibc),
    };
    fits(file, Some(minor), machine, Libc::Glibc) && platforms.split('.').any(old_enough)
}

/// Whether a wheel runs on some machine that images are built for, with a series of Python; on Alpine or elsewhere.
pub(super) fn is_for_some(file: &str, minor: u32, alpine: bool) -> bool {
    let libc = if alpine { Libc::Musl } else { Libc::Glibc };
    MACHINES.iter().any(|machine| fits(file, Some(minor), machine, libc))
}

/// The version of glibc that a platform's tag asks for; `None` where it tells none.
fn needs(platform: &str) -> Option<u32> {
    let rest = platform.strip_prefix("manylinux")?;
    let legacy = [("2014_", 17), ("2010_", 12), ("1_", 5)];
    if let Some((_, version)) = legacy.iter().find(|(name, _)| rest.starts_with(name)) {
        return Some(*version);
    }
    rest.strip_prefix("_2_")?.split('_').next()?.parse().ok()
}

/// Whether a wheel runs on a machine, with a series of Python or with any.
fn fits(file: &str, minor: Option<u32>, machine: &str, libc: Libc) -> bool {
    let Some(stem) = file.strip_suffix(".whl") else { return false };
    let mut parts = stem.rsplitn(4, '-');
    let (Some(platforms), Some(abis), Some(pythons)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let runs_here = |platform: &str| match libc {
        _ if platform == "any" => true,
        Libc::Glibc => platform.starts_with("manylinux") || platform.starts_with("linux_"),
        Libc::Musl => platform.starts_with("musllinux"),
    };
    let on_machine = |platform: &str| platform == "any" || platform.ends_with(&format!("_{machine}"));
    platforms.split('.').any(|p| runs_here(p) && on_machine(p))
        && pythons.split('.').any(|python| abis.split('.').any(|abi| speaks(python, abi, minor)))
}

/// Whether a series of Python can use an archive, whatever the machine; one of sources is for all.
pub(super) fn is_for(file: &str, minor: u32) -> bool {
    let Some(stem) = file.strip_suffix(".whl") else { return true };
    let mut parts = stem.rsplitn(4, '-').skip(1);
    let (Some(abis), Some(pythons)) = (parts.next(), parts.next()) else { return true };
    pythons.split('.').any(|python| abis.split('.').any(|abi| speaks(python, abi, Some(minor))))
}

/// Whether the standard interpreter of a series, or of any that is known, takes a pair of tags.
fn speaks(python: &str, abi: &str, minor: Option<u32>) -> bool {
    let Some(minor) = minor else {
        return crate::python::version::PythonVersion::KNOWN.iter().any(|minor| speaks(python, abi, Some(*minor)));
    };
    let exact = format!("cp3{minor}");
    let series = |prefix: &str| python.strip_prefix(prefix).and_then(|digits| digits.strip_prefix('3')).map(str::parse::<u32>);
    let until =
        |found: Option<Result<u32, _>>| found.is_some_and(|found: Result<u32, std::num::ParseIntError>| found.is_ok_and(|s| s <= minor));
    match abi {
        "none" => python == "py3" || python == exact || until(series("py")),
        "abi3" => until(series("cp")),
        abi => python == exact && abi == exact,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_say_what_a_wheel_runs_on() {
        let check = |file: &str, pythons: &[u32], machine: &str| {
            let found: Vec<u32> = (10..15).filter(|minor| fits(file, Some(*minor), machine, Libc::Glibc)).collect();
            assert_eq!(found, pythons, "{file} on {machine}");
        };
        check("idna-3.7-py3-none-any.whl", &[10, 11, 12, 13, 14], "aarch64");
        check("six-1.16.0-py2.py3-none-any.whl", &[10, 11, 12, 13, 14], "x86_64");
        check("a-1-py312-none-any.whl", &[12, 13, 14], "x86_64");
        check("a-1-py2-none-any.whl", &[], "x86_64");
        check("a-1-1build-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", &[12], "x86_64");
        check("a-1-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", &[], "aarch64");
        check("a-1-cp313-cp313t-manylinux_2_17_x86_64.whl", &[], "x86_64");
        check("a-1-cp311-abi3-manylinux_2_34_aarch64.whl", &[11, 12, 13, 14], "aarch64");
        check("a-1-cp37-abi3-manylinux2014_x86_64.whl", &[], "aarch64");
        check("a-1-cp37-abi3-linux_x86_64.whl", &[10, 11, 12, 13, 14], "x86_64");
        check("a-1-cp312-cp312-musllinux_1_2_x86_64.whl", &[], "x86_64");
        check("a-1-pp310-pypy310_pp73-manylinux_2_17_x86_64.whl", &[], "x86_64");
        check("a-1.tar.gz", &[], "x86_64");
        assert!(fits("a-1-cp312-cp312-musllinux_1_2_x86_64.whl", Some(12), "x86_64", Libc::Musl));
    }

    #[test]
    fn a_wheel_may_ask_for_a_newer_c_library() {
        let runs_on = |file: &str, glibc: u32| runs(file, 13, "aarch64", glibc);
        assert!(runs_on("a-1-py3-none-any.whl", 31));
        assert!(runs_on("a-1-cp313-cp313-manylinux_2_36_aarch64.whl", 36) && !runs_on("a-1-cp313-cp313-manylinux_2_36_aarch64.whl", 31));
        assert!(runs_on("a-1-cp313-cp313-manylinux2014_aarch64.manylinux_2_17_aarch64.whl", 31));
        assert!(runs_on("a-1-cp313-cp313-manylinux_2_38_x86_64.manylinux_2_17_aarch64.whl", 31));
        assert!(!runs_on("a-1-cp313-cp313-manylinux_2_38_aarch64.manylinux_2_17_x86_64.whl", 31));
        assert!(!runs_on("a-1-cp312-cp312-manylinux_2_17_aarch64.whl", 41) && !runs_on("a-1-cp313-cp313-manylinux_2_17_x86_64.whl", 41));
        assert!(runs_on("a-1-cp313-cp313-linux_aarch64.whl", 31) && !runs_on("a-1-cp313-cp313-musllinux_1_2_aarch64.whl", 41));
    }

    #[test]
    fn a_machine_without_any_wheel_does_not_count() {
        let wheels = |files: &[&str]| files.iter().map(|f| (*f).to_owned()).collect::<Vec<_>>();
        let one = wheels(&["a-1-cp312-cp312-manylinux_2_17_x86_64.whl"]);
        assert!(lacks(&one, 13, Libc::Glibc) && !lacks(&one, 12, Libc::Glibc));
        let half = wheels(&["a-1-cp313-cp313-manylinux_2_17_x86_64.whl", "a-1-cp312-cp312-manylinux_2_17_aarch64.whl"]);
        assert!(lacks(&half, 13, Libc::Glibc) && lacks(&half, 12, Libc::Glibc));
        assert!(!lacks(&wheels(&["a-1-cp312-cp312-win_amd64.whl", "a-1.tar.gz"]), 13, Libc::Glibc));
        assert!(!lacks(&[], 13, Libc::Glibc));
    }
}
