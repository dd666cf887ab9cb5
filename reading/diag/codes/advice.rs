//! Advice on what builds. `lint` in the spec says which is left unsaid, and which stops the build.

use super::codes;

codes! {
    /// A folder that is copied comes to lie in a folder of the same name.
    ///
    /// Why: `copy` keeps the paths of the project. Where the working directory ends in the folder's name already, the service
    /// looks for its files one folder up.
    ///
    /// Mend: say where the content goes: `{ src: . }` puts it into the working directory itself.
    ///
    /// ```yaml
    /// workdir: /app/src
    /// copy: [src]    # copy: [{ src: . }]
    /// ```
    COPIED_BELOW = "copied-below", Warning, "0.1.0";

    /// What is built is an image to develop in.
    ///
    /// Why: it has the development groups, tools and a shell, runs as root, and nothing proves it. It is not what ships.
    ///
    /// Mend: push the edition itself. The label `distil.target` of such an image is `EDITION/dev`, by which a registry or a cluster can refuse
    /// it.
    ///
    /// ```console
    /// $ docker buildx build --target default --push …    # not --target default/dev
    /// ```
    DEV_IMAGE = "dev-image", Warning, "0.1.0";

    /// An arg is declared, and no value of the spec uses it.
    ///
    /// Why: what a build gives it changes nothing.
    ///
    /// Mend: name it in a value of `env`, `labels`, `build-env` or `options`, or leave it out.
    ///
    /// ```yaml
    /// args: { version: dev }
    /// env: { APP_VERSION: "${version}" }
    /// ```
    UNUSED_ARG = "unused-arg", Warning, "0.1.0";

    /// Something looks like a use of an arg, and stays as it is.
    ///
    /// Why: only the names of declared args are replaced, in the values of `env`, `labels`, `build-env` and `options`, and written as
    /// `${NAME}` with nothing after the name. All else may be meant for a shell.
    ///
    /// Mend: take a name that is declared. `$${NAME}` is `${NAME}` as it stands.
    ///
    /// ```yaml
    /// args: { version: dev }
    /// env: { APP_VERSION: "${versoin}" }    # "${version}"
    /// ```
    ARG_NOT_REPLACED = "arg-not-replaced", Warning, "0.1.0";

    /// The service runs as root.
    ///
    /// Why: whoever takes over the service can change everything in the container, and is root on the host where a hole in the
    /// kernel or a mounted folder lets out.
    ///
    /// Mend: leave the key out, which is user 65532. Folders that the service writes to are `volumes`; a port below 1024 needs no
    /// root in a container.
    ///
    /// ```yaml
    /// user: root    # user: nonroot
    /// ```
    ROOT_USER = "root-user", Warning, "0.1.0";

    /// A shell runs the service and stays while it runs.
    ///
    /// Why: the signal to stop goes to the shell, which passes it on to nobody. The engine kills the container after ten seconds, and
    /// requests under way are lost.
    ///
    /// Mend: name the program as a list of words, and what runs before it under `before-start`. A shell that has to be ends with
    /// `exec`.
    ///
    /// ```yaml
    /// command: [sh, -c, "alembic upgrade head && uvicorn shop:app"]    # before-start: [[alembic, upgrade, head]]
    /// ```
    SHELL_COMMAND = "shell-command", Warning, "0.1.0";

    /// The health check asks at a port that the spec does not expose.
    ///
    /// Why: one of the two is most often a leftover, and a check at a port where nobody listens has a good service restarted for ever.
    ///
    /// Mend: make the two agree.
    ///
    /// ```yaml
    /// expose: [8000]
    /// healthcheck: { http: ":8080/healthz" }    # healthcheck: { http: ":8000/healthz" }
    /// ```
    HEALTH_PORT = "health-port", Warning, "0.1.0";

    /// An image is named without a tag, or with `latest`.
    ///
    /// Why: it is whatever was published last, so that the same commit gives another service tomorrow.
    ///
    /// Mend: name a version, and for a release its digest.
    ///
    /// ```yaml
    /// base: { builder: "registry.example.org/python:latest" }    # base: { builder: "registry.example.org/python:3.13-trixie" }
    /// ```
    LATEST_IMAGE = "latest-image", Warning, "0.1.0";

    /// An image is of a release of Debian that gets no security updates any more, long-term support included.
    ///
    /// Why: holes that are found in its libraries stay open.
    ///
    /// Mend: take the image of a newer release, such as `trixie`.
    ///
    /// ```yaml
    /// base: { builder: "python:3.11-slim-bullseye" }    # base: { builder: "python:3.11-slim-trixie" }
    /// ```
    DEBIAN_END_OF_LIFE = "debian-end-of-life", Warning, "0.1.0";

    /// All of the project's folder ships, and no ignore file says what does not.
    ///
    /// Why: tests, notes, data and settings of whoever builds end in the image by chance, and every edit of them makes it anew.
    ///
    /// Mend: name what the service needs, or write a `.dockerignore` with what it does not.
    ///
    /// ```yaml
    /// copy: ["."]    # copy: [src, templates]
    /// ```
    NO_IGNORE_FILE = "no-ignore-file", Warning, "0.1.0";

    /// A file that by custom holds keys or passwords is among what ships.
    ///
    /// Why: whoever has the image can read it, and it stays in the image's layers when a later one removes it.
    ///
    /// Mend: leave it out, and hand it in when the service starts. A step that needs it while it builds reads it from `secrets`.
    ///
    /// ```yaml
    /// copy: ["."]
    /// exclude: [.env]
    /// ```
    SHIPS_SECRET = "ships-secret", Warning, "0.1.0";

    /// A file of more than 100 MB ships, or is sent to the engine for a step.
    ///
    /// Why: a dump, a model or an archive that lies in the folder by chance makes every pull of the image and every first build on a
    /// machine slow. Looked at are files that `copy` names and those at the top of the folder, as far as the engine can list them.
    ///
    /// Mend: leave it out, in the ignore file or by `exclude`. What the service needs is better fetched to a volume.
    ///
    /// ```yaml
    /// copy: [src, models]
    /// exclude: [models/old.bin]
    /// ```
    LARGE_FILE = "large-file", Warning, "0.1.0";

    /// A secret is declared, and no step of the build is given it.
    ///
    /// Why: whoever builds has to hand it in for nothing, and what was to read it does not.
    ///
    /// Mend: leave it out, or see why the step is not there that reads it. What the service reads when it runs is no secret of the build.
    ///
    /// ```yaml
    /// secrets: [license-key]    # leave it out
    /// ```
    UNUSED_SECRET = "unused-secret", Warning, "0.1.0";

    /// An image has no digest. It is only looked for where `lint` asks for it, under `warn` or `deny`.
    ///
    /// Why: a tag can be moved to another image. That brings security updates, and makes two builds of one commit differ.
    ///
    /// Mend: name the image with its digest, and let a tool such as Renovate move it.
    ///
    /// ```yaml
    /// lint: { deny: [unpinned-base] }
    /// base: { builder: "python:3.13-slim-trixie@sha256:…" }
    /// ```
    UNPINNED_BASE = "unpinned-base", Warning, "0.1.0";
}
