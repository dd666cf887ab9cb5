//! The steps of a Python service that the program runs inside a build, one entry each: recipes get their keys and mounts from this
//! table, the plan writes their arguments by it, and the program reads them by it.

use std::path::PathBuf;

use crate::names::{Refused, User};
use crate::refine::requests::layout::{self, Mounted, at, needed, said};
use crate::refine::requests::{Command, Folder, On, Out, Runtime, Text, one_of, steps, word};

/// The bytecode of the standard library.
const LIBRARY: Mounted = at(OUT_LIBRARY, "/run/library");
/// The layers that the environment's step left.
const LAYERS: Mounted = at(OUT_ENVIRONMENT, "/run/environment");
/// The list of what the project imports of what rules could leave out.
const NEEDS: Mounted = Mounted { content: true, ..said("/needs/modules", "/run/needs") };
/// The project's packages.
const PROJECT: Mounted = said("/app/.project", "/run/project");
/// Files that ship beside the packages.
const COPIED: Mounted = said("/", "/run/source");
/// The bytecode that ships, by the sources that it is of.
const BYTECODE: Mounted = said("/refined/.bytecode", "/run/bytecode");
/// The builder's image for another machine.
const FOREIGN: Mounted = said("/", "/run/foreign");
/// What the environment's step made of the same packages for the machine that the build runs on.
const NATIVE_ENVIRONMENT: Mounted = said(OUT_ENVIRONMENT, "/run/native");
/// What the project's step made of the same project for that machine.
const NATIVE_APPLICATION: Mounted = said(OUT_APPLICATION, "/run/native");
/// What the environment's step makes.
const OUT_ENVIRONMENT: &str = "/refined";
/// What the project's step makes.
const OUT_APPLICATION: &str = "/finished";
/// What the standard library's step makes.
const OUT_LIBRARY: &str = "/library";
/// What the step of the project's imports makes.
const OUT_NEEDS: &str = "/needs";

/// Which files get bytecode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// None: the smallest image.
    None,
    /// Those that the service loads when it starts.
    Used,
    /// Every source file.
    All,
}

const POLICIES: &[(&str, Policy)] = &[("used", Policy::Used), ("all", Policy::All), ("none", Policy::None)];

impl Text for Policy {
    fn read(text: &str) -> Result<Self, Refused> {
        one_of(text, POLICIES)
    }

    fn write(&self) -> String {
        word(*self, POLICIES)
    }
}

steps! {
    /// Compiles the standard library, from the base image alone.
    Library as "library" {
        /// The interpreter's series.
        python: String = "python", "\"{{python}}\"";
        /// Whether it is compiled as it is in one file, too.
        archive: bool = "archive", "{ runtime: minimal }";
        /// Where the bytecode goes.
        out: Out = "out", "", in OUT_LIBRARY;
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
        needs: Folder = "needs", "{ from: needs, when: prune }", in NEEDS;
        /// Distributions that the project requires.
        required: Vec<String> = "required", "required";
        /// Modules that are not imported.
        skip: Vec<String> = "skip", "skip";
        /// Packages that are in another layer than the last, as package and layer.
        layer: Vec<(String, String)> = "layer", "layer-packages";
        /// The stage with the standard library's bytecode.
        library: Folder = "library", "library", in LIBRARY;
        /// The stage that the image is put on.
        base: Folder = "base", "platform", in layout::BASE;
        /// The stage with Debian packages that were unpacked for the image.
        added: Folder = "added", "system", in layout::ADDED;
        /// For another machine than the one that the build runs on: the builder's image for that one, whose interpreter and libraries ship.
        /// Nothing of it is run.
        foreign: Folder = "foreign", "{ from: foreign, when: cross }", in FOREIGN;
        /// The stage of this step for the machine that the build runs on, which has tried the same packages.
        native: Folder = "native", "{ from: native.refined, when: cross }", in NATIVE_ENVIRONMENT;
        /// Where the layers go.
        out: Out = "out", "", in OUT_ENVIRONMENT;
    }

    /// Lists what the project imports of what rules could leave out.
    Needs as "needs" {
        /// The stage with the project's packages.
        project: Folder = "project", "{ from: project, when: package }", in PROJECT;
        /// The stage with the files that ship beside the packages.
        copied: Folder = "copied", "{ from: source, when: beside }", in COPIED;
        /// The directory that the service starts in.
        workdir: String = "workdir", "\"{{workdir}}\"";
        /// Where the list goes.
        out: Out = "out", "", in OUT_NEEDS;
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
        environment: Folder = "environment", "refined", in needed(LAYERS);
        /// The stage that the image is put on.
        base: Folder = "base", "platform", in layout::BASE;
        /// The stage with the files that ship beside the packages.
        copied: Folder = "copied", "{ from: source, when: beside }", in COPIED;
        /// For another machine than the one that the build runs on: the builder's image for that one.
        foreign: Folder = "foreign", "{ from: foreign, when: cross }", in FOREIGN;
        /// The stage of this step for the machine that the build runs on, which has tried the same project.
        native: Folder = "native", "{ from: native.finished, when: cross }", in NATIVE_APPLICATION;
        /// Where the layers go.
        out: Out = "out", "", in OUT_APPLICATION;
        /// What the service runs.
        command: Command = "command", "start";
    }

    /// Proves that every package imports in the image that imported in the builder.
    ProvePackages as "prove-packages" {
        /// The stage of the environment's step.
        environment: Folder = "environment", "refined", in needed(layout::ENVIRONMENT);
        /// The stage with the bytecode that ships.
        bytecode: Folder = "bytecode", "{ from: refined, when: { bytecode: [used, all] } }", in BYTECODE;
        /// The most seconds that one import may take by itself; 60 where nothing is said.
        seconds: Option<u64> = "seconds", "\"{{timeout}}\"";
    }

    /// Proves that the project imports, that its command is there, and that nothing is in the image that should not be.
    ProveImage as "prove-image" {
        /// What the service runs on.
        runtime: Runtime = "runtime", "\"{{runtime}}\"";
        /// The stage of the environment's step.
        environment: Folder = "environment", "refined", in layout::ENVIRONMENT;
        /// The stage of the project's step.
        application: Folder = "application", "finished", in needed(layout::APPLICATION);
        /// Modules that are not imported.
        skip: Vec<String> = "skip", "skip";
        /// Whether what raises in the builder, too, is refused.
        strict: bool = "strict", "strict";
        /// The most seconds that one import may take by itself; 60 where nothing is said.
        seconds: Option<u64> = "seconds", "\"{{timeout}}\"";
        /// What the service runs.
        command: Command = "command", "start";
    }

    /// Proves that a command which runs before the service can be started, and that all is there that it loads. The planner adds one for
    /// each such command, with what the proof of the image has.
    ProveBefore as "prove-before" {
        /// The stage of the environment's step.
        environment: Folder = "environment", "refined", in layout::ENVIRONMENT;
        /// The stage of the project's step.
        application: Folder = "application", "finished", in needed(layout::APPLICATION);
        /// Modules that are not imported.
        skip: Vec<String> = "skip", "skip";
        /// Whether what raises for want of what comes at run time is refused.
        strict: bool = "strict", "strict";
        /// The most seconds that one import may take by itself; 60 where nothing is said.
        seconds: Option<u64> = "seconds", "\"{{timeout}}\"";
        /// The command.
        command: Command = "command", "[alembic, upgrade, head]";
    }

    /// Imports modules with the environment's Python.
    Imports as "imports" {
        /// The interpreter.
        python: PathBuf = "python", "/app/.venv/bin/python";
        /// The most seconds that one import may take by itself; 60 where nothing is said.
        seconds: Option<u64> = "seconds", "\"{{timeout}}\"";
        /// The modules.
        command: Command = "command", "[shop.api]";
    }
}
