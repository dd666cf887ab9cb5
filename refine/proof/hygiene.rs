//! What has no place in an image: installers, compilers, caches, special permissions, repositories, keys. Only what is certain.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::Finding;
use crate::diag::codes::{self, Code};
use crate::diag::{Sink, Sources};
use crate::language::Language;
use crate::yaml::{Decode, keys};

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A language's own installer.
    Installer,
    /// A program that installs packages of a system or of any language.
    PackageManager,
    /// A compiler, linker or build tool.
    Compiler,
    /// A file that runs with its owner's or group's rights.
    SetId,
    /// A file or folder that everybody may write.
    WorldWritable,
    /// A package manager's cache.
    Cache,
    /// A Git repository.
    Git,
    /// A private key.
    Key,
}

/// What a walk through the image gave.
#[derive(Clone, Debug, Default)]
pub struct Hygiene {
    /// What has no place in the image, by path.
    pub findings: Vec<(Kind, Finding)>,
    /// Folders that the user of the walk may not read.
    pub unread: Vec<String>,
}

keys! {
    /// What is known by name.
    struct Names as "the names of what has no place in an image" {
        /// Compilers, linkers and build tools.
        compilers: Vec<String> = "compilers", "[gcc, ld]";
        /// What installs packages.
        package_managers: Vec<String> = "package-managers", "[apt-get, npm]";
        /// Folders that package managers cache in.
        caches: Vec<String> = "caches", "[/var/lib/apt/lists]";
        /// Folders that everybody may write, where they are sticky.
        shared: Vec<String> = "shared", "[/tmp]";
    }
}

/// The names that come with distil.
fn names() -> &'static Names {
    const TEXT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/rules/hygiene.yaml"));
    static NAMES: OnceLock<Names> = OnceLock::new();
    NAMES.get_or_init(|| {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let file = sources.add("rules/hygiene.yaml", "YAML", TEXT);
        crate::yaml::parse(&sources, file, &mut sink).and_then(|node| Names::decode(&node, &mut sink)).unwrap_or_default()
    })
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Installer, Self::PackageManager, Self::Compiler, Self::SetId, Self::WorldWritable, Self::Cache, Self::Git, Self::Key];

    /// The word by which a recipe allows it: the name of its message, as far as that is the same for every language.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.generic().map_or("installer", Code::name)
    }

    /// Its message; none where each language has its own.
    const fn generic(self) -> Option<Code> {
        match self {
            Self::Installer => None,
            Self::PackageManager => Some(codes::PACKAGE_MANAGER),
            Self::Compiler => Some(codes::COMPILER),
            Self::SetId => Some(codes::SETUID),
            Self::WorldWritable => Some(codes::WORLD_WRITABLE),
            Self::Cache => Some(codes::PACKAGE_CACHE),
            Self::Git => Some(codes::GIT_REPOSITORY),
            Self::Key => Some(codes::PRIVATE_KEY),
        }
    }

    fn code(self, language: &dyn Language) -> Code {
        self.generic().unwrap_or(language.installer().code)
    }

    fn message(self, language: &dyn Language) -> &'static str {
        match self {
            Self::Installer => language.installer().message,
            Self::PackageManager => {
                "a package manager is in the image, and a running service has no use for one. Gather what it installed, without it; a base with a system of its own (`runtime: slim`, or an image) may have it."
            }
            Self::Compiler => {
                "a compiler or build tool is in the image. Move the package that brings it from `apt.runtime` to `apt.build`; a base with a system of its own (`runtime: slim`, or an image) may have it."
            }
            Self::SetId => {
                "this file runs with the rights of its owner or group, whoever starts it. Take the bit away where the file is made; a base with a system of its own (`runtime: slim`, or an image) may have such files."
            }
            Self::WorldWritable => {
                "everybody may write this, so the service could change it. Take the permission away; what the service writes belongs in `/tmp` or in a volume."
            }
            Self::Cache => "a package manager's cache is in the image and only costs space. Empty it in the step that fills it.",
            Self::Git => "a Git repository is in the image, with all the project's history. Add `.git` to `exclude`.",
            Self::Key => {
                "this looks like a private key, which everybody with the image can read. Hand it in when the service starts, or as a secret."
            }
        }
    }
}

/// Walks through an image's files, without other file systems that are mounted there. What is of an allowed kind is found all
/// the same, and is no error. `skip` holds paths that are not the image's own.
pub fn hygiene(root: &Path, skip: &[&str], allow: &BTreeSet<Kind>, language: &dyn Language) -> std::io::Result<Hygiene> {
    let device = fs::symlink_metadata(root)?.dev();
    let mut found = Hygiene::default();
    let mut open: Vec<(PathBuf, String)> = vec![(root.to_owned(), String::new())];
    while let Some((disk, path)) = open.pop() {
        let Ok(meta) = fs::symlink_metadata(&disk) else { continue };
        if meta.dev() != device || skip.contains(&path.as_str()) {
            continue;
        }
        let mut add = |kind: Kind| {
            let about = if path.is_empty() { "/" } else { &path };
            let finding = Finding::new(kind.code(language), about, format!("{about}: {}", kind.message(language)));
            found.findings.push((kind, if allow.contains(&kind) { finding.into_warning() } else { finding }));
        };
        let mut entries = vec![];
        if meta.is_dir() {
            match fs::read_dir(&disk) {
                Ok(read) => entries.extend(read.flatten()),
                Err(_) => found.unread.push(path.clone()),
            }
        }
        kinds(&disk, &path, &meta, entries.is_empty(), language).into_iter().for_each(&mut add);
        open.extend(entries.into_iter().map(|e| (e.path(), format!("{path}/{}", e.file_name().to_string_lossy()))));
    }
    found.findings.sort_by(|(_, a), (_, b)| (&a.about, a.code.name()).cmp(&(&b.about, b.code.name())));
    found.unread.sort();
    Ok(found)
}

fn kinds(disk: &Path, path: &str, meta: &fs::Metadata, empty: bool, language: &dyn Language) -> Vec<Kind> {
    let mut kinds = vec![];
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let program = !meta.is_dir() && (folder.ends_with("/bin") || folder.ends_with("/sbin") || folder.contains("/gcc"));
    let is_among = |paths: &[String]| paths.iter().any(|known| known == path);
    if language.is_installer(folder, name, program) {
        kinds.push(Kind::Installer);
    }
    if program && is_named(name, &names().compilers) {
        kinds.push(Kind::Compiler);
    }
    if program && is_named(name, &names().package_managers) {
        kinds.push(Kind::PackageManager);
    }
    if meta.is_file() && meta.mode() & 0o6000 != 0 {
        kinds.push(Kind::SetId);
    }
    let shared = meta.is_dir() && meta.mode() & 0o1000 != 0 && is_among(&names().shared);
    if !meta.is_symlink() && (meta.is_file() || meta.is_dir()) && meta.mode() & 0o002 != 0 && !shared {
        kinds.push(Kind::WorldWritable);
    }
    if (is_among(&names().caches) || language.installer().caches.contains(&path)) && !empty {
        kinds.push(Kind::Cache);
    }
    if meta.is_dir() && name == ".git" && disk.join("HEAD").is_file() {
        kinds.push(Kind::Git);
    }
    let key_name = matches!(name, "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519")
        || Path::new(name).extension().is_some_and(|e| e == "key" || e == "pem");
    if meta.is_file() && key_name && is_key(disk) {
        kinds.push(Kind::Key);
    }
    kinds
}

/// Whether a program's name is one of these, with a target before it or a version after it.
fn is_named(name: &str, known: &[String]) -> bool {
    let name = match name.rsplit_once('-') {
        Some((tool, version)) if version.chars().all(|c| c.is_ascii_digit() || c == '.') => tool,
        _ => name,
    };
    let target = name.rsplit_once('-').filter(|(target, _)| target.matches('-').count() >= 2).map(|(_, tool)| tool);
    known.iter().any(|tool| tool == target.unwrap_or(name))
}

fn is_key(disk: &Path) -> bool {
    let mut start = vec![];
    let read = fs::File::open(disk).and_then(|file| file.take(64).read_to_end(&mut start));
    let first = start.split(|b| *b == b'\n').next().unwrap_or_default();
    read.is_ok() && first.starts_with(b"-----BEGIN ") && first.windows(11).any(|w| w == b"PRIVATE KEY")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::diag::Severity;
    use crate::toy::Toy;

    #[test]
    fn what_has_no_place_is_found_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nx";
        let files = [
            ("opt/bin/fetch", "", 0o755, "package-manager"),
            ("opt/bin/fetch-like", "", 0o755, ""),
            ("opt/packages/fetch/x", "", 0o644, ""),
            ("usr/bin/x86_64-linux-gnu-gcc-12", "", 0o755, "compiler"),
            ("usr/bin/ld.so", "", 0o755, ""),
            ("usr/bin/make", "", 0o755, "compiler"),
            ("app/make", "", 0o755, ""),
            ("usr/local/bin/npm", "", 0o755, "package-manager"),
            ("opt/npm/index.js", "", 0o644, ""),
            ("usr/bin/su", "", 0o4755, "setuid"),
            ("app/open", "", 0o666, "world-writable"),
            ("var/lib/apt/lists/x", "", 0o644, ""),
            ("app/.git/HEAD", "", 0o644, ""),
            ("app/server.key", key, 0o644, "private-key"),
            ("etc/ssl/cert.pem", "-----BEGIN CERTIFICATE-----", 0o644, ""),
            ("run/distil", "", 0o777, ""),
        ];
        let mut want = vec![];
        for (path, text, mode, code) in files {
            let disk = root.path().join(path);
            fs::create_dir_all(disk.parent().unwrap()).unwrap();
            fs::write(&disk, text).unwrap();
            fs::set_permissions(&disk, fs::Permissions::from_mode(mode)).unwrap();
            want.extend((!code.is_empty()).then(|| (format!("/{path}"), code)));
        }
        for (path, mode, code) in [("tmp", 0o1777, ""), ("var/tmp", 0o777, "world-writable"), ("srv", 0o1777, "world-writable")] {
            fs::create_dir_all(root.path().join(path)).unwrap();
            fs::set_permissions(root.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
            want.extend((!code.is_empty()).then(|| (format!("/{path}"), code)));
        }
        want.extend([("/var/lib/apt/lists", "package-cache"), ("/app/.git", "git-repository")].map(|(p, c)| (p.to_owned(), c)));
        want.push(("/opt/packages/fetch".into(), "package-manager"));
        want.sort();
        let found = hygiene(root.path(), &["/run/distil"], &[Kind::SetId].into(), &Toy).unwrap();
        let got: Vec<_> = found.findings.iter().map(|(_, f)| (f.about.clone(), f.code.name())).collect();
        assert_eq!(got, want);
        for (kind, finding) in &found.findings {
            let promised = matches!(kind, Kind::Installer | Kind::PackageManager | Kind::Compiler | Kind::WorldWritable);
            assert_eq!(finding.severity == Severity::Error, promised, "{finding:?}");
        }
    }
}
