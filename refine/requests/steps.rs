//! The steps that are for any kind of service, one entry each. Those of an ecosystem stand in a table there.

use crate::names::User;

use super::argument::{Command, Folder, Folders, On, Out};
use super::layout;
use super::table::steps;
use super::words::{Mode, RuleSet, Runtime, Unwanted};

steps! {
    /// Gathers files of any kind of service, a program, a folder of modules, a site: at their places in the image, without what is
    /// dropped, stripped, with the shared libraries that they need, in layers: each is a folder there, to be copied to `/`.
    Gather as "tree", tmp {
        /// What is gathered: a file or folder of this stage, and its place in the image.
        files: Vec<(String, String)> = "files", "[/src/target/release/server=/usr/local/bin/server]";
        /// Places in the image whose files have a layer of their own, and its name. The other files are in `application`, and
        /// libraries, tables and what is added in `system`.
        layer: Vec<(String, String)> = "layer", "[/app/node_modules=modules]";
        /// Whether anything is left out, by rules or by patterns.
        prune: On = "prune", "prune";
        /// Sets of rules by which files are left out: `docs`, `headers`, `static-libraries`, `build-files`, `locales`, `tests`, `source-maps`,
        /// `type-declarations`, `type-sources`, `markdown`, `package-documents`, `native-sources`, `debug-files`.
        rules: Vec<RuleSet> = "rules", "[docs, headers]";
        /// Further sets of them, as a spec asks for some.
        on: Vec<String> = "on", "rules-on";
        /// Sets that are not wanted after all.
        off: Vec<String> = "off", "rules-off";
        /// Patterns of files that are left out: from each gathered folder, or from the image's root where they start with `/`.
        drop: Vec<String> = "drop", "[\"**/*.map\", docs/]";
        /// Patterns of files that stay although a rule or a pattern means them.
        keep: Vec<String> = "keep", "[docs/openapi.json]";
        /// Whether programs and libraries lose their debug symbols, where that is safe.
        strip: On = "strip", "strip";
        /// Whether the shared libraries come along that the files need and the base has not; one that is nowhere is an error.
        libraries: On = "libraries", "true";
        /// Who runs the service, for the tables of users and groups.
        user: Option<User> = "user", "\"{{uid}}:{{gid}}\"";
        /// That user's home.
        home: Option<String> = "home", "\"{{workdir}}\"";
        /// Whether the image is made from nothing, so that it gets certificates, time zones, tables of names, and `/tmp`.
        minimal: bool = "minimal", "{ runtime: minimal }";
        /// The stage that the image is put on.
        base: Folder = "base", "platform", in layout::BASE;
        /// The stage with Debian packages that were unpacked for the image.
        added: Folder = "added", "system", in layout::ADDED;
        /// Where the layers go.
        out: Out = "out", "", in layout::OUT_GATHERED;
    }

    /// Makes a static site of built files: without source maps and the comments that name them, packed with brotli and gzip, and with
    /// the table that distil's server reads: types, validators from content, how long a browser may keep what.
    Site as "site", tmp {
        /// The folder of this stage that the built files are in.
        folder: String = "folder", "/built";
        /// Whether `index.html` answers for pages that are no files, as applications want it whose pages are made in the browser. A missing
        /// script is not found all the same.
        spa: bool = "spa", "spa";
        /// Whether `/about` is answered with `about.html`.
        clean: bool = "clean", "clean";
        /// Whether source maps stay.
        maps: bool = "maps", "true";
        /// Variables whose values pages get at run time, from `/env.js`.
        env: Vec<String> = "env", "[API_URL]";
        /// Headers of every answer, over the usual ones; one without a value is not sent.
        headers: Vec<(String, String)> = "headers", "serve-headers";
        /// Patterns of files whose names change with their content, where the names do not look like that.
        immutable: Vec<String> = "immutable", "[\"pictures/**\"]";
        /// The port that the server listens on.
        port: u16 = "port", "\"8080\"";
        /// A folder that keeps packed files between builds.
        cache: Option<String> = "cache", "/cache";
        /// Where the site goes: `site.json` and a folder `site`, both for the image's root.
        out: Out = "out", "", in layout::OUT_SITE;
    }

    /// Proves that nothing is in the image that has no place in one: installers, compilers, programs that run as somebody else,
    /// files that everybody may write, caches, repositories, private keys.
    Hygiene as "prove-hygiene" {
        /// What the service runs on: a base with a system of its own has that one's compilers, caches and programs of other users.
        runtime: Runtime = "runtime", "\"{{runtime}}\"";
        /// What may be there all the same: `installer`, `package-manager`, `compiler`, `setuid`, `world-writable`, `package-cache`, `git-repository`, `private-key`.
        allow: Vec<Unwanted> = "allow", "[compiler]";
    }

    /// Proves that a command can be started: its program is there, and what that needs.
    ProveCommand as "prove-command" {
        /// The command.
        command: Command = "command", "[/bin/server]";
    }

    /// Runs a command and looks at how it ends.
    Run as "run" {
        /// The most seconds that it may take; 60 where nothing is said.
        seconds: Option<u64> = "seconds", "\"60\"";
        /// The exit code that it must have; 0 where nothing is said.
        exit: Option<i32> = "exit", "\"0\"";
        /// Text that its output must hold; `*` stands for anything.
        matches: Option<String> = "matches", "\"version *\"";
        /// The command.
        command: Command = "command", "[shop, --version]";
    }

    /// Starts the service as it will run, waits until it answers, and asks it to stop.
    Start as "start" {
        /// The most seconds that it may take until it answers; 60 where nothing is said.
        seconds: Option<u64> = "seconds", "\"60\"";
        /// What has to be answered, as `:PORT/PATH`, and perhaps ` status=NUMBER` and ` matches=TEXT`.
        http: Vec<String> = "http", "[\":8000/healthz\"]";
        /// Ports that have to accept connections, as `:PORT`.
        tcp: Vec<String> = "tcp", "[\":5432\"]";
        /// A command that has to end well, as a list in JSON.
        health: Option<String> = "health", "'[\"pg_isready\"]'";
        /// How many seconds it has to stay up after that.
        stays: Option<u64> = "stays", "\"3\"";
        /// The signal that asks it to stop; `SIGTERM` where nothing is said.
        signal: Option<String> = "signal", "SIGINT";
        /// What the service runs.
        command: Command = "command", "start";
    }

    /// Looks at a file of the image.
    File as "file" {
        /// Whether it must not be there.
        absent: bool = "absent", "true";
        /// The permission bits that it must have, in octal.
        mode: Option<Mode> = "mode", "\"0644\"";
        /// Who must own it.
        owner: Option<User> = "owner", "\"0:0\"";
        /// Where it is.
        path: String = "path", "/app/static";
    }

    /// Weighs the image by its report.
    Budget as "budget" {
        /// The stage with the report of the image.
        report: Folder = "report", "report", in layout::needed(layout::REPORT);
        /// The most that its files may have together, in bytes.
        limit: u64 = "limit", "\"120000000\"";
    }

    /// Makes the report of an image: its size, what that is made of, what was left out, brought along and checked.
    Report as "report" {
        /// The stage that becomes the image.
        image: Folder = "image", "runtime", in layout::needed(layout::IMAGE);
        /// The stage that the image is put on.
        base: Folder = "base", "platform", in layout::WEIGHED_BASE;
        /// The stage of the environment's step.
        environment: Folder = "environment", "refined", in layout::ENVIRONMENT;
        /// The stage of the project's step.
        application: Folder = "application", "finished", in layout::APPLICATION;
        /// The stages of the steps that gather files of any kind; one alone needs no list.
        tree: Folders = "tree", "[modules, program]", in layout::GATHERED;
        /// Where the report goes.
        out: Out = "out", "", in layout::OUT_REPORT;
    }

    /// Writes the bill of materials of an image, as SPDX and as `CycloneDX`: what the image's own records say, the libraries that were copied,
    /// and what the lock says. The planner adds one to builds that ask for it, with the mounts that the report has.
    Sbom as "sbom" {
        /// The image's name.
        name: String = "name", "shop";
        /// The stage that becomes the image.
        image: Folder = "image", "runtime", in layout::needed(layout::IMAGE);
        /// The stage that the image is put on.
        base: Folder = "base", "platform", in layout::WEIGHED_BASE;
        /// The name of the image that it is put on.
        base_name: Option<String> = "base-name", "\"debian:13-slim\"";
        /// The stage of the environment's step.
        environment: Folder = "environment", "refined", in layout::ENVIRONMENT;
        /// The stage of the project's step.
        application: Folder = "application", "finished", in layout::APPLICATION;
        /// The stages of the steps that gather files of any kind; one alone needs no list.
        tree: Folders = "tree", "[modules, program]", in layout::GATHERED;
        /// The stage with what the lock says.
        locked: Folder = "locked", "locked", in layout::LOCKED;
        /// When the image was made, in seconds since 1970; the beginning of 1980 where nothing is said.
        created: Option<u64> = "created", "\"1767225600\"";
        /// Where the documents go.
        out: Out = "out", "", in layout::OUT_SBOM;
    }
}
