//! Where the spec lies: a client that is given a path to it tells the last part alone, and the project is the one around it.

use buildkit_proto::pb::op;

use super::build::{Build, LOCK, Outcome, PROJECT, SPEC};
use super::folder::{Folder, folder};

/// A repository with two services, of which each has its spec and its lock.
fn services() -> Folder {
    let mail = PROJECT.replace("shop", "mail");
    let lock = LOCK.replace("shop", "mail");
    folder(&[
        ("services/shop/distil.yaml", SPEC),
        ("services/shop/pyproject.toml", PROJECT),
        ("services/shop/uv.lock", LOCK),
        ("services/mail/distil.yaml", "command: [mail]\n"),
        ("services/mail/pyproject.toml", &mail),
        ("services/mail/uv.lock", &lock),
    ])
}

/// The build of one of them from the repository's root, as with `-f services/shop/distil.yaml .`
fn build(context: Folder) -> Build {
    let mut build = Build::new().local("dockerfile", &[("distil.yaml", SPEC)]);
    build.script.locals.insert("context".to_owned(), context);
    build
}

/// The folder that the lock is installed in.
fn folder_of_lock(outcome: &Outcome) -> String {
    let graph = outcome.graph();
    let mut commands = graph.ops.iter().filter_map(|(op, _)| if let Some(op::Op::Exec(exec)) = &op.op { exec.meta.as_ref() } else { None });
    let install = commands.find(|meta| meta.args.iter().any(|word| word == "sync")).expect("a step that installs");
    install.cwd.clone()
}

/// The patterns of what was looked for in the client's folder.
fn patterns(outcome: &Outcome) -> Vec<String> {
    let graphs = outcome.definitions();
    let sources = graphs.iter().map(super::graph::Graph::new);
    let read =
        |graph: super::graph::Graph| graph.sources().filter_map(|s| s.attrs.get("local.includepattern").cloned()).collect::<Vec<_>>();
    sources.flat_map(read).collect()
}

#[test]
fn a_spec_that_is_named_from_the_root_is_for_the_project_around_it() {
    let outcome = build(services()).run();
    assert_eq!(folder_of_lock(&outcome), "/src/services/shop");
    assert!(patterns(&outcome).contains(&r#"["**/distil.yaml"]"#.to_owned()), "{:?}", patterns(&outcome));
}

#[test]
fn a_spec_at_the_root_is_looked_for_nowhere_else() {
    let outcome = Build::new().run();
    assert_eq!(folder_of_lock(&outcome), "/src");
    assert!(!patterns(&outcome).concat().contains("**"), "{:?}", patterns(&outcome));
    let outcome = build(services()).local("dockerfile", &[("distil.yaml", "command: [mail]\nproject: services/mail\n")]).run();
    assert_eq!(folder_of_lock(&outcome), "/src/services/mail");
    assert!(!patterns(&outcome).concat().contains("**"), "nor is one that says what it is for: {:?}", patterns(&outcome));
}

#[test]
fn a_spec_that_is_no_part_of_the_context_is_for_the_context() {
    let mut context = services();
    context.extend(folder(&[("pyproject.toml", PROJECT), ("uv.lock", LOCK), ("services/shop/distil.yaml", "command: [other]\n")]));
    assert_eq!(folder_of_lock(&build(context).run()), "/src");
    let mut context = services();
    context.insert("services/shop/distil.yaml".into(), b"command: [other]\n".to_vec());
    build(context).run().says(&["no lock file", "as `project: services/api`"]);
}

#[test]
fn a_spec_that_lies_there_twice_has_to_say_which_it_is() {
    let mut context = services();
    context.insert("services/mail/distil.yaml".into(), SPEC.into());
    build(context).run().says(&["the same spec lies in `services/mail` and in `services/shop`", "`project: services/shop`"]);
}

#[test]
fn a_repository_is_asked_where_the_client_says() {
    let address = "https://example.org/a.git";
    let build =
        |files| Build::new().opt("context", address).opt("filename", "services/shop/distil.yaml").fetched("git://example.org/a.git", files);
    let outcome = build(services()).run();
    assert_eq!(folder_of_lock(&outcome), "/src/services/shop");
    // Of a part of it the context is that part; the spec's path counts from the top all the same.
    let outcome = build(services()).opt("contextsubdir", "services").run();
    assert_eq!(folder_of_lock(&outcome), "/src/shop");
    let outcome = build(services()).opt("contextsubdir", "services/shop").run();
    assert_eq!(folder_of_lock(&outcome), "/src");
}
