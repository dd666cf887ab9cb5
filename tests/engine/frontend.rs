//! The frontend image itself: four static binaries, and the labels by which BuildKit decides what a frontend may do.

use super::archive::Archive;
use super::docker::{Engine, frontend};
use super::on_each_store;

on_each_store!(labels, files);

fn labels(engine: &Engine) {
    let config = &engine.inspect(&frontend())["Config"];
    // With this, BuildKit cuts the frontend off from the network.
    assert_eq!(config["Labels"]["moby.buildkit.frontend.network.none"], "true");
    let caps = config["Labels"]["moby.buildkit.frontend.caps"].as_str().expect("the label is there");
    let caps: Vec<_> = caps.split(',').map(|cap| cap.trim_start_matches("moby.buildkit.frontend.")).collect();
    assert_eq!(caps, ["inputs", "subrequests", "contexts", "gitquerystring"]);
    assert_eq!(config["Entrypoint"], serde_json::json!(["/distil", "frontend"]));
}

fn files(engine: &Engine) {
    let files = Archive::of(engine, &frontend());
    // What `docker create` adds to every container.
    let made = ["dev", "etc", "proc", "sys", ".dockerenv"];
    let ours = files.paths(|f| !made.iter().any(|folder| f.is_in(folder)));
    assert_eq!(ours, ["distil", "distil-probe", "distil-serve", "distil-start"]);
    for binary in files.files.iter().filter(|f| ours.contains(&f.path.as_str())) {
        assert_eq!((binary.mode.as_str(), binary.owner.as_str()), ("-rwxr-xr-x", "0/0"), "{}", binary.path);
    }
}
