//! `ctypes.util.find_library` for images without `ldconfig`, compilers and shells: Python's own module with an addition.

/// What comes after the last line of Python's own.
const FIND_BY_NAME: &str = include_str!("find_library.py");

/// The path of the module in the library of a Python series.
pub(crate) fn finder(series: &str) -> String {
    format!("/usr/local/lib/python{series}/ctypes/util.py")
}

/// The text of `ctypes/util.py` as it ships.
pub(crate) fn with_finder(text: &str) -> String {
    format!("{}\n{FIND_BY_NAME}", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// Runs code in the module as it ships, where the usual ways find nothing.
    fn run(folder: &std::path::Path, code: &str) -> String {
        let usual = "import os\n\ndef find_library(name):\n    return 'usual' if name == 'usual' else None\n";
        let module = with_finder(usual).replace("/etc/ld.so.cache", &folder.join("cache").display().to_string());
        std::fs::write(folder.join("util.py"), module).unwrap();
        let mut command = Command::new("python3");
        command.env("LD_LIBRARY_PATH", folder.join("libraries")).current_dir(folder).args(["-c", code]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    #[test]
    fn libraries_are_found_in_the_cache_and_in_folders() {
        let disk = tempfile::tempdir().unwrap();
        let library = |name: &str| {
            std::fs::create_dir_all(disk.path().join("libraries")).unwrap();
            std::fs::write(disk.path().join("libraries").join(name), "").unwrap();
        };
        for name in ["libnear.so.2", "libnear.so.2.1", "libnear.so", "libnearly.so.9", "libplain.so"] {
            library(name);
        }
        // One library in the loader's cache, as `ldconfig` writes it: its soname and its path.
        let mut cache = b"glibc-ld.so.cache1.1".to_vec();
        let strings = b"libfar.so.5\0/opt/libfar.so.5\0";
        for number in [1, u32::try_from(strings.len()).unwrap(), 2, 0, 0, 0, 0] {
            cache.extend(number.to_ne_bytes());
        }
        for number in [0x303, 72, 84, 0, 0, 0_u32] {
            cache.extend(number.to_ne_bytes());
        }
        assert_eq!(cache.len(), 72);
        cache.extend(strings);
        std::fs::write(disk.path().join("cache"), &cache).unwrap();
        let code = "from util import find_library as f\nprint(f('usual'), f('near'), f('plain'), f('far'), f('none'), f(''), f('a/b'))";
        assert_eq!(run(disk.path(), code), "usual libnear.so.2 libplain.so libfar.so.5 None None None");
        for broken in [&cache[..30], b"", b"glibc-ld.so.cache1.1\xff\xff\xff\xff"] {
            std::fs::write(disk.path().join("cache"), broken).unwrap();
            assert_eq!(run(disk.path(), "from util import find_library as f\nprint(f('far'))"), "None");
        }
    }
}
