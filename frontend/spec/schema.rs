//! The language of specs for editors (`distil schema`) and for people (`docs/spec.md`).

use crate::ecosystem::kind::Ecosystem;
use crate::yaml::Decode;
use crate::yaml::schema::{markdown, schema};

use super::Spec;

/// The JSON schema of a spec.
#[must_use]
pub fn json() -> String {
    let mut value = schema(&Spec::shape());
    value["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    value["title"] = "distil spec".into();
    value["description"] = "What a service needs beyond what its project's files say; every key is optional".into();
    serde_json::to_string_pretty(&value).expect("a schema holds only strings, lists and maps") + "\n"
}

/// The reference page.
#[must_use]
pub fn page() -> String {
    let head = "# The spec, key by key\n\n\
        This page is written by `distil schema --markdown` from the table that also decodes specs; a test keeps it true.\n\
        For completion in an editor, give it the file that `distil schema` prints, for instance in the spec's second line:\n\
        `# yaml-language-server: $schema=./distil.schema.json`.\n\n\
        Every key is optional unless the project's files cannot answer it. Paths of files are relative to the context; paths in\n\
        the image are absolute. An unknown key is an error that names the nearest one.\n\n\
        No key is ignored. The recipes of @ services take all of them; a recipe of another kind takes those of the image and of the\n\
        build itself (such as `env`, `user`, `healthcheck`, `steps`, `budget`, `check: { run, start, files }`), and others by the inputs\n\
        that it declares ([inputs.md](inputs.md)). A key that nothing takes is an error with its line and the reason.\n\n";
    let titles: Vec<&str> = Ecosystem::ALL.iter().map(|one| one.title()).collect();
    head.replace('@', &titles.join(" and ")) + markdown("The keys", &Spec::shape()).trim_end() + "\n"
}
