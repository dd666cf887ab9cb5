//! A bill of materials as a document of SPDX 2.3, in JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::licence::Licence;
use super::{Bill, Component, Kind, TOOL};

/// What nothing is said of.
const NOTHING: &str = "NOASSERTION";
/// The image itself.
const IMAGE: &str = "SPDXRef-Image";

/// The document.
#[must_use]
pub fn document(bill: &Bill) -> Value {
    let mut names = Names::default();
    let mut packages = vec![json!({
        "SPDXID": IMAGE,
        "name": bill.name,
        "downloadLocation": NOTHING,
        "filesAnalyzed": false,
        "licenseConcluded": NOTHING,
        "licenseDeclared": NOTHING,
        "copyrightText": NOTHING,
        "primaryPackagePurpose": "CONTAINER",
    })];
    packages.extend(bill.parts().map(|(one, id)| package(one, id, &mut names)));
    let mut value = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": bill.name,
        "documentNamespace": format!("https://spdx.org/spdxdocs/{}-{}", plain(&bill.name), bill.uuid()),
        "creationInfo": { "created": moment(bill.created), "creators": [format!("Tool: {}-{}", TOOL.0, TOOL.1)] },
        "packages": packages,
        "relationships": relationships(bill),
    });
    if !names.0.is_empty() {
        value["hasExtractedLicensingInfos"] =
            names.0.iter().map(|(id, name)| json!({"licenseId": id, "extractedText": name, "name": name})).collect();
    }
    value
}

fn package(one: &Component, id: &str, names: &mut Names) -> Value {
    let mut package = Map::new();
    let mut put = |key: &str, value: Value| drop(package.insert(key.to_owned(), value));
    put("SPDXID", format!("SPDXRef-{id}").into());
    put("name", one.name.clone().into());
    if !one.version.is_empty() {
        put("versionInfo", one.version.clone().into());
    }
    if let (Kind::File, Some(path)) = (one.kind, one.paths.first()) {
        put("packageFileName", path.clone().into());
    }
    if let Some(supplier) = supplier(&one.supplier) {
        put("supplier", supplier.into());
    }
    put("downloadLocation", if one.address.is_empty() { NOTHING.to_owned() } else { one.address.clone() }.into());
    put("filesAnalyzed", false.into());
    if !one.hashes.is_empty() {
        let hash = |hash: &super::Hash| json!({"algorithm": hash.algorithm.replace('-', ""), "checksumValue": hash.hex});
        put("checksums", one.hashes.iter().map(hash).collect());
    }
    if is_page(&one.homepage) {
        put("homepage", one.homepage.clone().into());
    }
    let paths = if one.paths.is_empty() { String::new() } else { format!("; known by {}", one.paths.join(", ")) };
    let one_of: Vec<String> = one.allowed.iter().map(|hash| format!("{} {}", hash.algorithm, hash.hex)).collect();
    let one_of = if one_of.is_empty() { String::new() } else { format!(" ({})", one_of.join(", ")) };
    put("sourceInfo", format!("{}{one_of}{paths}", one.origin).into());
    put("licenseConcluded", NOTHING.into());
    put("licenseDeclared", names.declared(&one.licences).into());
    put("copyrightText", NOTHING.into());
    if !one.purl.is_empty() {
        let reference = json!({"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": one.purl});
        put("externalRefs", json!([reference]));
    }
    let purpose = match one.kind {
        Kind::Package => "LIBRARY",
        Kind::Program => "APPLICATION",
        Kind::File => "FILE",
        Kind::System => "OPERATING-SYSTEM",
    };
    put("primaryPackagePurpose", purpose.into());
    Value::Object(package)
}

fn relationships(bill: &Bill) -> Vec<Value> {
    let related = |from: &str, how: &str, to: &str| json!({"spdxElementId": from, "relationshipType": how, "relatedSpdxElement": to});
    let mut all = vec![related("SPDXRef-DOCUMENT", "DESCRIBES", IMAGE)];
    let ids = bill.by_key();
    let named = |key: &String| ids.get(key.as_str()).map_or_else(|| IMAGE.to_owned(), |id| format!("SPDXRef-{id}"));
    for (one, id) in bill.parts() {
        all.push(related(&named(&one.within), "CONTAINS", &format!("SPDXRef-{id}")));
    }
    for (one, id) in bill.parts() {
        all.extend(one.requires.iter().map(|key| related(&format!("SPDXRef-{id}"), "DEPENDS_ON", &named(key))));
    }
    all
}

/// Names of licences that are not on SPDX's list, by the identifiers that this document gives them.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    /// The expression for licences that all hold.
    fn declared(&mut self, licences: &[Licence]) -> String {
        let one = |licence: &Licence| match licence {
            Licence::Expression(text) if licences.len() > 1 && text.contains(" OR ") => format!("({text})"),
            Licence::Expression(text) => text.clone(),
            Licence::Name(name) => self.id(name),
        };
        let all: BTreeSet<String> = licences.iter().map(one).collect();
        if all.is_empty() { NOTHING.to_owned() } else { all.into_iter().collect::<Vec<_>>().join(" AND ") }
    }

    fn id(&mut self, name: &str) -> String {
        let start = format!("LicenseRef-{}", plain(name));
        let (mut id, mut number) = (start.clone(), 1);
        while self.0.get(&id).is_some_and(|known| known != name) {
            number += 1;
            id = format!("{start}-{number}");
        }
        self.0.insert(id.clone(), name.to_owned());
        id
    }
}

/// A text with hyphens where it has what an identifier may not have.
fn plain(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    text.trim_matches('-').to_owned()
}

/// Who made something, as `Name <address>` or a name, in the form of SPDX; `None` where nothing is said.
fn supplier(text: &str) -> Option<String> {
    let (name, address) = text.split_once('<').map_or((text, ""), |(name, rest)| (name, rest.trim_end_matches('>')));
    let name = name.trim().replace(['(', ')'], "");
    let address = if address.is_empty() { String::new() } else { format!(" ({address})") };
    (!name.is_empty()).then(|| format!("Organization: {name}{address}"))
}

/// Whether a text is the address of a page.
pub(super) fn is_page(text: &str) -> bool {
    let rest = ["https://", "http://"].into_iter().find_map(|scheme| text.strip_prefix(scheme));
    rest.is_some_and(|rest| rest.len() > 2 && rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte)))
}

/// A moment in seconds since 1970 in the form of ISO 8601.
pub(super) fn moment(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March, so that a leap day is a year's last: the days of whole centuries of four hundred years repeat.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * from_march + 2) / 5 + 1, if from_march < 10 { from_march + 3 } else { from_march - 9 });
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3_600, rest % 3_600 / 60, rest % 60)
}
