//! What can be wrong with a build or a command apart from the spec and the project: options, contexts, images, the disk.

use super::codes;

codes! {
    /// There is no spec at the place where the build looks for one.
    ///
    /// Why: nothing says what to build.
    ///
    /// Mend: name it with `-f`, and see that it lies in the context.
    ///
    /// ```console
    /// $ docker buildx build -f distil.yaml .
    /// ```
    NO_SPEC = "no-spec", Error, "0.1.0";

    /// An option of the build has a value that it cannot have.
    ///
    /// Why: passed over, it would look as if it did something.
    ///
    /// Mend: write it as the message shows. Such options come from `docker buildx build` and from `--build-arg BUILDKIT_…`.
    ///
    /// ```console
    /// $ docker buildx build --build-arg BUILDKIT_MULTI_PLATFORM=maybe …    # =true or =false
    /// ```
    BAD_BUILD_OPTION = "bad-build-option", Error, "0.1.0";

    /// A build argument does nothing: the spec declares none of that name.
    ///
    /// Why: who moves over from a Dockerfile expects that it reaches the image.
    ///
    /// Mend: declare it under `args`, and use it in a value of `env`, `labels`, `build-env` or `options`. What else differs between
    /// builds is an edition, and a password is a `--secret`.
    ///
    /// ```yaml
    /// args: { VERSION: dev }
    /// env: { APP_VERSION: "${VERSION}" }
    /// ```
    IDLE_BUILD_ARG = "idle-build-arg", Warning, "0.1.0";

    /// An arg has no default, and the build gives it no value.
    ///
    /// Why: what uses it would hold nothing, or the name of the arg itself.
    ///
    /// Mend: give it with `--build-arg`, or write a default.
    ///
    /// ```console
    /// $ docker buildx build --build-arg version=1.2 …
    /// ```
    MISSING_ARG = "missing-arg", Error, "0.1.0";

    /// A build context is not something that files can be read from.
    ///
    /// Why: the build would have no files, or those of another place than is meant.
    ///
    /// Mend: a context is a folder, a git repository, an archive, an image as `docker-image://NAME`, or an OCI layout with
    /// its digest.
    ///
    /// ```console
    /// $ docker buildx build https://example.org/distil.yaml    # a folder, a repository or an archive
    /// ```
    BAD_CONTEXT = "bad-context", Error, "0.1.0";

    /// A step needs a secret, and the build was given none of that name.
    ///
    /// Why: secrets are handed over with each build, and are in no spec, no layer and no cache.
    ///
    /// Mend: pass it on, from a file or from a variable.
    ///
    /// ```console
    /// $ docker buildx build --secret id=pypi-login,src=$HOME/.pypi-login …
    /// ```
    NO_SECRET = "no-secret", Error, "0.1.0";

    /// A step uses your ssh agent, and the build was given none.
    ///
    /// Why: keys stay with your agent, which each build has to be allowed to ask.
    ///
    /// Mend: pass it on; `ssh-add -l` lists what it can sign with.
    ///
    /// ```console
    /// $ docker buildx build --ssh default …
    /// ```
    NO_SSH = "no-ssh", Error, "0.1.0";

    /// Something is taken from a named build context, and the build is given none of that name.
    ///
    /// Why: there is nothing to copy from.
    ///
    /// Mend: add it to the build.
    ///
    /// ```console
    /// $ docker buildx build --build-context front=../front …
    /// ```
    MISSING_CONTEXT = "missing-context", Error, "0.1.0";

    /// An ignore file has more patterns than a client can be told.
    ///
    /// Why: they travel in one header, and a longer one breaks the connection without saying why.
    ///
    /// Mend: leave whole folders out instead of single files, or everything but what is needed.
    ///
    /// ```text
    /// build/a.log
    /// build/b.log    # build
    /// ```
    TOO_MANY_PATTERNS = "too-many-patterns", Error, "0.1.0";

    /// The address of a recipe is none, or names no file.
    ///
    /// Why: the recipe says how everything is built.
    ///
    /// Mend: write a file of the project, `context://NAME/FILE`, `docker-image://IMAGE@sha256:…#FILE`, or a git repository
    /// with `#COMMIT:FILE`.
    ///
    /// ```yaml
    /// recipe: context://ops    # recipe: context://ops/recipe.yaml
    /// ```
    BAD_RECIPE_ADDRESS = "bad-recipe-address", Error, "0.1.0";

    /// A recipe is read from where it may change.
    ///
    /// Why: another recipe tomorrow is another image of the same commit, and runs what it likes in the build.
    ///
    /// Mend: pin a repository by its commit and an image by its digest.
    ///
    /// ```yaml
    /// recipe: https://github.com/acme/recipes.git#main:web.yaml    # #1f0c…:web.yaml
    /// ```
    MOVING_RECIPE = "moving-recipe", Error, "0.1.0";

    /// An image cannot be had from its registry.
    ///
    /// Why: the build starts from it, or copies from it.
    ///
    /// Mend: correct the name and tag, log in with `docker login`, or put another image in its place with `--build-context
    /// NAME=docker-image://OTHER`.
    ///
    /// ```yaml
    /// base: { builder: "python:3.31-slim" }    # python:3.13-slim
    /// ```
    NO_IMAGE = "no-image", Error, "0.1.0";

    /// The config of an image cannot be read.
    ///
    /// Why: it says what the image's variables, user and platform are.
    ///
    /// Mend: push the image again, or take another one.
    ///
    /// ```yaml
    /// base: { runtime: "registry.example.org/base:1" }
    /// ```
    UNREADABLE_IMAGE = "unreadable-image", Error, "0.1.0";

    /// An image is for another platform than the build.
    ///
    /// Why: its programs would not start there.
    ///
    /// Mend: build for the platform that it has, or take an image that exists for both.
    ///
    /// ```console
    /// $ docker buildx build --platform linux/amd64 …
    /// ```
    PLATFORM_MISMATCH = "platform-mismatch", Error, "0.1.0";

    /// Several platforms are asked for, and an option forbids more than one.
    ///
    /// Why: a result for one of them is not what was asked for.
    ///
    /// Mend: drop the option, or all platforms but one.
    ///
    /// ```console
    /// $ docker buildx build --platform linux/amd64,linux/arm64 --build-arg BUILDKIT_MULTI_PLATFORM=false …
    /// ```
    SEVERAL_PLATFORMS = "several-platforms", Error, "0.1.0";

    /// The BuildKit that builds lacks something that the build needs.
    ///
    /// Why: it would fail later, in words of its own.
    ///
    /// Mend: take a newer Docker or BuildKit.
    ///
    /// ```console
    /// $ docker buildx create --use    # a builder with a newer BuildKit
    /// ```
    OLD_BUILDKIT = "old-buildkit", Error, "0.1.0";

    /// A Dockerfile has no way to say what the plan says.
    ///
    /// Why: what is printed is meant to build the same image.
    ///
    /// Mend: take the value that the message names out of the spec, or build without the Dockerfile.
    ///
    /// ```yaml
    /// env: { MOTD: "two\nlines" }
    /// ```
    NO_DOCKERFILE = "no-dockerfile", Error, "0.1.0";

    /// The frontend is asked for something that it does not know.
    ///
    /// Why: an answer to another question would be taken for the right one.
    ///
    /// Mend: ask it which it knows.
    ///
    /// ```console
    /// $ docker buildx build --call=subrequests.describe .
    /// ```
    UNKNOWN_REQUEST = "unknown-request", Error, "0.1.0";

    /// An image for another platform than the engine's is built by programs of that platform, which takes emulation and many times as long. The
    /// message names what forces that.
    ///
    /// Why: where every package has a wheel for the platform, nothing of it has to run: the packages are installed and looked at by programs of
    /// the engine's own.
    ///
    /// Mend: take a version of the package that has a wheel for the platform, or leave out what has to run there. With QEMU for the engine, or an
    /// engine of that platform, the build works as it is.
    ///
    /// ```console
    /// $ docker run --privileged --rm tonistiigi/binfmt --install all
    /// ```
    EMULATED_PLATFORM = "emulated-platform", Warning, "0.1.0";

    /// An image for another platform than the engine's was not proven: the engine cannot run programs of that platform.
    ///
    /// Why: the same project was installed, tried and proven for the engine's own platform; what differs by platform, as the packages' compiled
    /// parts, was looked at, and was not run.
    ///
    /// Mend: with QEMU for the engine its proofs run as well; or start the image on such a machine before it is put to use.
    ///
    /// ```console
    /// $ docker run --privileged --rm tonistiigi/binfmt --install all
    /// ```
    UNPROVEN_PLATFORM = "unproven-platform", Warning, "0.1.0";

    /// A step of the build failed. The message names the step, its last words stand above, and the line is the one of your files that asks
    /// for it; where an installer failed over a package of the lock, that package's.
    ///
    /// Why: what a step leaves is part of the image, or proves it.
    ///
    /// Mend: read its last words: where the cause is known, they end with what to do.
    ///
    /// ```console
    /// $ docker buildx build --progress=plain …    # all that the step said
    /// ```
    FAILED_STEP = "failed-step", Error, "0.1.0";

    /// Something is wrong with distil itself.
    ///
    /// Why: what follows from here would be guesswork.
    ///
    /// Mend: please report it, with the spec and the output of the build.
    ///
    /// ```console
    /// $ docker buildx build --progress=plain …    # the whole output
    /// ```
    BUG = "bug", Error, "0.1.0";

    /// Something outside of distil failed: a file cannot be read or written, a program cannot be started, a connection is
    /// lost.
    ///
    /// Why: nothing can be said of a spec whose files cannot be read. The exit code is 74, which tells this from a spec with
    /// mistakes.
    ///
    /// Mend: see to what the message names: that the path is there, that you may use it, that the disk has room.
    ///
    /// ```console
    /// $ distil check -f nowhere.yaml    # -f distil.yaml
    /// ```
    IO_ERROR = "io-error", Error, "0.1.0";

    /// `distil lock` is asked for a lock that another tool writes.
    ///
    /// Why: a lock that two tools write is one that neither keeps up to date.
    ///
    /// Mend: run the tool that writes it, as the message shows.
    ///
    /// ```console
    /// $ distil lock    # uv lock
    /// ```
    NOT_OURS_TO_LOCK = "not-ours-to-lock", Error, "0.1.0";
}
