//! The proof of a Node service: what loaded before anything was left out loads in the image, all native code can be opened, the command's
//! file is there, and no manager of packages is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::diag::codes::Code;
use crate::names::User;
use crate::node::codes;
use crate::node::steps::{Entry, Prove, Try};
use crate::refine::proof::{self, Finding};
use crate::refine::steps::{Problem, all_right, notes};

use super::folders;
use super::installed::{addons, owner, packages};
use super::load::{Asked, Failed, Loader};

/// Node in the builder.
const NODE: &str = "/usr/local/bin/node";
/// Who loads packages while an image is built: nobody, who owns nothing.
const NOBODY: User = User { uid: 65_534, gid: 65_534 };
/// Managers that official images have.
const MANAGERS: &[&str] = &[
    "/usr/local/bin/npm",
    "/usr/local/bin/npx",
    "/usr/local/bin/corepack",
    "/usr/local/bin/pnpm",
    "/usr/local/bin/yarn",
    "/usr/local/lib/node_modules/npm",
    "/usr/local/lib/node_modules/corepack",
];
/// What Node says of native code for another version of it.
const OTHER_VERSION: &str = "NODE_MODULE_VERSION";
/// So many findings of a kind are told one by one.
const FEW: usize = 5;

/// What became of packages and of native code before anything was left out.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Tried {
    /// Packages that load, by their folder, with the name and the folder that they are asked for from.
    loads: BTreeMap<PathBuf, (String, PathBuf)>,
    /// Those that do not, and why.
    fails: BTreeMap<PathBuf, String>,
    /// Native code that can be opened.
    opens: BTreeSet<PathBuf>,
    /// That which cannot, and why.
    closed: BTreeMap<PathBuf, String>,
}

/// Loads everything before anything is left out.
pub(super) fn before(request: &Try) -> Result<Vec<String>, Problem> {
    let (mut all, mut native) = (vec![], vec![]);
    for modules in folders(&request.folder, &request.member) {
        all.extend(packages(&modules)?);
        native.extend(addons(&modules)?);
    }
    let loader = Loader { node: NODE.into(), user: Some(NOBODY) };
    let asked: Vec<Asked> =
        all.iter().map(|one| Asked::Package { name: one.name.clone(), from: one.from.clone(), folder: one.folder.clone() }).collect();
    let mut tried = Tried::default();
    for (one, result) in all.into_iter().zip(loader.load(&asked)?) {
        match result {
            Ok(()) => _ = tried.loads.insert(one.folder, (one.name, one.from)),
            Err(Failed { why }) => _ = tried.fails.insert(one.folder, why),
        }
    }
    let asked: Vec<Asked> = native.iter().cloned().map(Asked::Addon).collect();
    for (path, result) in native.into_iter().zip(loader.load(&asked)?) {
        match result {
            Ok(()) => _ = tried.opens.insert(path),
            Err(Failed { why }) => _ = tried.closed.insert(path, why),
        }
    }
    std::fs::create_dir_all(&request.out)?;
    notes::write(&request.out, &tried)?;
    let (loads, fails) = (tried.loads.len(), tried.fails.len());
    let lines =
        [(loads, format!("{loads} packages load")), (fails, format!("{fails} do not, as they are not meant to be loaded by themselves"))];
    Ok(lines.into_iter().filter(|(count, _)| *count > 0).map(|(_, line)| line).collect())
}

/// Loads everything again, in the image.
pub(super) fn image(request: &Prove) -> Result<Vec<String>, Problem> {
    let told_in = if request.tried.is_dir() { &*request.tried } else { request.tried.parent().unwrap_or(&request.tried) };
    let tried: Tried = notes::read(told_in)?;
    let loader = loader()?;
    let asked = tried.loads.iter();
    let asked = asked.map(|(folder, (name, from))| Asked::Package { name: name.clone(), from: from.clone(), folder: folder.clone() });
    let asked: Vec<Asked> = asked.collect();
    let failed = tried.loads.keys().zip(loader.load(&asked)?).filter_map(|(folder, result)| Some((folder, result.err()?.why)));
    let failed: Vec<(String, String)> = failed.map(|(folder, why)| (folder.display().to_string(), why)).collect();
    let is = "loaded before anything was left out, and does not load in the image";
    let mut said = told(codes::PACKAGE_DOES_NOT_LOAD, &failed, "The package", is);
    let (count, closed) = native(request, &tried, &loader)?;
    said.extend(told(codes::ADDON_DOES_NOT_LOAD, &closed, "The native code", "cannot be opened by the image's Node"));
    all_right(said)?;
    let mut lines = vec![format!("{} packages load", asked.len())];
    lines.extend((count > 0).then(|| format!("{count} files of native code open")));
    Ok(lines)
}

/// Looks for the command's file, and for managers of packages.
pub(super) fn entry(request: &Entry) -> Result<Vec<String>, Problem> {
    let mut said: Vec<Finding> = MANAGERS.iter().filter(|path| Path::new(path).exists()).map(|path| manager(path)).collect();
    let workdir = workdir();
    let path = std::env::var("PATH").ok();
    let found = proof::entry(Path::new("/"), &request.command.0, path.as_deref(), &workdir.display().to_string(), proof::User::own());
    match (found, script(&request.command.0)) {
        (Err(finding), _) => said.push(finding),
        (Ok(_), Some(file)) => {
            let result = loader()?.load(&[Asked::File { file: file.to_owned(), from: workdir.clone() }])?;
            said.extend(result.into_iter().filter_map(Result::err).map(|_| no_entry(file, &workdir)));
        }
        (Ok(_), None) => {}
    }
    all_right(said)?;
    Ok(vec![])
}

/// The image's own Node, as the service's user.
fn loader() -> Result<Loader, Problem> {
    let path = std::env::var("PATH").ok();
    let node = proof::entry(Path::new("/"), &["node".to_owned()], path.as_deref(), "/", proof::User::own())?;
    Ok(Loader { node: node.into(), user: None })
}

fn workdir() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| "/".into())
}

/// How many files of native code the image has, and those that cannot be opened: what could be before, and what leaves its package
/// without any that can. Packages may bring some for other versions of Node.
fn native(request: &Prove, tried: &Tried, loader: &Loader) -> Result<(usize, Vec<(String, String)>), Problem> {
    let mut native = vec![];
    for modules in folders(&request.folder, &request.member) {
        native.extend(addons(&modules)?);
    }
    let asked: Vec<Asked> = native.iter().cloned().map(Asked::Addon).collect();
    let results = loader.load(&asked)?;
    let good: BTreeSet<PathBuf> =
        native.iter().zip(&results).filter(|(_, result)| result.is_ok()).filter_map(|(path, _)| owner(path)).collect();
    let opened = results.iter().filter(|result| result.is_ok()).count();
    let mut wrong: BTreeMap<PathBuf, (String, String)> = BTreeMap::new();
    for (path, result) in native.iter().zip(results) {
        let Err(Failed { why }) = result else { continue };
        let alone = owner(path).filter(|package| !good.contains(package));
        // Of a package whose files are for other versions one tells enough.
        let about = if tried.opens.contains(path) {
            path.clone()
        } else if let Some(package) = alone {
            package
        } else {
            continue;
        };
        if !wrong.get(&about).is_some_and(|(_, known)| known.contains(OTHER_VERSION)) {
            wrong.insert(about, (path.display().to_string(), why));
        }
    }
    Ok((opened, wrong.into_values().collect()))
}

/// The file that a command has Node run, if it names one.
fn script(command: &[String]) -> Option<&str> {
    const WITH_VALUE: &[&str] = &["-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions", "--env-file"];
    let (program, words) = command.split_first()?;
    if program.rsplit('/').next() != Some("node") {
        return None;
    }
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "-e" | "--eval" | "-p" | "--print" | "--run" | "--test" | "-" => return None,
            "--" => return words.next(),
            _ if WITH_VALUE.contains(&word) => _ = words.next(),
            _ if word.starts_with('-') => {}
            file => return Some(file),
        }
    }
    None
}

/// A few findings, and how many more there are.
fn told(code: Code, wrong: &[(String, String)], what: &str, is: &str) -> Vec<Finding> {
    let mut said: Vec<Finding> =
        wrong.iter().take(FEW).map(|(path, why)| Finding::new(code, path, format!("{what} {path} {is}: {why}"))).collect();
    if wrong.len() > FEW {
        said.push(Finding::new(code, "", format!("and {} more of them", wrong.len() - FEW)));
    }
    said
}

fn no_entry(file: &str, workdir: &Path) -> Finding {
    let message = format!(
        "The command runs `{file}` in {}, and that is not in the image. Correct the command, build the file by `build`, or name it under `copy`.",
        workdir.display()
    );
    Finding::new(codes::NO_ENTRY, file, message)
}

fn manager(path: &str) -> Finding {
    let message =
        format!("{path} is in the image, and a running service has no use for a manager of packages. Take a runtime without one.");
    Finding::new(codes::MANAGER_IN_IMAGE, path, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_command_is_found_among_its_words() {
        for (line, file) in [
            ("node server.js", Some("server.js")),
            ("/usr/local/bin/node --enable-source-maps dist/main.js --port 1", Some("dist/main.js")),
            ("node -r ./hook.js --import ./x.mjs app", Some("app")),
            ("node --env-file=.env app.js", Some("app.js")),
            ("node -e 1", None),
            ("next start", None),
            ("node", None),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(script(&words), file, "{line}");
        }
    }
}
