//! What can be wrong with a Python project's own files: its folder, its Python, what of it ships.

use crate::diag::codes::codes;

codes! {
    /// There is no project to build, or more than one could be meant.
    ///
    /// Why: everything else follows from `pyproject.toml`.
    ///
    /// Mend: run the build in the project's folder, or say which folder it is, as `project: services/api`. See that
    /// `.dockerignore` does not leave the file out.
    ///
    /// ```yaml
    /// project: services/api
    /// ```
    NO_PROJECT = "no-project", Error, "0.1.0";

    /// The project's version comes from git, whose folder is no part of the build.
    ///
    /// Why: with `.git` in the build every commit would build everything anew, and the history would be at hand in each step.
    /// Without it the tool finds no version, and fails or makes one up.
    ///
    /// Mend: say the version, with the variable of your tool.
    ///
    /// ```yaml
    /// build-env: { SETUPTOOLS_SCM_PRETEND_VERSION: "1.0" }
    /// ```
    VERSION_FROM_GIT = "version-from-git", Warning, "0.1.0";

    /// Nothing says which Python to use.
    ///
    /// Why: another version may mean other packages, and the newest is not always one that they run on.
    ///
    /// Mend: add `python` to the spec, or `requires-python` to `pyproject.toml`.
    ///
    /// ```yaml
    /// python: "3.13"
    /// ```
    NO_PYTHON = "no-python", Error, "0.1.0";

    /// A Python version cannot be read, or is one that there are no images of.
    ///
    /// Why: the version picks the image that is built on.
    ///
    /// Mend: write it with two or three numbers, in quotes: YAML reads 3.10 as 3.1.
    ///
    /// ```yaml
    /// python: 3.10    # python: "3.10"
    /// ```
    BAD_PYTHON = "bad-python", Error, "0.1.0";

    /// The Python that is asked for is not one that the project allows.
    ///
    /// Why: the project says that it does not run there, and its lock may have no packages for it.
    ///
    /// Mend: change one of the two.
    ///
    /// ```yaml
    /// python: "3.10"    # with `requires-python = ">=3.11"`: python: "3.13"
    /// ```
    PYTHON_MISMATCH = "python-mismatch", Error, "0.1.0";

    /// What the project says of its Python cannot be read.
    ///
    /// Why: the version is chosen by it. Where the spec names one, that is taken, and this is no more than a warning.
    ///
    /// Mend: write a range such as `>=3.11,<4`.
    ///
    /// ```toml
    /// requires-python = "3.11"    # requires-python = ">=3.11"
    /// ```
    UNREAD_PYTHON = "unread-python", Error, "0.1.0";

    /// Locked packages have no wheel for the chosen Python, and are built from source.
    ///
    /// Why: a build from source takes minutes, and needs compilers and headers that the builder may not have.
    ///
    /// Mend: take the Python that the message names, or add what the build needs under `apt: { build: […] }`.
    ///
    /// ```yaml
    /// python: "3.14"    # python: "3.13"
    /// ```
    NO_WHEELS = "no-wheels", Warning, "0.1.0";

    /// The spec says that the project is installed, and it cannot be.
    ///
    /// Why: without a `[build-system]` nothing says how to build it; and `only-groups` leaves the project out.
    ///
    /// Mend: add a `[build-system]` to `pyproject.toml`, or leave the key out: modules that are not installed are copied.
    ///
    /// ```yaml
    /// install-project: true    # leave it out
    /// ```
    NO_BUILD_SYSTEM = "no-build-system", Error, "0.1.0";

    /// None of the project's own code is in the image.
    ///
    /// Why: it is neither installed nor copied, so the image has its packages and no service.
    ///
    /// Mend: name what ships under `copy`.
    ///
    /// ```yaml
    /// install-project: false
    /// copy: [shop]
    /// ```
    NOTHING_SHIPS = "nothing-ships", Warning, "0.1.0";

    /// A tool for tests or for the code's form is among the dependencies that ship.
    ///
    /// Why: it and what it needs is weight, and code that an attacker finds in the image.
    ///
    /// Mend: move it to a dependency group. Groups ship where the spec names them.
    ///
    /// ```console
    /// $ uv remove pytest && uv add --dev pytest
    /// ```
    TEST_TOOL_SHIPS = "test-tool-ships", Warning, "0.1.0";

    /// The project asks for two HTTP clients.
    ///
    /// Why: each brings what it needs, and pools, proxies and certificates are set up twice, most often in two ways.
    ///
    /// Mend: keep one. Where both are needed, `lint` in the spec says why.
    ///
    /// ```toml
    /// dependencies = ["httpx>=0.28", "requests>=2.32"]    # dependencies = ["httpx>=0.28"]
    /// ```
    TWO_HTTP_CLIENTS = "two-http-clients", Warning, "0.1.0";

    /// The series of Python that the service runs on gets no security fixes any more.
    ///
    /// Why: holes that are found in it stay open.
    ///
    /// Mend: take a newer one that the project allows, or allow one.
    ///
    /// ```yaml
    /// python: "3.10"    # python: "3.13"
    /// ```
    PYTHON_END_OF_LIFE = "python-end-of-life", Warning, "0.1.0";
}
