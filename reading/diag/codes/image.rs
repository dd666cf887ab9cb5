//! What steps of a build say of the image that they make and prove.

use super::codes;

codes! {
    /// A program or library of the packages needs a shared library that neither the runtime nor the builder has.
    ///
    /// Why: loading it would fail at the first import.
    ///
    /// Mend: add the Debian package that the message names, or find the one that has the file: packages.debian.org searches
    /// their contents.
    ///
    /// ```yaml
    /// apt: { runtime: [libpq5] }
    /// ```
    MISSING_LIBRARY = "missing-library", Error, "0.1.0";

    /// A program or library of the packages needs a newer library than the image has.
    ///
    /// Why: it was built on a newer release than it is to run on, and does not load on the older one.
    ///
    /// Mend: build and run on the same Debian release.
    ///
    /// ```yaml
    /// base: { builder: "python:3.13-slim-trixie", runtime: "gcr.io/distroless/cc-debian13:nonroot" }
    /// ```
    OLD_LIBRARY = "old-library", Error, "0.1.0";

    /// A file looks like a program or library, and cannot be read as one.
    ///
    /// Why: which libraries it needs is not known, so none come along for it.
    ///
    /// Mend: nothing, where nobody loads it; else install the package anew.
    ///
    /// ```yaml
    /// prune: { drop: ["shop/broken.so"] }
    /// ```
    UNREADABLE_PROGRAM = "unreadable-program", Warning, "0.1.0";

    /// A file among the packages cannot be read, so what it imports is not known.
    ///
    /// Why: pruning keeps what other code imports, and this code was not seen.
    ///
    /// Mend: if the service misses a module, keep it.
    ///
    /// ```yaml
    /// prune: { keep: ["shop/plugins/**"] }
    /// ```
    UNREADABLE = "unreadable", Warning, "0.1.0";

    /// The command's program is not in the image, or cannot be run there.
    ///
    /// Why: the container would not start.
    ///
    /// Mend: correct the program's name or path. Its file has to be executable by the service's user, be made for this
    /// platform, and have its interpreter and libraries in the image.
    ///
    /// ```yaml
    /// command: [gunicorm, "shop:app"]    # gunicorn
    /// ```
    UNSTARTABLE_COMMAND = "unstartable-command", Error, "0.1.0";

    /// What the command loads could not be imported while the image is built, so nothing proves that the service starts.
    ///
    /// Why: often it wants a setting or a folder that is there at run time only. What it loads after that is not known
    /// either, so its bytecode is not made.
    ///
    /// Mend: give what it needs under `env`, name its folders under `volumes`, or try the start with settings of its own.
    /// `check: { imports: strict }` makes this an error.
    ///
    /// ```yaml
    /// check: { start: { env: { DATABASE_URL: "sqlite://" } } }
    /// ```
    START_UNPROVEN = "start-unproven", Warning, "0.1.0";

    /// The service was started in the finished image as it will run, and did not stay up, did not answer, or did not end when
    /// it was asked to.
    ///
    /// Why: that is what it would do in production.
    ///
    /// Mend: the message has the service's last words. Settings that only the check needs go under `check.start.env`.
    ///
    /// ```yaml
    /// check: { start: { http: ["/healthz"], env: { DATABASE_URL: "sqlite://" } } }
    /// ```
    FAILED_START = "failed-start", Error, "0.1.0";

    /// A command under `check.run` did not end as it should.
    ///
    /// Why: the spec says that the image is only good if it does.
    ///
    /// Mend: the message has the command's last words. A check runs without network, as the service's user, with a read-only
    /// root.
    ///
    /// ```yaml
    /// check: { run: [[shop, --version]] }
    /// ```
    FAILED_RUN = "failed-run", Error, "0.1.0";

    /// A file under `check.files` is not as the spec says.
    ///
    /// Why: the spec says that the image is only good if it is.
    ///
    /// Mend: correct what puts the file there, or the check.
    ///
    /// ```yaml
    /// check: { files: [{ path: /app/conf.toml, mode: "0644" }] }
    /// ```
    WRONG_FILE = "wrong-file", Error, "0.1.0";

    /// The files of the image are larger than the budget.
    ///
    /// Why: the spec says how large they may be.
    ///
    /// Mend: the message names the heaviest packages and what could be left out; the target `EDITION/report` has all of it.
    /// Or raise the budget.
    ///
    /// ```yaml
    /// budget: 120MB    # budget: 150MB
    /// ```
    OVER_BUDGET = "over-budget", Error, "0.1.0";

    /// A package manager is in the image: of the system, or of a language.
    ///
    /// Why: a running service installs nothing, and whoever breaks into it would.
    ///
    /// Mend: gather what was installed, without the program that did it. A base with a system of its own has one, and there it is no
    /// error.
    ///
    /// ```yaml
    /// files: [/usr/local/bin/node=/usr/local/bin/node, /src/node_modules=/app/node_modules]    # and not /usr/local
    /// ```
    PACKAGE_MANAGER = "package-manager", Error, "0.1.0";

    /// A compiler or another build tool is in the image.
    ///
    /// Why: a running service has no use for it, and whoever breaks into it has.
    ///
    /// Mend: move the package that brings it from `apt.runtime` to `apt.build`.
    ///
    /// ```yaml
    /// apt: { runtime: [gcc] }    # apt: { build: [gcc] }
    /// ```
    COMPILER = "compiler", Error, "0.1.0";

    /// A file runs with the rights of its owner or group, whoever starts it.
    ///
    /// Why: it is a way from the service's user to root.
    ///
    /// Mend: take the bit away in the step that makes the file.
    ///
    /// ```yaml
    /// steps: [{ phase: assets, script: "chmod u-s /app/bin/tool" }]
    /// ```
    SETUID = "setuid", Error, "0.1.0";

    /// Everybody may write a file or folder.
    ///
    /// Why: the service could change it, and so could whoever breaks into it.
    ///
    /// Mend: take the permission away; what the service writes goes to `/tmp` or to a volume.
    ///
    /// ```yaml
    /// volumes: [/app/data]
    /// ```
    WORLD_WRITABLE = "world-writable", Error, "0.1.0";

    /// A package manager's cache is in the image.
    ///
    /// Why: it only costs space, as nothing reads it while the service runs.
    ///
    /// Mend: empty it in the step that fills it.
    ///
    /// ```yaml
    /// steps: [{ phase: assets, script: "rm -rf /root/.cache/pip" }]
    /// ```
    PACKAGE_CACHE = "package-cache", Warning, "0.1.0";

    /// A Git repository is in the image.
    ///
    /// Why: everybody with the image has all of the project's history.
    ///
    /// Mend: leave it out.
    ///
    /// ```yaml
    /// exclude: [.git]
    /// ```
    GIT_REPOSITORY = "git-repository", Warning, "0.1.0";

    /// A file looks like a private key.
    ///
    /// Why: everybody with the image can read it.
    ///
    /// Mend: hand it in when the service starts, or as a secret of the build.
    ///
    /// ```yaml
    /// secrets: [{ id: deploy-key }]
    /// ```
    PRIVATE_KEY = "private-key", Warning, "0.1.0";

    /// A step of distil's own was given something that it cannot read.
    ///
    /// Why: what it was to do is not known.
    ///
    /// Mend: recipes write such steps by their keys, and never by words: [the page on recipes](recipes.md) has all keys.
    /// Where yours does so already, this is a bug.
    ///
    /// ```yaml
    /// - { phase: packages, refine: environment }
    /// ```
    BAD_STEP = "bad-step", Error, "0.1.0";

    /// A recipe's step gathers a file or folder that its stage does not have.
    ///
    /// Why: the image would lack it.
    ///
    /// Mend: see where the step before leaves it, and name that path.
    ///
    /// ```yaml
    /// - { phase: gather, refine: tree, with: { files: [/src/target/release/server=/bin/server] } }
    /// ```
    NOTHING_TO_GATHER = "nothing-to-gather", Error, "0.1.0";

    /// The folder of a static site has no `index.html`.
    ///
    /// Why: whoever asks for the site would be told that there is nothing, and an image is not exported that cannot do its work.
    ///
    /// Mend: name the folder that the build puts the site in, which is often `dist`, `build` or `out`.
    ///
    /// ```yaml
    /// serve: dist
    /// ```
    NO_FIRST_PAGE = "no-first-page", Error, "0.1.0";

    /// A file of a static site is a link that leads out of it, or nowhere.
    ///
    /// Why: what it leads to is not in the image, and would be read by everybody if it were.
    ///
    /// Mend: put the file itself into the site when that is built.
    ///
    /// ```yaml
    /// steps: [{ phase: build, script: "cp -rL public dist" }]
    /// ```
    LINK_OUT_OF_SITE = "link-out-of-site", Error, "0.1.0";
}
