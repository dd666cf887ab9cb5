//! Images for another platform than the engine's own: made by programs of the engine's where nothing has to run on the other, by
//! emulation where something does.

use std::collections::BTreeSet;

use buildkit_proto::pb;

use super::build::{BUILDER, Build, Outcome, RUNTIME, SPEC};
use super::graph::{Graph, name};
use super::warnings::warnings;

const ARM: &str = "linux/arm64";

/// A project with a package, of which the lock has these files.
fn with(files: &str) -> Build {
    let project = "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \"==3.13.*\"\ndependencies = [\"fast\"]\n\n\
        [build-system]\nrequires = [\"uv_build\"]\n";
    let lock = format!(
        "version = 1\nrequires-python = \"==3.13.*\"\n\n[[package]]\nname = \"fast\"\nversion = \"2\"\n\
        source = {{ registry = \"https://pypi.org/simple\" }}\n{files}\n\n\
        [[package]]\nname = \"shop\"\nversion = \"1\"\nsource = {{ editable = \".\" }}\ndependencies = [{{ name = \"fast\" }}]\n\n\
        [package.metadata]\nrequires-dist = [{{ name = \"fast\" }}]\n"
    );
    Build::new().file("pyproject.toml", project).file("uv.lock", lock).opt("platform", ARM)
}

fn wheel(platform: &str) -> String {
    format!("{{ url = \"https://h/fast-2-cp313-cp313-{platform}.whl\", hash = \"sha256:00\" }}")
}

const SDIST: &str = "sdist = { url = \"https://h/fast-2.tar.gz\", hash = \"sha256:00\" }";

/// A package with wheels for both machines.
fn both() -> Build {
    let (amd, arm) = (wheel("manylinux_2_17_x86_64"), wheel("manylinux_2_28_aarch64"));
    with(&format!("wheels = [{amd}, {arm}]"))
}

/// The architectures of the programs that a build runs.
fn run_on(graph: &Graph) -> BTreeSet<&str> {
    let runs = graph.ops.iter().filter(|(op, _)| matches!(op.op, Some(pb::op::Op::Exec(_))));
    runs.filter_map(|(op, _)| op.platform.as_ref()).map(|p| p.architecture.as_str()).collect()
}

/// The architectures that an image is loaded for.
fn loaded_for<'g>(graph: &'g Graph, image: &str) -> BTreeSet<&'g str> {
    let start = format!("docker-image://{image}");
    let is_it = |op: &pb::Op| matches!(&op.op, Some(pb::op::Op::Source(source)) if source.identifier.starts_with(&start));
    graph.ops.iter().filter(|(op, _)| is_it(op)).filter_map(|(op, _)| op.platform.as_ref()).map(|p| p.architecture.as_str()).collect()
}

fn said(outcome: &Outcome) -> Vec<String> {
    warnings(outcome).iter().map(|warning| String::from_utf8_lossy(&warning.short).into_owned()).collect()
}

#[test]
fn wheels_alone_need_no_program_of_the_other_platform() {
    let outcome = both().run();
    assert_eq!(outcome.json("containerimage.config")["architecture"], "arm64");
    let graph = outcome.graph();
    assert_eq!(run_on(&graph), BTreeSet::from(["amd64"]));
    assert_eq!(loaded_for(&graph, BUILDER), BTreeSet::from(["amd64", "arm64"]), "its interpreter and libraries ship");
    assert_eq!(loaded_for(&graph, RUNTIME), BTreeSet::from(["amd64", "arm64"]), "the other one is what is tried");
    assert_eq!(loaded_for(&graph, "ghcr.io/astral-sh/uv"), BTreeSet::from(["amd64"]));
    let install = graph.argv("[linux/arm64 builder 2/3] Install the locked dependencies").join(" ");
    assert!(install.contains("--python-platform aarch64-manylinux_2_40 --no-build"), "{install}");
    let native = graph.argv("[linux/amd64 builder 2/3] Install the locked dependencies").join(" ");
    assert!(native.contains("uv sync") && !native.contains("--python-platform"), "{native}");
    let refined = graph.exec("[linux/arm64 refined 1/1] Prune, strip, and gather what the packages need");
    let mounts: Vec<&str> = refined.mounts.iter().map(|mount| mount.dest.as_str()).collect();
    assert!(mounts.contains(&"/run/foreign") && mounts.contains(&"/run/native"), "{mounts:?}");
    // What is not run on it is not proven on it, and somebody is told.
    let proofs: Vec<&str> = graph.names().into_iter().filter(|name| name.contains("proof 1/1]")).collect();
    assert!(!proofs.is_empty() && proofs.iter().all(|name| name.starts_with("[linux/amd64 ")), "{proofs:?}");
    let [warning] = &said(&outcome)[..] else { panic!("{:?}", said(&outcome)) };
    assert!(warning.contains("the image for linux/arm64 is not proven") && warning.contains("unproven-platform"), "{warning}");
}

#[test]
fn an_engine_with_emulation_proves_the_image() {
    let outcome = both().emulating().run();
    assert_eq!(said(&outcome), [""; 0]);
    let graph = outcome.graph();
    assert!(graph.names().iter().any(|name| name.starts_with("[linux/arm64 proof 1/1] ")), "{:?}", graph.names());
    assert_eq!(run_on(&graph), BTreeSet::from(["amd64"]), "the program that proves is the engine's own, and starts the image's");
}

/// What both platforms have in common is made once: steps of equal digest are one for BuildKit.
#[test]
fn beside_the_engines_own_platform_little_is_made() {
    let outcome = both().opt("platform", "linux/amd64,linux/arm64").run();
    let (amd, arm) = (outcome.graph_for("linux/amd64"), outcome.graph_for(ARM));
    let runs = |graph: &Graph| -> BTreeSet<String> {
        let found = graph.ops.iter().zip(&graph.ids).filter(|((op, _), _)| matches!(op.op, Some(pb::op::Op::Exec(_))));
        found.map(|(_, id)| id.clone()).collect()
    };
    let (amd_runs, arm_runs) = (runs(&amd), runs(&arm));
    let only = |runs: &BTreeSet<String>, others: &BTreeSet<String>, graph: &Graph| -> Vec<String> {
        let of = |id: &String| graph.ids.iter().position(|other| other == id).map(|at| name(&graph.ops[at].1).to_owned());
        runs.difference(others).filter_map(of).collect()
    };
    let mut further = only(&arm_runs, &amd_runs, &arm);
    further.sort();
    assert_eq!(
        further,
        [
            "[linux/arm64 builder 2/3] Install the locked dependencies",
            "[linux/arm64 finished 1/1] Gather the project, and compile what the service loads",
            "[linux/arm64 measure 1/1] Measure the image",
            "[linux/arm64 proof] all checks have passed",
            "[linux/arm64 refined 1/1] Prune, strip, and gather what the packages need",
        ]
    );
    // What is held back is each platform's own, and so is its report.
    let rest = only(&amd_runs, &arm_runs, &amd);
    assert!(rest.iter().all(|name| name.contains(" measure 1/1]") || name.contains(" proof]")), "{rest:?}");
}

#[test]
fn what_forces_emulation_is_named_at_its_line() {
    let amd = wheel("manylinux_2_17_x86_64");
    let forced: &[(Build, &str, &str)] = &[
        (with(SDIST), "`fast` has no wheel in uv.lock for Python 3.13 on aarch64, and is built from source", "uv.lock"),
        (with(&format!("{SDIST}\nwheels = [{amd}]")), "`fast` has no wheel in uv.lock", "uv.lock"),
        (with(&format!("{SDIST}\nwheels = [{}]", wheel("manylinux_2_99_aarch64"))), "`fast` has no wheel in uv.lock", "uv.lock"),
        (both().spec(&format!("{SPEC}apt: {{ runtime: [libpq5] }}\n")), "the Debian package `libpq5` is installed", "distil.yaml"),
        (both().spec(&format!("{SPEC}steps: [{{ phase: assets, run: [python, -V] }}]\n")), "the spec's own `steps`", "distil.yaml"),
    ];
    for (build, why, file) in forced {
        let outcome = build.clone().run();
        assert_eq!(run_on(&outcome.graph()), BTreeSet::from(["arm64"]), "{why}");
        let said = said(&outcome);
        let [warning] = &said[..] else { panic!("{said:?}") };
        assert!(warning.starts_with(file) && warning.contains(why), "{warning}");
        for part in ["the image for linux/arm64 is built by emulation", "QEMU", "emulated-platform"] {
            assert!(warning.contains(part), "`{part}` is not in {warning}");
        }
        let emulated = build.clone().emulating().run();
        let [warning] = &self::said(&emulated)[..] else { panic!("it is slow all the same") };
        assert!(!warning.contains("QEMU"), "{warning}");
    }
    // A lock without a source for any other machine is one of a package that the other machine does not install.
    let outcome = with(&format!("wheels = [{amd}]")).run();
    assert_eq!(run_on(&outcome.graph()), BTreeSet::from(["amd64"]));
}

#[test]
fn a_spec_may_ask_for_emulation_and_may_refuse_it() {
    let outcome = both().spec(&format!("{SPEC}emulate: true\n")).run();
    assert_eq!((run_on(&outcome.graph()), said(&outcome)), (BTreeSet::from(["arm64"]), vec![]));
    with(SDIST).spec(&format!("{SPEC}lint: {{ deny: [emulated-platform] }}\n")).run().says(&["`fast` has no wheel", "[emulated-platform]"]);
    both().spec(&format!("{SPEC}lint: {{ deny: [unproven-platform] }}\n")).run().says(&["is not proven", "[unproven-platform]"]);
}

/// A program of distil's own that ships has to be one of the image's platform.
#[test]
fn what_ships_of_the_program_is_for_the_image() {
    let spec = format!("{SPEC}before-start: [[python, -m, shop.migrate]]\n");
    let graph = both().spec(&spec).run().graph();
    assert_eq!(loaded_for(&graph, "docker.io/distil/distil"), BTreeSet::from(["amd64", "arm64"]));
    let graph = both().run().graph();
    assert_eq!(loaded_for(&graph, "docker.io/distil/distil"), BTreeSet::from(["amd64"]), "else it need not be there for that");
}
