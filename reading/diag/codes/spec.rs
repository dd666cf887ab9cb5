//! What can be wrong with what a spec asks for.

use super::codes;

codes! {
    /// The file that is given as a spec is a Dockerfile.
    ///
    /// Why: nothing in it is a key of a spec.
    ///
    /// Mend: name the spec with `-f`, or build the Dockerfile without `BUILDKIT_SYNTAX`.
    ///
    /// ```console
    /// $ docker buildx build -f distil.yaml .
    /// ```
    NOT_A_SPEC = "not-a-spec", Error, "0.1.0";

    /// An entry lacks a key that it cannot do without: an index its `url`, a secret its `id`, a step its `phase`, a mount its
    /// `to`.
    ///
    /// Why: there is no default that would be right.
    ///
    /// Mend: add the key.
    ///
    /// ```yaml
    /// indexes: [{ name: corp }]    # indexes: [{ name: corp, url: "https://pypi.example.org/simple" }]
    /// ```
    MISSING_KEY = "missing-key", Error, "0.1.0";

    /// Of several keys there has to be exactly one, and there is none, or more than one: a health check is `http`, `tcp` or
    /// `command`, a step is `run` or `script`, a mount is of one kind.
    ///
    /// Why: of two, one would have to be passed over without a word.
    ///
    /// Mend: keep one. What needs both is two entries.
    ///
    /// ```yaml
    /// healthcheck: { http: ":8000/", tcp: ":8000" }    # healthcheck: { http: ":8000/" }
    /// ```
    EXACTLY_ONE = "exactly-one", Error, "0.1.0";

    /// A key is there and names nothing.
    ///
    /// Why: an empty list is either a leftover or means something that the key does not do.
    ///
    /// Mend: name what is meant, or leave the key out.
    ///
    /// ```yaml
    /// prune: { aws: [] }    # prune: { aws: [s3] }
    /// ```
    NAMES_NOTHING = "names-nothing", Error, "0.1.0";

    /// A spec copies files of its own image, or specs copy from each other in a circle.
    ///
    /// Why: an image has to be there before files are copied from it.
    ///
    /// Mend: take one of the copies out. `from: STAGE` copies from a stage of the same spec's recipe.
    ///
    /// ```yaml
    /// copy: [{ spec: distil.yaml, path: /app/static }]    # in distil.yaml: copy: [{ from: builder, path: /app/static }]
    /// ```
    SPEC_CYCLE = "spec-cycle", Error, "0.1.0";

    /// Two keys ask for things that cannot both be.
    ///
    /// Why: whichever won, the other would be passed over without a word.
    ///
    /// Mend: keep one of the two.
    ///
    /// ```yaml
    /// groups: [web]
    /// only-groups: [worker]    # keep one of them
    /// ```
    CONTRADICTION = "contradiction", Error, "0.1.0";

    /// A check asks for a path, and nothing says on which port.
    ///
    /// Why: a wrong guess would fail a good image.
    ///
    /// Mend: write the port before the path, or name it under `expose`.
    ///
    /// ```yaml
    /// check: { start: { http: [/healthz] } }    # check: { start: { http: [":8000/healthz"] } }
    /// ```
    NO_PORT = "no-port", Error, "0.1.0";

    /// Two entries of `copy` put something at the same place.
    ///
    /// Why: the second would lie over the first, and which files are left hangs on their order.
    ///
    /// Mend: give one of them another place, or take it out.
    ///
    /// ```yaml
    /// copy: [{ a: x }, { b: x }]    # copy: [{ a: x }, { b: y }]
    /// ```
    COPIED_TWICE = "copied-twice", Error, "0.1.0";

    /// An address holds a password.
    ///
    /// Why: specs and locks are in the repository, and what a step is called with is in the image's history. Everybody with
    /// either has the password.
    ///
    /// Mend: take the login out of the address, and hand it in as a secret. Where a lock has it, lock again without it.
    /// Change the password too, since others may have read it.
    ///
    /// ```yaml
    /// indexes:
    ///   - { name: corp, url: "https://ci:s3cret@pypi.example.org/simple" }
    /// # - { name: corp, url: "https://pypi.example.org/simple", secret: corp }
    /// ```
    PASSWORD_IN_URL = "password-in-url", Error, "0.1.0";

    /// The build asks for a target that the spec does not have.
    ///
    /// Why: another one than is asked for would be a surprise.
    ///
    /// Mend: take one of those that the message lists: an edition, or an edition with `/debug`, `/check` or `/report`.
    ///
    /// ```console
    /// $ docker buildx build --target ful …    # --target full
    /// ```
    NO_TARGET = "no-target", Error, "0.1.0";

    /// The command runs a shell, and the runtime has none.
    ///
    /// Why: the container would end before the service starts.
    ///
    /// Mend: name the program itself; `before-start` runs what has to come first, and `env` sets variables. `runtime: slim`
    /// has a shell.
    ///
    /// ```yaml
    /// command: [sh, -c, "alembic upgrade head && serve"]
    /// # before-start: [[alembic, upgrade, head]]
    /// # command: [serve]
    /// ```
    NO_SHELL = "no-shell", Error, "0.1.0";

    /// The spec turns a prune rule on or off that does not exist.
    ///
    /// Why: what it was to keep would be left out, or the other way round.
    ///
    /// Mend: take one of the names that the message lists; [the page on pruning](what-ships.md) tells what each takes.
    ///
    /// ```yaml
    /// prune: { rules: { header: false } }    # prune: { rules: { headers: false } }
    /// ```
    UNKNOWN_RULE = "unknown-rule", Error, "0.1.0";

    /// The spec keeps the data of an AWS service that botocore does not know.
    ///
    /// Why: the data of the service that is meant would be left out, and the first call of it would fail.
    ///
    /// Mend: write the name as `boto3.client(…)` takes it.
    ///
    /// ```yaml
    /// prune: { aws: [s4] }    # prune: { aws: [s3] }
    /// ```
    UNKNOWN_SERVICE = "unknown-service", Error, "0.1.0";

    /// A pattern under `prune` matches no file.
    ///
    /// Why: it was right for another version of a package, or never was, and does nothing now.
    ///
    /// Mend: correct it, or take it out. The report of the image lists files as patterns see them.
    ///
    /// ```yaml
    /// prune: { keep: ["nump/**"] }    # prune: { keep: ["numpy/**"] }
    /// ```
    NO_MATCH = "no-match", Warning, "0.1.0";

    /// An option is given that its reader does not have: a recipe's under `options`, or pip's in a requirement file.
    ///
    /// Why: passed over, it would look as if it did something.
    ///
    /// Mend: take one of those that the message lists, or take it out. Options of the build belong in the spec.
    ///
    /// ```yaml
    /// options: { torch-indx: x }    # options: { torch-index: x }
    /// ```
    UNKNOWN_OPTION = "unknown-option", Error, "0.1.0";

    /// A key asks for what is the case anyway.
    ///
    /// Why: it reads as if the spec decided something here.
    ///
    /// Mend: leave it out.
    ///
    /// ```yaml
    /// install-project: false    # of a project without a build system, which never is installed
    /// ```
    NEEDLESS_KEY = "needless-key", Warning, "0.1.0";

    /// A Debian package is asked for in an image on Alpine.
    ///
    /// Why: Alpine has packages of its own, by other names, with another C library.
    ///
    /// Mend: take `runtime: distroless` or `runtime: slim`.
    ///
    /// ```yaml
    /// runtime: alpine    # runtime: slim
    /// apt: { runtime: [libpq5] }
    /// ```
    APT_ON_ALPINE = "apt-on-alpine", Error, "0.1.0";

    /// The spec names a package that is not installed.
    ///
    /// Why: a layer of its own for a package that is not there is a spelling mistake, or a leftover.
    ///
    /// Mend: correct the name, or take it out.
    ///
    /// ```yaml
    /// layers: [numpi]    # layers: [numpy]
    /// ```
    NO_PACKAGE = "no-package", Error, "0.1.0";

    /// Nothing says what the service runs.
    ///
    /// Why: an image without a command starts nothing.
    ///
    /// Mend: add `command`. A project with exactly one script needs none, as long as it is installed.
    ///
    /// ```yaml
    /// command: [uvicorn, "api:app", --host, 0.0.0.0]
    /// ```
    NO_COMMAND = "no-command", Error, "0.1.0";

    /// The command starts from a file that nothing puts into the image.
    ///
    /// Why: the service would end as soon as it is started.
    ///
    /// Mend: name the file under `copy`, correct its path in the command, or run the module of a project that is installed.
    ///
    /// ```yaml
    /// command: [python, src/shop/main.py]    # command: [python, -m, shop.main]
    /// ```
    NOT_IN_IMAGE = "not-in-image", Error, "0.1.0";

    /// A health check over `http` or `tcp` asks a host by its name, in an image without Python.
    ///
    /// Why: what asks in such an image is a program of distil's own, so small that it looks no name up.
    ///
    /// Mend: leave the host out, so that the service is asked in its own container; or write an address; or give a `command`
    /// that the image has.
    ///
    /// ```yaml
    /// healthcheck: { tcp: "db:8000" }    # healthcheck: { tcp: ":8000" }
    /// ```
    NO_PYTHON_FOR_CHECK = "no-python-for-check", Error, "0.1.0";
}
