//! What can be wrong with locks: those of uv and Poetry, and requirement files.

use crate::diag::codes::codes;

codes! {
    /// Nothing says which versions to install.
    ///
    /// Why: without a lock each build installs what is newest at that moment, and no two images are the same.
    ///
    /// Mend: run `uv lock` or `poetry lock` and commit the file, or name requirement files under `requirements`. See that
    /// `.dockerignore` does not leave it out.
    ///
    /// ```console
    /// $ uv lock
    /// ```
    NO_LOCK = "no-lock", Error, "0.1.0";

    /// The project has two locks.
    ///
    /// Why: they differ sooner or later, and the image has what only one of them says.
    ///
    /// Mend: remove the one that is not in use, or say which counts.
    ///
    /// ```yaml
    /// manager: uv
    /// ```
    TWO_LOCKS = "two-locks", Error, "0.1.0";

    /// The lock is of a version that distil does not know.
    ///
    /// Why: a format that is half understood installs half of what it says.
    ///
    /// Mend: use a newer frontend image, or write the lock with the version of the tool that the message names.
    ///
    /// ```toml
    /// version = 2    # version = 1
    /// ```
    LOCK_VERSION = "lock-version", Error, "0.1.0";

    /// The lock has a package that cannot be read: without a name, a version, or a source of a known kind.
    ///
    /// Why: it would be left out of the image without a word.
    ///
    /// Mend: write the lock anew with its tool. Locks are not meant to be edited, and merges break them.
    ///
    /// ```toml
    /// [[package]]
    /// version = "1.0"    # and no name
    /// ```
    UNREADABLE_PACKAGE = "unreadable-package", Error, "0.1.0";

    /// A locked package needs another one that the lock does not hold.
    ///
    /// Why: the image would lack it, and fail at the first import.
    ///
    /// Mend: write the lock anew with its tool. A merge that took some lines and not others leaves such holes.
    ///
    /// ```console
    /// $ uv lock
    /// ```
    MISSING_PACKAGE = "missing-package", Error, "0.1.0";

    /// The marker of a locked package cannot be read.
    ///
    /// Why: it says where the package is installed.
    ///
    /// Mend: write the lock anew with its tool.
    ///
    /// ```toml
    /// markers = "python_version >= 3"    # markers = "python_version >= '3'"
    /// ```
    BAD_MARKER = "bad-marker", Error, "0.1.0";

    /// The lock was not made from what `pyproject.toml` says now.
    ///
    /// Why: the image would be built of what the project needed before the last change.
    ///
    /// Mend: run `uv lock` or `poetry lock`, and commit the file.
    ///
    /// ```console
    /// $ uv lock
    /// ```
    STALE_LOCK = "stale-lock", Error, "0.1.0";

    /// Whether the lock is up to date cannot be told.
    ///
    /// Why: Poetry hashes numbers as its version of Python writes them, and a number with a fraction can be written in more
    /// than one way.
    ///
    /// Mend: run `poetry check --lock`. Text in the place of the number settles it.
    ///
    /// ```toml
    /// line-length = 99.5    # line-length = "99.5"
    /// ```
    UNKNOWN_FRESHNESS = "unknown-freshness", Warning, "0.1.0";

    /// The project is not in the lock.
    ///
    /// Why: a lock of another project says nothing about what this one needs.
    ///
    /// Mend: if the project is new or was renamed, lock again; else say which of the lock's projects is meant, under
    /// `project`.
    ///
    /// ```console
    /// $ uv lock
    /// ```
    NOT_IN_LOCK = "not-in-lock", Error, "0.1.0";

    /// The spec asks for an extra that the project does not have.
    ///
    /// Why: the packages that it was to bring would not be there.
    ///
    /// Mend: take one of those that the message lists. If `pyproject.toml` has it, lock again.
    ///
    /// ```yaml
    /// extras: [machine-learning]    # extras: [ml]
    /// ```
    NO_SUCH_EXTRA = "no-such-extra", Error, "0.1.0";

    /// The spec asks for a dependency group that the project does not have.
    ///
    /// Why: the packages that it was to bring would not be there.
    ///
    /// Mend: take one of those that the message lists. If `pyproject.toml` has it, lock again.
    ///
    /// ```yaml
    /// groups: [wokers]    # groups: [workers]
    /// ```
    NO_SUCH_GROUP = "no-such-group", Error, "0.1.0";

    /// The spec asks for extras or groups that the project declares to conflict.
    ///
    /// Why: the lock has versions for either, and none for both.
    ///
    /// Mend: select one, and make an edition of each.
    ///
    /// ```yaml
    /// extras: [cpu, gpu]
    /// # editions: { cpu: { extras: [cpu] }, gpu: { extras: [gpu] } }
    /// ```
    CONFLICTING_EXTRAS = "conflicting-extras", Error, "0.1.0";

    /// Whether a locked package is installed hangs on the kernel of the machine that builds.
    ///
    /// Why: two machines would build different images of one commit. The package is installed on all of them.
    ///
    /// Mend: nothing, if that is right; else lock without the marker.
    ///
    /// ```toml
    /// markers = "platform_release >= '6'"
    /// ```
    KERNEL_MARKER = "kernel-marker", Warning, "0.1.0";

    /// A requirement has no exact version.
    ///
    /// Why: what is installed would be another thing in each build.
    ///
    /// Mend: let a tool pin everything: `distil lock`, or the command that the message shows.
    ///
    /// ```text
    /// werkzeug>=3    # werkzeug==3.1.3
    /// ```
    NOT_PINNED = "not-pinned", Error, "0.1.0";

    /// A requirement file pins packages, and nothing says that it pins what they need as well.
    ///
    /// Why: what is not in the file is resolved while the image is built, so it may change from build to build.
    ///
    /// Mend: let a tool write all of it, as the message shows, and name that file in the spec. Files that `uv pip compile`,
    /// `pip-compile` or `distil lock` wrote are known to be complete.
    ///
    /// ```yaml
    /// requirements: requirements.txt    # requirements: requirements.lock
    /// ```
    NOT_COMPLETE = "not-complete", Warning, "0.1.0";

    /// A package is pinned to two versions.
    ///
    /// Why: only one can be installed.
    ///
    /// Mend: keep one of the two lines.
    ///
    /// ```text
    /// idna==3.7
    /// idna==3.10    # keep one
    /// ```
    TWO_VERSIONS = "two-versions", Error, "0.1.0";

    /// An item of `requirements`, or a line of a requirement file, names neither a package nor a file.
    ///
    /// Why: a line that is passed over is a package that is not there.
    ///
    /// Mend: write `name==version`, a path such as `./libs/common`, or `name @ https://…`. In the spec files are named one by
    /// one, and packages stand under `packages`.
    ///
    /// ```yaml
    /// requirements: [gunicorn==23.0.0]    # requirements: [{ packages: ["gunicorn==23.0.0"] }]
    /// ```
    BAD_REQUIREMENT = "bad-requirement", Error, "0.1.0";

    /// A requirement has no hash where others have one.
    ///
    /// Why: with hashes nobody can put another file in a package's place, and pip and uv take them all or none. So none is
    /// checked.
    ///
    /// Mend: let a tool write all of them, as the message shows.
    ///
    /// ```text
    /// werkzeug==3.1.3    # werkzeug==3.1.3 --hash=sha256:…
    /// ```
    MISSING_HASH = "missing-hash", Warning, "0.1.0";

    /// A hash in a requirement file belongs to no package.
    ///
    /// Why: a comment or a line end came in between, pip drops the hash, and the package is not checked.
    ///
    /// Mend: end the package's line with a backslash, and put no comment between.
    ///
    /// ```text
    /// idna==3.10
    ///     --hash=sha256:…    # idna==3.10 --hash=sha256:…
    /// ```
    STRAY_HASH = "stray-hash", Warning, "0.1.0";

    /// A requirement names a branch or a tag, and not a commit.
    ///
    /// Why: both can be moved, so the same lock may install something else tomorrow.
    ///
    /// Mend: write the commit's 40 digits behind the `@`.
    ///
    /// ```text
    /// tools @ git+https://github.com/example/tools@main    # …/tools@1f0c…
    /// ```
    MOVING_REFERENCE = "moving-reference", Warning, "0.1.0";

    /// Groups or extras are asked for where the lock knows none.
    ///
    /// Why: requirement files list what is installed, and nothing to choose from.
    ///
    /// Mend: lock with uv or Poetry to choose, or write a file for each edition.
    ///
    /// ```yaml
    /// extras: [web]    # editions: { web: { requirements: web.lock } }
    /// ```
    NO_GROUPS = "no-groups", Error, "0.1.0";

    /// The spec names another Poetry than the one that wrote the lock.
    ///
    /// Why: a version of Poetry may read what another wrote in its own way.
    ///
    /// Mend: write the lock with that version, or change the spec.
    ///
    /// ```yaml
    /// poetry: "1.8"    # poetry: "2.1"
    /// ```
    OTHER_POETRY = "other-poetry", Warning, "0.1.0";

    /// `torch: cpu` is asked for where requirement files leave open whether there is a PyTorch, and which.
    ///
    /// Why: its CPU build is installed before the other packages, and that needs its version; left to be resolved, it would be CUDA's.
    ///
    /// Mend: pin it in the file, or let a tool write a file of everything, such as `uv pip compile`.
    ///
    /// ```yaml
    /// torch: cpu    # torch==2.9.1 in requirements.txt
    /// ```
    TORCH_NOT_PINNED = "torch-not-pinned", Error, "0.1.0";

    /// The lock installs PyTorch for CUDA.
    ///
    /// Why: the packages that only a GPU has use for are some gigabytes.
    ///
    /// Mend: add `torch: cpu`; where the service runs on a GPU, `torch: cuda` says so.
    ///
    /// ```yaml
    /// torch: cpu
    /// ```
    CUDA_IN_LOCK = "cuda-in-lock", Warning, "0.1.0";

    /// A dependency comes over ssh, and the spec hands in no agent.
    ///
    /// Why: the step that installs would wait for a key, and fail.
    ///
    /// Mend: add `ssh`, and build with `--ssh default`.
    ///
    /// ```yaml
    /// ssh: {}
    /// ```
    SSH_NEEDED = "ssh-needed", Error, "0.1.0";

    /// Locked packages have no wheel for Alpine's C library.
    ///
    /// Why: they would be built from source on Alpine, for which few packages are made, or fail to start.
    ///
    /// Mend: take a runtime with Debian's C library.
    ///
    /// ```yaml
    /// runtime: alpine    # runtime: distroless
    /// ```
    NO_MUSL_WHEELS = "no-musl-wheels", Error, "0.1.0";
}
