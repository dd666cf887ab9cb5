//! The folders that a loader searches by itself, as `/etc/ld.so.conf` and its own defaults say.

use crate::elf::Target;
use crate::tree::{Entry, Tree};

use super::rules::matches;

/// How deep configuration files may include each other.
const DEPTH: usize = 8;

/// The folders in the order of search: those of the configuration files of these trees, then the defaults of the machine.
pub(super) fn folders(trees: &[&Tree], target: Target) -> Vec<String> {
    let mut found: Vec<String> = vec![];
    for tree in trees {
        configured(tree, "/etc/ld.so.conf", DEPTH, &mut found);
        if let Some((_, entry)) = tree.below("/etc").find(|(path, _)| matches("/etc/ld-musl-*.path", path)) {
            let text = entry.bytes().unwrap_or_default();
            found.extend(String::from_utf8_lossy(&text).split([':', '\n']).map(|p| p.trim().to_owned()));
        } else if musl(tree).is_some() {
            found.push("/usr/local/lib".into());
        }
    }
    let own = triplet(target).map(|triplet| [format!("/lib/{triplet}"), format!("/usr/lib/{triplet}")]);
    let own: Vec<String> = own.into_iter().flatten().collect();
    let is_debian = own.iter().any(|folder| trees.iter().any(|tree| tree.follow(folder).is_some()));
    found.extend(own);
    found.extend(["/lib".into(), "/usr/lib".into()]);
    if target.wide && !is_debian {
        found.extend(["/lib64".into(), "/usr/lib64".into()]);
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|path| path.starts_with('/') && seen.insert(path.clone()));
    found
}

fn configured(tree: &Tree, path: &str, depth: usize, found: &mut Vec<String>) {
    let Some(entry) = tree.follow(path).and_then(|real| tree.get(&real).cloned()).filter(Entry::is_file) else { return };
    let text = entry.bytes().unwrap_or_default();
    for line in String::from_utf8_lossy(&text).lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(patterns) = line.strip_prefix("include").filter(|rest| rest.starts_with([' ', '\t'])) {
            if depth == 0 {
                continue;
            }
            for pattern in patterns.split_whitespace() {
                let pattern = if pattern.starts_with('/') { pattern.to_owned() } else { format!("/etc/{pattern}") };
                let folder = pattern.rsplit_once('/').map_or("/", |(folder, _)| folder);
                let beside = |p: &&str| matches(&pattern, p) && p.matches('/').count() == pattern.matches('/').count();
                let files: Vec<_> = tree.below(folder).map(|(path, _)| path).filter(beside).collect();
                for file in files {
                    configured(tree, file, depth - 1, found);
                }
            }
        } else if !line.starts_with("hwcap ") {
            let folders = line.split([' ', '\t', ':', ',']).filter(|p| p.starts_with('/'));
            found.extend(folders.map(|p| p.trim_end_matches('/').to_owned()));
        }
    }
}

/// The path of musl's loader in a tree that has it.
pub(super) fn musl(tree: &Tree) -> Option<String> {
    let folder = tree.follow("/lib")?;
    let start = format!("{folder}/ld-musl-");
    tree.below(&folder).map(|(path, _)| path).find(|path| path.starts_with(&start)).map(str::to_owned)
}

/// Debian's name for a machine.
pub(super) fn triplet(target: Target) -> Option<&'static str> {
    Some(match (target.machine, target.wide) {
        (3, false) => "i386-linux-gnu",
        (62, true) => "x86_64-linux-gnu",
        (183, true) => "aarch64-linux-gnu",
        (40, false) if target.flags & 0x200 != 0 => "arm-linux-gnueabi",
        (40, false) => "arm-linux-gnueabihf",
        (21, true) => "powerpc64le-linux-gnu",
        (22, true) => "s390x-linux-gnu",
        (243, true) => "riscv64-linux-gnu",
        (258, true) => "loongarch64-linux-gnu",
        _ => return None,
    })
}

/// The places that an entry of a run path may mean for a file at `path`.
pub(super) fn expand(entry: &str, path: &str, target: Target) -> Vec<String> {
    let origin = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let replace = |text: &str, name: &str, by: &str| text.replace(&format!("${{{name}}}"), by).replace(&format!("${name}"), by);
    let platform = triplet(target).and_then(|t| t.split('-').next()).unwrap_or_default();
    let entry = replace(&replace(entry, "ORIGIN", origin), "PLATFORM", platform);
    if !entry.contains("$LIB") && !entry.contains("${LIB}") {
        return vec![entry];
    }
    let own = triplet(target).map(|t| format!("lib/{t}"));
    own.into_iter().chain(["lib64".into(), "lib".into()]).map(|lib| replace(&entry, "LIB", &lib)).collect()
}
