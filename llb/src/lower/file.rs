//! Chains of file operations as messages: how they are numbered.

use std::collections::BTreeSet;

use buildkit_proto::caps::llb as caps;
use buildkit_proto::pb;
use buildkit_proto::pb::file_action::Action;

use super::{Lowered, NONE, input_number, number};
use crate::file::{CopyMode, FileAction, Owner, Timestamp, User};
use crate::graph::Output;

/// Lowers a chain of at least one operation.
pub(crate) fn lower(base: Option<Output>, actions: Vec<FileAction>) -> Lowered {
    let mut inputs = Vec::new();
    let base = base.map_or(NONE, |base| input_number(&mut inputs, base));
    // Numbers of actions start after those of inputs, so all inputs must be known first.
    let sources: Vec<i64> = actions
        .iter()
        .map(|action| match action {
            FileAction::Copy(copy) => copy.from.map_or(base, |from| input_number(&mut inputs, from)),
            _ => NONE,
        })
        .collect();

    let caps = caps_of(&actions);
    let last = actions.len() - 1;
    let wire = actions.into_iter().zip(sources).enumerate();
    let wire = wire.map(|(position, (action, source))| pb::FileAction {
        input: match position.checked_sub(1) {
            None => base,
            Some(previous) => number(inputs.len() + previous),
        },
        secondary_input: source,
        output: if position == last { 0 } else { NONE },
        action: Some(wire_action(action, base)),
    });
    Lowered { op: pb::op::Op::File(pb::FileOp { actions: wire.collect() }), platform: None, inputs, caps }
}

fn wire_action(action: FileAction, base: i64) -> Action {
    match action {
        FileAction::Copy(copy) => {
            let (mode, mode_str) = match copy.mode {
                CopyMode::Keep => (-1, String::new()),
                CopyMode::Bits(bits) => (permissions(bits), String::new()),
                CopyMode::Symbolic(text) => (0, text),
            };
            Action::Copy(pb::FileActionCopy {
                src: copy.src,
                dest: copy.dest,
                owner: owner(copy.owner, base),
                mode,
                follow_symlink: copy.follow_symlink,
                dir_copy_contents: copy.dir_copy_contents,
                attempt_unpack_docker_compatibility: copy.attempt_unpack,
                create_dest_path: copy.create_dest_path,
                allow_wildcard: copy.allow_wildcard,
                allow_empty_wildcard: copy.allow_empty_wildcard,
                timestamp: time(copy.timestamp),
                include_patterns: copy.include_patterns,
                exclude_patterns: copy.exclude_patterns,
                always_replace_existing_dest_paths: copy.always_replace_existing_dest_paths,
                mode_str,
                required_paths: copy.required_paths,
            })
        }
        FileAction::Mkdir(dir) => Action::Mkdir(pb::FileActionMkDir {
            path: dir.path,
            mode: permissions(dir.mode),
            make_parents: dir.make_parents,
            owner: owner(dir.owner, base),
            timestamp: time(dir.timestamp),
        }),
        FileAction::Mkfile(file) => Action::Mkfile(pb::FileActionMkFile {
            path: file.path,
            mode: permissions(file.mode),
            data: file.data,
            owner: owner(file.owner, base),
            timestamp: time(file.timestamp),
        }),
        FileAction::Rm(remove) => Action::Rm(pb::FileActionRm {
            path: remove.path,
            allow_not_found: remove.allow_not_found,
            allow_wildcard: remove.allow_wildcard,
        }),
        FileAction::Symlink(link) => Action::Symlink(pb::FileActionSymlink {
            oldpath: link.target,
            newpath: link.path,
            owner: owner(link.owner, base),
            timestamp: time(link.timestamp),
        }),
    }
}

fn owner(owner: Option<Owner>, base: i64) -> Option<pb::ChownOpt> {
    let user = |user: User| pb::UserOpt {
        user: Some(match user {
            User::Id(id) => pb::user_opt::User::ById(id),
            User::Name(name) => pb::user_opt::User::ByName(pb::NamedUserOpt { name, input: base }),
        }),
    };
    owner.map(|owner| pb::ChownOpt { user: owner.user.map(user), group: owner.group.map(user) })
}

fn time(timestamp: Timestamp) -> i64 {
    match timestamp {
        Timestamp::Keep => NONE,
        // The wire cannot say this one moment, so the one before has to do.
        Timestamp::At(NONE) => NONE - 1,
        Timestamp::At(nanoseconds) => nanoseconds,
    }
}

/// Permission bits as the wire has them, which has no others. Made by `mkdir` and `mkfile`, files
/// get the lower nine only.
fn permissions(bits: u32) -> i32 {
    i32::try_from(bits & 0o7777).expect("twelve bits fit")
}

fn caps_of(actions: &[FileAction]) -> BTreeSet<&'static str> {
    let mut ids = BTreeSet::from([caps::FILE_BASE]);
    for action in actions {
        match action {
            FileAction::Copy(copy) => {
                if !copy.include_patterns.is_empty() || !copy.exclude_patterns.is_empty() {
                    ids.insert(caps::FILE_COPY_INCLUDE_EXCLUDE_PATTERNS);
                }
                if !copy.required_paths.is_empty() {
                    ids.insert(caps::FILE_COPY_REQUIRED_PATHS);
                }
                if copy.always_replace_existing_dest_paths {
                    ids.insert(caps::FILE_COPY_ALWAYS_REPLACE_EXISTING_DEST_PATHS);
                }
            }
            FileAction::Rm(remove) => {
                if remove.allow_wildcard {
                    ids.insert(caps::FILE_RM_WILDCARD);
                }
            }
            FileAction::Symlink(_) => _ = ids.insert(caps::FILE_SYMLINK_CREATE),
            FileAction::Mkdir(_) | FileAction::Mkfile(_) => {}
        }
    }
    ids
}
