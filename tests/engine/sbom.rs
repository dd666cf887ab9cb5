//! The bills of materials of real images: exported by themselves, attested where the engine takes attestations, good by the published
//! schemas; and nothing is missing in them that syft finds in the same image.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::docker::{Engine, Store, skipped};
use super::on_each_store;
use super::project::Project;

on_each_store!(distroless, slim, without_python);

/// Says what is wrong with the documents in a folder, by the validators of both formats.
const CHECK: &str = "
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
for said in validate_full_spdx_document(parse_file('sbom.spdx.json'), 'SPDX-2.3'): print(said.validation_message)
wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open('sbom.cdx.json').read())
if wrong: print(wrong)
";

fn distroless(engine: &Engine) {
    let project = Project::copy("hello");
    let parts = told(engine, &project);
    for name in ["fastapi", "pydantic-core", "libc6", "base-files", "libsqlite3.so.0", "python", "hello", "debian"] {
        assert!(parts.iter().any(|one| one["name"] == name), "there is no {name}");
    }
    let lock = fs::read_to_string(project.path("uv.lock")).expect("the example has a lock");
    for one in parts.iter().filter(|one| one["purl"].as_str().is_some_and(|purl| purl.starts_with("pkg:pypi/"))) {
        let hash = one["hashes"][0]["content"].as_str().unwrap_or_else(|| panic!("{one} has no hash"));
        assert!(lock.contains(&format!("sha256:{hash}")), "the lock has another hash of {one}");
        assert!(!one["licenses"].is_null(), "{one} has no licence");
    }
    let inside = parts.iter().filter(|one| one["purl"].as_str().is_some_and(|purl| purl.starts_with("pkg:cargo/")));
    assert!(inside.count() > 10, "what pydantic-core tells of its own insides");
}

fn slim(engine: &Engine) {
    let project = Project::copy("pip");
    let spec = fs::read_to_string(project.path("distil.yaml")).expect("the example has a spec");
    project.write("distil.yaml", &format!("{spec}runtime: slim\n"));
    let parts = told(engine, &project);
    assert!(parts.iter().any(|one| one["name"] == "gunicorn") && parts.iter().any(|one| one["name"] == "dpkg"));
}

/// A service of another kind has one as well.
fn without_python(engine: &Engine) {
    let parts = told(engine, &Project::copy("recipes/perl"));
    assert!(parts.iter().any(|one| one["type"] == "file" && one["hashes"][0]["alg"] == "SHA-256"), "{parts:?}");
}

#[test]
#[ignore = "needs a Docker engine; make test sets one up"]
fn attested_without_a_scanner() {
    let Some(engine) = Engine::of(Store::Containerd) else { return };
    let project = Project::copy("hello");
    let place = Project::of(&[]);
    let archive = place.path("image.tar");
    let output = format!("type=oci,dest={}", archive.display());
    let built = project.build(&engine, &["--sbom=true", "--provenance=mode=max", "--output", &output]).good();
    assert!(!built.log.contains("scanner"), "no scanner is loaded:\n{}", built.log);
    let layout = place.path("layout");
    fs::create_dir(&layout).expect("the copy can be written to");
    let unpacked = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&layout).status().expect("there is tar");
    assert!(unpacked.success());
    let read = |path: PathBuf| -> Value { serde_json::from_slice(&fs::read(path).expect("it is there")).expect("it is JSON") };
    let blob = |digest: &Value| read(layout.join("blobs").join(text(digest).replace(':', "/")));
    let index = blob(&read(layout.join("index.json"))["manifests"][0]["digest"]);
    let manifests = list(&index["manifests"]);
    let image = text(&manifests[0]["digest"]);
    let attestations = manifests.iter().find(|one| one["annotations"]["vnd.docker.reference.type"] == "attestation-manifest");
    let attestations = attestations.expect("the index has attestations");
    assert_eq!(attestations["annotations"]["vnd.docker.reference.digest"].as_str(), Some(image.as_str()));
    let statements: Vec<Value> = list(&blob(&attestations["digest"])["layers"]).iter().map(|layer| blob(&layer["digest"])).collect();
    let kinds: Vec<String> = statements.iter().map(|one| text(&one["predicateType"])).collect();
    assert!(kinds.iter().any(|kind| kind.starts_with("https://slsa.dev/provenance/")), "{kinds:?}");
    let folder = exported(&engine, &project);
    for (kind, file) in [("https://spdx.dev/Document", "sbom.spdx.json"), ("https://cyclonedx.org/bom", "sbom.cdx.json")] {
        let found: Vec<&Value> = statements.iter().filter(|one| one["predicateType"] == kind).collect();
        let [one] = found[..] else { panic!("{} statements are {kind}: {kinds:?}", found.len()) };
        let subject = list(&one["subject"]);
        assert!(
            !subject.is_empty() && subject.iter().all(|of| image == format!("sha256:{}", text(&of["digest"]["sha256"]))),
            "{subject:?}"
        );
        assert!(one["predicate"] == read(folder.join(file)), "{file} is another one by itself");
    }
}

/// Where the documents themselves are exported, what is attested of them lies beside them, and in no document's place.
#[test]
#[ignore = "needs a Docker engine; make test sets one up"]
fn attested_beside_the_documents() {
    let Some(engine) = Engine::of(Store::Containerd) else { return };
    let project = Project::copy("hello");
    let alone = exported(&engine, &project);
    let folder = project.path("both");
    project
        .build(&engine, &["--target", "default/sbom", "--sbom=true", "--output", folder.to_str().expect("our own folders are text")])
        .good();
    let read = |file: &Path| -> Value { serde_json::from_slice(&fs::read(file).expect("it is there")).expect("it is JSON") };
    for (file, attested) in [("sbom.spdx.json", "attested.spdx.json"), ("sbom.cdx.json", "attested.cdx.json")] {
        assert_eq!(fs::read(folder.join(file)).expect("it is there"), fs::read(alone.join(file)).expect("it is there"), "{file}");
        assert!(read(&folder.join(attested))["predicateType"].is_string(), "{attested} is no statement");
    }
}

/// Attestations are a part of an index, which the classic image store has not; what Docker says of that is not the frontend's.
#[test]
#[ignore = "needs a Docker engine; make test sets one up"]
fn refused_by_docker_where_images_have_no_index() {
    let Some(engine) = Engine::of(Store::Classic) else { return };
    let built = Project::copy("hello").build(&engine, &["--sbom=true"]);
    assert!(!built.good && built.log.contains("Attestation is not supported"), "{}", built.log);
}

/// The parts of a project's image, which hold all that a scanner finds there.
#[track_caller]
fn told(engine: &Engine, project: &Project) -> Vec<Value> {
    let folder = exported(engine, project);
    let mut names: Vec<_> = fs::read_dir(&folder).expect("it was exported").map(|e| e.expect("it can be read").file_name()).collect();
    names.sort();
    assert_eq!(names, ["sbom.cdx.json", "sbom.spdx.json"]);
    let document = fs::read(folder.join("sbom.cdx.json")).expect("it was exported");
    let document: Value = serde_json::from_slice(&document).expect("it is JSON");
    let parts = list(&document["components"]);
    let tools = Command::new("bash").arg(crate::checkout().join("tests/engine/sbom-tools")).output().expect("there is bash");
    let bin = PathBuf::from(String::from_utf8_lossy(&tools.stdout).trim()).join("bin");
    if !tools.status.success() {
        skipped(&format!("the schemas, and the comparison with syft: {}", String::from_utf8_lossy(&tools.stderr)));
        return parts;
    }
    let checked = run(Command::new(bin.join("python")).args(["-c", CHECK]).current_dir(&folder));
    assert_eq!(checked, "", "what the validators say");
    let built = project.build(engine, &[]).good();
    let archive = engine.save(&built.image, Path::new(env!("CARGO_TARGET_TMPDIR")));
    let scan = run(Command::new(bin.join("syft"))
        .args(["scan", "-q", "-o", "cyclonedx-json"])
        .arg(format!("docker-archive:{}", archive.display()))
        .env("SYFT_CHECK_FOR_APP_UPDATE", "false"));
    fs::remove_file(&archive).expect("our own files can be removed");
    let scan: Value = serde_json::from_str(&scan).expect("it is JSON");
    let ours = known(&parts);
    // A file of the image is no package of it.
    let theirs = list(&scan["components"]).into_iter().filter(|one| one["type"] != "file");
    let missing: Vec<String> =
        theirs.filter(|one| !ours.contains(&called(one))).map(|one| format!("{:?} {}", called(&one), one["properties"])).collect();
    assert!(missing.is_empty(), "syft finds these, and they are not told of: {missing:#?}");
    parts
}

/// Names and versions of parts, those of the source packages among them: notes in a library name these.
fn known(parts: &[Value]) -> BTreeSet<(String, String)> {
    let source = |one: &Value| {
        let (_, upstream) = one["purl"].as_str()?.split_once("upstream=")?;
        let (name, version) =
            upstream.split_once("%40").map_or((upstream, text(&one["version"])), |(name, version)| (name, version.replace("%2B", "+")));
        Some((name.to_owned(), version))
    };
    parts.iter().flat_map(|one| [Some(called(one)), source(one)]).flatten().collect()
}

/// A part's name, in one form, and its version.
fn called(one: &Value) -> (String, String) {
    (text(&one["name"]).to_lowercase().replace('_', "-"), one["version"].as_str().unwrap_or_default().to_owned())
}

/// The folder of the documents of a project's image.
#[track_caller]
fn exported(engine: &Engine, project: &Project) -> PathBuf {
    let folder = project.path("documents");
    project.build(engine, &["--target", "default/sbom", "--output", folder.to_str().expect("our own folders are text")]).good();
    folder
}

/// What a command prints, which must succeed.
#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.output().expect("it was installed");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().expect("it is a text").to_owned()
}
