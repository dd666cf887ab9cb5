//! What can be wrong with locks of npm, pnpm, yarn and bun.

use crate::diag::codes::codes;

codes! {
    /// A lock is of a version that distil does not read.
    ///
    /// Why: a format that is half understood installs half of what it says.
    ///
    /// Mend: write the lock anew with the version of its tool that the message names, or use a newer frontend image.
    ///
    /// ```console
    /// $ npm install --package-lock-only --lockfile-version 3
    /// ```
    NODE_LOCK_VERSION = "node-lock-version", Error, "0.1.0";

    /// A lock has an entry that cannot be read: its name, its version or where it comes from is missing or of another form.
    ///
    /// Why: it would be left out of the image without a word.
    ///
    /// Mend: write the lock anew with its tool. Locks are not meant to be edited, and merges break them.
    ///
    /// ```console
    /// $ npm install --package-lock-only
    /// ```
    BROKEN_NODE_LOCK = "broken-node-lock", Error, "0.1.0";

    /// A locked package needs another one that the lock does not hold.
    ///
    /// Why: the image would lack it, and fail where it is asked for.
    ///
    /// Mend: write the lock anew with its tool. A merge that took some lines and not others leaves such holes.
    ///
    /// ```console
    /// $ npm install --package-lock-only
    /// ```
    NODE_LOCK_HOLE = "node-lock-hole", Error, "0.1.0";

    /// The lock was not made from what a `package.json` says now.
    ///
    /// Why: the image would be built of what the project needed before the last change, and the manager refuses it.
    ///
    /// Mend: run the manager's install, and commit the lock together with `package.json`.
    ///
    /// ```console
    /// $ npm install
    /// ```
    NODE_LOCK_STALE = "node-lock-stale", Error, "0.1.0";

    /// A folder is no member of the workspace that the lock is of.
    ///
    /// Why: the lock says nothing of what is to be installed for it.
    ///
    /// Mend: name the folder of a member under `project`, or add it to the workspace and run the manager's install.
    ///
    /// ```yaml
    /// project: apps/server
    /// ```
    NO_SUCH_MEMBER = "no-such-member", Error, "0.1.0";

    /// A lock links a folder that does not lie beside it or below.
    ///
    /// Why: the build sees its context and nothing else.
    ///
    /// Mend: move the folder into the workspace, or build from a context that holds both.
    ///
    /// ```json
    /// { "dependencies": { "shared": "file:../shared" } }
    /// ```
    LINK_OUTSIDE = "link-outside", Error, "0.1.0";

    /// A package that is needed does not run on the platform that the image is for.
    ///
    /// Why: npm refuses to install it; other managers install what then fails.
    ///
    /// Mend: make it optional if the service can do without, or take one that runs there.
    ///
    /// ```json
    /// { "optionalDependencies": { "fsevents": "^2.3.3" } }
    /// ```
    NOT_FOR_PLATFORM = "not-for-platform", Error, "0.1.0";
}
