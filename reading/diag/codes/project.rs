//! What can be wrong with the project's own files, whatever it is written in.

use super::codes;

codes! {
    /// A file or folder that something names is not there.
    ///
    /// Why: the build would end at the step that reads it, or go on without what it says.
    ///
    /// Mend: correct the path, add the file, and see that `.dockerignore` does not leave it out.
    ///
    /// ```yaml
    /// requirements: requirements/prd.txt    # requirements: requirements/prod.txt
    /// ```
    NO_FILE = "no-file", Error, "0.1.0";

    /// The spec copies a file or folder that the build does not get.
    ///
    /// Why: the engine would end at the copy, without the line that asks for it and without a word of what leaves it out.
    ///
    /// Mend: correct the path, which counts from the folder that the build is given; or take back what `.dockerignore` leaves out,
    /// with `!` before its name.
    ///
    /// ```yaml
    /// copy: [templats]    # copy: [templates]
    /// ```
    NOT_IN_CONTEXT = "not-in-context", Error, "0.1.0";

    /// A path leads to where the build sees no files: out of the context, or to one machine's own folders.
    ///
    /// Why: a build gets the files of its context, and nothing else.
    ///
    /// Mend: build from a folder further up, as `docker buildx build -f api/distil.yaml .`; paths in the spec then count from
    /// there. Paths that only one machine has are written relative to the project.
    ///
    /// ```text
    /// -e /home/me/libs/common    # -e ./libs/common
    /// ```
    OUTSIDE_CONTEXT = "outside-context", Error, "0.1.0";

    /// The builder and the runtime are of different Debian releases.
    ///
    /// Why: what is built against one C library may not start on an older one.
    ///
    /// Mend: take both from one release.
    ///
    /// ```yaml
    /// base:
    ///   builder: python:3.13-slim-bookworm    # python:3.13-slim-trixie
    ///   runtime: gcr.io/distroless/cc-debian13:nonroot
    /// ```
    DEBIAN_MISMATCH = "debian-mismatch", Error, "0.1.0";

    /// The project has locks of two kinds of services.
    ///
    /// Why: what is installed and how it runs follows from the one that is meant, and nothing says which.
    ///
    /// Mend: say whose lock counts, or name the folder of the service where each has its own.
    ///
    /// ```yaml
    /// manager: npm    # beside uv.lock
    /// ```
    TWO_ECOSYSTEMS = "two-ecosystems", Error, "0.1.0";
}
