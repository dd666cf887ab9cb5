//! Where the steps find what is mounted for them, and where they put what they make.

/// The program in its image and where a step finds it.
pub const PROGRAM: (&str, &str) = ("/distil", "/run/distil");
/// Where a step may write what nobody keeps.
pub const TMP: &str = "/tmp";
/// Where nothing is.
pub(super) const NOTHING: &str = "/run/nothing";

/// A file or folder of another stage that is mounted for a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mounted {
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

impl Mounted {
    /// The place of one of several, and how an argument calls it: the first is at the usual place, and the others have numbers.
    #[must_use]
    pub fn nth(&self, index: usize) -> (String, String) {
        let said = self.said.unwrap_or(self.to);
        let number = if index == 0 { String::new() } else { format!("-{}", index + 1) };
        let rest = self.to.strip_prefix(said).unwrap_or_default();
        (format!("{said}{number}{rest}"), format!("{said}{number}"))
    }
}

/// A mount that its step cannot do without.
#[must_use]
pub const fn needed(mounted: Mounted) -> Mounted {
    Mounted { needed: true, ..mounted }
}

/// A mount that is always there.
#[must_use]
pub const fn at(from: &'static str, to: &'static str) -> Mounted {
    Mounted { from, to, said: None, content: false, needed: false }
}

/// A mount that a step is told of, where it is there.
#[must_use]
pub const fn said(from: &'static str, to: &'static str) -> Mounted {
    Mounted { from, to, said: Some(to), content: false, needed: false }
}

/// The files of the image that the service is put on.
pub const BASE: Mounted = at("/", "/run/runtime");
/// The same for the report, which is told of them.
pub const WEIGHED_BASE: Mounted = said("/", "/run/runtime");
/// Debian packages that were unpacked for the image.
pub const ADDED: Mounted = at("/out", "/run/added");
/// What a step tells of itself that gathered installed packages.
pub const ENVIRONMENT: Mounted = Mounted { said: Some("/run/environment"), ..at("/refined/notes.json", "/run/environment/notes.json") };
/// What a step tells of itself that gathered the project.
pub const APPLICATION: Mounted = Mounted { said: Some("/run/application"), ..at("/finished/notes.json", "/run/application/notes.json") };
/// What the step that gathers files of any kind tells of itself.
pub const GATHERED: Mounted = Mounted { said: Some("/run/gathered"), ..at("/gathered/notes.json", "/run/gathered/notes.json") };
/// The finished image.
pub const IMAGE: Mounted = said("/", "/run/image");
/// The report of the image.
pub const REPORT: Mounted = said("/report.json", "/run/report.json");

/// What the project's lock says of packages.
pub const LOCKED: Mounted = said("/locked.json", "/run/locked.json");

/// What the step that gathers files of any kind makes.
pub(super) const OUT_GATHERED: &str = "/gathered";
/// What the step that makes a site of built files makes.
pub(super) const OUT_SITE: &str = "/served";
/// What the report's step makes.
pub const OUT_REPORT: &str = "/report";
/// What the step of the bill of materials makes.
pub const OUT_SBOM: &str = "/sbom";
