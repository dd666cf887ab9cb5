//! Projects that are not on the client's disk: git repositories, archives, and what another frontend passes in.

use buildkit_llb::{FileAction, Graph as Llb, MakeFile};
use buildkit_proto::frontend::FileRange;
use buildkit_proto::pb;

use super::build::{Build, LOCK, PROJECT, SPEC};
use super::fake::Call;
use super::folder::{Folder, folder};
use super::graph::Graph;
use super::script::ARCHIVE;

fn project() -> Folder {
    folder(&[("distil.yaml", SPEC), ("pyproject.toml", PROJECT), ("uv.lock", LOCK)])
}

/// A build whose client has no folder at all.
fn nowhere() -> Build {
    let mut build = Build::new();
    build.script.locals.clear();
    build
}

#[test]
fn a_repository_holds_spec_and_project() {
    let build = nowhere().opt("context", "https://example.org/shop.git#main:api").fetched("git://example.org/shop.git#main:api", project());
    let outcome = build.run();
    outcome.result();
    assert!(outcome.definitions().iter().all(|d| Graph::new(d).sources().all(|s| !s.identifier.starts_with("local://"))));
    let graph = outcome.graph();
    assert_eq!(graph.source("git://").attrs["git.fullurl"], "https://example.org/shop.git");
}

/// For tools that read a project's version from its history.
#[test]
fn a_repository_keeps_its_history_where_it_is_asked_to() {
    let kept = |address: &str, said: &str| {
        let build = nowhere()
            .opt("context", &format!("https://example.org/shop.git{address}"))
            .opt("build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR", said);
        let outcome = build.fetched("git://example.org/shop.git", project()).run();
        outcome.graph().source("git://").attrs.get("git.keepgitdir").cloned()
    };
    assert_eq!(kept("", "1").as_deref(), Some("true"));
    assert_eq!(kept("?keep-git-dir=1", "").as_deref(), Some("true"));
    assert_eq!((kept("", ""), kept("", "false")), (None, None));
    let odd = nowhere().opt("context", "https://example.org/shop.git").opt("build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR", "perhaps");
    odd.run().says(&["BUILDKIT_CONTEXT_KEEP_GIT_DIR", "`perhaps`", "[bad-build-option]"]);
}

#[test]
fn the_spec_may_come_from_the_client_and_the_project_from_a_repository() {
    let build = nowhere().local("specs", &[("distil.yaml", "command: [mine]\n")]).opt("dockerfilekey", "specs");
    let outcome = build.opt("context", "git@example.org:team/shop").fetched("git://example.org/team/shop", project()).run();
    assert_eq!(outcome.config()["Cmd"][0], "mine");
}

#[test]
fn a_folder_of_a_repository_can_be_the_project() {
    let mut files: Folder = project().into_iter().map(|(path, content)| (format!("api/{path}"), content)).collect();
    files.insert("distil.yaml".into(), b"command: [outer]".to_vec());
    let build = nowhere().opt("context", "https://example.org/a.git").opt("contextsubdir", "api").fetched("git://example.org/a.git", files);
    assert_eq!(build.opt("filename", "distil.yaml").run().config()["Cmd"][0], "outer", "the spec's path counts from the top");
}

#[test]
fn a_repository_without_a_spec_or_lock_says_so() {
    let bare = || nowhere().opt("context", "https://example.org/a.git");
    bare().fetched("git://example.org/a.git", folder(&[("README", "")])).run().says(&["there is no `distil.yaml`", "-f"]);
    let outcome = bare().fetched("git://example.org/a.git", folder(&[("distil.yaml", SPEC), ("pyproject.toml", PROJECT)])).run();
    outcome.says(&["no lock file"]);
    bare().run().says(&["git://example.org/a.git: 404"]);
}

#[test]
fn an_address_that_contradicts_itself_is_refused() {
    let build = |query: &str| nowhere().opt("context", &format!("https://example.org/a.git{query}"));
    build("?rev=v1").run().says(&["`https://example.org/a.git?rev=v1`", "the key `rev`", "ref, branch, tag"]);
    build("?branch=a#b").run().says(&["says both `b` and `refs/heads/a`"]);
}

#[test]
fn an_archive_is_unpacked() {
    for address in ["https://example.org/shop.tar.gz", "http://buildkit-session/abc"] {
        let file = Folder::from([("context".to_owned(), [ARCHIVE, b"shop"].concat())]);
        let mut build = nowhere().opt("context", address).fetched(address, file);
        build.script.archives.insert("shop".to_owned(), project());
        let outcome = build.run();
        outcome.result();
        assert_eq!(outcome.graph().source(address).attrs["http.filename"], "context");
    }
}

#[test]
fn a_single_file_is_no_project() {
    let file = Folder::from([("context".to_owned(), SPEC.into())]);
    let outcome = nowhere().opt("context", "https://example.org/distil.yaml").fetched("https://example.org/distil.yaml", file).run();
    outcome.says(&["https://example.org/distil.yaml", "single file", "archive [bad-context]"]);
    let read = outcome.calls.iter().find_map(|call| if let Call::ReadFile(read) = call { read.range } else { None });
    assert_eq!(read, Some(FileRange { offset: 0, length: 1024 }), "only its start is looked at");
}

#[test]
fn a_folder_that_a_repository_lacks_is_named() {
    let build = nowhere().opt("context", "https://example.org/a.git").opt("contextsubdir", "nowhere");
    build.fetched("git://example.org/a.git", project()).run().says(&["lstat /nowhere: no such file or directory"]);
}

#[test]
fn inputs_take_the_place_of_the_clients_folders() {
    let mut build = nowhere().fetched("https://example.org/ctx", project());
    build.script.inputs.insert("context".to_owned(), fetch("https://example.org/ctx"));
    build.script.inputs.insert("dockerfile".to_owned(), mkfile("/distil.yaml", "command: [input]\n"));
    let outcome = build.run();
    assert_eq!(outcome.config()["Cmd"][0], "input");
    assert!(outcome.graph().identifiers().contains(&"https://example.org/ctx"));
}

#[test]
fn an_input_of_the_project_alone_leaves_the_spec_with_the_client() {
    let mut build = nowhere().local("dockerfile", &[("distil.yaml", "command: [client]\n")]).fetched("https://example.org/ctx", project());
    build.script.inputs.insert("context".to_owned(), fetch("https://example.org/ctx"));
    assert_eq!(build.run().config()["Cmd"][0], "client", "as with the Dockerfile frontend");
}

#[test]
fn inputs_are_not_asked_of_an_engine_that_has_none() {
    let mut build = Build::new();
    build.script.gateway_caps.remove(buildkit_proto::caps::gateway::FRONTEND_INPUTS);
    build.script.inputs.insert("dockerfile".to_owned(), mkfile("/distil.yaml", "command: [input]\n"));
    let outcome = build.run();
    assert_eq!(outcome.config()["Cmd"][0], "python");
    assert!(!outcome.calls.iter().any(|call| matches!(call, Call::Inputs)));
}

fn fetch(url: &str) -> pb::Definition {
    let mut graph = Llb::new();
    let output = graph.source(buildkit_llb::Http::new(url));
    graph.finish(output)
}

fn mkfile(path: &str, text: &str) -> pb::Definition {
    let mut graph = Llb::new();
    let output = graph.file(None, vec![FileAction::Mkfile(MakeFile::new(path, text))]);
    graph.finish(output)
}
