//! The service's own files as they ship: what the spec copies of the built project, else all but what tests and tools need of it, with
//! the members of the workspace that it links.

use std::io;
use std::path::{Path, PathBuf};

use crate::diag::codes;
use crate::node::ships;
use crate::node::steps::Ship;
use crate::refine::proof::Finding;
use crate::refine::steps::Problem;
use crate::refine::steps::output::Output;
use crate::refine::tree::{Entry, Kind, Tree, has_extension};

/// The layer that they are in.
const LAYER: &str = "application";
/// Permission bits that no file of a service needs: to run as somebody else, and to be written by everybody.
const SETUID_OR_WORLD_WRITABLE: u32 = 0o6002;

/// Takes what ships.
pub(super) fn ship(request: &Ship) -> Result<Vec<String>, Problem> {
    let output = Output::new(&request.out)?;
    output.layer(LAYER)?;
    let mut shipped = Tree::default();
    let runs_types = request.command.0.iter().any(|word| is_types(word));
    let leaves = |path: &str| path.split('/').any(|part| part == "node_modules") || (request.built && !runs_types && is_types(path));
    if request.files.is_empty() {
        usual(&request.folder, &request.member, &leaves, &mut shipped)?;
    } else {
        for (from, to) in &request.files {
            named(from, to, &leaves, &mut shipped)?;
        }
        // It says of which kind the service's modules are.
        let manifest = request.folder.join("package.json");
        if manifest.is_file() {
            shipped.extend(Tree::read(&manifest, &manifest.display().to_string())?);
        }
    }
    for member in &request.member {
        usual(member, &[], &leaves, &mut shipped)?;
    }
    output.write(&shipped, &|_| LAYER.to_owned(), false)?;
    Ok(vec![])
}

/// What usually ships of a folder; not members of the workspace inside of it, which are asked for by themselves.
fn usual(folder: &Path, members: &[PathBuf], leaves: &dyn Fn(&str) -> bool, shipped: &mut Tree) -> io::Result<()> {
    let mut names: Vec<String> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<_>>()?;
    names.sort();
    for name in names.iter().filter(|name| ships(name)) {
        let path = folder.join(name);
        if !members.contains(&path) {
            add(&path, &path.display().to_string(), leaves, shipped)?;
        }
    }
    Ok(())
}

/// What a spec copies.
fn named(from: &str, to: &str, leaves: &dyn Fn(&str) -> bool, shipped: &mut Tree) -> Result<(), Problem> {
    if Path::new(from).symlink_metadata().is_err() {
        let message =
            format!("`copy` names {from}, and that is not there once the project is built. Correct the path, or have `build` make it.");
        return Err(Finding::new(codes::NOTHING_TO_GATHER, from, message).into());
    }
    Ok(add(Path::new(from), to, leaves, shipped)?)
}

/// Adds a file or folder at its place.
fn add(disk: &Path, to: &str, leaves: &dyn Fn(&str) -> bool, shipped: &mut Tree) -> io::Result<()> {
    for (path, entry) in Tree::read(disk, to)?.iter() {
        let inside = path.strip_prefix(to).unwrap_or_default();
        let name = to.rsplit('/').next().unwrap_or_default();
        if leaves(&format!("{name}{inside}")) {
            continue;
        }
        let mode = if entry.kind == Kind::Directory || entry.is_file() { entry.mode & !SETUID_OR_WORLD_WRITABLE } else { entry.mode };
        shipped.insert(path, Entry { mode, ..entry.clone() });
    }
    Ok(())
}

/// Whether a file is TypeScript.
fn is_types(path: &str) -> bool {
    ["ts", "tsx", "mts", "cts"].iter().any(|end| has_extension(path, end))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::refine::requests::{Command, Out};

    /// The paths that ship of a project with these files, from the folder that it lies in.
    fn shipped(files: &[&str], change: impl FnOnce(&mut Ship, &Path)) -> Vec<String> {
        let disk = tempfile::tempdir().unwrap();
        for file in files {
            let path = disk.path().join("app").join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let out = disk.path().join("out");
        let command = Command(["node", "dist/main.js"].map(str::to_owned).to_vec());
        let mut asked =
            Ship { folder: disk.path().join("app"), member: vec![], files: vec![], built: true, out: Out(out.clone()), command };
        change(&mut asked, disk.path());
        ship(&asked).unwrap();
        let layer = out.join("application");
        let tree = Tree::read(&layer, "/").unwrap();
        let root = disk.path().display().to_string();
        tree.iter()
            .filter(|(_, entry)| entry.is_file())
            .map(|(path, _)| path.trim_start_matches(&format!("{root}/app/")).to_owned())
            .collect()
    }

    const FILES: &[&str] =
        &["package.json", "package-lock.json", "src/main.ts", "src/page.hbs", "dist/main.js", "test/a.js", "node_modules/a/x.js", ".env"];

    #[test]
    fn what_tests_and_tools_need_stays_out() {
        assert_eq!(shipped(FILES, |_, _| {}), ["dist/main.js", "package.json", "src/page.hbs"]);
        let own = |asked: &mut Ship, _: &Path| asked.command = Command(["node", "src/main.ts"].map(str::to_owned).to_vec());
        assert_eq!(shipped(FILES, own), ["dist/main.js", "package.json", "src/main.ts", "src/page.hbs"]);
    }

    #[test]
    fn what_the_spec_copies_ships_in_its_place() {
        let copied = |asked: &mut Ship, disk: &Path| {
            let path = |name: &str| disk.join("app").join(name).display().to_string();
            asked.files = vec![(path("dist"), path("lib")), (path(".env"), path(".env"))];
        };
        assert_eq!(shipped(FILES, copied), [".env", "lib/main.js", "package.json"]);
    }

    #[test]
    fn members_ship_beside_it() {
        let files = ["apps/api/package.json", "apps/api/node_modules/a/x.js", "packages/shared/index.js", "packages/shared/test/x.js"];
        let member = |asked: &mut Ship, disk: &Path| {
            asked.folder = disk.join("app/apps/api");
            asked.member = vec![disk.join("app/packages/shared")];
        };
        assert_eq!(shipped(&files, member), ["apps/api/package.json", "packages/shared/index.js"]);
    }
}
