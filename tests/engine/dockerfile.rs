//! The Dockerfile that is printed for a project builds the image that distil builds: every file and all of the config.
//! Examples are what users have; `every-step.yaml` is a recipe that says everything a recipe can, with values that need quotes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::docker::Engine;
use super::on_each_store;
use super::project::{self, Project};

on_each_store!(examples, every_step, folders_up);

const NAME: &str = "Dockerfile";

fn examples(engine: &Engine) {
    let mut folders = vec![project::examples()];
    let mut compared = 0;
    while let Some(folder) = folders.pop() {
        if folder.join("distil.yaml").is_file() {
            let name = folder.strip_prefix(project::examples()).ok().and_then(Path::to_str).expect("examples have plain names");
            same(engine, &Project::copy(name), &[]);
            compared += 1;
            continue;
        }
        let entries = fs::read_dir(&folder).expect("the examples can be read");
        folders.extend(entries.map(|e| e.expect("the examples can be read").path()).filter(|p| p.is_dir()));
    }
    assert!(compared > 1);
}

fn folders_up(engine: &Engine) {
    let corpus = crate::checkout().join("tests/corpus");
    same(engine, &Project::copy_of(&corpus.join("lock-per-service")), &[]);
}

fn every_step(engine: &Engine) {
    let project = Project::copy("hello");
    let odd = r#"my dir/x,y"z'$w"#;
    fs::create_dir_all(project.path(odd)).expect("the copy can be written to");
    fs::create_dir_all(project.path("é")).expect("the copy can be written to");
    project.write(&format!("{odd}/f 1"), "1").write("my dir/arr[0]*.txt", "2").write("my dir/arr0x.txt", "3").write("é/ü", "4");
    project.write("recipe.yaml", include_str!("every-step.yaml"));
    let settings = r#"
recipe: recipe.yaml
workdir: /srv
env: { LIB: "$PATH:/x \\", R: "over 'ride'", S: " " }
labels: { a.b: "it's \"$x\" \\", "c/d$": "é #" }
healthcheck: { command: [check, "a \"b\" $c"], interval: 5s, retries: 2 }
volumes: [/vol, "/v 2"]
stop-signal: SIGINT
"#;
    project
        .replace("distil.yaml", r#"[uvicorn, "hello.api:app", --host, 0.0.0.0]"#, "[/srv/uv, --version]")
        .append("distil.yaml", settings);
    // Without a registry there is no busybox; the debug image of the base has one elsewhere.
    project.write("tools", "FROM gcr.io/distroless/cc-debian13:debug AS debug\nFROM scratch\nCOPY --from=debug /busybox /bin\n");
    let tools = project.build(engine, &["-f", "tools"]).good().image;
    same(engine, &project, &["--build-context", &format!("busybox:stable-musl=docker-image://{tools}")]);
}

/// Builds both ways and compares.
#[track_caller]
fn same(engine: &Engine, project: &Project, arguments: &[&str]) {
    let printed = project.build(engine, &["--call=dockerfile"]).good().answer;
    let (syntax, text) = printed.split_once('\n').expect("it has many lines");
    assert_eq!(syntax, "# syntax=docker/dockerfile:1");
    // The engine's own reader does, where that one cannot be pulled.
    project.write(NAME, text);
    let ignored: String = text.lines().skip_while(|l| !l.contains(".dockerignore")).map_while(|l| l.strip_prefix("# ")).skip(1).collect();
    project.write(".dockerignore", &ignored.split_whitespace().collect::<Vec<_>>().join("\n"));
    let ours = project.build(engine, arguments).good().image;
    let theirs = project.build(engine, &[&["-f", NAME], arguments].concat()).good();
    // What Docker's own checks of Dockerfiles say; steps of the build may warn of the service.
    assert!(!theirs.log.contains("warning found") && !theirs.log.contains("warnings found"), "{}", theirs.log);
    let (ours, theirs) = (Image::of(engine, &ours), Image::of(engine, &theirs.image));
    assert_eq!(ours.config, theirs.config, "{text}");
    assert!(ours.files.values().any(|f| !f.content.is_empty()), "an image has files");
    for (path, file) in &ours.files {
        let other = theirs.files.get(path).unwrap_or_else(|| panic!("{path} is missing\n{text}"));
        assert!(file == other, "{path} is {} and should be {}\n{text}", other.looks, file.looks);
    }
    let more: Vec<_> = theirs.files.keys().filter(|path| !ours.files.contains_key(*path)).collect();
    assert!(more.is_empty(), "there are also {more:?}\n{text}");
}

struct Image {
    config: Value,
    files: BTreeMap<String, File>,
}

#[derive(PartialEq)]
struct File {
    /// Mode, owner, size, and a link's target.
    looks: String,
    content: Vec<u8>,
}

impl Image {
    fn of(engine: &Engine, image: &str) -> Self {
        let mut config = engine.inspect(image)["Config"].clone();
        let config_keys = config.as_object_mut().expect("an image has a config");
        // Only says that CMD was a list.
        config_keys.remove("ArgsEscaped");
        config_keys.retain(|_, value| *value != Value::Null && *value != serde_json::json!([]));

        let archive = engine.export(image, Path::new(env!("CARGO_TARGET_TMPDIR")));
        let tar = |options: &str| {
            let output = Command::new("tar").args(["--numeric-owner", "--quoting-style=literal", options]).arg(&archive).output();
            output.expect("there is tar").stdout
        };
        let (listed, contents) = (tar("-tvf"), tar("-xOf"));
        fs::remove_file(&archive).expect("our own file can be removed");
        let mut files = BTreeMap::new();
        let mut contents = contents.as_slice();
        for line in String::from_utf8_lossy(&listed).lines() {
            // Mode, owner, size, date, time, then the path and a link's target.
            let (mut rest, mut words) = (line, vec![]);
            for _ in 0..5 {
                let (word, tail) = rest.trim_start().split_once(' ').expect("tar prints six columns");
                words.push(word);
                rest = tail;
            }
            let size = if words[0].starts_with('-') { words[2].parse().expect("a size is a number") } else { 0 };
            let (content, later) = contents.split_at(size);
            contents = later;
            let (path, link) = [" -> ", " link to "].iter().find_map(|by| rest.split_once(by)).unwrap_or((rest, ""));
            if !is_the_engines(path) {
                let looks = format!("{} {} {} {link}", words[0], words[1], words[2]);
                files.insert(path.to_owned(), File { looks, content: content.to_vec() });
            }
        }
        Self { config, files }
    }
}

/// What the engine puts into every container.
fn is_the_engines(path: &str) -> bool {
    let files = ["etc/hosts", "etc/resolv.conf", "etc/hostname", "etc/mtab", ".dockerenv"];
    files.contains(&path) || ["dev", "proc", "sys"].iter().any(|f| path.strip_prefix(f).is_some_and(|rest| rest.starts_with('/')))
}
