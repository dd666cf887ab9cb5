//! Where the steps find what is mounted for them, and where they put what they make.

/// The program in its image and where a step finds it.
pub(crate) const PROGRAM: (&str, &str) = ("/distil", "/run/distil");
/// Where a step may write what nobody keeps.
pub(crate) const TMP: &str = "/tmp";
/// Where nothing is.
pub(super) const NOTHING: &str = "/run/nothing";

/// A file or folder of another stage that is mounted for a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mounted {
    /// Its place in the stage.
    pub from: &'static str,
    /// Its place while the step runs.
    pub to: &'static str,
    /// How an argument calls that place, where the step has to be told that it is there.
    pub said: Option<&'static str>,
    /// Whether the step counts as unchanged while the bytes of it are the same.
    pub content: bool,
    /// Whether the step cannot do without it.
    pub needed: bool,
}

/// A mount that its step cannot do without.
pub(super) const fn needed(mounted: Mounted) -> Mounted {
    Mounted { needed: true, ..mounted }
}

const fn at(from: &'static str, to: &'static str) -> Mounted {
    Mounted { from, to, said: None, content: false, needed: false }
}

const fn said(from: &'static str, to: &'static str) -> Mounted {
    Mounted { from, to, said: Some(to), content: false, needed: false }
}

/// The files of the image that the service is put on.
pub(super) const BASE: Mounted = at("/", "/run/runtime");
/// The same for the account, which is told of them.
pub(super) const WEIGHED_BASE: Mounted = said("/", "/run/runtime");
/// Debian packages that were unpacked for the image.
pub(super) const ADDED: Mounted = at("/out", "/run/added");
/// The bytecode of the standard library.
pub(super) const LIBRARY: Mounted = at(OUT_LIBRARY, "/run/library");
/// The layers that the environment's step left.
pub(super) const LAYERS: Mounted = at(OUT_ENVIRONMENT, "/run/environment");
/// The list of what the project imports of what rules could leave out.
pub(super) const NEEDS: Mounted = Mounted { content: true, ..said("/needs/modules", "/run/needs") };
/// The project's packages.
pub(super) const PROJECT: Mounted = said("/app/.project", "/run/project");
/// Files that ship beside the packages.
pub(super) const COPIED: Mounted = said("/", "/run/source");
/// What the environment's step tells of itself.
pub(super) const ENVIRONMENT: Mounted =
    Mounted { said: Some("/run/environment"), ..at("/refined/account.json", "/run/environment/account.json") };
/// What the project's step tells of itself.
pub(super) const APPLICATION: Mounted =
    Mounted { said: Some("/run/application"), ..at("/finished/account.json", "/run/application/account.json") };
/// The bytecode that ships, by the sources that it is of.
pub(super) const BYTECODE: Mounted = said("/refined/.bytecode", "/run/bytecode");
/// What the step that gathers files of any kind tells of itself.
pub(crate) const GATHERED: Mounted = Mounted { said: Some("/run/gathered"), ..at("/gathered/account.json", "/run/gathered/account.json") };
/// The finished image.
pub(crate) const IMAGE: Mounted = said("/", "/run/image");
/// The account of the image.
pub(crate) const ACCOUNT: Mounted = said("/report.json", "/run/report.json");

/// What the environment's step makes.
pub(super) const OUT_ENVIRONMENT: &str = "/refined";
/// What the project's step makes.
pub(super) const OUT_APPLICATION: &str = "/finished";
/// What the step that gathers files of any kind makes.
pub(super) const OUT_GATHERED: &str = "/gathered";
/// What the standard library's step makes.
pub(super) const OUT_LIBRARY: &str = "/library";
/// What the step of the project's imports makes.
pub(super) const OUT_NEEDS: &str = "/needs";
/// What the account's step makes.
pub(crate) const OUT_REPORT: &str = "/report";
