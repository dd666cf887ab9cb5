//! What can be wrong with an image of a Node service.

use crate::diag::codes::codes;

codes! {
    /// A package that loaded before anything was left out does not load in the image.
    ///
    /// Why: the service would fail where it asks for it, at its start or at some request.
    ///
    /// Mend: see what it misses. A file that a rule left out stays by `prune: { keep: [...] }`; a library comes by `apt: { runtime: [...] }`.
    ///
    /// ```yaml
    /// prune: { keep: ["swagger/fixtures/"] }
    /// ```
    PACKAGE_DOES_NOT_LOAD = "package-does-not-load", Error, "0.1.0";

    /// Native code of a package cannot be loaded by the image's Node.
    ///
    /// Why: most packages load it when it is first used, so the service starts well and fails at a request. It is built for another version
    /// of Node, for another C library, or needs a library that is not there.
    ///
    /// Mend: let its install script build it for this Node, with `apt: { build: [python3, make, g++] }` where it compiles, or take a release of
    /// the package that has it for this version.
    ///
    /// ```yaml
    /// scripts: [better-sqlite3]
    /// ```
    ADDON_DOES_NOT_LOAD = "addon-does-not-load", Error, "0.1.0";

    /// The file that the command runs is not in the image.
    ///
    /// Why: the service would end as soon as it is started.
    ///
    /// Mend: correct the command; build the file with `build`, or name it under `copy`.
    ///
    /// ```yaml
    /// command: [node, dist/main.js]
    /// ```
    NO_ENTRY = "no-entry", Error, "0.1.0";

    /// A manager of packages is in the image.
    ///
    /// Why: a running service has no use for one, and whoever breaks in has.
    ///
    /// Mend: take a runtime or a base image without.
    ///
    /// ```yaml
    /// runtime: distroless
    /// ```
    MANAGER_IN_IMAGE = "manager-in-image", Error, "0.1.0";
}
