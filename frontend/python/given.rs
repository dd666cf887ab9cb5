//! The inputs that recipes are given of a Python project, and of what a spec asks of one.

use crate::ecosystem::kind::Ecosystem;
use crate::recipe::known::{ALWAYS, By, Holds, Input, Kind, Pairs, inputs};

use super::version::PythonVersion;

/// Inputs that every project fills.
const PROJECT: By = By { of: &[Ecosystem::Python], when: "of the project", from: "a Python project" };
/// Those of a project that uv locks.
const UV: By = By { of: &[Ecosystem::Python], when: "where uv locks the project", from: "a uv.lock" };
/// Those of a project that Poetry or pip do.
const FILES: By = By { of: &[Ecosystem::Python], when: "where Poetry or pip do", from: "the lock of Poetry or pip" };

/// A recipe knows Python by its series: a patch release is in the image's tag and in no path.
impl Holds for PythonVersion {
    const KIND: Kind = Kind::String;

    fn input(self) -> Input {
        Input::Text(self.series())
    }
}

inputs! {
    /// Which modules are compiled beforehand: `used`, `all` or `none`.
    BYTECODE: String = "bytecode", ALWAYS, ["prune.bytecode"];
    /// AWS services whose data stay; none means all.
    AWS: Vec<String> = "aws", ALWAYS, ["prune.aws"];
    /// Modules that the proof does not import.
    SKIP: Vec<String> = "skip", ALWAYS, ["check.skip"];
    /// The most seconds that the proof gives one import; empty where the spec does not say.
    TIMEOUT: String = "timeout", ALWAYS, ["check.timeout"];
    /// Whether what the command loads has to import without what comes at run time.
    STRICT: bool = "strict", ALWAYS, ["check.imports.strict"];
    /// The image that holds the uv program; filled only where the spec says which uv, so it needs a default.
    UV_IMAGE: String = "uv-image", ALWAYS, ["uv"];
    /// The Python series, as 3.13.
    PYTHON: PythonVersion = "python", PROJECT, ["python"];
    /// Whether the project is not installed, so that its modules are found where they are copied to.
    LOOSE: bool = "loose", PROJECT, ["install-project"];
    /// Whether anything of the context is installed as a package.
    PACKAGE: bool = "package", PROJECT, ["install-project"];
    /// Folders of the context that are installed as packages: the project, and what it needs of the workspace.
    LOCALS: Vec<String> = "locals", PROJECT, ["install-project"];
    /// Whether the project itself is among them.
    OWN: bool = "own", PROJECT, ["install-project"];
    /// Where the project's folder lies in an image that it is developed in.
    PROJECT_PLACE: String = "project-place", PROJECT, ["project"];
    /// Folders of the context that it is developed in: the project's own, and those of packages beside it.
    DEV_FOLDERS: Vec<String> = "dev-folders", PROJECT, ["project"];
    /// Those folders of the context that are installed as packages.
    EDITABLE: Vec<String> = "editable", PROJECT, ["install-project"];
    /// Archives of the context that are installed as packages.
    ARCHIVES: Vec<String> = "archives", PROJECT, [];
    /// Distributions that a rule would take and the project requires.
    REQUIRED: Vec<String> = "required", PROJECT, [];
    /// What is installed, reduced to what changes that, as files by name and text.
    LOCK_FILES: Pairs = "lock-files", PROJECT, ["extras", "groups", "only-groups"];
    /// The index that has CPU builds of PyTorch; filled only where the spec has an index named `torch`, so it needs a default.
    TORCH_INDEX: String = "torch-index", PROJECT, [];
    /// The folder of the context that uv's lock stands in.
    LOCK_FOLDER: String = "lock-folder", UV, [];
    /// Where it stands while its packages are installed, so that its paths lead where they do in the context.
    LOCK_PLACE: String = "lock-place", UV, [];
    /// The member of the workspace that is installed.
    LOCK_PACKAGE: String = "lock-package", UV, [];
    /// Extras to install.
    EXTRAS: Vec<String> = "extras", UV, ["extras"];
    /// Dependency groups to install as well.
    GROUPS: Vec<String> = "groups", UV, ["groups"];
    /// Dependency groups to install instead.
    ONLY_GROUPS: Vec<String> = "only-groups", UV, ["only-groups"];
    /// Locked packages that are not installed, because another step does.
    WITHOUT: Vec<String> = "without", UV, [];
    /// CPU builds of PyTorch to install, as name==version.
    TORCH: Vec<String> = "torch", PROJECT, [];
    /// Those requirement files that have hashes, as name and index.
    HASHED: Pairs = "hashed", FILES, [];
    /// Those requirement files that have none, as name and index.
    PLAIN: Pairs = "plain", FILES, [];
    /// Folders of the context with files of packages, which a requirement file names.
    WHEEL_FOLDERS: Vec<String> = "wheel-folders", FILES, [];
    /// Whether they name every package, so that nothing is to be resolved.
    COMPLETE: bool = "complete", FILES, [];
}
