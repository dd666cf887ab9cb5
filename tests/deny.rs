//! What `deny.toml` says of dependencies holds: licences, sources, one version of each. By cargo's own account of them, offline.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde_json::Value as Json;
use toml_span::Value;

/// The texts of a list in `deny.toml`; of an entry that is a table its `crate`.
fn list(deny: &Value<'_>, pointer: &str) -> Vec<String> {
    let items = deny.pointer(pointer).and_then(Value::as_array).unwrap_or_else(|| panic!("deny.toml has a list at {pointer}"));
    let text = |item: &Value<'_>| {
        let reason = item.pointer("/reason").and_then(Value::as_str);
        assert!(item.as_str().is_some() || reason.is_some_and(|why| why.len() > 10), "{item:?} has a reason");
        item.as_str().or_else(|| item.pointer("/crate").and_then(Value::as_str)).expect("a name").to_owned()
    };
    items.iter().map(text).collect()
}

/// Whether an expression of SPDX can be met by licences that are allowed. The older `/` is an `OR`, and `AND` binds closer.
fn meets(expression: &str, allowed: &[String]) -> bool {
    let expression = expression.replace('/', " OR ");
    let (mut depth, mut parts, mut start) = (0_i32, vec![], 0);
    for (at, c) in expression.char_indices() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        for word in [" OR ", " AND "] {
            if depth == 0 && expression[at..].starts_with(word) {
                parts.push((&expression[start..at], word));
                start = at + word.len();
            }
        }
    }
    parts.push((&expression[start..], " OR "));
    let one = |part: &str| match part.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => meets(inner, allowed),
        None => allowed.iter().any(|licence| licence == part.trim()),
    };
    // Alternatives, each of them a row of terms that all have to be met.
    parts.split_inclusive(|(_, end)| *end == " OR ").any(|row| row.iter().all(|(part, _)| one(part)))
}

#[test]
fn an_expression_is_met_where_one_of_its_alternatives_is_allowed() {
    let allowed = ["MIT", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
    let good = [
        "MIT",
        "GPL-3.0 OR MIT",
        "Apache-2.0/MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception OR X",
        "X AND Y OR MIT",
    ];
    let bad = ["GPL-3.0", "Apache-2.0", "MIT AND GPL-3.0", "(GPL-3.0 OR X) AND MIT", "MITx", ""];
    assert!(good.iter().all(|expression| meets(expression, &allowed)));
    assert_eq!(bad.iter().filter(|expression| meets(expression, &allowed)).count(), 0);
}

/// Every package that is compiled on this machine, tests included.
fn packages() -> Vec<Json> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let args = ["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", &host];
    let output = Command::new(cargo).args(args).current_dir(crate::checkout()).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Json = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    found["packages"].as_array().expect("a list").clone()
}

#[test]
fn dependencies_are_what_deny_toml_allows() {
    let text = fs::read_to_string(crate::checkout().join("deny.toml")).unwrap();
    let deny = toml_span::parse(&text).unwrap();
    let [licences, registries, banned, skipped] =
        ["/licenses/allow", "/sources/allow-registry", "/bans/deny", "/bans/skip"].map(|pointer| list(&deny, pointer));
    let packages = packages();
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut wrong = vec![];
    for package in &packages {
        let of = |key: &str| package[key].as_str().unwrap_or_default();
        let (name, version) = (of("name"), of("version"));
        let licence = of("license");
        if !meets(licence, &licences) {
            wrong.push(format!("{name} {version} has the licence `{licence}`"));
        }
        // What has none is ours, in this checkout.
        let source = package["source"].as_str();
        if source.is_some_and(|source| !registries.iter().any(|known| source.strip_prefix("registry+") == Some(known))) {
            wrong.push(format!("{name} {version} is from {source:?}"));
        }
        if banned.iter().any(|banned| banned == name) {
            wrong.push(format!("{name} is banned"));
        }
        let dependencies = package["dependencies"].as_array().into_iter().flatten().filter(|_| source.is_none());
        for dependency in dependencies.filter(|d| d["req"] == "*" && d["path"].is_null()) {
            wrong.push(format!("{name} takes any version of {}", dependency["name"]));
        }
        versions.entry(name).or_default().push(version);
    }
    let mut needless = skipped.clone();
    for (name, mut versions) in versions.into_iter().filter(|(_, versions)| versions.len() > 1) {
        let mut is_skipped = |version: &str| {
            let skip =
                skipped.iter().find(|skip| skip.split_once('@').is_some_and(|(n, v)| n == name && version.starts_with(&format!("{v}."))));
            needless.retain(|other| Some(other) != skip);
            skip.is_some()
        };
        versions.retain(|version| !is_skipped(version));
        if versions.len() > 1 {
            wrong.push(format!("{name} is there as {}", versions.join(" and ")));
        }
    }
    wrong.extend(needless.iter().map(|skip| format!("`{skip}` is skipped, and is there once or not at all")));
    assert!(wrong.is_empty(), "deny.toml does not allow this:\n{}", wrong.join("\n"));
    assert!(packages.len() > 100, "{}", packages.len());
}
