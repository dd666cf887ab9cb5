//! A bill of materials as a document of `CycloneDX` 1.6, in JSON.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::licence::Licence;
use super::spdx::{is_page, moment};
use super::{Bill, Component, Hash, Kind, TOOL};

/// What the image itself is called by what refers to it.
const IMAGE: &str = "image";

/// The document.
#[must_use]
pub fn document(bill: &Bill) -> Value {
    let components: Vec<Value> = bill.parts().map(|(one, id)| component(one, id)).collect();
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{}", bill.uuid()),
        "version": 1,
        "metadata": {
            "timestamp": moment(bill.created),
            "tools": { "components": [{ "type": "application", "name": TOOL.0, "version": TOOL.1 }] },
            "component": { "type": "container", "bom-ref": IMAGE, "name": bill.name },
        },
        "components": components,
        "dependencies": dependencies(bill),
    })
}

fn component(one: &Component, id: &str) -> Value {
    let mut component = Map::new();
    let mut put = |key: &str, value: Value| drop(component.insert(key.to_owned(), value));
    let kind = match one.kind {
        Kind::Package => "library",
        Kind::Program => "application",
        Kind::File => "file",
        Kind::System => "operating-system",
    };
    put("type", kind.into());
    put("bom-ref", id.into());
    put("name", one.name.clone().into());
    if !one.version.is_empty() {
        put("version", one.version.clone().into());
    }
    if !one.purl.is_empty() {
        put("purl", one.purl.clone().into());
    }
    if !one.supplier.is_empty() {
        put("supplier", json!({"name": one.supplier}));
    }
    if !one.hashes.is_empty() {
        put("hashes", one.hashes.iter().map(|Hash { algorithm, hex }| json!({"alg": algorithm, "content": hex})).collect());
    }
    if !one.licences.is_empty() {
        put("licenses", licences(&one.licences));
    }
    let mut references = vec![];
    if !one.address.is_empty() {
        let kind = if one.address.starts_with("git+") { "vcs" } else { "distribution" };
        references.push(json!({"type": kind, "url": one.address}));
    }
    if is_page(&one.homepage) {
        references.push(json!({"type": "website", "url": one.homepage}));
    }
    if !references.is_empty() {
        put("externalReferences", references.into());
    }
    if !one.paths.is_empty() {
        put("evidence", json!({"occurrences": one.paths.iter().map(|path| json!({"location": path})).collect::<Vec<_>>()}));
    }
    let mut properties = vec![json!({"name": "distil:origin", "value": one.origin})];
    if !one.within.is_empty() {
        properties.push(json!({"name": "distil:within", "value": one.within}));
    }
    let one_of =
        one.allowed.iter().map(|Hash { algorithm, hex }| json!({"name": "distil:locked-hash", "value": format!("{algorithm} {hex}")}));
    properties.extend(one_of);
    put("properties", properties.into());
    Value::Object(component)
}

/// Licences that all hold: one expression, or a list of single ones.
fn licences(licences: &[Licence]) -> Value {
    let compound = |licence: &Licence| matches!(licence, Licence::Expression(text) if text.contains(' '));
    let expressions: Option<Vec<String>> = licences
        .iter()
        .map(|licence| match licence {
            Licence::Expression(text) if text.contains(" OR ") && licences.len() > 1 => Some(format!("({text})")),
            Licence::Expression(text) => Some(text.clone()),
            Licence::Name(_) => None,
        })
        .collect();
    if let Some(expressions) = expressions.filter(|_| licences.iter().any(compound)) {
        return json!([{"expression": expressions.join(" AND "), "acknowledgement": "declared"}]);
    }
    let one = |licence: &Licence| match licence {
        Licence::Expression(id) if !compound(licence) => json!({"license": {"id": id, "acknowledgement": "declared"}}),
        Licence::Expression(name) | Licence::Name(name) => json!({"license": {"name": name, "acknowledgement": "declared"}}),
    };
    licences.iter().map(one).collect()
}

/// Who requires whom; the image requires what nothing else does.
fn dependencies(bill: &Bill) -> Vec<Value> {
    let ids = bill.by_key();
    let required: BTreeSet<&str> = bill.components.iter().flat_map(|one| &one.requires).map(String::as_str).collect();
    let top = |(one, _): &(&Component, &str)| one.within.is_empty() && !required.contains(one.key.as_str());
    let top: Vec<&str> = bill.parts().filter(top).map(|(_, id)| id).collect();
    let mut all = vec![json!({"ref": IMAGE, "dependsOn": top})];
    for (one, id) in bill.parts() {
        let needed: Vec<&str> = one.requires.iter().filter_map(|key| ids.get(key.as_str()).copied()).collect();
        all.push(if needed.is_empty() { json!({"ref": id}) } else { json!({"ref": id, "dependsOn": needed}) });
    }
    all
}
