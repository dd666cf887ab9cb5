//! The same commit is the same image: in both image stores, from a checkout with other modes, times and another order of files, and
//! whatever the engine has in its caches.

use std::fs::{self, FileTimes, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use super::docker::{Engine, Store};
use super::project::{Project, examples};

/// What an image is, in the words of any store: its layers, and what of its configuration says something. (The classic store rewrites
/// the configuration when it takes an image in, with empty words and what it knows of the base, so that its digest is another.)
fn meaning(engine: &Engine, image: &str) -> Value {
    let told = engine.inspect(image);
    let says_something = |value: &Value| !matches!(value, Value::Null | Value::Bool(false)) && value != "" && *value != json!([]);
    let config = told["Config"].as_object().expect("an image has a configuration").iter();
    let config: Map<String, Value> = config.filter(|(_, value)| says_something(value)).map(|(k, v)| (k.clone(), v.clone())).collect();
    json!({"layers": told["RootFS"]["Layers"], "config": config, "created": told["Created"], "platform": told["Architecture"]})
}

/// The files of a folder and those below it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the example can be read").map(|entry| entry.expect("the example can be read").path());
    let (folders, mut all): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    all.extend(folders.iter().flat_map(|folder| files(folder)));
    all.sort();
    all
}

/// A checkout of an example by somebody with another umask, in another order and year.
fn elsewhere(example: &str) -> Project {
    let from = examples().join(example);
    let project = Project::of(&[]);
    for file in files(&from).iter().rev() {
        let to = project.path(file.strip_prefix(&from).expect("it lies there").to_str().expect("our own names are text"));
        fs::create_dir_all(to.parent().expect("it lies in the copy")).expect("the copy can be written to");
        fs::write(&to, fs::read(file).expect("the example can be read")).expect("the copy can be written to");
        let runs = file.metadata().expect("it is there").permissions().mode() & 0o100;
        let made = fs::File::open(&to).expect("it was written");
        made.set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000))).expect("it is ours");
        made.set_permissions(Permissions::from_mode(0o600 | runs)).expect("it is ours");
        let mut above = to.parent();
        while let Some(folder) = above.filter(|folder| folder.starts_with(project.folder())) {
            fs::set_permissions(folder, Permissions::from_mode(0o700)).expect("it is ours");
            above = folder.parent();
        }
    }
    project
}

#[test]
#[ignore = "needs a Docker engine; make test sets one up"]
fn both_stores_make_the_same_image_of_any_checkout() {
    let (Some(classic), Some(containerd)) = (Engine::of(Store::Classic), Engine::of(Store::Containerd)) else { return };
    for example in ["hello", "flat", "pip"] {
        let dated = ["--build-arg=SOURCE_DATE_EPOCH=0", "--provenance=false"];
        let here = Project::copy(example);
        let (first, second) = (here.build(&classic, &dated).good(), here.build(&containerd, &dated).good());
        // Nothing of an earlier build: neither steps nor what package managers keep.
        let unknown = format!("--build-arg=BUILDKIT_CACHE_MOUNT_NS={}", second.image);
        let third = elsewhere(example).build(&containerd, &[&dated[..], &["--no-cache", &unknown]].concat()).good();
        let (mut first, mut other) = (meaning(&classic, &first.image), meaning(&containerd, &second.image));
        assert_eq!(other, meaning(&containerd, &third.image), "{example}");
        if example == "flat" {
            // It is on slim, and pip is taken out of that: the stores write down in other ways that a file of the base is gone.
            let differ = [&mut first, &mut other].map(|told| told["layers"].as_array_mut().expect("it has layers").remove(1));
            assert_ne!(differ[0], differ[1], "there is no need any more to leave it out here");
        }
        assert_eq!(first, other, "{example}");
        // There it is the digest of the image's manifest, which names those of all else.
        let id = |image: &str| containerd.inspect(image)["Id"].clone();
        assert_eq!(id(&second.image), id(&third.image), "{example}");
    }
}
