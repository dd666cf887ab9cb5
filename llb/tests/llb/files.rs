//! File operations: how chains are numbered, and that nothing defaults to a 0 that means something.

use buildkit_llb::{CopyMode, FileAction, FileCopy, Graph, Image, MakeDir, MakeFile, Output, Owner, Remove, Symlink, Timestamp, User, pb};
use pb::file_action::Action;

use crate::{caps_of, op_of};

fn actions_of(graph: &Graph, output: Output) -> Vec<pb::FileAction> {
    match op_of(graph, output).op {
        Some(pb::op::Op::File(file)) => file.actions,
        other => panic!("{other:?} is no file operation"),
    }
}

fn only(action: FileAction) -> (Action, Vec<String>) {
    let mut graph = Graph::new();
    let output = graph.file(None, vec![action]);
    let actions = actions_of(&graph, output);
    let [action] = actions.as_slice() else {
        panic!("{actions:?} is not one action");
    };
    let numbers = (action.input, action.secondary_input, action.output);
    assert_eq!(numbers, (-1, -1, 0));
    let action = action.action.clone().expect("there is an action");
    (action, caps_of(&graph, output))
}

#[test]
fn a_chain_refers_to_the_action_before() {
    let mut graph = Graph::new();
    let base = graph.source(Image::new("docker.io/library/alpine:3.22"));
    let other = graph.source(Image::new("docker.io/library/busybox:1.37"));
    let output = graph.file(
        Some(base),
        vec![
            FileAction::Mkdir(MakeDir::new("/a")),
            FileAction::Copy(FileCopy::new(Some(other), "/b", "/a/")),
            FileAction::Copy(FileCopy::new(Some(base), "/c", "/a/")),
            FileAction::Copy(FileCopy::new(None, "/d", "/a/")),
        ],
    );
    assert_eq!(op_of(&graph, output).inputs.len(), 2);
    let numbers: Vec<_> = actions_of(&graph, output).iter().map(|action| (action.input, action.secondary_input, action.output)).collect();
    let expected = [(0, -1, -1), (2, 1, -1), (3, 0, -1), (4, 0, 0)];
    assert_eq!(numbers, expected);
}

#[test]
fn a_chain_on_nothing_counts_from_the_first_source() {
    let mut graph = Graph::new();
    let other = graph.source(Image::new("docker.io/library/busybox:1.37"));
    let output = graph.file(None, vec![FileAction::Mkdir(MakeDir::new("/a")), FileAction::Copy(FileCopy::new(Some(other), "/b", "/a/"))]);
    let numbers: Vec<_> = actions_of(&graph, output).iter().map(|action| (action.input, action.secondary_input, action.output)).collect();
    assert_eq!(numbers, [(-1, -1, -1), (1, 0, 0)]);
}

#[test]
fn no_action_is_the_base_itself() {
    let mut graph = Graph::new();
    let base = graph.source(Image::new("docker.io/library/alpine:3.22"));
    assert_eq!(graph.file(Some(base), Vec::new()), base);
}

#[test]
fn a_plain_copy_keeps_mode_and_times() {
    let (action, caps) = only(FileAction::Copy(FileCopy::new(None, "/a", "/b")));
    let expected = pb::FileActionCopy {
        src: "/a".to_owned(),
        dest: "/b".to_owned(),
        mode: -1,
        timestamp: -1,
        create_dest_path: true,
        ..pb::FileActionCopy::default()
    };
    assert_eq!(action, Action::Copy(expected));
    assert_eq!(caps, ["file.base"]);
}

#[test]
fn a_copy_with_everything() {
    let texts = |text: &str| vec![text.to_owned()];
    let (action, caps) = only(FileAction::Copy(FileCopy {
        owner: Some(Owner::ids(0, 5)),
        mode: CopyMode::Bits(0),
        timestamp: Timestamp::At(0),
        follow_symlink: true,
        dir_copy_contents: true,
        attempt_unpack: true,
        allow_wildcard: true,
        allow_empty_wildcard: true,
        include_patterns: texts("i"),
        exclude_patterns: texts("e"),
        required_paths: texts("r"),
        always_replace_existing_dest_paths: true,
        ..FileCopy::new(None, "/a", "/b")
    }));
    let id = |id| Some(pb::UserOpt { user: Some(pb::user_opt::User::ById(id)) });
    let expected = pb::FileActionCopy {
        src: "/a".to_owned(),
        dest: "/b".to_owned(),
        owner: Some(pb::ChownOpt { user: id(0), group: id(5) }),
        mode: 0,
        follow_symlink: true,
        dir_copy_contents: true,
        attempt_unpack_docker_compatibility: true,
        create_dest_path: true,
        allow_wildcard: true,
        allow_empty_wildcard: true,
        timestamp: 0,
        include_patterns: texts("i"),
        exclude_patterns: texts("e"),
        always_replace_existing_dest_paths: true,
        mode_str: String::new(),
        required_paths: texts("r"),
    };
    assert_eq!(action, Action::Copy(expected));
    let expected = ["file.base", "file.copy.alwaysreplaceexistingdestpaths", "file.copy.includeexcludepatterns", "file.copy.requiredpaths"];
    assert_eq!(caps, expected);
}

#[test]
fn a_symbolic_mode_has_no_capability() {
    let (action, caps) =
        only(FileAction::Copy(FileCopy { mode: CopyMode::Symbolic("u=rwX".to_owned()), ..FileCopy::new(None, "/a", "/b") }));
    let Action::Copy(copy) = action else {
        panic!("{action:?} is no copy");
    };
    assert_eq!((copy.mode, copy.mode_str.as_str()), (0, "u=rwX"));
    assert_eq!(caps, ["file.base"]);
}

#[test]
fn a_moment_before_1970_is_not_taken_for_none() {
    let time = |timestamp| {
        let (action, _) = only(FileAction::Mkdir(MakeDir { timestamp, ..MakeDir::new("/a") }));
        match action {
            Action::Mkdir(dir) => dir.timestamp,
            other => panic!("{other:?} makes no folder"),
        }
    };
    assert_eq!(time(Timestamp::Keep), -1);
    assert_eq!(time(Timestamp::At(0)), 0);
    assert_eq!(time(Timestamp::At(-1)), -2);
    assert_eq!(time(Timestamp::At(7)), 7);
}

#[test]
fn names_are_looked_up_in_the_base() {
    let mut graph = Graph::new();
    let other = graph.source(Image::new("docker.io/library/busybox:1.37"));
    let base = graph.source(Image::new("docker.io/library/alpine:3.22"));
    let owner = Owner { user: Some(User::Name("app".to_owned())), group: None };
    let output = graph.file(
        Some(base),
        vec![
            FileAction::Mkdir(MakeDir::new("/a")),
            FileAction::Copy(FileCopy { owner: Some(owner), ..FileCopy::new(Some(other), "/b", "/a/") }),
        ],
    );
    let action = actions_of(&graph, output).pop();
    let Some(Action::Copy(copy)) = action.and_then(|action| action.action) else {
        panic!("the last action is a copy");
    };
    let named = pb::NamedUserOpt { name: "app".to_owned(), input: 0 };
    let user = pb::UserOpt { user: Some(pb::user_opt::User::ByName(named)) };
    let expected = pb::ChownOpt { user: Some(user), group: None };
    assert_eq!(copy.owner, Some(expected));
}

#[test]
fn the_other_operations() {
    let (action, _) = only(FileAction::Mkfile(MakeFile::new("/f", "text")));
    let expected = pb::FileActionMkFile { path: "/f".to_owned(), mode: 0o644, data: b"text".to_vec(), owner: None, timestamp: -1 };
    assert_eq!(action, Action::Mkfile(expected));

    let (action, _) = only(FileAction::Mkdir(MakeDir::new("/d")));
    let expected = pb::FileActionMkDir { path: "/d".to_owned(), mode: 0o755, make_parents: true, owner: None, timestamp: -1 };
    assert_eq!(action, Action::Mkdir(expected));

    let (action, caps) = only(FileAction::Rm(Remove { path: "/x*".to_owned(), allow_not_found: true, allow_wildcard: true }));
    let expected = pb::FileActionRm { path: "/x*".to_owned(), allow_not_found: true, allow_wildcard: true };
    assert_eq!(action, Action::Rm(expected));
    assert_eq!(caps, ["file.base", "file.rm.wildcard"]);

    let (action, caps) = only(FileAction::Symlink(Symlink { target: "../a".to_owned(), path: "/l".to_owned(), ..Symlink::default() }));
    let expected = pb::FileActionSymlink { oldpath: "../a".to_owned(), newpath: "/l".to_owned(), owner: None, timestamp: -1 };
    assert_eq!(action, Action::Symlink(expected));
    assert_eq!(caps, ["file.base", "file.symlink.create"]);
}
