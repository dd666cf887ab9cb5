//! The steps themselves, one entry each.

use std::path::PathBuf;

use crate::names::{Refused, User};

use super::argument::{Argument, Command, Folder, On, Out};
use super::layout::{self, PROGRAM};
use super::table::{Key, Kind, StepType, about, no_step, steps};
use super::words::{Mode, Policy, Runtime, Unwanted};

steps! {
    /// Compiles the standard library, from the base image alone.
    Library as "library" {
        /// The interpreter's series.
        python: String = "python", "\"{{python}}\"";
        /// Whether it is compiled as it is in one file, too.
        archive: bool = "archive", "{ runtime: minimal }";
        /// Where the bytecode goes.
        out: Out = "out", "", in layout::OUT_LIBRARY;
    }

    /// Runs the command that installs packages, explains what it lacks, and compares what it installed with the packages' own lists.
    Install as "install", network {
        /// The folder that packages are installed in.
        site: PathBuf = "site", "/app/.project";
        /// Whether the project itself is among what is installed.
        project: bool = "project", "own";
        /// The command.
        command: Command = "command", "[uv, sync, --frozen]";
    }

    /// Prunes, strips and layers the environment of a Python service, and gathers the interpreter and the libraries that it needs.
    Environment as "environment", tmp {
        /// The interpreter's series.
        python: String = "python", "\"{{python}}\"";
        /// What the service runs on: `distroless`, `minimal`, `slim`, `alpine` or `image`.
        runtime: Runtime = "runtime", "\"{{runtime}}\"";
        /// Which modules are compiled: `used`, `all` or `none`.
        bytecode: Policy = "bytecode", "\"{{bytecode}}\"";
        /// Who runs the service.
        user: User = "user", "\"{{uid}}:{{gid}}\"";
        /// That user's home.
        home: String = "home", "\"{{workdir}}\"";
        /// Whether anything is left out by rules.
        prune: On = "prune", "prune";
        /// Whether programs and libraries lose their debug symbols.
        strip: On = "strip", "strip";
        /// Rules that are off unless asked for.
        on: Vec<String> = "on", "rules-on";
        /// Rules that are not wanted.
        off: Vec<String> = "off", "rules-off";
        /// Patterns of files that stay.
        keep: Vec<String> = "keep", "keep";
        /// Patterns of further files that are left out.
        drop: Vec<String> = "drop", "drop";
        /// AWS services whose data stay; none means all.
        aws: Vec<String> = "aws", "aws";
        /// The stage with the list of what the project imports of what rules could leave out.
        needs: Folder = "needs", "{ from: needs, when: prune }", in layout::NEEDS;
        /// Distributions that the project requires.
        required: Vec<String> = "required", "required";
        /// Modules that are not imported.
        skip: Vec<String> = "skip", "skip";
        /// Packages that are in another layer than the last, as package and layer.
        layer: Vec<(String, String)> = "layer", "layer-packages";
        /// The stage with the standard library's bytecode.
        library: Folder = "library", "library", in layout::LIBRARY;
        /// The stage that the image is put on.
        base: Folder = "base", "platform", in layout::BASE;
        /// The stage with Debian packages that were unpacked for the image.
        added: Folder = "added", "system", in layout::ADDED;
        /// Where the layers go.
        out: Out = "out", "", in layout::OUT_ENVIRONMENT;
    }

    /// Lists what the project imports of what rules could leave out.
    Needs as "needs" {
        /// The stage with the project's packages.
        project: Folder = "project", "{ from: project, when: package }", in layout::PROJECT;
        /// The stage with the files that ship beside the packages.
        copied: Folder = "copied", "{ from: source, when: beside }", in layout::COPIED;
        /// The directory that the service starts in.
        workdir: String = "workdir", "\"{{workdir}}\"";
        /// Where the list goes.
        out: Out = "out", "", in layout::OUT_NEEDS;
        /// What the service runs.
        command: Command = "command", "start";
    }

    /// Gathers the project, and compiles what the service loads when it starts.
    Application as "application", tmp {
        /// The interpreter's series.
        python: String = "python", "\"{{python}}\"";
        /// What the service runs on.
        runtime: Runtime = "runtime", "\"{{runtime}}\"";
        /// Which modules are compiled.
        bytecode: Policy = "bytecode", "\"{{bytecode}}\"";
        /// The directory that the service starts in.
        workdir: PathBuf = "workdir", "\"{{workdir}}\"";
        /// Folders that the running service can write to.
        volume: Vec<PathBuf> = "volume", "volumes";
        /// Variables of the running service.
        env: Vec<(String, String)> = "env", "env";
        /// Modules that are not imported.
        skip: Vec<String> = "skip", "skip";
        /// Whether programs and libraries lose their debug symbols.
        strip: On = "strip", "strip";
        /// Layers of packages whose bytecode seldom changes.
        stable: Vec<String> = "stable", "stable-layers";
        /// The stage with the environment's layers.
        environment: Folder = "environment", "refined", in layout::needed(layout::LAYERS);
        /// The stage that the image is put on.
        base: Folder = "base", "platform", in layout::BASE;
        /// The stage with the files that ship beside the packages.
        copied: Folder = "copied", "{ from: source, when: beside }", in layout::COPIED;
        /// Where the layers go.
        out: Out = "out", "", in layout::OUT_APPLICATION;
        /// What the service runs.
        command: Command = "command", "start";
    }

    /// Gathers files of any kind of service, a program, a folder of modules, a site: at their places in the image, without what is
    /// dropped, stripped, with the shared libraries that they need, in layers: each is a folder there, to be copied to `/`.
    Gather as "tree", tmp {
        /// What is gathered: a file or folder of this stage, and its place in the image.
        files: Vec<(String, String)> = "files", "[/src/target/release/server=/usr/local/bin/server]";
        /// Places in the image whose files have a layer of their own, and its name. The other files are in `application`, and
        /// libraries, tables and what is added in `system`.
        layer: Vec<(String, String)> = "layer", "[/app/node_modules=modules]";
        /// Patterns of files that are left out: from each gathered folder, or from the image's root where they start with `/`.
        drop: Vec<String> = "drop", "[\"**/*.map\", docs/]";
        /// Patterns of files that stay although they are dropped.
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

    /// Proves that nothing is in the image that has no place in one: installers, compilers, programs that run as somebody else,
    /// files that everybody may write, caches, repositories, private keys.
    Hygiene as "prove-hygiene" {
        /// What the service runs on: a base with a system of its own has that one's compilers, caches and programs of other users.
        runtime: Runtime = "runtime", "\"{{runtime}}\"";
        /// What may be there all the same: `pip`, `compiler`, `setuid`, `world-writable`, `package-cache`, `git-repository`, `private-key`.
        allow: Vec<Unwanted> = "allow", "[compiler]";
    }

    /// Proves that every package imports in the image that imported in the builder.
    ProvePackages as "prove-packages" {
        /// The stage of the environment's step.
        environment: Folder = "environment", "refined", in layout::needed(layout::ENVIRONMENT);
        /// The stage with the bytecode that ships.
        bytecode: Folder = "bytecode", "{ from: refined, when: { bytecode: [used, all] } }", in layout::BYTECODE;
    }

    /// Proves that the project imports, that its command is there, and that nothing is in the image that should not be.
    ProveImage as "prove-image" {
        /// What the service runs on.
        runtime: Runtime = "runtime", "\"{{runtime}}\"";
        /// The stage of the environment's step.
        environment: Folder = "environment", "refined", in layout::ENVIRONMENT;
        /// The stage of the project's step.
        application: Folder = "application", "finished", in layout::needed(layout::APPLICATION);
        /// Modules that are not imported.
        skip: Vec<String> = "skip", "skip";
        /// Whether what raises in the builder, too, is refused.
        strict: bool = "strict", "strict";
        /// What the service runs.
        command: Command = "command", "start";
    }

    /// Proves that a command which runs before the service can be started, and that all is there that it loads. The planner adds one for
    /// each such command, with what the proof of the image has.
    ProveBefore as "prove-before" {
        /// The stage of the environment's step.
        environment: Folder = "environment", "refined", in layout::ENVIRONMENT;
        /// The stage of the project's step.
        application: Folder = "application", "finished", in layout::needed(layout::APPLICATION);
        /// Modules that are not imported.
        skip: Vec<String> = "skip", "skip";
        /// Whether what raises for want of what comes at run time is refused.
        strict: bool = "strict", "strict";
        /// The command.
        command: Command = "command", "[alembic, upgrade, head]";
    }

    /// Proves that a command can be started: its program is there, and what that needs.
    ProveCommand as "prove-command" {
        /// The command.
        command: Command = "command", "[/bin/server]";
    }

    /// Imports modules with the environment's Python.
    Imports as "imports" {
        /// The interpreter.
        python: PathBuf = "python", "/app/.venv/bin/python";
        /// The modules.
        command: Command = "command", "[shop.api]";
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

    /// Weighs the image by its account.
    Budget as "budget" {
        /// The stage with the account of the image.
        account: Folder = "account", "report", in layout::needed(layout::ACCOUNT);
        /// The most that its files may have together, in bytes.
        limit: u64 = "limit", "\"120000000\"";
    }

    /// Makes the account of an image: its size, what that is made of, what was left out, brought along and checked.
    Report as "report" {
        /// The stage that becomes the image.
        image: Folder = "image", "runtime", in layout::needed(layout::IMAGE);
        /// The stage that the image is put on.
        base: Folder = "base", "platform", in layout::WEIGHED_BASE;
        /// The stage of the environment's step.
        environment: Folder = "environment", "refined", in layout::ENVIRONMENT;
        /// The stage of the project's step.
        application: Folder = "application", "finished", in layout::APPLICATION;
        /// The stage of the step that gathers files of any kind.
        tree: Folder = "tree", "gathered", in layout::GATHERED;
        /// Where the account goes.
        out: Out = "out", "", in layout::OUT_REPORT;
    }
}
