//! The keys of a spec that are Python's. They are keys of the one language of specs, beside those of every service; `ecosystem`
//! puts them there.

mod check;
mod image;
mod requirements;

pub(crate) use check::check;
pub use image::{Bytecode, CheckKeys, PruneKeys};
pub use requirements::{Requirement, Requirements};

use crate::names::Word;
use crate::yaml::{At, keys, over, words};

use super::version::PythonVersion;

words! {
    /// Whose lock is installed.
    Manager {
        /// `uv.lock`.
        Uv = "uv",
        /// `poetry.lock`.
        Poetry = "poetry",
        /// `pylock.toml` or `requirements.txt`.
        Pip = "pip",
    }
}

words! {
    /// Which build of PyTorch.
    Torch {
        /// The CPU build of the locked version.
        Cpu = "cpu",
        /// What the lock says, and no warning about it.
        Cuda = "cuda",
        /// What the lock says.
        Default = "default",
    }
}

keys! {
    /// What a spec says of a Python service.
    pub struct Keys as "a spec" {
        /// The Python version, as `"3.13"` or with a patch release.
        /// Default: the one in the tag of `base: { builder: python:… }`, else `.python-version`, else what `requires-python` allows:
        /// the newest up to 3.13 that every locked package with wheels has one for.
        python: Option<At<PythonVersion>> = "python", "\"3.13\"";
        /// What pip installs, where that is more than a `requirements.txt` beside the project: a file or several in their order, in any
        /// folder, with what they include by `-r` and `-c`; and packages beside them. Every version has to be
        /// pinned; `distil lock` pins what is not. It wins over every lock file.
        requirements: Option<At<Requirements>> = "requirements", "[requirements/prod.txt, {packages: [gunicorn==23.0.0]}]";
        /// `false` for a service that is copied and never installed: nothing of the project is built, whatever build system it names.
        /// What ships is then what `copy` says, or the packages and modules at the top of its folder. Default: `true`.
        install_project: Option<At<bool>> = "install-project", "false";
        /// The version of uv that installs. Default: the one that the recipe names.
        uv: Option<At<Word>> = "uv", "\"0.13.8\"";
        /// The version of Poetry that the team uses, for a project that Poetry locks. Poetry itself never runs: a lock that another
        /// version wrote is a warning.
        poetry: Option<At<Word>> = "poetry", "\"2.5\"";
        /// Which build of PyTorch: `cpu` installs the CPU build of the locked version and leaves CUDA's packages out,
        /// `default` what the lock says.
        torch: Option<At<Torch>> = "torch", "cpu";
        /// Extras of the project to install.
        extras: Option<Vec<At<Word>>> = "extras", "[ml]";
        /// Dependency groups to install beside the project's dependencies.
        groups: Option<Vec<At<Word>>> = "groups", "[worker]";
        /// Dependency groups to install in the place of the project and its dependencies.
        only_groups: Option<Vec<At<Word>>> = "only-groups", "[worker]";
    }
}

over! {
    /// What an edition says otherwise of a Python service.
    pub struct EditionKeys over Keys as "an edition" {
        /// Extras of the project, in the place of the spec's.
        extras: Option<Vec<At<Word>>> = "extras", "[ml, science]";
        /// Dependency groups, in the place of the spec's.
        groups: Option<Vec<At<Word>>> = "groups", "[worker]";
        /// What pip installs, in the place of the spec's.
        requirements: Option<At<Requirements>> = "requirements", "requirements/full.txt";
        /// Which build of PyTorch.
        torch: Option<At<Torch>> = "torch", "cpu";
    }
}
