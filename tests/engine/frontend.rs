//! The frontend image itself: one static binary, and the labels by which BuildKit decides what a frontend may do.

use super::archive::Archive;
use super::docker::Engine;
use super::on_each_store;

on_each_store!(labels, files);

const IMAGE: &str = "distil/distil:1";

fn labels(engine: &Engine) {
    let config = &engine.inspect(IMAGE)["Config"];
    // With this, BuildKit cuts the frontend off from the network.
    assert_eq!(config["Labels"]["moby.buildkit.frontend.network.none"], "true");
    let caps = config["Labels"]["moby.buildkit.frontend.caps"].as_str().expect("the label is there");
    let caps: Vec<_> = caps.split(',').map(|cap| cap.trim_start_matches("moby.buildkit.frontend.")).collect();
    assert_eq!(caps, ["inputs", "subrequests", "contexts", "gitquerystring"]);
    assert_eq!(config["Entrypoint"], serde_json::json!(["/distil", "frontend"]));
}

fn files(engine: &Engine) {
    let files = Archive::of(engine, IMAGE);
    // What `docker create` adds to every container.
    let made = ["dev", "etc", "proc", "sys", ".dockerenv"];
    assert_eq!(files.paths(|f| !made.iter().any(|folder| f.is_in(folder))), ["distil"]);
    let binary = files.files.iter().find(|f| f.path == "distil").expect("it was just found");
    assert_eq!((binary.mode.as_str(), binary.owner.as_str()), ("-rwxr-xr-x", "0/0"));
}
