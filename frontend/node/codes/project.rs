//! What can be wrong with a Node project's own files: its folder, its lock, its Node, its command.

use crate::diag::codes::codes;

codes! {
    /// There is no project of Node to build.
    ///
    /// Why: everything else follows from `package.json`.
    ///
    /// Mend: run the build in the project's folder, or say which folder it is. See that `.dockerignore` does not leave the file out.
    ///
    /// ```yaml
    /// project: apps/server
    /// ```
    NO_NODE_PROJECT = "no-node-project", Error, "0.1.0";

    /// Nothing says which versions to install.
    ///
    /// Why: without a lock each build installs what is newest at that moment, and no two images are the same.
    ///
    /// Mend: run the manager's install, and commit the lock that it writes. See that `.dockerignore` does not leave it out.
    ///
    /// ```console
    /// $ npm install
    /// ```
    NO_NODE_LOCK = "no-node-lock", Error, "0.1.0";

    /// The project has locks of two managers.
    ///
    /// Why: they differ sooner or later, and the image has what only one of them says.
    ///
    /// Mend: remove the one that is not in use, or say which counts.
    ///
    /// ```yaml
    /// manager: npm
    /// ```
    TWO_NODE_LOCKS = "two-node-locks", Error, "0.1.0";

    /// The project's manager is one that distil does not install with.
    ///
    /// Why: each manager has a lock of its own, and another one that reads it installs something else.
    ///
    /// Mend: lock with one that the message names.
    ///
    /// ```console
    /// $ npm install
    /// ```
    MANAGER_NOT_KNOWN = "manager-not-known", Error, "0.1.0";

    /// A version of Node cannot be read, or is one that there are no images of.
    ///
    /// Why: the version picks the image that is built in.
    ///
    /// Mend: write its number.
    ///
    /// ```yaml
    /// node: lts    # node: "24"
    /// ```
    BAD_NODE = "bad-node", Error, "0.1.0";

    /// The Node that is asked for is not one that the project allows, or two files ask for another one.
    ///
    /// Why: the project says that it does not run there.
    ///
    /// Mend: change one of the two.
    ///
    /// ```yaml
    /// node: "22"    # with `"engines": { "node": ">=24" }`: node: "24"
    /// ```
    NODE_MISMATCH = "node-mismatch", Error, "0.1.0";

    /// The Node that the service runs on gets no security fixes any more.
    ///
    /// Why: holes that are found in it stay open.
    ///
    /// Mend: take a newer one that the project allows, or allow one.
    ///
    /// ```yaml
    /// node: "20"    # node: "24"
    /// ```
    NODE_END_OF_LIFE = "node-end-of-life", Warning, "0.1.0";

    /// A package has an install script, and nothing says whether it may run.
    ///
    /// Why: install scripts run code of strangers, so none runs that is not named; and a package whose script compiles or fetches native
    /// code has none of it without.
    ///
    /// Mend: name it in the spec or under `allowScripts` in `package.json`; where the package works without, say `false` there.
    ///
    /// ```yaml
    /// scripts: [better-sqlite3]
    /// ```
    SCRIPT_NOT_RUN = "script-not-run", Warning, "0.1.0";
}
