//! A copy of one of the examples in a folder of its own, to be edited and built; removed when it is dropped.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::docker::{Built, Engine};

/// The examples' folder.
pub(super) fn examples() -> PathBuf {
    crate::checkout().join("examples")
}

/// A copy of an example.
pub(super) struct Project {
    folder: PathBuf,
    built: AtomicBool,
}

impl Project {
    /// Copies an example.
    pub(super) fn copy(example: &str) -> Self {
        Self::copy_of(&examples().join(example))
    }

    /// Copies a folder.
    pub(super) fn copy_of(folder: &Path) -> Self {
        let project = Self { folder: fresh(), built: AtomicBool::new(false) };
        copy(folder, &project.folder);
        project
    }

    /// A folder with these files and nothing else.
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let project = Self { folder: fresh(), built: AtomicBool::new(false) };
        fs::create_dir_all(&project.folder).expect("the target folder can be written to");
        for (file, text) in files {
            project.write(file, text);
        }
        project
    }

    /// Makes the steps that install it differ from those of every other test, which may run at the same time: an engine executes
    /// what two builds have in common once, and tells both of them that it was executed.
    pub(super) fn apart(&self, engine: &Engine) -> &Self {
        self.apart_in(engine, "distil.yaml")
    }

    /// The same, for a spec that lies in one of its folders.
    pub(super) fn apart_in(&self, engine: &Engine, spec: &str) -> &Self {
        self.append(spec, &format!("build-env: {{ DISTIL_TEST: {}-{} }}\n", self.name(), engine.store.word()))
    }

    /// Makes a file of its code differ from that of every other run of the test, so that the steps that try the service are
    /// executed, and print what they find, on an engine that has seen this test before.
    pub(super) fn new_code(&self, file: &str) -> &Self {
        self.append(file, &format!("# {}\n", self.name()))
    }

    /// A name that no other copy has, of this run or another.
    fn name(&self) -> &str {
        self.folder.file_name().and_then(|n| n.to_str()).expect("we gave it a plain name")
    }

    /// Where a file of it is.
    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// Where it is.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file.
    pub(super) fn write(&self, file: &str, text: &str) -> &Self {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("it lies in the copy")).expect("the copy can be written to");
        fs::write(path, text).expect("the copy can be written to");
        self
    }

    /// Adds lines to a file.
    pub(super) fn append(&self, file: &str, text: &str) -> &Self {
        let old = fs::read_to_string(self.path(file)).expect("the example has this file");
        self.write(file, &(old + text))
    }

    /// Replaces a text that must be there.
    #[track_caller]
    pub(super) fn replace(&self, file: &str, old: &str, new: &str) -> &Self {
        let text = fs::read_to_string(self.path(file)).expect("the example has this file");
        assert!(text.contains(old), "`{old}` is not in {file}");
        self.write(file, &text.replace(old, new))
    }

    /// Removes a file.
    pub(super) fn remove(&self, file: &str) -> &Self {
        fs::remove_file(self.path(file)).expect("the example has this file");
        self
    }

    /// Builds it, as a user in its folder would.
    pub(super) fn build(&self, engine: &Engine, arguments: &[&str]) -> Built {
        if self.built.swap(true, Ordering::Relaxed) {
            // An engine lets go of a build a moment after its client has. Until then it shows a further build the steps of the
            // first as if they ran again.
            std::thread::sleep(Duration::from_secs(2).mul_f64(crowd()));
        }
        engine.build(&self.folder, &[arguments, &["."]].concat())
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // A folder below target/ that cannot be removed harms nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// How many processes wait for each processor, from 1 to 5: a moment takes so much longer.
fn crowd() -> f64 {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: f64 = load.split_whitespace().next().and_then(|load| load.parse().ok()).unwrap_or(1.0);
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (load / u32::try_from(processors).map_or(1.0, f64::from)).clamp(1.0, 5.0)
}

/// A folder's name that nothing else has.
fn fresh() -> PathBuf {
    static COPIES: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970").as_micros();
    let name = format!("engine-{now}-{}-{}", std::process::id(), COPIES.fetch_add(1, Ordering::Relaxed));
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the target folder can be written to");
    for entry in fs::read_dir(from).expect("the example is there") {
        let entry = entry.expect("the example can be read");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("the example can be read");
        }
    }
}
