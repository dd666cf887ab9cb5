//! What steps of a build say of the image of a Python service.

use crate::diag::codes::codes;

codes! {
    /// A package is built from source, and what that takes is not in the builder.
    ///
    /// Why: it has no wheel for this Python and platform, and compilers and headers are only there where they are asked for.
    ///
    /// Mend: add the Debian packages that the message names. They stay in the builder and do not ship.
    ///
    /// ```yaml
    /// apt: { build: [gcc, libc6-dev, libpq-dev] }
    /// ```
    MISSING_BUILD_TOOL = "missing-build-tool", Error, "0.1.0";

    /// Packages cannot be installed, for a reason that the installer told: a server that is not reached or does not let the build in, a
    /// certificate, a hash, a platform, a disk without room.
    ///
    /// Why: without its packages there is no service.
    ///
    /// Mend: as the message says; it names the server or the package.
    ///
    /// ```console
    /// $ docker buildx build --secret id=ca,src=/etc/ssl/certs/ca-certificates.crt …
    /// ```
    FAILED_INSTALL = "failed-install", Error, "0.1.0";

    /// The project names a build system, and cannot be built.
    ///
    /// Why: the reason is what that build system said above.
    ///
    /// Mend: see to that; or, where the service is only copied and never installed, say so.
    ///
    /// ```yaml
    /// install-project: false
    /// copy: [shop]
    /// ```
    UNBUILDABLE_PROJECT = "unbuildable-project", Error, "0.1.0";

    /// What was installed is not what the package lists.
    ///
    /// Why: a cache or a mirror handed out something else than was published. It is installed anew once, past the cache; if
    /// it still differs, the build ends.
    ///
    /// Mend: see who may write to the cache or the mirror, and build with `--no-cache`.
    ///
    /// ```console
    /// $ docker buildx build --no-cache …
    /// ```
    ALTERED_PACKAGE = "altered-package", Error, "0.1.0";

    /// A module imports in the builder and not in the image.
    ///
    /// Why: something that it needs did not come along: a file that a rule left out, a library, a program of the system.
    ///
    /// Mend: do what the message says. It names the rule that left the file out and how to turn it off, or the Debian package
    /// that has it.
    ///
    /// ```yaml
    /// prune: { rules: { tests: false } }
    /// ```
    BROKEN_IMPORT = "broken-import", Error, "0.1.0";

    /// The command names a module that is not in the image, or a name that the module does not have.
    ///
    /// Why: the service would end as soon as it is started.
    ///
    /// Mend: correct the name in the command, or ship the module: `copy` brings files along, and an installed project brings
    /// its packages.
    ///
    /// ```yaml
    /// command: [uvicorn, "shop.api:appp"]    # shop.api:app
    /// ```
    NO_SUCH_MODULE = "no-such-module", Error, "0.1.0";

    /// What the command loads raises when it is imported, and no setting can change that.
    ///
    /// Why: the service would end as soon as it is started.
    ///
    /// Mend: most often a module or a file is missing: the message says which, and what brings it along.
    ///
    /// ```toml
    /// dependencies = ["uvicorn"]    # and what the service imports beside it
    /// ```
    BROKEN_START = "broken-start", Error, "0.1.0";

    /// A file of bytecode is broken, or was made of another source than the one beside it.
    ///
    /// Why: Python believes bytecode without a look at the source, so what runs would not be what ships.
    ///
    /// Mend: leave it out where a step or a package brings it along, or build once more with `--no-cache`.
    ///
    /// ```yaml
    /// prune: { bytecode: none }
    /// ```
    BROKEN_BYTECODE = "broken-bytecode", Error, "0.1.0";

    /// Something of an image for another platform is compiled for the wrong machine.
    ///
    /// Why: it would not load there. The packages were installed by programs of the engine's own platform, and something compiled for that one.
    ///
    /// Mend: build the image by programs of its own platform.
    ///
    /// ```yaml
    /// emulate: true
    /// ```
    OTHER_MACHINE = "other-machine", Error, "0.1.0";

    /// The installer pip is in the image.
    ///
    /// Why: a running service has no use for an installer, and whoever breaks into it has.
    ///
    /// Mend: leave it out; `prune: { rules: { installers: true } }` does. A package that imports pip has to be installed
    /// without it.
    ///
    /// ```yaml
    /// prune: { rules: { installers: true } }
    /// ```
    PIP = "pip", Error, "0.1.0";
}
